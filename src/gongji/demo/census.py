"""What is in the demo, counted: places, people and what they did, and what each fund holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, func, select

from gongji.book.journal import trial_balance
from gongji.book.schema.contributions import RECEIPT
from gongji.book.schema.journal import ENTRY
from gongji.book.schema.papers import APPROVAL, CLAIM, REGISTRATION
from gongji.book.schema.people import MEMBERSHIP
from gongji.book.schema.places import AREA, EMPLOYER, INSTITUTION, SCHEME
from gongji.book.schema.visits import SETTLEMENT
from gongji.wording import Bilingual

__all__ = ["AreaCount", "Census", "census_of"]


class AreaCount(NamedTuple):
    """An area, how many it has, and what its funds and accounts hold, in fen.

    Funds are named by their scheme's policy and their own name, with a space between.
    """

    code: str
    name: Bilingual
    institutions: int
    employers: int
    persons: int
    funds: Mapping[str, int]
    accounts: int


class Census(NamedTuple):
    """The areas, the largest first, and how many of the other things there are."""

    areas: tuple[AreaCount, ...]
    settlements: int
    receipts: int
    registrations: int
    approvals: int
    claims: int
    entries: int


def census_of(connection: Connection, day: date) -> Census:
    """Count what is in a book, money as of the end of a day."""
    areas = [
        _area(connection, row.code, Bilingual(row.zh, row.en), day)
        for row in connection.execute(select(AREA).order_by(AREA.c.code)).all()
    ]
    return Census(
        tuple(sorted(areas, key=lambda area: -area.persons)),
        _count(connection, SETTLEMENT, SETTLEMENT.c.ended.is_(None)),
        _count(connection, RECEIPT),
        _count(connection, REGISTRATION),
        _count(connection, APPROVAL),
        _count(connection, CLAIM),
        _count(connection, ENTRY),
    )


def _area(connection: Connection, code: str, name: Bilingual, day: date) -> AreaCount:
    funds: dict[str, int] = {}
    accounts = 0
    for line in trial_balance(connection, code, day):
        if line.account.kind == "fund":
            funds[line.account.name] = line.fen
        elif line.account.kind == "account":
            accounts = line.fen
    insured = (
        select(func.count(MEMBERSHIP.c.person.distinct()))
        .join(SCHEME, SCHEME.c.id == MEMBERSHIP.c.scheme)
        .where((SCHEME.c.area == code) & MEMBERSHIP.c.ended.is_(None))
    )
    return AreaCount(
        code, name,
        _count(connection, INSTITUTION, INSTITUTION.c.area == code),
        _count(connection, EMPLOYER, EMPLOYER.c.area == code),
        int(connection.scalar(insured) or 0),
        funds, accounts,
    )  # fmt: skip


def _count(connection: Connection, table: Table, which: ColumnElement[bool] | None = None) -> int:
    wanted = select(func.count()).select_from(table)
    return int(connection.scalar(wanted if which is None else wanted.where(which)) or 0)
