"""The project's own engine, claim by claim, with steps and citations: what explains any row.

It settles the policy of rule set A as it stands in `benchmarks/policies`, a few thousand claims; so
the same run shows that the peers settle what the policy says.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from admissions import Admissions
from gongji.engine.bill import IN_SCOPE, Item, Person, Visit
from gongji.engine.meters import Meters
from gongji.engine.settle import settle
from gongji.policy.versions import BUILT_IN, Library
from job import Columns, Job

__all__ = ["by_person"]

POLICY = "changzhou-inpatient/active"
POLICIES = Path(__file__).parent.parent / "policies"
CLAIMS = 4000


def by_person(data: Admissions, _threads: int) -> Job:
    """The first claims of those sorted by person."""
    some = data.first(CLAIMS)
    policy = Library((BUILT_IN, POLICIES)).policy(POLICY, date(2024, 1, 1))
    visits = [
        Visit(
            date(1970, 1, 1) + timedelta(days=day),
            (Item({IN_SCOPE: fen}),),
            {"setting": "inpatient", "tier": f"tier_{tier}"},
        )
        for day, tier, fen in zip(
            some.day.tolist(), some.tier.tolist(), some.amount.tolist(), strict=True
        )
    ]
    persons = some.person.tolist()

    def run() -> Columns:
        columns: Columns = ([], [], [], [])
        last, meters = -1, Meters()
        for whose, visit in zip(persons, visits, strict=True):
            if whose != last:
                last, meters = whose, Meters()
            done = settle(policy, Person(), meters, visit)
            meters = done.meters
            paid = done.payments
            columns[0].append(done.laid_on("deductible"))
            columns[1].append(paid["pool"])
            columns[2].append(paid["large_amount"])
            columns[3].append(done.person)
        return columns

    return Job(run, len(some))
