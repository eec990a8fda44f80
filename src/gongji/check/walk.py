"""A settlement as the bill grows: the points where another rule begins, found exactly.

Between two bills that go through the same steps (the same stations, bands, rates and limits) the
settlement is one straight line: each step's condition is a bound on an amount that is linear in
the bill, so the bills that share a sequence of steps lie together.  Halving the stretch between
two bills that differ therefore finds every breakpoint, to the fen.  A share of the bill that is
rounded in steps has no such bounds; its line is tried at three bills between, and halved if bent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from gongji.check.shape import (
    drawn_by,
    likely_ends,
    likely_ends_in_layers,
    moves,
    numbers_of,
    shape_of,
)
from gongji.check.visit import FRESH, Start, largest_settled, settled
from gongji.engine.bill import FactValue
from gongji.engine.settlement import Settlement
from gongji.policy.model import Policy

__all__ = ["Segment", "Walk", "Walks", "person_at"]

_ROUNDING = 3
"""So many fen may a bill be off its line by rounding alone."""

_NEAR = 30
"""So many fen may rounding in several layers put a likely bill beside the one that is meant."""

_MOST_SEGMENTS = 200
"""More segments than these, as a share that is rounded in steps has, are not told apart."""


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
    """All segments of a combination of facts from one start, up to the largest bill settled.

    The settlements of the segments may be those of a combination that settles alike; `largest` is
    its own.
    """

    facts: Mapping[str, FactValue]
    segments: tuple[Segment, ...]
    start: Start
    largest: Settlement


class Walks:
    """The walks of a policy, each made once however many combinations of facts share it.

    The largest bill goes through every stretch that a smaller one does, in the same order, so two
    combinations that settle it through the same numbers settle every smaller bill alike, whichever
    clauses led them there.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._known: dict[object, tuple[Segment, ...]] = {}
        self._alike: dict[object, tuple[Segment, ...]] = {}
        self._made: dict[tuple[frozenset[tuple[str, FactValue]], int], Walk] = {}

    @property
    def count(self) -> int:
        """How many different walks were made."""
        return len(self._known)

    def of(
        self,
        facts: Mapping[str, FactValue],
        start: Start = FRESH,
        largest: Settlement | None = None,
    ) -> Walk:
        """The walk of a combination; `largest` is its largest bill where that is settled already.

        Raises `Refused` where the policy does not settle it.
        """
        whose = frozenset(facts.items()), id(start)  # the walk keeps its start, so its id too
        if whose in self._made:
            return self._made[whose]
        if largest is None:
            largest, _ = largest_settled(self.policy, facts, start)
        choices = self._choices(facts, start)
        numbers = (numbers_of(largest), *(id(walk.segments) for walk in choices))
        if numbers not in self._known:
            stations = tuple(step.station for step in largest.steps)
            likely = {one.first for one in self._alike.get(stations, ())}
            likely |= {one.first for walk in choices for one in walk.segments}
            made = _Walking(self.policy, facts, start, largest).segments(likely)
            self._known[numbers] = self._alike[stations] = made
        walk = self._made[whose] = Walk(facts, self._known[numbers], start, largest)
        return walk

    def _choices(self, facts: Mapping[str, FactValue], start: Start) -> list[Walk]:
        """The walks with a choice made that is made for the person where it is not said.

        Between the breakpoints of them all each is a straight line, so that another choice becomes
        the best at most once.
        """
        best = next((one for one in self.policy.best if one.fact not in facts), None)
        if best is None:
            return []
        values = self.policy.facts[best.fact].values
        return [self.of({**facts, best.fact: value}, start) for value in values]


class _Walking:
    """One walk in the making: bills settled so far, with what they went through."""

    def __init__(
        self, policy: Policy, facts: Mapping[str, FactValue], start: Start, largest: Settlement
    ) -> None:
        self.policy = policy
        self.facts = facts
        self.start = start
        self.largest = largest
        self.found: dict[int, tuple[Settlement, tuple[object, ...]]] = {
            largest.total: (largest, shape_of(largest))
        }

    def segments(self, likely: Iterable[int]) -> tuple[Segment, ...]:
        """All segments; `likely` are first bills of segments of a similar walk.

        Looking at likely bills first saves most of the halving, and changes nothing else.
        """
        layers = [one.name for one in self.policy.benefits if one.burden is not None]
        ends = set(likely_ends(self.largest, frozenset(layers)))
        near = {fen + step for fen in ends for step in (-1, 0, 1)}
        self._look({1} | near | {fen - step for fen in likely for step in (0, 1)})
        for layer in layers:
            drawn = [(fen, drawn_by(one, layer)) for fen, (one, _) in sorted(self.found.items())]
            guesses = likely_ends_in_layers(self.largest, layer, drawn)
            self._look({fen + step for fen in list(guesses) for step in (-2, 2)})
        for low, high in pairwise(sorted(self.found)):
            if high - low > 2 * _NEAR and self._shape(low) != self._shape(high):
                self._look((low + _NEAR, high - _NEAR))  # a guess may be some fen off
        starts: list[int] = []
        for low, high in pairwise(sorted(self.found)):
            self._cut(low, high, starts)
        firsts = [1, *starts]
        lasts = [start - 1 for start in starts] + [self.largest.total]
        return tuple(
            Segment(first, last, self._settled(first), self._settled(last))
            for first, last in zip(firsts, lasts, strict=True)
        )

    def _look(self, bills: Iterable[int]) -> None:
        for fen in bills:
            if 1 <= fen <= self.largest.total:
                self._shape(fen)

    def _shape(self, fen: int) -> tuple[object, ...]:
        if fen not in self.found:
            one = settled(self.policy, self.facts, fen, self.start)
            self.found[fen] = one, shape_of(one)
        return self.found[fen][1]

    def _settled(self, fen: int) -> Settlement:
        self._shape(fen)
        return self.found[fen][0]

    def _cut(self, low: int, high: int, starts: list[int]) -> None:
        """Add the first bill of every segment that begins above `low`, up to `high`."""
        if self._shape(low) == self._shape(high) and self._straight(low, high):
            return
        if len(starts) >= _MOST_SEGMENTS:
            return
        if high - low == 1:
            starts.append(high)
            return
        middle = (low + high) // 2
        self._cut(low, middle, starts)
        self._cut(middle, high, starts)

    def _straight(self, low: int, high: int) -> bool:
        """Whether bills of one shape lie on a line, which a share of the bill may be bent from."""
        if not moves(self._shape(low)):
            return True
        if high - low == 1:
            more = self._settled(high).person - self._settled(low).person
            return -_ROUNDING < more <= _ROUNDING
        return all(
            abs(self._settled(fen).person - self._between(low, high, fen)) <= _ROUNDING
            for fen in {low + (high - low) * part // 1000 for part in (382, 500, 731)}
        )

    def _between(self, low: int, high: int, fen: int) -> int:
        """What the person would bear on the line between two bills, in fen."""
        least, most = self._settled(low).person, self._settled(high).person
        return least + (most - least) * (fen - low) // (high - low)


def person_at(walk: Walk, fen: int) -> int:
    """What the person bears of a bill: between the ends of a segment along the line, rounded."""
    for one in walk.segments:
        if fen <= one.last:
            low, high = one.at_first.person, one.at_last.person
            if one.first == one.last:
                return low
            return low + (high - low) * (fen - one.first) // (one.last - one.first)
    raise AssertionError("a walk reaches the largest bill")


def _funds(one: Settlement) -> int:
    return sum(one.payments.values())
