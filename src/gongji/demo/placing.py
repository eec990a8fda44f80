"""Where the demo comes to lie: it is filled apart, and put there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from gongji.book.backups.copying import Tell, copied, is_empty
from gongji.book.book import Book
from gongji.book.migrate import upgraded
from gongji.book.sealed import check_no_key
from gongji.book.store import Store, file_of
from gongji.demo.hurry import hurried_book
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["placed"]

T = TypeVar("T")

_BOOK, _KEY = "book.db", "book.key"


def placed(address: str, key: Path, library: Library, fill: Callable[[Book], T], tell: Tell) -> T:
    """Fill a new book and put it at an address, with its key in a file; gives what filling gives.

    Raises `Refused`: `book_there`, `key_there`, `no_folder`, and what filling raises; nothing is
    there then.
    """
    target = file_of(address)
    if target is None:
        return _on_server(address, key, library, fill, tell)
    _check_free(target)
    check_no_key(key)
    with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        found = _filled(Path(folder), library, fill)
        made = Path(folder, _BOOK)
        with made.open("rb") as whole:
            os.fsync(whole.fileno())
        _check_free(target)
        with _key_put(Path(folder), key):
            made.replace(target)
    return found


def _on_server(
    address: str, key: Path, library: Library, fill: Callable[[Book], T], tell: Tell
) -> T:
    target = Store(address)
    try:
        with target.reading() as connection:
            if not is_empty(connection):
                raise _book_there(target.engine.url.render_as_string(hide_password=True))
        check_no_key(key)
        with TemporaryDirectory() as folder:
            found = _filled(Path(folder), library, fill)
            source = Store(str(Path(folder, _BOOK)))
            with (
                source.reading() as reading,
                _key_put(Path(folder), key),
                target.writing() as writing,
            ):
                upgraded(writing)
                copied(reading, writing, tell)
            source.close()
        return found
    finally:
        target.close()


def _filled(folder: Path, library: Library, fill: Callable[[Book], T]) -> T:
    """Fill a book in a folder."""
    book = hurried_book(str(folder / _BOOK), folder / _KEY, library)
    try:
        return fill(book)
    finally:
        book.close()


@contextmanager
def _key_put(folder: Path, key: Path) -> Iterator[None]:
    """Put the key where it is to lie; it goes again if the book does not come to lie beside it."""
    check_no_key(key)
    handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write((folder / _KEY).read_bytes())
            file.flush()
            os.fsync(file.fileno())
        yield
    except BaseException:
        key.unlink()
        raise


def _check_free(target: Path) -> None:
    if target.exists():
        raise _book_there(str(target))
    if not target.parent.is_dir():
        raise Refused(
            "no_folder",
            Bilingual(f"没有文件夹 {target.parent}；请先建立",
                      f"there is no folder {target.parent}; make it first"),
            {"field": "--book"},
        )  # fmt: skip


def _book_there(where: str) -> Refused:
    return Refused(
        "book_there",
        Bilingual(
            f"{where} 已经有内容，不会覆盖；用 --book 换一个名字，或先删掉它",
            f"there is something at {where}, and it is not overwritten; name another with --book, "
            "or remove it first",
        ),
        {"field": "--book"},
    )
