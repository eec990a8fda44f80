"""Money moves: balanced entries, appended and never changed; what was wrong is reversed.

Postings say what an account gains, in fen: a fund that pays loses, the institution that is owed
gains, and all postings of an entry add up to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import Connection, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from gongji.book.acts import Act
from gongji.book.schema.journal import BALANCE, ENTRY, LEDGER, POSTING
from gongji.book.years import check_open
from gongji.wording import Bilingual, Refused

__all__ = [
    "Account",
    "TrialLine",
    "account_balance",
    "broken_entries",
    "locked_balance",
    "moved_by_visit",
    "moves_of_entry",
    "posted",
    "reversed_entry",
    "trial_balance",
]

_DAY = timedelta(days=1)

Kind = Literal["fund", "account", "institution", "cash", "person", "bank"]


class Account(NamedTuple):
    """What money is booked on; see `schema.journal.LEDGER`."""

    area: str
    kind: Kind
    name: str = ""
    owner: str = ""


class TrialLine(NamedTuple):
    """The sum of what was booked on an account up to a day, in fen."""

    account: Account
    fen: int


def posted(
    act: Act,
    day: date,
    kind: str,
    moves: Mapping[Account, int],
    *,
    visit: int | None = None,
    reverses: int | None = None,
) -> int:
    """Append an entry; `moves` are what accounts gain, in fen.  Gives the entry's number.

    `visit` is the visit that it is about, `reverses` the entry that it takes back.  Raises
    `Refused`: `account_overdrawn` where a personal account would fall below nothing,
    `reversed_twice` where the other entry is taken back already, `year_closed`.
    """
    assert sum(moves.values()) == 0, "an entry balances"
    if day.year < (act.asked.at + _DAY).year:  # one that still runs somewhere is never closed
        for area in sorted({account.area for account in moves}):
            check_open(act.connection, area, day)
    entry = _appended(act, day, kind, visit, reverses)
    some = {account: fen for account, fen in moves.items() if fen}
    numbers = _ledgers(act.connection, some)
    if some:
        rows = [
            {"entry": entry, "ledger": numbers[account], "fen": fen}
            for account, fen in some.items()
        ]
        act.connection.execute(insert(POSTING), rows)
    for account, fen in some.items():
        if account.kind == "account":
            _balance_moved(act.connection, numbers[account], fen)
    return entry


def reversed_entry(
    act: Act, entry: int, kind: str = "reversal", *, visit: int | None = None
) -> int:
    """Take an entry back by another of the same day's act.  Raises `Refused` (`reversed_twice`)."""
    back = {account: -fen for account, fen in moves_of_entry(act.connection, entry).items()}
    return posted(act, act.asked.day, kind, back, visit=visit, reverses=entry)


def account_balance(connection: Connection, account: Account) -> int:
    """What is on a personal account, in fen; 0 where nothing was ever booked."""
    found = connection.scalar(
        select(BALANCE.c.fen).where(
            (BALANCE.c.ledger == LEDGER.c.id)
            & (LEDGER.c.area == account.area)
            & (LEDGER.c.kind == account.kind)
            & (LEDGER.c.name == account.name)
            & (LEDGER.c.owner == account.owner)
        )
    )
    return int(found or 0)


def locked_balance(connection: Connection, account: Account) -> int:
    """What is on a personal account, in fen, locked until the transaction ends."""
    ledger = select(LEDGER.c.id).where(
        (LEDGER.c.area == account.area)
        & (LEDGER.c.kind == account.kind)
        & (LEDGER.c.name == account.name)
        & (LEDGER.c.owner == account.owner)
    )
    mine = BALANCE.c.ledger == ledger.scalar_subquery()
    return int(connection.scalar(select(BALANCE.c.fen).where(mine).with_for_update()) or 0)


def moved_by_visit(connection: Connection, visit: int, kinds: Iterable[str]) -> dict[Account, int]:
    """What entries of some kinds about a visit came to, in fen, without what came to nothing."""
    rows = connection.execute(
        select(LEDGER.c.area, LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner, func.sum(POSTING.c.fen))
        .where(
            (ENTRY.c.visit == visit)
            & ENTRY.c.kind.in_(tuple(kinds))
            & (POSTING.c.entry == ENTRY.c.id)
            & (LEDGER.c.id == POSTING.c.ledger)
        )
        .group_by(LEDGER.c.area, LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner)
    )
    return {Account(*names): int(fen) for *names, fen in rows if fen}


def moves_of_entry(connection: Connection, entry: int) -> dict[Account, int]:
    """What an entry moved, in fen."""
    rows = connection.execute(
        select(LEDGER.c.area, LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner, POSTING.c.fen).where(
            (POSTING.c.entry == entry) & (LEDGER.c.id == POSTING.c.ledger)
        )
    )
    return {Account(*names): int(fen) for *names, fen in rows}


def trial_balance(connection: Connection, area: str, day: date) -> list[TrialLine]:
    """What was booked on every account of an area up to a day; the sum of all is nothing.

    Accounts of persons are one line together, and so is what persons paid in cash.
    """
    owner = case((LEDGER.c.kind.in_(("account", "cash")), ""), else_=LEDGER.c.owner)
    rows = connection.execute(
        select(LEDGER.c.kind, LEDGER.c.name, owner, func.sum(POSTING.c.fen))
        .where(
            (LEDGER.c.area == area)
            & (POSTING.c.ledger == LEDGER.c.id)
            & (ENTRY.c.id == POSTING.c.entry)
            & (ENTRY.c.day <= day)
        )
        .group_by(LEDGER.c.kind, LEDGER.c.name, owner)
        .order_by(LEDGER.c.kind, LEDGER.c.name, owner)
    )
    return [
        TrialLine(Account(area, kind, name, whose), int(fen)) for kind, name, whose, fen in rows
    ]


def broken_entries(connection: Connection) -> Iterator[Bilingual]:
    """What does not add up in the journal; nothing where all does."""
    uneven = (
        select(POSTING.c.entry, func.sum(POSTING.c.fen).label("fen"))
        .group_by(POSTING.c.entry)
        .having(func.sum(POSTING.c.fen) != 0)
        .order_by(POSTING.c.entry)
    )
    for row in connection.execute(uneven):
        yield Bilingual(
            f"分录 {row.entry}：各账户之和为 {row.fen} 分，应为零",
            f"entry {row.entry}: its postings add up to {row.fen} fen, not to nothing",
        )
    booked = (
        select(LEDGER.c.id, func.coalesce(func.sum(POSTING.c.fen), 0).label("fen"))
        .outerjoin(POSTING, POSTING.c.ledger == LEDGER.c.id)
        .where(LEDGER.c.kind == "account")
        .group_by(LEDGER.c.id)
        .subquery()
    )
    apart = (
        select(booked.c.id, booked.c.fen, BALANCE.c.fen.label("kept"))
        .outerjoin(BALANCE, BALANCE.c.ledger == booked.c.id)
        .where(booked.c.fen != func.coalesce(BALANCE.c.fen, 0))
        .order_by(booked.c.id)
    )
    for one in connection.execute(apart):
        yield Bilingual(
            f"账户 {one.id}：各笔之和为 {one.fen} 分，保存的余额为 {one.kept or 0} 分",
            f"account {one.id}: its postings add up to {one.fen} fen, the balance kept is "
            f"{one.kept or 0}",
        )


# --- rows ----------------------------------------------------------------------------------------


def _appended(act: Act, day: date, kind: str, visit: int | None, reverses: int | None) -> int:
    row = insert(ENTRY).values(
        day=day, kind=kind, visit=visit, reverses=reverses, act=act.number
    )  # fmt: skip
    try:
        with act.connection.begin_nested():
            found = act.connection.execute(row)
    except IntegrityError:
        raise Refused(
            "reversed_twice",
            Bilingual(
                f"第 {reverses} 号分录已经冲正过，不能再冲",
                f"entry {reverses} is taken back already",
            ),
            {"field": "entry"},
        ) from None
    assert found.inserted_primary_key is not None
    number: int = found.inserted_primary_key[0]
    return number


def _ledgers(connection: Connection, accounts: Iterable[Account]) -> dict[Account, int]:
    """The numbers of accounts; those that are new are opened."""
    found = {}
    for account in accounts:
        same = (
            (LEDGER.c.area == account.area)
            & (LEDGER.c.kind == account.kind)
            & (LEDGER.c.name == account.name)
            & (LEDGER.c.owner == account.owner)
        )
        number = connection.scalar(select(LEDGER.c.id).where(same))
        if number is None:
            number = _opened(connection, account)
            if number is None:  # somebody opened it at the same moment
                number = connection.scalar(select(LEDGER.c.id).where(same))
        assert number is not None
        found[account] = int(number)
    return found


def _opened(connection: Connection, account: Account) -> int | None:
    try:
        with connection.begin_nested():
            row = connection.execute(insert(LEDGER).values(**account._asdict()))
    except IntegrityError:
        return None
    assert row.inserted_primary_key is not None
    number: int = row.inserted_primary_key[0]
    if account.kind == "account":
        connection.execute(insert(BALANCE).values(ledger=number, fen=0))
    return number


def _balance_moved(connection: Connection, ledger: int, fen: int) -> None:
    kept = BALANCE.c.ledger == ledger
    moved = connection.execute(
        update(BALANCE).where(kept & (BALANCE.c.fen + fen >= 0)).values(fen=BALANCE.c.fen + fen)
    )
    if moved.rowcount != 1:
        there = connection.scalar(select(BALANCE.c.fen).where(kept))
        raise Refused(
            "account_overdrawn",
            Bilingual(
                f"个人账户余额 {there} 分，不够付 {-fen} 分",
                f"the personal account holds {there} fen, which do not cover {-fen}",
            ),
            {"field": "account"},
        )
