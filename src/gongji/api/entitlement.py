"""Whether a person is in benefit: it follows from what was paid, by the rules of the policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.desk import Desk, open_to
from gongji.api.fields import Answer, Day, Number, Words, day_text, example
from gongji.api.places import KnownOn
from gongji.api.settlements import Citation
from gongji.api.theirs import own_area, own_person
from gongji.book.contributions.entitlement import Entitlement, entitlement_on
from gongji.book.persons.people import member_on
from gongji.explain.answers import answer_record, tell
from gongji.explain.record import in_both
from gongji.policy.versions import Library

__all__ = ["room"]

room = APIRouter(tags=["contributions · 缴费与待遇"])


class Answered(Answer):
    """What a policy answered to a question, with its clauses; more fields follow the question."""

    model_config = ConfigDict(extra="allow")

    policy: str
    version: Day
    question: str
    because: Words | None
    citations: list[Citation]


class InBenefit(Answer):
    """Whether a person is in benefit on a day; `state` is the word of the policies for it.

    `answer` is the policy's, null where it did not have to be asked; `clauses` are those that
    decide.
    """

    model_config = example(
        {"person": 1, "day": "2024-03-01", "known_on": None, "entitled": True, "state": "normal",
         "because": None, "clauses": [], "answer": None}
    )  # fmt: skip

    person: Number
    day: Day
    known_on: Day | None
    entitled: bool
    state: str
    because: Words | None
    clauses: list[str]
    answer: Answered | None


@room.get("/persons/{person}/entitlement", response_model=InBenefit)
def see_entitlement(
    person: Number,
    day: Annotated[Day, Query()],
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """待遇状态 · Whether a person is in benefit on a day, and by which clause."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        own_area(desk, member_on(connection, person, day, known_on).scheme.area)
        found = entitlement_on(connection, desk.library, person, day, known_on)
        days = {"day": day.isoformat(), "known_on": day_text(known_on)}
        return {"person": person, **days, **_shown(desk.library, found)}

    return desk.seen(read)


def _shown(library: Library, one: Entitlement) -> dict[str, Any]:
    answer = one.answer
    told = None
    if answer is not None:
        told = answer_record(tell(answer, library.document(answer.policy.document)))
    return {
        "entitled": one.entitled, "state": one.state,
        "because": one.because and in_both(one.because),
        "clauses": [] if answer is None else list(answer.case.mark.clauses), "answer": told,
    }  # fmt: skip
