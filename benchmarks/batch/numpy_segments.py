"""NumPy: a running sum over all claims, less what it was where the person began."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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

__all__ = ["by_person", "sort_included"]

DEDUCTIBLE = np.array((*LATER_DEDUCTIBLE, *FIRST_DEDUCTIBLE), dtype=np.int64)
"""By tier, then by tier of a first stay."""


def by_person(data: Admissions, _threads: int) -> Job:
    """Columns sorted by person."""
    return Job(lambda: _settled(data.person, data.tier, data.amount), len(data))


def sort_included(data: Admissions, _threads: int) -> Job:
    """Columns in date order: sorted, settled, and put back."""

    def settle() -> Columns:
        order = np.argsort(data.person, kind="stable")
        done = _settled(data.person[order], data.tier[order], data.amount[order])
        back = [np.empty_like(column) for column in done]
        for column, one in zip(back, done, strict=True):
            column[order] = one
        return back

    return Job(settle, len(data))


def _settled(
    person: NDArray[np.int32], tier: NDArray[np.int8], amount: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    first = np.empty(person.size, dtype=np.bool_)
    first[0] = True
    np.not_equal(person[1:], person[:-1], out=first[1:])
    begins = np.flatnonzero(first)
    running = np.cumsum(amount)
    counted = np.repeat((running - amount)[begins], np.diff(begins, append=person.size))
    high = running - counted
    deductible = np.minimum(amount, DEDUCTIBLE[tier + first * np.int8(len(FIRST_DEDUCTIBLE))])
    low = high - amount + deductible
    one = np.maximum(np.minimum(high, FIRST_EDGE) - low, 0)
    two = np.maximum(np.minimum(high, SECOND_EDGE) - np.maximum(low, FIRST_EDGE), 0)
    above = np.maximum(high - np.maximum(low, SECOND_EDGE), 0)
    basic = (one * FIRST_RATE + two * SECOND_RATE + 50) // 100
    large = (above * SECOND_RATE + 50) // 100
    return [deductible, basic, large, amount - basic - large]
