"""Days worked out from days: so many months after, the first day of the next month."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from gongji.engine.figures import Source, amount_of
from gongji.engine.known import Known
from gongji.policy.model import Call, Expression, Figure, Name, Operation, Unit

__all__ = ["day_of", "months_after"]


def day_of(expression: Expression, known: Known) -> tuple[date, tuple[Source, ...]]:
    """The day that an expression comes to, and the figures behind it."""
    if isinstance(expression, Name):
        return known.day_named(expression.path), ()
    if isinstance(expression, Call):
        return _call(expression, known)
    assert isinstance(expression, Operation), "a day is a name, a function of one, or days later"
    start, sources = day_of(expression.left, known)
    length = amount_of(expression.right, known)
    assert length.value is not None
    number = int(length.value) if expression.operator == "+" else -int(length.value)
    sources += length.sources
    if _unit(expression.right) is Unit.DAYS:
        return start + timedelta(days=number), sources
    return months_after(start, number), sources


def _call(call: Call, known: Known) -> tuple[date, tuple[Source, ...]]:
    if call.function in ("min", "max"):
        days = [day_of(one, known) for one in call.arguments]
        chosen = min(days) if call.function == "min" else max(days)
        return chosen[0], tuple(source for _, sources in days for source in sources)
    day, sources = day_of(call.arguments[0], known)
    if call.function == "month_start":
        return day.replace(day=1), sources
    if call.function == "next_month":
        return months_after(day.replace(day=1), 1), sources
    if call.function == "year_start":
        return date(day.year, 1, 1), sources
    return date(day.year, 12, 31), sources


def _unit(expression: Expression) -> Unit:
    """The unit of a length of time: a figure, or figures joined."""
    if isinstance(expression, Figure):
        return expression.unit
    assert isinstance(expression, Operation)
    return _unit(expression.left)


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of a month that is shorter."""
    at = day.year * 12 + day.month - 1 + months
    year, month = at // 12, at % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
