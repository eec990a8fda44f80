"""Settlements: what a visit came to, explained step by step; cancelled by a supervisor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import Answer, Body, Day, Number, Words, Yuan, day_text, example, yuan_of
from gongji.api.paging import PageOf, Paging
from gongji.api.theirs import own_settlement, their_settlements
from gongji.book.access.users import ROLES
from gongji.book.acts import Act, Json
from gongji.book.care.became import became_of
from gongji.book.care.cancelling import cancelled
from gongji.book.care.readings import readings_of
from gongji.book.care.resettling import Difference as Changed
from gongji.book.care.resettling import case_kept
from gongji.book.care.settling import worked_out
from gongji.book.schema.visits import SETTLEMENT
from gongji.engine.settlement import Settlement
from gongji.explain.explanation import explain
from gongji.explain.record import record_of
from gongji.money import format_yuan
from gongji.policy.versions import Library

__all__ = [
    "Difference", "Explained", "Settled", "difference_record", "explained", "room",
    "settled_record",
]  # fmt: skip

room = APIRouter(tags=["settlements · 结算"])

_MONEY = {
    "total": "10000.00", "payments": {"pool": "8100.00"}, "person": "1900.00", "account": "0.00",
    "cash": "1900.00",
}  # fmt: skip
_SETTLED = {"settlement": 1, "visit": 1, **_MONEY}


class Money(Answer):
    """Who pays a bill.

    `payments` are by fund; `person` is the account and the cash together, which are null where the
    document does not say what the account pays.
    """

    total: Yuan
    payments: dict[str, Yuan]
    person: Yuan
    account: Yuan | None
    cash: Yuan | None


class Settled(Money):
    """A settlement that was made."""

    model_config = example(_SETTLED)

    settlement: Number
    visit: Number


class Listed(Settled):
    """A settlement; `stands` is false where it was cancelled or settled again."""

    model_config = example({**_SETTLED, "person_number": 1, "day": "2024-03-01", "stands": True})

    person_number: Number
    day: Day
    stands: bool


class Citation(Answer):
    """A clause behind a figure, or a reading of it that was chosen."""

    clause: str
    document: str
    place: str
    reading: bool | str | None
    file: str


class Step(Answer):
    """One step of a bill's way, in words and with its arithmetic."""

    model_config = ConfigDict(extra="allow")

    step: str
    station: str
    label: Words
    arithmetic: str
    citations: list[Citation]


class Explained(Money):
    """A settlement with its steps, and what it rests on; more fields may come."""

    model_config = ConfigDict(extra="allow")

    policy: str
    version: Day
    digest: Annotated[str, Field(description="the hash of the policy's text")]
    date: Day
    deductible: Yuan
    prior_self_pay: Yuan
    over_price_cap: Yuan
    out_of_catalogue: Yuan
    steps: list[Step]
    assumed: dict[str, str]
    parameters: dict[str, str]
    notes: list[Words]
    assumptions: list[Words]


class Kept(Answer):
    """A settlement as it was kept, explained, and what became of it.

    What does not stand is so since the day `changed_on`; one that is `settled_again` is
    `replaced_by` another, which `replaces` it.  `after` is the settlement whose cancelling had that
    done, null where nothing was cancelled.
    """

    settlement: Number
    visit: Number
    person_number: Number
    institution: str
    stands: bool
    state: Literal["in_force", "cancelled", "settled_again"]
    changed_on: Day | None
    replaced_by: Number | None
    replaces: Number | None
    after: Number | None
    explained: Explained


class WhyCancelled(Body):
    """Why a settlement is taken back; it is kept with the act."""

    model_config = example({"reason": "诊断录错"})

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class Difference(Answer):
    """What settling a later visit again changed: new less old."""

    visit: Number
    settlement: Number
    person: Yuan
    payments: dict[str, Yuan]


class Cancelled(Answer):
    """A settlement that was taken back, and the later ones that came out otherwise for it."""

    model_config = example(
        {"settlement": 1, "differences": [
            {"visit": 2, "settlement": 3, "person": "360.00", "payments": {"pool": "-360.00"}}]}
    )  # fmt: skip

    settlement: Number
    differences: list[Difference]


@room.get("/settlements", response_model=PageOf[Listed])
def list_settlements(
    page: Paging,
    desk: Annotated[Desk, open_to(*ROLES)],
    person: Annotated[Number | None, Query(description="those of one person")] = None,
    visit: Annotated[Number | None, Query(description="those of one visit")] = None,
    first: Annotated[Day | None, Query(description="of this day and later")] = None,
    last: Annotated[Day | None, Query(description="of this day and earlier")] = None,
) -> Response:
    """结算列表 · Settlements, cancelled ones too."""
    wanted = select(SETTLEMENT).where(their_settlements(desk.user))
    if person is not None:
        desk.person = person
        wanted = wanted.where(SETTLEMENT.c.person == person)
    if visit is not None:
        wanted = wanted.where(SETTLEMENT.c.visit == visit)
    if first is not None:
        wanted = wanted.where(SETTLEMENT.c.day >= first)
    if last is not None:
        wanted = wanted.where(SETTLEMENT.c.day <= last)
    return desk.listed(wanted, SETTLEMENT.c.id, page, _shown)


@room.get("/settlements/{settlement}", response_model=Kept)
def see_settlement(settlement: Number, desk: Annotated[Desk, open_to(*ROLES)]) -> Response:
    """结算说明 · A settlement with every step, its arithmetic and its clauses."""

    def read(connection: Connection) -> Mapping[str, Any]:
        row = own_settlement(desk, connection, settlement)
        case = case_kept(connection, desk.library, row)
        one = worked_out(case, readings_of(row.before))
        became = became_of(connection, row)
        return {
            "settlement": row.id, "visit": row.visit, "person_number": row.person,
            "institution": case.visit.institution, "stands": row.ended is None,
            "state": became.state, "changed_on": day_text(became.on),
            "replaced_by": became.replaced_by, "replaces": became.replaces, "after": became.after,
            "explained": explained(desk.library, one),
        }  # fmt: skip

    return desk.seen(read)


@room.post("/settlements/{settlement}/cancel", response_model=Cancelled)
def cancel_settlement(
    settlement: Number,
    desk: Annotated[Desk, writing_for("supervisor")],
    said: WhyCancelled | None = None,
) -> Response:
    """撤销结算 · Take a settlement back, and settle later ones again; the reason is kept."""

    def work(act: Act) -> Json:
        own_settlement(desk, act.connection, settlement)
        found = cancelled(act, desk.library, settlement)
        return {
            "settlement": settlement,
            "differences": [difference_record(one) for one in found],
        }

    why = {} if said is None else said.model_dump(mode="json")
    return desk.done({"settlement": settlement, **why}, work, settlement)


def explained(library: Library, one: Settlement) -> dict[str, Any]:
    """A settlement in words, with the clauses of its document."""
    return dict(record_of(explain(one, library.document(one.policy.document))))


def difference_record(one: Changed) -> dict[str, Any]:
    """What settling a visit again changes, as it is answered."""
    return {
        "visit": one.visit, "settlement": one.settlement, "person": format_yuan(one.person_fen),
        "payments": yuan_of(one.payments),
    }  # fmt: skip


def settled_record(number: int, visit: int, one: Settlement) -> dict[str, Any]:
    """A settlement that was made, in short."""
    return {
        "settlement": number, "visit": visit,
        **_money(one.total, one.payments, one.person, one.account),
    }  # fmt: skip


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "settlement": row.id, "visit": row.visit, "person_number": row.person,
        "day": row.day.isoformat(), "stands": row.ended is None,
        **_money(row.total_fen, json.loads(row.payments), row.person_fen, row.account_fen),
    }  # fmt: skip


def _money(
    total: int, payments: Mapping[str, int], person: int, account: int | None
) -> dict[str, Any]:
    cash = None if account is None else format_yuan(person - account)
    return {
        "total": format_yuan(total), "payments": yuan_of(payments), "person": format_yuan(person),
        "account": None if account is None else format_yuan(account), "cash": cash,
    }  # fmt: skip
