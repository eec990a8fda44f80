"""Prepared statements of PostgreSQL, sent through its own library.

A cursor of the driver takes twice as much of a processor, which a server that settles all day has
only one of.  The driver still begins and ends transactions, reads values and names errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection, DataError, RawCursor
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

__all__ = ["Wire"]

_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Wire:
    """What is sent over one connection; each text is prepared the first time it is sent."""

    def __init__(self, driver: Connection[Any]) -> None:
        self.driver = driver
        self._cursor = RawCursor(driver)
        self._reader = Transformer(driver)
        self._names: dict[str, bytes] = {}

    def sent(self, text: str, values: Sequence[Any]) -> Sequence[Any]:
        """The rows that a text gives whose values are numbered; none where it gives none.

        Raises what the driver raises.
        """
        server = self.driver.pgconn
        if server.transaction_status != TransactionStatus.INTRANS:
            self._cursor.execute(text, values)  # which begins a transaction
            return self._cursor.fetchall() if self._cursor.description else ()
        name = self._names.get(text)
        if name is None:
            name = b"gongji_%d" % len(self._names)
            _held(server.prepare(name, text.encode()))
            self._names[text] = name
        written: Any = [_written(one) for one in values]
        formats = [Format.BINARY if isinstance(one, bytes) else Format.TEXT for one in values]
        result = _held(server.exec_prepared(name, written, formats))
        if result.status != ExecStatus.TUPLES_OK:
            return ()
        self._reader.set_pgresult(result)
        return self._reader.load_rows(0, result.ntuples, tuple)


def _held(result: PGresult) -> PGresult:
    """A result that is none of an error."""
    if result.status not in _DONE:
        raise error_from_result(result)
    return result


def _written(value: object) -> bytes | None:
    """A value as the server reads it; numbers, days and texts in their own words."""
    if value is None or isinstance(value, bytes):
        return value
    written = str(value).encode()
    if b"\0" in written:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return written
