"""Paying institutions: once a month each is paid what the journal says that it is owed.

An institution is owed its bills less what it took in cash itself, and less what it was paid before.
All that was booked up to the end of the month counts, so that what is settled late or taken back
later shows in the next month.
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from gongji.book.acts import Act, canonical
from gongji.book.journal import Account, posted
from gongji.book.schema.clearing import PAYOUT
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.book.schema.places import AREA, INSTITUTION
from gongji.money import format_yuan
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["PAID", "Statement", "broken_payments", "pay_institutions", "statements_of"]

PAID = "payout"
"""The kind of the entries by which institutions are paid."""

_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])", re.ASCII)


class Statement(NamedTuple):
    """What an institution was paid for a month, in fen.

    `billed` are the bills booked since the last payout, `cash` what the institution took in of
    them itself, `due` what each fund and the accounts owe of them (by `fund …` and `account`).
    `carried` was left over from before, below nothing where the institution was paid too much;
    `paid` is what it gets, and `left` what is carried on.
    """

    institution: str
    month: str
    billed: int
    cash: int
    due: Mapping[str, int]
    carried: int
    paid: int
    left: int


def pay_institutions(act: Act, area: str, month: str) -> list[Statement]:
    """Pay the institutions of an area for a month, written 2024-03; each once.

    Nothing is paid to one that owes more than it is owed: that is carried on.  Raises `Refused`:
    `unknown_area`, `bad_month`, `month_not_over`, `paid_already`, `month_skipped`.
    """
    last = _last_day(act, area, month)
    found = _figures(act.connection, area, last)
    before = _paid_before(act.connection, area)
    for institution in sorted({*found, *before}):
        figures = found.get(institution, {})
        statement = _statement(institution, month, figures, *before.get(institution, ({}, 0)))
        entry = None
        if statement.paid:
            moves = {
                Account(area, "institution", "", institution): -statement.paid,
                Account(area, "bank"): statement.paid,
            }
            entry = posted(act, act.asked.day, PAID, moves)
        act.connection.execute(
            insert(PAYOUT).values(
                area=area, institution=institution, month=month, figures=canonical(figures),
                paid_fen=statement.paid, entry=entry, act=act.number,
            )
        )  # fmt: skip
    return statements_of(act.connection, area, month)


def statements_of(
    connection: Connection, area: str, month: str, institution: str | None = None
) -> list[Statement]:
    """The statements of a month that was paid, by institution."""
    before: dict[str, tuple[Mapping[str, int], int]] = {}
    found = []
    mine = (PAYOUT.c.area == area) & (PAYOUT.c.month <= month)
    if institution is not None:
        mine &= PAYOUT.c.institution == institution
    rows = connection.execute(
        select(PAYOUT).where(mine).order_by(PAYOUT.c.institution, PAYOUT.c.month)
    )
    for row in rows:
        figures = json.loads(row.figures)
        earlier, paid = before.get(row.institution, ({}, 0))
        if row.month == month:
            found.append(_statement(row.institution, month, figures, earlier, paid))
        before[row.institution] = figures, paid + row.paid_fen
    return found


def broken_payments(connection: Connection) -> Iterator[Bilingual]:
    """Payments that the journal has not moved, in words; nothing where all are there."""
    moved = (
        select(ENTRY.c.id, LEDGER.c.owner, LEDGER.c.area, func.sum(POSTING.c.fen).label("fen"))
        .where(
            (ENTRY.c.kind == PAID)
            & (POSTING.c.entry == ENTRY.c.id)
            & (LEDGER.c.id == POSTING.c.ledger)
            & (LEDGER.c.kind == "institution")
        )
        .group_by(ENTRY.c.id, LEDGER.c.owner, LEDGER.c.area)
    )
    booked = {(row.id, row.area, row.owner): -int(row.fen) for row in connection.execute(moved)}
    for row in connection.execute(select(PAYOUT).order_by(PAYOUT.c.id)):
        there = booked.pop((row.entry, row.area, row.institution), 0)
        if there != row.paid_fen:
            yield Bilingual(
                f"拨付 {row.id}：记录给 {row.institution} {row.month} 拨付 "
                f"{format_yuan(row.paid_fen)} 元，分录是 {format_yuan(there)} 元",
                f"payout {row.id}: {format_yuan(row.paid_fen)} yuan are kept for {row.institution} "
                f"in {row.month}, the journal has moved {format_yuan(there)}",
            )
    for entry, _, owner in booked:
        yield Bilingual(
            f"分录 {entry}：拨付给 {owner}，没有对应的拨付记录",
            f"entry {entry}: it pays {owner}, and there is no payout of it",
        )


def _statement(
    institution: str, month: str, figures: Mapping[str, int], before: Mapping[str, int], paid: int
) -> Statement:
    """A statement from what the journal said at the end of the month, and at the last payment."""
    grown = {name: figures.get(name, 0) - before.get(name, 0) for name in {**before, **figures}}
    billed, cash = grown.pop("institution", 0), -grown.pop("cash", 0)
    carried = before.get("institution", 0) + before.get("cash", 0) - paid
    owed = carried + billed - cash
    return Statement(
        institution, month, billed, cash,
        {name: -fen for name, fen in sorted(grown.items()) if fen},
        carried, max(owed, 0), min(owed, 0),
    )  # fmt: skip


def _last_day(act: Act, area: str, month: str) -> date:
    """The last day of a month that can be paid; the area is held against being paid twice."""
    lock = select(AREA.c.code).where(AREA.c.code == area).with_for_update(key_share=True)
    if act.connection.scalar(lock) is None:
        raise Refused(
            "unknown_area",
            Bilingual(f"没有代码为 {area} 的统筹区", f"there is no area with the code {area}"),
            {"field": "area"},
        )
    found = _MONTH.fullmatch(month)
    if found is None:
        raise Refused(
            "bad_month",
            Bilingual(f"“{shortened(month)}”不是月份，应为 2024-03 这样的写法",
                      f"“{shortened(month)}” is no month; expected one such as 2024-03"),
            {"field": "month"},
        )  # fmt: skip
    year, number = int(found[1]), int(found[2])
    last = date(year, number, monthrange(year, number)[1])
    if last >= act.asked.day:
        raise Refused(
            "month_not_over",
            Bilingual(f"{month} 还没有结束，从次月 1 日起才能拨付",
                      f"{month} is not over; it can be paid from the first of the next month"),
            {"field": "month"},
        )  # fmt: skip
    before = act.connection.scalar(select(func.max(PAYOUT.c.month)).where(PAYOUT.c.area == area))
    if before is not None and month <= before:
        raise Refused(
            "paid_already",
            Bilingual(f"{area} 已经拨付到 {before}；之后的变动在下一个月拨付",
                      f"{area} is paid up to {before}; what changed since is paid with the next "
                      "month"),
            {"field": "month"},
        )  # fmt: skip
    if before is not None and month != _next(before):
        raise Refused(
            "month_skipped",
            Bilingual(f"先拨付 {_next(before)}", f"{_next(before)} comes first"),
            {"field": "month"},
        )
    return last


def _next(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def _figures(connection: Connection, area: str, last: date) -> dict[str, dict[str, int]]:
    """What entries about each institution had moved up to a day, by account; payouts are none.

    What a visit settled again changes is between funds and the person: no institution is in it.
    """
    about = (
        select(POSTING.c.entry, LEDGER.c.owner)
        .where(
            (LEDGER.c.id == POSTING.c.ledger)
            & LEDGER.c.kind.in_(("institution", "cash"))
            & (LEDGER.c.area == area)
            & (LEDGER.c.owner == INSTITUTION.c.code)
            & (ENTRY.c.id == POSTING.c.entry)
            & (ENTRY.c.kind != PAID)
            & (ENTRY.c.day <= last)
        )
        .distinct()
        .subquery()
    )
    name = func.trim(LEDGER.c.kind + " " + LEDGER.c.name)
    rows = connection.execute(
        select(about.c.owner, name, func.sum(POSTING.c.fen))
        .where(
            (POSTING.c.entry == about.c.entry)
            & (LEDGER.c.id == POSTING.c.ledger)
            & (LEDGER.c.area == area)
        )
        .group_by(about.c.owner, name)
    )
    found: dict[str, dict[str, int]] = {}
    for institution, account, fen in rows:
        found.setdefault(institution, {})[account] = int(fen)
    return found


def _paid_before(connection: Connection, area: str) -> dict[str, tuple[Mapping[str, int], int]]:
    """What the journal said at each institution's last payment, and all that it was paid."""
    found: dict[str, tuple[Mapping[str, int], int]] = {}
    rows = connection.execute(select(PAYOUT).where(PAYOUT.c.area == area).order_by(PAYOUT.c.month))
    for row in rows:
        paid = found.get(row.institution, ({}, 0))[1] + row.paid_fen
        found[row.institution] = json.loads(row.figures), paid
    return found
