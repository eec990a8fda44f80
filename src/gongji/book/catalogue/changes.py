"""What changed of the items of a catalogue since some act: what came, and what is there no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, or_, select

from gongji.book.schema.acts import ACT
from gongji.book.schema.catalogue import ITEM

__all__ = ["Changed", "changes_since"]


class Changed(NamedTuple):
    """A row of the catalogue that came or went, by the act of a number.

    `created` and `updated` are the moments, in microseconds since 1970, at which it came and
    changed last.
    """

    row: Row[Any]
    valid: bool
    act: int
    created: int
    updated: int


def changes_since(connection: Connection, area: str, act: int) -> Iterator[Changed]:
    """What an area's catalogue has that it did not have after an act, and the reverse.

    By the codes of items; after act 0 there was nothing.  A row of the area stands instead of one
    of all areas where their days meet.
    """
    of_area = ITEM.c.area.in_(("", area))
    newer = select(ITEM.c.code).where(of_area & or_(ITEM.c.act > act, ITEM.c.ended > act))
    came, went = ACT.alias(), ACT.alias()
    rows = connection.execute(
        select(ITEM, came.c.at.label("came"), went.c.at.label("went"))
        .join(came, came.c.id == ITEM.c.act)
        .outerjoin(went, went.c.id == ITEM.c.ended)
        .where(of_area & ITEM.c.code.in_(newer))
        .order_by(ITEM.c.code, ITEM.c.since, ITEM.c.id)
    )
    for _, of_code in groupby(rows, lambda row: row.code):
        yield from _changes(list(of_code), act)


def _changes(rows: Sequence[Row[Any]], act: int) -> Iterator[Changed]:
    now = [row for row in rows if row.ended is None]
    then = [row for row in rows if row.act <= act and (row.ended is None or row.ended > act)]
    shown_now = {row.id for row in now if _shown(row, now)}
    shown_then = {row.id for row in then if _shown(row, then)}
    newest = max(number for row in rows for number in (row.act, row.ended) if number is not None)
    for row in rows:
        valid = row.id in shown_now
        if valid != (row.id in shown_then):
            moment = row.came if valid or row.went is None else row.went
            yield Changed(row, valid, newest, row.came, moment)


def _shown(row: Row[Any], among: Sequence[Row[Any]]) -> bool:
    """Whether no row of an area stands instead of one of all areas."""
    return bool(row.area) or not any(one.area and _meet(one, row) for one in among)


def _meet(one: Row[Any], other: Row[Any]) -> bool:
    return (one.until is None or one.until >= other.since) and (
        other.until is None or other.until >= one.since
    )
