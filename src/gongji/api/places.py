"""Areas, their schemes, institutions, employers and schools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import (
    Answer,
    AreaCode,
    Body,
    Code,
    Day,
    Fact,
    Facts,
    Name,
    Names,
    Number,
    example,
)
from gongji.api.paging import PageOf, Paging
from gongji.api.theirs import own_area, own_institution, their_employers
from gongji.book.access.users import ROLES
from gongji.book.acts import Act, Json
from gongji.book.persons.facts import facts_on
from gongji.book.places import open_area, open_employer, open_institution, open_scheme
from gongji.book.schema.places import AREA, EMPLOYER, INSTITUTION, SCHEME
from gongji.wording import Bilingual

__all__ = ["room"]

room = APIRouter(tags=["places · 统筹区、险种、机构、单位"])

_AREA = {"code": "320400", "name": {"zh": "白河市", "en": "Baihe"}}
_SCHEME = {"area": "320400", "policy": "baihe/employee", "parameters": {}}
_INSTITUTION = {"code": "H0001", "area": "320400", "name": "第一人民医院"}
_EMPLOYER = {"code": "E0001", "area": "320400", "kind": "employer", "name": "某某有限公司"}

_Word = Annotated[str, Field(min_length=1, max_length=100)]
Parameters = Annotated[dict[_Word, _Word | dict[_Word, _Word]], Field(max_length=200)]
"""What the documents of a policy leave to others: a figure, or one for each row or period."""


TheseCodes = Annotated[
    str | None,
    Query(max_length=4000, description="those of these codes, with commas between them"),
]


class Area(Body):
    """A pooling area, by its division code."""

    model_config = example(_AREA)

    code: AreaCode
    name: Names


class NewScheme(Body):
    """What a policy rules in an area, and the parameters that its documents leave to others."""

    model_config = example(_SCHEME)

    area: AreaCode
    policy: Annotated[str, Field(max_length=64, examples=["baihe/employee"])]
    parameters: Parameters = Field(default_factory=dict)


class Scheme(NewScheme):
    """A scheme, with its number."""

    model_config = example({"scheme": 1, **_SCHEME})

    scheme: Number


class SchemeNumber(Answer):
    """A scheme's number."""

    model_config = example({"scheme": 1})

    scheme: Number


class Institution(Body):
    """A designated institution."""

    model_config = example(_INSTITUTION)

    code: Code
    area: AreaCode
    name: Name


class NewInstitution(Institution):
    """A designated institution, with what is true of it from a day on."""

    model_config = example(
        {**_INSTITUTION, "since": "2024-01-01",
         "facts": {"provider": "hospital", "tier": "tier_3", "designated": "yes"}}
    )  # fmt: skip

    since: Day
    facts: Facts = Field(default_factory=dict)


class Employer(Body):
    """An employer or a school."""

    model_config = example(_EMPLOYER)

    code: Code
    area: AreaCode
    kind: Literal["employer", "school"]
    name: Name


class CodeOf(Answer):
    """The code of what was opened."""

    model_config = example({"code": "H0001"})

    code: Code


class FactsOn(Answer):
    """What holds on a day; where `known_on` is said, as it was known at the end of that day."""

    model_config = example({"day": "2024-06-01", "known_on": None, "facts": {"tier": "tier_3"}})

    day: Day
    known_on: Day | None
    facts: dict[str, Fact]


KnownOn = Annotated[Day | None, Query(description="as it was known at the end of this day")]


@room.post("/areas", status_code=201, response_model=CodeOf)
def open_an_area(said: Area, desk: Annotated[Desk, writing_for("supervisor")]) -> Response:
    """登记统筹区 · Open a pooling area; only a supervisor of the whole book can."""

    def work(act: Act) -> Json:
        own_area(desk, said.code)
        open_area(act, said.code, Bilingual(said.name.zh, said.name.en))
        return {"code": said.code}

    return desk.done(said.model_dump(mode="json"), work)


@room.get("/areas", response_model=PageOf[Area])
def list_areas(page: Paging, desk: Annotated[Desk, open_to(*ROLES)]) -> Response:
    """统筹区列表 · Pooling areas."""

    def shown(row: Row[Any]) -> Mapping[str, Any]:
        return {"code": row.code, "name": {"zh": row.zh, "en": row.en}}

    return desk.listed(select(AREA), AREA.c.code, page, shown)


@room.post("/schemes", status_code=201, response_model=SchemeNumber)
def open_a_scheme(said: NewScheme, desk: Annotated[Desk, writing_for("supervisor")]) -> Response:
    """登记险种 · Have an area insure people by a policy."""

    def work(act: Act) -> Json:
        own_area(desk, said.area)
        number = open_scheme(act, desk.library, said.area, said.policy, said.parameters)
        return {"scheme": number}

    return desk.done(said.model_dump(mode="json"), work)


@room.get("/schemes", response_model=PageOf[Scheme])
def list_schemes(page: Paging, desk: Annotated[Desk, open_to(*ROLES)]) -> Response:
    """险种列表 · Schemes."""

    def shown(row: Row[Any]) -> Mapping[str, Any]:
        return {
            "scheme": row.id, "area": row.area, "policy": row.policy,
            "parameters": json.loads(row.parameters),
        }  # fmt: skip

    return desk.listed(select(SCHEME), SCHEME.c.id, page, shown)


@room.post("/institutions", status_code=201, response_model=CodeOf)
def open_an_institution(
    said: NewInstitution, desk: Annotated[Desk, writing_for("supervisor")]
) -> Response:
    """登记定点机构 · Open an institution."""

    def work(act: Act) -> Json:
        own_area(desk, said.area)
        open_institution(act, said.area, said.code, said.name, said.since, said.facts)
        return {"code": said.code}

    return desk.done(said.model_dump(mode="json"), work)


@room.get("/institutions", response_model=PageOf[Institution])
def list_institutions(
    page: Paging,
    desk: Annotated[Desk, open_to(*ROLES)],
    codes: TheseCodes = None,
) -> Response:
    """定点机构列表 · Institutions; who they are is for everybody."""
    wanted = select(INSTITUTION)
    if codes is not None:
        wanted = wanted.where(INSTITUTION.c.code.in_(codes.split(",")))
    return desk.listed(wanted, INSTITUTION.c.code, page, _place)


@room.get("/institutions/{institution}/facts", response_model=FactsOn)
def see_institution_facts(
    institution: Code,
    day: Annotated[Day, Query()],
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """机构情形 · What holds of an institution on a day, such as its tier."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_institution(desk, connection, institution)
        facts = facts_on(connection, "institution", institution, day, known_on)
        return facts_record(facts, day, known_on)

    return desk.seen(read)


@room.post("/employers", status_code=201, response_model=CodeOf)
def open_an_employer(said: Employer, desk: Annotated[Desk, writing_for("clerk")]) -> Response:
    """登记单位 · Open an employer or a school."""

    def work(act: Act) -> Json:
        own_area(desk, said.area)
        open_employer(act, said.area, said.code, said.kind, said.name)
        return {"code": said.code}

    return desk.done(said.model_dump(mode="json"), work)


@room.get("/employers", response_model=PageOf[Employer])
def list_employers(
    page: Paging,
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
    codes: TheseCodes = None,
) -> Response:
    """单位列表 · Employers and schools of the area."""

    def shown(row: Row[Any]) -> Mapping[str, Any]:
        return {**_place(row), "kind": row.kind}

    wanted = select(EMPLOYER).where(their_employers(desk.user))
    if codes is not None:
        wanted = wanted.where(EMPLOYER.c.code.in_(codes.split(",")))
    return desk.listed(wanted, EMPLOYER.c.code, page, shown)


def facts_record(facts: Mapping[str, Any], day: date, known_on: date | None) -> dict[str, Any]:
    """Facts as they are answered, with the days that were asked about."""
    known = None if known_on is None else known_on.isoformat()
    return {"day": day.isoformat(), "known_on": known, "facts": dict(facts)}


def _place(row: Row[Any]) -> dict[str, Any]:
    return {"code": row.code, "area": row.area, "name": row.name}
