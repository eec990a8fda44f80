"""Rates that points or parameters carry below 0 or above 100 %, where the engine holds them."""

from __future__ import annotations

from collections.abc import Iterator

from gongji.check.finding import Example, Finding, cited
from gongji.check.look import Looked
from gongji.engine.figures import unheld_rate_of
from gongji.engine.known import Known
from gongji.engine.settlement import Settlement
from gongji.money import exact_text
from gongji.policy.model import Expression, Mark, Pay, Policy
from gongji.policy.problems import Place
from gongji.policy.walk import destinations
from gongji.wording import Bilingual

__all__ = ["rates_outside"]


def rates_outside(looked: Looked) -> Iterator[Finding]:
    """Rates of what was paid, or borne first, that are not between 0 and 1 before they are held."""
    scopes = {one.name: one for one in looked.policy.scopes if one.share is not None}
    owners = _owners(looked.policy)
    for walk in (*looked.walks, *looked.later):
        one = walk.largest
        example = Example.at(walk.facts, walk.start, None)
        for destination in one.reached:
            if isinstance(destination.to, Pay) and destination.to.rate is not None:
                item = f"benefit {owners[id(destination)]}"
                rate, place = destination.to.rate, destination.place
                yield from _outside(one, rate, item, place, example)
        for step in one.steps:
            scope = scopes.get(step.station)
            if scope is not None and scope.share is not None:
                item = f"scope {scope.name}"
                yield from _outside(one, scope.share, item, scope.place, example)


def _outside(
    one: Settlement, rate: Expression, item: str, place: Place, example: Example
) -> Iterator[Finding]:
    known = Known(one.policy, one.facts, one.parameters, one.before, one.day)
    found = unheld_rate_of(rate, known)
    if found.value is None or 0 <= found.value <= 1:
        return
    percent = f"{exact_text(found.value * 100)}%"
    marks: list[Mark] = [source.mark for source in found.sources]
    yield Finding(
        "rate_outside",
        item,
        Bilingual(
            f"比例为 {percent}，按 0 至 100% 处理", f"a rate of {percent}, held to 0 to 100 %"
        ),
        cited(marks),
        place,
        example,
    )


def _owners(policy: Policy) -> dict[int, str]:
    return {
        id(destination): benefit.name
        for benefit in policy.benefits
        for step in benefit.steps
        for destination in destinations(step)
    }
