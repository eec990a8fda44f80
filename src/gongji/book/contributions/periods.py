"""The months and years that contributions are for, as they are written: `2024-03`, `2024`."""

from __future__ import annotations

from datetime import date, timedelta

from gongji.wording import Bilingual, Refused

__all__ = ["first_day_of", "last_day_of", "month_of", "next_month"]

_DAY = timedelta(days=1)


def first_day_of(period: str) -> date:
    """The first day of a month (`2024-03`) or a year (`2024`).  Raises `Refused` (`bad_period`)."""
    try:
        if len(period) in {4, 7}:
            return date.fromisoformat(f"{period}-01" if len(period) == 7 else f"{period}-01-01")
    except ValueError:
        pass
    raise Refused(
        "bad_period",
        Bilingual(f"“{period}”不是月份或年度；应如 2024-03 或 2024",
                  f"“{period}” is no month or year; expected such as 2024-03 or 2024"),
        {"field": "period"},
    )  # fmt: skip


def last_day_of(period: str) -> date:
    """The last day of a month or a year."""
    first = first_day_of(period)
    if len(period) == 4:
        return date(first.year, 12, 31)
    return (first.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY


def month_of(day: date) -> date:
    """The first day of the month of a day."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
