"""Cancelling a settlement: it is taken back, and what was settled after it is settled again.

Later visits stood on its meters.  Each is worked out anew, in its order, on what it was given then;
where the money differs, the difference is booked and listed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select, update

from gongji.book.acts import Act
from gongji.book.journal import Account, posted
from gongji.book.readings import readings_of
from gongji.book.rules import rules_kept, scheme_of
from gongji.book.schema.visits import SETTLEMENT, VISIT
from gongji.book.settling import (
    Case,
    keep_meters,
    kept,
    locked_meters,
    moves_made,
    moves_of,
    worked_out,
)
from gongji.engine.meters import ACCOUNT, Meters
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Difference", "cancelled", "case_kept"]


class Difference(NamedTuple):
    """What settling a later visit again changed, in fen: new less old."""

    visit: int
    settlement: int
    person_fen: int
    payments: Mapping[str, int]


def cancelled(act: Act, library: Library, number: int) -> list[Difference]:
    """Take a settlement back.  Gives the differences of later visits that were settled again.

    Raises `Refused`: `unknown_settlement`, `cancelled_twice`, and what the engine refuses of a
    later visit, with whose it is; nothing is done then.
    """
    connection = act.connection
    row = _settlement(connection, number)
    locked_meters(connection, row.person, row.scheme)
    row = _settlement(connection, number)  # as it stands now that nobody else moves it
    if row.ended is not None:
        raise Refused(
            "cancelled_twice",
            Bilingual(f"结算 {number} 已经撤销或重算，不能再撤销",
                      f"settlement {number} is cancelled or settled again already"),
            {"field": "settlement"},
        )  # fmt: skip
    old = _moves_kept(case_kept(connection, library, row), row)
    _end(act, number)
    back = {account: -fen for account, fen in old.items()}
    posted(act, act.asked.day, "reversal", back, visit=row.visit, reverses=row.entry)
    meters = _without_account(readings_of(row.before))
    shift = row.account_fen or 0
    found = []
    for later in _later(connection, row):
        again, meters, shift = _again(act, library, later, meters, shift)
        if again is not None:
            found.append(again)
    keep_meters(connection, row.person, row.scheme, meters)
    return found


def case_kept(connection: Connection, library: Library, row: Row[Any]) -> Case:
    """The case of a settlement as it was kept."""
    visit = connection.execute(select(VISIT).where(VISIT.c.id == row.visit)).one()
    scheme = scheme_of(connection, row.scheme)
    rules = rules_kept(connection, library, row.rules)
    return Case(visit, scheme, rules, json.loads(row.person_said), json.loads(row.bill))


def _again(
    act: Act, library: Library, row: Row[Any], meters: Meters, shift: int
) -> tuple[Difference | None, Meters, int]:
    """Settle a later visit again; `shift` is how much more is on the account than was then."""
    case = case_kept(act.connection, library, row)
    account = readings_of(row.before)[ACCOUNT] + shift
    try:
        one = worked_out(case, meters.moved({ACCOUNT: account}))
    except Refused as refused:
        whose = Bilingual(f"其后的就诊 {row.visit} 无法重算：",
                          f"the later visit {row.visit} cannot be settled again: ")  # fmt: skip
        raise Refused(refused.kind, whose + refused.message, refused.details) from None
    after = _without_account(one.meters)
    if one.before.readings == readings_of(row.before).readings:
        return None, after, shift
    new, old = moves_made(case, one), _moves_kept(case, row)
    moves = {key: new.get(key, 0) - old.get(key, 0) for key in {**old, **new}}
    entry = row.entry
    if any(moves.values()):
        entry = posted(act, act.asked.day, "resettlement", moves, visit=row.visit)
    _end(act, row.id)
    number = kept(act, case, one, row.place, entry)
    shift += (row.account_fen or 0) - (one.account or 0)
    if not any(moves.values()):
        return None, after, shift
    paid = json.loads(row.payments)
    payments = {fund: fen - paid.get(fund, 0) for fund, fen in one.payments.items()}
    changed = {fund: fen for fund, fen in payments.items() if fen}
    return Difference(row.visit, number, one.person - row.person_fen, changed), after, shift


def _moves_kept(case: Case, row: Row[Any]) -> dict[Account, int]:
    """Who lost and who gained by a settlement that was kept."""
    payments = json.loads(row.payments)
    return moves_of(case, payments, row.account_fen, row.person_fen, row.total_fen)


def _later(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    return list(
        connection.execute(
            select(SETTLEMENT)
            .where(
                (SETTLEMENT.c.person == row.person)
                & (SETTLEMENT.c.scheme == row.scheme)
                & (SETTLEMENT.c.place > row.place)
                & SETTLEMENT.c.ended.is_(None)
            )
            .order_by(SETTLEMENT.c.place)
        )
    )


def _end(act: Act, number: int) -> None:
    act.connection.execute(
        update(SETTLEMENT).where(SETTLEMENT.c.id == number).values(ended=act.number)
    )


def _settlement(connection: Connection, number: int) -> Row[Any]:
    row = connection.execute(select(SETTLEMENT).where(SETTLEMENT.c.id == number)).one_or_none()
    if row is None:
        raise Refused(
            "unknown_settlement",
            Bilingual(f"没有编号为 {number} 的结算", f"there is no settlement {number}"),
            {"field": "settlement"},
        )
    return row


def _without_account(meters: Meters) -> Meters:
    return Meters({key: meters[key] for key in meters if key != ACCOUNT})
