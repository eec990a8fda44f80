"""Every table has a cell wherever the rules can look one up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from gongji.policy.expression import names_of
from gongji.policy.logic import domain, truth
from gongji.policy.model import Expression, Policy, Table
from gongji.policy.reader import Faults
from gongji.policy.walk import Use, uses
from gongji.wording import Bilingual

__all__ = ["check_tables", "has_cell"]


def check_tables(policy: Policy, faults: Faults) -> None:
    """No missing row or column for any combination of facts that reaches a table."""
    checked: set[tuple[str, str, tuple[int, ...]]] = set()
    for use in uses(policy):
        for path in _paths(policy, use.expression):
            name, _, column = path.partition(".")
            once = (name, column, tuple(id(condition) for condition in use.reached))
            if once not in checked:
                checked.add(once)
                _check(policy, policy.tables[name], column, use, faults)


def _paths(policy: Policy, expression: Expression) -> Iterator[str]:
    for path in names_of(expression):
        name = path.partition(".")[0]
        if name in policy.tables:
            yield path
            for cell in policy.tables[name].cells.values():
                if not isinstance(cell.content, str):
                    yield from _paths(policy, cell.content)


def _check(policy: Policy, table: Table, column: str, use: Use, faults: Faults) -> None:
    spread = table.across if table.columns[column].across else None
    facts = (*table.by, *((spread,) if spread else ()))
    domains = [domain(policy, fact) or () for fact in facts]
    for combination in product(*domains):
        known: dict[str, object] = dict(zip(facts, combination, strict=True))
        if not all(truth(policy, one, known) is not False for one in use.reached):
            continue
        row = tuple(str(known[fact]) for fact in table.by)
        value = str(known[spread]) if spread else ""
        if not has_cell(table, column, row, value):
            shown = ", ".join(f"{fact}: {value}" for fact, value in known.items())
            faults.add(
                table.place,
                f"table {table.name}",
                Bilingual(f"没有 {shown} 的一格", f"no cell for {shown}"),
                Bilingual(
                    f"{use.where} 会用到的每一格", f"every cell that {use.where} can look up"
                ),
                Bilingual(
                    "补上这一格；文件没有写明的，写 not stated ^…",
                    "add the cell; where the document is silent, write `not stated ^…`",
                ),
            )
            return


def has_cell(table: Table, column: str, row: tuple[str, ...], value: str) -> bool:
    """Whether a table has a cell for these facts, `any` rows included."""
    options = product(*((one, "any") for one in row))
    return any((column, option, value) in table.cells for option in options)
