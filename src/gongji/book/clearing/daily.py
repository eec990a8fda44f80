"""The trial balance from day to day: what every fund began with, gained or lost, and ended with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from gongji.book.journal import Account, trial_balance
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING

__all__ = ["DayLine", "daily_balances"]

_DAY = timedelta(days=1)


class DayLine(NamedTuple):
    """What an account stood at before a day, what was booked on it, and what it came to; in fen."""

    day: date
    account: Account
    before: int
    moved: int
    after: int


def daily_balances(connection: Connection, area: str, first: date, last: date) -> list[DayLine]:
    """The movements of an area by day and account; on every day they add up to nothing.

    Days and accounts without any are left out.  Accounts of persons are one line together, and so
    is what persons paid in cash.
    """
    opening = trial_balance(connection, area, first - _DAY)
    stands: dict[Account, int] = {line.account: line.fen for line in opening}
    found = []
    for (day, account), moved in _moved(connection, area, first, last).items():
        before = stands.get(account, 0)
        stands[account] = before + moved
        found.append(DayLine(day, account, before, moved, before + moved))
    return found


def _moved(
    connection: Connection, area: str, first: date, last: date
) -> Mapping[tuple[date, Account], int]:
    owner = case((LEDGER.c.kind.in_(("account", "cash")), ""), else_=LEDGER.c.owner)
    rows = connection.execute(
        select(ENTRY.c.day, LEDGER.c.kind, LEDGER.c.name, owner, func.sum(POSTING.c.fen))
        .where(
            (LEDGER.c.area == area)
            & (POSTING.c.ledger == LEDGER.c.id)
            & (ENTRY.c.id == POSTING.c.entry)
            & ENTRY.c.day.between(first, last)
        )
        .group_by(ENTRY.c.day, LEDGER.c.kind, LEDGER.c.name, owner)
        .order_by(ENTRY.c.day, LEDGER.c.kind, LEDGER.c.name, owner)
    )
    return {
        (day, Account(area, kind, name, whose)): int(fen) for day, kind, name, whose, fen in rows
    }
