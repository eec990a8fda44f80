"""What changed between two versions of a policy: figures cell by cell, rules sentence by sentence.

Both versions are compared as their pages show them, so nothing can change unseen; a sentence that
only rests on another clause is told apart from one that says something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

from gongji.explain.phrases import all_of, same
from gongji.web.library.reading import Reading
from gongji.web.library.sheets import Cell, Sheet, anchor_of, refs_in
from gongji.wording import Bilingual

__all__ = ["Change", "Changed", "Changes", "changes_of"]


class Change(NamedTuple):
    """One figure or sentence before and after; None where there was or is none.

    `where` is what it is the figure of.  `basis`: only its clauses are others.
    """

    where: Bilingual
    before: Cell | None
    after: Cell | None

    @property
    def basis(self) -> bool:
        """Whether it says the same, by other clauses."""
        both = self.before is not None and self.after is not None
        return both and self.before.words == self.after.words  # type: ignore[union-attr]


class Changed(NamedTuple):
    """An item of a policy with what changed in it; `how` is `added`, `removed` or `changed`."""

    anchor: str
    title: Bilingual
    kind: str
    how: str
    changes: tuple[Change, ...]

    @property
    def named(self) -> bool:
        """Whether its figures and sentences are of something besides the item itself."""
        return any(one.where.zh and one.where != self.title for one in self.changes)


class Changes(NamedTuple):
    """What changed, figures before rules, and how many items did not."""

    before: Reading
    after: Reading
    items: tuple[Changed, ...]
    same: int

    def of(self, how: str) -> int:
        """How many items were added, removed or changed."""
        return sum(one.how == how for one in self.items)


class _Item(NamedTuple):
    """An item of one version, its figures and sentences by what they are of."""

    anchor: str
    title: Bilingual
    kind: str
    cells: tuple[tuple[Bilingual, Cell], ...]


def changes_of(before: Reading, after: Reading) -> Changes:
    """The items of two versions held to each other."""
    old = {one.anchor: one for one in _items(before)}
    new = {one.anchor: one for one in _items(after)}
    found: list[Changed] = []
    for anchor in dict.fromkeys((*new, *old)):
        one, other = old.get(anchor), new.get(anchor)
        item = other or one
        assert item is not None
        rows = tuple(_compared(one.cells if one else (), other.cells if other else ()))
        how = "changed" if one and other else "added" if other else "removed"
        if rows:
            found.append(Changed(anchor, item.title, item.kind, how, rows))
    order = ("figure", "matter", "rule", "other")
    found.sort(key=lambda one: order.index(one.kind))
    return Changes(before, after, tuple(found), len(old.keys() & new.keys())
                   - sum(one.how == "changed" for one in found))  # fmt: skip


def _compared(
    old: tuple[tuple[Bilingual, Cell], ...], new: tuple[tuple[Bilingual, Cell], ...]
) -> Iterator[Change]:
    """Figures by what they are of, sentences in their order."""
    before, after = dict(old), dict(new)
    if (
        all(where.zh for where in (*before, *after))
        and len(before) == len(old)
        and len(after) == len(new)
    ):
        for where in dict.fromkeys((*after, *before)):
            if before.get(where) != after.get(where):
                yield Change(where, before.get(where), after.get(where))
        return
    left = [(where.zh, cell.words.zh, cell.refs) for where, cell in old]
    right = [(where.zh, cell.words.zh, cell.refs) for where, cell in new]
    for how, at, to, start, end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if how == "equal":
            continue
        yield from _paired(old[at:to], new[start:end])


def _paired(
    old: tuple[tuple[Bilingual, Cell], ...], new: tuple[tuple[Bilingual, Cell], ...]
) -> Iterator[Change]:
    """Sentences that took the place of others, of the same thing beside each other."""
    left = list(old)
    for where, cell in new:
        before = next((one for one in left if one[0] == where), None)
        if before is not None:
            left.remove(before)
        yield Change(where, before and before[1], cell)
    for where, cell in left:
        yield Change(where, cell, None)


def _items(one: Reading) -> Iterator[_Item]:
    for part in (*one.figures, *one.other_figures):
        for sheet in part.sheets:
            yield from _of_sheet(sheet)
    for topic in one.topics:
        for matter in topic.matters:
            cells = []
            for case in matter.cases:
                when = all_of((cell.words for cell in case.when), "；或", "; or ")
                rows = [
                    cell._replace(words=title + Bilingual("：", ": ") + cell.words)
                    for title, cell in case.answers
                ]
                rows += [one for one in (case.refuse, *case.rest, case.because) if one]
                rows = [row._replace(refs=(*row.refs, *case.refs)) for row in rows]
                cells += [(when, row) for row in rows]
            yield _Item(matter.anchor, matter.title, "matter", tuple(cells))
    for rule in one.rules:
        cells = [(Bilingual("", ""), cell) for cell in rule.rows]
        yield _Item(rule.anchor, rule.title, "rule", tuple(cells))
    yield from _in_general(one)
    shown = ("table", "value", "question", "scope", "benefit")
    for section in one.sections[1:]:
        for block in section.blocks:
            if block.name.partition(" ")[0] not in shown:
                marks = (row[-1].zh if len(row) > 1 else "" for row in block.rows)
                refs = (refs_in(written, one.document.prefix) for written in marks)
                rows = [Cell(row[0], own) for row, own in zip(block.rows, refs, strict=True)]
                cells = [(Bilingual("", ""), row) for row in rows]
                yield _Item(anchor_of(block.name), block.title, "other", tuple(cells))


def _in_general(one: Reading) -> Iterator[_Item]:
    """What is asked of a bill, and in which order it is settled."""
    for block in one.sections[0].blocks:
        if block.name == "order":
            stations = tuple((row[0], Cell(row[1], ())) for row in block.rows)
            yield _Item(block.name, block.title, "rule", stations)
        else:
            asked = tuple((same(""), Cell(row[-1], ())) for row in block.rows)
            yield _Item(block.name, block.title, "other", asked)


def _of_sheet(sheet: Sheet) -> Iterator[_Item]:
    if sheet.anchors:
        for anchor, line in zip(sheet.anchors, sheet.lines, strict=True):
            yield _Item(
                anchor, line.heads[0].words, "figure", ((line.heads[0].words, line.cells[0]),)
            )
        return
    cells: list[tuple[Bilingual, Cell]] = []
    above: list[Bilingual] = []
    for line in sheet.lines:
        left = [one.words for one in line.heads]
        above = above[: len(sheet.by) - len(left)] + left
        for column, cell in zip(sheet.columns, line.cells, strict=True):
            where = all_of((one for one in (*above, column) if one.zh), "、")
            cells.append((where, cell._replace(refs=(*cell.refs, *line.refs, *sheet.refs))))
    yield _Item(sheet.anchor, sheet.title, "figure", tuple(cells))
