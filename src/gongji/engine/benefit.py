"""Running the steps of one benefit over a stretch of money."""

from __future__ import annotations

from collections.abc import Sequence

from gongji.engine.figures import Source, amount_of, is_share_of_stretch, value_title
from gongji.engine.meters import ACCOUNT, MeterKey
from gongji.engine.pieces import Piece, total
from gongji.engine.refusals import not_stated
from gongji.engine.run import Run
from gongji.engine.steps import Basis, Borne, Counted, Passed, Stretch
from gongji.engine.steps import Step as Record
from gongji.engine.till import Till
from gongji.money import half_up
from gongji.policy.model import (
    ACCOUNT_FIRST,
    Along,
    Bear,
    Benefit,
    Choices,
    Count,
    Cut,
    Destination,
    First,
    Go,
    Meter,
    Pay,
    Refuse,
    Step,
)
from gongji.wording import Bilingual

__all__ = ["run_benefit"]


_ANYWHERE = Stretch()


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
            if isinstance(step, First):
                self._measure(step, stretch)
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
                    self._deliver(piece, step.destination, _ANYWHERE, kept)
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

    def _measure(self, step: First, stretch: Sequence[Piece]) -> None:
        """Tell every item how much money has come to a step, for shares of it."""
        concerned = [piece for piece in stretch if self._concerns(step, piece)]
        for piece in concerned:
            self.run.known[piece.item].stretch = total(concerned)

    def _first(self, piece: Piece, step: First, taken: int, kept: list[Piece]) -> int:
        """Send the first so much of the stretch away; returns how much of it this piece gave."""
        known = self.run.known[piece.item]
        amount = amount_of(step.amount, known)
        edge = half_up(amount.value) if amount.value is not None else piece.fen + taken
        given = min(max(edge - taken, 0), piece.fen)
        share = is_share_of_stretch(step.amount, known)
        where = Stretch(edge, first=True, sources=amount.sources, share=share)
        if given == piece.fen:
            self._deliver(piece, step.destination, where, kept)
            return given
        if given or not edge:
            left, piece = piece.split(given)
            self._deliver(left, step.destination, where, kept)
        kept.append(piece)
        return given

    def _along(self, piece: Piece, step: Along, kept: list[Piece]) -> None:
        """Cut a piece at the edges on a meter; edges are looked up only as far as it reaches."""
        key = self.run.key(step.meter, piece.item)
        below = _ANYWHERE
        for cut in step.cuts:
            where = self._stretch(piece, key, cut, below)
            length = piece.fen if where.edge is None else min(piece.fen, where.edge - where.start)
            if length == piece.fen:
                self._deliver(piece, cut.destination, where, kept)
                return
            if length > 0:
                left, piece = piece.split(length)
                self._deliver(left, cut.destination, where, kept)
            below = where

    def _stretch(self, piece: Piece, key: MeterKey, cut: Cut, below: Stretch) -> Stretch:
        """Where a piece lies in a cut: below its edge, above that of the cut before."""
        start = piece.position(key)
        if cut.to is None:
            return Stretch(None, below.edge, False, key, start, below.sources)
        amount = amount_of(cut.to, self.run.known[piece.item])
        edge = None if amount.value is None else half_up(amount.value)
        return Stretch(edge, below.edge, False, key, start, amount.sources)

    def _deliver(
        self, piece: Piece, destination: Destination, where: Stretch, kept: list[Piece]
    ) -> None:
        to = destination.to
        self.run.reached[id(destination)] = destination
        if isinstance(to, Bear):
            if self.layer:
                self.run.borne.append(piece)
            else:
                self.run.bear(piece.borne(self.benefit.name, to.cause))
            self._note_borne(piece, to.cause, where, destination)
        elif isinstance(to, Pay):
            rest = self.till.pay(piece, destination, where)
            if to.fund not in self.records and (rest is not piece or to.fund != ACCOUNT.meter):
                self.records.append(to.fund)
            if rest is not None and to.then is not None:
                self._deliver(rest, to.then, self._above(to.fund), kept)
            elif rest is not None:  # an account that ran out: the person still bears it
                self.run.borne.append(rest)
        elif isinstance(to, Go):
            if to.to == "on":
                kept.append(piece)
                return
            target = to.to
            if target == "next":
                target = self.run.next_benefit(self.benefit.name, piece.item).name
            self._uncount(piece, where)
            fresh = Piece(piece.fen, piece.item, piece.mark)
            self.run.waiting.setdefault(target, []).append(fresh)
            basis = self._basis(piece, where.sources, destination)
            self.records.append(Passed(self.benefit.name, target, piece.fen, where, basis, ()))
        elif isinstance(to, Refuse):
            mark = destination.mark or self.run.basis(self.benefit, piece.item).mark
            raise not_stated(self.run.policy, to.why, mark, self.benefit.name)

    def _uncount(self, piece: Piece, where: Stretch) -> None:
        """Take what lies above the last edge of a meter and leaves the benefit off that meter.

        What goes on uses nothing up here.  It is the meter's end, so what stays keeps its place.
        """
        key = where.meter
        cut_off = where.edge is None and any(key == passed for passed, _ in piece.positions)
        if key is None or not cut_off:
            return
        self.run.live[key] -= piece.fen
        for index, record in enumerate(self.records):
            if isinstance(record, Counted) and record.meter == key:
                kept = record._replace(after=record.after - piece.fen)
                self.records[index : index + 1] = [kept] if kept.after > kept.before else []
                return

    def _above(self, fund: str) -> Stretch:
        """What lies above the limit that stopped a fund's payment."""
        limit = self.till.reached(fund)
        if limit is None:
            return _ANYWHERE
        return Stretch(None, limit.limit, meter=limit.meter, sources=limit.sources)

    def _basis(
        self, piece: Piece, sources: tuple[Source, ...], destination: Destination
    ) -> Basis | None:
        """The clause of a destination; without one that of the benefit, where no figure has any."""
        if destination.mark is not None:
            return Basis(destination.mark, destination.place)
        return None if sources else self.run.basis(self.benefit, piece.item)

    def _close(self) -> None:
        """Pay what was taken; what a fund left of it the person bears, in a layer as before."""
        for piece, fund, paid in self.till.close():
            if fund == ACCOUNT.meter:
                self._spend(piece._replace(fen=paid))
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

    def _spend(self, piece: Piece) -> None:
        """The account pays: what is the person's already, or what would come to a benefit."""
        if not self.layer:
            piece = piece.borne(self.benefit.name, ACCOUNT_FIRST)
            imposed = self.run.imposed
            imposed[ACCOUNT_FIRST] = imposed.get(ACCOUNT_FIRST, 0) + piece.fen
        self.run.from_account.append(piece)

    def _note_count(self, meter: Meter, key: MeterKey, before: int, after: int) -> None:
        last = self.records[-1] if self.records else None
        if isinstance(last, Counted) and last.meter == key and last.after == before:
            self.records[-1] = last._replace(after=after)
            return
        visits = meter.counts == "visits"
        basis = Basis(meter.mark, meter.place)
        self.records.append(Counted(self.benefit.name, key, visits, before, after, basis, ()))

    def _note_borne(
        self, piece: Piece, cause: str, where: Stretch, destination: Destination
    ) -> None:
        sources = self._reason(piece) if where is _ANYWHERE else ()
        basis = self._basis(piece, (*where.sources, *sources), destination)
        noted = Borne(self.benefit.name, cause, piece.fen, where, basis, sources)
        for index, last in enumerate(self.records):
            if isinstance(last, Borne) and _alike(last, noted):
                start = min(last.where.start, where.start)
                self.records[index] = last._replace(
                    amount=last.amount + piece.fen, where=where._replace(start=start)
                )
                return
        self.records.append(noted)

    def _reason(self, piece: Piece) -> tuple[Source, ...]:
        """Why an item came here, in words, where its alternative has a clause of its own."""
        way = self.run.way_in(self.benefit, piece.item)
        if way is None or way.mark is None:
            return ()
        titles = [
            value_title(self.run.policy, name, next(iter(test.values)))
            for name, test in way.tests
            if isinstance(test, Choices) and len(test.values) == 1
        ]
        label = Bilingual("、".join(one.zh for one in titles), ", ".join(one.en for one in titles))
        return (Source(label, "", None, None, way.mark, way.place),)


def _alike(one: Borne, other: Borne) -> bool:
    """Whether two records tell of the same rule, for different pieces of the bill."""
    return (one.cause, one.where._replace(start=0), one.basis, one.sources) == (
        other.cause,
        other.where._replace(start=0),
        other.basis,
        other.sources,
    )
