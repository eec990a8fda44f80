"""Months and years between days, as rules count them."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

__all__ = ["months_after", "months_between", "years_between"]


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of a month that is shorter."""
    at = day.year * 12 + day.month - 1 + months
    year, month = at // 12, at % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def months_between(first: date, last: date) -> int:
    """Whole months from one day to another; negative where the second comes first."""
    if last < first:
        return -months_between(last, first)
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (last.day < first.day)


def years_between(start: date, day: date) -> int:
    """Whole years from `start` to `day`, which does not come before it.

    A year is over on the same day of the next year; from 29 February, on 1 March of a common year.
    """
    return day.year - start.year - ((day.month, day.day) < (start.month, start.day))
