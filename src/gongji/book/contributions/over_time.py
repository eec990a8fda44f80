"""Whether a person was in benefit over a stretch of time, told in stretches of days alike.

Days are looked at by the ends of months; where two are not alike, the day of the change is looked
for between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection

from gongji.book.contributions.entitlement import Entitlement, entitlement_of
from gongji.book.contributions.past import Past, past_of
from gongji.book.contributions.periods import last_day_of
from gongji.book.persons.people import Membership
from gongji.book.rules import Scheme, rules_of
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Stretch", "entitlement_over"]

_DAY = timedelta(days=1)


class _Day(NamedTuple):
    """How it is on a day: the scheme, None where nobody insures; what it comes to.

    `refused` says why it cannot be told; `known_then` is whether the person was in benefit as it
    was known at the end of the day, None where the book did not know of the person yet.
    """

    scheme: Scheme | None
    entitlement: Entitlement | None
    refused: Refused | None
    known_then: bool | None

    @property
    def like(self) -> tuple[object, ...]:
        """What days have in common that are told of together."""
        found, refused = self.entitlement, self.refused
        return (
            self.scheme and self.scheme.number,
            found and (found.entitled, found.state, found.because, found.answer and
                       found.answer.case.mark.clauses),
            refused and refused.message,
            self.known_then,
        )  # fmt: skip


class Stretch(NamedTuple):
    """Days alike, both included; see `_Day` for what holds on each."""

    since: date
    until: date
    scheme: Scheme | None
    entitlement: Entitlement | None
    because: Bilingual | None
    known_then: bool | None


def entitlement_over(
    connection: Connection, library: Library, person: int, since: date, until: date, today: date
) -> list[Stretch]:
    """How it was from a day to a day, as it is known now and was known then."""
    past = past_of(connection, person)

    @cache
    def on(day: date) -> _Day:
        return _on(library, past, day, today)

    found: list[Stretch] = []
    for first, last in _alike(since, until, on):
        one = on(first)
        refused, entitled = one.refused, one.entitlement
        because = refused.message if refused else entitled and entitled.because
        found.append(Stretch(first, last, one.scheme, entitled, because, one.known_then))
    return found


def _alike(since: date, until: date, on: Callable[[date], _Day]) -> Iterator[tuple[date, date]]:
    """Stretches of days alike, in their order."""
    first = seen = since
    while seen < until:
        following = min(last_day_of(f"{seen + _DAY:%Y-%m}"), until)
        while on(first).like != on(following).like:
            last = _last_like(max(seen, first), following, on)
            yield first, last
            first = last + _DAY
        seen = following
    yield first, until


def _last_like(first: date, end: date, on: Callable[[date], _Day]) -> date:
    """The last day before a change that is like the first, where the end is not."""
    low, high = first, end
    while (high - low).days > 1:
        middle = low + (high - low) // 2
        low, high = (middle, high) if on(middle).like == on(first).like else (low, middle)
    return low


def _on(library: Library, past: Past, day: date, today: date) -> _Day:
    member = past.member_on(day)
    if member is None:
        return _Day(None, None, None, None)
    then = _known_then(library, past, day) if day < today else None
    try:
        found = _asked(library, past, member, day, None)
    except Refused as refused:
        return _Day(member.scheme, None, refused, then)
    return _Day(member.scheme, found, None, found.entitled if day >= today else then)


def _known_then(library: Library, past: Past, day: date) -> bool | None:
    member = past.member_on(day, day)
    if member is None:
        return None
    try:
        return _asked(library, past, member, day, day).entitled
    except Refused:
        return None


def _asked(
    library: Library, past: Past, member: Membership, day: date, known_on: date | None
) -> Entitlement:
    """What a day comes to.  Raises `Refused` where the policy is asked and has no answer."""
    rules = rules_of(library, member.scheme, day)
    return entitlement_of(rules, past.occasion(day, known_on), past.record(member, known_on))
