"""Contributions of many at once: files of what is declared and of what arrived, and who owes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from gongji.api.contributions import Period
from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import Answer, Code, Day, Number, Yuan, example, yuan_of
from gongji.api.files import Upload, file_body
from gongji.api.paging import PageOf, Paging, page_among
from gongji.api.theirs import own_scheme, their_receipts
from gongji.book.acts import Act, Json
from gongji.book.contributions.declaring import Due, owing
from gongji.book.contributions.files import declare_all, receive_all
from gongji.book.schema.contributions import DUE, RECEIPT
from gongji.money import format_yuan

__all__ = ["room"]

room = APIRouter(tags=["contributions · 缴费与待遇"])

_DECLARED = "identity,period,wage\n320402198001010019,2024-03,6000.00\n"
_ARRIVED = "identity,period,amount,arrived\n320402198001010019,2024-03,648.00,2024-03-15\n"


class DeclaredByFile(Answer):
    """How many rows a file had, and what is due for them by who pays it."""

    model_config = example(
        {"rows": 2, "shares": {"employee": "280.00", "employer": "1232.00"}}
    )  # fmt: skip

    rows: int
    shares: dict[str, Yuan]


class ReceivedByFile(Answer):
    """How many rows a file had, and what arrived in all."""

    model_config = example({"rows": 2, "amount": "1512.00"})

    rows: int
    amount: Yuan


class Owing(Answer):
    """What is due and has not arrived, by who has to pay it."""

    model_config = example(
        {"due": 1, "person": 1, "period": "2024-03", "unpaid": {"employee": "120.00"}}
    )

    due: Number
    person: Number
    period: Period
    unpaid: dict[str, Yuan]


class Receipt(Answer):
    """Money that arrived on a day."""

    model_config = example(
        {"receipt": 1, "scheme": 1, "arrived": "2024-03-10", "amount": "864.00",
         "taken_back": False}
    )  # fmt: skip

    receipt: Number
    scheme: Number
    arrived: Day
    amount: Yuan
    taken_back: bool


@room.post(
    "/schemes/{scheme}/dues/file", response_model=DeclaredByFile,
    openapi_extra=file_body(_DECLARED),
)  # fmt: skip
def declare_by_file(
    scheme: Number,
    sent: Upload,
    desk: Annotated[Desk, writing_for("clerk")],
    trial: Trial = "no",
) -> Response:
    """批量申报 · Declare what every row of a file says, all of them or none.

    The columns are `identity`, `period`, and what the amount goes by in the policy, such as `wage`;
    where the policy does not rule it, the shares: `employer`, `employee`, `government`.
    """
    sheet = sent.sheet()

    def work(act: Act) -> Json:
        own_scheme(desk, act.connection, scheme)
        found = declare_all(act, desk.library, scheme, sheet)
        shares: Counter[str] = Counter()
        for text in act.connection.scalars(select(DUE.c.shares).where(DUE.c.act == act.number)):
            shares.update(json.loads(text))
        return {"rows": len(found), "shares": yuan_of(shares)}

    return desk.done({"scheme": scheme, **sent.said}, work, scheme, trial)


@room.post(
    "/schemes/{scheme}/receipts/file", response_model=ReceivedByFile,
    openapi_extra=file_body(_ARRIVED),
)  # fmt: skip
def receive_by_file(
    scheme: Number,
    sent: Upload,
    desk: Annotated[Desk, writing_for("clerk")],
    trial: Trial = "no",
) -> Response:
    """批量到账 · Book the money that every row of a file says arrived, all of them or none.

    The columns are `identity`, `period`, `amount`, `arrived`, and `share` where it is not all but
    the government's.
    """
    sheet = sent.sheet()

    def work(act: Act) -> Json:
        own_scheme(desk, act.connection, scheme)
        found = receive_all(act, desk.library, scheme, sheet)
        return {"rows": len(found), "amount": format_yuan(sum(one.fen for one in found))}

    return desk.done({"scheme": scheme, **sent.said}, work, scheme, trial)


@room.get("/schemes/{scheme}/owing", response_model=PageOf[Owing])
def list_owing(
    scheme: Number,
    through: Annotated[Period, Query(description="the last month or year that is looked at")],
    page: Paging,
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
    since: Annotated[Period | None, Query(description="the first; `through` without it")] = None,
    person: Annotated[Number | None, Query(description="of one person")] = None,
    employer: Annotated[Code | None, Query(description="of one employer or school")] = None,
) -> Response:
    """欠费列表 · What is due and has not arrived, in the order in which it was declared."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_scheme(desk, connection, scheme)
        desk.person = person
        found = owing(
            connection, scheme, through, person=person, employer=employer, since=since or through
        )
        found.sort(key=lambda one: one.number)
        return page_among(found, lambda one: one.number, 0, page, _owing)

    return desk.seen(read)


@room.get("/receipts", response_model=PageOf[Receipt])
def list_receipts(
    page: Paging,
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
    scheme: Annotated[Number | None, Query(description="of one scheme")] = None,
    since: Annotated[Day | None, Query(description="that arrived from this day on")] = None,
) -> Response:
    """到账列表 · Money that arrived, taken back or not."""
    wanted = select(RECEIPT).where(their_receipts(desk.user))
    if scheme is not None:
        wanted = wanted.where(RECEIPT.c.scheme == scheme)
    if since is not None:
        wanted = wanted.where(RECEIPT.c.arrived >= since)
    return desk.listed(wanted, RECEIPT.c.id, page, _receipt)


def _receipt(row: Row[Any]) -> Mapping[str, Any]:
    return {
        "receipt": row.id, "scheme": row.scheme, "arrived": row.arrived.isoformat(),
        "amount": format_yuan(row.fen), "taken_back": row.ended is not None,
    }  # fmt: skip


def _owing(one: Due) -> dict[str, Any]:
    return {
        "due": one.number, "person": one.person, "period": one.period,
        "unpaid": yuan_of(one.unpaid),
    }  # fmt: skip
