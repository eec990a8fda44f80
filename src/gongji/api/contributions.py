"""Contributions: declared, received, taken back, carried over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import (
    Amount,
    Answer,
    Body,
    Day,
    Facts,
    Number,
    Yuan,
    example,
    yuan_of,
)
from gongji.api.paging import PageOf, Paging, page_of
from gongji.api.theirs import own_due, own_person, own_receipt, own_scheme, their_rows
from gongji.book.acts import Act, Json
from gongji.book.contributions.declaring import carry_over, declare, withdraw_due
from gongji.book.contributions.receipts import receive, take_back
from gongji.book.schema.contributions import DUE, PAID, RECEIPT
from gongji.money import parse_yuan

__all__ = ["room"]

room = APIRouter(tags=["contributions · 缴费与待遇"])

Period = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2})?$", examples=["2024-03"])]
"""A month, or a year."""

_Share = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z_]+$")]
_DUE = {"person": 1, "scheme": 1, "period": "2024-03"}


class NewDue(Body):
    """What is due for a month or a year.

    `facts` are what the amount goes by, such as the wage; `amounts` are by who pays them, where the
    policy does not rule them.
    """

    model_config = example({"scheme": 1, "period": "2024-03", "facts": {"wage": "6000.00"}})

    scheme: Number
    period: Period
    facts: Facts = Field(default_factory=dict)
    amounts: Annotated[dict[_Share, Amount], Field(min_length=1, max_length=8)] | None = None


class DueNumber(Answer):
    """The number of what is due."""

    model_config = example({"due": 1})

    due: Number


class Due(Answer):
    """What is due, by who pays it; `paid` are those whose share has arrived, and when it did."""

    model_config = example(
        {"due": 1, **_DUE, "shares": {"employee": "120.00", "employer": "480.00"}, "paid": [],
         "arrived": {}, "withdrawn": False}
    )  # fmt: skip

    due: Number
    person: Number
    scheme: Number
    period: Period
    shares: dict[str, Yuan]
    paid: list[str]
    arrived: dict[str, Day]
    withdrawn: bool


class NewReceipt(Body):
    """Money that arrived, and what it pays; without `shares` all but the government's."""

    model_config = example(
        {"scheme": 1, "arrived": "2024-03-10", "amount": "600.00", "dues": [1], "shares": None}
    )

    scheme: Number
    arrived: Day
    amount: Amount
    dues: Annotated[list[Number], Field(min_length=1, max_length=10_000)]
    shares: Annotated[list[_Share], Field(min_length=1, max_length=8)] | None = None


class ReceiptNumber(Answer):
    """The number of a receipt."""

    model_config = example({"receipt": 1})

    receipt: Number


class Carried(Body):
    """What a person had paid before the book began, up to a month and without a gap before it."""

    model_config = example(
        {"scheme": 1, "first_paid": "2010-01-10", "through": "2023-12", "months": 168}
    )

    scheme: Number
    first_paid: Day
    through: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")]
    months: Annotated[int, Field(ge=1, le=1200)]


class CarriedFor(Answer):
    """The person for whom it was written down."""

    model_config = example({"person": 1})

    person: Number


@room.post("/persons/{person}/carry-over", response_model=CarriedFor)
def carry_months_over(
    person: Number, said: Carried, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """登记既往缴费 · Write down what a person had paid before the book began."""

    def work(act: Act) -> Json:
        own_person(desk, act.connection, person)
        own_scheme(desk, act.connection, said.scheme)
        carry_over(act, person, said.scheme, said.first_paid, said.through, said.months)
        return {"person": person}

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person)


@room.post("/persons/{person}/dues", status_code=201, response_model=DueNumber)
def declare_due(
    person: Number, said: NewDue, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """申报缴费 · Declare what is due of a person."""

    def work(act: Act) -> Json:
        own_person(desk, act.connection, person)
        own_scheme(desk, act.connection, said.scheme)
        return {
            "due": declare(
                act, desk.library, person, said.scheme, said.period, said.facts, said.amounts
            )
        }

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person)


@room.get("/persons/{person}/dues", response_model=PageOf[Due])
def list_dues(
    person: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """应缴与到账 · What is due of a person, and what of it has arrived."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        wanted = select(DUE).where((DUE.c.person == person) & their_rows(desk, DUE))
        found = page_of(connection, wanted, DUE.c.id, page, _shown)
        due = {one["due"]: one for one in found["items"]}
        shares = select(PAID.c.due, PAID.c.share, RECEIPT.c.arrived).where(
            PAID.c.due.in_(list(due)) & PAID.c.ended.is_(None) & (RECEIPT.c.id == PAID.c.receipt)
        )
        for number, share, day in connection.execute(shares.order_by(PAID.c.id)):
            due[number]["paid"].append(share)
            due[number]["arrived"][share] = day.isoformat()
        return found

    return desk.seen(read)


@room.post("/dues/{due}/withdraw", response_model=DueNumber)
def withdraw_a_due(due: Number, desk: Annotated[Desk, writing_for("clerk")]) -> Response:
    """撤回申报 · Take back what was declared and has not arrived."""

    def work(act: Act) -> Json:
        own_due(desk, act.connection, due)
        withdraw_due(act, due)
        return {"due": due}

    return desk.done({"due": due}, work, due)


@room.post("/receipts", status_code=201, response_model=ReceiptNumber)
def receive_money(said: NewReceipt, desk: Annotated[Desk, writing_for("clerk")]) -> Response:
    """登记到账 · Book money that arrived for what is due."""

    def work(act: Act) -> Json:
        own_scheme(desk, act.connection, said.scheme)
        fen = parse_yuan(said.amount, "amount")
        number = receive(act, desk.library, said.scheme, said.arrived, fen, said.dues, said.shares)
        return {"receipt": number}

    return desk.done(said.model_dump(mode="json"), work, said.scheme)


@room.post("/receipts/{receipt}/take-back", response_model=ReceiptNumber)
def take_receipt_back(receipt: Number, desk: Annotated[Desk, writing_for("clerk")]) -> Response:
    """退回到账 · Take a receipt back, such as a payment that bounced."""

    def work(act: Act) -> Json:
        own_receipt(desk, act.connection, receipt)
        take_back(act, receipt)
        return {"receipt": receipt}

    return desk.done({"receipt": receipt}, work, receipt)


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "due": row.id, "person": row.person, "scheme": row.scheme, "period": row.period,
        "shares": yuan_of(json.loads(row.shares)), "paid": [], "arrived": {},
        "withdrawn": row.ended is not None,
    }  # fmt: skip
