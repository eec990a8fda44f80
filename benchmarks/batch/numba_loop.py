"""The rule set written by hand for Numba: the figures in the code, one loop, no policy.

The result columns are made beforehand, as those of a caller who settles in place; `new_columns`
makes them anew in every call.  Compiled when first called, for one thread.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from admissions import Admissions
from compiled import compiled
from job import Columns, Job
from rules import (
    FIRST_DEDUCTIBLE,
    FIRST_EDGE,
    FIRST_RATE,
    LATER_DEDUCTIBLE,
    SECOND_EDGE,
    SECOND_RATE,
)

__all__ = ["date_order", "nearly_branch_free", "new_columns", "sort_included", "straightforward"]

Persons: TypeAlias = NDArray[np.int32]
Tiers: TypeAlias = NDArray[np.int8]
Fen: TypeAlias = NDArray[np.int64]
Unsigned: TypeAlias = NDArray[np.uint64]

FIRST = np.array(FIRST_DEDUCTIBLE, dtype=np.int64)
LATER = np.array(LATER_DEDUCTIBLE, dtype=np.int64)
BOTH = np.array((*FIRST_DEDUCTIBLE, *LATER_DEDUCTIBLE), dtype=np.uint64)
TIERS = len(FIRST_DEDUCTIBLE)


def straightforward(data: Admissions, _threads: int) -> Job:
    """Columns sorted by person, the loop as one would write it down."""
    into = empty_columns(len(data))

    def settle() -> Columns:
        _straightforward(data.person, data.tier, data.amount, *into)
        return into

    return Job(settle, len(data))


def nearly_branch_free(data: Admissions, _threads: int) -> Job:
    """Columns sorted by person, selection for branches: only the upper bands are jumped to."""
    into = empty_columns(len(data))

    def settle() -> Columns:
        _nearly_branch_free(data.person, data.tier, data.amount, *into)
        return into

    return Job(settle, len(data))


def new_columns(data: Admissions, _threads: int) -> Job:
    """As `nearly_branch_free`, the result columns made in the call."""

    def settle() -> Columns:
        into = empty_columns(len(data))
        _nearly_branch_free(data.person, data.tier, data.amount, *into)
        return into

    return Job(settle, len(data))


def date_order(data: Admissions, _threads: int) -> Job:
    """Columns in date order, nothing sorted: what came before is kept for every person.

    As twice the year's cost, odd after a stay: one place in memory to look at.
    """
    into = empty_columns(len(data))
    before = np.empty(data.persons, dtype=np.uint64)

    def settle() -> Columns:
        before.fill(0)
        _date_order(data.person, data.tier, data.amount, before, *into)
        return into

    return Job(settle, len(data))


def sort_included(data: Admissions, _threads: int) -> Job:
    """Columns in date order: brought together by person with a counting sort, then settled."""
    into = empty_columns(len(data))

    def settle() -> Columns:
        _sort_included(data.person, data.tier, data.amount, data.persons, *into)
        return into

    return Job(settle, len(data))


def empty_columns(count: int) -> list[Fen]:
    """Four columns for results."""
    return [np.empty(count, dtype=np.int64) for _ in range(4)]


@compiled
def _straightforward(
    person: Persons, tier: Tiers, amount: Fen, deductibles: Fen, basics: Fen, larges: Fen, rest: Fen
) -> None:
    last, cost = -1, 0
    for row in range(person.size):
        fen = amount[row]
        if person[row] != last:
            last, cost = person[row], 0
            deductible = min(fen, FIRST[tier[row]])
        else:
            deductible = min(fen, LATER[tier[row]])
        low = cost + deductible
        cost += fen
        basic, large = _payments(low, cost)
        deductibles[row] = deductible
        basics[row] = basic
        larges[row] = large
        rest[row] = fen - basic - large


@compiled
def _payments(low: int, high: int) -> tuple[int, int]:
    """What the two funds pay of cost that lies from `low` to `high` of the year's, in fen."""
    one = max(min(high, FIRST_EDGE) - low, 0)
    two = max(min(high, SECOND_EDGE) - max(low, FIRST_EDGE), 0)
    above = max(high - max(low, SECOND_EDGE), 0)
    basic = (one * FIRST_RATE + two * SECOND_RATE + 50) // 100
    return basic, (above * SECOND_RATE + 50) // 100


@compiled
def _nearly_branch_free(
    person: Persons, tier: Tiers, amount: Fen, deductibles: Fen, basics: Fen, larges: Fen, rest: Fen
) -> None:
    last, cost = np.int32(-1), np.uint64(0)
    for row in range(np.uint64(person.size)):
        later = np.uint64(person[row] == last)
        last = person[row]
        cost &= np.uint64(0) - later
        cost = _settle_one(cost, later, row, tier, amount, deductibles, basics, larges, rest)


@compiled
def _date_order(
    person: Persons,
    tier: Tiers,
    amount: Fen,
    before: Unsigned,
    deductibles: Fen,
    basics: Fen,
    larges: Fen,
    rest: Fen,
) -> None:
    for row in range(np.uint64(person.size)):
        whose = np.uint64(person[row])
        cost, later = before[whose] >> np.uint64(1), before[whose] & np.uint64(1)
        cost = _settle_one(cost, later, row, tier, amount, deductibles, basics, larges, rest)
        before[whose] = (cost << np.uint64(1)) | np.uint64(1)


@compiled
def _settle_one(
    cost: np.uint64,
    later: np.uint64,
    row: int,
    tier: Tiers,
    amount: Fen,
    deductibles: Fen,
    basics: Fen,
    larges: Fen,
    rest: Fen,
) -> np.uint64:
    """Settle a row, a `later` stay (1) or the first (0), and return the year's cost after it."""
    fen = np.uint64(amount[row])
    deductible = min(fen, BOTH[np.uint64(tier[row]) + np.uint64(TIERS) * later])
    high = cost + fen
    basic = ((fen - deductible) * np.uint64(FIRST_RATE) + np.uint64(50)) // np.uint64(100)
    large = np.uint64(0)
    if high > np.uint64(FIRST_EDGE):
        paid = _payments(int(np.int64(cost + deductible)), int(np.int64(high)))
        basic, large = np.uint64(paid[0]), np.uint64(paid[1])
    deductibles[row] = deductible
    basics[row] = basic
    larges[row] = large
    rest[row] = fen - basic - large
    return high


@compiled
def _sort_included(
    person: Persons,
    tier: Tiers,
    amount: Fen,
    persons: int,
    deductibles: Fen,
    basics: Fen,
    larges: Fen,
    rest: Fen,
) -> None:
    """A counting sort of the amounts, a running sum in that order, then the claims in theirs."""
    place = np.zeros(persons + 1, dtype=np.int32)
    for row in range(person.size):
        place[person[row] + 1] += 1
    for one in range(persons):
        place[one + 1] += place[one]
    order = np.empty(person.size, dtype=np.int32)
    sorted_amount = np.empty(person.size, dtype=np.int64)
    for row in range(person.size):
        at = place[person[row]]
        place[person[row]] = at + 1
        order[at] = row
        sorted_amount[at] = amount[row]
    states = np.empty(person.size, dtype=np.uint64)
    at = 0
    for one in range(persons):
        state = np.uint64(0)
        while at < place[one]:  # by now where the next person begins
            states[order[at]] = state
            state = (state + (np.uint64(sorted_amount[at]) << np.uint64(1))) | np.uint64(1)
            at += 1
    for row in range(np.uint64(person.size)):
        cost, later = states[row] >> np.uint64(1), states[row] & np.uint64(1)
        _settle_one(cost, later, row, tier, amount, deductibles, basics, larges, rest)
