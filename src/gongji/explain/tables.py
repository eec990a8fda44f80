"""Tables of a policy as tables: heads, rows, and the clauses of each row."""

from __future__ import annotations

from gongji.explain.phrases import Phrases, all_of, marked, same
from gongji.policy.model import YES_NO, Table, Unit
from gongji.wording import Bilingual

__all__ = ["head_and_rows", "heads_of", "table_title"]

Cells = tuple[Bilingual, ...]


def table_title(table: Table) -> Bilingual:
    """The title, with the unit that all columns share."""
    units = {column.unit for column in table.columns.values()}
    return table.title + _in_unit(units.pop()) if len(units) == 1 else table.title


def head_and_rows(table: Table, phrases: Phrases) -> tuple[Cells, tuple[Cells, ...]]:
    """The head of a table and its rows; a single value has no head."""
    heads, titles = heads_of(table, phrases)
    rows = []
    for row in table.rows:
        cells = [
            (table.cells[(column, row, value)], table.columns[column].unit)
            for column, value in heads
        ]
        rows.append(
            (
                _row_title(table, row, phrases),
                *(phrases.cell(cell, unit, bare=True) for cell, unit in cells),
                marked(*(cell.mark for cell, _ in cells)),
            )
        )
    if not table.by and len(heads) == 1:
        return (), tuple(one[1:] for one in rows)
    return (same(""), *titles, Bilingual("条款", "clause")), tuple(rows)


def heads_of(table: Table, phrases: Phrases) -> tuple[list[tuple[str, str]], list[Bilingual]]:
    """The columns of a table, each with its value of `across`, and their titles with units."""
    mixed = len({column.unit for column in table.columns.values()}) > 1
    heads = list(dict.fromkeys((column, value) for column, _, value in table.cells))
    titles = [
        _head(table, column, value, phrases)
        + (_in_unit(table.columns[column].unit) if mixed else same(""))
        for column, value in heads
    ]
    return heads, titles


def _head(table: Table, column: str, value: str, phrases: Phrases) -> Bilingual:
    title = table.columns[column].title
    if not value or table.across is None:
        return title if column else same("")
    spread = phrases.value(table.across, value)
    if not column:
        return spread
    return Bilingual(f"{title.zh}·{spread.zh}", f"{title.en}, {spread.en}")


def _row_title(table: Table, row: tuple[str, ...], phrases: Phrases) -> Bilingual:
    titles = [
        _value(fact, value, phrases)
        for fact, value in zip(table.by, row, strict=True)
        if value != "any"
    ]
    return all_of(titles, "、")


def _value(fact: str, value: str, phrases: Phrases) -> Bilingual:
    """A value of a row; of `yes` and `no` with the fact that it answers."""
    words = phrases.value(fact, value)
    if value not in YES_NO:
        return words
    return phrases.title(fact) + Bilingual("：", ": ") + words


def _in_unit(unit: Unit) -> Bilingual:
    """The unit of a column or a table, for its head."""
    if unit is Unit.YUAN:
        return Bilingual("（元）", " (yuan)")
    return Bilingual("（百分点）", " (points)") if unit is Unit.POINTS else same("")
