"""Personal accounts: credited month by month, credits taken back, balances and statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import (
    Answer,
    AreaCode,
    Body,
    Day,
    Number,
    Words,
    Yuan,
    day_text,
    example,
)
from gongji.api.paging import PageOf, Paging, begins_after, page_from
from gongji.api.places import KnownOn
from gongji.api.theirs import own_area, own_person, own_row, own_scheme, their_rows
from gongji.book.accounts.credits import CreditRun, credit_accounts, reverse_credit
from gongji.book.accounts.statements import Line, account_statement, accounts_of, balance_on
from gongji.book.acts import Act, Json
from gongji.book.journal import Account
from gongji.book.schema.accounts import CREDIT
from gongji.explain.record import in_both
from gongji.money import format_yuan
from gongji.wording import Refused

__all__ = ["NotDone", "not_done", "room"]

room = APIRouter(tags=["accounts · 个人账户"])

_MOST_TOLD = 200
"""How many persons who were refused are told of in an answer, which is kept."""


class NotDone(Answer):
    """A person for whom something was not done, and why."""

    model_config = example(
        {"person": 7, "kind": "unpaid", "because": {"zh": "缴费还没有到账", "en": "not arrived"}}
    )

    person: Number
    kind: str
    because: Words


class Month(Body):
    """The month that is credited, as any day of it, and the day on which that is booked.

    A large city is credited in several runs: no more than `most` persons, those with numbers above
    `after`.
    """

    model_config = example({"month": "2024-03-01", "day": "2024-03-20", "after": 0, "most": 10000})

    month: Day
    day: Day
    after: Annotated[int, Field(ge=0, le=10**15)] = 0
    most: Annotated[int, Field(ge=1, le=10_000)] = 10_000


class Run(Answer):
    """What a run came to; the next one goes on `after` the person `last`, who is null at the end.

    `refused` counts those who were not credited, `told` the first of them with the reason.  They
    are credited by another run for the month once what was missing is there.
    """

    model_config = example(
        {"credited": 2, "amount": "203.00", "refused": 1,
         "told": [NotDone.model_config["json_schema_extra"]["examples"][0]],  # type: ignore[index]
         "last": None}
    )  # fmt: skip

    credited: int
    amount: Yuan
    refused: int
    told: list[NotDone]
    last: Number | None


class EntryNumber(Answer):
    """The number of the entry by which it was taken back; null where nothing had been booked."""

    model_config = example({"entry": 12})

    entry: Number | None


class Credit(Answer):
    """A credit for a month or a year (`every`) that began on a day."""

    model_config = example(
        {"credit": 1, "scheme": 1, "every": "month", "first_day": "2024-03-01",
         "amount": "120.00", "taken_back": False}
    )  # fmt: skip

    credit: Number
    scheme: Number
    every: str
    first_day: Day
    amount: Yuan
    taken_back: bool


class Balance(Answer):
    """What is on an account."""

    area: AreaCode
    balance: Yuan


class Balances(Answer):
    """What is on a person's accounts at the end of a day, one in each area where there is one."""

    model_config = example(
        {"person": 1, "day": "2024-03-31", "known_on": None,
         "accounts": [{"area": "320400", "balance": "120.00"}]}
    )  # fmt: skip

    person: Number
    day: Day
    known_on: Day | None
    accounts: list[Balance]


class AccountEntry(Answer):
    """An entry on an account, and what was left after it."""

    model_config = example(
        {"entry": 5, "day": "2024-03-20", "kind": "credit", "visit": None, "amount": "120.00",
         "balance": "120.00"}
    )  # fmt: skip

    entry: Number
    day: Day
    kind: str
    visit: Number | None
    amount: Yuan
    balance: Yuan


class Outstanding(Answer):
    """What an area owes a person, below nothing what the person owes, and how it came to that."""

    area: AreaCode
    balance: Yuan
    entries: list[AccountEntry]


class AllOutstanding(Answer):
    """What is outstanding between a person and each area, as it is booked."""

    model_config = example(
        {"person": 1, "areas": [
            {"area": "320400", "balance": "900.00", "entries": [
                {"entry": 9, "day": "2024-06-10", "kind": "resettlement", "visit": 3,
                 "amount": "900.00", "balance": "900.00"}]}]}
    )  # fmt: skip

    person: Number
    areas: list[Outstanding]


@room.post("/schemes/{scheme}/credits", response_model=Run)
def credit_the_accounts(
    scheme: Number,
    said: Month,
    desk: Annotated[Desk, writing_for("supervisor")],
    trial: Trial = "no",
) -> Response:
    """计入个人账户 · Credit the accounts of a scheme for a month, each person once."""

    def work(act: Act) -> Json:
        own_scheme(desk, act.connection, scheme)
        return _run(
            credit_accounts(act, desk.library, scheme, said.month, said.day, said.after, said.most)
        )

    return desk.done({"scheme": scheme, **said.model_dump(mode="json")}, work, scheme, trial)


@room.post("/credits/{credit}/reverse", response_model=EntryNumber)
def reverse_a_credit(credit: Number, desk: Annotated[Desk, writing_for("supervisor")]) -> Response:
    """冲正计入 · Take a credit back; the next run can credit the person anew."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, CREDIT, credit, "计入")
        return {"entry": reverse_credit(act, credit) or None}

    return desk.done({"credit": credit}, work, credit)


@room.get("/persons/{person}/credits", response_model=PageOf[Credit])
def list_credits(
    person: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """计入列表 · What was credited to a person, taken back or not."""

    def shown(row: Row[Any]) -> Mapping[str, Any]:
        return {
            "credit": row.id, "scheme": row.scheme, "every": row.every,
            "first_day": row.first_day.isoformat(), "amount": format_yuan(row.fen),
            "taken_back": row.ended is not None,
        }  # fmt: skip

    wanted = select(CREDIT).where((CREDIT.c.person == person) & their_rows(desk, CREDIT))
    return desk.listed_of(own_person, person, wanted, CREDIT.c.id, page, shown)


@room.get("/persons/{person}/accounts", response_model=Balances)
def see_accounts(
    person: Number,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    day: Annotated[
        Day | None, Query(description="at the end of this day; today without it")
    ] = None,
    known_on: KnownOn = None,
) -> Response:
    """账户余额 · What is on a person's accounts, and as it was known on another day."""
    when = day or desk.day

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        found = [
            {"area": one.area, "balance": format_yuan(balance_on(connection, one, when, known_on))}
            for one in accounts_of(connection, person)
            if desk.user.area in (None, one.area)
        ]
        return {
            "person": person, "day": when.isoformat(), "known_on": day_text(known_on),
            "accounts": found,
        }  # fmt: skip

    return desk.seen(read)


@room.get("/persons/{person}/accounts/{area}/entries", response_model=PageOf[AccountEntry])
def list_account_entries(
    person: Number,
    area: AreaCode,
    page: Paging,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    since: Annotated[Day | None, Query(description="the first day of entries")] = None,
    until: Annotated[Day | None, Query(description="the last")] = None,
) -> Response:
    """账户明细 · What happened on a person's account in an area, in the order of booking."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        own_area(desk, area)
        lines = account_statement(
            connection, Account(area, "account", "", str(person)), since, until,
            begins_after(page, 0), page.most + 1,
        )  # fmt: skip
        return page_from(lines, lambda one: one.entry, page, _entry)

    return desk.seen(read)


@room.get("/persons/{person}/outstanding", response_model=AllOutstanding)
def see_outstanding(
    person: Number,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """往来余额 · What is owed to a person or by them, as it is booked."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        areas = []
        for one in accounts_of(connection, person, "person"):
            if desk.user.area in (None, one.area):
                lines = account_statement(connection, one)
                balance = lines[-1].balance_fen if lines else 0
                areas.append(
                    {"area": one.area, "balance": format_yuan(balance),
                     "entries": [_entry(line) for line in lines]}
                )  # fmt: skip
        return {"person": person, "areas": areas}

    return desk.seen(read)


def not_done(refused: Sequence[tuple[int, Refused]]) -> list[dict[str, Any]]:
    """The first persons for whom something was not done, as they are answered."""
    return [
        {"person": person, "kind": one.kind, "because": in_both(one.message)}
        for person, one in refused[:_MOST_TOLD]
    ]


def _run(run: CreditRun) -> dict[str, Any]:
    return {
        "credited": len(run.credits), "amount": format_yuan(sum(one.fen for one in run.credits)),
        "refused": len(run.refused), "told": not_done(run.refused), "last": run.last,
    }  # fmt: skip


def _entry(one: Line) -> dict[str, Any]:
    return {
        "entry": one.entry, "day": one.day.isoformat(), "kind": one.kind, "visit": one.visit,
        "amount": format_yuan(one.fen), "balance": format_yuan(one.balance_fen),
    }  # fmt: skip
