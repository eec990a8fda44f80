"""OpenFisca-core in whole fen: its integers are 32 bits wide, the formulas work in 64.

Exact as long as nobody's year passes 21.4 million yuan, and made so against the library's habits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from admissions import Admissions
from job import Columns, Job
from openfisca_months import laid_out, month, started, stays, system, values
from rules import (
    FIRST_DEDUCTIBLE,
    FIRST_EDGE,
    FIRST_RATE,
    LATER_DEDUCTIBLE,
    SECOND_EDGE,
    SECOND_RATE,
)

__all__ = ["settled", "without_months"]

RESULTS = ("deductible", "basic", "large", "share")


def settled(data: Admissions, _threads: int) -> Job:
    """From columns in the order given to columns in that order."""
    made = system(int, FORMULAS, FIGURES)

    def settle() -> Columns:
        rows = stays(data)
        months = laid_out(data, rows, data.amount.astype(np.int32))
        simulation = started(made, data.persons, months)
        columns = [np.empty(len(data), dtype=np.int64) for _ in RESULTS]
        for index, chosen in enumerate(rows):
            whose = data.person[chosen]
            for name, column in zip(RESULTS, columns, strict=True):
                column[chosen] = simulation.calculate(name, month(index))[whose]
        return columns

    return Job(settle, len(data))


def without_months(data: Admissions, _threads: int) -> Job:
    """From values that lie in months already to results that stay there: the formulas alone.

    Not checked: what `settled` gives is the same read back.
    """
    made = system(int, FORMULAS, FIGURES)
    months = laid_out(data, stays(data), data.amount.astype(np.int32))

    def settle() -> None:
        simulation = started(made, data.persons, months)
        for index in range(len(months)):
            for name in RESULTS:
                simulation.calculate(name, month(index))

    return Job(settle, len(data))


def before(person: Any, period: Any, _parameters: Any) -> Any:
    """The year's cost before the stay."""
    if period.start.month == 1:
        return person("amount", period) * 0
    last = period.last_month
    return person("before", last) + person("amount", last)


def deductible(person: Any, period: Any, parameters: Any) -> Any:
    """The deductible; a stay is the first where nothing came before (no stay is free)."""
    figures = parameters(period).deductible
    first = np.array([0, figures.first_1, figures.first_2, figures.first_3], dtype=np.int32)
    later = np.array([0, figures.later_1, figures.later_2, figures.later_3], dtype=np.int32)
    tier = person("tier", period)
    is_first = person("before", period) == 0
    return np.minimum(person("amount", period), np.where(is_first, first[tier], later[tier]))


def basic(person: Any, period: Any, parameters: Any) -> Any:
    """What the basic fund pays."""
    bands = parameters(period).bands
    low, high = stretch(person, period)
    one = np.maximum(np.minimum(high, bands.first_edge) - low, 0)
    two = np.minimum(high, bands.second_edge) - np.maximum(low, bands.first_edge)
    return (one * bands.first_rate + np.maximum(two, 0) * bands.second_rate + 50) // 100


def large(person: Any, period: Any, parameters: Any) -> Any:
    """What the large-amount fund pays."""
    bands = parameters(period).bands
    low, high = stretch(person, period)
    above = np.maximum(high - np.maximum(low, bands.second_edge), 0)
    return (above * bands.second_rate + 50) // 100


def share(person: Any, period: Any, _parameters: Any) -> Any:
    """What the person pays."""
    paid = person("basic", period) + person("large", period)
    return person("amount", period) - paid


def stretch(person: Any, period: Any) -> tuple[Any, Any]:
    """Where the cost above the deductible lies on the year's, as 64 bits."""
    counted = person("before", period).astype(np.int64)
    return counted + person("deductible", period), counted + person("amount", period)


FORMULAS = {"before": before, "deductible": deductible}
FORMULAS |= {"basic": basic, "large": large, "share": share}

FIGURES = {
    "deductible": {
        f"{which}_{tier}": values(whole[tier])
        for which, whole in (("first", FIRST_DEDUCTIBLE), ("later", LATER_DEDUCTIBLE))
        for tier in (1, 2, 3)
    },
    "bands": {
        "first_edge": values(FIRST_EDGE),
        "second_edge": values(SECOND_EDGE),
        "first_rate": values(FIRST_RATE),
        "second_rate": values(SECOND_RATE),
    },
}
