"""A settlement as the bill grows: the points where another rule begins, found exactly.

Between two bills that go through the same steps (the same stations, bands, rates and limits) the
settlement is one straight line: each step's condition is a bound on an amount that is linear in
the bill, so the bills that share a sequence of steps lie together.  Halving the stretch between
two bills that differ therefore finds every breakpoint, to the fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from gongji.engine.bill import IN_SCOPE, FactValue, Item, Person, Visit
from gongji.engine.meters import ACCOUNT, MeterKey, Meters
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Borne, Drawn, Entered, Paid, Passed, Step, Stretch
from gongji.policy.model import Policy

__all__ = ["LARGEST", "Segment", "Walk", "Walks", "settled"]

LARGEST = 10**9
"""The largest bill looked at, in fen: ten million yuan."""


class Segment(NamedTuple):
    """Bills from `first` to `last`, in fen, that go through the same steps."""

    first: int
    last: int
    at_first: Settlement
    at_last: Settlement

    @property
    def funds(self) -> int:
        """What the funds pay more at the end than at the beginning, in fen."""
        return _funds(self.at_last) - _funds(self.at_first)


class Walk(NamedTuple):
    """All segments of a combination of facts, from one fen to the largest bill."""

    facts: Mapping[str, FactValue]
    segments: tuple[Segment, ...]


def settled(
    policy: Policy,
    facts: Mapping[str, FactValue],
    fen: int,
    parameters: Mapping[str, FactValue] | None = None,
    balance: int = 0,
) -> Settlement:
    """The first visit of a year with so much in scope, everything else as `facts` say.

    Raises `Refused` where the policy does not settle it.
    """
    person = Person({k: v for k, v in facts.items() if policy.facts[k].of == "person"})
    bill = {k: v for k, v in facts.items() if policy.facts[k].of == "bill"}
    visit = Visit(policy.in_force.first, (Item({IN_SCOPE: fen}),), bill)
    meters = Meters({ACCOUNT: balance} if balance else {})
    return settle(policy, person, meters, visit, parameters)


def _walk(
    policy: Policy, facts: Mapping[str, FactValue], near: Iterable[int], largest: Settlement
) -> Walk:
    """Walk a bill in scope from one fen upwards to the largest, which is settled already.

    `near` are bills at which another rule may well begin, such as those of a similar walk: they
    are looked at first, which saves most of the halving.
    """
    found: dict[int, tuple[Settlement, tuple[object, ...]]] = {LARGEST: (largest, _shape(largest))}

    def shape(fen: int) -> tuple[object, ...]:
        if fen not in found:
            one = settled(policy, facts, fen)
            found[fen] = one, _shape(one)
        return found[fen][1]

    starts: list[int] = []

    def cut(low: int, high: int) -> None:
        if shape(low) == shape(high):
            return
        if high - low == 1:
            starts.append(high)
            return
        middle = (low + high) // 2
        cut(low, middle)
        cut(middle, high)

    likely = {fen for start in near for fen in (start - 1, start) if 1 < fen < LARGEST}
    for low, high in pairwise(sorted({1, LARGEST} | likely)):
        cut(low, high)
    firsts = [1, *starts]
    lasts = [start - 1 for start in starts] + [LARGEST]
    for fen in (*firsts, *lasts):
        shape(fen)
    return Walk(
        facts,
        tuple(
            Segment(first, last, found[first][0], found[last][0])
            for first, last in zip(firsts, lasts, strict=True)
        ),
    )


class Walks:
    """The walks of a policy, each made once however many combinations of facts share it.

    The largest bill goes through every stretch that a smaller one does, in the same order, so two
    combinations that settle it through the same numbers settle every smaller bill alike, whichever
    clauses led them there.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[object, tuple[Segment, ...]] = {}
        self._alike: dict[object, tuple[Segment, ...]] = {}

    def of(self, facts: Mapping[str, FactValue]) -> Walk:
        """The walk of a combination.  Raises `Refused` where the policy does not settle it."""
        largest = settled(self._policy, facts, LARGEST)
        numbers = tuple(_numbers(step) for step in largest.steps)
        if numbers in self._known:
            return Walk(facts, self._known[numbers])
        stations = tuple(step.station for step in largest.steps)
        near = [segment.first for segment in self._alike.get(stations, ())]
        new = _walk(self._policy, facts, near, largest)
        self._known[numbers] = self._alike[stations] = new.segments
        return new


def _shape(one: Settlement) -> tuple[object, ...]:
    """What a settlement went through, without its amounts."""
    return tuple(_shape_of(step) for step in one.steps)


def _shape_of(step: Step) -> tuple[object, ...]:
    if isinstance(step, Paid):
        shares = tuple((one.rate, _edge(one.where), one.where.over) for one in step.shares)
        reached = tuple(limit.reached for limit in step.limits)
        return "paid", step.station, step.fund, shares, reached
    if isinstance(step, Borne):
        return "borne", step.station, step.cause, _edge(step.where), step.where.over
    if isinstance(step, Passed):
        return "passed", step.station, step.to
    if isinstance(step, Drawn):
        return "drawn", step.station, tuple((cause, benefit) for cause, benefit, _ in step.parts)
    if isinstance(step, Entered):
        return "entered", step.station
    return type(step).__name__, step.station


def _edge(where: Stretch) -> int | None:
    """The edge of a stretch; one that grows with the bill is the same rule all along."""
    return None if where.share else where.edge


def _numbers(part: object) -> object:
    """A step, or a part of one, without the clauses and printed figures that it rests on."""
    if isinstance(part, MeterKey):
        return part.meter
    if not isinstance(part, tuple):
        return part
    names = getattr(part, "_fields", ("",) * len(part))
    kept = zip(names, part, strict=True)
    return (
        type(part).__name__,
        *(_numbers(one) for name, one in kept if name not in {"basis", "sources"}),
    )


def _funds(one: Settlement) -> int:
    return sum(one.payments.values())
