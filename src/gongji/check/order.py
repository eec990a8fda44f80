"""Where more, or better, is worse: one fen more of cost, and values that a policy puts in order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from gongji.check.finding import Example, Finding, changed_steps, cited, places_of
from gongji.check.look import Looked
from gongji.check.walk import Walk, person_at
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Borne, Paid, Step
from gongji.money import grouped_yuan
from gongji.policy.model import Policy
from gongji.wording import Bilingual, Refused

__all__ = ["cliffs", "worse_pays_more"]

_ROUNDING = 3
"""So many fen may a bill that is one fen larger cost more by rounding alone."""


def cliffs(walk: Walk) -> Iterator[Finding]:
    """Bills of which one fen more costs the person more than one fen more, or less."""
    for before, after in pairwise(walk.segments):
        jump = after.at_first.person - before.at_last.person
        if -_ROUNDING < jump <= _ROUNDING:
            continue
        steps = _money(changed_steps(before.at_last, after.at_first))
        marks = places_of(steps)
        at, more = grouped_yuan(before.last), grouped_yuan(abs(jump))
        yield Finding(
            "cliff",
            f"benefit {steps[-1].station if steps else after.at_first.steps[-1].station}",
            Bilingual(
                f"{at} 元再多 1 分，个人负担{'增加' if jump > 0 else '减少'} {more} 元",
                f"one fen above {at} the person bears {more} {'more' if jump > 0 else 'less'}",
            ),
            cited(mark for mark, _ in marks),
            next((place for _, place in marks), None),
            Example.at(walk.facts, walk.start, after.first),
        )


def worse_pays_more(looked: Looked) -> Iterator[Finding]:
    """Values of an ordered fact of which the worse one pays less of some bill.

    Both are looked at from the same meters.
    """
    for fact in looked.policy.facts.values():
        for walk in (*looked.walks, *looked.later) if fact.better_first else ():
            value = str(walk.facts.get(fact.name, fact.default))
            if value not in fact.better_first[:-1]:
                continue
            second = fact.better_first[fact.better_first.index(value) + 1]
            try:
                worse = looked.walker.of({**walk.facts, fact.name: second}, walk.start)
            except Refused:
                continue
            if worse.segments is not walk.segments:
                yield from _compared(looked.policy, fact.name, walk, worse, value, second)


def _compared(
    policy: Policy, name: str, better: Walk, worse: Walk, first: str, second: str
) -> Iterator[Finding]:
    """Where the better value bears most more than the worse one, if it does."""
    most = min(better.largest.total, worse.largest.total)
    ends = {
        min(fen, most)
        for walk in (better, worse)
        for one in walk.segments
        for fen in (one.first, one.last)
    }
    more, fen = max((person_at(better, fen) - person_at(worse, fen), -fen) for fen in ends)
    if more <= _ROUNDING:
        return
    fen = -fen
    fact = policy.facts[name]
    low, high = fact.values[first], fact.values[second]
    marks = places_of((*_money(_steps_at(better, fen)), *_money(_steps_at(worse, fen))))
    yield Finding(
        "worse_pays_more",
        f"facts {name}",
        Bilingual(
            f"{fact.title.zh}：{grouped_yuan(fen)} 元时“{low.zh}”比“{high.zh}”"
            f"多负担 {grouped_yuan(more)} 元",
            f"{fact.title.en}: of {grouped_yuan(fen)}, {low.en} bears {grouped_yuan(more)} more "
            f"than {high.en}",
        ),
        cited(mark for mark, _ in marks),
        next((place for _, place in marks), None),
        Example.at(better.facts, better.start, fen),
    )


def _steps_at(walk: Walk, fen: int) -> tuple[Step, ...]:
    return _settled_at(walk, fen).steps


def _settled_at(walk: Walk, fen: int) -> Settlement:
    """The settlement at the end of the segment in which a bill lies: it takes the same steps."""
    return next(one.at_last for one in walk.segments if fen <= one.last)


def _money(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps that say who pays."""
    return tuple(step for step in steps if isinstance(step, Borne | Paid))
