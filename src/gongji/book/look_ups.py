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

from sqlalchemy import Connection, Date

from gongji.book.statements import Rows, Statement, row_of, sent, sent_text, written_out

__all__ = ["LookUp", "foreseen", "looked_up"]

_FORESEEN = "gongji: foreseen"


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
    kept = connection.info.get(_FORESEEN)
    found: Rows | None = kept and kept.get(look_up.key)
    return sent(connection, *look_up) if found is None else found


@contextmanager
def foreseen(connection: Connection, look_ups: Sequence[LookUp]) -> Iterator[None]:
    """Have look-ups answered at once, for as long as nothing of what they look up is changed."""
    if connection.dialect.name == "sqlite":  # it is in this process: nothing would be saved
        yield
        return
    one = _one_of(tuple(look_up.statement for look_up in look_ups))
    values = [one.fixed[name] if at is None else look_ups[at].by[name] for at, name in one.order]
    (answers,) = sent_text(connection, one.text, values)
    kept = connection.info
    kept[_FORESEEN] = {
        each.key: read(rows) for each, read, rows in zip(look_ups, one.reads, answers, strict=True)
    }
    try:
        yield
    finally:
        del kept[_FORESEEN]


class _One(NamedTuple):
    """Several selections as one: its text, whose values come in which order, how columns are read.

    A value is of the look-up at a place, or a fixed one of the text.
    """

    text: str
    order: Sequence[tuple[int | None, str]]
    fixed: Mapping[str, Any]
    reads: Sequence[Callable[[Any], Rows]]


@lru_cache(maxsize=64)
def _one_of(statements: tuple[Statement, ...]) -> _One:
    """Selections as columns of one, each with its rows as JSON; its values are numbered on."""
    columns: list[str] = []
    order: list[tuple[int | None, str]] = []
    fixed: dict[str, Any] = {}
    for at, statement in enumerate(statements):
        one = written_out(statement)
        before = len(order)
        text = re.sub(r"\$(\d+)", lambda found: f"${int(found[1]) + before}", one.text)  # noqa: B023
        columns.append(f"(SELECT json_agg(row_to_json(one)) FROM ({text}) AS one)")  # noqa: S608 our own
        for name in one.order:
            constant = f"{at} {name}"
            if name in one.fixed:
                fixed[constant] = one.fixed[name]
            order.append((None, constant) if name in one.fixed else (at, name))
    return _One(f"SELECT {', '.join(columns)}", order, fixed, [_reading(one) for one in statements])


def _reading(statement: Statement) -> Callable[[Any], Rows]:
    """How rows of JSON are read: days are days again, and columns have their names."""
    days = [one.name for one in statement.exported_columns if isinstance(one.type, Date)]
    made = row_of(statement)

    def read(rows: Sequence[dict[str, Any]] | None) -> Rows:
        if not rows:
            return ()
        for row in rows:
            for name in days:
                row[name] = row[name] and date.fromisoformat(row[name])
        return [made(row.values()) for row in rows]

    return read
