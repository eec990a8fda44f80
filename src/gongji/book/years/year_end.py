"""The end of a year: its entries are frozen, what carries over is asked of the policies.

Accounts and funds go on as they are, and meters by their windows; a closing keeps the trial balance
and the visits that were not settled by then.  A city that moves in opens with balances.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, extract, func, insert, select, update

from gongji.book.accounts.statements import balance_on
from gongji.book.acts import Act, canonical
from gongji.book.journal import Account, posted, trial_balance
from gongji.book.persons.facts import Stretch, stated
from gongji.book.places import known
from gongji.book.rules import Scheme, rules_of, scheme_of
from gongji.book.schema.accounts import CLOSING
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.book.schema.people import MEMBERSHIP, PERSON
from gongji.book.schema.places import AREA, SCHEME
from gongji.book.schema.visits import SETTLEMENT, VISIT
from gongji.book.services import amount_of, ask, occasion_of, service_for
from gongji.book.years.closed import is_closed
from gongji.engine.inputs import unknown_name
from gongji.money import MAX_FEN, format_yuan
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["Closing", "broken_closings", "close_year", "open_balances", "reopen_year"]


class Closing(NamedTuple):
    """A year that was closed: the hash of its trial balance, and what was left open.

    `unsettled` are visits of the year that wait; `refused` are persons whose policy does not say
    what carries over, with the reason.
    """

    number: int
    hash: str
    unsettled: tuple[int, ...]
    refused: tuple[tuple[int, Refused], ...]


def close_year(act: Act, library: Library, area: str, year: int) -> Closing:
    """Close a calendar year of an area; nothing is booked into it any more.

    Where a policy asks what is left of accounts at the end of the year, that is stated of each
    person.  Raises `Refused`: `unknown_area`, `not_yet`, `closed_already`, `earlier_open`,
    `not_carried_over`.
    """
    connection = act.connection
    _locked(act, area)
    last = _last_day(year)
    if act.asked.day <= last:
        raise _refused("not_yet", Bilingual(
            f"{year} 年还没有过完，不能年结", f"the year {year} is not over yet",
        ))  # fmt: skip
    if is_closed(connection, area, year):
        raise _refused("closed_already", Bilingual(
            f"{area} 的 {year} 年已经年结", f"the year {year} of {area} is closed already",
        ))  # fmt: skip
    _check_earlier(connection, area, year)
    balances = _balances(connection, area, last)
    hashed = hashlib.sha256(balances.encode()).digest()
    unsettled = _unsettled(connection, area, last)
    refused: list[tuple[int, Refused]] = []
    for scheme in connection.scalars(select(SCHEME.c.id).where(SCHEME.c.area == area)).all():
        refused += _carried_over(act, library, scheme_of(connection, scheme), last)
    row = connection.execute(
        insert(CLOSING).values(
            area=area, year=year, balances=balances, hash=hashed,
            unsettled=canonical(unsettled), act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    return Closing(row.inserted_primary_key[0], hashed.hex(), tuple(unsettled), tuple(refused))


def reopen_year(act: Act, area: str, year: int) -> None:
    """Open a closed year again; the reason stands in the request of the act.

    Raises `Refused`: `unknown_area`, `not_closed`, and `later_closed` where a later year is closed,
    which stands on this one.
    """
    _locked(act, area)
    if not is_closed(act.connection, area, year):
        raise _refused("not_closed", Bilingual(
            f"{area} 的 {year} 年没有年结", f"the year {year} of {area} is not closed",
        ))  # fmt: skip
    mine = (CLOSING.c.area == area) & CLOSING.c.ended.is_(None)
    later = act.connection.scalar(select(func.max(CLOSING.c.year)).where(mine))
    if later is not None and later > year:
        raise _refused("later_closed", Bilingual(
            f"{area} 的 {later} 年已经年结；先重新打开较晚的年度",
            f"the year {later} of {area} is closed; open the later one first",
        ))  # fmt: skip
    gone = mine & (CLOSING.c.year == year)
    act.connection.execute(update(CLOSING).where(gone).values(ended=act.number))


def open_balances(
    act: Act,
    library: Library,
    scheme: int,
    day: date,
    funds: Mapping[str, int],
    accounts: Mapping[int, int],
) -> list[int]:
    """Take over balances from the books before, in fen: funds by name, accounts by person.

    What lies behind them is in the bank.  Gives the numbers of the entries.  Raises `Refused`:
    `unknown_scheme`, `unknown_field` for a fund that the policy does not have, `unknown_person`,
    `bad_amount`, `opened_already`, `not_yet`, `year_closed`.
    """
    connection = act.connection
    its = scheme_of(connection, scheme)
    _check_funds(library, its, funds)
    if day > act.asked.day:
        raise _refused("not_yet", Bilingual(
            f"期初日 {day} 还没有到", f"the opening on {day} is yet to come",
        ))  # fmt: skip
    _locked(act, its.area)
    bank = Account(its.area, "bank")
    opened = [(Account(its.area, "fund", f"{its.policy} {name}"), fen)
              for name, fen in funds.items()]  # fmt: skip
    for person, fen in accounts.items():
        if connection.scalar(select(PERSON.c.id).where(PERSON.c.id == person)) is None:
            raise _refused("unknown_person", Bilingual(
                f"没有编号为 {person} 的人员", f"there is no person {person}"))  # fmt: skip
        opened.append((Account(its.area, "account", "", str(person)), fen))
    there = _opened(connection, its.area)
    entries = []
    for account, fen in opened:
        least = 0 if account.kind == "account" else -MAX_FEN
        whose = account.name or account.owner
        if not least <= fen <= MAX_FEN:
            raise _refused("bad_amount", Bilingual(
                f"{whose} 的期初余额不能是 {format_yuan(fen)} 元",
                f"{whose} cannot open with {format_yuan(fen)} yuan",
            ))  # fmt: skip
        if account in there:
            raise _refused("opened_already", Bilingual(
                f"{whose} 已经有期初余额", f"{whose} has an opening balance already",
            ))  # fmt: skip
        if fen:
            entries.append(posted(act, day, "opening", {account: fen, bank: -fen}))
    return entries


def broken_closings(connection: Connection) -> Iterator[Bilingual]:
    """Closed years whose trial balance is not what it was; nothing where all are as they were."""
    rows = connection.execute(
        select(CLOSING).where(CLOSING.c.ended.is_(None)).order_by(CLOSING.c.id)
    )
    for row in rows.all():
        kept = hashlib.sha256(row.balances.encode()).digest()
        if kept != row.hash or _balances(connection, row.area, _last_day(row.year)) != row.balances:
            yield Bilingual(
                f"{row.area} 的 {row.year} 年：年结时的试算平衡与现在不同",
                f"year {row.year} of {row.area}: it was closed with another trial balance",
            )


# --- what is closed ------------------------------------------------------------------------------


def _locked(act: Act, area: str) -> None:
    """An area that is there, locked so that one closes it at a time.  Raises `unknown_area`."""
    known(act, AREA, area)
    act.connection.execute(select(AREA.c.code).where(AREA.c.code == area).with_for_update())


def _check_earlier(connection: Connection, area: str, year: int) -> None:
    """Every earlier year in which something was booked is closed."""
    booked = extract("year", ENTRY.c.day)
    years = connection.scalars(
        select(booked)
        .where(
            (LEDGER.c.area == area)
            & (POSTING.c.ledger == LEDGER.c.id)
            & (ENTRY.c.id == POSTING.c.entry)
            & (ENTRY.c.day < date(year, 1, 1))
        )
        .distinct()
    )
    for earlier in sorted(int(one) for one in years):
        if not is_closed(connection, area, earlier):
            raise _refused("earlier_open", Bilingual(
                f"{area} 的 {earlier} 年还没有年结；先结较早的年度",
                f"the year {earlier} of {area} is not closed; close the earlier one first",
            ))  # fmt: skip


def _balances(connection: Connection, area: str, last: date) -> str:
    """The trial balance of an area as text."""
    lines = trial_balance(connection, area, last)
    return canonical([[*one.account, one.fen] for one in lines])


def _unsettled(connection: Connection, area: str, last: date) -> list[int]:
    """Visits to the end of a year that no settlement stands for."""
    standing = select(SETTLEMENT.c.visit).where(SETTLEMENT.c.ended.is_(None))
    rows = connection.scalars(
        select(VISIT.c.id)
        .where(
            (VISIT.c.scheme == SCHEME.c.id)
            & (SCHEME.c.area == area)
            & (VISIT.c.day <= last)
            & VISIT.c.ended.is_(None)
            & VISIT.c.id.not_in(standing)
        )
        .order_by(VISIT.c.id)
    )
    return list(rows)


def _carried_over(
    act: Act, library: Library, scheme: Scheme, last: date
) -> list[tuple[int, Refused]]:
    """Ask what carries over of each account, and state what was on it; gives who was refused."""
    connection = act.connection
    try:
        rules = rules_of(library, scheme, last)
    except Refused:
        return []  # no version of that day: nothing is ruled, and balances stay as they are
    if "year_end" not in rules.policy.services:
        return []
    persons = connection.scalars(
        select(MEMBERSHIP.c.person)
        .where(
            (MEMBERSHIP.c.scheme == scheme.number)
            & MEMBERSHIP.c.ended.is_(None)
            & (MEMBERSHIP.c.since <= last)
        )
        .distinct()
        .order_by(MEMBERSHIP.c.person)
    )
    refused = []
    for person in persons.all():
        fen = balance_on(connection, Account(scheme.area, "account", "", str(person)), last)
        fills = {"balance": format_yuan(fen)}
        occasion = occasion_of(connection, person, last, None, fills)
        try:
            service = service_for(rules, "year_end", occasion)
            over = amount_of(ask(rules, service, occasion))
        except Refused as found:
            refused.append((person, found))
            continue
        if over != fen:
            raise _refused("not_carried_over", Bilingual(
                f"{scheme.policy} 规定此人（{person}）只结转 {format_yuan(over)} 元，"
                f"账户有 {format_yuan(fen)} 元；"
                "请先办理不结转的部分",
                f"{scheme.policy} carries over {format_yuan(over)} yuan of person {person}, whose "
                f"account holds {format_yuan(fen)}; book what does not carry over first",
            ))  # fmt: skip
        for fact, word in service.fill.items():
            if word == "balance":
                held = Stretch(fact, format_yuan(fen), last, last)
                stated(act, "person", str(person), held)
    return refused


def _check_funds(library: Library, scheme: Scheme, funds: Mapping[str, int]) -> None:
    """Some version of the policy has each of the funds.  Raises `Refused` (`unknown_field`)."""
    known = {
        name: None
        for version in library.versions(scheme.policy)
        for name in library.policy(scheme.policy, version.in_force.first).funds
    }
    for name in funds:
        if name not in known:
            raise unknown_name(name, known, f"funds.{shortened(name)}", Bilingual("基金", "fund"))


def _opened(connection: Connection, area: str) -> set[Account]:
    """What has an opening balance."""
    rows = connection.execute(
        select(LEDGER.c.area, LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner)
        .where(
            (LEDGER.c.area == area)
            & (POSTING.c.ledger == LEDGER.c.id)
            & (ENTRY.c.id == POSTING.c.entry)
            & (ENTRY.c.kind == "opening")
        )
        .distinct()
    )
    return {Account(*row) for row in rows}


def _last_day(year: int) -> date:
    if not 1900 <= year <= 2999:
        raise _refused("bad_year", Bilingual(f"{year} 不是年份", f"{year} is no year"))
    return date(year, 12, 31)


def _refused(kind: str, message: Bilingual) -> Refused:
    return Refused(kind, message)
