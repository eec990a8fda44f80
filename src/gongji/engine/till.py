"""Payments of one benefit: exact sums along the stretch, limits, one rounding per fund.

A limit on payment stops at the first fen whose exact payment reaches it, and the payment is then
the limit.  The pieces of a payment are differences of rounded sums, so they add up to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from gongji.engine.exact import ExactSum
from gongji.engine.figures import Quantity, Source, amount_of, rate_of
from gongji.engine.meters import ACCOUNT, MeterKey
from gongji.engine.pieces import Piece
from gongji.engine.run import Run
from gongji.engine.steps import Basis, LimitState, Paid, Share, Stretch
from gongji.money import half_up
from gongji.policy.model import Benefit, Destination, Pay

__all__ = ["Settled", "Till"]

_ALL = Quantity(Fraction(1), ())
_NONE = Fraction(0)


class Settled(NamedTuple):
    """What became of one piece: `paid` fen by the fund, the rest still with the person."""

    piece: Piece
    fund: str
    paid: int


class _Entry(NamedTuple):
    """A piece taken by a fund: the rounded sum up to its end, and the meters that count it."""

    piece: Piece
    rounded: int
    meters: tuple[MeterKey, ...]


@dataclass(slots=True)
class _Purse:
    """The payments of one fund in one benefit, before rounding."""

    basis: Basis
    exact: ExactSum = field(default_factory=ExactSum)
    entries: list[_Entry] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    limits: dict[MeterKey, LimitState] = field(default_factory=dict)
    unlimited: tuple[Source, ...] = ()  # why a limit does not apply
    last: tuple[MeterKey, ...] = ()  # the limits of the last payment: only they can have ended it


class Till:
    """Takes the pieces that a benefit pays for, and pays them when the benefit is done."""

    def __init__(self, run: Run, benefit: Benefit) -> None:
        self.run = run
        self.benefit = benefit
        self.purses: dict[str, _Purse] = {}
        self._counted: dict[MeterKey, ExactSum] = {}

    def pay(self, piece: Piece, destination: Destination, where: Stretch) -> Piece | None:
        """Pay for a piece from the left until a limit stops it; returns what is left, if any."""
        pay = destination.to
        assert isinstance(pay, Pay)
        purse = self.purses.get(pay.fund)
        if purse is None:
            basis = self.run.basis(self.benefit, piece.item)
            if destination.mark is not None:
                basis = Basis(destination.mark, destination.place)
            purse = self.purses[pay.fund] = _Purse(basis)
        rooms = self._rooms(pay, piece, purse) if pay.limits or pay.fund == "account" else {}
        purse.last = tuple(rooms)
        room = min((left for left in rooms.values() if left is not None), default=None)
        if room is not None and room <= 0:
            self._reach(purse, rooms, _NONE)
            return piece
        rate = _ALL if pay.rate is None else rate_of(pay.rate, self.run.known[piece.item])
        assert rate.value is not None
        cost = piece.fen
        numerator, denominator = rate.value.numerator * cost, rate.value.denominator
        if room is not None:
            exact = Fraction(numerator, denominator)
            if exact >= room:
                exact = room
                cost = -(-room // rate.value)  # the least fen whose exact payment reaches it
                numerator, denominator = room.numerator, room.denominator
            self._reach(purse, rooms, exact)
        rest: Piece | None = None
        if cost < piece.fen:
            piece, rest = piece.split(cost)
        purse.exact.add(numerator, denominator)
        meters = tuple([key for key in rooms if key is not ACCOUNT])
        purse.entries.append(_Entry(piece, purse.exact.rounded(), meters))
        self._share(purse, Share(cost, rate.value, where, rate.sources))
        for key in meters:
            self._counted.setdefault(key, ExactSum()).add(numerator, denominator)
        return rest

    def _rooms(self, pay: Pay, piece: Piece, purse: _Purse) -> dict[MeterKey, Fraction | None]:
        """What may still be paid under each limit, exactly; None where a limit does not apply."""
        if pay.fund == "account":
            return {ACCOUNT: purse.exact.left_of(self.run.reading(ACCOUNT))}
        rooms: dict[MeterKey, Fraction | None] = {}
        for limit in pay.limits:
            key = self.run.key(limit.meter, piece.item)
            amount = amount_of(limit.amount, self.run.known[piece.item])
            if amount.value is None:
                rooms[key] = None
                if amount.sources not in (purse.unlimited, ()):
                    purse.unlimited += amount.sources
                continue
            most, before = half_up(amount.value), self.run.reading(key)
            counted = self._counted.get(key) or ExactSum()
            rooms[key] = counted.left_of(max(most - before, 0))
            reached = key in purse.limits and purse.limits[key].reached
            purse.limits[key] = LimitState(key, most, before, reached, amount.sources)
        return rooms

    def _reach(
        self, purse: _Purse, rooms: dict[MeterKey, Fraction | None], exact: Fraction
    ) -> None:
        """Note which limits a payment reaches."""
        for key, left in rooms.items():
            state = purse.limits.get(key)
            if state is not None and left is not None and exact >= left:
                purse.limits[key] = state._replace(reached=True)

    def _share(self, purse: _Purse, share: Share) -> None:
        last = purse.shares[-1] if purse.shares else None
        if last is not None and _alike(last, share):
            purse.shares[-1] = last._replace(cost=last.cost + share.cost)
        else:
            purse.shares.append(share)

    def close(self) -> list[Settled]:
        """Round every fund's payment once, move meters and account, and say what was paid."""
        settled: list[Settled] = []
        for fund, purse in self.purses.items():
            before = 0
            for piece, rounded, meters in purse.entries:
                paid, before = rounded - before, rounded
                settled.append(Settled(piece, fund, paid))
                for key in meters:
                    self.run.live[key] = self.run.reading(key) + paid
            if fund == "account":
                self.run.live[ACCOUNT] = self.run.reading(ACCOUNT) - before
            elif before:
                whose = (self.benefit.name, fund)
                self.run.payments[whose] = self.run.payments.get(whose, 0) + before
        return settled

    def record(self, fund: str) -> Paid:
        """The step that tells of a fund's payment."""
        purse = self.purses[fund]
        shares = tuple(purse.shares)
        return Paid(
            station=self.benefit.name,
            fund=fund,
            shares=shares,
            amount=purse.exact.rounded(),
            limits=tuple(
                state if key in purse.last else state._replace(reached=False)
                for key, state in purse.limits.items()
            ),
            basis=None if any(share.sources for share in shares) else purse.basis,
            sources=purse.unlimited,
        )

    def reached(self, fund: str) -> LimitState | None:
        """The limit that stopped a fund's payment."""
        purse = self.purses[fund]
        limits = (purse.limits[key] for key in purse.last if key in purse.limits)
        return next((limit for limit in limits if limit.reached), None)


def _alike(one: Share, other: Share) -> bool:
    """Whether two shares are of the same band at the same rate, for pieces of the bill."""
    return (one.rate, one.sources, one.where._replace(start=0)) == (
        other.rate,
        other.sources,
        other.where._replace(start=0),
    )
