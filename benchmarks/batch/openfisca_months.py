"""How admissions lie in OpenFisca, which has no events: a person's k-th stay in month k.

Its periods hold one value each, so two stays of one real month would be one.  With the k-th stay in
month k nothing is lost, and what came before is asked of the month before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from openfisca_core.entities import build_entity
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import MONTH
from openfisca_core.simulations import Simulation, SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from admissions import Admissions

__all__ = ["laid_out", "month", "started", "stays", "system", "values"]

Rows: TypeAlias = list[NDArray[np.intp]]
"""The rows of everybody's first stay, of the second stays, and so on."""

Months: TypeAlias = list[tuple[NDArray[np.int32], NDArray[np.generic]]]
"""Everybody's tier and amount of each month."""

Formula = Callable[[Any, Any, Any], Any]
MONTHS = 12


def system(kind: type, formulas: Mapping[str, Formula], figures: Any) -> TaxBenefitSystem:
    """A system of whole numbers or floats with a variable for each formula, and the figures.

    `tier`, a whole number, and `amount` are given, not worked out.
    """
    person = build_entity(key="person", plural="persons", label="", is_person=True)
    made = TaxBenefitSystem([person])
    shared = {"entity": person, "definition_period": MONTH}
    made.add_variable(type("tier", (Variable,), {**shared, "value_type": int, "label": "tier"}))
    made.add_variable(type("amount", (Variable,), {**shared, "value_type": kind, "label": "cost"}))
    for name, formula in formulas.items():
        traits = {**shared, "value_type": kind, "label": name, "formula": formula}
        made.add_variable(type(name, (Variable,), traits))
    made.parameters = ParameterNode("", data=figures)
    return made


def values(value: object) -> dict[str, object]:
    """A figure that holds from 2024 on."""
    return {"values": {"2024-01-01": {"value": value}}}


def stays(data: Admissions) -> Rows:
    """The rows of the k-th stays, for each k, without sorting."""
    found: Rows = []
    left = np.arange(len(data))
    earliest = np.empty(data.persons, dtype=np.intp)
    while left.size:
        earliest[data.person[left[::-1]]] = left[::-1]
        is_first = earliest[data.person[left]] == left
        found.append(left[is_first])
        left = left[~is_first]
    assert len(found) <= MONTHS
    return found


def month(index: int) -> str:
    """The month in which the stays of an index (from 0) lie."""
    return f"2024-{index + 1:02d}"


def laid_out(data: Admissions, rows: Rows, amount: NDArray[np.generic]) -> Months:
    """The tiers and amounts of the admissions, in everybody's months; 0 where there is no stay."""
    months: Months = []
    for chosen in rows:
        whose = data.person[chosen]
        tiers = np.zeros(data.persons, dtype=np.int32)
        amounts = np.zeros(data.persons, dtype=amount.dtype)
        tiers[whose] = data.tier[chosen]
        amounts[whose] = amount[chosen]
        months.append((tiers, amounts))
    return months


def started(made: TaxBenefitSystem, persons: int, months: Months) -> Simulation:
    """A fresh simulation with everybody's months; nothing is worked out yet."""
    simulation = SimulationBuilder().build_default_simulation(made, persons)
    for index, (tiers, amounts) in enumerate(months):
        simulation.set_input("tier", month(index), tiers)
        simulation.set_input("amount", month(index), amounts)
    return simulation
