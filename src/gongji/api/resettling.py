"""Settling again: what cancelling would change, who is owed once more is known; posting that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import Answer, Body, Day, Number, Words, Yuan, example, yuan_of
from gongji.api.journal import AccountLine
from gongji.api.paging import PageOf, Paging, begins_after, cursor_of
from gongji.api.settlements import Difference, difference_record
from gongji.api.theirs import own_person, own_scheme, own_settlement
from gongji.book.acts import Act, Json
from gongji.book.care.cancelling import Cancelling, would_change
from gongji.book.care.owed import Owed, owed_of, persons_settled
from gongji.book.care.resettling import case_kept, differences_of, settle_anew
from gongji.book.journal import Account
from gongji.engine.meters import ACCOUNT
from gongji.explain.names import Names
from gongji.explain.record import in_both, reading_text
from gongji.money import format_yuan
from gongji.policy.model import Policy

__all__ = ["room"]

room = APIRouter(tags=["settlements · 结算"])

_LOOKED_AT = 500
"""How many persons are worked out anew for a page at most."""

_CHANGED = {"visit": 2, "settlement": 2, "person": "360.00", "payments": {"pool": "-360.00"}}
_OWED = {
    "person": 1, "bears_more": "-900.00", "account": "0.00", "payments": {"pool": "900.00"},
    "visits": [{**_CHANGED, "person": "-900.00", "payments": {"pool": "900.00"}}], "refused": None,
}  # fmt: skip


class Meter(Answer):
    """A running total of the person, as it stands and as it would: yuan, or visits."""

    meter: str
    title: Words
    before: str
    after: str


class Cancellation(Answer):
    """What cancelling a settlement would do: money that goes back, later visits settled again.

    `back` is by account, what relatives paid among it; differences name the settlements that would
    be replaced; `meters` are those that would stand otherwise.
    """

    model_config = example(
        {"settlement": 1, "differences": [_CHANGED], "back": [
            {"kind": "fund", "name": "baihe/employee pool", "owner": "", "amount": "8100.00"}],
         "meters": [{"meter": "stays", "title": {"zh": "住院次数", "en": "stays"}, "before": "1",
                     "after": "0"}]}
    )  # fmt: skip

    settlement: Number
    back: list[AccountLine]
    differences: list[Difference]
    meters: list[Meter]


class WhyNot(Answer):
    """Why something cannot be worked out."""

    kind: str
    because: Words


class PersonOwed(Answer):
    """What settling a person's visits anew comes to: new less old.

    `bears_more` is what the person bears more, below nothing what they are owed; `account` what of
    it the account pays, `payments` what funds pay more.  `refused` says why it is not known.
    """

    model_config = example(_OWED)

    person: Number
    bears_more: Yuan
    account: Yuan
    payments: dict[str, Yuan]
    visits: list[Difference]
    refused: WhyNot | None


class Anew(Body):
    """The scheme whose settlements are made anew."""

    model_config = example({"scheme": 1})

    scheme: Number


class SettledAnew(Answer):
    """The visits that came out otherwise, and by how much."""

    model_config = example({"person": 1, "differences": [_CHANGED]})

    person: Number
    differences: list[Difference]


@room.get("/settlements/{settlement}/cancellation", response_model=Cancellation)
def see_cancellation(
    settlement: Number, desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")]
) -> Response:
    """撤销预览 · What cancelling a settlement would change, before it is done."""

    def read(connection: Connection) -> Mapping[str, Any]:
        row = own_settlement(desk, connection, settlement)
        found = would_change(connection, desk.library, settlement)
        changed = differences_of(found.again, [one.row.id for one in found.again])
        return {
            "settlement": settlement,
            "back": [
                {"kind": account.kind, "name": account.name, "owner": account.owner,
                 "amount": format_yuan(fen)}
                for account, fen in _summed(found.back, found.family).items() if fen
            ],
            "differences": [difference_record(one) for one in changed],
            "meters": _meters(case_kept(connection, desk.library, row).rules.policy, desk, found),
        }  # fmt: skip

    return desk.seen(read)


@room.get("/schemes/{scheme}/owed", response_model=PageOf[PersonOwed])
def list_owed(
    scheme: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
    since: Annotated[Day | None, Query(description="only who has a visit from then on")] = None,
) -> Response:
    """应退应补名单 · Who is owed and who owes by what is known now; nothing is booked.

    Everybody is worked out anew, so a page may be short, or empty, and still have a `next`.
    """

    def read(connection: Connection) -> Mapping[str, Any]:
        own_scheme(desk, connection, scheme)
        return _owed_page(desk, connection, scheme, since, page)

    return desk.seen(read)


@room.get("/persons/{person}/owed", response_model=PersonOwed)
def see_owed(
    person: Number,
    scheme: Annotated[Number, Query(description="the scheme that settled")],
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
) -> Response:
    """应退应补 · What a person is owed or owes by what is known now."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        own_scheme(desk, connection, scheme)
        return _owed(owed_of(connection, desk.library, person, scheme))

    return desk.seen(read)


@room.post("/persons/{person}/settle-anew", response_model=SettledAnew)
def settle_person_anew(
    person: Number,
    said: Anew,
    desk: Annotated[Desk, writing_for("supervisor")],
    trial: Trial = "no",
) -> Response:
    """重新结算 · Settle a person's visits by what is known now, and book the differences."""

    def work(act: Act) -> Json:
        own_person(desk, act.connection, person)
        own_scheme(desk, act.connection, said.scheme)
        found = settle_anew(act, desk.library, person, said.scheme)
        return {"person": person, "differences": [difference_record(one) for one in found]}

    return desk.done({"person": person, **said.model_dump(mode="json")}, work, person, trial)


def _summed(*several: Mapping[Account, int]) -> dict[Account, int]:
    found: dict[Account, int] = {}
    for moves in several:
        for account, fen in moves.items():
            found[account] = found.get(account, 0) + fen
    return found


def _meters(policy: Policy, desk: Desk, found: Cancelling) -> list[dict[str, Any]]:
    names = Names(policy, desk.library.document(policy.document))
    keys = {**found.before.readings, **found.after.readings}
    return [
        {
            "meter": str(key), "title": in_both(names.meter(key)),
            "before": reading_text(policy, key, found.before),
            "after": reading_text(policy, key, found.after),
        }
        for key in keys
        if key != ACCOUNT and found.before[key] != found.after[key]
    ]  # fmt: skip


def _owed_page(
    desk: Desk, connection: Connection, scheme: int, since: date | None, page: Paging
) -> dict[str, Any]:
    """Who is owed among the next persons; as many are looked at as make a page, within bounds."""
    after, shown = begins_after(page, 0), []
    persons = persons_settled(connection, scheme, since, after, _LOOKED_AT)
    for person in persons:
        found = owed_of(connection, desk.library, person, scheme)
        after = person
        if found.anything:
            shown.append(_owed(found))
        if len(shown) == page.most:
            break
    more = persons_settled(connection, scheme, since, after, 1)
    return {"items": shown, "next": cursor_of(after) if more else None}


def _owed(one: Owed) -> dict[str, Any]:
    refused = one.refused
    return {
        "person": one.person, "bears_more": format_yuan(one.person_fen),
        "account": format_yuan(one.account_fen), "payments": yuan_of(one.payments),
        "visits": [difference_record(each) for each in one.visits],
        "refused": refused and {"kind": refused.kind, "because": in_both(refused.message)},
    }  # fmt: skip
