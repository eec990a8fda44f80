"""What the statement of a person's year in an area says, in figures, now or as of an earlier act.

The number of the paper names the last act that touched anything on it.  So the paper can be made
again as it was, and until something changes it has the same number and the same code.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, or_, select

from gongji.book.printed.settled import holder_said, relatives_paid
from gongji.book.schema.contributions import DUE, PAID
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.book.schema.people import MEMBERSHIP
from gongji.book.schema.places import INSTITUTION, SCHEME
from gongji.book.schema.visits import SETTLEMENT, VISIT
from gongji.book.sealed import Seal
from gongji.money import format_yuan
from gongji.wording import Bilingual, Refused

__all__ = ["YearOf", "areas_in", "last_settled", "year_said"]


class YearOf(NamedTuple):
    """A person's year in an area; `act` is the last one that is looked at, None for all."""

    person: int
    year: int
    area: str
    act: int | None = None

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, 1, 1)

    @property
    def last(self) -> date:
        """The last day."""
        return date(self.year, 12, 31)


def areas_in(connection: Connection, person: int, year: int) -> list[str]:
    """The areas that insured a person at some time of a year."""
    whole = YearOf(person, year, "")
    mine = _of_year(whole, MEMBERSHIP.c.ended.is_(None))
    return sorted(set(connection.scalars(select(SCHEME.c.area).where(mine))))


def year_said(connection: Connection, seal: Seal, of: YearOf) -> dict[str, Any]:
    """What the statement of a year says in figures.  Raises `Refused` (`not_insured`)."""
    insured = _rows(connection, of, MEMBERSHIP, _of_year(of, SCHEME.c.area == of.area))
    dues = _rows(connection, of, DUE, _of_scheme(of, DUE) & DUE.c.period.startswith(str(of.year)))
    settled = _rows(
        connection, of, SETTLEMENT,
        _of_scheme(of, SETTLEMENT) & SETTLEMENT.c.day.between(of.first, of.last),
    )  # fmt: skip
    moves, last_moved = _moves(connection, of)
    paid, last_paid = _paid(connection, of, [row.id for row in dues.standing])
    if not (insured.standing or settled.standing):
        raise Refused(
            "not_insured",
            Bilingual(f"此人 {of.year} 年没有在 {of.area} 参保",
                      f"the person was not insured in {of.area} in {of.year}"),
            {"field": "year"},
        )  # fmt: skip
    act = max(insured.last, dues.last, settled.last, last_paid, last_moved)
    return {
        "kind": "year",
        "number": f"{of.person}-{of.year}-{of.area}-{act}",
        "holder": holder_said(connection, seal, of.person),
        "area": of.area,
        "year": of.year,
        "insured": [
            {"policy": row.policy, "since": max(row.since, of.first).isoformat(),
             "until": min(row.until or of.last, of.last).isoformat()}
            for row in sorted(insured.standing, key=lambda row: row.since)
        ],
        "contributions": [
            {"period": row.period, "policy": row.policy,
             "due": format_yuan(sum(json.loads(row.shares).values())),
             "paid": format_yuan(sum(fen for share, fen in json.loads(row.shares).items()
                                     if share in paid[row.id]))}
            for row in sorted(dues.standing, key=lambda row: (row.period, row.id))
        ],
        "account": _account(of, moves),
        "settlements": [_settlement(connection, of, row) for row in settled.standing],
        **_sums(settled.standing),
    }  # fmt: skip


def last_settled(connection: Connection, of: YearOf) -> Row[Any] | None:
    """The last settlement of a year that stands."""
    mine = _of_scheme(of, SETTLEMENT) & SETTLEMENT.c.day.between(of.first, of.last)
    wanted = select(SETTLEMENT).where(
        mine, SETTLEMENT.c.scheme == SCHEME.c.id, SETTLEMENT.c.ended.is_(None)
    )
    return connection.execute(wanted.order_by(SETTLEMENT.c.place.desc()).limit(1)).first()


# --- as of an act --------------------------------------------------------------------------------


class _Rows(NamedTuple):
    """Rows that stand, and the last act that touched any, ended ones too."""

    standing: list[Row[Any]]
    last: int


def _rows(connection: Connection, of: YearOf, table: Table, mine: ColumnElement[bool]) -> _Rows:
    known = _known(of, table)
    every = connection.execute(
        select(table, SCHEME.c.policy)
        .where(mine, known, SCHEME.c.id == table.c.scheme)
        .order_by(table.c.id)
    ).all()
    return _stood(of, every)


def _known(of: YearOf, table: Table) -> ColumnElement[bool]:
    return table.c.act <= of.act if of.act is not None else table.c.act.is_not(None)


def _stood(of: YearOf, every: Iterable[Row[Any]]) -> _Rows:
    found = _Rows([], 0)
    last = 0
    for row in every:
        ended = row.ended
        if of.act is not None and ended is not None and ended > of.act:
            ended = None
        last = max(last, row.act, ended or 0)
        if ended is None:
            found.standing.append(row)
    return found._replace(last=last)


def _of_scheme(of: YearOf, table: Table) -> ColumnElement[bool]:
    return and_(table.c.person == of.person, SCHEME.c.area == of.area)


def _of_year(of: YearOf, more: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(
        MEMBERSHIP.c.person == of.person,
        MEMBERSHIP.c.scheme == SCHEME.c.id,
        MEMBERSHIP.c.since <= of.last,
        or_(MEMBERSHIP.c.until.is_(None), MEMBERSHIP.c.until >= of.first),
        more,
    )


# --- what is told of each ------------------------------------------------------------------------


def _paid(connection: Connection, of: YearOf, dues: list[int]) -> tuple[dict[int, set[str]], int]:
    """The shares of dues that were paid, and the last act about any."""
    wanted = select(PAID).where(PAID.c.due.in_(dues) & _known(of, PAID))
    rows = _stood(of, connection.execute(wanted))
    found: dict[int, set[str]] = defaultdict(set)
    for row in rows.standing:
        found[row.due].add(row.share)
    return found, rows.last


def _moves(connection: Connection, of: YearOf) -> tuple[list[Row[Any]], int]:
    """What was booked on the account up to the end of the year, and the last act of it."""
    wanted = select(ENTRY.c.day, ENTRY.c.kind, ENTRY.c.act, POSTING.c.fen).where(
        (LEDGER.c.area == of.area)
        & (LEDGER.c.kind == "account")
        & (LEDGER.c.owner == str(of.person))
        & (POSTING.c.ledger == LEDGER.c.id)
        & (ENTRY.c.id == POSTING.c.entry)
        & (ENTRY.c.day <= of.last)
        & _known(of, ENTRY)
    )
    rows: list[Row[Any]] = list(connection.execute(wanted))
    return rows, max((row.act for row in rows), default=0)


def _account(of: YearOf, moves: list[Row[Any]]) -> dict[str, Any] | None:
    """The account: what was on it, what came and went by kind, what is left; None without one."""
    if not moves:
        return None
    opening = sum(row.fen for row in moves if row.day < of.first)
    by_kind: dict[str, int] = defaultdict(int)
    for row in moves:
        if row.day >= of.first:
            by_kind[row.kind] += row.fen
    return {
        "opening": format_yuan(opening),
        "moves": {kind: format_yuan(fen) for kind, fen in sorted(by_kind.items()) if fen},
        "closing": format_yuan(opening + sum(by_kind.values())),
    }


def _settlement(connection: Connection, of: YearOf, row: Row[Any]) -> dict[str, Any]:
    where = connection.execute(
        select(INSTITUTION.c.name, VISIT.c.since).where(
            (VISIT.c.id == row.visit) & (INSTITUTION.c.code == VISIT.c.institution)
        )
    ).one()
    account = row.account_fen
    return {
        "number": row.id, "since": where.since.isoformat(), "day": row.day.isoformat(),
        "institution": where.name, "total": format_yuan(row.total_fen),
        "funds": format_yuan(row.total_fen - row.person_fen),
        "account": None if account is None else format_yuan(account),
        "cash": None if account is None else format_yuan(row.person_fen - account),
        "person": format_yuan(row.person_fen),
        "relatives": format_yuan(sum(relatives_paid(connection, row.visit, of.act))),
    }  # fmt: skip


def _sums(rows: list[Row[Any]]) -> dict[str, Any]:
    """The year in all: who paid what, by fund; the account where a document says what it pays."""
    payments: dict[str, int] = defaultdict(int)
    for row in rows:
        for fund, fen in json.loads(row.payments).items():
            payments[fund] += fen
    stated = all(row.account_fen is not None for row in rows)
    person = sum(row.person_fen for row in rows)
    account = sum(row.account_fen or 0 for row in rows)
    return {
        "total": format_yuan(sum(row.total_fen for row in rows)),
        "payments": {fund: format_yuan(fen) for fund, fen in sorted(payments.items())},
        "person": format_yuan(person),
        "account_paid": format_yuan(account) if stated else None,
        "cash": format_yuan(person - account) if stated else None,
    }
