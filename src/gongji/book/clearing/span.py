"""What the book did for an institution in a period: settlements made, and settlements taken back.

The day counts on which it was done, not that of care: what is taken back later is a row of its own,
below nothing, in the period in which that was done.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, select

from gongji.book.schema.acts import ACT
from gongji.book.schema.places import INSTITUTION
from gongji.book.schema.visits import SETTLEMENT, VISIT
from gongji.wording import Bilingual, Refused

__all__ = ["Done", "Span", "Totals", "check_span", "done_in", "totals_of"]


class Span(NamedTuple):
    """A period of an institution, both days included, and what of it is looked at.

    `settings` are the settings that a clearing kind covers; none are all.  `refunds` tells whether
    only rows below nothing are looked at, or only others; empty means both.
    """

    institution: str
    first: date
    last: date
    scheme: int | None = None
    settings: tuple[str, ...] = ()
    refunds: bool | None = None


class Done(NamedTuple):
    """A settlement made or, as a refund with amounts below nothing, taken back; in fen.

    `funds` is what all funds paid, `account` what personal accounts did; the rest was cash.
    """

    settlement: int
    visit: int
    refund: bool
    total: int
    funds: int
    account: int


class Totals(NamedTuple):
    """How many rows there are, and their sums in fen."""

    rows: int
    total: int
    funds: int
    account: int


def check_span(connection: Connection, span: Span, today: date) -> None:
    """Make sure that a period can be.

    Raises `Refused` (`unknown_institution`, `bad_stretch`, `not_yet`).
    """
    mine = select(INSTITUTION.c.code).where(INSTITUTION.c.code == span.institution)
    if connection.scalar(mine) is None:
        raise Refused(
            "unknown_institution",
            Bilingual(f"没有代码为 {span.institution} 的定点机构",
                      f"there is no institution with the code {span.institution}"),
            {"field": "institution"},
        )  # fmt: skip
    if span.last < span.first:
        raise Refused(
            "bad_stretch",
            Bilingual(f"止日 {span.last} 早于起日 {span.first}",
                      f"it ends on {span.last}, before it begins on {span.first}"),
            {"field": "last"},
        )  # fmt: skip
    if span.last > today:
        raise Refused(
            "not_yet",
            Bilingual(f"止日 {span.last} 还没有到，至多到今天 {today}",
                      f"{span.last} is yet to come; expected at most today, {today}"),
            {"field": "last"},
        )  # fmt: skip


def done_in(connection: Connection, span: Span) -> list[Done]:
    """The rows of a period, by settlement, one made before the same one taken back."""
    made = _rows(connection, span, SETTLEMENT.c.act) if span.refunds is not True else []
    back = _rows(connection, span, SETTLEMENT.c.ended) if span.refunds is not False else []
    rows = [Done(row["id"], row["visit"], False, *_amounts(row)) for row in made]
    rows += [Done(row["id"], row["visit"], True, *(-fen for fen in _amounts(row))) for row in back]
    return sorted(rows, key=lambda one: (one.settlement, one.refund))


def totals_of(rows: list[Done]) -> Totals:
    """The sums of rows."""
    return Totals(
        len(rows),
        sum(one.total for one in rows),
        sum(one.funds for one in rows),
        sum(one.account for one in rows),
    )


def _rows(connection: Connection, span: Span, act: Column[Any]) -> Iterator[Mapping[Any, Any]]:
    """Settlements of an institution that an act of the period has to do with."""
    mine = (
        (VISIT.c.institution == span.institution)
        & (SETTLEMENT.c.visit == VISIT.c.id)
        & (ACT.c.id == act)
        & ACT.c.day.between(span.first, span.last)
    )
    if span.scheme is not None:
        mine &= SETTLEMENT.c.scheme == span.scheme
    rows = connection.execute(select(SETTLEMENT, VISIT.c.said).where(mine))
    for row in rows.mappings():
        if not span.settings or json.loads(row["said"]).get("setting") in span.settings:
            yield row


def _amounts(row: Mapping[Any, Any]) -> tuple[int, int, int]:
    return row["total_fen"], row["total_fen"] - row["person_fen"], row["account_fen"] or 0
