"""Verifying a book by several processes, each with a view of the database of its own.

Every part of a book holds by itself, so it does not matter that views may lie a moment apart.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context

from gongji.book.proof.settled import By
from gongji.book.store import Store
from gongji.book.verify import Part, Progress, Proof, Report
from gongji.policy.versions import Library

__all__ = ["verified_apart"]


def verified_apart(
    store: Store,
    library: Library,
    workers: int,
    *,
    by: By | None = None,
    progress: Progress = lambda *_: None,
) -> Report:
    """What `verify.verified` does, by so many processes at a time."""
    with store.reading() as connection:
        parts = Proof(connection, library, by).parts()
    report = Report()
    pool = ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_begun, initargs=(store.address, library, by)
    )
    try:
        waiting = [pool.submit(_report, part) for part in parts]
        for number, (part, one) in enumerate(zip(parts, waiting, strict=True)):
            progress(part.phase, number, len(parts))
            report = report.and_(one.result())
            if report.difference is not None:
                break
    finally:
        pool.shutdown(cancel_futures=True)
    return report


_OPEN = ExitStack()
_PROOFS: list[Proof] = []
"""In a process that verifies parts: what it has open until it ends, and what it looks at."""


def _begun(address: str, library: Library, by: By | None) -> None:
    connection = _OPEN.enter_context(Store(address).reading())
    _PROOFS.append(Proof(connection, library, by))


def _report(part: Part) -> Report:
    return _PROOFS[0].report(part)
