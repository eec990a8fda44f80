"""The book read person after person: some settlements at a time, and all that goes with them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select

from gongji.book.care.settling import SETTLING_KINDS
from gongji.book.journal import Account
from gongji.book.proof.found import Found, Place
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.book.schema.visits import FEE_LINE, SETTLEMENT, STANDING, VISIT
from gongji.wording import Bilingual

__all__ = ["Entry", "Kept", "Ledgers", "People", "Stretch", "people_of", "stretch_of"]

_SETTLEMENTS = 4096
"""Settlements of a stretch: enough for the loops, few enough for any memory."""

_NUMBERS = 500
"""Numbers that one question names."""

_BETWEEN = ",\n0,"


class People(NamedTuple):
    """Some persons next to each other: those after `after` up to `until`, the last ones without."""

    after: int
    until: int | None
    settlements: int = 0
    persons: int = 0

    def has(self, column: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether a column names one of them."""
        if self.until is None:
            return column > self.after
        return (column > self.after) & (column <= self.until)


class Kept(NamedTuple):
    """A settlement as it was kept, its texts read; with it its visit's, which may not be there.

    `visit_same` says whether the visit has the same person, scheme and day.  Its other fields are
    the columns of the table, but for `number`, its own.
    """

    number: int
    visit: int
    person: int
    scheme: int
    place: int
    day: date
    rules: int
    total_fen: int
    person_fen: int
    account_fen: int | None
    entry: int
    ended: int | None
    person_text: str
    bill_text: str
    moved_text: str
    institution: str
    channel: str
    visit_said: str | None
    visit_same: bool | None
    person_said: Mapping[str, Any]
    bill: Mapping[str, Any]
    before: Mapping[str, int]
    moved: Mapping[str, int]
    payments: Mapping[str, int]

    def at(self, check: int) -> Place:
        """Where it stands among all."""
        return Place(self.person, self.scheme, self.place, check)


class Entry(NamedTuple):
    """An entry about a visit, and what it moves, in fen."""

    number: int
    kind: str
    moves: dict[Account, int]


class Stretch(NamedTuple):
    """All that the book keeps of how the visits of some persons were settled.

    `kept` are settlements in the order of persons, schemes and places; of several in one place the
    older first.  `lines` are those of a visit that stand, `entries` what was booked on a visit, in
    order, and `whose` visit that is; `standings` the last places and the meters of persons in
    schemes.  `unread` is the settlement after those `kept` that could not be read.
    """

    kept: Sequence[Kept]
    lines: Mapping[int, Sequence[str]]
    entries: Mapping[int, Sequence[Entry]]
    whose: Mapping[int, int]
    standings: Mapping[tuple[int, int], Row[Any]]
    unread: Found | None


def people_of(connection: Connection) -> list[People]:
    """All persons there are or may be, in parts of some thousand settlements."""
    found: list[People] = []
    after, last, count, persons = 0, 0, 0, 0
    rows = connection.execute(
        select(SETTLEMENT.c.person, func.count())
        .group_by(SETTLEMENT.c.person)
        .order_by(SETTLEMENT.c.person),
        execution_options={"yield_per": 10_000},
    )
    for person, more in rows:
        if count and count + more > _SETTLEMENTS:
            found.append(People(after, last, count, persons))
            after, count, persons = last, 0, 0
        last, count, persons = person, count + more, persons + 1
    return [*found, People(after, None, count, persons)]


def stretch_of(connection: Connection, people: People, ledgers: Ledgers) -> Stretch:
    """Read what is kept of some persons."""
    with _by_index(connection):
        return _read(connection, people, ledgers)


@contextmanager
def _by_index(connection: Connection) -> Iterator[None]:
    """Keep a database from going through whole tables for a few persons.

    PostgreSQL would do so as long as its statistics do not know how many rows there are.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    yield
    connection.exec_driver_sql("SET LOCAL enable_seqscan = on")


def _read(connection: Connection, people: People, ledgers: Ledgers) -> Stretch:
    kept, unread = _settlements(connection, people)
    lines: dict[int, list[str]] = defaultdict(list)
    for visit, said in connection.execute(
        select(FEE_LINE.c.visit, FEE_LINE.c.said)
        .join(VISIT, VISIT.c.id == FEE_LINE.c.visit)
        .where(people.has(VISIT.c.person) & FEE_LINE.c.ended.is_(None))
        .order_by(FEE_LINE.c.visit, FEE_LINE.c.number)
    ).all():
        lines[visit].append(said)
    standings = {
        (row.person, row.scheme): row
        for row in connection.execute(select(STANDING).where(people.has(STANDING.c.person))).all()
    }
    entries, whose = _entries(connection, people, ledgers)
    return Stretch(kept, lines, entries, whose, standings, unread)


_KEPT = (
    SETTLEMENT.c.id, SETTLEMENT.c.visit, SETTLEMENT.c.person, SETTLEMENT.c.scheme,
    SETTLEMENT.c.place, SETTLEMENT.c.day, SETTLEMENT.c.rules, SETTLEMENT.c.total_fen,
    SETTLEMENT.c.person_fen, SETTLEMENT.c.account_fen, SETTLEMENT.c.entry, SETTLEMENT.c.ended,
    SETTLEMENT.c.person_said, SETTLEMENT.c.bill, SETTLEMENT.c.moved, VISIT.c.institution,
    VISIT.c.channel, VISIT.c.said,
    (SETTLEMENT.c.person == VISIT.c.person) & (SETTLEMENT.c.scheme == VISIT.c.scheme)
    & (SETTLEMENT.c.day == VISIT.c.day), SETTLEMENT.c.before, SETTLEMENT.c.payments,
)  # fmt: skip
"""The first fields of `Kept`, and two texts that are only read."""


def _settlements(connection: Connection, people: People) -> tuple[list[Kept], Found | None]:
    """The settlements up to the first that cannot be read."""
    rows = connection.execute(
        select(*_KEPT)
        .outerjoin_from(SETTLEMENT, VISIT, VISIT.c.id == SETTLEMENT.c.visit)
        .where(people.has(SETTLEMENT.c.person))
        .order_by(SETTLEMENT.c.person, SETTLEMENT.c.scheme, SETTLEMENT.c.place, SETTLEMENT.c.id)
    ).all()
    try:
        return _kept(rows), None
    except ValueError:
        readable = next(place for place, row in enumerate(rows) if not _is_read(row))
    one = rows[readable]
    return _kept(rows[:readable]), Found(Place(one[2], one[3], one[4]), _unread(one[0]))


def _is_read(row: Sequence[Any]) -> bool:
    try:
        return bool(_kept([row]))
    except ValueError:
        return False


def _kept(rows: Sequence[Sequence[Any]]) -> list[Kept]:
    """Settlements with their texts read.  Raises `ValueError` for what was never written so."""
    if not rows:
        return []
    *fields, before, payments = zip(*rows, strict=True)
    person, bill, moved = fields[12:15]
    read = [_blocks(texts) for texts in (person, bill, before, moved, payments)]
    numbers = chain.from_iterable(map(dict.values, chain(*read[2:])))
    if {*map(type, numbers)} - {int} or {type(one.get("items")) for one in read[1]} != {list}:
        raise ValueError(rows[0])
    return [*map(Kept._make, zip(*fields, *read, strict=True))]


def _blocks(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Blocks read from their JSON, which takes half the time of one by one.

    Raises `ValueError` where a text is no block.  What stands between them is good JSON only
    between them or in a list, where no number is ever written; so no text can reach into another.
    """
    different = [*dict.fromkeys(texts)]
    read = json.loads(f"[{_BETWEEN.join(different)}]")
    if {*map(type, read[::2])} != {dict} or len(read) != 2 * len(different) - 1:
        raise ValueError(texts)
    blocks = dict(zip(different, read[::2], strict=True))
    return [blocks[text] for text in texts]


def _unread(number: int) -> Bilingual:
    return Bilingual(
        f"结算 {number}：保存的内容读不出来",
        f"settlement {number}: what is kept of it cannot be read",
    )


def _entries(
    connection: Connection, people: People, ledgers: Ledgers
) -> tuple[Mapping[int, Sequence[Entry]], Mapping[int, int]]:
    """What was booked on visits, and whose visits these are."""
    rows = connection.execute(
        select(
            VISIT.c.person, VISIT.c.id, ENTRY.c.id, ENTRY.c.kind, POSTING.c.ledger, POSTING.c.fen
        )
        .join_from(VISIT, ENTRY, ENTRY.c.visit == VISIT.c.id)
        .outerjoin(POSTING, POSTING.c.entry == ENTRY.c.id)
        .where(people.has(VISIT.c.person) & ENTRY.c.kind.in_(SETTLING_KINDS))
    ).all()  # in no order, lest a database go through all visits to have one
    accounts = ledgers.accounts({row[4] for row in rows} - {None})  # by name it takes ten times
    entries: dict[int, Entry] = {}
    found: dict[int, list[Entry]] = defaultdict(list)
    whose: dict[int, int] = {}
    for person, visit, number, kind, ledger, fen in rows:
        entry = entries.get(number)
        if entry is None:
            entry = entries[number] = Entry(number, kind, {})
            found[visit].append(entry)
            whose[visit] = person
        if ledger is not None:
            entry.moves[accounts[ledger]] = fen
    for of_visit in found.values():
        of_visit.sort(key=attrgetter("number"))
    return found, whose


class Ledgers:
    """The names of ledgers; those of persons are not kept in mind."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._kept: dict[int, Account] = {}

    def accounts(self, numbers: set[int]) -> Mapping[int, Account]:
        """What ledgers of some numbers are; one that is not there is an account of no area."""
        found = dict(self._kept)
        new = sorted(numbers - found.keys())
        for first in range(0, len(new), _NUMBERS):
            some = LEDGER.c.id.in_(new[first : first + _NUMBERS])
            columns = (LEDGER.c[name] for name in ("id", *Account._fields))
            for number, *names in self.connection.execute(select(*columns).where(some)).all():
                found[number] = Account(*names)
                if found[number].kind not in ("account", "person"):
                    self._kept[number] = found[number]
        gone = numbers - found.keys()
        return found | {number: Account("", "bank", str(number)) for number in gone}
