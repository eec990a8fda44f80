"""Aid that offices approved: written down by a clerk, seen by whom it helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import Answer, Body, Day, Name, Number, day_text, example
from gongji.api.paging import PageOf, Paging, page_among
from gongji.api.papers import Brought
from gongji.api.places import KnownOn
from gongji.api.registrations import Last
from gongji.api.theirs import own_member, own_person, own_row
from gongji.book.acts import Act, Json
from gongji.book.registrations.approvals import (
    Approval,
    Approved,
    approvals_of,
    approve_aid,
    end_approval,
)
from gongji.book.schema.papers import APPROVAL

__all__ = ["room"]

room = APIRouter(tags=["aid · 救助认定"])

_Word = Annotated[str, Field(max_length=64)]
_DECIDED = {
    "facts": {"aid_category": "dibao"}, "since": "2024-01-01", "until": "2024-12-31",
    "office": "某区民政局", "reference": "民救〔2024〕12号", "papers": [],
}  # fmt: skip


class NewApproval(Body):
    """A decision: what is so of the person over its days, who decided it, under which reference."""

    model_config = example(_DECIDED)

    facts: Annotated[dict[_Word, _Word], Field(min_length=1, max_length=8)]
    since: Day
    until: Day | None = None
    office: Name
    reference: Annotated[str, Field(min_length=1, max_length=64)]
    papers: Brought = Field(default_factory=list)


class ApprovalNumber(Answer):
    """The number under which an approval stands."""

    model_config = example({"approval": 1})

    approval: Number


class SeenApproval(Answer):
    """An approval of aid that stands."""

    model_config = example({"approval": 1, "person": 1, **_DECIDED})

    approval: Number
    person: Number
    facts: dict[str, str]
    since: Day
    until: Day | None
    office: str
    reference: str
    papers: list[str]


@room.post("/persons/{person}/approvals", status_code=201, response_model=ApprovalNumber)
def write_approval_down(
    person: Number, said: NewApproval, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """登记救助认定 · Write down that an office approved aid for a person."""

    def work(act: Act) -> Json:
        own_member(desk, act.connection, person, said.since)
        approved = Approved(
            said.facts, said.since, said.until, said.office, said.reference, said.papers
        )
        return {"approval": approve_aid(act, desk.library, person, approved)}

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person)


@room.post("/approvals/{approval}/end", response_model=ApprovalNumber)
def end_an_approval(
    approval: Number, said: Last, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """结束救助认定 · End an approval with its last day; the rest of it has another number."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, APPROVAL, approval, "认定")
        return {"approval": end_approval(act, approval, said.last)}

    return desk.done({"approval": approval, **said.model_dump(mode="json")}, work, approval)


@room.get("/persons/{person}/approvals", response_model=PageOf[SeenApproval])
def list_approvals(
    person: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """救助认定列表 · The approvals of aid that stand for a person."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        found = approvals_of(connection, person, known_on)
        return page_among(found, lambda one: one.number, 0, page, _shown)

    return desk.seen(read)


def _shown(one: Approval) -> dict[str, Any]:
    its = one.approved
    return {
        "approval": one.number, "person": one.person, "facts": dict(its.facts),
        "since": its.since.isoformat(), "until": day_text(its.until),
        "office": its.office, "reference": its.reference, "papers": list(its.papers),
    }  # fmt: skip
