"""Lines of a bill by the codes of the catalogue, which works their amounts out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import Answer, Body, Day, Fact, Facts, Number, Yuan, example, yuan_of
from gongji.api.paging import PageOf, Paging, page_among
from gongji.api.theirs import own_visit
from gongji.api.visits import VisitNumber
from gongji.book.access.users import ROLES
from gongji.book.acts import Act, Json
from gongji.book.catalogue.amounts import QUANTITY_PLACES
from gongji.book.catalogue.columns import PRICE_PLACES, RATE_PLACES
from gongji.book.catalogue.kept_lines import KeptLine, lines_of
from gongji.book.catalogue.lines import add_items, withdraw_items
from gongji.book.catalogue.pricing import CodedLine
from gongji.money import exact_text, format_yuan

__all__ = ["room"]

room = APIRouter(tags=["visits · 就诊"])

Serial = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,30}$")]
_Code = Annotated[str, Field(max_length=150)]
_Quantity = Annotated[str, Field(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$")]
_Price = Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$")]
_Sum = Annotated[str, Field(pattern=r"^-?[0-9]{1,12}\.[0-9]{2}$")]
_SENT = {"serial": "A1", "day": "2024-03-01", "quantity": "3", "price": "12.345"}


class SentLine(Body):
    """A line as an institution sends it, by the national code or one of its own.

    `total` is what the institution makes it.  A return has a negative quantity, and `returns` is
    the serial of what is returned, which may be left out where code and price find it.  `approved`
    says whether the conditions of an item of restricted use were confirmed.
    """

    model_config = example({**_SENT, "code": "XB02", "total": "37.04"})

    serial: Serial
    day: Day
    quantity: _Quantity
    price: _Price
    code: _Code | None = None
    own: _Code | None = None
    total: _Sum | None = None
    returns: Serial | None = None
    approved: bool | None = None
    facts: Facts = Field(default_factory=dict)


class SentLines(Body):
    """Lines of a bill, all of which are taken, or none."""

    model_config = example({"lines": [{**_SENT, "code": "XB02", "total": "37.04"}]})

    lines: Annotated[list[SentLine], Field(min_length=1, max_length=1000)]


class Serials(Body):
    """The serials of the lines to take back; without any, all of them."""

    model_config = example({"serials": ["A1"]})

    serials: Annotated[list[Serial], Field(max_length=1000)] = Field(default_factory=list)


class Taken(Answer):
    """A line that was taken: the line of the bill that it is on, and what it came to."""

    serial: str
    line: Number
    total: Yuan
    parts: dict[str, Yuan]


class TakenLines(Answer):
    """Lines that were taken."""

    model_config = example(
        {"lines": [{"serial": "A1", "line": 1, "total": "37.04", "parts": {
            "out_of_catalogue": "0.00", "over_price_cap": "2.54", "prior_self_pay": "3.45",
            "in_scope": "31.05"}}]}
    )  # fmt: skip

    lines: list[Taken]


class CodedLineSeen(Taken):
    """A line as it was sent, and what it was worked out of.

    `cap` is the highest price in yuan that counts, `rate` the share that is borne first; null is
    none.
    """

    model_config = example(
        {"serial": "A1", "line": 1, "total": "37.04", "parts": {"in_scope": "31.05"},
         "day": "2024-03-01", "item": "XB02", "own": None, "item_class": "class_b",
         "quantity": "3", "price": "12.345", "cap": "11.5", "rate": "0.1", "facts": {},
         "returned": None}
    )  # fmt: skip

    day: Day
    item: str
    own: str | None
    item_class: str | None
    quantity: str
    price: str
    cap: str | None
    rate: str | None
    facts: dict[str, Fact]
    returned: str | None


@room.post("/visits/{visit}/coded-lines", response_model=TakenLines)
def upload_coded_lines(
    visit: Number,
    said: SentLines,
    desk: Annotated[Desk, writing_for("institution", "clerk")],
    trial: Trial = "no",
) -> Response:
    """按编码上传明细 · Upload lines by code; the catalogue of their day works the amounts out."""

    def work(act: Act) -> Json:
        own_visit(desk, act.connection, visit)
        lines = [CodedLine(**dict(one)) for one in said.lines]
        return {"lines": [_taken(one) for one in add_items(act, desk.library, visit, lines)]}

    return desk.done({"visit": visit, **said.model_dump(mode="json")}, work, visit, trial)


@room.post("/visits/{visit}/coded-lines/withdraw", response_model=VisitNumber)
def withdraw_coded_lines(
    visit: Number, said: Serials, desk: Annotated[Desk, writing_for("institution", "clerk")]
) -> Response:
    """撤回编码明细 · Take lines back, with what was returned of them."""

    def work(act: Act) -> Json:
        own_visit(desk, act.connection, visit)
        withdraw_items(act, desk.library, visit, said.serials)
        return {"visit": visit}

    return desk.done({"visit": visit, **said.model_dump(mode="json")}, work, visit)


@room.get("/visits/{visit}/coded-lines", response_model=PageOf[CodedLineSeen])
def list_coded_lines(
    visit: Number, page: Paging, desk: Annotated[Desk, open_to(*ROLES)]
) -> Response:
    """编码明细列表 · The coded lines of a visit that stand, in their order."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_visit(desk, connection, visit)
        found = lines_of(connection, visit)
        places = {one.serial: place for place, one in enumerate(found, 1)}
        return page_among(found, lambda one: places[one.serial], 0, page, _shown)

    return desk.seen(read)


def _taken(one: KeptLine) -> dict[str, Any]:
    amounts = one.worked.amounts
    return {
        "serial": one.serial, "line": one.line, "total": format_yuan(amounts.total),
        "parts": yuan_of(dict(amounts.parts())),
    }  # fmt: skip


def _shown(one: KeptLine) -> dict[str, Any]:
    worked = one.worked
    return {
        **_taken(one), "day": one.day.isoformat(), "item": worked.item, "own": one.own,
        "item_class": worked.item_class, "quantity": _decimal(one.quantity, QUANTITY_PLACES),
        "price": _decimal(one.price, PRICE_PLACES), "cap": _decimal(worked.cap, PRICE_PLACES),
        "rate": _decimal(worked.rate, RATE_PLACES), "facts": dict(worked.facts),
        "returned": one.returned,
    }  # fmt: skip


def _decimal(number: int | None, places: int) -> str | None:
    return None if number is None else exact_text(Fraction(number, 10**places))
