"""What is looked up in the book, singly or several at one stroke.

A server is another process, and each question to it costs more time than its answer.  So whoever
knows what the rooms below will look up has it foreseen: PostgreSQL is asked once for all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, UpdateBase
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError

__all__ = ["LookUp", "Rows", "foreseen", "looked_up", "together"]

_FORESEEN = "gongji: foreseen"

Rows = Sequence[Any]
"""Rows whose columns have names."""


class LookUp(NamedTuple):
    """A statement that is made once, and by what it looks up."""

    statement: Select[*tuple[Any, ...]] | UpdateBase
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
    keys = [look_up.key for look_up in look_ups]
    connection.info[_FORESEEN] = dict(zip(keys, together(connection, look_ups), strict=True))
    try:
        yield
    finally:
        del connection.info[_FORESEEN]


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
        every: Any = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(sent[0][0], None, error, every) from error


@lru_cache(maxsize=256)
def _sent(
    statement: Select[*tuple[Any, ...]] | UpdateBase, columns: tuple[str, ...], dialect: Any
) -> tuple[str, Mapping[str, Any], SimpleResultMetaData | None]:
    """A statement as PostgreSQL is sent it: its text, what never changes in it, what it gives."""
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    names = [column.name for column in statement.exported_columns]
    return compiled.string, fixed, SimpleResultMetaData(names) if names else None
