"""What a policy does that its reader should know: gaps, cliffs, rules that are never reached.

Each finding has a kind, the item of the policy that it is about, and one example; a policy lists
under `known` those that are true of its document, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Literal, NamedTuple

from gongji.check.space import Looked, look
from gongji.check.walk import LARGEST, Segment, Walk
from gongji.engine.bill import FactValue
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Borne, Paid
from gongji.money import grouped_yuan
from gongji.policy.marks import written_mark
from gongji.policy.model import Pay, Policy, Refuse
from gongji.policy.walk import destinations
from gongji.wording import Bilingual

__all__ = ["Finding", "Kind", "findings_of"]

Kind = Literal[
    "gap", "cliff", "worse_pays_more", "never_entered", "limit_never_reached", "not_stated"
]
_ROUNDING = 3
"""So many fen may a bill that is one fen larger cost more by rounding alone."""


class Finding(NamedTuple):
    """One thing found: `item` is what it is about, `text` says it with an example."""

    kind: Kind
    item: str
    text: Bilingual
    clauses: tuple[str, ...] = ()


def findings_of(policy: Policy) -> list[Finding]:
    """Everything found of a policy, one finding for each kind and item."""
    looked = look(policy)
    found: dict[tuple[str, str], Finding] = {}
    for finding in (
        *_refusals(looked),
        *(one for walk in looked.walks for one in _gaps(policy, walk)),
        *(one for walk in looked.walks for one in _cliffs(policy, walk)),
        *_worse(policy, looked),
        *_never_entered(policy, looked),
        *_limits(policy, looked),
    ):
        found.setdefault((finding.kind, finding.item), finding)
    return list(found.values())


# --- amounts that nobody covers ------------------------------------------------------------------


def _gaps(policy: Policy, walk: Walk) -> Iterator[Finding]:
    """Stretches without any fund between stretches with one, not counting deductibles."""
    paying = [segment.funds > 0 for segment in walk.segments]
    for index, segment in enumerate(walk.segments):
        if segment.last - segment.first < 100 or paying[index]:
            continue
        if True not in paying[:index] or True not in paying[index + 1 :]:
            continue
        step = _last_borne(segment.at_last)
        if step is None or step.cause == "deductible":
            continue
        low, high = grouped_yuan(segment.first - 1), grouped_yuan(segment.last)
        title = _title(policy, step.station)
        shown = _shown(policy, walk.facts)
        yield Finding(
            "gap",
            f"benefit {step.station}",
            Bilingual(
                f"{title.zh}：{low} 元至 {high} 元之间没有基金支付（{shown.zh}）",
                f"{title.en}: no fund pays between {low} and {high} ({shown.en})",
            ),
            step.basis.mark.clauses if step.basis is not None else (),
        )


def _last_borne(one: Settlement) -> Borne | None:
    found = [step for step in one.steps if isinstance(step, Borne) and step.amount]
    layers = {benefit.name for benefit in one.policy.benefits if benefit.burden is not None}
    return next((step for step in reversed(found) if step.station not in layers), None)


# --- one fen more --------------------------------------------------------------------------------


def _cliffs(policy: Policy, walk: Walk) -> Iterator[Finding]:
    """Bills of which one fen more costs the person much more, or less."""
    for before, after in pairwise(walk.segments):
        jump = after.at_first.person - before.at_last.person
        if -_ROUNDING < jump <= _ROUNDING:
            continue
        at = grouped_yuan(before.last)
        shown = _shown(policy, walk.facts)
        station = after.at_first.steps[-1].station
        more = grouped_yuan(abs(jump))
        yield Finding(
            "cliff",
            f"benefit {station}",
            Bilingual(
                f"{at} 元再多 1 分，个人负担{'增加' if jump > 0 else '减少'} {more} 元"
                f"（{shown.zh}）",
                f"one fen above {at} the person bears {more} {'more' if jump > 0 else 'less'} "
                f"({shown.en})",
            ),
        )


# --- who is better off ---------------------------------------------------------------------------


def _worse(policy: Policy, looked: Looked) -> Iterator[Finding]:
    """Values of an ordered fact of which the worse one pays less of some bill."""
    for name, fact in policy.facts.items():
        if not fact.better_first:
            continue
        groups: dict[frozenset[tuple[str, FactValue]], dict[str, Walk]] = {}
        for walk in looked.walks:
            value = walk.facts.get(name, fact.default)
            rest = frozenset((k, v) for k, v in walk.facts.items() if k != name)
            groups.setdefault(rest, {})[str(value)] = walk
        for same in groups.values():
            order = [value for value in fact.better_first if value in same]
            for better, worse in pairwise(order):
                yield from _compared(policy, name, same[better], same[worse], better, worse)


def _compared(
    policy: Policy, name: str, better: Walk, worse: Walk, first: str, second: str
) -> Iterator[Finding]:
    for segment in (*better.segments, *worse.segments):
        for fen in (segment.first, segment.last):
            one, other = _person_at(better, fen), _person_at(worse, fen)
            if one is None or other is None or one <= other + _ROUNDING:
                continue
            fact = policy.facts[name]
            low, high = fact.values[first], fact.values[second]
            shown = _shown(policy, better.facts)
            yield Finding(
                "worse_pays_more",
                f"facts {name}",
                Bilingual(
                    f"{fact.title.zh}：{grouped_yuan(fen)} 元时“{low.zh}”比“{high.zh}”"
                    f"多负担 {grouped_yuan(one - other)} 元（{shown.zh}）",
                    f"{fact.title.en}: of {grouped_yuan(fen)}, {low.en} bears "
                    f"{grouped_yuan(one - other)} more than {high.en} ({shown.en})",
                ),
            )
            return


def _person_at(walk: Walk, fen: int) -> int | None:
    """What the person bears of a bill at the end of a segment of this walk."""
    for segment in walk.segments:
        if segment.first == fen:
            return segment.at_first.person
        if segment.last == fen:
            return segment.at_last.person
        if segment.first < fen < segment.last:
            return _between(segment, fen)
    return None


def _between(segment: Segment, fen: int) -> int:
    """Along a straight line, rounded down."""
    low, high = segment.at_first.person, segment.at_last.person
    return low + (high - low) * (fen - segment.first) // (segment.last - segment.first)


# --- what is never used --------------------------------------------------------------------------


def _settlements(looked: Looked) -> Iterator[Settlement]:
    for walk in looked.walks:
        for segment in walk.segments:
            yield segment.at_last
    yield from looked.beyond


def _never_entered(policy: Policy, looked: Looked) -> Iterator[Finding]:
    entered = {step.station for one in _settlements(looked) for step in one.steps}
    refusing = {str(refused.details.get("mark", "")) for _, refused in looked.refused}
    for benefit in policy.benefits:
        if benefit.name in entered or _refuses(policy, benefit.name, refusing):
            continue
        yield Finding(
            "never_entered",
            f"benefit {benefit.name}",
            Bilingual(
                f"{benefit.title.zh}：没有一种情形进入", f"{benefit.title.en}: nothing enters it"
            ),
            benefit.mark.clauses,
        )


def _refuses(policy: Policy, name: str, refusing: set[str]) -> bool:
    benefit = next(one for one in policy.benefits if one.name == name)
    return any(
        isinstance(destination.to, Refuse)
        and written_mark(destination.mark or benefit.mark) in refusing
        for step in benefit.steps
        for destination in destinations(step)
    )


def _limits(policy: Policy, looked: Looked) -> Iterator[Finding]:
    """Limits on payment that no bill of a first visit reaches."""
    reached = {
        (step.station, limit.meter.meter)
        for one in _settlements(looked)
        for step in one.steps
        if isinstance(step, Paid)
        for limit in step.limits
        if limit.reached
    }
    for benefit in policy.benefits:
        for step in benefit.steps:
            for destination in destinations(step):
                if not isinstance(destination.to, Pay):
                    continue
                for limit in destination.to.limits:
                    if (benefit.name, limit.meter) in reached:
                        continue
                    title = policy.meters[limit.meter].title
                    yield Finding(
                        "limit_never_reached",
                        f"benefit {benefit.name} {limit.meter}",
                        Bilingual(
                            f"{benefit.title.zh}：一次就医 {grouped_yuan(LARGEST)} 元以内，"
                            f"“{title.zh}”的限额没有用满的情形",
                            f"{benefit.title.en}: no single bill up to {grouped_yuan(LARGEST)} "
                            f"reaches the limit of the {title.en}",
                        ),
                        benefit.mark.clauses,
                    )


# --- what is not stated --------------------------------------------------------------------------


def _refusals(looked: Looked) -> Iterator[Finding]:
    for _, refused in looked.refused:
        clauses = refused.details.get("clauses", [])
        parameter = str(refused.details.get("parameter", ""))
        item = f"given {parameter.partition('[')[0]}" if parameter else " ".join(clauses)
        yield Finding("not_stated", item, refused.message, tuple(clauses))


# --- words ---------------------------------------------------------------------------------------


def _title(policy: Policy, station: str) -> Bilingual:
    return next(one.title for one in policy.benefits if one.name == station)


def _shown(policy: Policy, facts: Mapping[str, FactValue]) -> Bilingual:
    """The facts of an example, in words."""
    parts = []
    for name, value in facts.items():
        fact = policy.facts[name]
        if isinstance(value, frozenset):
            titles = [fact.values[one] for one in sorted(value)]
            words = Bilingual(
                "、".join(one.zh for one in titles) or "无",
                ", ".join(one.en for one in titles) or "none",
            )
        elif isinstance(value, date):
            words = Bilingual(value.isoformat(), value.isoformat())
        else:
            words = fact.values.get(str(value), Bilingual(str(value), str(value)))
        parts.append(Bilingual(f"{fact.title.zh} {words.zh}", f"{fact.title.en} {words.en}"))
    return Bilingual("，".join(one.zh for one in parts), ", ".join(one.en for one in parts))
