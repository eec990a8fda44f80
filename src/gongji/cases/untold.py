"""What a case leaves untold: earlier totals, the account, visits that lie after its own.

What is missing is the same for every reader; how it can be said is not: with an option, in a file,
in a field of a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from gongji.engine.bill import Person, Visit
from gongji.engine.meters import ACCOUNT
from gongji.engine.replay import Event, MemberVisit, Readings
from gongji.explain.explanation import Explanation
from gongji.policy.logic import truth
from gongji.policy.model import Fact, Pay, Policy
from gongji.policy.reach import reached_by_settlements
from gongji.policy.walk import destinations
from gongji.wording import Bilingual

__all__ = [
    "COMMAND_LINE",
    "Ways",
    "empty_account",
    "from_zero",
    "later_events",
    "not_used",
    "unread",
]


class Ways(NamedTuple):
    """How a reader can say what a case left untold, in the words of the place it is read at.

    `earlier` tells how earlier visits are said, `questions` who asks for facts that no settlement
    reads, `without` what to do about an event that cannot be replayed; `event` names one by its
    number.
    """

    earlier: Bilingual
    questions: Bilingual
    without: Bilingual
    event: Callable[[int], Bilingual]


COMMAND_LINE = Ways(
    Bilingual(
        "（命令行用 --reading，案例文件用 history）",
        " (say them with --reading, or in the history of a case file)",
    ),
    Bilingual(
        "结算的规定不问这些，只有 gongji ask 的问题会问。",
        "No rule of settlement asks for it, only questions of gongji ask do.",
    ),
    Bilingual(
        "。它不影响本次结算的，可以不写；影响的，改用 what: readings 写明此后的累计",
        ". Leave it out if it moves no total of the visit to settle; if it does, give the totals "
        "after it with `what: readings`",
    ),
    lambda number: Bilingual(f"history[{number}]", f"history[{number}]"),
)
"""Of those who write case files and commands."""

_FIRST_OF_THE_YEAR = Bilingual(
    "今年此前的就医：没有说明，各项累计从 0 算起",
    "earlier visits this year: none said, all totals start from 0",
)
_EMPTY = Bilingual("个人账户余额：没有说明，按 0.00 元", "balance of the account: not said, 0.00")


def later_events(events: Sequence[Event], day: date, ways: Ways) -> Iterator[Bilingual]:
    """What is noted of visits that lie after the one settled: they were settled before it."""
    for number, event in enumerate(events, 1):
        if event.day > day and isinstance(event, Visit | MemberVisit):
            yield ways.event(number) + Bilingual(
                f"（{event.day}）晚于本次就医，但结算在前，已计入累计。",
                f" ({event.day}) lies after this visit but was settled before it, so its totals "
                "count.",
            )


def unread(policy: Policy, person: Person, visit: Visit, ways: Ways) -> Iterator[Bilingual]:
    """What was said that no rule of settlements reads: it only matters to questions."""
    said = {*person.facts, *visit.facts, *(name for item in visit.items for name in item.facts)}
    idle = [
        policy.facts[name] for name in policy.facts if name in said - reached_by_settlements(policy)
    ]
    yield from not_used(idle, ways.questions)


def not_used(facts: Sequence[Fact], why: Bilingual) -> Iterator[Bilingual]:
    """What was said in vain, and why."""
    if facts:
        zh = "、".join(f"{fact.title.zh}（{fact.name}）" for fact in facts)
        en = ", ".join(f"{fact.title.en} ({fact.name})" for fact in facts)
        yield Bilingual(f"没有用到：{zh}。", f"Not used: {en}. ") + why


def from_zero(events: Sequence[Event], explanation: Explanation, ways: Ways) -> Iterator[Bilingual]:
    """That the year began with this visit, or which totals the readings given left out."""
    one = explanation.settlement
    moved = [key for key in one.meters if key != ACCOUNT and one.meters[key] != one.before[key]]
    given = [event for event in events if isinstance(event, Readings)]
    if not events and moved:
        yield _FIRST_OF_THE_YEAR + ways.earlier
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
