"""A book that is open: its store, its seal, the policies it settles by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, insert, select

from gongji.book.acts import STRANDS, Act, Asked, Json, done
from gongji.book.migrate import check_current, migrated, version_of
from gongji.book.schema.acts import STRAND
from gongji.book.sealed import Seal, new_key
from gongji.book.store import Store
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Book", "new_book"]


T = TypeVar("T")


class _Undone(Exception):
    """Raised to undo what was tried."""


class Book:
    """A book that is open; `do` is the only way to change it."""

    def __init__(self, store: Store, seal: Seal, library: Library) -> None:
        self.store = store
        self.seal = seal
        self.library = library
        with store.reading() as connection:
            check_current(connection)

    def do(self, asked: Asked, work: Callable[[Act], Json], strand: int = 0) -> Json:
        """Do the work of a request in one transaction, once.  Raises what the work raises."""
        return done(self.store, self.seal, asked, work, strand)

    def tried(self, asked: Asked, work: Callable[[Act], T]) -> T:
        """What some work would do: it is done, looked at, and undone.  Raises what it raises."""
        found: list[T] = []

        def looked_at(act: Act) -> Json:
            found.append(work(act))
            raise _Undone

        with suppress(_Undone):
            self.do(asked._replace(key=None), looked_at)
        return found[0]

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One state of the book, to be asked."""
        with self.store.reading() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


def new_book(address: str, key: Path) -> None:
    """Make an empty book and its key.  Raises `Refused` where a book or a key is there already."""
    store = Store(address)
    try:
        with store.reading() as connection:
            there = version_of(connection)
        if there is not None:
            raise Refused(
                "book_there",
                Bilingual("这里已经有一本账册，不会覆盖",
                          "there is a book already, and it is not overwritten"),
                {"field": "book"},
            )  # fmt: skip
        new_key(key)
        migrated(store)
        with store.writing() as connection:
            if connection.scalar(select(STRAND.c.number).limit(1)) is None:
                rows = [{"number": one, "place": 0, "hash": bytes(32)} for one in range(STRANDS)]
                connection.execute(insert(STRAND), rows)
    finally:
        store.close()
