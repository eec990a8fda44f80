"""Restoring a backup into an empty place: a SQLite file that is not there, an empty database."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from gongji.book.acts import check_key
from gongji.book.backups.backup import Manifest, unpacked
from gongji.book.backups.copying import Tell, copied, is_empty
from gongji.book.migrate import upgraded
from gongji.book.sealed import Seal
from gongji.book.store import Store, file_of
from gongji.wording import Bilingual, Refused

__all__ = ["restored"]


def restored(file: Path, address: str, seal: Seal, tell: Tell) -> Manifest:
    """Put a backup where a book is to lie; all of it, or nothing.

    The backup is read whole before anything is written.  Raises `Refused`: `not_empty` where
    something is there, `wrong_key` where the key is not that of the backup, and what `unpacked`
    refuses.
    """
    target = file_of(address)
    if target is None:
        return _into_server(file, address, seal, tell)
    _check_free(target)
    with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        with unpacked(file, Path(folder)) as (manifest, store):
            _check_key(store, seal)
            copy = file_of(store.address)
        assert copy is not None
        copy.chmod(0o600)
        with copy.open("rb") as whole:
            os.fsync(whole.fileno())
        _check_free(target)
        copy.replace(target)
    return manifest


def _into_server(file: Path, address: str, seal: Seal, tell: Tell) -> Manifest:
    target = Store(address)
    try:
        with target.reading() as connection:
            if not is_empty(connection):
                raise _not_empty(target.engine.url.render_as_string(hide_password=True))
        with TemporaryDirectory() as folder, unpacked(file, Path(folder)) as (manifest, store):
            _check_key(store, seal)
            with store.reading() as source, target.writing() as connection:
                upgraded(connection)
                copied(source, connection, tell)
            return manifest
    finally:
        target.close()


def _check_key(store: Store, seal: Seal) -> None:
    with store.reading() as connection:
        check_key(connection, seal)


def _check_free(target: Path) -> None:
    if target.exists():
        raise _not_empty(str(target))
    if not target.parent.is_dir():
        raise Refused(
            "no_folder",
            Bilingual(f"没有文件夹 {target.parent}；请先建立",
                      f"there is no folder {target.parent}; make it first"),
            {"field": str(target)},
        )  # fmt: skip


def _not_empty(where: str) -> Refused:
    return Refused(
        "not_empty",
        Bilingual(f"{where} 里已有内容，恢复不会覆盖；请给出不存在的文件或空的数据库",
                  f"there is something at {where}, and a restore overwrites nothing; name a file "
                  "that is not there, or an empty database"),
        {"field": "book"},
    )  # fmt: skip
