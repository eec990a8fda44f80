"""A whole book copied from one database into another, whichever of the two kinds they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, insert, inspect, select

from gongji.book.schema import METADATA

__all__ = ["Tell", "copied", "is_empty", "rows_of"]

Tell = Callable[[str, int, int], object]
"""Is told of a phase, how much of it is done, and how much there is."""

_AT_ONCE = 10_000


def rows_of(connection: Connection) -> dict[str, int]:
    """How many rows each table of a book holds."""
    return {
        table.name: int(connection.scalar(select(func.count()).select_from(table)) or 0)
        for table in METADATA.sorted_tables
    }


def is_empty(connection: Connection) -> bool:
    """Whether there are no tables at all where a book would lie."""
    return not inspect(connection).get_table_names()


def copied(source: Connection, target: Connection, tell: Tell) -> Mapping[str, int]:
    """Copy all rows into tables that are empty; gives how many each got.

    The source is read in one transaction, so that what is copied is one state of the book.
    """
    rows = rows_of(source)
    every, at = sum(rows.values()), 0
    reading = source.execution_options(yield_per=_AT_ONCE)
    for table in METADATA.sorted_tables:
        wanted = select(table).order_by(*table.primary_key)
        for some in reading.execute(wanted).mappings().partitions():
            _written(target, table, some)
            at += len(some)
            tell("copy", at, every)
        _count_on(target, table)
    return rows


def _written(target: Connection, table: Table, rows: Sequence[RowMapping]) -> None:
    if target.dialect.name != "postgresql":
        target.execute(insert(table), [dict(row) for row in rows])
        return
    quoted = target.dialect.identifier_preparer.quote
    names = ", ".join(quoted(column.name) for column in table.columns)
    cursor: Any = target.connection.cursor()
    with cursor, cursor.copy(f"COPY {quoted(table.name)} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(list(row.values()))


def _count_on(target: Connection, table: Table) -> None:
    """Have PostgreSQL number new rows after those that came with their numbers."""
    column = table.autoincrement_column
    if target.dialect.name != "postgresql" or column is None:
        return
    last = target.scalar(select(func.max(column)))
    if last is not None:
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        target.execute(select(func.setval(sequence, last)))
