"""The calendar for programs: days are numbers, as `date.toordinal` gives them.

Every function here is also compiled to machine code, so it keeps to what `kernel.native` knows.
"""

from __future__ import annotations

__all__ = [
    "bits",
    "civil_year",
    "day_number",
    "day_of_month",
    "month_number",
    "month_of",
    "month_start",
    "months_after",
    "months_between",
    "next_month",
    "year_end",
    "year_number",
    "year_start",
    "years_since",
]


def _march_year(day: int) -> int:
    """The year of a day where years begin in March, so that leap days end them."""
    days = day + 305
    era = days // 146097
    of_era = days - era * 146097
    return era * 400 + (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365


def _days_since_march(day: int) -> int:
    """Days since the first of the last March."""
    year = _march_year(day)
    return day + 305 - (365 * year + year // 4 - year // 100 + year // 400)


def civil_year(day: int) -> int:
    """The year of a day."""
    return _march_year(day) + (1 if _days_since_march(day) >= 306 else 0)


def month_of(day: int) -> int:
    """The month of a day, 1 to 12."""
    month = (5 * _days_since_march(day) + 2) // 153
    return month + 3 if month < 10 else month - 9


def day_of_month(day: int) -> int:
    """The day of the month, from 1."""
    since = _days_since_march(day)
    return since - (153 * ((5 * since + 2) // 153) + 2) // 5 + 1


def day_number(year: int, month: int, day: int) -> int:
    """The number of a day of the calendar."""
    of = year - 1 if month <= 2 else year
    era = of // 400
    of_era = of - era * 400
    shifted = month - 3 if month > 2 else month + 9
    of_year = (153 * shifted + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 305


def month_number(day: int) -> int:
    """Twelve times the year, and the month."""
    return civil_year(day) * 12 + month_of(day)


def year_number(day: int, month: int, first: int) -> int:
    """The year that a day belongs to where years begin on this day of this month."""
    return civil_year(day) - (
        1 if month_of(day) * 32 + day_of_month(day) < month * 32 + first else 0
    )


def years_since(start: int, day: int) -> int:
    """Whole years from one day to a later one; negative where it is earlier."""
    if start > day:
        return -1
    now = month_of(day) * 32 + day_of_month(day)
    then = month_of(start) * 32 + day_of_month(start)
    return civil_year(day) - civil_year(start) - (1 if now < then else 0)


def months_between(first: int, last: int) -> int:
    """Whole months from one day to another; negative where the second comes first."""
    if last < first:
        return -months_between(last, first)
    months = month_number(last) - month_number(first)
    return months - (1 if day_of_month(last) < day_of_month(first) else 0)


def months_after(day: int, months: int) -> int:
    """The same day so many months later; the last of a month that is shorter."""
    at = civil_year(day) * 12 + month_of(day) - 1 + months
    first = day_number(at // 12, at % 12 + 1, 1)
    after = day_number((at + 1) // 12, (at + 1) % 12 + 1, 1)
    return min(first + day_of_month(day), after) - 1


def month_start(day: int) -> int:
    """The first day of the month."""
    return day - day_of_month(day) + 1


def next_month(day: int) -> int:
    """The first day of the next month."""
    at = civil_year(day) * 12 + month_of(day)
    return day_number(at // 12, at % 12 + 1, 1)


def year_start(day: int) -> int:
    """The first day of the year."""
    return day_number(civil_year(day), 1, 1)


def year_end(day: int) -> int:
    """The last day of the year."""
    return day_number(civil_year(day), 12, 31)


def bits(members: int) -> int:
    """How many members a set has."""
    count = 0
    while members > 0:
        members &= members - 1
        count += 1
    return count
