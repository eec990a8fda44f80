"""What a policy does not settle: no rule for it, a figure that cannot be worked out, not stated."""

from __future__ import annotations

from collections.abc import Iterator

from gongji.check.finding import Example, Finding
from gongji.check.look import Looked
from gongji.check.space import Unsettled
from gongji.policy.model import Policy
from gongji.wording import Bilingual

__all__ = ["unsettled"]


def unsettled(looked: Looked) -> Iterator[Finding]:
    """A finding for everything that was refused, by why it was."""
    for one in looked.unsettled:
        details = one.refused.details
        example = Example(one.facts)
        clauses = tuple(str(clause) for clause in details.get("clauses", ()))
        if one.refused.kind == "impossible_value":
            item = str(details.get("field", "")) or " ".join(one.facts)
            yield Finding("no_figure", item, one.refused.message, clauses, None, example)
        elif not clauses:
            yield _no_rule(looked.policy, one)
        else:
            parameter = str(details.get("parameter", "")).partition("[")[0]
            item = f"given {parameter}" if parameter else " ".join(clauses)
            given = looked.policy.given.get(parameter)
            place = given.place if given is not None else None
            yield Finding("not_stated", item, one.refused.message, clauses, place, None)


def _no_rule(policy: Policy, one: Unsettled) -> Finding:
    """No benefit takes it; the fact that was asked for last tells it from what is covered."""
    last = next(reversed(list(one.facts)), "")
    place = policy.places.get(f"facts {last}") or policy.places["order"]
    item = f"facts {last}" if last else "order"
    what = Bilingual("没有适用的规定", "no rule covers it")
    return Finding("no_rule", item, what, (), place, Example(one.facts))
