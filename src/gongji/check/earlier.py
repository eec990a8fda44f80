"""Visits that come before: where they move the meters, told apart by the rules that read them.

A meter matters by the band in which it lies: below a deductible, up to an edge, at a limit.  Two
starts of a visit whose meters lie in the same bands go through the same rules, so one of them is
walked.  They are taken where earlier visits end at a breakpoint, so that a meter stands exactly at
an edge where a visit can bring it there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gongji.check.visit import Earlier, Start
from gongji.check.walk import Walk
from gongji.engine.bill import FactValue
from gongji.engine.meters import MeterKey
from gongji.engine.steps import Borne, Counted, Paid, Passed
from gongji.policy.model import Call, Name, Policy, Range

__all__ = ["Places"]

_Bands = tuple[tuple[MeterKey, int], ...]


class _Begun(NamedTuple):
    """A start, and what is known of the person whose visits led to it."""

    person: Mapping[str, FactValue]
    start: Start


class Places:
    """The places of meters that were met, each once for each combination and as a whole."""

    def __init__(self, policy: Policy, plain: Iterable[Walk]) -> None:
        self.policy = policy
        ordinals = _ordinals(policy)
        self._edges = {id(walk): _edges(walk, ordinals) for walk in plain}
        self._all: dict[MeterKey, list[int]] = {}
        for edges in self._edges.values():
            for key, found in edges.items():
                self._all[key] = sorted({*self._all.get(key, ()), *found})
        self._met: set[tuple[frozenset[tuple[str, FactValue]], _Bands]] = set()
        self._walked: dict[int, set[_Bands]] = {}

    def after(self, walks: Iterable[Walk]) -> list[_Begun]:
        """Where meters stand after one fen, and after the last bill of each segment, if new."""
        found: list[_Begun] = []
        for walk in walks:
            person = {
                name: value
                for one in (*walk.start.earlier, Earlier(walk.facts, 0))
                for name, value in one.facts.items()
                if self.policy.facts[name].of == "person"
            }
            ends = [walk.segments[0].at_first, *(one.at_last for one in walk.segments)]
            for end in ends:
                meters = end.meters
                key = (frozenset(person.items()), _bands(meters.readings, self._all))
                if key not in self._met:
                    self._met.add(key)
                    earlier = (*walk.start.earlier, Earlier(walk.facts, end.total))
                    found.append(_Begun(person, Start(meters, earlier)))
        return found

    def fitting(self, plain: Walk, begun: Iterable[_Begun]) -> Iterator[Start]:
        """Starts from which a combination goes through rules in another way than before.

        A person can only have had visits that agree with what is known of the person now.
        """
        edges = self._edges[id(plain)]
        walked = self._walked.setdefault(id(plain), {_bands({}, edges)})
        for one in begun:
            bands = _bands(one.start.meters.readings, edges)
            if bands in walked or any(
                plain.facts.get(name, value) != value for name, value in one.person.items()
            ):
                continue
            walked.add(bands)
            yield one.start


def _bands(readings: Mapping[MeterKey, int], edges: Mapping[MeterKey, list[int]]) -> _Bands:
    """In which band each meter lies: how many edges it has reached."""
    return tuple([(key, bisect_right(found, readings.get(key, 0))) for key, found in edges.items()])


def _edges(walk: Walk, ordinals: Mapping[str, list[int]]) -> dict[MeterKey, list[int]]:
    """The meters that a combination reads, with the readings at which another rule begins."""
    found: dict[MeterKey, set[int]] = {}
    for step in walk.largest.steps:
        if isinstance(step, Counted) and step.visits:
            found.setdefault(step.meter, set()).update(ordinals.get(step.meter.meter, ()))
        places = [share.where for share in step.shares] if isinstance(step, Paid) else []
        if isinstance(step, Borne | Passed):
            places.append(step.where)
        for where in places:
            if where.meter is not None:
                edges = {edge for edge in (where.edge, where.over) if edge is not None}
                found.setdefault(where.meter, set()).update(edges)
        if isinstance(step, Paid):
            for limit in step.limits:
                found.setdefault(limit.meter, set()).add(limit.limit)
    return {key: sorted(edges) for key, edges in found.items() if key.window != "visit" and edges}


def _ordinals(policy: Policy) -> dict[str, list[int]]:
    """For each meter of visits, the readings from which the rules know another ordinal."""
    found: dict[str, set[int]] = {}
    for fact in policy.derived.values():
        if not isinstance(fact.of, Call) or fact.of.function != "ordinal":
            continue
        (meter,) = (one.path for one in fact.of.arguments if isinstance(one, Name))
        lows = [case.test.low for case in fact.cases if isinstance(case.test, Range)]
        found.setdefault(meter, set()).update(int(low) - 1 for low in lows if low is not None)
    return {meter: sorted(readings) for meter, readings in found.items()}
