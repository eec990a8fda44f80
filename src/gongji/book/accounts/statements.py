"""What happened on a personal account: entries with what was left after each, and old balances."""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy import Connection, Select, func, select

from gongji.book.journal import Account
from gongji.book.schema.acts import ACT
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING

__all__ = ["Line", "account_statement", "accounts_of", "balance_on"]


class Line(NamedTuple):
    """An entry on an account: what it moved and what was left after it, in fen.

    `visit` is the visit that it is about, if any.
    """

    entry: int
    day: date
    kind: str
    visit: int | None
    fen: int
    balance_fen: int


def account_statement(
    connection: Connection,
    account: Account,
    since: date | None = None,
    until: date | None = None,
    after: int = 0,
    most: int = 1_000,
) -> list[Line]:
    """Entries on an account in the order in which they were booked, those after an entry.

    `since` and `until` are days of entries, both included; the balance counts all before, too.
    """
    every = _postings(account)
    running = func.sum(POSTING.c.fen).over(order_by=POSTING.c.entry, rows=(None, 0))
    lines = every.add_columns(running.label("balance_fen")).subquery()
    wanted = select(lines).where(lines.c.entry > after).order_by(lines.c.entry).limit(most)
    if since is not None:
        wanted = wanted.where(lines.c.day >= since)
    if until is not None:
        wanted = wanted.where(lines.c.day <= until)
    return [
        Line(row.entry, row.day, row.kind, row.visit, row.fen, int(row.balance_fen))
        for row in connection.execute(wanted)
    ]


def balance_on(
    connection: Connection, account: Account, day: date, known_on: date | None = None
) -> int:
    """What was on an account at the end of a day, in fen.

    With `known_on` as it was known at the end of that day.
    """
    every = _postings(account).where(ENTRY.c.day <= day)
    if known_on is not None:
        every = every.where(ENTRY.c.act.in_(select(ACT.c.id).where(ACT.c.day <= known_on)))
    return int(connection.scalar(select(func.sum(every.subquery().c.fen))) or 0)


def accounts_of(
    connection: Connection, person: int, kind: Literal["account", "person"] = "account"
) -> list[Account]:
    """The accounts of a person, one in each area where there ever was one.

    Of kind `person` those of what is owed to them.
    """
    rows = connection.execute(
        select(LEDGER.c.area, LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner)
        .where((LEDGER.c.kind == kind) & (LEDGER.c.owner == str(person)))
        .order_by(LEDGER.c.area)
    )
    return [Account(*row) for row in rows]


def _postings(account: Account) -> Select[tuple[int, date, str, int | None, int]]:
    return select(POSTING.c.entry, ENTRY.c.day, ENTRY.c.kind, ENTRY.c.visit, POSTING.c.fen).where(
        (LEDGER.c.area == account.area)
        & (LEDGER.c.kind == account.kind)
        & (LEDGER.c.name == account.name)
        & (LEDGER.c.owner == account.owner)
        & (POSTING.c.ledger == LEDGER.c.id)
        & (ENTRY.c.id == POSTING.c.entry)
    )
