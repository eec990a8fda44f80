"""Items of the catalogue: searched, how each was, and what holds of it at a place on a day.

They are open to everybody who is logged in: what something costs is no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlalchemy import Connection, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to
from gongji.api.fields import Answer, AreaCode, Code, Day, Number, day_text, example
from gongji.api.paging import PageOf, Paging, begins_after, page_from
from gongji.api.places import KnownOn
from gongji.book.access.users import ROLES
from gongji.book.catalogue.columns import PRICE_PLACES, RATE_PLACES
from gongji.book.catalogue.items import Item, Terms, Where, history_of_item, search, terms_of
from gongji.book.persons.facts import facts_on
from gongji.book.rules import scheme_of
from gongji.book.schema.places import INSTITUTION
from gongji.money import exact_text
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["catalogue · 目录"])

_ITEM = {
    "code": "XB02", "area": "", "name": "头孢呋辛酯片", "kind": "drug", "item_class": "class_b",
    "unit": "", "fee_kind": "", "restricted": False, "initials": "tfkxzp", "since": "2024-01-01",
    "until": None,
}  # fmt: skip

Kind = Literal["drug", "service", "material"]
ItemCode = Annotated[
    str,
    Query(pattern=r"^[0-9A-Za-z][0-9A-Za-z._/-]{0,49}$", description="the code of the item",
          examples=["XB02"]),
]  # fmt: skip


class SeenItem(Answer):
    """An item over a stretch of days; an empty area is all of them."""

    model_config = example(_ITEM)

    code: str
    area: str
    name: str
    kind: Kind
    item_class: Literal["class_a", "class_b", "class_c"]
    unit: str
    fee_kind: str
    restricted: bool
    initials: str
    since: Day
    until: Day | None


class ItemHistory(Answer):
    """All that holds of an item, by area and day."""

    model_config = example({"code": "XB02", "known_on": None, "stretches": [_ITEM]})

    code: str
    known_on: Day | None
    stretches: list[SeenItem]


class ItemTerms(Answer):
    """What holds of an item on a day, at an institution, for whom a scheme insures.

    Without an item it was not in the catalogue then; `gone` is since when.  Without a `cap` (yuan)
    there is none, without a `rate`, the share that is borne first, none is said.
    """

    model_config = example(
        {"code": "XB02", "day": "2024-03-01", "known_on": None, "item": _ITEM, "gone": None,
         "cap": "11.5", "rate": "0.1", "lists": ["*", "class_b", "drug"]}
    )  # fmt: skip

    code: str
    day: Day
    known_on: Day | None
    item: SeenItem | None
    gone: Day | None
    cap: str | None
    rate: str | None
    lists: list[str]


@room.get("/items", response_model=PageOf[SeenItem])
def search_items(
    page: Paging,
    desk: Annotated[Desk, open_to(*ROLES)],
    text: Annotated[str, Query(max_length=100, description="how the code begins, or words of the "
                               "name or its initials")] = "",
    day: Annotated[Day | None, Query(description="on this day; today without it")] = None,
    area: Annotated[AreaCode | None, Query(description="as it is in this area")] = None,
    kind: Annotated[Kind | None, Query(description="of this kind only")] = None,
    known_on: KnownOn = None,
) -> Response:  # fmt: skip
    """查目录 · Items of the catalogue, by code."""

    def read(connection: Connection) -> Mapping[str, Any]:
        found = search(
            connection, text, day or desk.day, area=area or "", kind=kind, known_on=known_on,
            after=begins_after(page, ""), most=page.most + 1,
        )  # fmt: skip
        return page_from(found, lambda one: one.code, page, _item)

    return desk.seen(read)


@room.get("/items/history", response_model=ItemHistory)
def see_item_history(
    code: ItemCode, desk: Annotated[Desk, open_to(*ROLES)], known_on: KnownOn = None
) -> Response:
    """项目沿革 · All that holds of an item, from which day to which."""

    def read(connection: Connection) -> Mapping[str, Any]:
        found = history_of_item(connection, code, known_on)
        if not found:
            raise Refused(
                "unknown_item",
                Bilingual(f"目录里没有 {code}", f"the catalogue has no {code}"),
                {"field": "code"},
            )
        known = day_text(known_on)
        return {"code": code, "known_on": known, "stretches": [_item(one) for one in found]}

    return desk.seen(read)


@room.get("/items/terms", response_model=ItemTerms)
def see_item_terms(
    code: ItemCode,
    institution: Annotated[Code, Query(description="where it is used")],
    scheme: Annotated[Number, Query(description="which insures")],
    desk: Annotated[Desk, open_to(*ROLES)],
    day: Annotated[Day | None, Query(description="on this day; today without it")] = None,
    known_on: KnownOn = None,
) -> Response:
    """项目待遇 · Whether an item is covered at a place, its cap and what is borne first."""
    when = day or desk.day

    def read(connection: Connection) -> Mapping[str, Any]:
        its = scheme_of(connection, scheme)
        place = connection.scalar(
            select(INSTITUTION.c.area).where(INSTITUTION.c.code == institution)
        )
        if place is None:
            raise Refused(
                "unknown_institution",
                Bilingual("没有这家定点机构", "there is no such institution"),
                {"field": "institution"},
            )
        tier = facts_on(connection, "institution", institution, when, known_on).get("tier", "")
        at = Where(place, str(tier), its.area, its.policy)
        terms = terms_of(connection, at, [code], when, known_on)[code]
        days = {"day": when.isoformat(), "known_on": day_text(known_on)}
        return {"code": code, **days, **_terms(terms)}

    return desk.seen(read)


def _item(one: Item) -> dict[str, Any]:
    return {**one._asdict(), "since": one.since.isoformat(), "until": day_text(one.until)}


def _terms(one: Terms) -> dict[str, Any]:
    return {
        "item": one.item and _item(one.item), "gone": day_text(one.gone),
        "cap": None if one.cap is None else exact_text(Fraction(one.cap, 10**PRICE_PLACES)),
        "rate": None if one.rate is None else exact_text(Fraction(one.rate, 10**RATE_PLACES)),
        "lists": sorted(one.lists),
    }  # fmt: skip
