"""Time of one settlement in process, with its steps, beside the same rule written by hand.

    uv run python benchmarks/settlement.py

The hand-written functions are the bound: one rule in plain integers, its numbers in the code, no
policy file, no checks, no steps, nothing to explain.  They must agree with the engine to the fen.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import date
from time import perf_counter
from typing import NamedTuple

from gongji.engine.bill import Person, Visit
from gongji.engine.inputs import Raw, read_person, read_visit
from gongji.engine.meters import Meters
from gongji.engine.settle import settle
from gongji.policy.model import Policy
from gongji.policy.versions import Library

ROUNDS, CALLS = 15, 200


class Job(NamedTuple):
    """One visit to settle."""

    title: str
    policy: Policy
    person: Person
    visit: Visit
    by_hand: Callable[[], int] | None

    def run(self) -> int:
        """What the person pays, in fen, by the engine."""
        return settle(self.policy, self.person, Meters(), self.visit).person


def changzhou_inpatient(fen: int, deductible_fen: int) -> int:
    """The person's share of a first stay under Changzhou's bands (all amounts in fen)."""
    counted = fen
    first = max(0, min(counted, 15_000_000) - deductible_fen) * 90
    second = max(0, min(counted, 50_000_000) - 15_000_000) * 95
    basic = (first + second + 50) // 100
    above = max(0, counted - 50_000_000) * 95
    return fen - basic - (above + 50) // 100


def zhenjiang_outpatient(fen: int) -> int:
    """The person's share of a year's first care, tertiary, active, empty account."""
    counted = max(0, min(fen, 1_200_000) - 0)
    pool = (max(0, counted - 200_000) * 60 + 50) // 100
    cash = fen - pool
    return cash - (max(0, cash - 600_000) * 60 + 50) // 100


def jobs() -> list[Job]:
    library = Library()

    def job(
        title: str,
        policy_id: str,
        person: dict[str, Raw],
        visit: dict[str, Raw],
        by_hand: Callable[[], int] | None = None,
    ) -> Job:
        day = str(visit["date"])
        policy = library.policy(policy_id, date.fromisoformat(day))
        return Job(title, policy, read_person(policy, person), read_visit(policy, visit), by_hand)

    active: dict[str, Raw] = {"category": "active"}
    stay: dict[str, Raw] = {"date": "2024-03-05", "setting": "inpatient", "tier": "3"}
    clinic: dict[str, Raw] = {"date": "2023-03-05", "setting": "outpatient", "tier": "3"}
    return [
        job(
            "Changzhou: a stay",
            "changzhou/employee",
            active,
            {**stay, "in_scope": "80000"},
            lambda: changzhou_inpatient(8_000_000, 100_000),
        ),
        job(
            "Changzhou: chronic, over its limit",
            "changzhou/employee",
            {**active, "chronic_diseases": ["diabetes"]},
            {**stay, "setting": "chronic", "in_scope": "8000"},
        ),
        job(
            "Changzhou: five layers, unreferred",
            "changzhou/employee",
            {**active, "aid_category": "dibao"},
            {**stay, "in_scope": "800000", "care_area": "unreferred"},
        ),
        job(
            "Zhenjiang: the published example",
            "zhenjiang/employee",
            active,
            {**clinic, "in_scope": "20000"},
            None,
        ),
        job(
            "Wuhan: referred out of the area",
            "wuhan/employee",
            active,
            {**clinic, "in_scope": "20000", "care_area": "referred"},
        ),
    ]


def main() -> None:
    rows: dict[str, list[float]] = {}
    todo = jobs()
    for job in todo:
        if job.by_hand is not None:
            assert job.run() == job.by_hand(), job.title
    for _ in range(ROUNDS):
        for job in todo:
            rows.setdefault(job.title, []).append(seconds(job.run))
            if job.by_hand is not None:
                rows.setdefault(f"  bound: the same, by hand ({job.title})", [])
                rows[f"  bound: the same, by hand ({job.title})"].append(seconds(job.by_hand))
    print(f"{'':52}{'median':>10}{'least':>12}")
    for title, times in rows.items():
        median, least = statistics.median(times) * 1e6, min(times) * 1e6
        print(f"{title:52}{median:7.1f} µs{least:9.1f} µs")


def seconds(run: Callable[[], int]) -> float:
    """Seconds of one call, over many."""
    start = perf_counter()
    for _ in range(CALLS):
        run()
    return (perf_counter() - start) / CALLS


if __name__ == "__main__":
    main()
