"""Statements that are made once and sent often.

PostgreSQL is sent them by its driver, as they were compiled the first time: what SQLAlchemy does
for each sending costs several times what the driver does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Select, Table, UpdateBase
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError, OperationalError

__all__ = ["InsertNew", "Rows", "Statement", "rows_of", "sent", "sent_text", "written_out"]

_CURSOR = "gongji: cursor"
_DOLLARS = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]

Rows = Sequence[Any]
"""Rows whose columns have names."""

Statement = Select[*tuple[Any, ...]] | UpdateBase


def sent(connection: Connection, statement: Statement, by: Mapping[str, Any]) -> Rows:
    """What a statement gives, and nothing where it gives no rows."""
    if connection.dialect.name == "sqlite":  # it is in this process
        result = connection.execute(statement, by)
        return result.all() if result.returns_rows else ()
    one = written_out(statement, tuple(by))
    found = sent_text(
        connection, one.text, [by.get(name, one.fixed.get(name)) for name in one.order]
    )
    return rows_of(one.names, found) if one.names else ()


def sent_text(connection: Connection, text: str, values: Sequence[Any]) -> Sequence[Any]:
    """What PostgreSQL gives for a text whose values are numbered; nothing where it gives no rows.

    Raises what SQLAlchemy would raise.
    """
    driver: Any = connection.connection.driver_connection
    cursor = connection.info.get(_CURSOR)
    if cursor is None:
        from psycopg import RawCursor

        cursor = connection.info[_CURSOR] = RawCursor(driver)
    try:
        cursor.execute(text, values)
        return cursor.fetchall() if cursor.pgresult.nfields else ()
    except connection.dialect.loaded_dbapi.Error as error:
        if driver.closed:  # what is missing then is told in other words, too
            raise OperationalError(text, None, error) from error
        every: Any = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(text, None, error, every) from error


class _WrittenOut(NamedTuple):
    """A statement as PostgreSQL is sent it: its values in order, fixed ones, the names given."""

    text: str
    order: Sequence[str]
    fixed: Mapping[str, Any]
    names: SimpleResultMetaData | None


@lru_cache(maxsize=1024)
def written_out(statement: Statement, columns: tuple[str, ...] = ()) -> _WrittenOut:
    """A statement as PostgreSQL is sent it; `columns` are those that an insert or update sets."""
    compiled: Any = statement.compile(dialect=_DOLLARS, column_keys=columns)
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    names = [column.name for column in statement.exported_columns]
    order = compiled.positiontup or ()
    return _WrittenOut(
        compiled.string, order, fixed, SimpleResultMetaData(names) if names else None
    )


def rows_of(names: Any, found: Sequence[Any]) -> Rows:
    """Rows as SQLAlchemy gives them."""
    return IteratorResult(names, iter(found)).all()


class InsertNew:
    """Inserts a row of a table unless it meets one that is there, whoever writes beside.

    A transaction that meets a row of another one waits to see what becomes of it.
    """

    def __init__(self, table: Table, gives: Column[int], unique: Collection[Column[Any]]) -> None:
        lite, server = sqlite.insert(table), postgresql.insert(table)
        self._by_dialect = {
            "sqlite": lite.on_conflict_do_nothing(index_elements=unique).returning(gives),
            "postgresql": server.on_conflict_do_nothing(index_elements=unique).returning(gives),
        }

    def done(self, connection: Connection, row: Mapping[str, Any]) -> int | None:
        """The number of the new row; None where it met one."""
        rows = sent(connection, self._by_dialect[connection.dialect.name], row)
        return int(rows[0][0]) if rows else None
