"""Lines of a bill as they are typed: rows of amounts, one below the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from gongji.engine.amounts import AMOUNTS
from gongji.web.form import Form, whole_of
from gongji.wording import Bilingual

__all__ = ["COLUMNS", "Column", "beside_rows", "lines_said", "rows_of"]

_MOST = 50
_AT = re.compile(r"lines\[(\d+)\]\.(\w+)", re.ASCII)
_SAID = re.compile(_AT.pattern + r"(?:（[^（）]*）| \([^()]*\))?", re.ASCII)


class Column(NamedTuple):
    """An amount of a line."""

    name: str
    title: Bilingual


COLUMNS = (
    Column("total", Bilingual("总额", "Total")),
    Column("in_scope", Bilingual("范围内", "In scope")),
    Column("prior_self_pay", Bilingual("先行自付", "Borne first")),
    Column("over_price_cap", Bilingual("超限价", "Above price caps")),
    Column("out_of_catalogue", Bilingual("目录外", "Outside the catalogue")),
)
assert {one.name for one in COLUMNS} == {*AMOUNTS}


def rows_of(form: Form) -> int:
    """How many rows a form shows."""
    rows = whole_of(form.text("rows")) or 1
    return min(rows + (form.text("step") == "row"), _MOST)


def lines_said(form: Form) -> list[dict[str, Any]]:
    """The lines in whose rows anything was typed."""
    return [line for _, line in _numbered(form)]


def beside_rows(form: Form, words: Callable[[Bilingual], str]) -> Form:
    """The form with what is wrong about a line beside the row in which it was typed.

    Sentences name row and column, as `words` puts them, where the API names places of a request.
    """
    titles = {one.name: one.title for one in COLUMNS}
    at = [row for row, _ in _numbered(form)]
    wrong = dict(form.wrong)
    for name, sentence in form.wrong.items():
        found = _AT.match(name)
        if found is not None and 0 < int(found[1]) <= len(at):
            wrong[f"{at[int(found[1]) - 1]}.{found[2]}"] = sentence

    def named(found: re.Match[str]) -> str:
        line = int(found[1])
        row = at[line - 1] if 0 < line <= len(at) else line
        title = titles.get(found[2], Bilingual(found[2], found[2]))
        return words(Bilingual(f"第 {row} 行的“{title.zh}”", f"“{title.en}” of row {row}"))

    told = {name: _SAID.sub(named, sentence) for name, sentence in wrong.items()}
    return form._replace(problem=_SAID.sub(named, form.problem), wrong=told)


def _numbered(form: Form) -> list[tuple[int, dict[str, Any]]]:
    found = []
    for row in range(1, rows_of(form) + 1):
        said = {one.name: form.amount(f"{row}.{one.name}") for one in COLUMNS}
        line = {name: amount for name, amount in said.items() if amount is not None}
        if line:
            found.append((row, line))
    return found
