"""What became of a settlement: it stands, was cancelled, or was made again by another."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, select

from gongji.book.schema.acts import ACT
from gongji.book.schema.visits import SETTLEMENT

__all__ = ["Became", "became_of", "replacing"]


class Became(NamedTuple):
    """How a settlement stands, and since which day where it does not.

    `replaced_by` is the settlement of the visit that took its place, `replaces` the one whose place
    it took; `after` is the one whose cancelling brought that about, None where nothing was
    cancelled.
    """

    state: Literal["in_force", "cancelled", "settled_again"]
    on: date | None
    replaced_by: int | None
    replaces: int | None
    after: int | None


def became_of(connection: Connection, row: Row[Any]) -> Became:
    """What became of a settlement.

    One act ends a settlement and makes the one in its place; an act that ends one and makes none
    for its visit has cancelled it.
    """
    of_visit = SETTLEMENT.c.visit == row.visit
    replaces = connection.scalar(
        select(SETTLEMENT.c.id).where(of_visit & (SETTLEMENT.c.ended == row.act))
    )
    if row.ended is None:
        after = None if replaces is None else _cancelled_by(connection, row.act)
        return Became("in_force", None, None, replaces, after)
    on = connection.scalar(select(ACT.c.day).where(ACT.c.id == row.ended))
    new = replacing(connection, row)
    if new is None:
        return Became("cancelled", on, None, replaces, None)
    return Became("settled_again", on, new, replaces, _cancelled_by(connection, row.ended))


def replacing(connection: Connection, row: Row[Any]) -> int | None:
    """The settlement made in the place of one that ended; None where it was cancelled."""
    made = (SETTLEMENT.c.visit == row.visit) & (SETTLEMENT.c.act == row.ended)
    return connection.scalar(select(SETTLEMENT.c.id).where(made))


def _cancelled_by(connection: Connection, act: int) -> int | None:
    """The settlement that an act cancelled, if it did: ended, with none made for its visit."""
    again = select(SETTLEMENT.c.visit).where(SETTLEMENT.c.act == act)
    found = select(SETTLEMENT.c.id).where(
        (SETTLEMENT.c.ended == act) & SETTLEMENT.c.visit.not_in(again)
    )
    return connection.scalar(found)
