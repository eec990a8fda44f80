"""Rule set B: the complete policy of Changzhou's employees, mixed settings, on columns in memory.

    uv run --group benchmarks python benchmarks/batch/whole_policy.py

One thread, claims of one line sorted by person, compiled before the clock starts.  Beside it what
it takes when step columns are written as well, the same program run by Python, and the engine.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import pyarrow.compute as pc

from gongji.batch.arrays import Array
from gongji.batch.claims import Claims
from gongji.batch.coder import NO_REASON
from gongji.batch.places import Places
from gongji.batch.regimes import Options, Regimes, Shown
from gongji.batch.run import Job, run_batch
from gongji.batch.settling import Settler
from gongji.batch.sources import TableSource
from gongji.generate.tables import generate
from gongji.policy.versions import Library

POLICY = "changzhou/employee"
PERSONS = 120_000
ROUNDS = 9


def main() -> None:
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else PERSONS
    claims, facts = coded(persons)
    print(f"{POLICY}: {claims.size:,} claims of one line, {persons:,} persons, one thread")
    print("\nmillion claims/s" + " " * 24 + "median      best")
    timed("kernel, columns made ready", looped(settler(Options(), facts), claims), claims)
    steps = looped(settler(Options(steps=True), facts), claims)
    timed("  step columns as well", steps, claims)
    timed("kernel, columns made and checked", settler(Options(), facts).settle, claims)
    some = claims.taken(np.arange(5000))
    timed("the same program, by Python", settler(Options(by="python"), facts).settle, some, 1)
    timed("engine", settler(Options(by="engine"), facts).settle, some, 1)


def coded(persons: int) -> tuple[Claims, Settler]:
    """Claims as the batch has them before it settles them, and a settler that knows their facts."""
    policy = Library().policy(POLICY, date(2024, 1, 1))
    people, claims = generate(policy, persons, 1, 2024)
    first = pc.equal(claims["line"], 1)
    claims = claims.filter(first).drop_columns(["line"])
    job = Job(Library(), POLICY, TableSource(claims, "claims"), TableSource(people, "persons"))
    parts: list[Claims] = []
    with TemporaryDirectory() as folder:
        run = run_batch(job, Path(folder))
        parts = [piece.claims for piece in run.pieces]
    return joined(parts), run.settler


def joined(parts: list[Claims]) -> Claims:
    """The claims of all buckets together."""
    rows = {name: np.concatenate([part.rows[name] for part in parts]) for name in parts[0].rows}
    persons: dict[str, Array] = {}
    offset, places = 0, []
    for part in parts:
        assert part.persons is not None
        places.append(part.person_at + offset)
        offset += len(part.persons["person"])
    for name in parts[0].persons or {}:
        persons[name] = np.concatenate([(part.persons or {})[name] for part in parts])
    return Claims(
        rows, np.concatenate([part.lines for part in parts]), persons, np.concatenate(places)
    )


def looped(one: Settler, claims: Claims) -> Callable[[Claims], object]:
    """The compiled loop over all blocks of persons, its columns made beforehand."""
    ready = one.regimes.ready(0, one.table, one.options, lanes=False)
    assert ready is not None
    state = Places(claims, ready.program.layout)
    inputs, outputs = one.columns(ready, claims, state)
    inputs |= {"s": state.s, "w": state.w}
    columns = [*(inputs[name] for name in ready.program.inputs), *outputs.values()]

    def settle(_: Claims) -> None:
        for first, last in state.blocks:
            state.enter(first)
            ready.run(first, last, 0, state.base(first), columns)

    return settle


def settler(options: Options, like: Settler) -> Settler:
    """What settles claims with these options."""
    known = like.regimes
    regimes = Regimes(known.policies, POLICY, {}, known.days)
    table = Shown(like.table.said, like.table.by_person, like.table.parts, plain=True)
    return Settler(regimes, like.facts, table, options, [NO_REASON])


def timed(
    title: str, settle: Callable[[Claims], object], claims: Claims, rounds: int = ROUNDS
) -> None:
    settle(claims)
    seconds = []
    for _ in range(rounds):
        start = perf_counter()
        settle(claims)
        seconds.append(perf_counter() - start)
    rates = [claims.size / one / 1_000_000 for one in seconds]
    print(f"{title:<38} {statistics.median(rates):8.3f}  {max(rates):8.3f}")


if __name__ == "__main__":
    main()
