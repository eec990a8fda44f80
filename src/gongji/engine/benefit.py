"""Running the steps of one benefit over a stretch of money."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gongji.engine.figures import Source, amount_of
from gongji.engine.meters import MeterKey
from gongji.engine.pieces import Piece
from gongji.engine.refusals import not_stated
from gongji.engine.run import Run
from gongji.engine.steps import Borne, Counted, Passed
from gongji.engine.steps import Step as Record
from gongji.engine.till import Till
from gongji.money import half_up
from gongji.policy.model import (
    Along,
    Bear,
    Benefit,
    Count,
    Destination,
    First,
    Go,
    Mark,
    Meter,
    Pay,
    Refuse,
    Step,
)

__all__ = ["run_benefit"]


class _Edge(NamedTuple):
    """Why a piece goes where it goes: the amount it lies below, on which meter."""

    amount: int | None
    first: bool
    meter: MeterKey | None
    start: int
    sources: tuple[Source, ...]


_NO_EDGE = _Edge(None, False, None, 0, ())


def run_benefit(run: Run, benefit: Benefit, stretch: Sequence[Piece]) -> None:
    """Send a stretch through a benefit: every fen of it is paid for, borne, or passed on."""
    _Course(run, benefit).go(list(stretch))


class _Course:
    """The way of one stretch through one benefit."""

    def __init__(self, run: Run, benefit: Benefit) -> None:
        self.run = run
        self.benefit = benefit
        self.layer = benefit.burden is not None
        self.till = Till(run, benefit)
        self.records: list[Record | str] = []  # a fund's name holds the place of its payment
        self.visited: set[MeterKey] = set()

    def go(self, stretch: list[Piece]) -> None:
        for step in self.benefit.steps:
            kept: list[Piece] = []
            taken = 0
            for piece in stretch:
                if not self._concerns(step, piece):
                    kept.append(piece)
                elif isinstance(step, Count):
                    kept.append(self._count(piece, step))
                elif isinstance(step, Along):
                    self._along(piece, step, kept)
                elif isinstance(step, First):
                    taken += self._first(piece, step, taken, kept)
                else:
                    self._deliver(piece, step.destination, _NO_EDGE, kept)
            stretch = kept
        assert not any(piece.fen for piece in stretch), "a benefit places everything it takes"
        self._close()

    def _concerns(self, step: Step, piece: Piece) -> bool:
        """Whether a step applies to a piece; one without cost can only count as a visit."""
        if not piece.fen:
            meters = self.run.policy.meters
            if not isinstance(step, Count) or meters[step.meter].counts != "visits":
                return False
        return not step.when.alternatives or self.run.known[piece.item].holds(step.when)

    def _count(self, piece: Piece, step: Count) -> Piece:
        run = self.run
        meter = run.policy.meters[step.meter]
        key = run.key(step.meter, piece.item)
        before = run.reading(key)
        if meter.counts == "visits":
            if key not in self.visited:
                self.visited.add(key)
                run.live[key] = before + 1
                self._note_count(meter, key, before, before + 1)
            return piece
        run.live[key] = before + piece.fen
        self._note_count(meter, key, before, before + piece.fen)
        return piece.passing(key, before)

    def _first(self, piece: Piece, step: First, taken: int, kept: list[Piece]) -> int:
        """Send the first so much of the stretch away; returns how much of it this piece gave."""
        amount = amount_of(step.amount, self.run.known[piece.item])
        edge = half_up(amount.value) if amount.value is not None else piece.fen + taken
        given = min(max(edge - taken, 0), piece.fen)
        why = _Edge(edge, True, None, 0, amount.sources)
        if given == piece.fen:
            self._deliver(piece, step.destination, why, kept)
            return given
        if given:
            left, piece = piece.split(given)
            self._deliver(left, step.destination, why, kept)
        kept.append(piece)
        return given

    def _along(self, piece: Piece, step: Along, kept: list[Piece]) -> None:
        """Cut a piece at the edges on a meter; edges are looked up only as far as it reaches."""
        key = self.run.key(step.meter, piece.item)
        for cut in step.cuts:
            start = piece.position(key)
            edge: int | None = None
            sources: tuple[Source, ...] = ()
            length = piece.fen
            if cut.to is not None:
                amount = amount_of(cut.to, self.run.known[piece.item])
                sources = amount.sources
                if amount.value is not None:
                    edge = half_up(amount.value)
                    length = min(length, edge - start)
            if length <= 0:
                continue
            why = _Edge(edge, False, key, start, sources)
            if length == piece.fen:
                self._deliver(piece, cut.destination, why, kept)
                return
            left, piece = piece.split(length)
            self._deliver(left, cut.destination, why, kept)

    def _deliver(
        self, piece: Piece, destination: Destination, why: _Edge, kept: list[Piece]
    ) -> None:
        to = destination.to
        mark = destination.mark or self.benefit.mark
        if isinstance(to, Bear):
            if self.layer:
                self.run.borne.append(piece)
            else:
                self.run.bear(piece.borne(self.benefit.name, to.cause))
            self._note_borne(piece.fen, to.cause, why, mark)
        elif isinstance(to, Pay):
            rest = self.till.pay(piece, destination)
            if to.fund not in self.records:
                self.records.append(to.fund)
            if rest is not None and to.then is not None:
                self._deliver(rest, to.then, _NO_EDGE, kept)
            elif rest is not None:  # an account that ran out: the person still bears it
                self.run.borne.append(rest)
        elif isinstance(to, Go):
            if to.to == "on":
                kept.append(piece)
                return
            target = to.to
            if target == "next":
                target = self.run.next_benefit(self.benefit.name, piece.item).name
            fresh = Piece(piece.fen, piece.item, piece.mark)
            self.run.waiting.setdefault(target, []).append(fresh)
            self.records.append(Passed(self.benefit.name, target, piece.fen, mark, why.sources))
        elif isinstance(to, Refuse):
            raise not_stated(self.run.policy, to.why, mark)

    def _close(self) -> None:
        """Pay what was taken; what a fund left of it the person bears, in a layer as before."""
        for piece, fund, paid in self.till.close():
            if fund == "account":
                self.run.from_account.append(piece._replace(fen=paid))
            if paid == piece.fen:
                continue
            left = piece._replace(fen=piece.fen - paid)
            if self.layer:
                self.run.borne.append(left)
            else:
                self.run.bear(left.borne(self.benefit.name, "copay"))
        for record in self.records:
            if isinstance(record, str):
                self.run.steps.append(self.till.record(record))
            else:
                self.run.steps.append(record)

    def _note_count(self, meter: Meter, key: MeterKey, before: int, after: int) -> None:
        last = self.records[-1] if self.records else None
        if isinstance(last, Counted) and last.meter == key and last.after == before:
            self.records[-1] = last._replace(after=after)
            return
        visits = meter.counts == "visits"
        self.records.append(Counted(self.benefit.name, key, visits, before, after, meter.mark, ()))

    def _note_borne(self, fen: int, cause: str, why: _Edge, mark: Mark) -> None:
        start, end = why.start, why.start + fen
        noted = Borne(
            self.benefit.name,
            cause,
            fen,
            why.amount,
            why.first,
            why.meter,
            start,
            end,
            mark,
            why.sources,
        )
        for index, last in enumerate(self.records):
            if isinstance(last, Borne) and _alike(last, noted):
                self.records[index] = last._replace(
                    amount=last.amount + fen, start=min(last.start, start), end=max(last.end, end)
                )
                return
        self.records.append(noted)


def _alike(one: Borne, other: Borne) -> bool:
    """Whether two records tell of the same rule, for different pieces of the bill."""
    return (one.cause, one.meter, one.edge, one.first, one.mark, one.sources) == (
        other.cause,
        other.meter,
        other.edge,
        other.first,
        other.mark,
        other.sources,
    )
