"""Rule set C: unsorted Parquet to settled Parquet, the complete policy, and what compiling takes.

    uv run --group benchmarks python benchmarks/batch/end_to_end.py [THOUSAND_PERSONS ...]

Every run is a process of its own: `gongji batch` on claims in random order that `gongji generate`
made up.  Seconds are those of the run itself, without start-up; memory is the process's peak.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

POLICY = "changzhou/employee"
SIZES = (19, 190, 1900)
"""Thousand persons, of some 5.5 claims each."""

_ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
"""Python keeps the bytecode of modules, as it does unless it is told not to."""


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    with TemporaryDirectory() as folder:
        _compiling(Path(folder))
        print("\n      claims   threads   seconds   million claims/s   processor s   peak MB")
        for thousands in sizes:
            _made_up(thousands * 1000, Path(folder))
            for threads in (1, 2):
                _settled(threads, Path(folder))


def _compiling(folder: Path) -> None:
    """The first compile of a policy's two programs, and finding them again."""
    _made_up(1000, folder)
    _run(folder, 1, {**_ENVIRONMENT, "GONGJI_CACHE": str(folder / "other")})  # modules' bytecode
    environment = {**_ENVIRONMENT, "GONGJI_CACHE": str(folder / "cache")}
    for title in ("first, policy and programs made", "again, both found on disk"):
        start = perf_counter()
        _run(folder, 1, environment)
        print(f"{title:<38} {perf_counter() - start:6.2f} s for the whole command")


def _made_up(persons: int, folder: Path) -> None:
    words = ["generate", "--policy", POLICY, "--persons", str(persons), "--order", "random"]
    _gongji([*words, "--out", str(folder), "--force"], _ENVIRONMENT)


def _settled(threads: int, folder: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    record = _run(folder, threads, _ENVIRONMENT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows, seconds = int(str(record["claims_rows"])), int(str(record["milliseconds"])) / 1000
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    line = f"{rows:>12,} {threads:>9} {seconds:>9.1f} {rows / seconds / 1e6:>18.2f}"
    print(f"{line} {used:>13.1f} {after.ru_maxrss / 1000:>9.0f}")


def _run(folder: Path, threads: int, environment: dict[str, str]) -> dict[str, object]:
    words = ["batch", "--policy", POLICY, "--claims", str(folder / "claims.parquet"), "--persons",
             str(folder / "persons.parquet"), "--out", str(folder / "settled.parquet"), "--force",
             "--json", "--threads", str(threads)]  # fmt: skip
    found: dict[str, object] = json.loads(_gongji(words, environment))
    return found


def _gongji(words: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-m", "gongji", *words],
        env=environment, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


if __name__ == "__main__":
    main()
