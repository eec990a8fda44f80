"""Bills that two benefits take, of which only the order says that the first one gets it all."""

from __future__ import annotations

from collections.abc import Iterator

from gongji.check.finding import Example, Finding, cited
from gongji.check.look import Looked
from gongji.check.walk import Walk
from gongji.engine.known import Known
from gongji.engine.steps import Entered
from gongji.policy.model import Benefit, Go, Pay
from gongji.policy.walk import destinations
from gongji.wording import Bilingual, Refused

__all__ = ["overlaps"]


def overlaps(looked: Looked) -> Iterator[Finding]:
    """Pairs of benefits that both pay, both take a bill, and do not pass it from one to the other.

    A benefit that pays nothing is an exception to those behind it, and one that bills never enter
    directly goes on where another ends: neither competes.
    """
    policy = looked.policy
    entries = {_entry(walk) for walk in looked.walks}
    able = [one for one in policy.benefits if one.name in entries and _pays(one)]
    seen: set[tuple[str, str]] = set()
    for walk in looked.walks:
        entry = _entry(walk)
        first = next((one for one in able if one.name == entry), None)
        if first is None:
            continue
        one = walk.largest
        known = Known(policy, one.facts, one.parameters, one.before, one.day)
        for second in able[able.index(first) + 1 :]:
            pair = first.name, second.name
            if pair not in seen and not _passes(first, second) and _takes(second, known):
                seen.add(pair)
                yield _overlap(first, second, Example.at(walk.facts, walk.start, None))


def _entry(walk: Walk) -> str:
    """The benefit that takes the bill first."""
    entered = (step.station for step in walk.largest.steps if isinstance(step, Entered))
    return next(entered, "")


def _overlap(first: Benefit, second: Benefit, example: Example) -> Finding:
    return Finding(
        "overlap",
        f"benefit {first.name}, {second.name}",
        Bilingual(
            f"“{first.title.zh}”和“{second.title.zh}”都管，只因排在前面而按前者",
            f"the {first.title.en} and the {second.title.en} both take it; the first does because "
            "it stands first",
        ),
        cited((first.mark, second.mark)),
        second.place,
        example,
    )


def _pays(benefit: Benefit) -> bool:
    return any(
        isinstance(destination.to, Pay) and destination.to.fund != "account"
        for step in benefit.steps
        for destination in destinations(step)
    )


def _passes(first: Benefit, second: Benefit) -> bool:
    """Whether the first can send cost on to the second."""
    return any(
        isinstance(destination.to, Go) and destination.to.to in ("next", second.name)
        for step in first.steps
        for destination in destinations(step)
    )


def _takes(benefit: Benefit, known: Known) -> bool:
    """Whether a benefit takes a bill, as far as the facts of the bill tell."""
    try:
        return known.holds(benefit.condition)
    except Refused:
        return False
