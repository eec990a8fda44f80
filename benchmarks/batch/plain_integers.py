"""Plain Python integers, claim by claim: what every other peer must equal."""

from __future__ import annotations

from admissions import Admissions
from job import Columns, Job
from rules import (
    FIRST_DEDUCTIBLE,
    FIRST_EDGE,
    FIRST_RATE,
    LATER_DEDUCTIBLE,
    SECOND_EDGE,
    SECOND_RATE,
)

__all__ = ["by_person", "date_order"]

Claim = tuple[int, int, int]
"""Person, tier, fen."""


def by_person(data: Admissions, _threads: int) -> Job:
    """Claims sorted by person: what came before is carried from claim to claim."""
    claims = _claims(data)
    return Job(lambda: _by_person(claims), len(claims))


def date_order(data: Admissions, _threads: int) -> Job:
    """Claims in date order: what came before is kept for every person."""
    claims, persons = _claims(data), data.persons
    return Job(lambda: _date_order(claims, persons), len(claims))


def _claims(data: Admissions) -> list[Claim]:
    return list(zip(data.person.tolist(), data.tier.tolist(), data.amount.tolist(), strict=True))


def _by_person(claims: list[Claim]) -> Columns:
    columns: tuple[list[int], ...] = ([], [], [], [])
    deductibles, basics, larges, persons = (column.append for column in columns)
    last, cost = -1, 0
    for person, tier, amount in claims:
        if person == last:
            deductible = min(amount, LATER_DEDUCTIBLE[tier])
        else:
            deductible, cost, last = min(amount, FIRST_DEDUCTIBLE[tier]), 0, person
        basic, large = payments(cost + deductible, cost + amount)
        cost += amount
        deductibles(deductible)
        basics(basic)
        larges(large)
        persons(amount - basic - large)
    return columns


def _date_order(claims: list[Claim], persons: int) -> Columns:
    columns: tuple[list[int], ...] = ([], [], [], [])
    deductibles, basics, larges, shares = (column.append for column in columns)
    costs = [-1] * persons  # -1: no stay yet
    for person, tier, amount in claims:
        cost = costs[person]
        if cost >= 0:
            deductible = min(amount, LATER_DEDUCTIBLE[tier])
        else:
            deductible, cost = min(amount, FIRST_DEDUCTIBLE[tier]), 0
        basic, large = payments(cost + deductible, cost + amount)
        costs[person] = cost + amount
        deductibles(deductible)
        basics(basic)
        larges(large)
        shares(amount - basic - large)
    return columns


def payments(low: int, high: int) -> tuple[int, int]:
    """What the two funds pay of cost that lies from `low` to `high` of the year's, in fen."""
    if high <= FIRST_EDGE:
        return ((high - low) * FIRST_RATE + 50) // 100, 0
    first = max(0, FIRST_EDGE - low)
    second = max(0, min(high, SECOND_EDGE) - max(low, FIRST_EDGE))
    above = max(0, high - max(low, SECOND_EDGE))
    basic = (first * FIRST_RATE + second * SECOND_RATE + 50) // 100
    return basic, (above * SECOND_RATE + 50) // 100
