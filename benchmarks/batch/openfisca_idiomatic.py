"""OpenFisca-core as its guide writes it: yuan as its 32-bit floats, bands as marginal scales.

Not exact: a float of 32 bits holds seven digits.  The harness counts by how much.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from openfisca_core.model_api import max_, min_, round_, select

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

__all__ = ["settled"]

RESULTS = ("deductible", "basic", "large", "share")


def settled(data: Admissions, _threads: int) -> Job:
    """From columns in the order given to columns in that order, yuan made of fen and back."""
    made = system(float, FORMULAS, FIGURES)

    def settle() -> Columns:
        rows = stays(data)
        months = laid_out(data, rows, (data.amount / 100).astype(np.float32))
        simulation = started(made, data.persons, months)
        columns = [np.empty(len(data), dtype=np.int64) for _ in RESULTS]
        for index, chosen in enumerate(rows):
            whose = data.person[chosen]
            for name, column in zip(RESULTS, columns, strict=True):
                yuan = simulation.calculate(name, month(index))[whose]
                column[chosen] = np.rint(yuan.astype(np.float64) * 100)
        return columns

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
    tier = person("tier", period)
    is_first = person("before", period) == 0
    whole = select(
        [
            is_first * (tier == 1),
            is_first * (tier == 2),
            is_first * (tier == 3),
            tier == 1,
            tier == 2,
        ],
        [figures.first_1, figures.first_2, figures.first_3, figures.later_1, figures.later_2],
        figures.later_3,
    )
    return min_(person("amount", period), whole)


def basic(person: Any, period: Any, parameters: Any) -> Any:
    """What the basic fund pays."""
    return along(parameters(period).basic, person, period)


def large(person: Any, period: Any, parameters: Any) -> Any:
    """What the large-amount fund pays."""
    return along(parameters(period).large, person, period)


def share(person: Any, period: Any, _parameters: Any) -> Any:
    """What the person pays."""
    paid = person("basic", period) + person("large", period)
    return round_(max_(person("amount", period) - paid, 0), 2)


def along(scale: Any, person: Any, period: Any) -> Any:
    """A scale of the year's cost, between where the deductible ends and where the stay ends."""
    counted = person("before", period)
    low = counted + person("deductible", period)
    high = counted + person("amount", period)
    return round_(scale.calc(high) - scale.calc(low), 2)


def bracket(threshold_fen: int, percent: int) -> dict[str, object]:
    """A bracket of a scale, in yuan."""
    from_2024 = "2024-01-01"
    return {
        "threshold": {from_2024: {"value": threshold_fen / 100}},
        "rate": {from_2024: {"value": percent / 100}},
    }


FORMULAS = {"before": before, "deductible": deductible}
FORMULAS |= {"basic": basic, "large": large, "share": share}

BASIC = [bracket(0, FIRST_RATE), bracket(FIRST_EDGE, SECOND_RATE), bracket(SECOND_EDGE, 0)]
FIGURES = {
    "deductible": {
        f"{which}_{tier}": values(whole[tier] / 100)
        for which, whole in (("first", FIRST_DEDUCTIBLE), ("later", LATER_DEDUCTIBLE))
        for tier in (1, 2, 3)
    },
    "basic": {"brackets": BASIC},
    "large": {"brackets": [bracket(0, 0), bracket(SECOND_EDGE, SECOND_RATE)]},
}
