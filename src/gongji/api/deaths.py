"""Deaths: written down, taken back where mistaken, and the account paid out to the heirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection, select
from starlette.responses import Response

from gongji.api.accounts import EntryNumber
from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import Answer, Body, Day, Facts, Name, Number, day_text, example
from gongji.api.persons import Identity
from gongji.api.places import KnownOn
from gongji.api.theirs import own_person, own_row, own_scheme, own_ward
from gongji.book.accounts.estates import Heir, inherit, record_death, take_back_death
from gongji.book.acts import Act, Json
from gongji.book.known import standing
from gongji.book.schema.turns import DEATH

__all__ = ["Basis", "room"]

room = APIRouter(tags=["turns of life · 人生变动"])

Basis = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\u0000-\u001f\u007f]+$")]
"""The rules that are gone by where the policy's document leaves something to them."""


class DayOfDeath(Body):
    """The day on which a person died."""

    model_config = example({"day": "2024-03-01"})

    day: Day


class WrittenDown(Answer):
    """A death that was written down; visits and credits of later days are to be looked at."""

    model_config = example({"death": 1, "visits": [3], "credits": []})

    death: Number
    visits: list[Number]
    credits: list[Number]


class DeathNumber(Answer):
    """The number of a death."""

    model_config = example({"death": 1})

    death: Number


class Died(Answer):
    """The day on which a person died; null while they live."""

    model_config = example({"death": None, "person": 1, "day": None, "known_on": None})

    death: Number | None
    person: Number
    day: Day | None
    known_on: Day | None


class NewHeir(Body):
    """Who inherits, and which share."""

    model_config = example({"identity": "320402198202020024", "name": "李四", "share": "1/2"})

    identity: Identity
    name: Name
    share: Annotated[str, Field(min_length=1, max_length=20)]


class Inheritance(Body):
    """The heirs, whose shares are the whole, and the day on which they are paid.

    Facts are what the policy asks for, such as the papers; `basis` names the rules where its
    document leaves inheritance to others.
    """

    model_config = example(
        {"scheme": 1, "day": "2024-04-01", "facts": {}, "basis": None,
         "heirs": [{"identity": "320402198202020024", "name": "李四", "share": "1"}]}
    )  # fmt: skip

    scheme: Number
    heirs: Annotated[list[NewHeir], Field(min_length=1, max_length=32)]
    day: Day
    facts: Facts = Field(default_factory=dict)
    basis: Basis | None = None


@room.post("/persons/{person}/death", status_code=201, response_model=WrittenDown)
def write_death_down(
    person: Number,
    said: DayOfDeath,
    desk: Annotated[Desk, writing_for("clerk")],
    trial: Trial = "no",
) -> Response:
    """登记死亡 · Write down that a person died; memberships end with that day."""

    def work(act: Act) -> Json:
        own_ward(desk, act.connection, person)
        found = record_death(act, person, said.day)
        return {
            "death": found.number, "visits": list(found.visits), "credits": list(found.credits),
        }  # fmt: skip

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person, trial)


@room.get("/persons/{person}/death", response_model=Died)
def see_death(
    person: Number,
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """死亡登记 · Whether a person died, and when."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        mine = (DEATH.c.person == person) & standing(DEATH, known_on)
        row = connection.execute(select(DEATH).where(mine)).one_or_none()
        return {
            "death": row and row.id, "person": person, "day": row and row.day.isoformat(),
            "known_on": day_text(known_on),
        }  # fmt: skip

    return desk.seen(read)


@room.post("/deaths/{death}/take-back", response_model=DeathNumber)
def take_back_a_death(death: Number, desk: Annotated[Desk, writing_for("supervisor")]) -> Response:
    """更正死亡登记 · Take back a death that was mistaken; the person is to be enrolled again."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, DEATH, death, "死亡登记")
        take_back_death(act, death)
        return {"death": death}

    return desk.done({"death": death}, work, death)


@room.post("/persons/{person}/inheritance", response_model=EntryNumber)
def pay_heirs(
    person: Number,
    said: Inheritance,
    desk: Annotated[Desk, writing_for("supervisor")],
    trial: Trial = "no",
) -> Response:
    """账户继承 · Pay out the account of a person who died to the heirs."""

    def work(act: Act) -> Json:
        own_person(desk, act.connection, person)
        own_scheme(desk, act.connection, said.scheme)
        heirs = [Heir(one.identity, one.name, one.share) for one in said.heirs]
        entry = inherit(
            act, desk.library, person, said.scheme, heirs, said.day, said.facts, said.basis
        )
        return {"entry": entry}

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person, trial)
