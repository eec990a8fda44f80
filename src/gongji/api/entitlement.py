"""Whether a person is in benefit, on a day and over a year; what is left to them of it then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import ConfigDict
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.desk import Desk, open_to
from gongji.api.fields import Answer, Day, Number, Words, Yuan, day_text, example
from gongji.api.places import KnownOn
from gongji.api.settlements import Citation
from gongji.api.theirs import own_area, own_person
from gongji.book.care.left import Standing, standing_on
from gongji.book.contributions.entitlement import Entitlement, entitlement_on
from gongji.book.contributions.over_time import Stretch, entitlement_over
from gongji.book.persons.people import member_on
from gongji.engine.left import Left
from gongji.explain.answers import answer_record, tell
from gongji.explain.explanation import left_in_words
from gongji.explain.names import Names
from gongji.explain.record import cite_record, in_both
from gongji.money import format_yuan
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


class Days(Answer):
    """Days of a year alike, both included; a day without a row is none of an insurance of theirs.

    `entitled` is null where the document is silent, `because` says so then.  `known_then` is
    whether the person was in benefit as it was known at the end of each day; null where the book
    did not know of the person yet.
    """

    since: Day
    until: Day
    scheme: Number
    entitled: bool | None
    state: str
    because: Words | None
    clauses: list[str]
    known_then: bool | None


class YearOfBenefit(Answer):
    """A year of a person as it is known now, and as it was known on each day."""

    model_config = example(
        {"person": 1, "year": 2024, "days": [
            {"since": "2024-01-01", "until": "2024-12-31", "scheme": 1, "entitled": True,
             "state": "normal", "because": None, "clauses": [], "known_then": True}]}
    )  # fmt: skip

    person: Number
    year: int
    days: list[Days]


class LeftOne(Answer):
    """A deductible, a band or a limit: `left` of `edge` once `used` of it is.

    `kind` says which; of the `next_deductible` nothing is counted, and of the `account` all of the
    balance is left.  `meter` is what counts it, by its name in the policy and its year.
    """

    kind: Literal[
        "deductible", "next_deductible", "band", "gap", "limit_of_cost", "limit_of_payment",
        "account",
    ]  # fmt: skip
    benefit: str
    title: Words
    meter: str | None
    fund: str | None
    used: Yuan
    edge: Yuan
    left: Yuan
    text: Words
    citations: list[Citation]


class LeftInYear(Answer):
    """What is left to a person in the benefit year of a day, with all that is settled so far."""

    model_config = example(
        {"person": 1, "day": "2024-03-01", "scheme": 1, "policy": "baihe/employee",
         "version": "2024-01-01", "left": [
            {"kind": "deductible", "benefit": "ordinary", "meter": "ordinary_cost@2024",
             "title": {"zh": "普通门诊", "en": "ordinary care"}, "fund": None,
             "used": "195.00", "edge": "600.00", "left": "405.00",
             "text": {"zh": "起付标准 600.00 元，还差 405.00 元",
                      "en": "deductible 600.00 yuan, 405.00 still to meet"}, "citations": []}]}
    )  # fmt: skip

    person: Number
    day: Day
    scheme: Number
    policy: str
    version: Day
    left: list[LeftOne]


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


@room.get("/persons/{person}/entitlement/year", response_model=YearOfBenefit)
def see_year_of_entitlement(
    person: Number,
    year: Annotated[int, Query(ge=1950, le=2998)],
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """待遇年历 · When in a year a person was in benefit, as known now and as known then."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        first, last = date(year, 1, 1), date(year, 12, 31)
        found = entitlement_over(connection, desk.library, person, first, last, desk.day)
        theirs = [
            _days(one, one.scheme.number)
            for one in found
            if one.scheme is not None and desk.user.area in (None, one.scheme.area)
        ]
        return {"person": person, "year": year, "days": theirs}

    return desk.seen(read)


@room.get("/persons/{person}/left", response_model=LeftInYear)
def see_left(
    person: Number,
    day: Annotated[Day, Query()],
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """年内剩余 · What is left of deductibles and limits in the benefit year of a day."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        found = standing_on(connection, desk.library, person, day)
        own_area(desk, found.area)
        return {"person": person, "day": day.isoformat(), **_left(desk.library, found)}

    return desk.seen(read)


def _left(library: Library, one: Standing) -> dict[str, Any]:
    names = Names(one.policy, library.document(one.policy.document))
    return {
        "scheme": one.scheme, "policy": one.policy.id,
        "version": one.policy.in_force.first.isoformat(),
        "left": [_left_one(left, names) for left in one.left],
    }  # fmt: skip


def _left_one(one: Left, names: Names) -> dict[str, Any]:
    marks = ((source.mark, str(source.place or "")) for source in one.sources)
    return {
        "kind": one.kind, "benefit": one.benefit, "title": in_both(names.station(one.benefit)),
        "meter": None if one.meter is None else str(one.meter), "fund": one.fund or None,
        "used": format_yuan(one.reading), "edge": format_yuan(one.edge),
        "left": format_yuan(one.left), "text": in_both(left_in_words(one, names)),
        "citations": [cite_record(cite) for cite in names.cites(marks, one.benefit)],
    }  # fmt: skip


def _days(one: Stretch, scheme: int) -> dict[str, Any]:
    found = one.entitlement
    answer = found and found.answer
    return {
        "since": one.since.isoformat(), "until": one.until.isoformat(), "scheme": scheme,
        "entitled": found and found.entitled, "state": found.state if found else "not_stated",
        "because": one.because and in_both(one.because),
        "clauses": list(answer.case.mark.clauses) if answer else [],
        "known_then": one.known_then,
    }  # fmt: skip


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
