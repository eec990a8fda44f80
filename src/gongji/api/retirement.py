"""Retirement: assessed by the months paid, and the lump sum for those missing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from gongji.api.desk import Desk, Trial, writing_for
from gongji.api.fields import (
    Amount,
    Answer,
    Body,
    Day,
    Facts,
    Number,
    Words,
    Yuan,
    day_text,
    example,
)
from gongji.api.theirs import own_member
from gongji.book.acts import Act, Json
from gongji.book.turns.retiring import Assessment, assess_retirement, pay_top_up
from gongji.explain.record import in_both
from gongji.money import format_yuan, parse_yuan

__all__ = ["room"]

room = APIRouter(tags=["turns of life · 人生变动"])


class Assessed(Body):
    """The day of the assessment, and what the policy asks for.

    Without `months_paid` they are those of the contributions on record and of transfers.
    """

    model_config = example({"day": "2024-06-10", "months_paid": 288, "facts": {}})

    day: Day
    months_paid: Annotated[int, Field(ge=0, le=1200)] | None = None
    facts: Facts = Field(default_factory=dict)


class TopUp(Body):
    """The lump sum, all of it, and the day on which it was paid."""

    model_config = example({"day": "2024-06-20", "amount": "4800.00", "facts": {}})

    day: Day
    amount: Amount
    facts: Facts = Field(default_factory=dict)


class Retirement(Answer):
    """Retired `since` a day, or with a lump sum `due` first; with neither not at all, `because`."""

    model_config = example(
        {"retirement": 1, "since": None, "due": "4800.00", "because": None,
         "clauses": ["ABC-012"]}
    )  # fmt: skip

    retirement: Number
    since: Day | None
    due: Yuan | None
    because: Words | None
    clauses: list[str]


@room.post("/persons/{person}/retirement", response_model=Retirement)
def assess_person(
    person: Number,
    said: Assessed,
    desk: Annotated[Desk, writing_for("clerk")],
    trial: Trial = "no",
) -> Response:
    """退休核定 · Assess a person for retirement, who is retired from the day of the answer."""

    def work(act: Act) -> Json:
        own_member(desk, act.connection, person, said.day)
        return _shown(
            assess_retirement(act, desk.library, person, said.day, said.months_paid, said.facts)
        )

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person, trial)


@room.post("/persons/{person}/retirement/top-up", response_model=Retirement)
def take_top_up(
    person: Number, said: TopUp, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """一次性补缴 · Take the lump sum for missing months; the person retires then."""
    fen = parse_yuan(said.amount, "amount")

    def work(act: Act) -> Json:
        own_member(desk, act.connection, person, said.day)
        return _shown(pay_top_up(act, desk.library, person, said.day, fen, said.facts))

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person)


def _shown(one: Assessment) -> dict[str, Any]:
    return {
        "retirement": one.number, "since": day_text(one.since),
        "due": None if one.due_fen is None else format_yuan(one.due_fen),
        "because": one.because and in_both(one.because), "clauses": list(one.clauses),
    }  # fmt: skip
