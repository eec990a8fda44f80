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
from gongji.api.fields import Answer, Code, Day, Number, Words, Yuan, example, yuan_of
from gongji.api.files import Upload, file_body
from gongji.api.paging import PageOf, Paging, page_among
from gongji.api.theirs import own_receipt, own_scheme, their_receipts
from gongji.book.acts import Act, Json
from gongji.book.contributions.declaring import Due, owing
from gongji.book.contributions.files import (
    declare_all,
    declare_each,
    receive_all,
    receive_each,
)
from gongji.book.schema.contributions import DUE, PAID, RECEIPT
from gongji.book.schema.people import PERSON
from gongji.book.sheets import Problem, Sheet
from gongji.explain.record import in_both
from gongji.money import format_yuan

__all__ = ["room"]

room = APIRouter(tags=["contributions · 缴费与待遇"])

_DECLARED = "identity,period,wage\n320402198001010019,2024-03,6000.00\n"
_ARRIVED = "identity,period,amount,arrived\n320402198001010019,2024-03,648.00,2024-03-15\n"
_WRONG: dict[str, Any] = {"column": "wage", "detail": {"zh": "没有填", "en": "is empty"}}
_ROW: dict[str, Any] = {
    "row": 2,
    "person": None,
    "masked": None,
    "period": None,
    "shares": {},
    "wrong": [_WRONG],
}
_RECEIPT = {
    "receipt": 1, "scheme": 1, "arrived": "2024-03-10", "amount": "864.00", "taken_back": False,
}  # fmt: skip
_PAID_FOR = {"due": 1, "person": 1, "period": "2024-03", "share": "employee", "amount": "160.00"}
_Most = Annotated[int, Query(ge=1, le=2000, description="how many rows at most")]


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


class WrongCell(Answer):
    """What is wrong in a row, and in which column; empty where it is the whole row."""

    model_config = example(_WRONG)

    column: str
    detail: Words


class RowAhead(Answer):
    """What a row would do: whose, for when, the amounts by who pays them; or what is wrong."""

    model_config = example(_ROW)

    row: int
    person: Number | None
    masked: str | None
    period: str | None
    shares: dict[str, Yuan]
    wrong: list[WrongCell]


class Preview(Answer):
    """What a file would do: its rows, how many of them are wrong, the amounts of the others.

    `items` are rows in their order, wrong ones before others where there are too many to be shown.
    """

    model_config = example(
        {"rows": 1, "wrong": 1, "shares": {"employee": "0.00"}, "items": [_ROW], "more": False}
    )

    rows: int
    wrong: int
    shares: dict[str, Yuan]
    items: list[RowAhead]
    more: bool


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

    model_config = example(_RECEIPT)

    receipt: Number
    scheme: Number
    arrived: Day
    amount: Yuan
    taken_back: bool


class PaidFor(Answer):
    """A share of what was due that money paid."""

    model_config = example(_PAID_FOR)

    due: Number
    person: Number
    period: Period
    share: str
    amount: Yuan


class ReceiptWithDues(Receipt):
    """Money that arrived on a day, and what it paid."""

    model_config = example({**_RECEIPT, "paid": [_PAID_FOR]})

    paid: list[PaidFor]


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


@room.post(
    "/schemes/{scheme}/dues/file/preview", response_model=Preview,
    openapi_extra=file_body(_DECLARED),
)  # fmt: skip
def preview_dues(
    scheme: Number, sent: Upload, desk: Annotated[Desk, open_to("clerk")], most: _Most = 200
) -> Response:
    """批量申报预览 · What each row of a file would declare, and what is wrong with which rows.

    Nothing is kept; the file is taken by `/dues/file` only where no row is wrong.
    """
    sheet = sent.sheet()

    def work(act: Act) -> Json:
        own_scheme(desk, act.connection, scheme)
        done, problems = declare_each(act, desk.library, scheme, sheet)
        mine = select(DUE.c.id, DUE.c.shares).where(DUE.c.act == act.number)
        shares = {row.id: json.loads(row.shares) for row in act.connection.execute(mine)}
        rows = [(one.row, one.person, one.period, shares[one.due]) for one in done]
        return _preview(act, sheet, rows, problems, most)

    return desk.done({"scheme": scheme, **sent.said}, work, scheme, "yes")


@room.post(
    "/schemes/{scheme}/receipts/file/preview", response_model=Preview,
    openapi_extra=file_body(_ARRIVED),
)  # fmt: skip
def preview_receipts(
    scheme: Number, sent: Upload, desk: Annotated[Desk, open_to("clerk")], most: _Most = 200
) -> Response:
    """批量到账预览 · What the money of each row would pay, and what is wrong with which rows.

    Nothing is kept; the file is taken by `/receipts/file` only where no row is wrong.
    """
    sheet = sent.sheet()

    def work(act: Act) -> Json:
        own_scheme(desk, act.connection, scheme)
        done, problems = receive_each(act, desk.library, scheme, sheet)
        paid: dict[int, dict[str, int]] = {}
        mine = select(PAID.c.receipt, PAID.c.share, DUE.c.shares).where(
            PAID.c.act == act.number, PAID.c.due == DUE.c.id
        )
        for receipt, share, shares in act.connection.execute(mine.order_by(PAID.c.id)):
            paid.setdefault(receipt, {})[share] = json.loads(shares)[share]
        rows = [(one.row, one.person, one.period, paid[one.receipt]) for one in done]
        return _preview(act, sheet, rows, problems, most)

    return desk.done({"scheme": scheme, **sent.said}, work, scheme, "yes")


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


def _preview(
    act: Act,
    sheet: Sheet,
    done: list[tuple[int, int, str, dict[str, int]]],
    problems: list[Problem],
    most: int,
) -> dict[str, Any]:
    """What the rows of a file would do, wrong ones first where not all can be shown."""
    wrong: dict[int, list[dict[str, Any]]] = {}
    for one in problems:
        wrong.setdefault(one.row, []).append({"column": one.column, "detail": in_both(one.what)})
    total: Counter[str] = Counter()
    for _, _, _, shares in done:
        total.update(shares)
    shown = [*sorted(wrong), *(row for row, _, _, _ in done)][:most]
    right = {one[0]: one for one in done}
    whose = {right[row][1] for row in shown if row in right}
    people = select(PERSON.c.id, PERSON.c.masked).where(PERSON.c.id.in_(whose))
    masked = {row.id: row.masked for row in act.connection.execute(people)}
    items = []
    for row in sorted(shown):
        _, person, period, shares = right.get(row, (row, None, None, {}))
        items.append({
            "row": row, "person": person, "masked": masked.get(person or 0), "period": period,
            "shares": yuan_of(shares), "wrong": wrong.get(row, []),
        })  # fmt: skip
    return {
        "rows": len(sheet.rows), "wrong": len(wrong), "shares": yuan_of(total), "items": items,
        "more": len(wrong) + len(done) > most,
    }  # fmt: skip


@room.get("/receipts/{receipt}", response_model=ReceiptWithDues)
def see_receipt(
    receipt: Number, desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")]
) -> Response:
    """到账 · Money that arrived, and what it paid."""

    def read(connection: Connection) -> Mapping[str, Any]:
        row = own_receipt(desk, connection, receipt)
        paid = (
            select(DUE.c.id, DUE.c.person, DUE.c.period, DUE.c.shares, PAID.c.share)
            .join(PAID, PAID.c.due == DUE.c.id)
            .where(PAID.c.receipt == receipt)
            .order_by(PAID.c.id)
        )
        rows = [
            {
                "due": one.id, "person": one.person, "period": one.period, "share": one.share,
                "amount": format_yuan(json.loads(one.shares)[one.share]),
            }
            for one in connection.execute(paid)
        ]  # fmt: skip
        whose = {one["person"] for one in rows}
        if len(whose) == 1:
            (desk.person,) = whose
        return {**_receipt(row), "paid": rows}

    return desk.seen(read)


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
