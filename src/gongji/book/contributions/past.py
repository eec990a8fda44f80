"""What is on record of a person, read once: for looking at many days, as known now and then.

It gives what `member_on`, `facts_on` and `record_of` give, without another look into the book.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, Table, select

from gongji.book.contributions.record import Record, record_from
from gongji.book.persons.facts import Said
from gongji.book.persons.people import Membership
from gongji.book.rules import Scheme
from gongji.book.schema.acts import ACT
from gongji.book.schema.contributions import CARRIED, DUE, PAID, RECEIPT
from gongji.book.schema.people import FACT, MEMBERSHIP, PERSON
from gongji.book.schema.places import SCHEME
from gongji.book.services import Occasion

__all__ = ["Past", "past_of"]

_Rows = tuple[Row[Any], ...]


class _Fact(NamedTuple):
    """A fact of a person as it was said, read once."""

    name: str
    value: Said
    since: date
    until: date | None
    written: date
    gone: date | None


class _Member(NamedTuple):
    """A membership with its scheme, read once."""

    membership: Membership
    since: date
    until: date | None
    written: date
    gone: date | None


class Past(NamedTuple):
    """Rows of a person, each with the days on which it was `written` and `gone`."""

    person: int
    born: date
    sex: str
    memberships: tuple[_Member, ...]
    facts: tuple[_Fact, ...]
    dues: _Rows
    paid: _Rows
    carried: _Rows

    def member_on(self, day: date, known_on: date | None = None) -> Membership | None:
        """The membership of a day; None where nobody insures them."""
        return next((one.membership for one in _holding(self.memberships, day, known_on)), None)

    def occasion(self, day: date, known_on: date | None = None) -> Occasion:
        """What is on record of them on a day, to ask a policy about."""
        facts: Mapping[str, Said] = {
            one.name: one.value for one in _holding(self.facts, day, known_on)
        }
        words = {"born": self.born.isoformat(), "sex": self.sex, "day": day.isoformat()}
        return Occasion(day, facts, {}, words)

    def record(self, member: Membership, known_on: date | None = None) -> Record:
        """What they have paid in the scheme of a membership."""
        scheme = member.scheme.number
        paid: dict[int, list[tuple[str | None, date | None]]] = {}
        for one in _known(self.paid, known_on):
            paid.setdefault(one.due, []).append((one.share, one.arrived))
        rows: list[tuple[str, str, str | None, date | None]] = []
        for due in _known(self.dues, known_on):
            if due.scheme == scheme:
                there = paid.get(due.id) or [(None, None)]
                rows += [(due.period, due.shares, *one) for one in there]
        before = [one for one in _known(self.carried, known_on) if one.scheme == scheme]
        return record_from(rows, before, member.since)


def past_of(connection: Connection, person: int) -> Past:
    """All that is on record of a person."""
    who = connection.execute(select(PERSON.c.born, PERSON.c.sex).where(PERSON.c.id == person)).one()

    def rows(wanted: Select[Any], table: Table) -> _Rows:
        return tuple(connection.execute(_dated(wanted, table)))

    members = select(MEMBERSHIP, SCHEME.c.area, SCHEME.c.policy, SCHEME.c.parameters).where(
        MEMBERSHIP.c.person == person, SCHEME.c.id == MEMBERSHIP.c.scheme
    )
    facts = select(FACT.c.name, FACT.c.value, FACT.c.since, FACT.c.until).where(
        FACT.c.kind == "person", FACT.c.whose == str(person)
    )
    dues = select(DUE).where(DUE.c.person == person).order_by(DUE.c.period)
    paid = select(PAID.c.due, PAID.c.share, RECEIPT.c.arrived).where(
        DUE.c.person == person, PAID.c.due == DUE.c.id, RECEIPT.c.id == PAID.c.receipt
    )
    carried = select(CARRIED).where(CARRIED.c.person == person)
    return Past(
        person, who.born, who.sex,
        tuple(_member(row, person) for row in rows(members, MEMBERSHIP)),
        tuple(_Fact(row.name, json.loads(row.value), *_when(row)) for row in rows(facts, FACT)),
        rows(dues, DUE), rows(paid, PAID), rows(carried, CARRIED),
    )  # fmt: skip


def _member(row: Row[Any], person: int) -> _Member:
    scheme = Scheme(row.scheme, row.area, row.policy, json.loads(row.parameters))
    found = Membership(row.id, person, scheme, row.since, row.until)
    return _Member(found, *_when(row))


def _when(row: Row[Any]) -> tuple[date, date | None, date, date | None]:
    """The days from which and to which a row holds, and those on which it was written and ended."""
    return row.since, row.until, row.written, row.gone


def _dated(wanted: Select[Any], table: Table) -> Select[Any]:
    """Rows with the days of the acts that wrote and ended them."""
    wrote = select(ACT.c.day).where(ACT.c.id == table.c.act).scalar_subquery()
    ended = select(ACT.c.day).where(ACT.c.id == table.c.ended).scalar_subquery()
    return wanted.add_columns(wrote.label("written"), ended.label("gone"))


def _known(rows: Iterable[Any], known_on: date | None) -> Iterable[Any]:
    """Rows that stand, or stood at the end of a day."""
    if known_on is None:
        return (row for row in rows if row.gone is None)
    return (
        row for row in rows if row.written <= known_on and (row.gone is None or row.gone > known_on)
    )


def _holding(rows: Iterable[Any], day: date, known_on: date | None) -> Iterable[Any]:
    """Those that hold on a day."""
    return (
        row
        for row in _known(rows, known_on)
        if row.since <= day and (row.until is None or row.until >= day)
    )
