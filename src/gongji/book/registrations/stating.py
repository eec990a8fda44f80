"""Facts of a person that registrations state and take back; a set gains members and loses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from gongji.book.acts import Act
from gongji.book.persons.facts import Said, Stretch, history_of, stated, taken_back

__all__ = ["changed", "gained", "lost", "members_of"]

_DAY = timedelta(days=1)


def gained(act: Act, person: int, fact: Stretch) -> bool:
    """State a fact over its days; a set gains the members.  Whether anything changed."""
    value = fact.value

    def to(before: Said | None) -> Said:
        if not isinstance(value, list):
            return value
        there = members_of(before)
        return before if before is not None and there >= set(value) else sorted({*value, *there})

    return _put(act, person, fact, to)


def lost(act: Act, person: int, fact: Stretch) -> None:
    """Take a fact back over its days; a set loses the members, another value stays."""
    if not isinstance(fact.value, list):
        taken_back(act, "person", str(person), fact)
        return
    gone = set(fact.value)

    def to(before: Said | None) -> Said:
        there = members_of(before)
        return before if before is not None and there.isdisjoint(gone) else sorted(there - gone)

    _put(act, person, fact, to)


def members_of(said: Said | None) -> set[str]:
    """The members of a set as people write it: a list, or words with commas between."""
    words = said.split(",") if isinstance(said, str) else said or ()
    return {word.strip() for word in words} - {"", "none", "无"}


def _put(act: Act, person: int, fact: Stretch, to: Callable[[Said | None], Said]) -> bool:
    history = history_of(act.connection, "person", str(person))
    found = list(changed(history, fact, to))
    for one in found:
        stated(act, "person", str(person), one)
    return bool(found)


def changed(
    history: Sequence[Stretch], fact: Stretch, to: Callable[[Said | None], Said]
) -> Iterator[Stretch]:
    """The stretches of a fact that become otherwise over its days.

    `history` are all that stand of somebody; `to` gives the value that a stretch has after, from
    that before, None where nothing is known.
    """
    start: date | None = fact.since
    until = fact.until
    mine = [one for one in history if one.name == fact.name]
    for one in sorted(mine, key=lambda one: one.since):
        if start is None or (one.until is not None and one.until < start):
            continue
        if until is not None and one.since > until:
            break
        if one.since > start:
            yield Stretch(fact.name, to(None), start, one.since - _DAY)
            start = one.since
        last = min((day for day in (one.until, until) if day is not None), default=None)
        if to(one.value) != one.value:
            yield Stretch(fact.name, to(one.value), start, last)
        start = None if last is None or last == until else last + _DAY
    if start is not None and (until is None or start <= until):
        yield Stretch(fact.name, to(None), start, until)
