"""Contributions: what is declared to be due for a month or a year.

How much is due is the policy's answer; where its document does not say, it is what was declared.
Receipts have a room of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from gongji.book.acts import Act, canonical
from gongji.book.contributions.periods import first_day_of, last_day_of
from gongji.book.persons.deaths import check_alive
from gongji.book.persons.people import change_facts
from gongji.book.rules import Scheme, rules_of, scheme_of
from gongji.book.schema.contributions import CARRIED, DUE, PAID
from gongji.book.schema.people import MEMBERSHIP
from gongji.book.services import ask, fitting, occasion_of
from gongji.engine.inputs import Raw
from gongji.money import format_yuan, parse_yuan
from gongji.policy.model import Service
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, listed

__all__ = [
    "GOVERNMENT",
    "Due",
    "carry_over",
    "declare",
    "differs",
    "owing",
    "standing_due",
    "withdraw_due",
]

GOVERNMENT = "government"
"""The share that government pays; it is not waited for where others have paid theirs."""

_SHARES = ("employer", "employee", GOVERNMENT)


class Due(NamedTuple):
    """What is due of a person for a period; `unpaid` are the shares that have not arrived, fen."""

    number: int
    person: int
    period: str
    unpaid: Mapping[str, int]


# --- what is due ---------------------------------------------------------------------------------


def declare(
    act: Act,
    library: Library,
    person: int,
    scheme: int,
    period: str,
    facts: Mapping[str, Raw],
    amounts: Mapping[str, str] | None = None,
) -> int:
    """Declare what is due for a month (`2024-03`) or a year (`2024`).  Gives the due's number.

    `facts` are what the amount goes by, such as the wage; they hold from then on.  Others are those
    of the first day of the period, or of the first day insured in it.  `amounts` are
    yuan by who pays them: needed where the policy does not rule them, and where it does they must
    be what it says.  Raises `Refused`: `bad_period`, `died`, `not_insured`, `nothing_due`,
    `amount_differs`, `missing_amount`, `declared_already`, and what the policy refuses.
    """
    its = scheme_of(act.connection, scheme)
    first = first_day_of(period)
    check_alive(act.connection, person, first)
    member = _member_in(act.connection, person, scheme, period)
    day = max(first, member.since)
    if facts:
        said = {name: str(value) for name, value in facts.items()}
        change_facts(act, library, person, its, day, said)
    shares, base = _shares(act, library, person, its, period, day, amounts)
    if not any(shares.values()):
        raise _nothing_due(period)
    row = insert(DUE).values(
        person=person, scheme=scheme, period=period, employer=member.employer, base_fen=base,
        shares=canonical(shares), act=act.number,
    )  # fmt: skip
    try:
        with act.connection.begin_nested():
            found = act.connection.execute(row)
    except IntegrityError:
        raise Refused(
            "declared_already",
            Bilingual(f"{period} 已经申报过；要改先撤回",
                      f"{period} is declared already; withdraw that to change it"),
            {"field": "period"},
        ) from None  # fmt: skip
    assert found.inserted_primary_key is not None
    return int(found.inserted_primary_key[0])


def withdraw_due(act: Act, due: int) -> None:
    """Take back what was declared.  Raises `Refused` (`unknown_due`, `paid_already`)."""
    row = standing_due(act.connection, due)
    paid = select(PAID.c.id).where((PAID.c.due == due) & PAID.c.ended.is_(None))
    if act.connection.execute(paid).first() is not None:
        raise Refused(
            "paid_already",
            Bilingual(f"{row.period} 的缴费已经到账，先退回到账再撤回申报",
                      f"{row.period} is paid; take the receipt back before it is withdrawn"),
            {"field": "due"},
        )  # fmt: skip
    act.connection.execute(update(DUE).where(DUE.c.id == due).values(ended=act.number))


def carry_over(
    act: Act, person: int, scheme: int, first_paid: date, through: str, months: int
) -> None:
    """Write down what a person had paid before the book began.

    `through` is the last month paid, up to which there was no gap; `months` are all months paid.
    What the book itself declares is paid by receipts and never by this.  Raises `Refused`:
    `bad_period`, `not_yet`, `declared_already`, `bad_stretch`, `impossible_value`.
    """
    last = first_day_of(through)
    _check_before_dues(act, person, scheme, last)
    most = (last.year - first_paid.year) * 12 + last.month - first_paid.month + 1
    if most < 1:
        raise Refused(
            "bad_stretch",
            Bilingual(f"缴至 {through}，早于首次缴费日 {first_paid}",
                      f"paid up to {through}, before the first payment on {first_paid}"),
            {"field": "through"},
        )  # fmt: skip
    if not 1 <= months <= most:
        raise Refused(
            "impossible_value",
            Bilingual(f"{first_paid} 至 {through} 最多 {most} 个月，不能是 {months} 个月",
                      f"from {first_paid} to {through} are at most {most} months, not {months}"),
            {"field": "months"},
        )  # fmt: skip
    mine = (CARRIED.c.person == person) & (CARRIED.c.scheme == scheme) & CARRIED.c.ended.is_(None)
    act.connection.execute(update(CARRIED).where(mine).values(ended=act.number))
    row = {"first_paid": first_paid, "through": last, "months": months}
    act.connection.execute(
        insert(CARRIED).values(person=person, scheme=scheme, act=act.number, **row)
    )


def owing(
    connection: Connection, scheme: int, through: str, *, person: int | None = None,
    employer: str | None = None, since: str = "",
) -> list[Due]:  # fmt: skip
    """What is due up to a period and has not arrived, oldest first; of one person or employer.

    `since` leaves earlier periods out.
    """
    mine = and_(
        DUE.c.scheme == scheme, DUE.c.period <= through, DUE.c.period >= since,
        DUE.c.ended.is_(None),
    )  # fmt: skip
    if person is not None:
        mine = and_(mine, DUE.c.person == person)
    if employer is not None:
        mine = and_(mine, DUE.c.employer == employer)
    rows = connection.execute(
        select(DUE.c.id, DUE.c.person, DUE.c.period, DUE.c.shares, PAID.c.share)
        .outerjoin(PAID, (PAID.c.due == DUE.c.id) & PAID.c.ended.is_(None))
        .where(mine)
        .order_by(DUE.c.period, DUE.c.id)
    )
    found: dict[int, Due] = {}
    for number, whose, period, shares, paid in rows:
        due = found.setdefault(number, Due(number, whose, period, json.loads(shares)))
        left = {name: fen for name, fen in due.unpaid.items() if name != paid and fen}
        found[number] = due._replace(unpaid=left)
    return [due for due in found.values() if due.unpaid]


# --- within --------------------------------------------------------------------------------------


def _shares(
    act: Act, library: Library, person: int, scheme: Scheme, period: str, day: date,
    amounts: Mapping[str, str] | None,
) -> tuple[dict[str, int], int | None]:  # fmt: skip
    """What each has to pay, in fen, and the base it is of, by what is true on a day."""
    said = {name: parse_yuan(text, f"amounts.{name}") for name, text in (amounts or {}).items()}
    rules = rules_of(library, scheme, day)
    if "due" not in rules.policy.services:
        return _shares_said(said), None
    occasion = occasion_of(act.connection, person, day)
    service = fitting(rules, "due", occasion)
    if service is None:
        raise _nothing_due(period)
    _check_period(service, period)
    found = ask(rules, service, occasion).answer.values
    kinds = rules.policy.answers
    fen = {name: int(value) for name, value in found.items()
           if kinds[name].kind == "amount" and isinstance(value, int)}  # fmt: skip
    base, total = fen.pop("base", None), fen.pop("total", None)
    assert total is None or sum(fen.values()) == total, "the shares are the total"
    for name in sorted({*said, *fen}) if said else ():
        if said.get(name, 0) != fen.get(name, 0):
            raise differs(
                f"申报的 {name}", f"the share of {name}", said.get(name, 0), fen.get(name, 0)
            )
    return fen, base


def _shares_said(said: Mapping[str, int]) -> dict[str, int]:
    unknown = sorted(set(said) - set(_SHARES))
    if unknown or not said:
        raise Refused(
            "missing_amount",
            Bilingual(
                f"文件没有写该缴多少，请在 amounts 中写明金额：{listed(_SHARES)}",
                f"the document does not say what is due; state it in amounts: {listed(_SHARES)}",
            ),
            {"field": f"amounts.{unknown[0]}" if unknown else "amounts"},
        )
    return dict(said)


def _check_before_dues(act: Act, person: int, scheme: int, last: date) -> None:
    """What was paid before the book ends before its first due, and is not yet to come."""
    month = f"{last:%Y-%m}"
    if last > act.asked.day:
        raise Refused(
            "not_yet",
            Bilingual(f"缴至 {month}，还没有到", f"paid up to {month}, which is yet to come"),
            {"field": "through"},
        )
    mine = (DUE.c.person == person) & (DUE.c.scheme == scheme) & DUE.c.ended.is_(None)
    first = act.connection.scalar(
        select(DUE.c.period).where(mine & (DUE.c.period <= month)).order_by(DUE.c.period).limit(1)
    )
    if first is not None:
        raise Refused(
            "declared_already",
            Bilingual(
                f"{first} 已在账册中申报，要凭到账缴清；既往缴费只能写到它之前，不能写到 {month}",
                f"{first} is declared in the book, and paid by what arrives; what was paid before "
                f"ends before that, not with {month}",
            ),
            {"field": "through"},
        )


def _nothing_due(period: str) -> Refused:
    return Refused(
        "nothing_due",
        Bilingual(f"{period}：此人不用缴费", f"{period}: nothing is due of the person"),
        {"field": "person"},
    )


def _check_period(service: Service, period: str) -> None:
    every = "month" if len(period) == 7 else "year"
    if service.every != every:
        month = Bilingual("月份，如 2024-03", "a month, such as 2024-03")
        year = Bilingual("年度，如 2024", "a year, such as 2024")
        wanted = month if service.every == "month" else year
        raise Refused(
            "bad_period",
            Bilingual(f"“{period}”应为", f"“{period}”: expected ") + wanted,
            {"field": "period"},
        )


def _member_in(connection: Connection, person: int, scheme: int, period: str) -> Row[Any]:
    """The membership of a person in a scheme in a period, the latest."""
    first, last = first_day_of(period), last_day_of(period)
    row = connection.execute(
        select(MEMBERSHIP)
        .where(
            (MEMBERSHIP.c.person == person)
            & (MEMBERSHIP.c.scheme == scheme)
            & MEMBERSHIP.c.ended.is_(None)
            & (MEMBERSHIP.c.since <= last)
            & or_(MEMBERSHIP.c.until.is_(None), MEMBERSHIP.c.until >= first)
        )
        .order_by(MEMBERSHIP.c.since.desc())
    ).first()
    if row is None:
        raise Refused(
            "not_insured",
            Bilingual(f"此人在 {period} 没有参加这一险种",
                      f"the person is not insured in the scheme in {period}"),
            {"field": "person"},
        )  # fmt: skip
    return row


def standing_due(connection: Connection, due: int) -> Row[Any]:
    """What is due, by its number.  Raises `Refused` (`unknown_due`)."""
    row = connection.execute(
        select(DUE).where((DUE.c.id == due) & DUE.c.ended.is_(None))
    ).one_or_none()
    if row is None:
        raise Refused(
            "unknown_due",
            Bilingual(f"没有编号为 {due} 的应缴，或已经撤回",
                      f"there is no due {due}, or it is withdrawn"),
            {"field": "due"},
        )  # fmt: skip
    return row


def differs(zh: str, en: str, found: int, wanted: int) -> Refused:
    """An amount that is not what it has to be, in fen."""
    return Refused(
        "amount_differs",
        Bilingual(
            f"{zh} {format_yuan(found)} 元，应为 {format_yuan(wanted)} 元",
            f"{en} is {format_yuan(found)} yuan, due are {format_yuan(wanted)}",
        ),
        {"field": "amount"},
    )
