"""The combinations of facts that make a difference under a policy, found by asking the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from gongji.check.visit import FRESH, Start, largest_settled
from gongji.engine.bill import FactValue
from gongji.engine.calendar import months_after
from gongji.engine.settlement import Settlement
from gongji.policy.checks.cases import samples
from gongji.policy.expression import TODAY, names_of
from gongji.policy.model import Call, Fact, Name, Policy, Range
from gongji.wording import Refused

__all__ = ["Combination", "Unsettled", "combinations", "others", "values_of"]


_MANY = Fraction(1000)
"""A number of years, months or days of which no rule asks more."""


class Combination(NamedTuple):
    """Facts that are enough for a visit, and the largest bill that is settled with them."""

    facts: Mapping[str, FactValue]
    largest: Settlement


class Unsettled(NamedTuple):
    """Facts with which a policy does not settle the largest bill, or none, and why."""

    facts: Mapping[str, FactValue]
    refused: Refused


def combinations(
    policy: Policy, facts: Mapping[str, FactValue], start: Start = FRESH
) -> Iterator[Combination | Unsettled]:
    """The facts completed by every value of those that the engine asks for."""
    try:
        largest, why = largest_settled(policy, facts, start)
        if why is not None:
            yield Unsettled(facts, why)
        yield Combination(facts, largest)
    except Refused as refused:
        if refused.kind != "missing_fact":
            yield Unsettled(facts, refused)
            return
        name = str(refused.details["field"])
        for value in values_of(policy, policy.facts[name]):
            yield from combinations(policy, {**facts, name: value}, start)


def others(
    policy: Policy, one: Combination, tried: frozenset[str]
) -> Iterator[Mapping[str, FactValue]]:
    """A combination with each other value of a fact that it left to its default, or to a choice.

    Facts in `tried` are left as they are.
    """
    if not tried:
        yield from _unsaid(policy, one)
    names = [*one.largest.assumed, *(best.fact for best in policy.best)]
    for name in names:
        fact = policy.facts.get(name)
        if fact is None or name in one.facts or name in tried:
            continue
        for value in values_of(policy, fact):
            if str(value) != fact.default:
                yield {**one.facts, fact.name: value}


def _unsaid(policy: Policy, one: Combination) -> Iterator[Mapping[str, FactValue]]:
    """A combination with what nobody needs to say, where a derived fact has a case for that."""
    today = policy.in_force.first
    for derived in policy.derived.values():
        if not any(case.unsaid for case in derived.cases) or derived.of is None:
            continue
        names = [name for name in names_of(derived.of) if name in policy.facts]
        if not names or any(name in one.facts for name in names):
            continue
        if isinstance(derived.of, Name):
            for value in values_of(policy, policy.facts[names[0]]):
                yield {**one.facts, names[0]: value}
            continue
        tests = [case.test for case in derived.cases if isinstance(case.test, Range)]
        edges = {int(edge) for test in tests for edge in (test.low, test.high) if edge is not None}
        if not isinstance(derived.of, Call):
            continue
        rest = any(case.is_rest for case in derived.cases)  # days the wrong way round have a case
        least = -1 if rest and derived.of.function != "years_since" else 0
        for length in sorted({edge + step for edge in edges for step in (-1, 0, 1)}):
            if length >= least:
                first = {names[0]: _before(today, length, derived.of.function)}
                yield {**one.facts, **first, **dict.fromkeys(names[1:], today)}


def _before(day: date, length: int, function: str) -> date:
    """The day from which a function of days counts so much up to another."""
    months = {"months_between": 1, "years_since": 12}.get(function)
    return day - timedelta(days=length) if months is None else months_after(day, -months * length)


def values_of(policy: Policy, fact: Fact) -> list[FactValue]:
    """Values of a fact, one at least for each way in which its rules can tell them apart."""
    if fact.kind in ("choice", "yes_no"):
        return list(fact.values)
    if fact.kind == "date":
        return list(_days(policy, fact.name))
    if fact.kind == "text":
        return ["X"]
    found = samples(policy, fact.name)
    if fact.kind == "set":
        return [one for one in found if isinstance(one, frozenset)]
    numbers = [Fraction(one) for one in found if isinstance(one, Fraction | int)]
    most = _MANY if fact.most is None else min(_MANY, fact.most)
    return [one for one in numbers if one >= fact.least] or [fact.least, most]


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
