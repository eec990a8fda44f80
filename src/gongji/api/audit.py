"""Who did what and who saw what: for auditors, and for the insured of what is about themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, Connection, Row, Table, func, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to
from gongji.api.fields import Answer, Day, Moment, Number, Words, at_text, example
from gongji.api.paging import EitherWay, PageOf
from gongji.api.theirs import own_person
from gongji.book.access.sights import broken_sights
from gongji.book.acts import began, broken_acts
from gongji.book.schema.acts import ACT
from gongji.book.schema.sights import SIGHT
from gongji.explain.record import in_both

__all__ = ["room"]

room = APIRouter(tags=["audit · 审计"])

_DAY = timedelta(days=1)
_MOST_TOLD = 100
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


class Chains(Answer):
    """Whether what was done and seen is as it was written: how many, and what does not hold."""

    model_config = example({"acts": 12, "sights": 7, "broken": []})

    acts: int
    sights: int
    broken: list[Words]


By = Annotated[str | None, Query(max_length=32, description="by this user only")]
First = Annotated[Day | None, Query(description="of this day and later")]
Last = Annotated[Day | None, Query(description="of this day and earlier")]
Service = Annotated[str | None, Query(max_length=64, description="of this service only")]


@room.get("/acts", response_model=PageOf[DoneAct])
def list_acts(
    page: EitherWay,
    desk: Annotated[Desk, open_to("auditor")],
    by: By = None,
    first: First = None,
    last: Last = None,
    service: Service = None,
) -> Response:
    """办理记录 · Everything that was ever done in the book."""

    def shown(row: Row[Any]) -> dict[str, Any]:
        return {
            "act": row.id, "at": at_text(row.at), "day": row.day.isoformat(), "by": row.by,
            "service": row.service,
        }  # fmt: skip

    columns = select(ACT.c.id, ACT.c.at, ACT.c.day, ACT.c.by, ACT.c.service)
    return desk.listed(
        columns.where(*_wanted(ACT, by, first, last, service)), ACT.c.id, page, shown
    )


@room.get("/sights", response_model=PageOf[SeenSight])
def list_sights(
    page: EitherWay,
    desk: Annotated[Desk, open_to("auditor")],
    by: By = None,
    first: First = None,
    last: Last = None,
    service: Service = None,
    person: Annotated[Number | None, Query(description="about this person only")] = None,
) -> Response:
    """查看记录 · Everything that was ever looked at."""
    wanted = select(SIGHT).where(*_wanted(SIGHT, by, first, last, service))
    if person is not None:
        desk.person = person
        wanted = wanted.where(SIGHT.c.person == person)
    return desk.listed(wanted, SIGHT.c.id, page, _shown)


@room.get("/chains", response_model=Chains)
def see_chains(desk: Annotated[Desk, open_to("auditor")]) -> Response:
    """哈希链 · Whether all acts and sights are as they were written; every one is looked at."""

    def read(connection: Connection) -> Mapping[str, Any]:
        broken = [*islice(broken_acts(connection), _MOST_TOLD)]
        broken += islice(broken_sights(connection), _MOST_TOLD)
        return {
            "acts": connection.scalar(select(func.count()).select_from(ACT)),
            "sights": connection.scalar(select(func.count()).select_from(SIGHT)),
            "broken": [in_both(one) for one in broken],
        }  # fmt: skip

    return desk.seen(read)


@room.get("/persons/{person}/sights", response_model=PageOf[SeenSight])
def list_sights_of_person(
    person: Number,
    page: EitherWay,
    desk: Annotated[Desk, open_to("insured", "auditor")],
    first: First = None,
    last: Last = None,
    others: Annotated[
        Literal["yes", "no"], Query(description="yes: only the looks of others than who asks")
    ] = "no",
) -> Response:
    """谁看过我 · Who looked at what of a person."""
    wanted = select(SIGHT).where(SIGHT.c.person == person, *_wanted(SIGHT, None, first, last, None))
    if others == "yes":
        wanted = wanted.where(SIGHT.c.by != desk.user.name)
    return desk.listed_of(own_person, person, wanted, SIGHT.c.id, page, _shown)


def _wanted(
    table: Table, by: str | None, first: date | None, last: date | None, service: str | None
) -> list[ColumnElement[bool]]:
    """What holds of the rows that are wanted; days are those in China."""
    found: list[ColumnElement[bool]] = []
    if by is not None:
        found.append(table.c.by == by)
    if service is not None:
        found.append(table.c.service == service)
    if first is not None:
        found.append(table.c.at >= began(first))
    if last is not None:
        found.append(table.c.at < began(last + _DAY))
    return found


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "sight": row.id, "at": at_text(row.at), "by": row.by, "service": row.service,
        "about": row.about, "person": row.person, "outcome": row.outcome,
    }  # fmt: skip
