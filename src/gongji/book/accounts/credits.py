"""Credits to personal accounts: each person once for a month, or for a year where the policy says.

The policy says for whom, how often and how much.  Whoever it refuses, or whose contribution has not
arrived, is listed with the reason, and credited by a later run once what was missing is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import chain, groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from gongji.book.acts import Act, canonical
from gongji.book.contributions.declaring import GOVERNMENT, owing
from gongji.book.journal import Account, posted, reversed_entry
from gongji.book.rules import Rules, Scheme, rules_kept, rules_of, rules_row, scheme_of
from gongji.book.schema.accounts import CREDIT
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.book.schema.people import MEMBERSHIP
from gongji.book.schema.places import SCHEME
from gongji.book.services import Answered, Occasion, amount_of, ask, occasion_of, service_for
from gongji.money import format_yuan
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Credit", "CreditRun", "broken_credits", "credit_accounts", "reverse_credit"]

_DAY = timedelta(days=1)
_MONTH = "month"
_KIND = "credit"
"""The entries of credits."""
_AT_A_TIME = 5000


class Credit(NamedTuple):
    """A credit that was booked, in fen; `every` and `first_day` say for what time."""

    number: int
    person: int
    every: str
    first_day: date
    fen: int


class CreditRun(NamedTuple):
    """What a run came to: credits, persons refused with the reason, and the last person looked at.

    `last` is None where everybody was; otherwise the next run goes on after that person.
    """

    credits: tuple[Credit, ...]
    refused: tuple[tuple[int, Refused], ...]
    last: int | None


class _Due(NamedTuple):
    """What is to be credited, and by which rules."""

    rules: Rules
    answered: Answered
    occasion: Occasion
    every: str
    first_day: date
    fen: int


def credit_accounts(
    act: Act,
    library: Library,
    scheme: int,
    month: date,
    day: date,
    after: int = 0,
    most: int = 10_000,
) -> CreditRun:
    """Credit the accounts of a scheme for a month, booked on a day.

    Looks at no more than `most` persons, those with numbers above `after`, so that a large city is
    credited in several acts.  Persons who are credited already are passed over.  Raises `Refused`:
    `unknown_scheme`, `not_yet`, `year_closed`.
    """
    connection = act.connection
    its = scheme_of(connection, scheme)
    first = month.replace(day=1)
    if not first <= day <= act.asked.day:
        raise _not_yet(first, day, act.asked.day)
    connection.execute(select(SCHEME.c.id).where(SCHEME.c.id == scheme).with_for_update())
    insured = _insured(connection, scheme, first, after, most)
    there = _credited(connection, scheme, first, after)
    unpaid = _unpaid(connection, scheme, f"{first:%Y-%m}")
    made: list[Credit] = []
    refused: list[tuple[int, Refused]] = []
    for person, since in insured:
        try:
            due = _due(connection, library, its, person, max(first, since), there)
            if due is not None and person in unpaid and due.every == _MONTH:
                raise _not_arrived(first)
        except Refused as found:
            refused.append((person, found))
            continue
        if due is not None:
            made.append(_booked(act, its, person, due, day))
    last = insured[-1][0] if len(insured) == most else None
    return CreditRun(tuple(made), tuple(refused), last)


def reverse_credit(act: Act, number: int) -> int:
    """Take a credit back; the next run can credit the person anew.  Gives the entry's number.

    Raises `Refused`: `unknown_credit`, `reversed_twice`, and `account_overdrawn` where it is spent.
    """
    row = act.connection.execute(
        select(CREDIT).where(CREDIT.c.id == number).with_for_update()
    ).one_or_none()
    if row is None:
        raise Refused(
            "unknown_credit",
            Bilingual(f"没有编号为 {number} 的计入", f"there is no credit {number}"),
            {"field": "credit"},
        )
    if row.ended is not None:
        raise Refused(
            "reversed_twice",
            Bilingual(f"计入 {number} 已经冲正过，不能再冲",
                      f"credit {number} is taken back already"),
            {"field": "credit"},
        )  # fmt: skip
    act.connection.execute(update(CREDIT).where(CREDIT.c.id == number).values(ended=act.number))
    if row.entry is None:
        return 0
    return reversed_entry(act, row.entry, "credit_reversal")


def broken_credits(connection: Connection, library: Library) -> Iterator[Bilingual]:
    """Credits that do not come out as they were kept; nothing where all do."""
    rules_of_number = lru_cache(partial(rules_kept, connection, library))
    scheme_of_number = lru_cache(partial(scheme_of, connection))

    @lru_cache(maxsize=1 << 16)  # many persons are alike
    def answer_to(number: int, day: date, said: str) -> Answered:
        rules, occasion = rules_of_number(number), Occasion(day, {}, json.loads(said), {})
        return ask(rules, service_for(rules, "credit", occasion), occasion)

    for row, booked in _with_moves(connection):
        try:
            scheme = scheme_of_number(row.scheme)
            answered = answer_to(row.rules, row.day, row.said)
        except Refused as refused:
            yield (
                Bilingual(
                    f"计入 {row.id}：不能重新算出：",
                    f"credit {row.id}: it does not come out again: ",
                )
                + refused.message
            )
            continue
        fen = amount_of(answered)
        if fen != row.fen:
            yield Bilingual(
                f"计入 {row.id}：保存的是 {format_yuan(row.fen)} 元，"
                f"按规则应为 {format_yuan(fen)} 元",
                f"credit {row.id}: it is kept as {format_yuan(row.fen)} yuan, the rules give "
                f"{format_yuan(fen)}",
            )
        elif booked != _moves(scheme, row.person, answered, fen):
            yield Bilingual(
                f"计入 {row.id}：账上记的与它不符",
                f"credit {row.id}: the journal has not moved what it says",
            )
    without = (
        select(ENTRY.c.id)
        .outerjoin(CREDIT, CREDIT.c.entry == ENTRY.c.id)
        .where((ENTRY.c.kind == _KIND) & CREDIT.c.id.is_(None))
        .order_by(ENTRY.c.id)
    )
    for entry in connection.scalars(without):
        yield Bilingual(
            f"分录 {entry}：计入个人账户，没有对应的计入记录",
            f"entry {entry}: it credits an account, and there is no credit of it",
        )


def _with_moves(connection: Connection) -> Iterator[tuple[Row[Any], dict[Account, int]]]:
    """The credits that stand, each with what its entry has moved, in fen."""
    rows = connection.execute(
        select(CREDIT, POSTING.c.fen.label("moved"), *(LEDGER.c[name] for name in Account._fields))
        .outerjoin_from(CREDIT, POSTING, POSTING.c.entry == CREDIT.c.entry)
        .outerjoin(LEDGER, LEDGER.c.id == POSTING.c.ledger)
        .where(CREDIT.c.ended.is_(None))
        .order_by(CREDIT.c.id),
        execution_options={"yield_per": _AT_A_TIME},
    )
    one_by_one = chain.from_iterable(rows.partitions())
    for _, some in groupby(one_by_one, key=attrgetter("id")):
        mine = list(some)
        moves = {Account(*row[-4:]): row.moved for row in mine if row.moved is not None}
        yield mine[0], moves


# --- who, and for what time ----------------------------------------------------------------------


def _insured(
    connection: Connection, scheme: int, first: date, after: int, most: int
) -> list[tuple[int, date]]:
    """Persons insured on some day of a month, and since when."""
    last = _next_month(first) - _DAY
    rows = connection.execute(
        select(MEMBERSHIP.c.person, func.min(MEMBERSHIP.c.since))
        .where(
            (MEMBERSHIP.c.scheme == scheme)
            & MEMBERSHIP.c.ended.is_(None)
            & (MEMBERSHIP.c.since <= last)
            & or_(MEMBERSHIP.c.until.is_(None), MEMBERSHIP.c.until >= first)
            & (MEMBERSHIP.c.person > after)
        )
        .group_by(MEMBERSHIP.c.person)
        .order_by(MEMBERSHIP.c.person)
        .limit(most)
    )
    return [(person, since) for person, since in rows]


def _credited(
    connection: Connection, scheme: int, first: date, after: int
) -> set[tuple[int, str, date]]:
    """Who was credited for which time, as far back as a year that holds the month."""
    rows = connection.execute(
        select(CREDIT.c.person, CREDIT.c.every, CREDIT.c.first_day).where(
            (CREDIT.c.scheme == scheme)
            & CREDIT.c.ended.is_(None)
            & (CREDIT.c.person > after)
            & (CREDIT.c.first_day > first.replace(year=first.year - 1))
        )
    )
    return {(person, every, first_day) for person, every, first_day in rows}


def _unpaid(connection: Connection, scheme: int, period: str) -> set[int]:
    """Persons for whom a contribution for the month is declared and has not arrived."""
    return {
        due.person
        for due in owing(connection, scheme, period, since=period)
        if set(due.unpaid) != {GOVERNMENT}
    }


def _due(
    connection: Connection,
    library: Library,
    scheme: Scheme,
    person: int,
    day: date,
    there: set[tuple[int, str, date]],
) -> _Due | None:
    """What a person is to be credited; None where they were.  Raises what the policy refuses."""
    rules = rules_of(library, scheme, day)
    occasion = occasion_of(connection, person, day)
    service = service_for(rules, "credit", occasion)
    every = service.every or _MONTH
    first_day = _first_day(every, day)
    if (person, every, first_day) in there:
        return None
    fills = {**occasion.fills, "first_day": first_day.isoformat()}
    occasion = occasion._replace(fills=fills)
    answered = ask(rules, service, occasion)
    return _Due(rules, answered, occasion, every, first_day, amount_of(answered))


def _first_day(every: str, day: date) -> date:
    """The day on which the month or the year begins that holds a day."""
    if every == _MONTH:
        return day.replace(day=1)
    month, _, number = every.removeprefix("year").removeprefix(" from ").partition("-")
    first = date(day.year, int(month or 1), int(number or 1))
    return first if first <= day else first.replace(year=day.year - 1)


def _next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


# --- booking -------------------------------------------------------------------------------------


def _booked(act: Act, scheme: Scheme, person: int, due: _Due, day: date) -> Credit:
    """Book a credit and write it down."""
    entry = None
    if due.fen:
        entry = posted(act, day, _KIND, _moves(scheme, person, due.answered, due.fen))
    row = act.connection.execute(
        insert(CREDIT).values(
            person=person, scheme=scheme.number, every=due.every, first_day=due.first_day,
            day=due.occasion.day, rules=rules_row(act.connection, due.rules),
            said=canonical(due.answered.said), fen=due.fen, entry=entry, act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    return Credit(row.inserted_primary_key[0], person, due.every, due.first_day, due.fen)


def _moves(scheme: Scheme, person: int, answered: Answered, fen: int) -> Mapping[Account, int]:
    """From the fund that pays it, which took the contributions, to the account."""
    if not fen:
        return {}
    source = f"{scheme.policy} {answered.service.fund}"
    return {
        Account(scheme.area, "fund", source): -fen,
        Account(scheme.area, "account", "", str(person)): fen,
    }


def _not_arrived(first: date) -> Refused:
    return Refused(
        "unpaid",
        Bilingual(f"{first:%Y-%m} 的缴费还没有到账；到账后再计入",
                  f"the contribution for {first:%Y-%m} has not arrived; it is credited after that"),
        {"field": "person"},
    )  # fmt: skip


def _not_yet(first: date, day: date, today: date) -> Refused:
    return Refused(
        "not_yet",
        Bilingual(
            f"计入日 {day} 应在所计月份开始（{first}）以后、今天（{today}）以前",
            f"credits of the month from {first} are booked on a day from then to today, {today}, "
            f"not on {day}",
        ),
        {"field": "day"},
    )
