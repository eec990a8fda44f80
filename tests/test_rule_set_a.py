"""The policy that the benchmarks settle is Changzhou's, as far as it goes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gongji.engine.inputs import Raw, read_person, read_visit
from gongji.engine.meters import Meters
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.policy.model import Policy
from gongji.policy.versions import BUILT_IN, Library

POLICIES = Path(__file__).parent.parent / "benchmarks" / "policies"

YEARS = [
    [("1", "399.99"), ("1", "400"), ("2", "360.01")],
    [("3", "1000.01"), ("3", "600"), ("2", "600.05")],
    [("3", "149999.99"), ("1", "0.02"), ("3", "350000"), ("3", "600.01"), ("2", "80000")],
    [("2", "500000.01")],
    [("3", "499900"), ("3", "700.03")],  # the deductible lies over the edge
]


@pytest.fixture(scope="module")
def folders() -> Library:
    return Library((BUILT_IN, POLICIES))


@pytest.mark.parametrize("stays", YEARS)
def test_pays_what_changzhou_pays(folders: Library, stays: list[tuple[str, str]]) -> None:
    day = date(2024, 3, 5)
    alone = year(folders.policy("changzhou-inpatient/active", day), {}, stays)
    whole = year(folders.policy("changzhou/employee", day), {"category": "active"}, stays)
    for one, other in zip(alone, whole, strict=True):
        assert one.laid_on("deductible") == other.laid_on("deductible")
        for fund in ("pool", "large_amount"):
            assert one.payments[fund] == other.payments[fund]


def test_a_year_over_both_edges(folders: Library) -> None:
    policy = folders.policy("changzhou-inpatient/active", date(2024, 3, 5))
    first, second = year(policy, {}, [("3", "200000"), ("2", "400000")])
    # (150000-1000)*90% + 50000*95% = 134100 + 47500
    assert first.payments == {"pool": 18_160_000, "large_amount": 0}
    # 200360 to 500000 at 95% = 284658; 100000 above at 95%
    assert second.payments == {"pool": 28_465_800, "large_amount": 9_500_000}
    assert second.person == 40_000_000 - 28_465_800 - 9_500_000


def year(policy: Policy, person: dict[str, Raw], stays: list[tuple[str, str]]) -> list[Settlement]:
    """The settlements of stays, one after the other."""
    meters, done = Meters(), []
    for tier, cost in stays:
        said: dict[str, Raw] = {"date": "2024-03-05", "setting": "inpatient", "tier": tier}
        visit = read_visit(policy, {**said, "in_scope": cost})
        done.append(settle(policy, read_person(policy, person), meters, visit))
        meters = done[-1].meters
    return done
