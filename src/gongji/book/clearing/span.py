"""What the book did for an institution in a period: settlements made, and settlements taken back.

The day counts on which it was done, not that of care: what is taken back later is a row of its own,
below nothing, in the period in which that was done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, or_, select

from gongji.book.schema.acts import ACT
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
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

    `funds` is what all funds paid, `account` what accounts did, those of relatives included; the
    rest was cash.
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
    chains = _chains(connection, span)
    family = _family(connection, span) if chains else {}
    found = []
    for chain in chains:
        first, last = chain[0], chain[-1]
        account = (first["account_fen"] or 0) + family.get((first["visit"], last["ended"]), 0)
        total = first["total_fen"]
        one = Done(first["id"], first["visit"], False, total, total - first["person_fen"], account)
        if span.refunds is not True and span.first <= first["made_on"] <= span.last:
            found.append(one)
        taken_back = last["ended_on"]
        if span.refunds is not False and taken_back and span.first <= taken_back <= span.last:
            back = one._replace(refund=True, total=-one.total, funds=-one.funds, account=-account)
            found.append(back)
    return sorted(found, key=lambda one: (one.settlement, one.refund))


def totals_of(rows: list[Done]) -> Totals:
    """The sums of rows."""
    return Totals(
        len(rows),
        sum(one.total for one in rows),
        sum(one.funds for one in rows),
        sum(one.account for one in rows),
    )


def _chains(connection: Connection, span: Span) -> list[list[Mapping[Any, Any]]]:
    """Settlements of visits that a period has to do with, each with those that replaced it.

    What settling again changes is between funds and the person; to the institution it is the same
    settlement as before, under its first number.
    """
    made, ended = ACT.alias("made"), ACT.alias("ended_by")
    rows = connection.execute(
        select(SETTLEMENT, VISIT.c.said, made.c.day.label("made_on"), ended.c.day.label("ended_on"))
        .join(VISIT, SETTLEMENT.c.visit == VISIT.c.id)
        .join(made, SETTLEMENT.c.act == made.c.id)
        .outerjoin(ended, SETTLEMENT.c.ended == ended.c.id)
        .where(VISIT.c.id.in_(_visits(span)))
        .order_by(SETTLEMENT.c.id)
    )
    chains: list[list[Mapping[Any, Any]]] = []
    replaced: dict[tuple[int, int], list[Mapping[Any, Any]]] = {}
    for row in rows.mappings():
        if span.settings and json.loads(row["said"]).get("setting") not in span.settings:
            continue
        chain = replaced.pop((row["visit"], row["act"]), None)
        if chain is None:
            chain = []
            chains.append(chain)
        chain.append(row)
        if row["ended"] is not None:
            replaced[row["visit"], row["ended"]] = chain
    return chains


def _visits(span: Span) -> Select[Any]:
    """Visits of which an act of the period made or ended a settlement; claims are the person's."""
    mine = (
        (VISIT.c.institution == span.institution)
        & (VISIT.c.channel == "direct")
        & (SETTLEMENT.c.visit == VISIT.c.id)
        & or_(ACT.c.id == SETTLEMENT.c.act, ACT.c.id == SETTLEMENT.c.ended)
        & ACT.c.day.between(span.first, span.last)
    )
    if span.scheme is not None:
        mine &= SETTLEMENT.c.scheme == span.scheme
    return select(VISIT.c.id).where(mine).correlate(None)


def _family(connection: Connection, span: Span) -> dict[tuple[int, int | None], int]:
    """What relatives' accounts paid of each visit, by the act that took it back, if one did."""
    back = ENTRY.alias("back")
    rows = connection.execute(
        select(ENTRY.c.visit, back.c.act, func.sum(POSTING.c.fen))
        .outerjoin(back, back.c.reverses == ENTRY.c.id)
        .where(
            (ENTRY.c.kind == "family_payment")
            & ENTRY.c.visit.in_(_visits(span))
            & (POSTING.c.entry == ENTRY.c.id)
            & (LEDGER.c.id == POSTING.c.ledger)
            & (LEDGER.c.kind == "cash")
        )
        .group_by(ENTRY.c.visit, back.c.act)
    )
    return {(visit, act): int(fen) for visit, act, fen in rows}
