"""Institutions as they change: what is true of them from a day on, and was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import Body, Code, Day, Facts, example
from gongji.api.histories import History, history_record
from gongji.api.places import CodeOf, KnownOn
from gongji.api.theirs import own_institution
from gongji.book.acts import Act, Json
from gongji.book.persons.facts import history_of
from gongji.book.places import change_institution

__all__ = ["room"]

room = APIRouter(tags=["places · 统筹区、险种、机构、单位"])


class Changed(Body):
    """What is true of an institution from a day on, in the words of the policies."""

    model_config = example({"since": "2024-07-01", "until": None, "facts": {"tier": "tier_2"}})

    since: Day
    until: Day | None = None
    facts: Annotated[Facts, Field(min_length=1)]


@room.post("/institutions/{institution}/facts", response_model=CodeOf)
def change_institution_facts(
    institution: Code, said: Changed, desk: Annotated[Desk, writing_for("supervisor")]
) -> Response:
    """变更机构情形 · State what is true of an institution from a day on, such as its tier."""

    def work(act: Act) -> Json:
        own_institution(desk, act.connection, institution)
        change_institution(act, desk.library, institution, said.since, said.facts, said.until)
        return {"code": institution}

    return desk.done({"institution": institution, **said.model_dump(mode="json")}, work)


@room.get("/institutions/{institution}/history", response_model=History)
def see_institution_history(
    institution: Code,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """机构情形沿革 · All that holds of an institution, from which day to which."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_institution(desk, connection, institution)
        found = history_of(connection, "institution", institution, known_on)
        return history_record(found, known_on)

    return desk.seen(read)
