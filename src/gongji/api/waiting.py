"""What waits at a desk: how many of each kind, for whoever can do something about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from sqlalchemy import Connection, exists, extract, func, not_, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to
from gongji.api.fields import Answer, example
from gongji.api.theirs import their_areas, their_institutions, their_rows, their_visits
from gongji.book.known import standing
from gongji.book.schema.accounts import CLOSING
from gongji.book.schema.catalogue import OWN_ITEM
from gongji.book.schema.clearing import RECONCILIATION
from gongji.book.schema.papers import CLAIM, CLAIM_STATE, REGISTRATION, REGISTRATION_STATE
from gongji.book.schema.places import AREA, INSTITUTION, SCHEME
from gongji.book.schema.visits import SETTLEMENT, VISIT

__all__ = ["room"]

room = APIRouter(tags=["audit · 审计"])

Kind = Literal[
    "claims_to_check",
    "claims_returned",
    "claims_to_settle",
    "claims_to_pay",
    "registrations_pending",
    "own_codes_to_judge",
    "visits_unsettled",
    "reconciliations_apart",
    "years_to_close",
]

_CLAIMS: Mapping[str, Kind] = {
    "received": "claims_to_check",
    "returned": "claims_returned",
    "accepted": "claims_to_settle",
    "settled": "claims_to_pay",
}


class Waits(Answer):
    """What waits, and how many there are of it."""

    model_config = example({"kind": "claims_to_check", "count": 3})

    kind: Kind
    count: int


class Waiting(Answer):
    """Everything that waits at a desk, kind by kind; what there is none of is not told."""

    model_config = example({"items": [{"kind": "claims_to_check", "count": 3}]})

    items: list[Waits]


@room.get("/waiting", response_model=Waiting)
def see_what_waits(
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
) -> Response:
    """待办 · What waits: claims, registrations, codes, visits, differences, years."""

    def read(connection: Connection) -> Mapping[str, Any]:
        found = {
            **_claims(desk, connection),
            "registrations_pending": _pending(desk, connection),
            "own_codes_to_judge": _own_codes(desk, connection),
            "visits_unsettled": _unsettled(desk, connection),
            "reconciliations_apart": _apart(desk, connection),
            "years_to_close": _years(desk, connection),
        }
        return {"items": [{"kind": kind, "count": many} for kind, many in found.items() if many]}

    return desk.seen(read)


def _claims(desk: Desk, connection: Connection) -> dict[str, int]:
    rows = connection.execute(
        select(CLAIM_STATE.c.state, func.count())
        .join(CLAIM, CLAIM.c.id == CLAIM_STATE.c.claim)
        .where(standing(CLAIM_STATE), their_rows(desk, CLAIM), CLAIM_STATE.c.state.in_(_CLAIMS))
        .group_by(CLAIM_STATE.c.state)
    )
    there = {row.state: row[1] for row in rows}
    return {kind: there.get(state, 0) for state, kind in _CLAIMS.items()}


def _pending(desk: Desk, connection: Connection) -> int:
    wanted = (
        select(func.count())
        .select_from(REGISTRATION_STATE)
        .join(REGISTRATION, REGISTRATION.c.id == REGISTRATION_STATE.c.registration)
        .where(
            standing(REGISTRATION_STATE),
            REGISTRATION_STATE.c.state == "pending",
            their_rows(desk, REGISTRATION),
        )
    )
    return connection.execute(wanted).scalar_one()


def _own_codes(desk: Desk, connection: Connection) -> int:
    wanted = (
        select(func.count())
        .select_from(OWN_ITEM)
        .join(INSTITUTION, INSTITUTION.c.code == OWN_ITEM.c.institution)
        .where(standing(OWN_ITEM), OWN_ITEM.c.approved.is_(None), their_institutions(desk.user))
    )
    return connection.execute(wanted).scalar_one()


def _unsettled(desk: Desk, connection: Connection) -> int:
    """Visits that stand without a settlement that does."""
    settled = exists().where((SETTLEMENT.c.visit == VISIT.c.id) & standing(SETTLEMENT))
    wanted = (
        select(func.count())
        .select_from(VISIT)
        .where(standing(VISIT), not_(settled), VISIT.c.channel == "direct", their_visits(desk.user))
    )
    return connection.execute(wanted).scalar_one()


def _apart(desk: Desk, connection: Connection) -> int:
    """Reconciliations that found differences, and were not made again over the same days."""
    later = RECONCILIATION.alias()
    again = exists().where(
        (later.c.institution == RECONCILIATION.c.institution)
        & (later.c.first <= RECONCILIATION.c.first)
        & (later.c.last >= RECONCILIATION.c.last)
        & (later.c.id > RECONCILIATION.c.id)
    )
    wanted = (
        select(func.count())
        .select_from(RECONCILIATION)
        .join(INSTITUTION, INSTITUTION.c.code == RECONCILIATION.c.institution)
        .where(RECONCILIATION.c.equal.is_(False), not_(again), their_institutions(desk.user))
    )
    return connection.execute(wanted).scalar_one()


def _years(desk: Desk, connection: Connection) -> int:
    """Years of an area that are over, saw a settlement, and are not closed."""
    if desk.user.role in ("institution", "clerk"):  # a supervisor closes them
        return 0
    year = extract("year", SETTLEMENT.c.day)
    closed = exists().where(
        (CLOSING.c.area == AREA.c.code) & (CLOSING.c.year == year) & standing(CLOSING)
    )
    wanted = (
        select(AREA.c.code, year)
        .select_from(SETTLEMENT)
        .join(SCHEME, SCHEME.c.id == SETTLEMENT.c.scheme)
        .join(AREA, AREA.c.code == SCHEME.c.area)
        .where(year < desk.day.year, not_(closed), their_areas(desk.user))
        .distinct()
    )
    return len(connection.execute(wanted).all())
