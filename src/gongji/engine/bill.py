"""What is settled: a person, and a visit with its bill.

Facts are held as the policy declares them: the name of a value, a `Fraction`, a `date`, or a set
of names.  Amounts are whole fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["IN_SCOPE", "FactValue", "Item", "Person", "Visit"]

FactValue = str | Fraction | date | frozenset[str]

IN_SCOPE = "in_scope"
"""The part of a bill that benefits take."""

_NOTHING: Mapping[str, FactValue] = MappingProxyType({})


class Person(NamedTuple):
    """What is known of the insured on the day of care."""

    facts: Mapping[str, FactValue] = _NOTHING


class Item(NamedTuple):
    """Cost on a bill that shares the same facts, by part: in scope, or why not.

    `parts` maps `in_scope` and the names in the policy model's `OUT_OF_SCOPE` to fen; all together
    are the item's total.
    """

    parts: Mapping[str, int]
    facts: Mapping[str, FactValue] = _NOTHING

    @property
    def total(self) -> int:
        """All of the item's cost, in fen."""
        return sum(self.parts.values())


class Visit(NamedTuple):
    """One bill on the day it is settled for (a stay: the day of discharge).

    `facts` hold for every item that does not say otherwise.  `notes` names what the reader of the
    bill had to assume, such as a remainder booked as out of catalogue.
    """

    day: date
    items: tuple[Item, ...]
    facts: Mapping[str, FactValue] = _NOTHING
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """The whole bill, in fen."""
        return sum(item.total for item in self.items)
