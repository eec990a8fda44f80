"""The catalogue in pages: items, price caps, shares borne first and own codes on a day.

Each question gives rows to be narrowed by the columns of its subquery.  `updated` is the day on
which a row became known, or was taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from gongji.book.known import holding, standing
from gongji.book.schema.acts import ACT
from gongji.book.schema.catalogue import ITEM, OWN_ITEM, PRICE_CAP, PRIOR_RATE
from gongji.book.schema.places import SCHEME

__all__ = [
    "Page", "caps_on", "gone_items", "items_on", "own_items_on", "page_of", "rates_on",
]  # fmt: skip


class Page(NamedTuple):
    """A page of rows, and how many there are in all."""

    rows: Sequence[Row[Any]]
    total: int


def page_of(
    connection: Connection, wanted: Select[Any], order: Sequence[ColumnElement[Any]], *,
    number: int, size: int,
) -> Page:  # fmt: skip
    """A page by its number, from 1, in an order in which no two rows are alike."""
    total = connection.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = connection.execute(wanted.order_by(*order).limit(size).offset((number - 1) * size))
    return Page(rows.all(), total)


def items_on(area: str, day: date) -> Subquery:
    """The items of an area on a day; a row of the area goes before one of all areas."""
    there = standing(ITEM) & holding(ITEM, day)
    own = select(ITEM.c.code).where((ITEM.c.area == area) & there)
    of_area = or_(ITEM.c.area == area, (ITEM.c.area == "") & ITEM.c.code.not_in(own))
    return (
        select(ITEM, ACT.c.day.label("updated"))
        .join(ACT, ACT.c.id == ITEM.c.act)
        .where(of_area & there)
        .subquery()
    )


def gone_items(area: str, day: date) -> Subquery:
    """The rows of items of an area that hold no longer on a day, or were taken back."""
    return (
        select(ITEM, func.coalesce(ACT.c.day, ITEM.c.until).label("updated"))
        .outerjoin(ACT, ACT.c.id == ITEM.c.ended)
        .where(ITEM.c.area.in_(("", area)) & or_(ITEM.c.ended.is_not(None), ITEM.c.until < day))
        .subquery()
    )


def caps_on(area: str, day: date, tiers: Mapping[str, str]) -> Subquery:
    """What items cost at most on a day at institutions of an area, for each of some tiers.

    `tiers` are tiers of policies by the codes (`tier_code`) that they are told as.  A cap of all
    tiers is told for each that has none of its own; caps of other tiers have no code and are not
    told.
    """
    codes = union_all(
        *(
            select(literal(code).label("tier_code"), literal(tier).label("tier"))
            for code, tier in tiers.items()
        )
    ).subquery()
    tier = PRICE_CAP.c.tier
    nearest = _first(
        (PRICE_CAP.c.item, codes.c.tier_code), tier != "", PRICE_CAP.c.area != "", PRICE_CAP.c.id
    )
    return _nearest(
        select(PRICE_CAP, codes.c.tier_code, ACT.c.day.label("updated"), nearest)
        .join(codes, or_(tier == "", tier == codes.c.tier))
        .join(ACT, ACT.c.id == PRICE_CAP.c.act)
        .where(PRICE_CAP.c.area.in_(("", area)) & standing(PRICE_CAP) & holding(PRICE_CAP, day))
    )


def rates_on(area: str, place: str, day: date) -> Subquery:
    """What share of each item is borne first on a day, for each scheme of an area (`scheme`).

    `place` is the area of the institution, whose items they are.  A rate of the item goes before
    one of its class, one of the scheme before that of all.  Rows have the `code` of the item.
    """
    items = items_on(place, day)
    nearest = _first(
        (items.c.code, SCHEME.c.policy),
        PRIOR_RATE.c.item == items.c.code, PRIOR_RATE.c.policy != "", PRIOR_RATE.c.area != "",
        PRIOR_RATE.c.id,
    )  # fmt: skip
    of_item = or_(PRIOR_RATE.c.item == items.c.code, PRIOR_RATE.c.item == items.c.item_class)
    of_scheme = SCHEME.c.area == area
    known = ACT.c.day
    return _nearest(
        select(
            PRIOR_RATE, items.c.code, items.c.id.label("item_id"), SCHEME.c.policy.label("scheme"),
            SCHEME.c.id.label("scheme_id"),
            case((known > items.c.updated, known), else_=items.c.updated).label("updated"),
            nearest,
        )
        .join(items, of_item)
        .join(SCHEME, of_scheme & PRIOR_RATE.c.policy.in_(("", SCHEME.c.policy)))
        .join(ACT, ACT.c.id == PRIOR_RATE.c.act)
        .where(PRIOR_RATE.c.area.in_(("", area)) & standing(PRIOR_RATE) & holding(PRIOR_RATE, day))
    )  # fmt: skip


def own_items_on(institution: str, day: date, *, valid: bool) -> Subquery:
    """An institution's own codes on a day; those not `valid` are not approved, over, or replaced.

    `kind` and `fee_kind` are those of the item, if the catalogue has it.
    """
    approved = OWN_ITEM.c.approved.is_(True)
    there = and_(approved, standing(OWN_ITEM), holding(OWN_ITEM, day))
    gone = or_(
        OWN_ITEM.c.ended.is_not(None),
        OWN_ITEM.c.until < day,
        OWN_ITEM.c.approved.is_(None),
        OWN_ITEM.c.approved.is_(False),
    )
    last = OWN_ITEM.c.act if valid else func.coalesce(OWN_ITEM.c.ended, OWN_ITEM.c.act)
    of_item = [
        select(column)
        .where((ITEM.c.code == OWN_ITEM.c.item) & standing(ITEM))
        .order_by(ITEM.c.since.desc(), ITEM.c.id.desc())
        .limit(1)
        .correlate(OWN_ITEM)
        .scalar_subquery()
        .label(column.name)
        for column in (ITEM.c.kind, ITEM.c.fee_kind)
    ]
    return (
        select(OWN_ITEM, ACT.c.day.label("updated"), *of_item)
        .join(ACT, ACT.c.id == last)
        .where((OWN_ITEM.c.institution == institution) & (there if valid else gone))
        .subquery()
    )


def _first(of: Sequence[ColumnElement[Any]], *nearer: ColumnElement[Any]) -> ColumnElement[int]:
    """The place of a row among those of the same, by what is nearer; conditions and numbers."""
    order = [case((one, 0), else_=1) if _is_condition(one) else one.desc() for one in nearer]
    return func.row_number().over(partition_by=of, order_by=order).label("nearness")


def _is_condition(one: ColumnElement[Any]) -> bool:
    return one.type.python_type is bool


def _nearest(every: Select[Any]) -> Subquery:
    ranked = every.subquery()
    columns = [one for one in ranked.c if one.name != "nearness"]
    return select(*columns).where(ranked.c.nearness == 1).subquery()
