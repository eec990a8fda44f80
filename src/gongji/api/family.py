"""Family use of an account: who may use it, for whom, and what it pays of a relative's visit.

The owner authorises, at a desk or by themselves, and names the relative by identity number, so that
nobody finds out who is behind which number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Row, select
from starlette.responses import Response

from gongji.api.accounts import EntryNumber
from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import Amount, Answer, Body, Day, Facts, Number, day_text, example
from gongji.api.paging import PageOf, Paging
from gongji.api.persons import Identity
from gongji.api.theirs import own_member, own_person, own_row, own_visit
from gongji.book.accounts.family import authorise, pay_for_relative, revoke
from gongji.book.acts import Act, Json
from gongji.book.persons.identity import read_identity
from gongji.book.persons.people import person_with
from gongji.book.schema.accounts import AUTHORISATION
from gongji.book.schema.people import PERSON
from gongji.money import parse_yuan
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["family · 家庭共济"])

_OWNER, _RELATIVE = PERSON.alias("owners"), PERSON.alias("relatives")
_EVERY = select(
    AUTHORISATION, _OWNER.c.masked.label("owner_masked"),
    _RELATIVE.c.masked.label("relative_masked"),
).where(
    AUTHORISATION.c.ended.is_(None),
    _OWNER.c.id == AUTHORISATION.c.owner,
    _RELATIVE.c.id == AUTHORISATION.c.relative,
)  # fmt: skip
"""Authorisations, with what is shown of the two: whoever gave one has typed the whole number."""

Relation = Literal["spouse", "parent", "child", "other"]
_GIVEN = {"relation": "spouse", "since": "2024-03-01", "until": None}


class NewAuthorisation(Body):
    """Whom the owner lets use the account, from a day to a day; facts that the policy asks for.

    `relative` is the identity number, `relation` what the relative is to the owner.
    """

    model_config = example(
        {"relative": "320402198202020024", **_GIVEN, "facts": {"insured_in": "yunnan"}}
    )

    relative: Identity
    relation: Relation
    since: Day
    until: Day | None = None
    facts: Facts = Field(default_factory=dict)


class AuthorisationNumber(Answer):
    """An authorisation's number."""

    model_config = example({"authorisation": 1})

    authorisation: Number


class LastUse(Body):
    """The last day on which the relative may use the account."""

    model_config = example({"last": "2024-06-30"})

    last: Day


class Authorisation(Answer):
    """Whose account a relative may use, from a day to a day; `relation` is that to the owner."""

    model_config = example(
        {"authorisation": 1, "owner": 1, "owner_masked": "320402********0012", "relative": 2,
         "relative_masked": "320402********0024", **_GIVEN}
    )  # fmt: skip

    authorisation: Number
    owner: Number
    owner_masked: str
    relative: Number
    relative_masked: str
    relation: Relation
    since: Day
    until: Day | None


class FamilyPayment(Body):
    """What the account of an owner pays of a visit on a day, at most what was left in cash.

    `relation` is what the patient is said to be to the owner; the authorisation decides.
    """

    model_config = example(
        {"owner": 1, "amount": "40.00", "day": "2024-03-20", "relation": "spouse",
         "facts": {"insured_in": "yunnan"}}
    )  # fmt: skip

    owner: Number
    amount: Amount
    day: Day
    relation: Relation = "other"
    facts: Facts = Field(default_factory=dict)


@room.post("/persons/{person}/authorisations", status_code=201, response_model=AuthorisationNumber)
def authorise_relative(
    person: Number, said: NewAuthorisation, desk: Annotated[Desk, writing_for("insured", "clerk")]
) -> Response:
    """授权亲属 · Let a relative use the account of a person."""
    identity = read_identity(said.relative, desk.day, "relative").number

    def work(act: Act) -> Json:
        own_member(desk, act.connection, person, said.since)
        relative = person_with(act.connection, act.seal, identity)
        if relative is None:
            raise Refused(
                "unknown_relative",
                Bilingual("没有登记过这个身份证号的亲属",
                          "nobody is registered with the relative's identity number"),
                {"field": "relative"},
            )  # fmt: skip
        number = authorise(
            act, desk.library, person, relative, said.relation, said.since, said.until, said.facts
        )
        return {"authorisation": number}

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person)


@room.post("/authorisations/{authorisation}/revoke", response_model=AuthorisationNumber)
def revoke_authorisation(
    authorisation: Number,
    said: LastUse,
    desk: Annotated[Desk, writing_for("insured", "clerk")],
) -> Response:
    """撤销授权 · End an authorisation with a last day; only its owner's desk or the owner can."""

    def work(act: Act) -> Json:
        own_row(desk, act.connection, AUTHORISATION, authorisation, "授权")
        revoke(act, authorisation, said.last)
        return {"authorisation": authorisation}

    request = {"authorisation": authorisation, **said.model_dump(mode="json")}
    return desk.done(request, work, authorisation)


@room.get("/persons/{person}/authorisations", response_model=PageOf[Authorisation])
def list_authorisations(
    person: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """授权列表 · Whom a person lets use the account."""
    wanted = _EVERY.where(AUTHORISATION.c.owner == person)
    return desk.listed_of(own_person, person, wanted, AUTHORISATION.c.id, page, _shown)


@room.get("/persons/{person}/authorised-by", response_model=PageOf[Authorisation])
def list_authorised_by(
    person: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """可用的亲属账户 · Whose accounts a person may use."""
    wanted = _EVERY.where(AUTHORISATION.c.relative == person)
    return desk.listed_of(own_person, person, wanted, AUTHORISATION.c.id, page, _shown)


@room.post("/visits/{visit}/family-payments", status_code=201, response_model=EntryNumber)
def pay_from_relative(
    visit: Number, said: FamilyPayment, desk: Annotated[Desk, writing_for("institution", "clerk")]
) -> Response:
    """亲属账户支付 · Pay cash of a settled visit out of the account of a relative."""
    fen = parse_yuan(said.amount, "amount")

    def work(act: Act) -> Json:
        own_visit(desk, act.connection, visit)
        entry = pay_for_relative(
            act, desk.library, visit, said.owner, fen, said.day, said.facts, said.relation
        )
        return {"entry": entry}

    return desk.done({"visit": visit, **said.model_dump(mode="json")}, work, visit)


def _shown(row: Row[Any]) -> Mapping[str, Any]:
    return {
        "authorisation": row.id, "owner": row.owner, "owner_masked": row.owner_masked,
        "relative": row.relative, "relative_masked": row.relative_masked,
        "relation": row.relation, "since": row.since.isoformat(), "until": day_text(row.until),
    }  # fmt: skip
