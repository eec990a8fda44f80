"""What stands behind each transaction: a piece of work in the book, a look, or a trial."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from gongji.book.acts import Act
from gongji.nhsa.messages.call import Call, Output

__all__ = ["Look", "Service", "Trial", "Work"]


class Work(NamedTuple):
    """What changes the book, once for every message: one act, whole or nothing."""

    do: Callable[[Call, Act], Output]


class Look(NamedTuple):
    """What only reads; it leaves the trace of a look."""

    read: Callable[[Call, Connection], Output]


class Trial(NamedTuple):
    """What works something out as if it were done, and undoes it; it leaves the trace of a look."""

    work: Callable[[Call, Act], Output]


Service: TypeAlias = Work | Look | Trial
