"""Running totals: the only memory between one visit and the next.

A `Meters` is a value: settling a visit returns another one and leaves the old as it was.  A year's
state is the fold of its events over it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from gongji.policy.model import Meter

__all__ = ["ACCOUNT", "MeterKey", "Meters", "key_of"]


class MeterKey(NamedTuple):
    """Which running total: its meter, the value it is kept apart for, and its window.

    `per` is empty for a meter kept once a person; `window` is `2024`, `2023/24` for a year that
    does not begin on 1 January, `2024-03`, `2024-03-15`, `visit` or `lifetime`.
    """

    meter: str
    per: str
    window: str

    def __str__(self) -> str:
        apart = f"[{self.per}]" if self.per else ""
        return f"{self.meter}{apart}@{self.window}"


ACCOUNT = MeterKey("account", "", "lifetime")
"""The balance of the personal account, in fen; the one reading that falls."""


@dataclass(frozen=True, slots=True)
class Meters:
    """Readings of running totals: fen, or a number of visits.  What is not held reads 0."""

    readings: Mapping[MeterKey, int] = field(default_factory=dict)

    def __getitem__(self, key: MeterKey) -> int:
        return self.readings.get(key, 0)

    def __iter__(self) -> Iterator[MeterKey]:
        return iter(self.readings)

    def moved(self, changes: Mapping[MeterKey, int]) -> Meters:
        """These readings, with those in `changes` in their place."""
        return Meters({**self.readings, **changes})


def key_of(meter: Meter, per: str, day: date) -> MeterKey:
    """The key of a meter's reading on a day; `per` is the value that it is kept apart for."""
    if meter.window == "year":
        window = _year(day, meter.first_day)
    elif meter.window == "month":
        window = f"{day.year:04d}-{day.month:02d}"
    elif meter.window == "day":
        window = day.isoformat()
    else:
        window = meter.window
    return MeterKey(meter.name, per, window)


def _year(day: date, first_day: tuple[int, int]) -> str:
    if first_day == (1, 1):
        return f"{day.year:04d}"
    first = day.year if (day.month, day.day) >= first_day else day.year - 1
    return f"{first:04d}/{(first + 1) % 100:02d}"
