"""Registrations: recognitions, filings, agreements, referrals, as the policy decides of papers.

A clerk applies, for a clerk has seen the papers; the insured see how theirs stand.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import Answer, Body, Code, Day, Fact, Facts, Name, Number, day_text, example
from gongji.api.paging import PageOf, Paging, page_among, page_of
from gongji.api.papers import Brought, Lacking, lacking_record
from gongji.api.places import KnownOn
from gongji.api.theirs import own_member, own_person, own_row, their_rows
from gongji.book.acts import Act, Json
from gongji.book.known import standing
from gongji.book.registrations import registering as book
from gongji.book.schema.papers import REGISTERED_FACT, REGISTRATION, REGISTRATION_STATE
from gongji.book.schema.people import PERSON

__all__ = ["room"]

State = Literal["pending", "in_force", "ended"]

room = APIRouter(tags=["registrations · 登记备案"])

_REGISTRATION = {
    "registration": 1, "person": 1, "question": "chronic_registration", "state": "in_force",
    "since": "2024-03-01", "until": None, "missing": [],
    "sets": {"chronic_diseases": ["hypertension"]}, "on_bills": [],
}  # fmt: skip


class Application(Body):
    """What is applied for on a day: a question of the policy, the facts that it asks, the papers.

    The institutions, or the area, that it is for are named where the question asks for one.
    """

    model_config = example(
        {"question": "chronic_registration", "day": "2024-03-01",
         "facts": {"designated": "yes", "chronic_applied": "hypertension",
                   "evidence_from": "community", "uploaded_on": "2024-03-01"},
         "papers": ["medical_record", "test_report"], "institutions": [], "area": ""}
    )  # fmt: skip

    question: Name
    day: Day
    facts: Facts = Field(default_factory=dict)
    papers: Brought = Field(default_factory=list)
    institutions: Annotated[list[Code], Field(max_length=16)] = Field(default_factory=list)
    area: Annotated[str, Field(pattern=r"^([0-9]{6})?$")] = ""


class More(Body):
    """Papers that were brought on a day; facts take the place of what was said before."""

    model_config = example({"day": "2024-03-05", "papers": ["test_report"], "facts": {}})

    day: Day
    papers: Brought = Field(default_factory=list)
    facts: Facts = Field(default_factory=dict)


class Last(Body):
    """The last day in force; one before the first takes the registration back as a whole."""

    model_config = example({"last": "2024-06-30"})

    last: Day


class OnBills(Answer):
    """A fact of bills that a registration sets: for bills with `only`, at a place."""

    model_config = example(
        {"fact": "recognised_here", "value": "yes", "only": {"special_disease": "renal_failure"},
         "institution": "H0001", "area": None}
    )  # fmt: skip

    fact: str
    value: Fact
    only: dict[str, Fact]
    institution: Code | None
    area: str | None


class Registration(Answer):
    """A registration and how it stands; `sets` is what it states of the person.

    `on_bills` is what it sets on bills.  One that is `pending` names the papers that lack.
    """

    model_config = example(_REGISTRATION)

    registration: Number
    person: Number
    question: str
    state: State
    since: Day | None
    until: Day | None
    missing: list[Lacking]
    sets: dict[str, Fact]
    on_bills: list[OnBills]


class RegistrationOf(Registration):
    """A registration, and whose it is."""

    model_config = example({**_REGISTRATION, "masked": "320402********0012"})

    masked: str


@room.post("/persons/{person}/registrations", response_model=Registration)
def apply_for_registration(
    person: Number,
    said: Application,
    desk: Annotated[Desk, writing_for("clerk")],
    trial: Trial = "no",
) -> Response:
    """申请登记 · Apply for what a question of the policy grants.

    In force at once, or pending until the papers that lack are brought.
    """

    def work(act: Act) -> Json:
        own_member(desk, act.connection, person, said.day)
        asked = book.Application(said.day, said.facts, said.papers, said.institutions, said.area)
        found = book.apply(act, desk.library, person, said.question, asked)
        return _shown(found, _on_bills(act.connection, [found.number]))

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person, trial)


@room.post("/registrations/{registration}/papers", response_model=Registration)
def bring_papers(
    registration: Number, said: More, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """补材料 · Bring papers that lacked; the policy is asked about that day again."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, REGISTRATION, registration, _TITLE)
        found = book.bring(act, desk.library, registration, said.day, said.papers, said.facts)
        return _shown(found, _on_bills(act.connection, [registration]))

    request = {"registration": registration, **said.model_dump(mode="json")}
    return desk.done(request, work, registration)


@room.post("/registrations/{registration}/end", response_model=Registration)
def end_a_registration(
    registration: Number, said: Last, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """结束登记 · End a registration with its last day, or withdraw one that is pending."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, REGISTRATION, registration, _TITLE)
        found = book.end_registration(act, registration, said.last)
        return _shown(found, _on_bills(act.connection, [registration]))

    request = {"registration": registration, **said.model_dump(mode="json")}
    return desk.done(request, work, registration)


@room.get("/persons/{person}/registrations", response_model=PageOf[Registration])
def list_registrations(
    person: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """登记列表 · A person's registrations, ended ones too."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        mine = select(REGISTRATION.c.id).where(their_rows(desk, REGISTRATION))
        theirs = set(connection.scalars(mine.where(REGISTRATION.c.person == person)))
        every = book.registrations_of(connection, person, known_on)
        found = [one for one in every if one.number in theirs]
        bills = _on_bills(connection, theirs, known_on)
        return page_among(found, lambda one: one.number, 0, page, lambda one: _shown(one, bills))

    return desk.seen(read)


@room.get("/registrations", response_model=PageOf[RegistrationOf])
def list_all_registrations(
    page: Paging,
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
    state: Annotated[State | None, Query(description="only those that stand so")] = None,
) -> Response:
    """全部登记 · Registrations, such as those that wait for papers."""

    def read(connection: Connection) -> Mapping[str, Any]:
        stands = REGISTRATION_STATE.c.registration == REGISTRATION.c.id
        wanted = (
            select(REGISTRATION.c.id, PERSON.c.masked)
            .join(PERSON, PERSON.c.id == REGISTRATION.c.person)
            .join(REGISTRATION_STATE, stands & standing(REGISTRATION_STATE))
            .where(their_rows(desk, REGISTRATION))
        )
        if state is not None:
            wanted = wanted.where(REGISTRATION_STATE.c.state == state)

        def shown(row: Row[Any]) -> Mapping[str, Any]:
            found = book.registration_with(connection, row.id)
            bills = _on_bills(connection, [row.id])
            return {**_shown(found, bills), "masked": row.masked}

        return page_of(connection, wanted, REGISTRATION.c.id, page, shown)

    return desk.seen(read)


@room.get("/registrations/{registration}", response_model=Registration)
def see_registration(
    registration: Number,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """登记 · A registration."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_row(desk, connection, REGISTRATION, registration, _TITLE)
        found = book.registration_with(connection, registration)
        return _shown(found, _on_bills(connection, [registration]))

    return desk.seen(read)


_TITLE = "登记"


_Bills = Mapping[int, list[dict[str, Any]]]


def _shown(one: book.Registration, bills: _Bills) -> dict[str, Any]:
    return {
        "registration": one.number, "person": one.person, "question": one.question,
        "state": one.state, "since": day_text(one.since), "until": day_text(one.until),
        "missing": lacking_record(one.missing), "sets": dict(one.sets),
        "on_bills": bills.get(one.number, []),
    }  # fmt: skip


def _on_bills(
    connection: Connection, registrations: Collection[int], known_on: date | None = None
) -> _Bills:
    """What registrations set on bills, by their numbers."""
    mine = REGISTERED_FACT.c.registration.in_(registrations) & standing(REGISTERED_FACT, known_on)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in connection.execute(
        select(REGISTERED_FACT).where(mine).order_by(REGISTERED_FACT.c.id)
    ):
        found.setdefault(row.registration, []).append({
            "fact": row.name, "value": json.loads(row.value), "only": json.loads(row.only),
            "institution": row.institution, "area": row.area,
        })  # fmt: skip
    return found
