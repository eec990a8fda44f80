"""Looking at a policy: the walks of all its combinations of facts, fresh and with meters moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from gongji.check.earlier import Places
from gongji.check.space import Combination, Unsettled, combinations, others, values_of
from gongji.check.visit import LARGEST, settled
from gongji.check.walk import Walk, Walks
from gongji.engine.bill import FactValue
from gongji.engine.settlement import Settlement
from gongji.policy.model import Policy, Unit
from gongji.wording import Refused

__all__ = ["Looked", "look"]

_MOST_PARAMETERS = 20

_SOME = {Unit.YUAN: Fraction(1_000_00), Unit.RATE: Fraction(1, 2), Unit.NUMBER: Fraction(1)}
"""A figure in place of a parameter that the document leaves out, to see what lies behind it."""

_MUCH = Fraction(1_000_000_00)
"""An amount above the other edges that a policy may print, for one that may be given or not."""

_MOST_EARLIER = 5
"""So many visits of the same year may come before the one that is walked."""


class Looked:
    """What was seen of a policy.

    `walks` are first visits, by everything that the document tells apart; `plain` those of them
    that keep every default; `later` are visits after others.  `beyond` are settlements with
    something supplied in place of what the document leaves open, and with money on the account, to
    see which rules they reach.  `unsettled` is what the policy does not settle.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.walker = Walks(policy)
        self.walks: list[Walk] = []
        self.plain: list[Walk] = []
        self.later: list[Walk] = []
        self.beyond: list[Settlement] = []
        self.unsettled: list[Unsettled] = []

    def settlements(self) -> Iterator[Settlement]:
        """Every settlement that shows which rules can be reached."""
        seen: set[int] = set()
        for walk in (*self.walks, *self.later):
            yield walk.largest
            if id(walk.segments) not in seen:
                seen.add(id(walk.segments))
                yield from (segment.at_last for segment in walk.segments)
        yield from self.beyond


def look(policy: Policy) -> Looked:
    """Walk every combination of the facts that must be said, and of each with every other value.

    A fact that must be said is asked for by the engine, and every value of it is tried.  A fact
    with a default keeps it, but each of its other values is tried in turn with every combination,
    and so are those of a fact that only such a value brings up.
    Combinations that keep their defaults are walked again after earlier visits.
    """
    looked = Looked(policy)
    if not policy.benefits:
        return looked
    seen: set[frozenset[tuple[str, FactValue]]] = set()
    for one in combinations(policy, {}):
        _see(looked, one, seen)
        if isinstance(one, Unsettled):
            continue
        looked.plain.append(looked.walks[-1])
        _see_others(looked, one, frozenset(), seen)
    _see_later(looked)
    return looked


def _see_others(
    looked: Looked,
    one: Combination,
    tried: frozenset[str],
    seen: set[frozenset[tuple[str, FactValue]]],
) -> None:
    """Walk a combination with other values of what it assumed; and of what only those bring up."""
    for facts in others(looked.policy, one, tried):
        for other in combinations(looked.policy, facts):
            _see(looked, other, seen)
            if isinstance(other, Combination):
                _see_others(looked, other, tried | set(one.largest.assumed), seen)


def _see(
    looked: Looked,
    one: Combination | Unsettled,
    seen: set[frozenset[tuple[str, FactValue]]],
) -> None:
    """Walk a combination, unless it was walked before."""
    if isinstance(one, Unsettled):
        if all(one.facts != other.facts for other in looked.unsettled):
            looked.unsettled.append(one)
            _see_beyond(looked, one.facts)
        return
    key = frozenset(one.facts.items())
    if key in seen:
        return
    seen.add(key)
    known = looked.walker.count
    looked.walks.append(looked.walker.of(one.facts, largest=one.largest))
    if looked.walker.count > known:
        _see_beyond(looked, one.facts)
        _see_account(looked, one)


def _see_later(looked: Looked) -> None:
    """Walk the plain combinations again from every place that earlier visits move meters to."""
    places = Places(looked.policy, looked.plain)
    reached = looked.plain
    for _ in range(_MOST_EARLIER):
        starts = places.after(reached)
        reached = []
        for plain in looked.plain:
            for start in places.fitting(plain, starts):
                for one in combinations(looked.policy, plain.facts, start):
                    if isinstance(one, Combination):
                        reached.append(looked.walker.of(one.facts, start, one.largest))
        looked.later += reached


def _see_beyond(looked: Looked, facts: Mapping[str, FactValue]) -> None:
    """Settle with nothing more than is needed, and with each figure that may be given or not."""
    policy = looked.policy
    optional: list[dict[str, FactValue]] = []
    for given in policy.given.values():
        if given.unit is None:
            values = [one for one in given.fact.values if one != given.fact.default]
            optional += [{given.name: value} for value in values]
        elif given.absent is not None and not given.by:
            optional.append({given.name: _SOME[given.unit]})
            if given.unit is Unit.YUAN:
                optional.append({given.name: _MUCH})
    together = {name: value for one in optional for name, value in one.items()}
    for parameters in (*([together] if len(optional) > 1 else ()), *optional, {}):
        looked.beyond.extend(_beyond(policy, facts, parameters))


def _see_account(looked: Looked, one: Combination) -> None:
    """Settle with other values of what matters only where there is money on the account."""
    policy = looked.policy
    spent = next(_beyond(policy, one.facts, {}), one.largest)
    for name in spent.assumed.keys() - one.largest.assumed.keys():
        fact = policy.facts.get(name)
        for value in () if fact is None else values_of(policy, fact):
            looked.beyond.extend(_beyond(policy, {**one.facts, name: value}, {}))


def _beyond(
    policy: Policy, facts: Mapping[str, FactValue], parameters: Mapping[str, FactValue]
) -> Iterator[Settlement]:
    """A large bill settled with something in place of all that is missing, where that can be."""
    for _ in range(_MOST_PARAMETERS):
        try:
            yield settled(policy, facts, LARGEST, parameters=parameters, balance=LARGEST // 10)
        except Refused as refused:
            name = str(refused.details.get("parameter", ""))
            given = policy.given.get(name.partition("[")[0])
            if given is not None and name not in parameters:
                some = next(iter(given.fact.values), "")
                figure = _SOME[given.unit] if given.unit is not None else some
                parameters = {**parameters, name: figure}
            elif refused.kind == "missing_fact":
                asked = policy.facts[str(refused.details["field"])]
                facts = {**facts, asked.name: values_of(policy, asked)[0]}
            else:
                return
        else:
            return
