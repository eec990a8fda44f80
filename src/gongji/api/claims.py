"""Claims for what people paid themselves: received, checked, completed, settled, withdrawn.

The desk takes them in and settles them; a supervisor pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection, select
from starlette.responses import Response

from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import (
    Answer,
    AreaCode,
    Body,
    Code,
    Day,
    Fact,
    Facts,
    Name,
    Number,
    Words,
    Yuan,
    example,
)
from gongji.api.paging import EitherWay, PageOf, page_of
from gongji.api.papers import Brought, Lacking, lacking_record
from gongji.api.places import CodeOf
from gongji.api.settlements import Explained, explained
from gongji.api.theirs import own_member, own_row, their_rows
from gongji.api.visits import FeeLine
from gongji.book.acts import Act, Json
from gongji.book.care.presettling import pre_settled
from gongji.book.claims.claiming import (
    Claim,
    Claimed,
    check_claim,
    claim_row,
    claims_of,
    complete_claim,
    handed_in,
    receive_claim,
    wrong_state,
)
from gongji.book.claims.elsewhere import unlisted_institution
from gongji.book.claims.paying import pay_claim, settle_claim, visit_of_claim, withdraw_claim
from gongji.book.known import standing
from gongji.book.schema.papers import CLAIM, CLAIM_STATE
from gongji.explain.record import in_both
from gongji.money import format_yuan

__all__ = ["room"]

room = APIRouter(tags=["claims · 零星报销"])

State = Literal["received", "returned", "accepted", "settled", "paid", "withdrawn"]
_TITLE = "零星报销申请"
_CARE = {"institution": "H0001", "day": "2024-05-01"}


class NewClaim(Body):
    """What a person hands in: where and when, the bill, the numbers of receipts, the papers."""

    model_config = example(
        {**_CARE, "facts": {"setting": "inpatient", "care_area": "unreferred"},
         "lines": [{"in_scope": "10000.00", "facts": {}}], "receipts": ["N0001"],
         "papers": ["id", "receipt", "itemised_list", "discharge_summary", "bank_card"]}
    )  # fmt: skip

    institution: Code
    day: Day
    facts: Facts = Field(default_factory=dict)
    lines: Annotated[list[FeeLine], Field(min_length=1, max_length=1000)]
    receipts: Annotated[list[Name], Field(min_length=1, max_length=100)]
    papers: Brought = Field(default_factory=list)


class MorePapers(Body):
    """What a claim still lacked; facts take the place of what was said before."""

    model_config = example({"papers": ["bank_card"], "facts": {}})

    papers: Brought = Field(default_factory=list)
    facts: Facts = Field(default_factory=dict)


class Unlisted(Body):
    """An institution that is on no list, by its area and name."""

    model_config = example({"area": "320400", "name": "某县人民医院"})

    area: AreaCode
    name: Name


class SeenClaim(Answer):
    """A claim and how it stands.

    One that is returned has the papers that are `missing`, or the `reason`; one that is settled its
    visit, whose settlement tells the rest.
    """

    model_config = example(
        {"claim": 1, "person": 1, **_CARE, "received": "2024-06-03", "state": "accepted",
         "missing": [], "reason": None, "visit": None, "paid": "0.00"}
    )  # fmt: skip

    claim: Number
    person: Number
    institution: Code
    day: Day
    received: Day
    state: State
    missing: list[Lacking]
    reason: Words | None
    visit: Number | None
    paid: Yuan


class WholeClaim(SeenClaim):
    """A claim with what was handed in: facts of the bill, its lines, receipts, papers."""

    model_config = example(
        {"claim": 1, "person": 1, **_CARE, "received": "2024-06-03", "state": "accepted",
         "missing": [], "reason": None, "visit": None, "paid": "0.00", "scheme": 1,
         "facts": {"setting": "inpatient"}, "lines": [{"in_scope": "10000.00"}],
         "receipts": ["N0001"], "papers": ["receipt"]}
    )  # fmt: skip

    scheme: Number
    facts: dict[str, Fact]
    lines: list[dict[str, Fact]]
    receipts: list[str]
    papers: list[str]


@room.post("/persons/{person}/claims", status_code=201, response_model=SeenClaim)
def receive_a_claim(
    person: Number, said: NewClaim, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """受理报销 · Take a claim in; each receipt is claimed once."""

    def work(act: Act) -> Json:
        own_member(desk, act.connection, person, said.day)
        lines = [one.said() for one in said.lines]
        claimed = Claimed(said.institution, said.day, said.facts, lines, said.receipts, said.papers)
        return _shown(receive_claim(act, desk.library, person, claimed))

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person)


@room.post("/claims/{claim}/papers", response_model=SeenClaim)
def complete_a_claim(
    claim: Number, said: MorePapers, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """补件 · Bring what a claim still lacked; it is received again, to be checked."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, CLAIM, claim, _TITLE)
        return _shown(complete_claim(act, desk.library, claim, said.papers, said.facts))

    return desk.done({"claim": claim, **said.model_dump(mode="json")}, work, claim)


@room.post("/claims/{claim}/check", response_model=SeenClaim)
def check_a_claim(
    claim: Number, desk: Annotated[Desk, writing_for("clerk")], trial: Trial = "no"
) -> Response:
    """审核 · Check a claim by the policy: accepted, or returned with the papers or the reason."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, CLAIM, claim, _TITLE)
        return _shown(check_claim(act, desk.library, claim))

    return desk.done({"claim": claim}, work, claim, trial)


@room.get("/claims/{claim}/pre-settlement", response_model=Explained)
def pre_settle_claim(
    claim: Number, desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")]
) -> Response:
    """报销预结算 · What settling a claim would come to now, were it accepted; nothing is kept."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, CLAIM, claim, _TITLE)
        row = claim_row(act.connection, claim)
        if row.state not in ("received", "returned", "accepted"):
            raise wrong_state(row, "预结算", "settled again")
        visit = visit_of_claim(act, desk.library, claim)
        return explained(desk.library, pre_settled(act.connection, desk.library, visit))

    return desk.done({"claim": claim}, work, claim, "yes")


@room.post("/claims/{claim}/settlement", response_model=SeenClaim)
def settle_a_claim(claim: Number, desk: Annotated[Desk, writing_for("clerk")]) -> Response:
    """报销结算 · Settle a claim that was accepted; the person is owed what funds pay."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, CLAIM, claim, _TITLE)
        return _shown(settle_claim(act, desk.library, claim))

    return desk.done({"claim": claim}, work, claim)


@room.post("/claims/{claim}/payment", response_model=SeenClaim)
def pay_a_claim(claim: Number, desk: Annotated[Desk, writing_for("supervisor")]) -> Response:
    """报销支付 · Pay a person what is still owed for a claim."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, CLAIM, claim, _TITLE)
        return _shown(pay_claim(act, claim))

    return desk.done({"claim": claim}, work, claim)


@room.post("/claims/{claim}/withdraw", response_model=SeenClaim)
def withdraw_a_claim(claim: Number, desk: Annotated[Desk, writing_for("clerk")]) -> Response:
    """退回申请 · Give a claim back to the person; its receipts can be claimed again."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, CLAIM, claim, _TITLE)
        return _shown(withdraw_claim(act, claim))

    return desk.done({"claim": claim}, work, claim)


@room.get("/claims/{claim}", response_model=WholeClaim)
def see_claim(
    claim: Number, desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")]
) -> Response:
    """报销申请 · A claim."""

    def read(connection: Connection) -> Mapping[str, Any]:
        row = own_row(desk, connection, CLAIM, claim, _TITLE)
        handed = handed_in(connection, claim)
        return {
            **_with_number(connection, row.person, claim), "scheme": row.scheme,
            "facts": dict(handed.said), "lines": [dict(one) for one in handed.lines],
            "receipts": list(handed.receipts), "papers": list(handed.papers),
        }  # fmt: skip

    return desk.seen(read)


@room.get("/claims", response_model=PageOf[SeenClaim])
def list_claims(
    page: EitherWay,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    person: Annotated[Number | None, Query(description="those of one person")] = None,
    state: Annotated[State | None, Query(description="those that stand so")] = None,
) -> Response:
    """报销申请列表 · Claims, such as those that wait to be checked."""
    wanted = select(CLAIM.c.id, CLAIM.c.person).where(their_rows(desk, CLAIM))
    if person is not None:
        desk.person = person
        wanted = wanted.where(CLAIM.c.person == person)
    if state is not None:
        there = select(CLAIM_STATE.c.claim).where(
            (CLAIM_STATE.c.state == state) & standing(CLAIM_STATE)
        )
        wanted = wanted.where(CLAIM.c.id.in_(there))

    def read(connection: Connection) -> Mapping[str, Any]:
        return page_of(
            connection, wanted, CLAIM.c.id, page,
            lambda row: _with_number(connection, row.person, row.id),
        )  # fmt: skip

    return desk.seen(read)


@room.post("/unlisted-institutions", status_code=201, response_model=CodeOf)
def open_unlisted_institution(
    said: Unlisted, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """登记名录外机构 · Give an institution that is on no list a code, so that a claim can name it.

    The same name in the same area has the same code.
    """

    def work(act: Act) -> Json:
        return {"code": unlisted_institution(act, said.area, said.name)}

    return desk.done(said.model_dump(mode="json"), work)


def _with_number(connection: Connection, person: int, claim: int) -> dict[str, Any]:
    (found,) = [one for one in claims_of(connection, person) if one.number == claim]
    return _shown(found)


def _shown(one: Claim) -> dict[str, Any]:
    return {
        "claim": one.number, "person": one.person, "institution": one.institution,
        "day": one.day.isoformat(), "received": one.received.isoformat(), "state": one.state,
        "missing": lacking_record(one.missing), "reason": one.reason and in_both(one.reason),
        "visit": one.visit, "paid": format_yuan(one.paid_fen),
    }  # fmt: skip
