"""Rule set A: everybody settles the same million admissions, in one run, turn by turn.

    uv run --group benchmarks python benchmarks/batch/run.py [--claims N] [--rounds N] [--only WORD]

Every row is a process of its own that lives for the whole run; in every round each gets a turn of
a fifth of a second, or of one call, so that a busy moment of the machine touches all alike.  What
is timed goes from the peer's own form of the columns to four columns of fen; all are then checked
against plain integers, claim by claim.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from peers import GROUPS, LOOP, OPENFISCA, ROWS, Row

WORKER = Path(__file__).with_name("worker.py")
KEEP_PAGES = {"MALLOC_TRIM_THRESHOLD_": str(2**34), "MALLOC_MMAP_THRESHOLD_": str(2**33)}
THREADS = ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "NUMEXPR_MAX_THREADS", "OMP_NUM_THREADS")
PACKAGES = ("numpy", "numba", "duckdb", "polars", "openfisca-core")


class Result(NamedTuple):
    """What became of a row: claims a second (median and best), and what its process said."""

    median: float
    best: float
    said: dict[str, Any]


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--claims", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--only", default="", help="rows that say this")
    said = options.parse_args()
    chosen = [number for number, row in enumerate(ROWS) if said.only in str(row)]
    print(machine())
    print(f"{said.claims:,} admissions, {said.rounds} rounds, busy before {load()}", flush=True)
    with TemporaryDirectory() as folder:
        subprocess.run(python("data", str(said.claims), folder), check=True)
        results = measured(chosen, folder, said.rounds)
    print(f"busy after {load()} (runnable processes, this one's among them)\n")
    print("\n".join(table(results)))


def measured(chosen: Sequence[int], folder: str, rounds: int) -> dict[Row, Result]:
    """Start a process for every row, give them their turns, and hear what they say at the end."""
    workers = []
    for number in chosen:
        workers.append(Worker(number, folder))  # one after the other: each makes itself ready alone
        print(f"  ready: {ROWS[number].group}: {ROWS[number].title.strip()}", file=sys.stderr)
    taken: list[list[float]] = [[] for _ in workers]
    for turn in range(rounds):
        print(f"  round {turn + 1} of {rounds}", file=sys.stderr)
        for worker, times in zip(workers, taken, strict=True):
            times.extend(worker.ask("turn")["seconds"])
    results = {}
    for number, worker, times in zip(chosen, workers, taken, strict=True):
        said = worker.ready | worker.end()
        claims = said["claims"]
        results[ROWS[number]] = Result(claims / statistics.median(times), claims / min(times), said)
    return results


class Worker:
    """The process of one row; ready when made."""

    def __init__(self, number: int, folder: str) -> None:
        row = ROWS[number]
        threads = str(row.threads)
        environment = os.environ | dict.fromkeys(THREADS, threads)
        if row.keeps_pages:
            environment |= KEEP_PAGES
        self._process = subprocess.Popen(
            python("row", str(number), folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        self.ready = self._answer()

    def ask(self, word: str) -> dict[str, Any]:
        """Say a word to the process and hear its answer."""
        assert self._process.stdin is not None
        print(word, file=self._process.stdin, flush=True)
        return self._answer()

    def end(self) -> dict[str, Any]:
        """Let the process check what it settled, and end."""
        said = self.ask("end")
        self._process.communicate()
        return said

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"{self._process.args!r} ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def table(results: dict[Row, Result]) -> list[str]:
    """The rows by group; speeds in millions of claims a second, parts by median and by best."""
    named = {(row.group, row.title): result for row, result in results.items()}
    head = ("median", "best", "x loop", "x OpenFisca", "import", "first call", "peak", "wrong")
    wide = (10, 9, 20, 20, 9, 12, 9, 8)
    lines = [f"{'million claims/s':36}" + "".join(map(str.rjust, head, wide))]
    for group in GROUPS:
        rows = {row: one for row, one in results.items() if row.group == group}
        if rows:
            lines += ["", group]
        loop = named.get((group, LOOP.get(group, "")))
        openfisca = named.get(OPENFISCA.get(group, ("", "")))
        for row, one in rows.items():
            said = one.said
            lines.append(
                f"  {row.title:34}{one.median / 1e6:10.3f}{one.best / 1e6:9.3f}"
                f"{part(one, loop):>20}{part(one, openfisca):>20}"
                f"{said['import']:7.2f} s{said['first']:10.2f} s"
                f"{said['peak_kib'] / 1024:6.0f} MB{wrong(said):>8}"
            )
    return lines + how_wrong(results)


def part(one: Result, other: Result | None) -> str:
    """How many times another row's speed: by the medians, and by what each did at best."""
    if other is None:
        return ""
    return f"{one.median / other.median:.3g} / {one.best / other.best:.3g}"


def wrong(said: dict[str, Any]) -> str:
    """How many claims differ from plain integers; nothing is said of what settles nothing."""
    return f"{said['wrong']:,}" if "wrong" in said else "-"


def how_wrong(results: dict[Row, Result]) -> list[str]:
    """For the rows that are wrong, by how much: one claim at most, and both funds in all."""
    lines = [""]
    for row, one in results.items():
        if one.said.get("wrong"):
            fen = one.said["funds"]
            yuan = f"{'-' if fen < 0 else '+'}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
            lines += [f"{row.title} ({row.group}):"]
            lines += [f"  wrong by up to {one.said['most']} fen, the funds by {yuan} yuan in all"]
    return lines


def machine() -> str:
    """The processor, the system and the versions of what is measured."""
    from importlib.metadata import version

    processor = platform.processor() or platform.machine()
    known = Path("/proc/cpuinfo")
    if known.exists():
        lines = known.read_text(encoding="utf-8").splitlines()
        models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        processor = models[0] if models else processor
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{processor}, {os.cpu_count()} processors, {platform.system()}, "
        f"Python {platform.python_version()}\n{versions}"
    )


def load() -> str:
    """How many processes wanted to run in the last minute."""
    return f"{os.getloadavg()[0]:.2f}"


def python(*words: str) -> list[str]:
    return [sys.executable, str(WORKER), *words]


if __name__ == "__main__":
    main()
