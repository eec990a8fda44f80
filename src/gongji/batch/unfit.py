"""Values that another version of the policy has, and the one of the claim's day does not.

A table is coded by the values of all versions together.  What a claim says must be among those of
its own day, as it must for one bill.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gongji.batch.arrays import Array
from gongji.batch.claims import Claims
from gongji.kernel.layout import MISSING, scale_of
from gongji.policy.model import Fact, Policy

__all__ = ["unfit_facts", "unfit_lines"]


def unfit_facts(facts: Mapping[str, Fact], policy: Policy) -> dict[str, Fact]:
    """The facts of which a version has fewer values, or a smaller range, than all together."""
    return {
        name: policy.facts[name]
        for name, every in facts.items()
        if name in policy.facts and not _same(every, policy.facts[name])
    }


def unfit_lines(claims: Claims, fact: Fact, every: Fact) -> Array:
    """The lines on which a fact has a value that a version does not; `every` has those of all."""
    column = claims.said(fact.name)
    return np.zeros(claims.size, bool) if column is None else _unfit(column, fact, every)


def _same(every: Fact, mine: Fact) -> bool:
    return set(every.values) == set(mine.values) and (every.least, every.most) == (
        mine.least, mine.most,
    )  # fmt: skip


def _unfit(column: Array, fact: Fact, every: Fact) -> Array:
    """Where a column holds what `fact` does not have, coded by the values of `every`."""
    places = [place for place, value in enumerate(every.values) if value not in fact.values]
    found: Array
    if fact.kind == "set":
        gone = sum(1 << place for place in places)
        found = (column >= 0) & (column & gone != 0)
    elif fact.values:
        found = np.isin(column, places)
    else:
        scale = scale_of(fact)
        low, high = fact.least * scale, None if fact.most is None else fact.most * scale
        found = (column != MISSING) & (column < low.__ceil__())
        if high is not None:
            found |= column > high.__floor__()
    return found
