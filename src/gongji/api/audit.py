"""Who did what and who saw what: for auditors, and for the insured of what is about themselves."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from sqlalchemy import Row, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to
from gongji.api.fields import Answer, Day, Moment, Number, at_text, example
from gongji.api.paging import PageOf, Paging
from gongji.api.theirs import own_person
from gongji.book.schema.acts import ACT
from gongji.book.schema.sights import SIGHT

__all__ = ["room"]

room = APIRouter(tags=["audit · 审计"])

_AT = "2024-03-01T01:00:00+00:00"


class DoneAct(Answer):
    """Something that was done: by whom, when, and the day on which it counts as known."""

    model_config = example(
        {"act": 12, "at": _AT, "day": "2024-03-01", "by": "hospital-1", "service": "settle_visit"}
    )

    act: Number
    at: Moment
    day: Day
    by: str
    service: str


class SeenSight(Answer):
    """Something that was looked at; `outcome` is `done`, `tried`, or the kind of the refusal."""

    model_config = example(
        {"sight": 7, "at": _AT, "by": "clerk-wang", "service": "see_person", "about": "person 1",
         "person": 1, "outcome": "done"}
    )  # fmt: skip

    sight: Number
    at: Moment
    by: str
    service: str
    about: str
    person: Number | None
    outcome: str


@room.get("/acts", response_model=PageOf[DoneAct])
def list_acts(page: Paging, desk: Annotated[Desk, open_to("auditor")]) -> Response:
    """办理记录 · Everything that was ever done in the book."""

    def shown(row: Row[Any]) -> dict[str, Any]:
        return {
            "act": row.id, "at": at_text(row.at), "day": row.day.isoformat(), "by": row.by,
            "service": row.service,
        }  # fmt: skip

    columns = select(ACT.c.id, ACT.c.at, ACT.c.day, ACT.c.by, ACT.c.service)
    return desk.listed(columns, ACT.c.id, page, shown)


@room.get("/sights", response_model=PageOf[SeenSight])
def list_sights(page: Paging, desk: Annotated[Desk, open_to("auditor")]) -> Response:
    """查看记录 · Everything that was ever looked at."""
    return desk.listed(select(SIGHT), SIGHT.c.id, page, _shown)


@room.get("/persons/{person}/sights", response_model=PageOf[SeenSight])
def list_sights_of_person(
    person: Number, page: Paging, desk: Annotated[Desk, open_to("insured", "auditor")]
) -> Response:
    """谁看过我 · Who looked at what of a person."""
    wanted = select(SIGHT).where(SIGHT.c.person == person)
    return desk.listed_of(own_person, person, wanted, SIGHT.c.id, page, _shown)


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "sight": row.id, "at": at_text(row.at), "by": row.by, "service": row.service,
        "about": row.about, "person": row.person, "outcome": row.outcome,
    }  # fmt: skip
