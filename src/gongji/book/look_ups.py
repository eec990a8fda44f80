"""What is looked up in the book, singly or several at one stroke.

A server is another process, and each question to it costs more time than its answer.  So whoever
knows what the rooms below will look up has it foreseen: PostgreSQL is asked once for all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Date, Select, UpdateBase
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError, OperationalError

__all__ = ["LookUp", "Rows", "foreseen", "looked_up", "together"]

_FORESEEN = "gongji: foreseen"

Rows = Sequence[Any]
"""Rows whose columns have names."""

Statement = Select[*tuple[Any, ...]] | UpdateBase


class LookUp(NamedTuple):
    """A statement that is made once, and by what it looks up."""

    statement: Statement
    by: Mapping[str, Any]

    @property
    def key(self) -> object:
        """The same for the same look-up."""
        return self.statement, tuple(sorted(self.by.items()))


def looked_up(connection: Connection, look_up: LookUp) -> Rows:
    """What is looked up, asked now or foreseen."""
    found: Rows | None = connection.info.get(_FORESEEN, {}).get(look_up.key)
    if found is not None:
        return found
    return connection.execute(look_up.statement, look_up.by).all()


@contextmanager
def foreseen(connection: Connection, look_ups: Sequence[LookUp]) -> Iterator[None]:
    """Have look-ups answered at once, for as long as nothing of what they look up is changed."""
    if connection.dialect.name == "sqlite":  # it is in this process: nothing would be saved
        yield
        return
    one = _one_of(tuple(look_up.statement for look_up in look_ups), connection.dialect)
    by = {
        f"{name}_{at}": value for at, each in enumerate(look_ups) for name, value in each.by.items()
    }
    (answers,) = connection.exec_driver_sql(one.text, {**one.fixed, **by})
    kept = connection.info
    kept[_FORESEEN] = {
        each.key: read(rows) for each, read, rows in zip(look_ups, one.reads, answers, strict=True)
    }
    try:
        yield
    finally:
        del kept[_FORESEEN]


def together(connection: Connection, statements: Sequence[LookUp]) -> list[Rows]:
    """What several statements give, done in their order; PostgreSQL is sent all of them at once."""
    if connection.dialect.name == "sqlite":
        results = [connection.execute(one.statement, one.by) for one in statements]
        return [one.all() if one.returns_rows else () for one in results]
    driver: Any = connection.connection.driver_connection
    sent = [_sent(one.statement, tuple(one.by), connection.dialect) for one in statements]
    try:
        with driver.pipeline():
            cursors = [
                driver.execute(text, {**fixed, **one.by})
                for (text, fixed, _), one in zip(sent, statements, strict=True)
            ]
            return [
                IteratorResult(names, iter(cursor.fetchall())).all() if names else ()
                for (_, _, names), cursor in zip(sent, cursors, strict=True)
            ]
    except connection.dialect.loaded_dbapi.Error as error:
        if driver.closed:  # what is missing then is told in other words, too
            raise OperationalError(sent[0][0], None, error) from error
        every: Any = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(sent[0][0], None, error, every) from error


@lru_cache(maxsize=256)
def _sent(
    statement: Statement, columns: tuple[str, ...], dialect: Any
) -> tuple[str, Mapping[str, Any], SimpleResultMetaData | None]:
    """A statement as PostgreSQL is sent it: its text, what never changes in it, what it gives."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    names = [column.name for column in statement.exported_columns]
    return compiled.string, fixed, SimpleResultMetaData(names) if names else None


class _One(NamedTuple):
    """Several selections as one: its text, what never changes in it, how each column is read."""

    text: str
    fixed: Mapping[str, Any]
    reads: Sequence[Callable[[Any], Rows]]


@lru_cache(maxsize=64)
def _one_of(statements: tuple[Statement, ...], dialect: Any) -> _One:
    """Selections as columns of one, each with its rows as JSON; what is asked gets its number."""
    columns: list[str] = []
    fixed: dict[str, Any] = {}
    for at, statement in enumerate(statements):
        text, constant, _ = _sent(statement, (), dialect)
        numbered = re.sub(r"%\((\w+)\)s", rf"%(\1_{at})s", text)
        rows = f"(SELECT json_agg(row_to_json(one)) FROM ({numbered}) AS one)"  # noqa: S608 our own
        columns.append(rows)
        fixed |= {f"{name}_{at}": value for name, value in constant.items()}
    reads = [_reading(statement) for statement in statements]
    return _One(f"SELECT {', '.join(columns)}", fixed, reads)


def _reading(statement: Statement) -> Callable[[Any], Rows]:
    """How rows of JSON are read: days are days again, and columns have their names."""
    names = [column.name for column in statement.exported_columns]
    days = [one.name for one in statement.exported_columns if isinstance(one.type, Date)]
    metadata = SimpleResultMetaData(names)

    def read(rows: Sequence[dict[str, Any]] | None) -> Rows:
        if not rows:
            return ()
        for row in rows:
            for name in days:
                row[name] = row[name] and date.fromisoformat(row[name])
        return IteratorResult(metadata, (tuple(row.values()) for row in rows)).all()

    return read
