"""Verifying a book: settlements a second, by one process and by two, beside what bounds it.

    uv run --group benchmarks python benchmarks/book/verify.py [--persons 4000] [--book FOLDER]
        [--copy postgresql://…]

The book is made up by `big_book` where FOLDER holds none yet, which takes some ten minutes; with
`--copy` it is copied into an empty database and verified there.  The bounds are measured in the
same run, turn by turn with what they bound: all rows that verifying reads, read and their JSON
parsed; and the compiled loops alone, on columns that are there.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from sqlalchemy import Connection, select

from big_book import Town, fill
from gongji.book.backups.copying import copied
from gongji.book.migrate import migrated
from gongji.book.proof.apart import verified_apart
from gongji.book.proof.by_engine import engine_difference
from gongji.book.proof.by_kernel import Loops
from gongji.book.proof.rulings import Rulings
from gongji.book.proof.stretch import Kept, stretch_of
from gongji.book.proof.verify import Proof, Report, verified
from gongji.book.schema.acts import ACT
from gongji.book.schema.journal import ENTRY, POSTING
from gongji.book.schema.visits import FEE_LINE, SETTLEMENT, VISIT
from gongji.book.store import Store
from gongji.demo.hurry import hurried_book
from gongji.policy.versions import Library

TOWN = Town("changzhou/employee", 2024, 4000, facts=(("insured_as", "employee"),))
ROUNDS = 5
_BY_ENGINE = 1000
_READ = (ACT, ENTRY, POSTING, VISIT, FEE_LINE)
_TEXTS = ("person_said", "bill", "before", "moved", "payments")


def main() -> None:
    gc.disable()  # verifying does so for itself, and what it is held against shall not have less
    asked = _asked()
    library = Library()
    with TemporaryDirectory() as somewhere:
        folder = Path(asked.book or somewhere)
        store = _made(folder, library, TOWN._replace(persons=asked.persons))
        if asked.copy:
            store = _copied(store, asked.copy)
        _measured(store, library)
        store.close()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=TOWN.persons)
    parser.add_argument("--book", help="a folder where the book is, or is to be kept")
    parser.add_argument("--copy", help="an empty database to copy it into and verify it there")
    return parser.parse_args()


def _made(folder: Path, library: Library, town: Town) -> Store:
    address = folder / "book.db"
    if not address.exists():
        making = folder / "unfinished"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        book = hurried_book(str(making / "book.db"), making / "book.key", library)
        start = perf_counter()
        count = fill(book, town)
        print(f"made {count:,} settlements in {perf_counter() - start:,.0f} s", flush=True)
        book.close()
        (making / "book.db").rename(address)
    return Store(str(address))


def _copied(source: Store, address: str) -> Store:
    target = Store(address)
    migrated(target)
    with source.reading() as reading, target.writing() as writing:
        copied(reading, writing, lambda *_: None)
    source.close()
    return target


def _measured(store: Store, library: Library) -> None:
    with store.reading() as connection:
        report = verified(connection, library)  # compiles, and fills the caches
    assert report.difference is None, report.difference
    kind = store.engine.dialect.name
    print(
        f"{kind}: {report.settlements:,} settlements of {report.persons:,} persons, "
        f"{report.acts:,} acts, {report.entries:,} entries; {report.by_engine} by the engine"
    )
    busy = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"processes that wanted a processor at the beginning (1, 5, 15 minutes): {busy}")
    print("\nsettlements/s" + " " * 33 + "median       best    processor µs each")
    ways: dict[str, Callable[[], Report]] = {
        "bound: rows read, JSON parsed": lambda: _reading(store),
        "bound: the loops alone, columns ready": _loops(store, library),
        "the engine alone, one after the other": _engine(store, library),
        "verified, one process": lambda: _one(store, library),
        "verified, two processes, their start too": lambda: verified_apart(store, library, 2),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    used: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start, processor = perf_counter(), _processor()
            found = way()
            seconds[name].append((perf_counter() - start) / found.settlements)
            used[name].append((_processor() - processor) / found.settlements)
    for name in ways:
        each, best = statistics.median(seconds[name]), min(seconds[name])
        spent = statistics.median(used[name]) * 1e6
        print(f"{name:<42} {1 / each:>10,.0f} {1 / best:>10,.0f} {spent:>14,.1f}")


def _processor() -> float:
    """Seconds that this process and those it has waited for have used."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


def _one(store: Store, library: Library) -> Report:
    with store.reading() as connection:
        return verified(connection, library)


def _reading(store: Store) -> Report:
    count = 0
    with store.reading() as connection:
        for table in _READ:
            rows = connection.execute(select(table), execution_options={"yield_per": 4096})
            for _ in rows.partitions():
                pass
        columns = [SETTLEMENT.c[name] for name in _TEXTS]
        rows = connection.execute(select(*columns), execution_options={"yield_per": 4096})
        for some in rows.partitions():
            for texts in zip(*some, strict=True):
                json.loads(f"[{','.join(texts)}]")
            count += len(some)
    return Report(settlements=count)


def _loops(store: Store, library: Library) -> Callable[[], Report]:
    """The loops on the columns of the first stretch, as often as the book has such stretches."""
    with store.reading() as connection:
        loops, kept = _first(connection, library)
        claims = loops.columns(kept)
    times = 20

    def settle() -> Report:
        for _ in range(times):
            assert loops.settled_as_kept(claims).all()
        return Report(settlements=times * len(kept))

    return settle


def _engine(store: Store, library: Library) -> Callable[[], Report]:
    """What the loops spare: some settlements worked out anew by the engine."""
    with store.reading() as connection:
        kept = _first(connection, library)[1][:_BY_ENGINE]

    def settle() -> Report:
        with store.reading() as connection:
            rulings = Rulings(connection, library)
            assert not any(engine_difference(rulings, one) for one in kept)
        return Report(settlements=len(kept))

    return settle


def _first(connection: Connection, library: Library) -> tuple[Loops, Sequence[Kept]]:
    proof = Proof(connection, library)
    people = next(part.people for part in proof.parts() if part.people is not None)
    stretch = stretch_of(connection, people, proof.rulings.ledgers)
    ruling = proof.rulings.ruling(stretch.kept[0])
    assert ruling is not None
    return Loops(ruling), stretch.kept


if __name__ == "__main__":
    main()
