"""A load: tables brought in as one act, whole or nothing, with what is wrong named by its row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from gongji.book.acts import Act
from gongji.book.loading.rows import WAYS
from gongji.book.loading.tables import TABLES, Line, columns_of, table_of
from gongji.book.sheets import MOST_TOLD, Sheet
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Loaded", "Tell", "load"]

Tell = Callable[[str, int, int], object]
"""Is told of a phase, how much of it is done, and how much there is."""


class Loaded(NamedTuple):
    """By table how many rows are new in the book, and how many it held already."""

    new: dict[str, int]
    there: dict[str, int]


def load(act: Act, library: Library, sheets: Sequence[Sheet], tell: Tell) -> Loaded:
    """Bring tables in, all of them or nothing.

    Raises `Refused`: `bad_file` for names and columns, `bad_rows` with the first problems.
    """
    found = Loaded(dict.fromkeys(TABLES, 0), dict.fromkeys(TABLES, 0))
    every = sum(len(sheet.rows) for sheet in sheets)
    at = 0
    for name in TABLES:
        problems = _Problems()
        for sheet in (one for one in sheets if table_of(one) == name):
            named = columns_of(sheet, TABLES[name])
            for number, cells in sheet.rows:
                tell("load", at, every)
                at += 1
                with problems.noted(sheet, number, named):
                    is_new = WAYS[name](act, library, Line(named, cells))
                    (found.new if is_new else found.there)[name] += 1
        problems.raise_any()
    tell("load", every, every)
    return found


class _Problems:
    """What is wrong with rows, collected so that a clerk sees more than the first."""

    def __init__(self) -> None:
        self._found: list[Bilingual] = []

    @contextmanager
    def noted(self, sheet: Sheet, row: int, named: Sequence[str]) -> Iterator[None]:
        """Note what is refused of a row, and go on; not past the most that are told."""
        try:
            yield
        except Refused as refused:
            field = str(refused.details.get("field", "")).rpartition(".")[2]
            where = Bilingual(f"{sheet.name} 第 {row} 行", f"{sheet.name} row {row}")
            if field in named:
                column = sheet.head[named.index(field)]
                where += Bilingual(f"“{column}”列", f", column “{column}”")
            self._found.append(where + Bilingual("：", ": ") + refused.message)
            if len(self._found) == MOST_TOLD:
                self.raise_any()

    def raise_any(self) -> None:
        """Refuse the whole where anything was noted."""
        if not self._found:
            return
        more = "" if len(self._found) < MOST_TOLD else " …"
        zh, en = ("\n".join(one.in_(words) for one in self._found) for words in ("zh", "en"))
        raise Refused(
            "bad_rows",
            Bilingual(
                f"没有导入任何内容；请改好下列各处，再导入整个文件：\n{zh}{more}",
                f"nothing was loaded; correct these and load the whole file again:\n{en}{more}",
            ),
            {"problems": [one.en for one in self._found]},
        )
