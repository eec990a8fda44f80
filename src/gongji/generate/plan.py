"""The tables that a population is drawn from: what a policy asks, with how often it is so."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np

from gongji.check.space import values_of
from gongji.generate.asked import DRAWN, Kind, PersonKind, Survey, born_on, care_of, survey
from gongji.generate.chance import Integers, Wheel, key_of, octaves, step_of
from gongji.generate.habits import LINES, MONTHS, PARTS, TIER_COST, WEEKDAYS, Part
from gongji.policy.model import OUT_OF_SCOPE, Fact, Interval, Policy
from gongji.policy.walk import pays_from_account
from gongji.wording import Bilingual, Refused

__all__ = ["Column", "Default", "Plan", "days_of", "plan_for"]


class Column(NamedTuple):
    """A fact as a column: for each kind (of person or of visit) what is said of it.

    `said` is the place of a value in `values`, or -1 where nothing is said; of a fact whose value
    is drawn it is 0 where one is drawn, and above 0 the place of one that is fixed, plus one.
    `least` and `most` are the bounds of a number that is drawn.
    """

    fact: Fact
    said: Integers
    values: tuple[str, ...]
    least: int
    most: int

    @property
    def drawn(self) -> bool:
        """Whether the value is drawn rather than chosen."""
        return self.fact.kind in DRAWN


class Default(NamedTuple):
    """A fact of persons that mostly has its default: value and the share of 65,536 up to it."""

    fact: Fact
    values: tuple[str, ...]
    edges: Integers


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A policy, a year and a seed, ready to draw from.

    `youngest`, `likeliest`, `oldest` and `visits` (a logarithm) are by kind of person; `cost` (a
    logarithm of fen) and `spread` by kind of visit; `days` are numbers from 1970 on for each of
    65,536 shares; `other_lines` has for each kind of visit the kinds that its further lines can
    be, from `first_line` on so many as `lines`.
    """

    policy: Policy
    key: int
    window: Interval
    persons: Wheel
    youngest: Integers
    likeliest: Integers
    oldest: Integers
    visits: Integers
    bills: Wheel
    cost: Integers
    spread: Integers
    days: Integers
    of_persons: tuple[Column, ...]
    defaults: tuple[Default, ...]
    birth: Fact | None
    of_bills: tuple[Column, ...]
    parts: Mapping[str, Part]
    has_account: bool
    first_line: Integers
    lines: Integers
    other_lines: Integers
    line_share: int


def plan_for(policy: Policy, seed: int, year: int, line_share: int = 30) -> Plan:
    """The tables for a policy, a seed and a year; `line_share` of 1,000 bills have several lines.

    A policy in force for a part of the year has all its bills in that part.  Raises `Refused`
    (`nothing_to_settle`) where the policy settles no visit.
    """
    window = days_of(policy, year)
    assert window.last is not None
    asked = survey(policy, window.last)
    if not asked.persons:
        raise _nothing(policy)
    persons, kinds = asked.persons, asked.kinds
    lives = [one.life for one in persons]
    first_line, lines, other_lines = _other_lines(asked)
    return Plan(
        policy=policy,
        key=key_of(seed),
        window=window,
        persons=Wheel.of([_weights({i: one.weight for i, one in enumerate(persons)})]),
        youngest=_whole(life.youngest for life in lives),
        likeliest=_whole(life.likeliest for life in lives),
        oldest=_whole(life.oldest for life in lives),
        visits=_whole(_visits(one) for one in persons),
        bills=Wheel.of([_weights(one.visits) for one in persons]),
        cost=_whole(octaves(care_of(one).median * _tier_cost(one)) for one in kinds),
        spread=_whole(step_of(care_of(one).spread) for one in kinds),
        days=_days(window),
        of_persons=tuple(_person_columns(policy, persons)),
        defaults=tuple(_defaults(policy, asked)),
        birth=born_on(policy),
        of_bills=tuple(_bill_columns(policy, kinds)),
        parts=_parts(policy),
        has_account=pays_from_account(policy),
        first_line=first_line,
        lines=lines,
        other_lines=other_lines,
        line_share=line_share if lines.any() else 0,
    )


def days_of(policy: Policy, year: int) -> Interval:
    """The days of a year on which a policy is in force; all of them where it is on none."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    held = policy.in_force
    if held.first > last or (held.last is not None and held.last < first):
        return Interval(first, last)
    return Interval(max(first, held.first), min(last, held.last or last))


def _nothing(policy: Policy) -> Refused:
    return Refused(
        "nothing_to_settle",
        Bilingual(
            f"{policy.id}（{policy.in_force.first} 起）没有可以结算的就医：文件没有写出待遇；"
            "换一个政策或版本",
            f"{policy.id} (from {policy.in_force.first}) settles no visit: its document states no "
            "benefit in full; choose another policy or version",
        ),
        {"policy": policy.id},
    )


def _whole(numbers: Iterable[int]) -> Integers:
    return np.array(list(numbers), dtype=np.int64)


def _weights(parts: Mapping[int, Fraction]) -> list[tuple[int, int]]:
    """Weights as whole numbers, those that are next to nothing kept."""
    common = lcm(*(part.denominator for part in parts.values()))
    return [(choice, int(part * common)) for choice, part in sorted(parts.items())]


def _visits(one: PersonKind) -> int:
    """The logarithm of the median number of visits: more for those who are ill all year."""
    more = {"ordinary": 100, "chronic": 220, "special": 330}[one.patient.kind]
    return octaves(one.life.visits * more, 10_000)


def _tier_cost(kind: Kind) -> int:
    return TIER_COST.get(str(kind.facts.get("tier")), 100)


def _days(window: Interval) -> Integers:
    """A day for each of 65,536 shares, by the habits of months and weekdays."""
    assert window.last is not None
    days = [window.first + timedelta(n) for n in range((window.last - window.first).days + 1)]
    weights = [
        WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] * 31 // monthrange(day.year, day.month)[1]
        for day in days
    ]
    total, so_far, edges = sum(weights), 0, []
    for weight in weights:
        so_far += weight
        edges.append((so_far << 16) // total)
    which = np.searchsorted(_whole(edges), np.arange(1 << 16), side="right")
    return (which + (window.first - date(1970, 1, 1)).days).astype(np.int64)


# --- columns -------------------------------------------------------------------------------------


def _person_columns(policy: Policy, persons: tuple[PersonKind, ...]) -> list[Column]:
    """The facts that settlements ask of persons, in the policy's order."""
    found = []
    birth = born_on(policy)
    for fact in policy.facts.values():
        if fact != birth and any(fact.name in one.facts for one in persons):
            only_the_ill = not any(
                fact.name in one.facts for one in persons if one.patient.kind == "ordinary"
            )
            said = [_place(fact, one.facts.get(fact.name)) for one in persons]
            found.append(_column(policy, fact, said, least=1 if only_the_ill else 0))
    return found


def _bill_columns(policy: Policy, kinds: tuple[Kind, ...]) -> list[Column]:
    """The facts that bills say, in the policy's order."""
    found = []
    for fact in policy.facts.values():
        if any(fact.name in one.facts for one in kinds):
            said = [
                _place(fact, one.facts.get(fact.name), fixed=one.changed == fact.name)
                for one in kinds
            ]
            found.append(_column(policy, fact, said, least=1))
    return found


def _place(fact: Fact, value: object, *, fixed: bool = False) -> int:
    if value is None:
        return -1
    if fact.kind in DRAWN:
        return int(value) if fixed and isinstance(value, Fraction) else 0
    return list(fact.values).index(str(value))


def _column(policy: Policy, fact: Fact, said: list[int], least: int) -> Column:
    low = max(int(-(-fact.least // 1)), least)
    return Column(fact, _whole(said), tuple(fact.values), low, max(low, _most(policy, fact)))


def _most(policy: Policy, fact: Fact) -> int:
    """To where a number is drawn: twice the farthest that rules tell apart, or 30."""
    if fact.kind != "number":
        return 0
    numbers = [int(one) for one in values_of(policy, fact) if isinstance(one, Fraction)]
    most = max(numbers, default=0)
    most = 30 if most == 0 or most > 60 else 2 * most
    return most if fact.most is None else min(most, int(fact.most))


def _defaults(policy: Policy, asked: Survey) -> list[Default]:
    found = []
    for name, parts in asked.defaults.items():
        if parts:
            edges, so_far = [], Fraction(0)
            for part in parts.values():
                so_far += part
                edges.append(int(so_far * (1 << 16)))
            found.append(Default(policy.facts[name], tuple(parts), _whole(edges)))
    return found


def _parts(policy: Policy) -> dict[str, Part]:
    """The parts that a bill states, but for those that the policy works out itself."""
    stated = {part for scope in policy.scopes for part in scope.parts}
    worked_out = {scope.works_out for scope in policy.scopes}
    return {part: PARTS[part] for part in OUT_OF_SCOPE if part in stated and part not in worked_out}


def _other_lines(asked: Survey) -> tuple[Integers, Integers, Integers]:
    """For each kind of visit the kinds that differ from it in a fact of a line."""
    others: dict[int, list[int]] = {}
    for index, kind in enumerate(asked.kinds):
        if kind.base is None or kind.changed not in LINES:
            continue
        if all(index in one.visits for one in asked.persons if kind.base in one.visits):
            others.setdefault(kind.base, []).append(index)
    first, count, every = [], [], [0]
    for index in range(len(asked.kinds)):
        found = others.get(index, [])
        first.append(len(every))
        count.append(len(found))
        every += found
    return _whole(first), _whole(count), _whole(every)
