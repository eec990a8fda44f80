"""What an institution's settlements come to over some days, and each of them, to be reconciled."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, exists, func, select

from gongji.book.known import standing
from gongji.book.schema.exchange import CASE, CASE_SETTLEMENT
from gongji.book.schema.visits import SETTLEMENT

__all__ = ["SettledRow", "Stretch", "Totals", "settled_rows", "settled_with", "totals_of"]

_AT_A_TIME = 1000

_IN_THE_BOOK = exists().where(SETTLEMENT.c.visit == CASE_SETTLEMENT.c.visit, standing(SETTLEMENT))
"""Whether the book still has a settlement: a desk of the agency may have cancelled it."""


class Stretch(NamedTuple):
    """Settlements of an institution from a day to a day, both included, of one kind of clearing.

    `payer` is the area that pays.  Without `insutype` they are of every kind of insurance.  What a
    desk of the agency cancelled counts no longer.  With `reversed_too` settlements that the
    institution cancelled count as well, and so do their cancellings, which are below nothing;
    without it neither does.
    """

    institution: str
    since: date
    until: date
    clearing: str
    payer: str
    insutype: str | None
    reversed_too: bool


class Totals(NamedTuple):
    """How many settlements, and their sums in fen."""

    settlements: int
    total: int
    fund: int
    account: int


class SettledRow(NamedTuple):
    """A settlement, or a cancelling (`cancels`), with its sums in fen and its message."""

    number: int
    case: int
    person: int
    message: str
    day: date
    clearing: str
    cancels: int | None
    stands: bool
    total: int
    fund: int
    account: int

    @property
    def reversed(self) -> bool:
        """Whether it is one of the two rows of what was taken back."""
        return self.cancels is not None or not self.stands


def totals_of(connection: Connection, stretch: Stretch) -> Totals:
    """What the settlements of a stretch come to."""
    sums = [
        func.coalesce(func.sum(column), 0)
        for column in (
            CASE_SETTLEMENT.c.total_fen, CASE_SETTLEMENT.c.fund_fen, CASE_SETTLEMENT.c.account_fen,
        )
    ]  # fmt: skip
    found = connection.execute(
        select(func.count(), *sums)
        .select_from(CASE_SETTLEMENT)
        .join(CASE, CASE.c.id == CASE_SETTLEMENT.c.case)
        .where(_of(stretch))
    ).one()
    return Totals(*(int(one) for one in found))


def settled_rows(connection: Connection, stretch: Stretch) -> list[SettledRow]:
    """The settlements of a stretch in the order of their numbers."""
    wanted = _rows().where(_of(stretch)).order_by(CASE_SETTLEMENT.c.id)
    return [_row(row) for row in connection.execute(wanted)]


def settled_with(
    connection: Connection, institution: str, numbers: Collection[int]
) -> dict[int, SettledRow]:
    """Settlements of an institution by their numbers, whenever they were."""
    found = {}
    every = sorted(numbers)
    for start in range(0, len(every), _AT_A_TIME):
        some = CASE_SETTLEMENT.c.id.in_(every[start : start + _AT_A_TIME])
        for row in connection.execute(_rows().where(some & (CASE.c.institution == institution))):
            found[row.id] = _row(row)
    return found


def _of(stretch: Stretch) -> ColumnElement[bool]:
    wanted = (
        (CASE.c.institution == stretch.institution)
        & CASE_SETTLEMENT.c.day.between(stretch.since, stretch.until)
        & (CASE_SETTLEMENT.c.clearing == stretch.clearing)
        & (CASE_SETTLEMENT.c.payer == stretch.payer)
    )
    taken_back = CASE_SETTLEMENT.c.cancels.is_not(None) | CASE_SETTLEMENT.c.ended.is_not(None)
    wanted &= taken_back | _IN_THE_BOOK
    if stretch.insutype is not None:
        wanted &= CASE_SETTLEMENT.c.insutype == stretch.insutype
    if not stretch.reversed_too:
        wanted &= CASE_SETTLEMENT.c.cancels.is_(None) & standing(CASE_SETTLEMENT)
    return wanted


def _rows() -> Select[Any]:
    return select(CASE_SETTLEMENT, CASE.c.person).join(CASE, CASE.c.id == CASE_SETTLEMENT.c.case)


def _row(row: Row[Any]) -> SettledRow:
    return SettledRow(
        row.id, row.case, row.person, row.message, row.day, row.clearing, row.cancels,
        row.ended is None, row.total_fen, row.fund_fen, row.account_fen,
    )  # fmt: skip
