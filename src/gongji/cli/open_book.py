"""Which book a command works on, and the key that opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from gongji.cli.packages import check_packages
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

if TYPE_CHECKING:
    from gongji.book.book import Book
    from gongji.book.store import Store

__all__ = ["BookOption", "KeyOption", "Place", "open_book", "place_of", "store_of"]

BookOption = Annotated[
    str | None,
    typer.Option(
        "--book",
        envvar="GONGJI_BOOK",
        metavar="FILE|postgresql://…",
        help="账册：SQLite 文件，或 PostgreSQL 地址 · the book: a SQLite file, or an address",
        show_default=False,
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--key",
        envvar="GONGJI_KEY",
        help="密钥文件，缺省为 SQLite 文件名加 .key · the key file, by default beside the book",
        show_default=False,
    ),
]


class Place(NamedTuple):
    """Where a book lies, and where its key does."""

    address: str
    key: Path


def place_of(book: str | None, key: Path | None) -> Place:
    """Where the options say that a book lies.

    Raises `Refused`: `missing_field`, `missing_package`, `no_book` for what is no address.
    """
    check_packages("book")
    from gongji.book.store import file_of

    if not book:
        raise _missing("--book", "GONGJI_BOOK", "book.db")
    file = file_of(book)
    if key is None and file is None:
        raise _missing("--key", "GONGJI_KEY", "book.key")
    if key is None:
        assert file is not None
        key = file.with_name(f"{file.name}.key")
    return Place(book, key)


@contextmanager
def store_of(place: Place) -> Iterator[Store]:
    """The database of a book that is there.  Raises `Refused` (`no_book`)."""
    from gongji.book.store import Store, file_of

    file = file_of(place.address)
    if file is not None and not file.is_file():
        raise Refused(
            "no_book",
            Bilingual(
                f"没有账册 {file}；新建请运行 gongji book init",
                f"there is no book {file}; gongji book init makes one",
            ),
            {"field": "--book"},
        )
    store = Store(place.address)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_book(place: Place, library: Library) -> Iterator[Book]:
    """A book that is there.  Raises `Refused`: `no_book`, `no_key`, `wrong_key`, `old_book`."""
    from gongji.book.book import Book
    from gongji.book.sealed import Seal

    with store_of(place) as store:
        yield Book(store, Seal.from_file(place.key), library)


def _missing(option: str, variable: str, example: str) -> Refused:
    return Refused(
        "missing_field",
        Bilingual(
            f"缺少 {option}；例如 {option} {example}，或设环境变量 {variable}",
            f"{option} is missing; for example {option} {example}, or set {variable}",
        ),
        {"field": option},
    )
