"""Paying institutions once a month, their statements, and the trial balance from day to day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import Answer, AreaCode, Body, Code, Day, Yuan, example, yuan_of
from gongji.api.paging import PageOf, Paging, page_among
from gongji.api.theirs import own_area
from gongji.book.acts import Act, Json
from gongji.book.clearing.daily import DayLine, daily_balances
from gongji.book.clearing.paying import Statement, pay_institutions, statements_of
from gongji.money import format_yuan
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["clearing · 对账与拨付"])

Month = Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2024-03"])]

_MOST_DAYS = 366
_STATEMENT = {
    "institution": "H0001", "month": "2024-03", "billed": "10000.00", "cash": "1900.00",
    "due": {"fund baihe/employee pool": "8100.00"}, "carried": "0.00", "paid": "8100.00",
    "left": "0.00",
}  # fmt: skip


class PaidMonth(Body):
    """The month that institutions are paid for."""

    model_config = example({"month": "2024-03"})

    month: Month


class SeenStatement(Answer):
    """What an institution was paid for a month.

    `billed` are the bills booked since the last payout, `cash` what it took in of them itself,
    `due` what each fund and the accounts owe of them; `carried` was left over from before, below
    nothing where it was paid too much; `paid` is what it gets, `left` what is carried on.
    """

    model_config = example(_STATEMENT)

    institution: Code
    month: Month
    billed: Yuan
    cash: Yuan
    due: dict[str, Yuan]
    carried: Yuan
    paid: Yuan
    left: Yuan


class Payout(Answer):
    """How many institutions there were, and what they were paid in all.

    Where it is only tried, `statements` are what the list of statements would show.
    """

    model_config = example(
        {"month": "2024-03", "institutions": 1, "paid": "8100.00", "statements": []}
    )

    month: Month
    institutions: int
    paid: Yuan
    statements: list[SeenStatement]


class DayBalance(Answer):
    """What an account stood at before a day, what was booked on it, and what it came to."""

    model_config = example(
        {"day": "2024-03-01", "kind": "fund", "name": "baihe/employee pool", "owner": "",
         "before": "0.00", "moved": "-8100.00", "after": "-8100.00"}
    )  # fmt: skip

    day: Day
    kind: str
    name: str
    owner: str
    before: Yuan
    moved: Yuan
    after: Yuan


@room.post("/areas/{area}/payouts", response_model=Payout)
def pay_the_institutions(
    area: AreaCode,
    said: PaidMonth,
    desk: Annotated[Desk, writing_for("supervisor")],
    trial: Trial = "no",
) -> Response:
    """月度拨付 · Pay the institutions of an area for a month that is over; each once."""

    def work(act: Act) -> Json:
        own_area(desk, area)
        found = pay_institutions(act, area, said.month)
        return {
            "month": said.month, "institutions": len(found),
            "paid": format_yuan(sum(one.paid for one in found)),
            "statements": [_shown(one) for one in found] if trial == "yes" else [],
        }  # fmt: skip

    return desk.done({"area": area, **said.model_dump(mode="json")}, work, 0, trial)


@room.get("/areas/{area}/statements", response_model=PageOf[SeenStatement])
def list_statements(
    area: AreaCode,
    month: Annotated[Month, Query()],
    page: Paging,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
) -> Response:
    """拨付清单 · What an area paid its institutions for a month; to an institution its own."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_area(desk, area)
        found = statements_of(connection, area, month, desk.user.institution)
        found.sort(key=lambda one: one.institution)
        return page_among(found, lambda one: one.institution, "", page, _shown)

    return desk.seen(read)


@room.get("/areas/{area}/daily-balances", response_model=PageOf[DayBalance])
def list_daily_balances(
    area: AreaCode,
    first: Annotated[Day, Query()],
    last: Annotated[Day, Query(description="at most a year later")],
    page: Paging,
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
) -> Response:
    """逐日试算平衡 · What every account of an area gained or lost from day to day."""
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise Refused(
            "bad_stretch",
            Bilingual(f"止日 {last} 应不早于起日 {first}，至多一年",
                      f"the last day {last}: expected one from {first} on, at most a year later"),
            {"field": "last"},
        )  # fmt: skip

    def read(connection: Connection) -> Mapping[str, Any]:
        own_area(desk, area)
        found = enumerate(daily_balances(connection, area, first, last), 1)
        return page_among(found, lambda one: one[0], 0, page, lambda one: _day(one[1]))

    return desk.seen(read)


def _shown(one: Statement) -> dict[str, Any]:
    return {
        "institution": one.institution, "month": one.month, "billed": format_yuan(one.billed),
        "cash": format_yuan(one.cash), "due": yuan_of(one.due),
        "carried": format_yuan(one.carried), "paid": format_yuan(one.paid),
        "left": format_yuan(one.left),
    }  # fmt: skip


def _day(one: DayLine) -> dict[str, Any]:
    account = one.account
    return {
        "day": one.day.isoformat(), "kind": account.kind, "name": account.name,
        "owner": account.owner, "before": format_yuan(one.before),
        "moved": format_yuan(one.moved), "after": format_yuan(one.after),
    }  # fmt: skip
