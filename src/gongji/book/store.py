"""Where a book lies: SQLite in a file, or PostgreSQL, through the same code.

A writer works in one transaction, all of it or nothing.  SQLite lets one writer in at a time and
readers beside it; PostgreSQL locks the rows of the persons concerned.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from secrets import randbelow
from time import monotonic_ns, sleep
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import ConnectionPoolEntry

from gongji.wording import Bilingual, Refused

__all__ = [
    "IDLE_NANOSECONDS", "OF_THE_STORE", "Store", "Undone", "address_of", "file_of",
    "is_of_the_store",
]  # fmt: skip

_WAIT_SECONDS = 60
_CONNECTIONS = 16
_TRIES = 6
_PUT_BACK = "gongji: put back"
IDLE_NANOSECONDS = 10**9
"""How long a connection to a server can lie idle before it is asked whether it still holds."""

_OTHER_WRITER = ("40001", "40P01")
"""What PostgreSQL says when two transactions cannot both hold, or wait for each other."""

_NO_RIGHTS = "42501"

OF_THE_STORE = ("busy", "cut_off", "no_book")
"""Refusals that say how it is with the database, and not with what was asked."""

Value = TypeVar("Value")


def is_of_the_store(error: Exception) -> bool:
    """Whether an error says that the database is away or too busy for the moment."""
    if isinstance(error, Refused):
        return error.kind in OF_THE_STORE
    if isinstance(error, OperationalError | InterfaceError | NoConnectionFree):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


class Undone(Refused):
    """What the database undid because of another writer; it can be tried again."""


class Store:
    """A database that holds a book."""

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self.engine = _engine(address)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise _no_address(address) from error
        self.embedded = self.engine.dialect.name == "sqlite"
        self._turns: AbstractContextManager[object] = nullcontext()
        if self.embedded:  # SQLite lets those who wait sleep; here the next one goes in at once
            self._turns = threading.Lock()

    def written(self, work: Callable[[Connection], Value]) -> Value:
        """What some work gives that is done in a transaction of its own.

        It is done anew where the database undoes it because of another writer.  Raises what the
        work raises, and `Refused`: `no_book`, `busy`, `cut_off`.
        """
        for _ in range(_TRIES - 1):
            try:
                with self.writing() as connection:
                    return work(connection)
            except Undone:
                sleep(randbelow(50) / 1000)  # so that two do not meet in the same way again
        with self.writing() as connection:
            return work(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; all of it holds, or none.

        Raises `Refused`: `no_book`, `busy` (`Undone`), `cut_off`.
        """
        with self._turns, self._connected(gongji_begins="BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the book from beginning to end.

        Raises `Refused`: `no_book`, `cut_off`.
        """
        options = {} if self.embedded else {"isolation_level": "REPEATABLE READ"}
        with self._connected(**options) as connection:
            yield connection

    @contextmanager
    def _connected(self, **options: str) -> Iterator[Connection]:
        try:
            connection = self.engine.connect().execution_options(**options)
        except (DatabaseError, NoConnectionFree) as error:
            raise _no_book(self.engine, error) from error
        try:
            with connection, connection.begin():
                yield connection
        except DBAPIError as error:
            refused = _refusal(error)
            if refused is None:
                raise
            raise refused from error

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


def file_of(address: str) -> Path | None:
    """The file of a SQLite book; None for a book on a server."""
    try:
        url = make_url(address_of(address))
    except ArgumentError as error:
        raise _no_address(address) from error
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise _no_address(address)
    return Path(url.database)


def _engine(address: str) -> Engine:
    url = make_url(address_of(address))
    if url.get_backend_name() != "sqlite":
        return _engine_of_server(url)
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


def _engine_of_server(url: URL) -> Engine:
    """Connections that lay idle are asked whether they still hold before they are used again.

    The driver prepares nothing: after a rollback it would drop what `wire` has prepared as well.
    """
    engine = create_engine(
        url,
        pool_size=_CONNECTIONS,
        max_overflow=_CONNECTIONS,
        connect_args={"prepare_threshold": None},
    )

    @event.listens_for(engine, "checkin")
    def put_back(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_PUT_BACK] = monotonic_ns()

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
        if monotonic_ns() - record.info.get(_PUT_BACK, monotonic_ns()) > IDLE_NANOSECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool makes a new one

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


def _said(error: Exception) -> str:
    """What a database said, on one line."""
    return str(getattr(error, "orig", error)).strip().splitlines()[0]


def _refusal(error: DBAPIError) -> Refused | None:
    """What a database could not do, to be told; None for what is wrong with the program."""
    found, state = _said(error), getattr(error.orig, "sqlstate", None)
    if state in _OTHER_WRITER:
        return Undone(
            "busy",
            Bilingual(
                f"同时有别人在改，数据库没有做成：{found}；请稍后重发",
                f"others change the same, and the database did not do it: {found}; send it again "
                "a little later",
            ),
        )
    if state == _NO_RIGHTS:
        return Refused(
            "no_rights",
            Bilingual(
                f"数据库用户没有权限：{found}；请让管理员授权",
                f"the database user may not do that: {found}; have the rights granted",
            ),
            {"field": "book"},
        )
    if isinstance(error, IntegrityError | ProgrammingError | DataError):
        return None
    return Refused(
        "cut_off",
        Bilingual(
            f"数据库中途停下：{found}；要写入的请用同一个幂等键重发，只会做一次",
            f"the database stopped on the way: {found}; what was to be written is done once if it "
            "is sent again with the same idempotency key",
        ),
    )


def _no_book(engine: Engine, error: Exception) -> Refused:
    where = engine.url.render_as_string(hide_password=True)
    found = _said(error)
    return Refused(
        "no_book",
        Bilingual(
            f"打不开 {where}：{found}；请检查路径、权限，或数据库是否在运行",
            f"{where} does not open: {found}; check the path, the rights, or whether the database "
            "runs",
        ),
        {"field": "book"},
    )
