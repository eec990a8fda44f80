"""Tests and conditions over facts: whether they hold, and whether they can.

`holds` judges one known value.  `truth` judges a condition while some facts are unknown: True,
False, or None when it depends on what is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gongji.policy.expression import TODAY
from gongji.policy.model import (
    Alternative,
    Choices,
    Condition,
    DerivedFact,
    Name,
    Policy,
    Range,
    Said,
    SetTest,
    Test,
)

__all__ = ["domain", "holds", "is_day", "truth"]

FactValue = str | Fraction | frozenset[str]


def holds(test: Test, value: object) -> bool:
    """Whether a known value passes a test; None is that of a fact that nobody said."""
    if isinstance(test, Said):
        return test.said is (value is not None) and (not test.values or value in test.values)
    if value is None:
        return False
    if isinstance(test, Choices):
        return value in test.values
    if isinstance(test, Range):
        return in_range(test, value)
    assert isinstance(value, frozenset)
    return _set_holds(test, value)


def in_range(test: Range, number: object) -> bool:
    """Whether a number lies in a range, ends included."""
    assert isinstance(number, int | Fraction)
    return (test.low is None or number >= test.low) and (test.high is None or number <= test.high)


def _set_holds(test: SetTest, members: frozenset[str]) -> bool:
    if not test.has <= members or test.lacks & members:
        return False
    if test.others is not None and bool(members - test.has) is not test.others:
        return False
    return test.size is None or in_range(test.size, Fraction(len(members)))


def is_day(policy: Policy, fact: DerivedFact) -> bool:
    """Whether the ranges of a derived fact are ranges of days."""
    if not isinstance(fact.of, Name):
        return False
    asked = policy.facts.get(fact.of.path)
    return fact.of.path == TODAY or (asked is not None and asked.kind == "date")


def domain(policy: Policy, name: str) -> tuple[str, ...] | None:
    """The values a fact can have, where they can be listed; None for numbers, dates and sets."""
    fact = policy.facts.get(name)
    if fact is not None:
        return tuple(fact.values) if fact.kind in ("choice", "yes_no") else None
    if name in policy.derived:
        return tuple(policy.derived[name].values)
    given = policy.given.get(name)
    return tuple(given.fact.values) if given is not None and given.unit is None else None


def truth(policy: Policy, condition: Condition, known: Mapping[str, object]) -> bool | None:
    """Whether a condition holds where only `known` facts are fixed; None: it can go either way."""
    if not condition.alternatives:
        return True
    results = [_alternative(policy, one, known) for one in condition.alternatives]
    if True in results:
        return True
    return None if None in results else False


def _alternative(policy: Policy, one: Alternative, known: Mapping[str, object]) -> bool | None:
    results = [_test(policy, name, test, known) for name, test in one.tests]
    if False in results:
        return False
    return None if None in results else True


def _test(policy: Policy, name: str, test: Test, known: Mapping[str, object]) -> bool | None:
    if name in known:
        return holds(test, known[name])
    if isinstance(test, Said):
        return None
    derived = policy.derived.get(name)
    if derived is not None and isinstance(test, Choices):
        return _among(possible_values(policy, derived, known), test)
    if isinstance(test, Choices):
        return _among(set(domain(policy, name) or ()), test)
    return None


def _among(values: set[str], test: Choices) -> bool | None:
    if values <= test.values:
        return True
    return None if values & test.values else False


def possible_values(policy: Policy, fact: DerivedFact, known: Mapping[str, object]) -> set[str]:
    """The values that a derived fact can still have."""
    if fact.of is not None:
        return {case.value for case in fact.cases}
    values: set[str] = set()
    for case in fact.cases:
        if case.condition is None:
            values.add(case.value)
            continue
        result = truth(policy, case.condition, known)
        if result is True:
            return values | {case.value}
        if result is None:
            values.add(case.value)
    return values
