"""A book that does not wait for its disk: only to be filled, by a demo or a benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event

from gongji.book.book import Book, new_book
from gongji.book.sealed import Seal
from gongji.book.store import Store
from gongji.policy.versions import Library

__all__ = ["hurried_book"]


def hurried_book(address: str, key: Path, library: Library) -> Book:
    """A new book and its key.  What is in it is on the disk once somebody sees to that.

    Raises `Refused` as `new_book` does.
    """
    new_book(address, key)
    book = Book(Store(address), Seal.from_file(key), library)
    if book.store.embedded:
        book.store.engine.dispose()

        @event.listens_for(book.store.engine, "connect")
        def hurried(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

    return book
