"""The demo from nothing: a book, its key, the town in it, and who may ask it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gongji.book.backups.copying import Tell
from gongji.book.book import Book
from gongji.demo.census import Census, census_of
from gongji.demo.filling import LAST_DAY, filled
from gongji.demo.placing import placed
from gongji.demo.users import LogIn
from gongji.policy.versions import Library

__all__ = ["Made", "made_at"]


class Made(NamedTuple):
    """What is in the demo, and the users with their passwords, which are kept nowhere."""

    census: Census
    users: list[LogIn]


def made_at(
    address: str, key: Path, library: Library, persons: int, seed: int, tell: Tell = lambda *_: None
) -> Made:
    """Make the demo at an address; `persons` live there besides those who have a story.

    The same seed gives the same town; key and passwords are new each time.  Raises `Refused` as
    `placed` does; nothing is there then.
    """

    def fill(book: Book) -> Made:
        users = filled(book, persons, seed, tell)
        with book.reading() as connection:
            return Made(census_of(connection, LAST_DAY), users)

    return placed(address, key, library, fill, tell)
