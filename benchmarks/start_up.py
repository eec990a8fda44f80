"""Process time of `gongji settle` from a warm disk, beside what its parts cannot do without.

    uv run python benchmarks/start_up.py

Every command is run in turn, so that a busy moment of the machine touches all of them alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter

ROUNDS = 15
TASK = ["settle", "--policy", "changzhou/employee", "--date", "2024-03-05"]
TASK += ["--category", "active", "--setting", "inpatient", "--tier", "3", "--in-scope", "80000"]
GONGJI = [sys.executable, "-m", "gongji"]
NO_CACHE = {"GONGJI_CACHE": "off"}
COMMANDS: Sequence[tuple[str, list[str], dict[str, str]]] = (
    ("bound: an empty Python process", [sys.executable, "-c", "pass"], {}),
    ("bound: typer imported, nothing done", [sys.executable, "-c", "import typer.main"], {}),
    ("gongji settle --json", [*GONGJI, *TASK, "--json"], {}),
    ("gongji settle", [*GONGJI, *TASK], {}),
    ("gongji settle --json, policy read afresh", [*GONGJI, *TASK, "--json"], NO_CACHE),
)


def main() -> None:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name, _, _ in COMMANDS}
    for turn in range(ROUNDS + 1):
        for name, command, extra in COMMANDS:
            both = run(command, extra)
            if turn:  # the first turn warms the disk
                taken[name].append(both)
    print(f"{'':44}{'process time':>14}{'wall':>10}{'least':>10}")
    for name, times in taken.items():
        process = statistics.median(one for one, _ in times)
        wall = statistics.median(one for _, one in times)
        least = min(one for one, _ in times)
        print(f"{name:44}{process:12.3f} s{wall:8.3f} s{least:8.3f} s")


def run(command: list[str], extra: dict[str, str]) -> tuple[float, float]:
    """Processor time (user and system) and wall time of one run, in seconds."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, start = getrusage(RUSAGE_CHILDREN), perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=kept | extra)
    wall, after = perf_counter() - start, getrusage(RUSAGE_CHILDREN)
    user = after.ru_utime - before.ru_utime
    return user + after.ru_stime - before.ru_stime, wall


if __name__ == "__main__":
    main()
