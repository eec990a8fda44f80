"""Settling a visit beforehand: what it would come to now, of which nothing is kept."""

from __future__ import annotations

from sqlalchemy import Connection

from gongji.book.care.settling import (
    case_of,
    check_unsettled,
    meters_now,
    open_visit,
    worked_out,
)
from gongji.book.journal import Account, account_balance
from gongji.engine.meters import ACCOUNT
from gongji.engine.settlement import Settlement
from gongji.policy.versions import Library

__all__ = ["pre_settled"]


def pre_settled(connection: Connection, library: Library, visit: int) -> Settlement:
    """What settling a visit would come to on the meters and the account as they stand.

    A visit that is settled is on those meters already.  Raises `Refused`: `unknown_visit`,
    `settled_already`, `no_lines`, and what the engine refuses.
    """
    row = open_visit(connection, visit)
    check_unsettled(connection, visit)
    case = case_of(connection, library, row)
    account = Account(case.scheme.area, "account", "", str(row.person))
    balance = {ACCOUNT: account_balance(connection, account)}
    return worked_out(case, meters_now(connection, row.person, row.scheme).moved(balance))
