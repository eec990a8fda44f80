"""Verifying a book by several processes, each with a view of the database of its own.

Every part of a book holds by itself, so it does not matter that views may lie a moment apart.
"""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from typing import Literal

from gongji.book.proof.settled import By
from gongji.book.proof.verify import Part, Progress, Proof, Report, gathered, verified
from gongji.book.store import Store
from gongji.policy.versions import Library

__all__ = ["verified_apart"]

_WORTH = {"fork": 20_000, "spawn": 400_000}
"""Acts, entries and settlements from which on it is worth to copy this process, or start others."""


def verified_apart(
    store: Store,
    library: Library,
    workers: int,
    *,
    by: By | None = None,
    progress: Progress = lambda *_: None,
) -> Report:
    """What `verify.verified` does, by so many processes at a time where the book is worth it."""
    with store.reading() as connection:
        parts = Proof(connection, library, by).parts()
        way = _way()
        if workers < 2 or sum(part.rows for part in parts) < _WORTH[way]:
            return verified(connection, library, by=by, progress=progress)
    store.close()  # a copy of this process must not find it open
    pool = ProcessPoolExecutor(
        workers, get_context(way), initializer=_begun, initargs=(store.address, library, by)
    )
    try:
        waiting = [pool.submit(_report, part) for part in parts]
        return gathered(parts, (one.result() for one in waiting), progress)
    finally:
        pool.shutdown(cancel_futures=True)


def _way() -> Literal["fork", "spawn"]:
    """A copy of this process costs nothing; it is safe on Linux where nothing runs beside."""
    copies = sys.platform == "linux" and threading.active_count() == 1
    return "fork" if copies else "spawn"


_OPEN = ExitStack()
_PROOFS: list[Proof] = []
"""In a process that verifies parts: what it has open until it ends, and what it looks at."""


def _begun(address: str, library: Library, by: By | None) -> None:
    connection = _OPEN.enter_context(Store(address).reading())
    _PROOFS.append(Proof(connection, library, by))


def _report(part: Part) -> Report:
    return _PROOFS[0].report(part)
