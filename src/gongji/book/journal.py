"""Money moves: balanced entries, appended and never changed; what was wrong is reversed.

Postings say what an account gains, in fen: a fund that pays loses, the institution that is owed
gains, and all postings of an entry add up to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from sqlalchemy import Connection, Insert, and_, bindparam, case, func, insert, or_, select, update

from gongji.book.acts import Act
from gongji.book.look_ups import LookUp, looked_up
from gongji.book.schema.journal import BALANCE, ENTRY, LEDGER, POSTING
from gongji.book.statements import InsertNew, sent
from gongji.book.years.closed import check_open
from gongji.money import format_yuan
from gongji.wording import Bilingual, Refused

__all__ = [
    "Account",
    "TrialLine",
    "account_balance",
    "balance_look_up",
    "broken_entries",
    "care_ledgers",
    "care_ledgers_look_up",
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
    ledgers: Mapping[Account, int] | None = None,
) -> int:
    """Append an entry; `moves` are what accounts gain, in fen.  Gives the entry's number.

    `visit` is the visit that it is about, `reverses` the entry that it takes back, `ledgers` the
    numbers of accounts that are known already.  Raises `Refused`: `account_overdrawn` where a
    personal account would fall below nothing, `reversed_twice` where the other entry is taken back
    already, `year_closed`.
    """
    assert sum(moves.values()) == 0, "an entry balances"
    if day.year < (act.asked.at + _DAY).year:  # one that still runs somewhere is never closed
        for area in sorted({account.area for account in moves}):
            check_open(act.connection, area, day)
    entry = _appended(act, day, kind, visit, reverses)
    some = {account: fen for account, fen in moves.items() if fen}
    if not some:
        return entry
    numbers = _ledgers(act.connection, some, ledgers or {})
    values = {"entry": entry}
    for at, (account, fen) in enumerate(some.items()):
        values |= {f"ledger_{at}": numbers[account], f"fen_{at}": fen}
    sent(act.connection, _postings(len(some)), values)
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
    return sum(row.fen for row in looked_up(connection, balance_look_up(account)))


def balance_look_up(account: Account) -> LookUp:
    """What `account_balance` looks up."""
    return LookUp(_BALANCE_OF, account._asdict())


def care_ledgers(
    connection: Connection, area: str, person: int, institution: str
) -> dict[Account, int]:
    """The accounts that care of a person at an institution moves, by their numbers; those there."""
    rows = looked_up(connection, care_ledgers_look_up(area, person, institution))
    return {Account(row.area, row.kind, row.name, row.owner): row.id for row in rows}


def care_ledgers_look_up(area: str, person: int, institution: str) -> LookUp:
    """What `care_ledgers` looks up."""
    by = {"area": area, "person": str(person), "institution": institution}
    return LookUp(_CARE_LEDGERS, by)


def locked_balance(connection: Connection, account: Account) -> int:
    """What is on a personal account, in fen, locked until the transaction ends."""
    return int(connection.scalar(_LOCKED_BALANCE, account._asdict()) or 0)


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
            f"分录 {row.entry}：各账户之和为 {format_yuan(int(row.fen))} 元，应为零",
            f"entry {row.entry}: its postings add up to {format_yuan(int(row.fen))} yuan, not to "
            "nothing",
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
        booked_yuan, kept_yuan = format_yuan(int(one.fen)), format_yuan(one.kept or 0)
        yield Bilingual(
            f"账户 {one.id}：各笔之和为 {booked_yuan} 元，保存的余额为 {kept_yuan} 元",
            f"account {one.id}: its postings add up to {booked_yuan} yuan, the balance kept is "
            f"{kept_yuan}",
        )


# --- rows ----------------------------------------------------------------------------------------

_NAMES = (LEDGER.c.area, LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner)
_BALANCE_OF = select(BALANCE.c.fen).where(
    (BALANCE.c.ledger == LEDGER.c.id), *(one == bindparam(one.name) for one in _NAMES)
)
_LOCKED_BALANCE = _BALANCE_OF.with_for_update(of=BALANCE)
_LEDGER_OF = select(LEDGER.c.id).where(*(one == bindparam(one.name) for one in _NAMES))
_CARE_LEDGERS = select(LEDGER).where(
    LEDGER.c.area == bindparam("area"),
    or_(
        LEDGER.c.kind == "fund",
        and_(
            LEDGER.c.kind == "account", LEDGER.c.name == "", LEDGER.c.owner == bindparam("person")
        ),
        and_(
            or_(LEDGER.c.kind == "cash", LEDGER.c.kind == "institution"),
            LEDGER.c.name == "",
            LEDGER.c.owner == bindparam("institution"),
        ),
    ),
)
_BALANCE = insert(BALANCE)
_LEDGER = InsertNew(LEDGER, LEDGER.c.id, _NAMES)
_ENTRY = InsertNew(ENTRY, ENTRY.c.id, (ENTRY.c.reverses,))
_MOVED = (
    update(BALANCE)
    .where((BALANCE.c.ledger == bindparam("whose")) & (BALANCE.c.fen + bindparam("more") >= 0))
    .values(fen=BALANCE.c.fen + bindparam("more"))
    .returning(BALANCE.c.fen)
)


@lru_cache(maxsize=64)
def _postings(number: int) -> Insert:
    """An entry's postings, so many of them, in one statement."""
    return insert(POSTING).values(
        [
            {
                "entry": bindparam("entry"),
                "ledger": bindparam(f"ledger_{at}"),
                "fen": bindparam(f"fen_{at}"),
            }
            for at in range(number)
        ]
    )


def _appended(act: Act, day: date, kind: str, visit: int | None, reverses: int | None) -> int:
    row = {"day": day, "kind": kind, "visit": visit, "reverses": reverses, "act": act.number}
    number = _ENTRY.done(act.connection, row)
    if number is None:
        raise Refused(
            "reversed_twice",
            Bilingual(
                f"第 {reverses} 号分录已经冲正过，不能再冲",
                f"entry {reverses} is taken back already",
            ),
            {"field": "entry"},
        )
    return number


def _ledgers(
    connection: Connection, accounts: Iterable[Account], known: Mapping[Account, int]
) -> dict[Account, int]:
    """The numbers of accounts; those that are new are opened."""
    found = dict(known)
    for account in sorted(accounts):  # in one order for all, so that nobody waits in a ring
        while account not in found:  # where somebody opens it at the same moment, look again
            there = sent(connection, _LEDGER_OF, account._asdict())
            if there:
                found[account] = there[0].id
                continue
            number = _LEDGER.done(connection, account._asdict())
            if number is not None:
                found[account] = number
                if account.kind == "account":
                    sent(connection, _BALANCE, {"ledger": number, "fen": 0})
    return found


def _balance_moved(connection: Connection, ledger: int, fen: int) -> None:
    if not sent(connection, _MOVED, {"whose": ledger, "more": fen}):
        there = connection.scalar(select(BALANCE.c.fen).where(BALANCE.c.ledger == ledger)) or 0
        raise Refused(
            "account_overdrawn",
            Bilingual(
                f"个人账户余额 {format_yuan(there)} 元，不够付 {format_yuan(-fen)} 元",
                f"the personal account holds {format_yuan(there)} yuan, which do not cover "
                f"{format_yuan(-fen)}",
            ),
            {"field": "account"},
        )
