"""The calendar of programs counts as Python's does, over all days that there are."""

from __future__ import annotations

from datetime import date
from random import Random

from gongji.engine import calendar as exact
from gongji.kernel import calendar


def test_days_of_ten_thousand_years() -> None:
    chance = Random(1)
    edges = [
        date(year, 2, 28).toordinal() + more
        for year in (1900, 2000, 2023, 2024)
        for more in range(3)
    ]
    for number in [*edges, *(chance.randint(1, date.max.toordinal()) for _ in range(20_000))]:
        day = date.fromordinal(number)
        found = (
            calendar.civil_year(number),
            calendar.month_of(number),
            calendar.day_of_month(number),
        )
        assert found == (day.year, day.month, day.day)
        assert calendar.day_number(day.year, day.month, day.day) == number


def test_months_and_years_between_days() -> None:
    chance = Random(2)
    for _ in range(20_000):
        one, other = sorted(chance.randint(690_000, 770_000) for _ in range(2))
        first, last = date.fromordinal(one), date.fromordinal(other)
        months = chance.randint(-40, 400)
        assert calendar.years_since(one, other) == exact.years_between(first, last)
        assert calendar.months_between(one, other) == exact.months_between(first, last)
        assert calendar.months_after(one, months) == exact.months_after(first, months).toordinal()
