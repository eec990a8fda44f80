"""The process of one row: made ready once, then timed whenever the harness gives it its turn.

    worker.py data COUNT FOLDER      makes the columns and what plain integers settle
    worker.py row NUMBER FOLDER      answers `turn` with seconds, `end` with the check

Talks in lines of JSON; started by `run.py` only.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

import plain_integers
from admissions import Admissions, admissions
from job import Columns, Job
from peers import ROWS

SECONDS_OF_TURN, CALLS_OF_TURN = 0.2, 20
ORDERS = ("by_person", "date_order")


def main() -> None:
    task, number, folder = sys.argv[1:]
    if task == "data":
        make_data(int(number), Path(folder))
    else:
        serve(int(number), Path(folder))


def make_data(count: int, folder: Path) -> None:
    """Write the columns in both orders, each with what plain integers settle for it."""
    dated = admissions(count)
    for order, data in zip(ORDERS, (dated.by_person(), dated), strict=True):
        data.save(folder / f"{order}.npz")
        job: Job = getattr(plain_integers, order)(data, 1)
        np.save(folder / f"{order}.npy", whole(job.settle()))


def serve(number: int, folder: Path) -> None:
    """Make a row ready, run it whenever it is asked to, and say at the end how right it was."""
    row = ROWS[number]
    order = ORDERS[0] if row.by_person else ORDERS[1]
    start = perf_counter()
    prepare = getattr(importlib.import_module(row.module), row.function)
    imported = perf_counter()
    job: Job = prepare(Admissions.load(folder / f"{order}.npz"), row.threads)
    before = perf_counter()
    settled = job.settle()
    first = perf_counter() - before
    say({"claims": job.claims, "import": imported - start, "first": first})
    while (word := sys.stdin.readline().strip()) == "turn":
        seconds: list[float] = []
        while sum(seconds) < SECONDS_OF_TURN and len(seconds) < CALLS_OF_TURN:
            del settled
            gc.collect()  # what a library leaves lying about in circles is not the next call's
            before = perf_counter()
            settled = job.settle()
            seconds.append(perf_counter() - before)
        say({"seconds": seconds})
    if word != "end":  # the harness is gone
        return
    peak = getrusage(RUSAGE_SELF).ru_maxrss
    checked = {} if settled is None else check(settled, np.load(folder / f"{order}.npy"))
    say({"peak_kib": peak, **checked})


def check(settled: Columns, expected: NDArray[np.int64]) -> dict[str, int]:
    """How many claims differ in any column, by how much at most, and in all (fen of the funds)."""
    columns = whole(settled)
    off = columns - expected[:, : columns.shape[1]]
    wrong = int((off != 0).any(axis=0).sum())
    return {"wrong": wrong, "most": int(abs(off).max()), "funds": int(off[1:3].sum())}


def whole(settled: Columns | None) -> NDArray[np.int64]:
    """Four rows of whole fen; a column of anything but integers is a fault of the peer."""
    assert settled is not None
    columns = [np.asarray(column) for column in settled]
    assert all(column.dtype.kind == "i" for column in columns)
    return np.array(columns, dtype=np.int64)


def say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
