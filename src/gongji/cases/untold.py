"""What a case leaves untold: earlier totals, the account, visits that lie after its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from gongji.engine.bill import Person, Visit
from gongji.engine.meters import ACCOUNT
from gongji.engine.replay import Event, MemberVisit, Readings
from gongji.explain.explanation import Explanation
from gongji.policy.logic import truth
from gongji.policy.model import Fact, Pay, Policy
from gongji.policy.reach import reached_by_settlements
from gongji.policy.walk import destinations
from gongji.wording import Bilingual

__all__ = ["empty_account", "from_zero", "later_events", "not_used", "unread"]

_FIRST_OF_THE_YEAR = Bilingual(
    "今年此前的就医：没有说明，各项累计从 0 算起（命令行用 --reading，案例文件用 history）",
    "earlier visits this year: none said, all totals start from 0 (say them with --reading, or in "
    "the history of a case file)",
)
_ONLY_QUESTIONS = Bilingual(
    "结算的规定不问这些，只有 gongji ask 的问题会问。",
    "No rule of settlement asks for it, only questions of gongji ask do.",
)
_EMPTY = Bilingual("个人账户余额：没有说明，按 0.00 元", "balance of the account: not said, 0.00")


def later_events(events: Sequence[Event], day: date) -> Iterator[Bilingual]:
    """What is noted of visits that lie after the one settled: they were settled before it."""
    for index, event in enumerate(events):
        if event.day > day and isinstance(event, Visit | MemberVisit):
            yield Bilingual(
                f"history[{index + 1}]（{event.day}）晚于本次就医，但结算在前，已计入累计。",
                f"history[{index + 1}] ({event.day}) lies after this visit but was settled before "
                "it, so its totals count.",
            )


def unread(policy: Policy, person: Person, visit: Visit) -> Iterator[Bilingual]:
    """What was said that no rule of settlements reads: it only matters to questions."""
    said = {*person.facts, *visit.facts, *(name for item in visit.items for name in item.facts)}
    idle = [
        policy.facts[name] for name in policy.facts if name in said - reached_by_settlements(policy)
    ]
    yield from not_used(idle, _ONLY_QUESTIONS)


def not_used(facts: Sequence[Fact], why: Bilingual) -> Iterator[Bilingual]:
    """What was said in vain, and why."""
    if facts:
        zh = "、".join(f"{fact.title.zh}（{fact.name}）" for fact in facts)
        en = ", ".join(f"{fact.title.en} ({fact.name})" for fact in facts)
        yield Bilingual(f"没有用到：{zh}。", f"Not used: {en}. ") + why


def from_zero(events: Sequence[Event], explanation: Explanation) -> Iterator[Bilingual]:
    """That the year began with this visit, or which totals the readings given left out."""
    one = explanation.settlement
    moved = [key for key in one.meters if key != ACCOUNT and one.meters[key] != one.before[key]]
    given = [event for event in events if isinstance(event, Readings)]
    if not events and moved:
        yield _FIRST_OF_THE_YEAR
    if not given:
        return
    said = {key for event in given for key in event.readings}
    for key in moved:
        if key not in said and not one.before[key]:
            title = explanation.names.meter(key)
            yield Bilingual(
                f"{title.zh}（{key.meter}）：没有说明，此前按 0",
                f"{title.en} ({key.meter}): not said, 0 before",
            )


def empty_account(explanation: Explanation) -> Iterator[Bilingual]:
    """That the account was taken as empty, where a rule would have spent it."""
    one = explanation.settlement
    for benefit in one.policy.benefits:
        spends = any(
            isinstance(destination.to, Pay) and destination.to.fund == ACCOUNT.meter
            for step in benefit.steps
            for destination in destinations(step)
        )
        if spends and truth(one.policy, benefit.condition, one.facts) is not False and one.person:
            yield _EMPTY
            return
