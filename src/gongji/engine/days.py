"""Days worked out from days: so many months after, the first day of the next month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from gongji.engine.calendar import months_after
from gongji.policy.model import Call, Expression, Figure, Name, Operation, Unit
from gongji.wording import Bilingual, Refused

__all__ = ["day_of"]


def day_of(expression: Expression, named: Callable[[str], date]) -> date:
    """The day that an expression comes to; `named` says the day behind a name.

    Raises `Refused` (`impossible_value`) for a day that no calendar has.
    """
    try:
        return _day(expression, named)
    except (ValueError, OverflowError):
        raise Refused(
            "impossible_value",
            Bilingual(
                "算出的日期超出公元 1 年至 9999 年；请检查所给的日期",
                "the day worked out lies outside the years 1 to 9999; check the dates given",
            ),
        ) from None


def _day(expression: Expression, named: Callable[[str], date]) -> date:
    if isinstance(expression, Name):
        return named(expression.path)
    if isinstance(expression, Call):
        return _call(expression, named)
    assert isinstance(expression, Operation), "a day is a name, a function of one, or days later"
    assert isinstance(expression.right, Figure), "the loader sees to it"
    start, length = _day(expression.left, named), expression.right
    number = int(length.value) if expression.operator == "+" else -int(length.value)
    if length.unit is Unit.DAYS:
        return start + timedelta(days=number)
    return months_after(start, number)


def _call(call: Call, named: Callable[[str], date]) -> date:
    days = [_day(one, named) for one in call.arguments]
    if call.function in ("min", "max"):
        return min(days) if call.function == "min" else max(days)
    (day,) = days
    if call.function == "month_start":
        return day.replace(day=1)
    if call.function == "next_month":
        return months_after(day.replace(day=1), 1)
    if call.function == "year_start":
        return date(day.year, 1, 1)
    return date(day.year, 12, 31)
