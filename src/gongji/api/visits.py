"""Visits: begun, their bills uploaded and withdrawn, settled; and before that worked out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection, Row, Select, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import Amount, Answer, Body, Code, Day, Fact, Facts, Number, example
from gongji.api.paging import EitherWay, PageOf, Paging
from gongji.api.settlements import Explained, Settled, explained, settled_record
from gongji.api.theirs import own_visit, their_visits
from gongji.book.access.users import ROLES
from gongji.book.acts import Act, Json
from gongji.book.care.presettling import pre_settled
from gongji.book.care.settling import settled
from gongji.book.care.visits import add_lines, begin_visit, withdraw_lines, withdraw_visit
from gongji.book.schema.visits import FEE_LINE, SETTLEMENT, VISIT
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["visits · 就诊"])

_VISIT = {
    "person": 1, "institution": "H0001", "day": "2024-03-01", "facts": {"setting": "inpatient"},
}  # fmt: skip
_LINE = {"in_scope": "10000.00", "facts": {}}

State = Literal["open", "settled", "withdrawn"]
_STANDS = {
    "open": VISIT.c.ended.is_(None) & SETTLEMENT.c.id.is_(None),
    "settled": SETTLEMENT.c.id.is_not(None),
    "withdrawn": VISIT.c.ended.is_not(None),
}
"""What holds of a visit and of the settlement of it that stands."""


class NewVisit(Body):
    """Care had by a person.

    `day` is the day of care; of a stay that of discharge, and `since` that of admission.
    """

    model_config = example(_VISIT)

    person: Number
    institution: Code
    day: Day
    since: Day | None = None
    facts: Facts = Field(default_factory=dict)


class VisitNumber(Answer):
    """A visit's number."""

    model_config = example({"visit": 1})

    visit: Number


class Visit(Answer):
    """A visit; `settlement` is the one that stands, by `claim` the person paid the bill first."""

    model_config = example(
        {"visit": 1, "scheme": 1, **_VISIT, "since": "2024-02-20", "withdrawn": False,
         "channel": "direct", "settlement": None}
    )  # fmt: skip

    visit: Number
    person: Number
    scheme: Number
    institution: Code
    since: Day
    day: Day
    facts: dict[str, Fact]
    withdrawn: bool
    channel: Literal["direct", "claim"]
    settlement: Number | None


class FeeLine(Body):
    """A line of a bill: its amounts, and facts where they differ from the visit's.

    Without `in_scope` it is what the other parts leave of the total.
    """

    model_config = example(_LINE)

    total: Amount | None = None
    in_scope: Amount | None = None
    over_price_cap: Amount | None = None
    prior_self_pay: Amount | None = None
    out_of_catalogue: Amount | None = None
    facts: Facts = Field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """The line as the services take it."""
        amounts = {
            name: value
            for name, value in self
            if name != "facts" and value is not None
        }  # fmt: skip
        twice = sorted(set(self.facts) & {*FeeLine.model_fields})
        if twice:
            raise Refused(
                "unknown_field",
                Bilingual(f"facts：{twice[0]} 是金额，不是情形",
                          f"facts: {twice[0]} is an amount and no fact"),
                {"field": "facts"},
            )  # fmt: skip
        return {**self.facts, **amounts}


class NewLines(Body):
    """Lines of a bill, all of which are taken, or none."""

    model_config = example({"lines": [_LINE]})

    lines: Annotated[list[FeeLine], Field(min_length=1, max_length=1000)]


class LineNumbers(Answer):
    """The numbers of lines on a bill."""

    model_config = example({"lines": [1]})

    lines: list[Number]


class Withdrawn(Body):
    """The numbers of the lines to take back; without any, all of them."""

    model_config = example({"lines": [1]})

    lines: Annotated[list[Number], Field(max_length=1000)] = Field(default_factory=list)


class Bill(NewVisit):
    """Care and its bill, to be looked at before anything is written down."""

    model_config = example({**_VISIT, "lines": [_LINE]})

    lines: Annotated[list[FeeLine], Field(min_length=1, max_length=1000)]


class Line(Answer):
    """A line of a bill as it was said, amounts and facts together."""

    model_config = example(
        {"number": 1, "said": {"in_scope": "10000.00"}, "withdrawn": False}
    )  # fmt: skip

    number: Number
    said: dict[str, Fact]
    withdrawn: bool


@room.post("/visits", status_code=201, response_model=VisitNumber)
def begin_a_visit(
    said: NewVisit, desk: Annotated[Desk, writing_for("institution", "clerk")]
) -> Response:
    """开始就诊 · Begin a visit of an insured person at an institution."""

    def work(act: Act) -> Json:
        return {"visit": _begun(desk, act, said)}

    return desk.done(said.model_dump(mode="json"), work, said.person)


@room.post("/pre-checks", response_model=Explained)
def check_a_bill(said: Bill, desk: Annotated[Desk, open_to("institution", "clerk")]) -> Response:
    """预审 · What a bill would come to, explained, before a visit is begun; nothing is kept."""
    desk.person = said.person

    def work(act: Act) -> Json:
        number = _begun(desk, act, said)
        add_lines(act, desk.library, number, [one.said() for one in said.lines])
        return explained(desk.library, pre_settled(act.connection, desk.library, number))

    return desk.done(said.model_dump(mode="json"), work, said.person, "yes")


def _begun(desk: Desk, act: Act, said: NewVisit) -> int:
    """Begin a visit that is theirs; gives its number."""
    if desk.user.role == "institution" and said.institution != desk.user.institution:
        raise Refused(
            "not_theirs",
            Bilingual(f"只能为本机构 {desk.user.institution} 登记就诊",
                      f"you can begin visits at your own institution, "
                      f"{desk.user.institution}, only"),
            {"field": "institution"},
        )  # fmt: skip
    number = begin_visit(
        act, desk.library, said.person, said.institution, said.day, said.facts, said.since
    )
    own_visit(desk, act.connection, number)
    return number


@room.get("/visits", response_model=PageOf[Visit])
def list_visits(
    page: EitherWay,
    desk: Annotated[Desk, open_to(*ROLES)],
    person: Annotated[Number | None, Query(description="those of one person")] = None,
    institution: Annotated[Code | None, Query(description="those at one institution")] = None,
    first: Annotated[Day | None, Query(description="of this day and later")] = None,
    last: Annotated[Day | None, Query(description="of this day and earlier")] = None,
    state: Annotated[State | None, Query(description="those that stand so")] = None,
) -> Response:
    """就诊列表 · Visits."""
    wanted = _visits().where(their_visits(desk.user))
    if person is not None:
        desk.person = person
        wanted = wanted.where(VISIT.c.person == person)
    if institution is not None:
        wanted = wanted.where(VISIT.c.institution == institution)
    if first is not None:
        wanted = wanted.where(VISIT.c.day >= first)
    if last is not None:
        wanted = wanted.where(VISIT.c.day <= last)
    if state is not None:
        wanted = wanted.where(_STANDS[state])
    return desk.listed(wanted, VISIT.c.id, page, _shown)


@room.get("/visits/{visit}", response_model=Visit)
def see_visit(visit: Number, desk: Annotated[Desk, open_to(*ROLES)]) -> Response:
    """就诊 · A visit."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_visit(desk, connection, visit)
        return _shown(connection.execute(_visits().where(VISIT.c.id == visit)).one())

    return desk.seen(read)


@room.post("/visits/{visit}/withdraw", response_model=VisitNumber)
def withdraw_a_visit(
    visit: Number, desk: Annotated[Desk, writing_for("institution", "clerk")]
) -> Response:
    """撤回就诊 · Take a visit back that is not settled."""

    def work(act: Act) -> Json:
        own_visit(desk, act.connection, visit)
        withdraw_visit(act, visit)
        return {"visit": visit}

    return desk.done({"visit": visit}, work, visit)


@room.post("/visits/{visit}/lines", status_code=201, response_model=LineNumbers)
def upload_lines(
    visit: Number, said: NewLines, desk: Annotated[Desk, writing_for("institution", "clerk")]
) -> Response:
    """上传明细 · Upload lines of a bill."""

    def work(act: Act) -> Json:
        own_visit(desk, act.connection, visit)
        numbers = add_lines(act, desk.library, visit, [one.said() for one in said.lines])
        return {"lines": numbers}

    return desk.done({"visit": visit, **said.model_dump(mode="json")}, work, visit)


@room.get("/visits/{visit}/lines", response_model=PageOf[Line])
def list_lines(visit: Number, page: Paging, desk: Annotated[Desk, open_to(*ROLES)]) -> Response:
    """明细列表 · The lines of a bill, withdrawn ones too.

    They come in the order of their writing; one of which something was returned is there twice,
    withdrawn, and with what is left of it.
    """

    def shown(row: Row[Any]) -> Mapping[str, Any]:
        return {
            "number": row.number, "said": json.loads(row.said), "withdrawn": row.ended is not None,
        }  # fmt: skip

    wanted = select(FEE_LINE).where(FEE_LINE.c.visit == visit)
    return desk.listed_of(own_visit, visit, wanted, FEE_LINE.c.id, page, shown)


@room.post("/visits/{visit}/lines/withdraw", response_model=VisitNumber)
def withdraw_some_lines(
    visit: Number, said: Withdrawn, desk: Annotated[Desk, writing_for("institution", "clerk")]
) -> Response:
    """撤回明细 · Take lines back before the visit is settled."""

    def work(act: Act) -> Json:
        own_visit(desk, act.connection, visit)
        withdraw_lines(act, visit, said.lines)
        return {"visit": visit}

    return desk.done({"visit": visit, **said.model_dump(mode="json")}, work, visit)


@room.get("/visits/{visit}/pre-settlement", response_model=Explained)
def pre_settle(visit: Number, desk: Annotated[Desk, open_to(*ROLES)]) -> Response:
    """预结算 · What settling the visit would come to now, explained; nothing is kept of it."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_visit(desk, connection, visit)
        return explained(desk.library, pre_settled(connection, desk.library, visit))

    return desk.seen(read)


@room.post("/visits/{visit}/settlement", status_code=201, response_model=Settled)
def settle_visit(
    visit: Number, desk: Annotated[Desk, writing_for("institution", "clerk")]
) -> Response:
    """结算 · Settle a visit: the money is booked."""

    def work(act: Act) -> Json:
        own_visit(desk, act.connection, visit)
        made = settled(act, desk.library, visit)
        return settled_record(made.number, visit, made.settlement)

    return desk.done({"visit": visit}, work, visit)


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "visit": row.id, "person": row.person, "scheme": row.scheme,
        "institution": row.institution, "since": row.since.isoformat(),
        "day": row.day.isoformat(), "facts": json.loads(row.said),
        "withdrawn": row.ended is not None, "channel": row.channel,
        "settlement": row.settlement,
    }  # fmt: skip


def _visits() -> Select[Any]:
    """Visits, each with the settlement of it that stands."""
    return select(VISIT, SETTLEMENT.c.id.label("settlement")).outerjoin(
        SETTLEMENT, (SETTLEMENT.c.visit == VISIT.c.id) & SETTLEMENT.c.ended.is_(None)
    )
