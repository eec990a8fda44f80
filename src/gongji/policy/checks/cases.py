"""Derived facts: for every combination of what they rest on, exactly one case applies."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise, product

from gongji.policy.logic import domain, holds, is_day
from gongji.policy.model import (
    Alternative,
    Condition,
    DerivedFact,
    Name,
    Policy,
    Range,
    Said,
    SetTest,
    Test,
)
from gongji.policy.problems import Place
from gongji.policy.reader import Faults
from gongji.policy.walk import conditions
from gongji.wording import Bilingual

__all__ = ["check_cases", "samples"]

MOST_COMBINATIONS = 20_000


def check_cases(policy: Policy, faults: Faults) -> None:
    """No overlap and no gap between the cases of any derived fact or question."""
    for fact in policy.derived.values():
        if fact.of is not None:
            _check_ranges(policy, fact, faults)
        else:
            cases = [(case.value, case.condition) for case in fact.cases]
            _check_conditions(policy, cases, f"fact {fact.name}", fact.place, faults)
    for question in policy.questions.values():
        cases = [(f"case {index + 1}", case.condition) for index, case in enumerate(question.cases)]
        where = f"question {question.name}"
        _check_conditions(policy, cases, where, question.place, faults)


def _check_ranges(policy: Policy, fact: DerivedFact, faults: Faults) -> None:
    ranges = sorted(
        (case.test for case in fact.cases if isinstance(case.test, Range)),
        key=lambda one: one.low or Fraction(0),
    )
    closed = any(case.is_rest for case in fact.cases)
    fits = all(
        left.high is not None and right.low == left.high + 1 for left, right in pairwise(ranges)
    )
    numbers = not is_day(policy, fact)  # which have a least one
    open_ends = ranges and (ranges[0].low is None or numbers) and ranges[-1].high is None
    if not fits or not (closed or open_ends):
        faults.add(
            fact.place,
            f"fact {fact.name} › cases",
            Bilingual("区间有重叠或遗漏", "ranges that overlap or leave a gap"),
            Bilingual(
                "依次相接的区间，最后一个如 3+", "ranges that follow on, the last such as 3+"
            ),
        )


def _check_conditions(
    policy: Policy,
    cases: list[tuple[str, Condition | None]],
    where: str,
    place: Place,
    faults: Faults,
) -> None:
    told = [(value, condition) for value, condition in cases if condition is not None]
    rest = len(told) < len(cases)
    names = sorted({name for _, one in told for name in _names(one)})
    samples = [_samples(policy, name, [one for _, one in told]) for name in names]
    count = 1
    for sample in samples:
        count *= len(sample)
    if count > MOST_COMBINATIONS:
        faults.add(
            place,
            f"{where} › cases",
            Bilingual(f"{count} 种组合", f"{count} combinations"),
            Bilingual(f"至多 {MOST_COMBINATIONS} 种", f"at most {MOST_COMBINATIONS}"),
            Bilingual("先推出一个中间事实", "derive a fact in between"),
        )
        return
    for combination in product(*samples):
        known = dict(zip(names, combination, strict=True))
        true = [value for value, one in told if _holds(one, known)]
        if len(true) > 1 or (not true and not rest):
            _report(where, place, known, true, faults)
            return


def _report(
    where: str, place: Place, known: dict[str, object], true: list[str], faults: Faults
) -> None:
    shown = ", ".join(f"{name}: {_shown(value)}" for name, value in known.items())
    faults.add(
        place,
        f"{where} › cases",
        Bilingual(
            f"当 {shown} 时，{'、'.join(true) or '没有一项'}成立",
            f"where {shown}, {' and '.join(true) or 'no case'} applies",
        ),
        Bilingual("恰好一项成立", "exactly one case"),
        Bilingual(
            "收紧其中一项，或补上缺的情形", "narrow one of them, or add the case that is missing"
        ),
    )


def _shown(value: object) -> str:
    return "{" + ", ".join(sorted(value)) + "}" if isinstance(value, frozenset) else str(value)


def _holds(condition: Condition, known: dict[str, object]) -> bool:
    return any(
        all(holds(test, known[name]) for name, test in one.tests) for one in condition.alternatives
    )


def _names(condition: Condition) -> Iterator[str]:
    for one in condition.alternatives:
        for name, _ in one.tests:
            yield name


def samples(policy: Policy, name: str) -> list[object]:
    """Values of a fact, one at least for each way in which the policy can tell them apart."""
    ranges = [
        case.test
        for fact in policy.derived.values()
        if isinstance(fact.of, Name) and fact.of.path == name
        for case in fact.cases
        if case.test is not None
    ]
    by_ranges = [Condition((Alternative(((name, test),), None, Place("", 0)),)) for test in ranges]
    every = [condition for condition, _, _ in conditions(policy)]
    return _samples(policy, name, [*by_ranges, *every])


def _samples(policy: Policy, name: str, tested: list[Condition]) -> list[object]:
    """Every value of a fact that its tests can tell apart; None where it may be left unsaid."""
    tests = [
        test
        for condition in tested
        for one in condition.alternatives
        for other, test in one.tests
        if other == name
    ]
    unsaid: list[object] = [None] if any(isinstance(test, Said) for test in tests) else []
    return unsaid + _values(policy, name, tests)


def _values(policy: Policy, name: str, tests: list[Test]) -> list[object]:
    """Every value that a fact can be said to have and that its tests can tell apart."""
    values = domain(policy, name)
    if values is not None:
        return list(values)
    if policy.facts[name].kind == "date":
        return [policy.in_force.first]
    edges = {
        edge
        for test in tests
        if isinstance(test, Range)
        for edge in (test.low, test.high)
        if edge is not None
    }
    if edges:
        near = {edge + step for edge in edges for step in (-1, 0, 1)}
        return [number for number in sorted(near) if number >= 0]
    named = {
        member for test in tests if isinstance(test, SetTest) for member in test.has | test.lacks
    }
    members = list(policy.facts[name].values)
    others = [member for member in members if member not in named][:3]
    pool = sorted(named) + others
    return [
        frozenset(chosen) for size in range(len(pool) + 1) for chosen in combinations(pool, size)
    ]
