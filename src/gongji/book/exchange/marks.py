"""Marks of signed requests: each is let in once, whichever process it comes to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete

from gongji.book.acts import moment_of
from gongji.book.schema.exchange import SEEN_MARK
from gongji.book.statements import InsertNew
from gongji.book.store import Store

__all__ = ["used_first"]

_NEW = InsertNew(SEEN_MARK, SEEN_MARK.c.until, (SEEN_MARK.c.mark,))
_CLEARED_EVERY = 256
"""One use in so many clears away those that are too old anyway; which ones, the mark decides."""


def used_first(store: Store, marks: Sequence[str], until: datetime, now: datetime) -> list[bool]:
    """Use marks, which are remembered until a moment; of each whether it was not used before."""
    hashes = [hashlib.sha256(mark.encode()).digest() for mark in marks]
    rows = [{"mark": hashed, "until": moment_of(until)} for hashed in hashes]

    def work(connection: Connection) -> list[bool]:
        if not hashes[0][0] % _CLEARED_EVERY:
            connection.execute(delete(SEEN_MARK).where(SEEN_MARK.c.until < moment_of(now)))
        return [_NEW.done(connection, row) is not None for row in rows]

    return store.written(work)
