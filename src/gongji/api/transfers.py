"""Moving between areas: who leaves with a record, who comes with one, and their balances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.deaths import Basis
from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import (
    Amount,
    Answer,
    Body,
    Day,
    Facts,
    Name,
    Number,
    Yuan,
    day_text,
    example,
)
from gongji.api.paging import PageOf, Paging, page_among
from gongji.api.places import KnownOn
from gongji.api.theirs import own_member, own_person, own_scheme
from gongji.book.acts import Act, Json
from gongji.book.turns.transfers import Transfer, transfer_in, transfer_out, transfers_of
from gongji.money import format_yuan, parse_yuan
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["turns of life · 人生变动"])

_Months = Annotated[int, Field(ge=0, le=1200)]


class Leaving(Body):
    """The last day, the area to which a person goes, the months paid, and what becomes of money.

    `basis` names the rules by which a balance goes along, or is paid out where the policy is
    silent.
    """

    model_config = example(
        {"last": "2024-03-31", "other": "某市", "months_paid": 120, "balance": "stays",
         "facts": {}, "basis": None}
    )  # fmt: skip

    last: Day
    other: Name
    months_paid: _Months
    balance: Literal["stays", "goes_along", "paid_out"]
    facts: Facts = Field(default_factory=dict)
    basis: Basis | None = None


class Coming(Body):
    """The record of a person who comes: from where, the months paid, any day of the last of them.

    `arrived` is the day on which the record came, `amount` what came along.
    """

    model_config = example(
        {"scheme": 1, "other": "某市", "months_paid": 120, "previous_end": "2024-01-31",
         "arrived": "2024-03-05", "amount": "0.00"}
    )  # fmt: skip

    scheme: Number
    other: Name
    months_paid: _Months
    previous_end: Day
    arrived: Day
    amount: Amount = "0.00"


class Moved(Answer):
    """The record of a transfer; `previous_end` is the first day of the last month insured before.

    `arrived` and `gap_months`, the whole months between, are null for those who left.
    """

    model_config = example(
        {"transfer": 1, "person": 1, "scheme": 1, "direction": "out", "other": "某市",
         "months_paid": 120, "previous_end": "2024-03-01", "arrived": None, "amount": "0.00",
         "gap_months": None}
    )  # fmt: skip

    transfer: Number
    person: Number
    scheme: Number
    direction: Literal["in", "out"]
    other: str
    months_paid: int
    previous_end: Day
    arrived: Day | None
    amount: Yuan
    gap_months: int | None


@room.post("/persons/{person}/transfers-out", response_model=Moved)
def transfer_person_out(
    person: Number,
    said: Leaving,
    desk: Annotated[Desk, writing_for("clerk", "supervisor")],
    trial: Trial = "no",
) -> Response:
    """转出 · End a membership and issue the record; a supervisor where money leaves the account."""

    def work(act: Act) -> Json:
        own_member(desk, act.connection, person, said.last)
        if said.balance != "stays" and trial == "no" and desk.user.role != "supervisor":
            raise Refused(
                "not_allowed",
                Bilingual("余额要转走或清退的，由主管办理",
                          "where the balance leaves the account, a supervisor does it"),
                {"field": "balance"},
            )  # fmt: skip
        found = transfer_out(
            act, desk.library, person, said.last, said.other, said.months_paid, said.balance,
            said.facts, said.basis,
        )  # fmt: skip
        return _shown(found)

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person, trial)


@room.post("/persons/{person}/transfers-in", status_code=201, response_model=Moved)
def transfer_person_in(
    person: Number, said: Coming, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """转入 · Take the record of a person who came from another area, and what came along."""
    fen = parse_yuan(said.amount, "amount")

    def work(act: Act) -> Json:
        own_person(desk, act.connection, person)
        own_scheme(desk, act.connection, said.scheme)
        found = transfer_in(
            act, person, said.scheme, said.other, said.months_paid, said.previous_end,
            said.arrived, fen,
        )  # fmt: skip
        return _shown(found)

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person)


@room.get("/persons/{person}/transfers", response_model=PageOf[Moved])
def list_transfers(
    person: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """转移列表 · Where a person left for and came from."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        found = transfers_of(connection, person, known_on)
        return page_among(found, lambda one: one.number, 0, page, _shown)

    return desk.seen(read)


def _shown(one: Transfer) -> dict[str, Any]:
    return {
        "transfer": one.number, "person": one.person, "scheme": one.scheme,
        "direction": one.direction, "other": one.other, "months_paid": one.months_paid,
        "previous_end": one.previous_end.isoformat(), "arrived": day_text(one.arrived),
        "amount": format_yuan(one.balance_fen), "gap_months": one.gap_months,
    }  # fmt: skip
