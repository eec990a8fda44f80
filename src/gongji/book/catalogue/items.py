"""Items of the catalogue: found by code, name or initials, and what holds of them on a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, or_, select

from gongji.book.catalogue.columns import EVERYTHING
from gongji.book.catalogue.initials import plain
from gongji.book.known import holding, standing
from gongji.book.schema.catalogue import ITEM, LISTED, PRICE_CAP, PRIOR_RATE

__all__ = ["Item", "Terms", "Where", "history_of_item", "search", "terms_of"]

_DAY = timedelta(days=1)
_AT_A_TIME = 1000


class Item(NamedTuple):
    """An item over a stretch of days; an empty area is all of them, no `until` is no end."""

    code: str
    area: str
    name: str
    kind: str
    item_class: str
    unit: str
    fee_kind: str
    restricted: bool
    initials: str
    since: date
    until: date | None


class Where(NamedTuple):
    """Where an item is used: the area and the tier of the institution, the scheme that insures.

    What is in the catalogue, and at what price, goes by the place of care; what is borne first, and
    what lists mean, by the scheme.
    """

    place: str
    tier: str
    area: str
    policy: str


class Terms(NamedTuple):
    """What holds of an item on a day.

    Without an item it was not in the catalogue then; `gone` is since when it no longer is.  Without
    a cap, in millionths of a yuan, there is none; without a rate, in ten-thousandths, none is said.
    """

    item: Item | None
    gone: date | None
    cap: int | None
    rate: int | None
    lists: frozenset[str]


def search(
    connection: Connection,
    text: str,
    day: date,
    *,
    area: str = "",
    kind: str | None = None,
    known_on: date | None = None,
    after: str = "",
    most: int = 50,
) -> list[Item]:
    """Items of a day whose code begins so, or in whose name or initials every word stands.

    In the order of their codes; `after` is the last code of the page before.
    """
    there = _in_force(ITEM, day, known_on) & (ITEM.c.code > after) & _of_area(area, day, known_on)
    if kind is not None:
        there &= ITEM.c.kind == kind
    for word in plain(text).split():
        there &= or_(
            ITEM.c.code.istartswith(word, autoescape=True),
            ITEM.c.seek.contains(word, autoescape=True),
            ITEM.c.initials.contains(word, autoescape=True),
        )
    rows = connection.execute(select(ITEM).where(there).order_by(ITEM.c.code).limit(most))
    return [_item(row) for row in rows]


def history_of_item(connection: Connection, code: str, known_on: date | None = None) -> list[Item]:
    """All that holds of an item, by area and day."""
    rows = connection.execute(
        select(ITEM)
        .where((ITEM.c.code == code) & standing(ITEM, known_on))
        .order_by(ITEM.c.area, ITEM.c.since)
    )
    return [_item(row) for row in rows]


def terms_of(
    connection: Connection,
    where: Where,
    codes: Collection[str],
    day: date,
    known_on: date | None = None,
) -> dict[str, Terms]:
    """What holds of items on a day, by code.

    A row of the area goes before one of all areas; for caps one of the tier, and for rates one of
    the scheme, goes before that, and a rate of the item before one of its class.
    """
    places = ("", where.place)
    items = _rows(connection, ITEM, ITEM.c.code, codes, ITEM.c.area.in_(places), known_on)
    found = {code: _on(items[code], day) for code in codes}
    classes = {row.item_class for row in found.values() if row is not None}
    caps = _rows(
        connection, PRICE_CAP, PRICE_CAP.c.item, codes,
        PRICE_CAP.c.area.in_(places) & PRICE_CAP.c.tier.in_(("", where.tier)), known_on,
    )  # fmt: skip
    rates = _rows(
        connection, PRIOR_RATE, PRIOR_RATE.c.item, {*codes, *classes},
        PRIOR_RATE.c.area.in_(("", where.area)) & PRIOR_RATE.c.policy.in_(("", where.policy)),
        known_on,
    )  # fmt: skip
    lists = _rows(
        connection, LISTED, LISTED.c.item, codes, LISTED.c.area.in_(("", where.area)), known_on
    )
    terms = {}
    for code, row in found.items():
        if row is None:
            terms[code] = Terms(None, _gone(items[code], day), None, None, frozenset())
            continue
        cap = _on(caps[code], day, "tier")
        rate = _on(rates[code], day, "policy") or _on(rates[row.item_class], day, "policy")
        on = {one.list for one in lists[code] if _holds(one, day)}
        terms[code] = Terms(
            _item(row), None, cap.cap if cap else None, rate.rate if rate else None,
            frozenset({*on, row.kind, row.item_class, EVERYTHING}),
        )  # fmt: skip
    return terms


# --- rows ----------------------------------------------------------------------------------------


def _rows(
    connection: Connection,
    table: Table,
    column: ColumnElement[Any],
    codes: Collection[str],
    where: ColumnElement[bool],
    known_on: date | None,
) -> dict[str, list[Row[Any]]]:
    """The rows of some codes, whichever their days, by code."""
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    every = sorted(codes)
    for start in range(0, len(every), _AT_A_TIME):
        some = column.in_(every[start : start + _AT_A_TIME])
        for row in connection.execute(
            select(table).where(some & where & standing(table, known_on))
        ):
            found[row.code if table is ITEM else row.item].append(row)
    return found


def _on(rows: Sequence[Row[Any]], day: date, nearer: str = "") -> Row[Any] | None:
    """The row that holds on a day; of several the nearest: by `nearer`, then by area."""
    there = [row for row in rows if _holds(row, day)]
    if not there:
        return None
    return max(there, key=lambda row: (bool(getattr(row, nearer, "")), bool(row.area)))


def _holds(row: Row[Any], day: date) -> bool:
    return bool(row.since <= day and (row.until is None or row.until >= day))


def _gone(rows: Sequence[Row[Any]], day: date) -> date | None:
    """The day from which an item that was in the catalogue before `day` no longer is."""
    past = [row.until for row in rows if row.until is not None and row.until < day]
    return max(past) + _DAY if past else None


def _in_force(table: Table, day: date, known_on: date | None) -> ColumnElement[bool]:
    return and_(holding(table, day), standing(table, known_on))


def _of_area(area: str, day: date, known_on: date | None) -> ColumnElement[bool]:
    """Rows of an area, and those of all areas where it has none of its own."""
    if not area:
        return ITEM.c.area == ""
    own = select(ITEM.c.code).where((ITEM.c.area == area) & _in_force(ITEM, day, known_on))
    return or_(ITEM.c.area == area, and_(ITEM.c.area == "", ITEM.c.code.not_in(own)))


def _item(row: Row[Any]) -> Item:
    return Item(*(getattr(row, name) for name in Item._fields))
