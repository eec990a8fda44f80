"""Sights: who looked at what.  They are on disk before the answer leaves.

Requests that wait at the same moment are written together: the first to come to the door writes for
all who stand in line, so that a thousand looks a second cost a few dozen transactions.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from gongji.book.acts import hash_of, moment_of
from gongji.book.schema.sights import LAST_SIGHT, SIGHT
from gongji.book.store import Store
from gongji.wording import Bilingual

__all__ = ["Sight", "Sights", "broken_sights"]

_HASHED = ("at", "by", "service", "about", "person", "outcome", "place", "before")
_LONGEST = 128
_LAST = select(LAST_SIGHT).with_for_update()
_ADDED = insert(SIGHT)
_MOVED = update(LAST_SIGHT).values(place=bindparam("place"), hash=bindparam("hash"))


class Sight(NamedTuple):
    """Who looked at what: `about` by numbers and codes, never by name; `person` whom it concerns.

    `outcome` is `done`, or the kind of the refusal.
    """

    at: datetime
    by: str
    service: str
    about: str
    person: int | None
    outcome: str


class _Waiting:
    """A sight that stands in line."""

    __slots__ = ("failed", "sight", "written")

    def __init__(self, sight: Sight) -> None:
        self.sight = sight
        self.written = False
        self.failed: Exception | None = None


class Sights:
    """Writes sights down, those that come at the same moment in one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._line: deque[_Waiting] = deque()
        self._door = threading.Lock()

    def write(self, sight: Sight) -> None:
        """Write a sight down; it is kept for good when this returns.

        Raises what the store raises, and then nothing may be shown.
        """
        mine = _Waiting(sight)
        self._line.append(mine)
        with self._door:
            if not mine.written:
                self._write_all()
        if mine.failed is not None:
            raise mine.failed

    def _write_all(self) -> None:
        """Write for all who stand in line; whoever comes later waits at the door."""
        together = [self._line.popleft() for _ in range(len(self._line))]
        try:
            self._store.written(
                lambda connection: _appended(connection, [one.sight for one in together])
            )
        except Exception as error:  # noqa: BLE001 - each of them raises it
            for one in together:
                one.failed = error
        for one in together:
            one.written = True


def _appended(connection: Connection, sights: list[Sight]) -> None:
    last = connection.execute(_LAST).one()
    place, hashed = last.place, last.hash
    rows = []
    for sight in sights:
        place += 1
        row: dict[str, Any] = {
            **sight._asdict(), "at": moment_of(sight.at), "about": sight.about[:_LONGEST],
            "place": place, "before": hashed,
        }  # fmt: skip
        row["hash"] = hashed = hash_of(row[name] for name in _HASHED)
        rows.append(row)
    connection.execute(_ADDED, rows)
    connection.execute(_MOVED, {"place": place, "hash": hashed})


def broken_sights(connection: Connection) -> Iterator[Bilingual]:
    """What does not hold in the chain of sights; nothing where all holds."""
    place, hashed = 0, bytes(32)
    columns = [SIGHT.c[name] for name in _HASHED]
    rows = connection.execute(
        select(SIGHT.c.id, SIGHT.c.hash, *columns).order_by(SIGHT.c.place),
        execution_options={"yield_per": 1000},
    )
    for number, kept, *parts in rows:
        its_place, before = parts[-2:]
        if (its_place, before) != (place + 1, hashed):
            yield Bilingual(
                f"查看记录 {number}：它之前的记录不见了",
                f"sight {number}: what came before it is not there",
            )
        if kept != hash_of(parts):
            yield Bilingual(
                f"查看记录 {number}：与写下时不同", f"sight {number}: it is not as it was written"
            )
        place, hashed = its_place, kept
    last = connection.execute(select(LAST_SIGHT)).one_or_none()
    if last is None or (last.place, last.hash) != (place, hashed):
        yield Bilingual("最后的查看记录不见了", "the last sights are not there")
