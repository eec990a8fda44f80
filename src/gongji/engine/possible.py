"""What cannot be so together: days in the wrong order, a part that is more than its whole.

A policy says of its facts what they are held to (`not_before`, `not_after`, `falls_on`,
`not_above`); that nobody lives longer than anybody has is known without saying.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from gongji.engine.bill import FactValue
from gongji.money import exact_text, format_yuan, grouped_yuan, half_up
from gongji.policy.expression import TODAY, names_of
from gongji.policy.model import Fact, Policy, QuestionCase, Words
from gongji.policy.reach import behind
from gongji.wording import Bilingual, Refused, listed

__all__ = ["FARTHEST", "below_zero", "check_possible"]

FARTHEST = 130
"""More years than anybody has lived; a day farther from the day asked about is a slip."""


def check_possible(policy: Policy, facts: Mapping[str, FactValue], day: date) -> None:
    """Refuse facts that cannot be so together.  Raises `Refused` (`impossible_value`).

    `day` is the day asked about, or the day of care.  They are looked at in the policy's order, so
    that of several the same one is told however they were said.
    """
    for name, fact in policy.facts.items():
        value = facts.get(name)
        if isinstance(value, date):
            _check_reach(fact, value, day)
            _check_falls_on(fact, value)
            for other in fact.not_before:
                _check_order(policy, facts, day, (other, name), name)
            for other in fact.not_after:
                _check_order(policy, facts, day, (name, other), name)
        elif isinstance(value, Fraction):
            for other in fact.not_above:
                _check_part(policy, name, value, other, facts.get(other))


def _check_order(
    policy: Policy,
    facts: Mapping[str, FactValue],
    day: date,
    names: tuple[str, str],
    field: str,
) -> None:
    """The first of two days does not come after the second, where both are known.

    `field` is the fact that is held to it.
    """
    first, last = (day if name == TODAY else facts.get(name) for name in names)
    if not isinstance(first, date) or not isinstance(last, date) or first <= last:
        return
    one, other = (_named(policy, name) for name in names)
    raise Refused(
        "impossible_value",
        Bilingual(
            f"日期先后不对：{one.zh}是 {first}，晚于 {other.zh}的 {last}；请改正其中一个",
            f"days in the wrong order: {one.en} is {first}, after {other.en}, {last}; "
            "mend one of them",
        ),
        {"field": field},
    )


def _check_part(
    policy: Policy, name: str, value: Fraction, other: str, most: FactValue | None
) -> None:
    """A number or amount does not exceed the one it is a part of, where that is known."""
    if not isinstance(most, Fraction) or value <= most:
        return
    one, whole = _named(policy, name), _named(policy, other)
    amount = policy.facts[name].kind == "amount"
    said, limit = (
        grouped_yuan(int(number)) if amount else exact_text(number) for number in (value, most)
    )
    raise Refused(
        "impossible_value",
        Bilingual(
            f"{one.zh}是 {said}，大于 {whole.zh}的 {limit}；请改正其中一个",
            f"{one.en} is {said}, more than {whole.en}, {limit}; mend one of them",
        ),
        {"field": name},
    )


def below_zero(
    policy: Policy,
    name: str,
    value: Fraction,
    case: QuestionCase,
    facts: Mapping[str, FactValue],
) -> Refused:
    """An answer of less than nothing: by the rule of its case the numbers said cannot be so.

    `name` is that of the answer, `value` what it comes to, in fen where it is an amount.
    """
    title, written = policy.answers[name].title, case.answers[name]
    assert not isinstance(written, str | Words)
    behind_it = {
        one for path in names_of(written) for one in behind(policy, path.partition(".")[0])
    }
    numbers = [one for one in facts if one in behind_it and isinstance(facts[one], Fraction)]
    places = [_named(policy, one) for one in numbers]
    comes_to = exact_text(value)
    if policy.answers[name].kind == "amount":
        comes_to = format_yuan(-half_up(-value))
    because = case.because or Bilingual("", "")
    clauses = listed(case.mark.clauses)
    return Refused(
        "impossible_value",
        Bilingual(
            f"“{title.zh}”算出来是 {comes_to}，小于 0；规定是：{because.zh.rstrip('。')}"
            f"（{clauses}）；请检查 {'、'.join(one.zh for one in places)}",
            f"“{title.en}” comes to {comes_to}, less than nothing; the rule: "
            f"{because.en.rstrip('.')} ({clauses}); check {', '.join(one.en for one in places)}",
        ),
        {"clauses": list(case.mark.clauses), "fields": numbers},
    )


def _named(policy: Policy, name: str) -> Bilingual:
    if name == TODAY:
        return Bilingual("event.date", "event.date")
    fact = policy.facts[name]
    return Bilingual(f"{fact.said_at}（{fact.title.zh}）", f"{fact.said_at} ({fact.title.en})")


def _check_falls_on(fact: Fact, value: date) -> None:
    """A day that is the same of every year, such as the first of an insurance year."""
    if fact.falls_on in ("", f"{value:%m-%d}"):
        return
    raise Refused(
        "impossible_value",
        Bilingual(
            f"{fact.said_at}（{fact.title.zh}）是 {value}；应为某一年的 {fact.falls_on}，"
            f"如 {value.year}-{fact.falls_on}",
            f"{fact.said_at} ({fact.title.en}) is {value}; expected {fact.falls_on} of a year, "
            f"such as {value.year}-{fact.falls_on}",
        ),
        {"field": fact.name},
    )


def _check_reach(fact: Fact, value: date, day: date) -> None:
    years = abs(value.year - day.year)
    if years <= FARTHEST:
        return
    raise Refused(
        "impossible_value",
        Bilingual(
            f"{fact.said_at}（{fact.title.zh}）是 {value}，与 event.date {day} 相差 {years} 年；"
            f"应在 {FARTHEST} 年以内，请检查这个日期",
            f"{fact.said_at} ({fact.title.en}) is {value}, {years} years from event.date, {day}; "
            f"expected no more than {FARTHEST}; check that date",
        ),
        {"field": fact.name},
    )
