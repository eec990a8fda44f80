"""A book that is open: its store, its seal, the policies it settles by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, insert

from gongji.book.acts import STRANDS, Act, Asked, Json, check_key, done
from gongji.book.backups.copying import is_empty
from gongji.book.migrate import check_current, upgraded
from gongji.book.schema.acts import STRAND
from gongji.book.schema.sights import LAST_SIGHT
from gongji.book.sealed import Seal, check_no_key, new_key
from gongji.book.store import Store, file_of
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Book", "new_book"]


T = TypeVar("T")


class _Undone(Exception):
    """Raised to undo what was tried."""


class Book:
    """A book that is open; `do` is the only way to change it.

    Raises `Refused` where it cannot be worked with: `no_book`, `old_book`, `new_book`, `wrong_key`.
    """

    def __init__(self, store: Store, seal: Seal, library: Library) -> None:
        self.store = store
        self.seal = seal
        self.library = library
        with store.reading() as connection:
            check_current(connection)
            check_key(connection, seal)

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
    check_no_key(key)
    file = file_of(address)
    if file is not None and file.parent.is_dir():
        file.touch(0o600)
    store = Store(address)
    try:
        with store.reading() as connection:
            if not is_empty(connection):
                raise Refused(
                    "book_there",
                    Bilingual("这里已经有一本账册或别的内容，不会覆盖",
                              "there is a book already, or something else, and it is not "
                              "overwritten"),
                    {"field": "book"},
                )  # fmt: skip
        with store.writing() as connection:
            upgraded(connection)
            rows = [{"number": one, "place": 0, "hash": bytes(32)} for one in range(STRANDS)]
            connection.execute(insert(STRAND), rows)
            connection.execute(insert(LAST_SIGHT).values(number=0, place=0, hash=bytes(32)))
            new_key(key)
    finally:
        store.close()
