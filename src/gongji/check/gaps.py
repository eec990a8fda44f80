"""Amounts that no fund pays: stretches between others that are paid, and visits paid by nobody."""

from __future__ import annotations

from collections.abc import Iterator

from gongji.check.finding import Example, Finding, cited, places_of
from gongji.check.look import Looked
from gongji.check.visit import LARGEST
from gongji.check.walk import Segment, Walk
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Borne
from gongji.money import grouped_yuan
from gongji.policy.model import Policy
from gongji.wording import Bilingual

__all__ = ["gaps", "unpaid"]

_LEAST = 100
"""A stretch shorter than this many fen is the rounding of one that is paid."""


def gaps(policy: Policy, walk: Walk) -> Iterator[Finding]:
    """Stretches without any fund between stretches with one, not counting deductibles.

    Neighbouring segments that no fund pays are one stretch; what the first of them is borne for
    says whose it is.
    """
    paying = [segment.funds > 0 for segment in walk.segments]
    if True not in paying:
        return
    first = paying.index(True)
    last = len(paying) - 1 - paying[::-1].index(True)
    stretch: list[Segment] = []
    for index in range(first, last + 1):
        if not paying[index]:
            stretch.append(walk.segments[index])
        elif stretch:
            yield from _gap(policy, walk, stretch)
            stretch = []


def _gap(policy: Policy, walk: Walk, stretch: list[Segment]) -> Iterator[Finding]:
    low, high = stretch[0].first - 1, stretch[-1].last
    step = _last_borne(stretch[0].at_last)
    if high - low < _LEAST or step is None or step.cause == "deductible":
        return
    marks = places_of((step,))
    between = f"{grouped_yuan(low)}", f"{grouped_yuan(high)}"
    title = next(one.title for one in policy.benefits if one.name == step.station)
    yield Finding(
        "gap",
        f"benefit {step.station}",
        Bilingual(
            f"{title.zh}：{between[0]} 元至 {between[1]} 元之间没有基金支付",
            f"{title.en}: no fund pays between {between[0]} and {between[1]}",
        ),
        cited(mark for mark, _ in marks),
        next((place for _, place in marks), None),
        Example.at(walk.facts, walk.start, high),
    )


def _last_borne(one: Settlement) -> Borne | None:
    layers = {benefit.name for benefit in one.policy.benefits if benefit.burden is not None}
    found = [step for step in one.steps if isinstance(step, Borne) and step.amount]
    return next((step for step in reversed(found) if step.station not in layers), None)


def unpaid(looked: Looked) -> Iterator[Finding]:
    """First visits that keep every default, and of which no fund ever pays anything."""
    for walk in looked.plain:
        borne = _last_borne(walk.largest)
        whole = walk.largest.total == LARGEST
        if borne is None or not whole or any(segment.funds for segment in walk.segments):
            continue
        marks = places_of((borne,))
        title = next(one.title for one in looked.policy.benefits if one.name == borne.station)
        yield Finding(
            "unpaid",
            f"benefit {borne.station}",
            Bilingual(f"{title.zh}：全部由个人负担", f"{title.en}: the person bears all of it"),
            cited(mark for mark, _ in marks),
            next((place for _, place in marks), None),
            Example.at(walk.facts, walk.start, None),
        )
