"""Where the readings that a settlement began on stand in the row of meters that the kernel has."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gongji.book.care.readings import key_named
from gongji.engine.meters import ACCOUNT, key_of
from gongji.kernel.calendar import civil_year, month_number, year_number
from gongji.kernel.layout import Layout
from gongji.policy.model import Meter, Policy

__all__ = ["NOWHERE", "DaySpots", "OfText", "Spots"]

NOWHERE = -1
"""The place of a reading that a visit has nothing to do with."""

Array = NDArray[Any]


class OfText(NamedTuple):
    """A reading kept per a text, such as a drug's name: which, and where among those of a text."""

    fact: str
    text: str
    place: int


class DaySpots(dict[str, int | OfText]):
    """Where the readings of a name stand, of the windows that a day lies in.

    `windows` are the numbers of these; `number` is its own among the `days` of `spots`.
    """

    def __init__(self, spots: Spots, day: date) -> None:
        self.spots = spots
        self.number = len(spots.days)
        self.day = day
        layout = spots.layout
        self.windows: Array = np.zeros(layout.width, np.int64)
        self.windows_of_text: Array = np.zeros(spots.per_text, np.int64)
        for slot in layout.slots.values():
            number = _window(slot.meter, day)
            if slot.key is None:
                self.windows[slot.first : slot.first + slot.width] = number
            else:
                self.windows_of_text[spots.first_of[slot.key.column] + slot.first] = number

    def __missing__(self, name: str) -> int | OfText:
        found = self[name] = self._found(name)
        return found

    def _found(self, name: str) -> int | OfText:
        layout = self.spots.layout
        key = key_named(name)
        if key == ACCOUNT:
            return 0 if layout.account else NOWHERE
        slot = layout.slots.get(key.meter)
        if slot is None or slot.meter.window == "visit":
            return NOWHERE
        if key_of(slot.meter, key.per, self.day) != key:
            return NOWHERE
        if slot.key is not None:
            place = self.spots.first_of[slot.key.column] + slot.first
            return OfText(slot.key.fact, key.per, place)
        if not slot.meter.per:
            return NOWHERE if key.per else slot.first
        values = self.spots.values_of(slot.meter.per)
        return slot.first + values.index(key.per) if key.per in values else NOWHERE


class Spots:
    """The places of readings by the layout of a policy; `per_text` are those that a text has."""

    def __init__(self, policy: Policy, layout: Layout) -> None:
        self.policy = policy
        self.layout = layout
        self.first_of: dict[str, int] = {}
        self.per_text = 0
        for key, width in layout.keys.items():
            self.first_of[key.column] = self.per_text
            self.per_text += width
        self._meters = [slot.meter for slot in layout.slots.values()]
        self._of_day: dict[date, DaySpots] = {}
        self._of_windows: dict[tuple[int, ...], DaySpots] = {}
        self.days: list[DaySpots] = []

    def on(self, day: date) -> DaySpots:
        """Those of the windows that a day lies in; days of the same windows share them."""
        found = self._of_day.get(day)
        if found is None:
            windows = tuple(_window(meter, day) for meter in self._meters)
            found = self._of_windows.get(windows)
            if found is None:
                found = self._of_windows[windows] = DaySpots(self, day)
                self.days.append(found)
            self._of_day[day] = found
        return found

    def values_of(self, name: str) -> list[str]:
        """The values that a meter is kept apart for."""
        policy = self.policy
        known = policy.derived[name] if name in policy.derived else policy.facts[name]
        return list(known.values)


def _window(meter: Meter, day: date) -> int:
    """The number that the kernel gives the window of a meter that a day lies in."""
    number = day.toordinal()
    if meter.window == "day":
        return number
    if meter.window == "month":
        return month_number(number)
    if meter.window == "year":
        month, first = meter.first_day
        return civil_year(number) if (month, first) == (1, 1) else year_number(number, month, first)
    return 1
