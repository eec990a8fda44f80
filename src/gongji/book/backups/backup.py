"""Backups: one file that holds a book as it stood at one moment, whatever database it lay in.

The file is a ZIP archive of a SQLite database and of a manifest that says what is in it and what
its hash is.  The key is not in it: who finds a backup reads neither names nor numbers, and who has
lost the key has lost them.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sqlalchemy.exc import DatabaseError

from gongji.book.backups.copying import Tell, copied, rows_of
from gongji.book.migrate import check_current, migrated, upgraded, version_of
from gongji.book.store import Store
from gongji.wording import Bilingual, Refused

__all__ = ["Manifest", "backed_up", "unpacked"]

_FORM = 1
_DATABASE, _MANIFEST = "book.db", "manifest.json"
_PIECE = 1 << 20
_MOST_MANIFEST = 1 << 20


class Manifest(NamedTuple):
    """What a backup holds: when it was made, of which tables, and how to know it is whole.

    `made` is a moment in ISO 8601, `step` that of the tables, `rows` are counted by table, `bytes`
    and `sha256` are those of the database.
    """

    made: str
    program: str
    lay_in: str
    step: str
    rows: Mapping[str, int]
    bytes: int
    sha256: str


def backed_up(store: Store, target: Path, at: datetime, tell: Tell) -> Manifest:
    """Write a book as it stands to a file that is not there yet; others may write meanwhile.

    Raises `Refused`: `there_already`, `no_folder`, and what `check_current` refuses; `OSError` of
    the file itself where it cannot be written, whichever file on the way to it could not.
    """
    _check_target(target)
    try:
        return _written(store, target, at, tell)
    except OSError as error:
        raise OSError(error.errno or errno.EIO, error.strerror, str(target)) from error


def _written(store: Store, target: Path, at: datetime, tell: Tell) -> Manifest:
    """Write the backup in a folder beside its place, and put it there once it is whole."""
    with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        copy = Path(folder) / _DATABASE
        with store.reading() as connection:
            check_current(connection)
        if store.embedded:
            _pages_copied(store, copy)
        else:
            _tables_copied(store, copy, tell)
        with _opened(copy) as found, found.reading() as connection:
            step, rows = version_of(connection), rows_of(connection)
        assert step is not None
        archive = Path(folder) / "archive"
        archive.touch(0o600)
        with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=1) as packed:
            size, digest = _packed(packed, copy, tell)
            lay_in = store.engine.dialect.name
            manifest = Manifest(at.isoformat(), version("gongji"), lay_in, step, rows, size, digest)
            text = json.dumps({"form": _FORM, **manifest._asdict()}, indent=2)
            packed.writestr(_MANIFEST, text + "\n")
        _kept(archive, target)
    return manifest


@contextmanager
def unpacked(file: Path, folder: Path) -> Iterator[tuple[Manifest, Store]]:
    """A backup laid out as a SQLite book in a folder, after it was found to be whole.

    Its tables are brought to what this program works with.  Raises `Refused`: `no_backup` for a
    file that is none, `broken_backup`, `new_book`.
    """
    copy = folder / _DATABASE
    try:
        packed = ZipFile(file)
    except (OSError, BadZipFile) as error:
        raise _no_backup(file, str(error)) from None
    with packed:
        if not {_DATABASE, _MANIFEST} <= set(packed.namelist()):
            raise _no_backup(file, _MANIFEST)
        try:
            manifest = _manifest_of(file, packed)
            size, digest = _laid_out(packed, copy, manifest.bytes)
        except (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
            raise _broken(file, str(error)) from None
    if (size, digest) != (manifest.bytes, manifest.sha256):
        raise _broken(file, "SHA-256")
    with _opened(copy) as store:
        _check_laid_out(file, store)
        yield manifest, store


# --- making --------------------------------------------------------------------------------------


def _check_target(target: Path) -> None:
    if target.exists():
        raise Refused(
            "there_already",
            Bilingual(f"{target} 已经存在，备份不会覆盖；请换一个名字",
                      f"{target} exists, and a backup overwrites nothing; name another"),
            {"field": str(target)},
        )  # fmt: skip
    if not target.parent.is_dir():
        raise Refused(
            "no_folder",
            Bilingual(f"没有文件夹 {target.parent}；请先建立",
                      f"there is no folder {target.parent}; make it first"),
            {"field": str(target)},
        )  # fmt: skip


def _pages_copied(store: Store, copy: Path) -> None:
    """Copy a SQLite book at one stroke; who writes goes on writing and is not in the copy.

    Raises `OSError` where there is no room for it.
    """
    with store.reading() as connection, closing(sqlite3.connect(copy)) as target:
        source: Any = connection.connection.driver_connection
        try:
            source.backup(target)
        except sqlite3.OperationalError as error:
            raise OSError(errno.EIO, str(error), str(copy)) from None


def _tables_copied(store: Store, copy: Path, tell: Tell) -> None:
    """Copy a book out of a server, all tables as they are in one snapshot."""
    with _opened(copy) as target, store.reading() as source, target.writing() as connection:
        upgraded(connection)
        copied(source, connection, tell)


def _packed(packed: ZipFile, copy: Path, tell: Tell) -> tuple[int, str]:
    """Put the database into the archive.  Gives its bytes and their hash."""
    every, size, digest = copy.stat().st_size, 0, hashlib.sha256()
    with copy.open("rb") as source, packed.open(_DATABASE, "w", force_zip64=True) as target:
        while piece := source.read(_PIECE):
            target.write(piece)
            digest.update(piece)
            size += len(piece)
            tell("pack", size, every)
    return size, digest.hexdigest()


def _kept(archive: Path, target: Path) -> None:
    """Give a file that is whole its name, so that it survives a loss of power."""
    with archive.open("rb") as file:
        os.fsync(file.fileno())
    _check_target(target)
    archive.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _opened(copy: Path) -> Iterator[Store]:
    store = Store(str(copy))
    try:
        yield store
    finally:
        store.close()


# --- checking ------------------------------------------------------------------------------------


def _manifest_of(file: Path, packed: ZipFile) -> Manifest:
    with packed.open(_MANIFEST) as found:
        text = found.read(_MOST_MANIFEST)
    try:
        said = json.loads(text)
        if said.pop("form") != _FORM:
            raise _newer(file)
        return Manifest(**said)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(file, f"{_MANIFEST}: {error}") from None


def _laid_out(packed: ZipFile, copy: Path, most: int) -> tuple[int, str]:
    """Take the database out of the archive, no more of it than was said.  Gives bytes and hash."""
    size, digest = 0, hashlib.sha256()
    with packed.open(_DATABASE) as source, copy.open("xb") as target:
        while size <= most and (piece := source.read(_PIECE)):
            target.write(piece)
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def _check_laid_out(file: Path, store: Store) -> None:
    """Look through a book that was laid out, and bring it to this program's tables."""
    try:
        with store.reading() as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            if said != "ok":
                raise _broken(file, str(said))
            try:
                check_current(connection)
            except Refused as refused:
                if refused.kind != "old_book":
                    raise
        migrated(store)
    except DatabaseError as error:
        raise _broken(file, str(error.orig)) from None


def _no_backup(file: Path, found: str) -> Refused:
    return Refused(
        "no_backup",
        Bilingual(f"{file} 不是备份文件，或读不全（{found}）；应为 gongji book backup 写出的文件",
                  f"{file} is no backup, or not all of it ({found}); expected a file that gongji "
                  "book backup wrote"),
        {"field": str(file)},
    )  # fmt: skip


def _broken(file: Path, found: str) -> Refused:
    return Refused(
        "broken_backup",
        Bilingual(f"备份 {file} 已损坏（{found}），没有恢复任何内容；请换一份备份",
                  f"the backup {file} is damaged ({found}), nothing was restored; take another"),
        {"field": str(file)},
    )  # fmt: skip


def _newer(file: Path) -> Refused:
    return Refused(
        "new_book",
        Bilingual(f"备份 {file} 由更新的程序写成；请用那个版本恢复",
                  f"a newer program wrote the backup {file}; restore it with that one"),
        {"field": str(file)},
    )  # fmt: skip
