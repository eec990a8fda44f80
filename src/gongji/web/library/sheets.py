"""Tables of a policy laid out for a page: who and where at the left, figures with their clauses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gongji.explain.phrases import Phrases, same
from gongji.explain.tables import heads_of, table_title
from gongji.policy.marks import read_mark
from gongji.policy.model import Mark, Policy, Table
from gongji.wording import Bilingual

__all__ = ["Cell", "Head", "Line", "Ref", "Sheet", "anchor_of", "refs_in", "refs_of", "sheets_of"]

_NUMBER = re.compile(r"[\d.,%]+")
_ANY = Bilingual("不分", "any")


class Ref(NamedTuple):
    """A clause behind a number or a sentence; `reading` where it was read so, not printed so."""

    clause: str
    reading: bool

    @property
    def number(self) -> str:
        """The clause without the letters of its document."""
        return self.clause.rsplit("-", 1)[-1]


class Head(NamedTuple):
    """A cell at the left of a table, over so many rows."""

    words: Bilingual
    rows: int


class Cell(NamedTuple):
    """A figure or a sentence, with its clauses; `open` where the document does not say it."""

    words: Bilingual
    refs: tuple[Ref, ...]
    open: bool = False

    @property
    def number(self) -> bool:
        """Whether it is a plain number, to be aligned as such."""
        return _NUMBER.fullmatch(self.words.zh) is not None


class Line(NamedTuple):
    """A row of a table; `refs` are the clauses that all its figures share."""

    heads: tuple[Head, ...]
    cells: tuple[Cell, ...]
    refs: tuple[Ref, ...] = ()


class Sheet(NamedTuple):
    """A table: what its left columns tell apart, what the others say, its rows.

    `anchor` is empty where each row has its own in `anchors`; `refs` are the clauses that all
    figures share.
    """

    anchor: str
    title: Bilingual
    by: tuple[Bilingual, ...]
    columns: tuple[Bilingual, ...]
    lines: tuple[Line, ...]
    anchors: tuple[str, ...] = ()
    refs: tuple[Ref, ...] = ()


def anchor_of(item: str) -> str:
    """Where an item (`table inpatient_rate`) stands on the page of its policy."""
    return re.sub(r"[^\w-]+", "-", item)


def refs_of(marks: Iterable[Mark | None]) -> tuple[Ref, ...]:
    """The clauses of some marks, each once; read so if any mark says that it was."""
    found: dict[str, bool] = {}
    for mark in marks:
        for one in mark.citations if mark is not None else ():
            found[one.clause] = found.get(one.clause, False) or one.reading
    return tuple(Ref(clause, reading) for clause, reading in found.items())


def refs_in(written: str, prefix: str) -> tuple[Ref, ...]:
    """The clauses of marks as a file writes them, `^039~ ^012+013`."""
    return refs_of(read_mark(one, prefix) for one in written.split())


def sheets_of(policy: Policy, names: Iterable[str], phrases: Phrases) -> Iterator[Sheet]:
    """Some tables in the order given; single figures that follow each other are one sheet."""
    singles: list[Table] = []
    for name in names:
        table = policy.tables[name]
        if not table.by and len(table.cells) == 1:
            singles.append(table)
            continue
        yield from _together(singles, phrases)
        singles = []
        yield _sheet(table, phrases)
    yield from _together(singles, phrases)


def _together(singles: list[Table], phrases: Phrases) -> Iterator[Sheet]:
    """Single figures as one table, a row each."""
    if not singles:
        return
    lines, anchors = [], []
    for table in singles:
        ((column, _, _), cell) = next(iter(table.cells.items()))
        unit = table.columns[column].unit
        words = phrases.cell(cell, unit)
        own = Cell(words, _refs(cell.mark, phrases, cell.content), cell.content == "not stated")
        lines.append(Line((Head(table.title, 1),), (own,)))
        anchors.append(anchor_of(f"table {table.name}"))
    yield Sheet("", same(""), (same(""),), (same(""),), tuple(lines), tuple(anchors))


def _sheet(table: Table, phrases: Phrases) -> Sheet:
    heads, titles = heads_of(table, phrases)
    spans = _spans(table.rows)
    lines = []
    for number, row in enumerate(table.rows):
        left = tuple(
            Head(_named(fact, value, phrases), spans[number, place])
            for place, (fact, value) in enumerate(zip(table.by, row, strict=True))
            if (number, place) in spans
        )
        cells = []
        for column, value in heads:
            cell = table.cells[(column, row, value)]
            words = phrases.cell(cell, table.columns[column].unit, bare=True)
            refs = _refs(cell.mark, phrases, cell.content)
            cells.append(Cell(words, refs, cell.content == "not stated"))
        lines.append(_shared(left, cells))
    by = tuple(phrases.title(fact) for fact in table.by)
    anchor = anchor_of(f"table {table.name}")
    shared = {line.refs for line in lines}
    if len(shared) == 1 and len(lines) > 1 and (refs := shared.pop()):
        lines = [line._replace(refs=()) for line in lines]
        return Sheet(anchor, table_title(table), by, tuple(titles), tuple(lines), refs=refs)
    return Sheet(anchor, table_title(table), by, tuple(titles), tuple(lines))


def _shared(left: tuple[Head, ...], cells: list[Cell]) -> Line:
    """A row, with clauses that all of several figures share said once."""
    refs = {cell.refs for cell in cells}
    if len(cells) > 1 and len(refs) == 1:
        return Line(left, tuple(cell._replace(refs=()) for cell in cells), refs.pop())
    return Line(left, tuple(cells))


def _refs(mark: Mark, phrases: Phrases, content: object) -> tuple[Ref, ...]:
    inner = () if isinstance(content, str) else phrases.marks(content)  # type: ignore[arg-type]
    return refs_of((mark, *inner))


def _spans(rows: tuple[tuple[str, ...], ...]) -> dict[tuple[int, int], int]:
    """The cells at the left that are written, by row and column, and how many rows they cover."""
    found: dict[tuple[int, int], int] = {}
    open_at: dict[int, int] = {}
    for number, row in enumerate(rows):
        for place in range(len(row)):
            before = rows[number - 1] if number else None
            if before is not None and before[: place + 1] == row[: place + 1]:
                found[open_at[place], place] += 1
            else:
                found[number, place] = 1
                open_at[place] = number
    return found


def _named(fact: str, value: str, phrases: Phrases) -> Bilingual:
    return _ANY if value == "any" else phrases.value(fact, value)
