"""Everything that the check finds of a policy.

Each room beside this one has one subject; a policy lists under `known` the findings that are true
of its document, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from gongji.check.finding import SEVERITIES, Finding
from gongji.check.gaps import gaps, unpaid
from gongji.check.look import Looked, look
from gongji.check.order import cliffs, worse_pays_more
from gongji.check.overlap import overlaps
from gongji.check.rates import rates_outside
from gongji.check.unsettled import unsettled
from gongji.check.unused import unused
from gongji.policy.model import Policy

__all__ = ["findings_of"]

_MOST_EXAMPLES = 20


def findings_of(policy: Policy) -> list[Finding]:
    """Everything found of a policy, one finding for each kind and item, the worst first."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in _found(look(policy)):
        same = found.setdefault((finding.kind, finding.item), [])
        if len(same) <= _MOST_EXAMPLES and _differs(finding, same):
            same.append(finding)
    order = list(SEVERITIES)
    together = [first._replace(also=tuple(rest)) for first, *rest in found.values()]
    return sorted(together, key=lambda one: order.index(one.severity))


def _found(looked: Looked) -> Iterator[Finding]:
    policy = looked.policy
    yield from unsettled(looked)
    if not looked.walks and not looked.unsettled:
        return
    yield from rates_outside(looked)
    alike: set[int] = set()
    for walk in (*looked.plain, *looked.walks, *looked.later):
        if id(walk.segments) not in alike:
            alike.add(id(walk.segments))
            yield from gaps(policy, walk)
            yield from cliffs(walk)
    yield from overlaps(looked)
    yield from worse_pays_more(looked)
    yield from unused(looked)
    yield from unpaid(looked)


def _differs(finding: Finding, same: list[Finding]) -> bool:
    """Whether a finding says something new; where it has no amount, its facts are what it says."""
    if finding.kind == "no_rule":
        return all(one.example != finding.example for one in same)
    return all(one.what != finding.what for one in same)
