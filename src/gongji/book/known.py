"""Two times: what stands now, and what stood at the end of an earlier day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BindParameter, ColumnElement, Table, and_, or_, select

from gongji.book.schema.acts import ACT

__all__ = ["Day", "holding", "standing"]

Day = date | BindParameter[date]
"""A day, or where one stands in a statement that is made once."""


def standing(table: Table, known_on: Day | None = None) -> ColumnElement[bool]:
    """Rows that no act has ended; with `known_on` as it was known at the end of that day."""
    if known_on is None:
        return table.c.ended.is_(None)
    by_then = select(ACT.c.id).where(ACT.c.day <= known_on)
    return and_(
        table.c.act.in_(by_then), or_(table.c.ended.is_(None), table.c.ended.not_in(by_then))
    )


def holding(table: Table, day: Day) -> ColumnElement[bool]:
    """Rows that hold on a day, from `since` to `until`, both included."""
    return and_(table.c.since <= day, or_(table.c.until.is_(None), table.c.until >= day))
