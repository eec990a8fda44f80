"""Why not more: the rule that binds, and what would leave less to the person.

Only what a patient can choose is tried: values that a registration sets, facts of the bill whose
values the field ranks by how well a patient fares, such as the tier of the hospital, and the days
on which other rules or a new year begin.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from gongji.engine.steps import Borne, Paid, Scoped
from gongji.explain.explanation import Explanation, Line
from gongji.money import grouped_yuan
from gongji.policy.model import Fact, Name, Policy, Question
from gongji.policy.versions import Library
from gongji.web.estimate.questions import Asked, Estimate, estimated, settled, settled_like
from gongji.web.estimate.said import Said
from gongji.wording import Bilingual, Refused

__all__ = ["Better", "better", "binding"]

_MOST = 4


class Better(NamedTuple):
    """What would leave the person `gain` fen less: in words, as said, and where it is done.

    `link` leads to the registration that sets it, and is empty where there is none; `hint` says
    what goes with it.
    """

    text: Bilingual
    gain: int
    said: Said
    link: str = ""
    by: Bilingual | None = None
    hint: Bilingual | None = None


def binding(explanation: Explanation) -> Line | None:
    """The step that lays most on the person, before layers help; None where nothing is laid."""
    layers = {one.name for one in explanation.settlement.policy.benefits if one.burden is not None}
    laid = [line for line in explanation.lines if line.step.station not in layers]
    heaviest = max(laid, key=_laid, default=None)
    return heaviest if heaviest is not None and _laid(heaviest) else None


def _laid(line: Line) -> int:
    """What a step leaves to the person, in fen."""
    step = line.step
    if isinstance(step, Borne | Scoped):
        return step.amount
    if isinstance(step, Paid) and step.fund != "account":
        return sum(share.cost for share in step.shares) - step.amount
    return 0


def better(estimate: Estimate, library: Library) -> tuple[Better, ...]:
    """What would gain most, each fact once, and once more where a registration is what helps.

    Nothing where there is no answer yet.
    """
    if estimate.explanation is None:
        return ()
    found: list[Better] = []
    for one in (*estimate.questions, *estimate.more):
        if one.how == "assumed":  # the ordinary case, which is no choice of anybody's
            continue
        tried = [way for value in _values(one) if (way := _tried(estimate, library, one, value))]
        for registered in (False, True):
            ways = [each for each in tried if (each.by is not None) is registered]
            best = max(ways, key=lambda each: each.gain, default=None)
            if best is not None and (told := _told(estimate, library, one.fact, best)):
                found.append(told)
    found += _later(estimate, library, estimate.explanation.settlement.day)
    return tuple(sorted(found, key=lambda each: -each.gain)[:_MOST])


def _values(one: Asked) -> Iterator[str]:
    """The other values of a fact; of a set the one value more."""
    if one.fact.kind != "set":
        yield from (value for value in one.fact.values if value != one.value)
        return
    has = one.chosen & set(one.fact.values)
    for value in one.fact.values:
        if value not in has:
            yield ",".join([*sorted(has), value])


class _Way(NamedTuple):
    """A value that leaves the person `gain` fen less, and the registration that sets it."""

    value: str
    gain: int
    by: Question | None


def _tried(estimate: Estimate, library: Library, one: Asked, value: str) -> _Way | None:
    """What a value gains, where it gains anything and a patient can choose it."""
    by = _registration(estimate.policy, one.fact, value.rpartition(",")[2])
    if by is None and not (one.fact.better_first and one.fact.of == "bill"):
        return None
    said = estimate.filled.with_(**{one.fact.name: value})
    gain = _gain(estimate, settled_like(estimate, said, library))
    return _Way(value, gain, by) if gain > 0 else None


def _told(estimate: Estimate, library: Library, fact: Fact, way: _Way) -> Better | None:
    """A way in words, with what it gains where only what is needed is said."""
    policy, by = estimate.policy, way.by
    change = {fact.name: way.value}
    gain = _gain(estimate, settled(estimate.filled.with_(**change), policy, library))
    if gain <= 0:
        return None
    words = fact.values[way.value.rpartition(",")[2]]
    link = f"/policies/{policy.id}@{policy.in_force.first}#question-{by.name}" if by else ""
    text = _advice(fact, words, gain, registered=by is not None)
    return Better(text, gain, estimate.said.with_(**change), link, by.title if by else None)


def _gain(estimate: Estimate, other: Estimate) -> int:
    """What the person bears less in another estimate, in fen; 0 where it has no answer."""
    assert estimate.explanation is not None
    if other.explanation is None:
        return 0
    return estimate.explanation.settlement.person - other.explanation.settlement.person


def _advice(fact: Fact, words: Bilingual, gain: int, *, registered: bool) -> Bilingual:
    yuan = grouped_yuan(gain)
    less = Bilingual(f"，自付少 {yuan} 元", f", you pay {yuan} yuan less")
    if fact.kind == "set":
        return Bilingual(f"登记{words.zh}后", f"Once {words.en} is registered") + less
    if fact.kind == "yes_no":
        return (
            Bilingual(f"先办好“{fact.title.zh}”", f"With this done first: {fact.title.en}") + less
        )
    if registered:
        return Bilingual(f"先办登记，按“{words.zh}”算", f"Registered first, as “{words.en}”") + less
    return Bilingual(f"{fact.title.zh}换成“{words.zh}”", f"With {fact.title.en}: {words.en}") + less


def _registration(policy: Policy, fact: Fact, value: str) -> Question | None:
    """The registration that sets a fact to a value, the first where there are several."""
    for question in policy.questions.values():
        for case in question.cases:
            to = None if case.grant is None else case.grant.sets.get(fact.name)
            if to == value or isinstance(to, Name):
                return question
    return None


def _later(estimate: Estimate, library: Library, day: date) -> Iterator[Better]:
    """What it gains to wait: until other rules are in force, or until a new year begins.

    A later day is told only where it gains more than an earlier one.
    """
    most = 0
    for until, why in sorted(_days(library, estimate.policy, day), key=lambda one: one[0]):
        said = estimate.said._replace(day=until.isoformat())
        try:
            other = estimated(said, library.policy(said.policy, until), library)
        except Refused:
            continue
        gain = _gain(estimate, other)
        if gain > most:
            most = gain
            text = Bilingual(
                f"等到 {until} 再看，自付少 {grouped_yuan(gain)} 元",
                f"Waiting until {until}, you pay {grouped_yuan(gain)} yuan less",
            )
            yield Better(text, gain, said, hint=why)


def _days(library: Library, policy: Policy, day: date) -> Iterator[tuple[date, Bilingual]]:
    """The days of the coming year on which something begins anew, and what."""
    if day.year >= date.max.year - 1:
        return
    if "@" not in policy.id:
        for header in library.versions(policy.id):
            if day < header.in_force.first <= day.replace(year=day.year + 1, day=min(day.day, 28)):
                yield (
                    header.in_force.first,
                    Bilingual(
                        "那天起施行新的规定；病情不允许的，不要等",
                        "other rules hold from that day; do not wait where your health forbids it",
                    ),
                )
    firsts = {one.first_day for one in policy.meters.values() if one.window == "year"}
    for month, first in sorted(firsts):
        begins = date(day.year + (day >= date(day.year, month, first)), month, first)
        yield (
            begins,
            Bilingual(
                "那天起是新的年度，起付标准和限额重新算；病情不允许的，不要等",
                "a new year begins that day, with its own deductible and limits; do not wait where "
                "your health forbids it",
            ),
        )
