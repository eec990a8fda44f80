"""Verifying a book: everything worked out again from what was kept, to the fen.

Acts hang together, entries balance, accounts hold what was booked on them; every settlement is of
the lines that were brought in and comes out as it was kept; each begins where the one before it
ended, none is missing, meters are those after the last one, and the journal has moved for each
visit what its settlements say.  So do receipts and credits, and closed years are as they were;
coded lines come to what their bills say, and institutions were paid what is kept of it.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from gongji.book.access.sights import broken_sights
from gongji.book.accounts.credits import broken_credits
from gongji.book.accounts.family import broken_family
from gongji.book.acts import broken_acts
from gongji.book.catalogue.kept_lines import broken_lines
from gongji.book.claims.paying import broken_claims
from gongji.book.clearing.paying import broken_payments
from gongji.book.contributions.receipts import broken_receipts
from gongji.book.journal import broken_entries
from gongji.book.proof.chain import chain_differences
from gongji.book.proof.events import event_differences
from gongji.book.proof.found import earliest
from gongji.book.proof.money import money_differences
from gongji.book.proof.named import broken_names
from gongji.book.proof.rulings import Rulings
from gongji.book.proof.settled import By, Settling
from gongji.book.proof.stretch import People, people_of, stretch_of
from gongji.book.schema.acts import ACT
from gongji.book.schema.journal import ENTRY
from gongji.book.schema.visits import SETTLEMENT
from gongji.book.years.year_end import broken_closings
from gongji.policy.versions import Library
from gongji.wording import Bilingual

__all__ = [
    "PHASES", "Part", "Progress", "Proof", "Report", "differences", "gathered", "verified",
]  # fmt: skip

PHASES = ("acts", "entries", "settlements", "others")
"""What is looked at, in this order: acts with sights, and whether what rows name is there; entries;
settlements; `others`, which are receipts, credits, payments of relatives, claims, closed years,
coded lines, what institutions were paid."""

Progress = Callable[[str, int, int], None]
"""Told of a phase, what is done and what there is."""


class Report(NamedTuple):
    """What was worked out again, and the first thing that does not come out as it was kept.

    `by_engine` are the settlements that the engine had to look at.
    """

    acts: int = 0
    entries: int = 0
    settlements: int = 0
    persons: int = 0
    by_engine: int = 0
    difference: Bilingual | None = None

    def and_(self, other: Report) -> Report:
        """This and what was looked at after it."""
        return Report(
            self.acts + other.acts,
            self.entries + other.entries,
            self.settlements + other.settlements,
            self.persons + other.persons,
            self.by_engine + other.by_engine,
            self.difference or other.difference,
        )


class Part(NamedTuple):
    """A part of a book that can be looked at by itself: a phase, of settlements some persons.

    `rows` is how many of the phase there are in it.
    """

    phase: str
    rows: int = 0
    people: People | None = None


class Proof:
    """One state of a book, being worked out again."""

    def __init__(self, connection: Connection, library: Library, by: By | None = None) -> None:
        self.connection = connection
        self.library = library
        rows = connection.execute(
            select(SETTLEMENT.c.rules, func.count()).group_by(SETTLEMENT.c.rules)
        )
        self.rulings = Rulings(connection, library)
        self.settling = Settling(self.rulings, {row[0]: row[1] for row in rows}, by)

    def parts(self) -> list[Part]:
        """The parts, in the order in which differences are told."""
        acts, entries, settlements, others = PHASES
        return [
            Part(acts, self._count(ACT.c.id)),
            Part(entries, self._count(ENTRY.c.id)),
            *(Part(settlements, some.settlements, some) for some in people_of(self.connection)),
            Part(others),
        ]

    def report(self, part: Part) -> Report:
        """A part worked out again, up to its first difference."""
        with _undisturbed():
            if part.people is not None:
                return self._settlements(part.people)
            found = next(self.broken(part.phase), None)
        if part.phase == "acts":
            return Report(acts=part.rows, difference=found)
        return Report(entries=part.rows, difference=found)

    def broken(self, phase: str) -> Iterator[Bilingual]:
        """Everything that does not hold of acts, of entries, or of other things."""
        if phase == "acts":
            yield from broken_acts(self.connection)
            yield from broken_sights(self.connection)
            yield from broken_names(self.connection)
        elif phase == "entries":
            yield from broken_entries(self.connection)
        else:
            yield from broken_receipts(self.connection)
            yield from broken_credits(self.connection, self.library)
            yield from broken_family(self.connection)
            yield from broken_claims(self.connection)
            yield from broken_closings(self.connection)
            yield from broken_lines(self.connection)
            yield from broken_payments(self.connection)

    def _settlements(self, people: People) -> Report:
        """The settlements of some persons."""
        stretch = stretch_of(self.connection, people, self.rulings.ledgers)
        before = self.settling.by_engine
        first = earliest([
            *chain_differences(stretch),
            *event_differences(stretch),
            *islice(self.settling.differences(stretch.kept), 1),
            *money_differences(stretch, self.rulings.moves),
            *([] if stretch.unread is None else [stretch.unread]),
        ])  # fmt: skip
        return Report(
            settlements=len(stretch.kept),
            persons=len({one.person for one in stretch.kept}),
            by_engine=self.settling.by_engine - before,
            difference=None if first is None else first.words,
        )

    def _count(self, column: Any) -> int:
        return int(self.connection.scalar(select(func.count(column))) or 0)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """While Python does not look for rings among objects: rows are none, and very many."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def verified(
    connection: Connection,
    library: Library,
    *,
    by: By | None = None,
    progress: Progress = lambda *_: None,
) -> Report:
    """Work everything out again, up to the first difference.

    `by` makes all settlements go one way: compiled (`kernel`), by the same program in Python, or by
    the `engine`; without it many are compiled where that is installed.
    """
    proof = Proof(connection, library, by)
    parts = proof.parts()
    return gathered(parts, map(proof.report, parts), progress)


def gathered(parts: Sequence[Part], reports: Iterable[Report], progress: Progress) -> Report:
    """The reports of parts, in their order, as one; up to the first that has a difference."""
    every = Counter[str]()
    for part in parts:
        every[part.phase] += part.rows
    done = Counter[str]()
    report = Report()
    for part, one in zip(parts, reports, strict=False):
        done[part.phase] += part.rows
        progress(part.phase, done[part.phase], every[part.phase])
        report = report.and_(one)
        if report.difference is not None:
            break
    return report


def differences(connection: Connection, library: Library, by: By | None = None) -> Iterator[str]:
    """What does not come out as it was kept, in words, the first first; nothing where all does.

    Of settlements only the first that does not.
    """
    proof = Proof(connection, library, by)
    settlements = True
    for part in proof.parts():
        if part.people is None:
            for words in proof.broken(part.phase):
                yield words.en
        elif settlements and (found := proof.report(part).difference) is not None:
            settlements = False
            yield found.en
