"""Where a book lies: SQLite in a file, or PostgreSQL, through the same code.

A writer works in one transaction, all of it or nothing.  SQLite lets one writer in at a time and
readers beside it; PostgreSQL locks the rows of the persons concerned.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from gongji.wording import Bilingual, Refused

__all__ = ["Store", "address_of"]

_WAIT_SECONDS = 60


class Store:
    """A database that holds a book."""

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self.engine = _engine(address)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise _no_address(address) from error
        self.embedded = self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; all of it holds, or none.  Raises `Refused` (`no_book`)."""
        with self._connected(gongji_begins="BEGIN IMMEDIATE") as connection, connection.begin():
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the book from beginning to end."""
        options = {} if self.embedded else {"isolation_level": "REPEATABLE READ"}
        with self._connected(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def _connected(self, **options: str) -> Iterator[Connection]:
        try:
            connection = self.engine.connect().execution_options(**options)
        except OperationalError as error:
            raise _no_book(self.engine, error) from error
        with connection:
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def address_of(text: str) -> str:
    """The address of a database: one as SQLAlchemy writes them, or the path of a SQLite file."""
    if "://" not in text:
        return f"sqlite:///{text}"
    if text.startswith(("postgres://", "postgresql://")):
        return f"postgresql+psycopg://{text.split('://', 1)[1]}"
    return text


def _engine(address: str) -> Engine:
    url = make_url(address_of(address))
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": _WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `begun` says, not before
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        words = connection.get_execution_options().get("gongji_begins", "BEGIN")
        connection.exec_driver_sql(words)

    return engine


def _no_address(address: str) -> Refused:
    return Refused(
        "no_book",
        Bilingual(
            f"“{address}”不是数据库地址；应为文件路径，或 postgresql://用户@主机/库名"
            "（需安装 gongji[postgres]）",
            f"“{address}” is no address of a database; expected the path of a file, or "
            "postgresql://user@host/name (which needs gongji[postgres])",
        ),
        {"field": "book"},
    )


def _no_book(engine: Engine, error: OperationalError) -> Refused:
    where = engine.url.render_as_string(hide_password=True)
    found = str(error.orig).splitlines()[0]
    return Refused(
        "no_book",
        Bilingual(
            f"打不开 {where}：{found}；请检查路径、权限，或数据库是否在运行",
            f"{where} does not open: {found}; check the path, the rights, or whether the database "
            "runs",
        ),
        {"field": "book"},
    )
