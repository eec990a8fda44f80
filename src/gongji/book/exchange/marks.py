"""Marks of signed requests: each is let in once, whichever process it comes to."""

from __future__ import annotations

import hashlib
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


def used_first(store: Store, mark: str, until: datetime, now: datetime) -> bool:
    """Use a mark, which is remembered until a moment; False where it was used before."""
    hashed = hashlib.sha256(mark.encode()).digest()
    row = {"mark": hashed, "until": moment_of(until)}

    def work(connection: Connection) -> bool:
        if not hashed[0] % _CLEARED_EVERY:
            connection.execute(delete(SEEN_MARK).where(SEEN_MARK.c.until < moment_of(now)))
        return _NEW.done(connection, row) is not None

    return store.written(work)
