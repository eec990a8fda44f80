"""Persons: registered, found, enrolled; what is true of them, now and as it was known.

An identity number comes in the body of a request and never leaves but masked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import (
    Answer,
    Body,
    Code,
    Day,
    Facts,
    Name,
    Number,
    Words,
    example,
)
from gongji.api.histories import History, history_record
from gongji.api.paging import PageOf, Paging
from gongji.api.places import FactsOn, KnownOn, facts_record
from gongji.api.theirs import (
    own_membership,
    own_person,
    own_scheme,
    their_persons,
    their_rows,
    their_visits,
)
from gongji.book.acts import Act, Json
from gongji.book.persons.facts import facts_on, history_of
from gongji.book.persons.identity import read_identity
from gongji.book.persons.people import change_facts, enrol, leave, member_on, person_with, register
from gongji.book.schema.contributions import DUE
from gongji.book.schema.people import MEMBERSHIP, PERSON
from gongji.book.schema.visits import VISIT
from gongji.explain.record import in_both
from gongji.wording import Bilingual, Refused

__all__ = ["Identity", "room"]

room = APIRouter(tags=["persons · 人员"])

Identity = Annotated[str, Field(min_length=1, max_length=40, examples=["320402198001010012"])]
_PERSON = {"person": 1, "masked": "320402********0012", "born": "1980-01-01", "sex": "male"}
_MEMBERSHIP = {"scheme": 1, "employer": None, "since": "2024-01-01"}


class NewPerson(Body):
    """A person as on the card."""

    model_config = example({"identity": "320402198001010012", "name": "张三"})

    identity: Identity
    name: Name


class Wanted(Body):
    """The identity number of a person who is looked for, and a day, today without it."""

    model_config = example({"identity": "320402198001010012", "day": "2024-03-01"})

    identity: Identity
    day: Day | None = None


class Registered(Answer):
    """The person's number; a warning where the identity number is unusual."""

    model_config = example({"person": 1, "warning": None})

    person: Number
    warning: Words | None


class Person(Answer):
    """A person as lists show them."""

    model_config = example(_PERSON)

    person: Number
    masked: str
    born: Day
    sex: Literal["male", "female"]


class FoundPerson(Person):
    """A person who was looked for, and the scheme that insures them on the day, if one does."""

    model_config = example({**_PERSON, "scheme": 1})

    scheme: Number | None


class NamedPerson(Person):
    """A person with the name."""

    model_config = example({**_PERSON, "name": "张三"})

    name: str


class NewMembership(Body):
    """A scheme that insures a person from a day on, and what is true of the person then."""

    model_config = example({**_MEMBERSHIP, "facts": {"category": "active"}})

    scheme: Number
    since: Day
    employer: Code | None = None
    facts: Facts = Field(default_factory=dict)


class MembershipNumber(Answer):
    """A membership's number."""

    model_config = example({"membership": 1})

    membership: Number


class Membership(Answer):
    """A scheme that insures a person from a day to a day, both included."""

    model_config = example({"membership": 1, **_MEMBERSHIP, "until": None})

    membership: Number
    scheme: Number
    employer: Code | None
    since: Day
    until: Day | None


class LastDay(Body):
    """The last day on which a membership holds."""

    model_config = example({"last": "2024-06-30"})

    last: Day


class Change(Body):
    """What is true of a person from a day on, in the words of the scheme's policy."""

    model_config = example(
        {"scheme": 1, "since": "2024-05-01", "until": None, "facts": {"category": "retired"}}
    )

    scheme: Number
    since: Day
    until: Day | None = None
    facts: Annotated[Facts, Field(min_length=1)]


class Years(Answer):
    """The years for which something is written down of a person, the latest first."""

    model_config = example({"person": 1, "years": [2024, 2023]})

    person: Number
    years: list[int]


class PersonNumber(Answer):
    """A person's number."""

    model_config = example({"person": 1})

    person: Number


@room.post("/persons", status_code=201, response_model=Registered)
def register_person(said: NewPerson, desk: Annotated[Desk, writing_for("clerk")]) -> Response:
    """登记人员 · Write a person down, or find them: an identity number stands for one person."""

    def work(act: Act) -> Json:
        number = register(act, said.identity, said.name)
        warning = read_identity(said.identity, desk.day).warning
        return {"person": number, "warning": None if warning is None else in_both(warning)}

    return desk.done(said.model_dump(mode="json"), work)


@room.post("/find-person", response_model=FoundPerson)
def find_person(
    said: Wanted,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
) -> Response:
    """按身份证号查找 · Find a person by identity number; in the body, never in the address."""
    identity = read_identity(said.identity, desk.day).number

    def read(connection: Connection) -> Mapping[str, Any]:
        number = person_with(connection, desk.office.book.seal, identity)
        if number is None:
            raise Refused(
                "unknown_person",
                Bilingual("没有登记过这个身份证号", "nobody is registered with this number"),
                {"field": "identity"},
            )
        desk.person = number
        scheme: int | None = None
        with suppress(Refused):  # nobody insures them
            scheme = member_on(connection, number, said.day or desk.day).scheme.number
        row = connection.execute(select(PERSON).where(PERSON.c.id == number)).one()
        return {**_shown(row), "scheme": scheme}

    return desk.seen(read)


@room.get("/persons", response_model=PageOf[Person])
def list_persons(
    page: Paging, desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")]
) -> Response:
    """人员列表 · Persons, masked."""
    wanted = select(PERSON).where(their_persons(desk.user, desk.day))
    return desk.listed(wanted, PERSON.c.id, page, _shown)


@room.get("/persons/{person}", response_model=NamedPerson)
def see_person(
    person: Number, desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")]
) -> Response:
    """人员 · A person."""

    def read(connection: Connection) -> Mapping[str, Any]:
        row = own_person(desk, connection, person)
        name = json.loads(desk.office.book.seal.opened(row.sealed))["name"]
        return {**_shown(row), "name": name}

    return desk.seen(read)


@room.post("/persons/{person}/memberships", status_code=201, response_model=MembershipNumber)
def enrol_person(
    person: Number, said: NewMembership, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """参保 · Insure a person in a scheme of the area."""

    def work(act: Act) -> Json:
        own_scheme(desk, act.connection, said.scheme)
        number = enrol(
            act, desk.library, person, said.scheme, said.since, said.facts, said.employer
        )
        return {"membership": number}

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person)


@room.get("/persons/{person}/memberships", response_model=PageOf[Membership])
def list_memberships(
    person: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """参保关系 · The schemes that insure a person, or did."""

    def shown(row: Row[Any]) -> Mapping[str, Any]:
        until = None if row.until is None else row.until.isoformat()
        return {
            "membership": row.id, "scheme": row.scheme, "employer": row.employer,
            "since": row.since.isoformat(), "until": until,
        }  # fmt: skip

    wanted = select(MEMBERSHIP).where(
        (MEMBERSHIP.c.person == person) & MEMBERSHIP.c.ended.is_(None)
    )
    return desk.listed_of(own_person, person, wanted, MEMBERSHIP.c.id, page, shown)


@room.post("/memberships/{membership}/end", response_model=MembershipNumber)
def end_membership(
    membership: Number, said: LastDay, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """停保 · End a membership with a last day."""

    def work(act: Act) -> Json:
        own_membership(desk, act.connection, membership)
        leave(act, membership, said.last)
        return {"membership": membership}

    return desk.done({"membership": membership, **said.model_dump(mode="json")}, work, membership)


@room.post("/persons/{person}/facts", response_model=PersonNumber)
def change_person_facts(
    person: Number, said: Change, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """变更情形 · State what is true of a person from a day on, such as the category."""

    def work(act: Act) -> Json:
        own_person(desk, act.connection, person)
        scheme = own_scheme(desk, act.connection, said.scheme)
        change_facts(act, desk.library, person, scheme, said.since, said.facts, said.until)
        return {"person": person}

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person)


@room.get("/persons/{person}/facts", response_model=FactsOn)
def see_person_facts(
    person: Number,
    day: Annotated[Day, Query()],
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """某日情形 · What holds of a person on a day, and as it was known on another."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        facts = facts_on(connection, "person", str(person), day, known_on)
        return facts_record(facts, day, known_on)

    return desk.seen(read)


@room.get("/persons/{person}/history", response_model=History)
def see_history(
    person: Number,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """情形沿革 · All that holds of a person, from which day to which."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        return history_record(history_of(connection, "person", str(person), known_on), known_on)

    return desk.seen(read)


@room.get("/persons/{person}/years", response_model=Years)
def list_years_of_person(
    person: Number, desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")]
) -> Response:
    """有记录的年度 · The years for which something is written down of a person."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        joined = select(MEMBERSHIP.c.since).where(
            (MEMBERSHIP.c.person == person) & MEMBERSHIP.c.ended.is_(None)
        )
        cared = select(VISIT.c.day).where((VISIT.c.person == person) & their_visits(desk.user))
        due = select(DUE.c.period).where((DUE.c.person == person) & their_rows(desk, DUE))
        days = [day for one in (joined, cared) for day in connection.scalars(one.distinct())]
        years = {day.year for day in days}
        years |= {int(period[:4]) for period in connection.scalars(due.distinct())}
        return {"person": person, "years": sorted(years, reverse=True)}

    return desk.seen(read)


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "person": row.id, "masked": row.masked, "born": row.born.isoformat(), "sex": row.sex,
    }  # fmt: skip
