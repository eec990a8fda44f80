"""The combinations of facts that make a difference under a policy, found by asking the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction

from gongji.check.walk import LARGEST, Walk, Walks, settled
from gongji.engine.bill import FactValue
from gongji.engine.calendar import months_after
from gongji.engine.settlement import Settlement
from gongji.policy.checks.cases import samples
from gongji.policy.expression import TODAY
from gongji.policy.model import Call, Fact, Name, Policy, Range, Unit
from gongji.wording import Refused

__all__ = ["Looked", "look"]


_MOST_PARAMETERS = 20

_SOME = {Unit.YUAN: Fraction(1_000_00), Unit.RATE: Fraction(1, 2), Unit.NUMBER: Fraction(1)}
"""A figure in place of a parameter that the document leaves out, to see what lies behind it."""


_MANY = Fraction(1000)
"""A number of years, months or days of which no rule asks more."""


class Looked:
    """What was seen of a policy.

    `walks` are of what the document states; `beyond` are settlements with something supplied in
    place of what it leaves open, and with money on the account, to see which rules they reach.
    """

    def __init__(self) -> None:
        self.walks: list[Walk] = []
        self.beyond: list[Settlement] = []
        self.refused: list[tuple[Mapping[str, FactValue], Refused]] = []


def look(policy: Policy) -> Looked:
    """Walk every combination of the facts that must be said, and of each with every other value.

    A fact that must be said is asked for by the engine, and every value of it is tried.  A fact
    with a default keeps it, but each of its other values is tried in turn with every combination.
    """
    looked = Looked()
    if not policy.benefits:
        return looked
    walks = Walks(policy)
    seen: set[frozenset[tuple[str, FactValue]]] = set()
    for facts, assumed in _combinations(policy, {}, looked):
        for one in [facts, *_others(policy, facts, assumed)]:
            for full, _ in _combinations(policy, one, looked):
                key = frozenset(full.items())
                if key in seen:
                    continue
                seen.add(key)
                _see(policy, full, walks, looked)
    return looked


def _see(policy: Policy, facts: Mapping[str, FactValue], walks: Walks, looked: Looked) -> None:
    try:
        looked.walks.append(walks.of(facts))
    except Refused as refused:
        looked.refused.append((facts, refused))
    optional = {
        given.name: _SOME[given.unit]
        for given in policy.given.values()
        if given.absent is not None and given.unit is not None and not given.by
    }
    for parameters in ({}, optional) if optional else ({},):
        looked.beyond.extend(_beyond(policy, facts, parameters))


def _beyond(
    policy: Policy, facts: Mapping[str, FactValue], parameters: Mapping[str, FactValue]
) -> Iterator[Settlement]:
    """A large bill settled with something in place of all that is missing, where that can be."""
    for _ in range(_MOST_PARAMETERS):
        try:
            yield settled(policy, facts, LARGEST, parameters, LARGEST // 10)
        except Refused as refused:
            name = str(refused.details.get("parameter", ""))
            given = policy.given.get(name.partition("[")[0])
            if given is not None and name not in parameters:
                some = next(iter(given.fact.values), "")
                figure = _SOME[given.unit] if given.unit is not None else some
                parameters = {**parameters, name: figure}
            elif refused.kind == "missing_fact":
                asked = policy.facts[str(refused.details["field"])]
                facts = {**facts, asked.name: _values(policy, asked)[0]}
            else:
                return
        else:
            return


def _combinations(
    policy: Policy, facts: Mapping[str, FactValue], looked: Looked
) -> Iterator[tuple[Mapping[str, FactValue], Mapping[str, str]]]:
    """The facts completed by every value of those that the engine asks for."""
    try:
        assumed = settled(policy, facts, LARGEST).assumed
    except Refused as refused:
        if refused.kind == "missing_fact":
            name = str(refused.details["field"])
            for value in _values(policy, policy.facts[name]):
                yield from _combinations(policy, {**facts, name: value}, looked)
        elif "parameter" in refused.details:
            yield facts, next((one.assumed for one in _beyond(policy, facts, {})), {})
        else:
            looked.refused.append((facts, refused))
        return
    yield facts, assumed


def _others(
    policy: Policy, facts: Mapping[str, FactValue], assumed: Mapping[str, str]
) -> Iterator[Mapping[str, FactValue]]:
    chosen = tuple(best.fact for best in policy.best)
    for name in (*assumed, *chosen):
        fact = policy.facts.get(name)
        if fact is not None and name not in facts and fact.kind in ("choice", "yes_no"):
            for value in fact.values:
                if value != fact.default:
                    yield {**facts, name: value}


def _values(policy: Policy, fact: Fact) -> list[FactValue]:
    """Values of a fact that its rules can tell apart."""
    if fact.kind in ("choice", "yes_no"):
        return list(fact.values)
    if fact.kind == "date":
        return list(_days(policy, fact.name))
    if fact.kind == "text":
        return ["X"]
    found = samples(policy, fact.name)
    if fact.kind == "set":
        return [one for one in found if isinstance(one, frozenset)]
    numbers: list[FactValue] = [Fraction(one) for one in found if isinstance(one, Fraction | int)]
    return numbers or [fact.least or Fraction(0), _MANY]


def _days(policy: Policy, name: str) -> Iterator[date]:
    """Days at and beside the edges of the ranges that a policy has of a date."""
    today = policy.in_force.first
    edges = {today}
    for fact in policy.derived.values():
        for case in fact.cases:
            if not isinstance(case.test, Range):
                continue
            for edge in (case.test.low, case.test.high):
                if edge is not None and fact.of == Name(name):
                    edges.add(date.fromordinal(int(edge)))
                if edge is not None and fact.of == Call("years_since", (Name(name),)):
                    edges.add(months_after(today, -12 * int(edge)))
                if edge is not None and fact.of == Call(
                    "months_between", (Name(name), Name(TODAY))
                ):
                    edges.add(months_after(today, -int(edge)))
    near = {edge + timedelta(days=step) for edge in edges for step in (-1, 0, 1)}
    yield from sorted(day for day in near if day <= today)
