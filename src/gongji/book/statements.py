"""Statements that are made once and sent often.

PostgreSQL is sent them as they were compiled the first time: what SQLAlchemy does for each sending
costs several times the sending.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import Column, Connection, Select, Table, UpdateBase
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError

if TYPE_CHECKING:
    from gongji.book.wire import Wire

__all__ = ["InsertNew", "Rows", "Statement", "row_of", "sent", "sent_text", "written_out"]

_WIRE = "gongji: wire"
_DOLLARS = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]

Rows = Sequence[Any]
"""Rows whose columns have names."""

RowMaker = Callable[[Iterable[Any]], Any]
Statement = Select[*tuple[Any, ...]] | UpdateBase


def sent(connection: Connection, statement: Statement, by: Mapping[str, Any]) -> Rows:
    """What a statement gives, and nothing where it gives no rows."""
    if connection.dialect.name == "sqlite":  # it is in this process
        result = connection.execute(statement, by)
        return result.all() if result.returns_rows else ()
    one = written_out(statement, tuple(by))
    values = [by[name] if name in by else one.fixed[name] for name in one.order]
    return [one.row(found) for found in sent_text(connection, one.text, values)]


def sent_text(connection: Connection, text: str, values: Sequence[Any]) -> Sequence[Any]:
    """What PostgreSQL gives for a text whose values are numbered; nothing where it gives no rows.

    Raises what SQLAlchemy would raise.
    """
    wire: Wire | None = connection.info.get(_WIRE)
    if wire is None:
        from gongji.book.wire import Wire

        driver: Any = connection.connection.driver_connection
        wire = connection.info[_WIRE] = Wire(driver)
    try:
        return wire.sent(text, values)
    except connection.dialect.loaded_dbapi.Error as error:
        if wire.driver.closed:  # what is missing then is told in other words, too
            raise OperationalError(text, None, error) from error
        every: Any = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(text, None, error, every) from error


class _WrittenOut(NamedTuple):
    """A statement as PostgreSQL is sent it: its values in order, fixed ones, how a row is made."""

    text: str
    order: Sequence[str]
    fixed: Mapping[str, Any]
    row: RowMaker


@lru_cache(maxsize=1024)
def written_out(statement: Statement, columns: tuple[str, ...] = ()) -> _WrittenOut:
    """A statement as PostgreSQL is sent it; `columns` are those that an insert or update sets."""
    compiled: Any = statement.compile(dialect=_DOLLARS, column_keys=columns)
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    return _WrittenOut(compiled.string, compiled.positiontup or (), fixed, row_of(statement))


def row_of(statement: Statement) -> RowMaker:
    """How a row of what a statement gives is made: a tuple whose parts have the columns' names."""
    names = [column.name for column in statement.exported_columns]
    made: Any = namedtuple("Row", names)  # type: ignore[misc]
    return cast("RowMaker", made._make)


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
