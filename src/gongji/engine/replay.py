"""Replaying a history: events in the order they were settled, folded over the meters.

The same events always give the same meters, and it does not matter where a history is cut in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple, Union

from gongji.engine.bill import FactValue, Person, Visit
from gongji.engine.meters import ACCOUNT, MeterKey, Meters
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.policy.model import Policy
from gongji.wording import Bilingual, Refused

__all__ = ["Change", "Credit", "Event", "MemberVisit", "Readings", "Replayed", "replay"]


class Credit(NamedTuple):
    """Money credited to the personal account, in fen."""

    day: date
    fen: int


class Change(NamedTuple):
    """Facts of the person that differ from this day on, such as retirement."""

    day: date
    facts: Mapping[str, FactValue]


class Readings(NamedTuple):
    """Meters as known from elsewhere, such as a slip or a transfer from another system."""

    day: date
    readings: Mapping[MeterKey, int]


class MemberVisit(NamedTuple):
    """A visit of somebody else with whom the person shares running totals, a household's say.

    `balance` is what was on that person's own account before it, in fen, where it is known.
    """

    member: str
    person: Person
    visit: Visit
    balance: int | None = None

    @property
    def day(self) -> date:
        """The day of the visit."""
        return self.visit.day


Event = Union[Visit, Credit, Change, Readings, MemberVisit]  # noqa: UP007


class Replayed(NamedTuple):
    """Where a history ends: the person as first known and what changed, meters, settlements.

    `members` are the meters of others with whom some of the person's are shared.
    """

    person: Person
    meters: Meters
    settlements: tuple[Settlement, ...] = ()
    changes: tuple[Change, ...] = ()
    members: Mapping[str, Meters] = MappingProxyType({})

    def person_on(self, day: date) -> Person:
        """The person as of a day: changes of later days, though known by now, do not count."""
        facts = dict(self.person.facts)
        for change in sorted(self.changes, key=lambda one: one.day):
            if change.day <= day:
                facts.update(change.facts)
        return Person(facts)


def replay(
    policy_of: Callable[[date], Policy],
    start: Replayed,
    events: Iterable[Event],
    parameters: Mapping[str, FactValue] | None = None,
) -> Replayed:
    """Fold events over a person and their meters; `policy_of` gives the version for a day.

    Events are taken in the order given, which is the order of settlement: a late bill settles on
    the meters as they are, and on the facts of its own day.  Raises what `settle` raises.
    """
    now = start
    for event in events:
        if isinstance(event, Visit):
            person = now.person_on(event.day)
            one = settle(policy_of(event.day), person, now.meters, event, parameters)
            now = now._replace(meters=one.meters, settlements=(*now.settlements, one))
        elif isinstance(event, Credit):
            credited = {ACCOUNT: now.meters[ACCOUNT] + event.fen}
            now = now._replace(meters=now.meters.moved(credited))
        elif isinstance(event, MemberVisit):
            now = _member(policy_of(event.day), now, event, parameters)
        elif isinstance(event, Change):
            now = now._replace(changes=(*now.changes, event))
        else:
            now = now._replace(meters=now.meters.moved(event.readings))
    return now


def _member(
    policy: Policy,
    now: Replayed,
    event: MemberVisit,
    parameters: Mapping[str, FactValue] | None,
) -> Replayed:
    """Settle another member's visit on their own meters and on those that are shared.

    Raises what `settle` raises, with whose visit it was.
    """
    before = now.members.get(event.member, Meters()).moved(_shared(policy, now.meters))
    if event.balance is not None:
        before = before.moved({ACCOUNT: event.balance})
    try:
        one = settle(policy, event.person, before, event.visit, parameters)
    except Refused as refused:
        whose = Bilingual(f"{event.member} 的就医：", f"the visit of {event.member}: ")
        raise Refused(refused.kind, whose + refused.message, refused.details) from None
    return now._replace(
        meters=now.meters.moved(_shared(policy, one.meters)),
        members={**now.members, event.member: one.meters},
    )


def _shared(policy: Policy, meters: Meters) -> Mapping[MeterKey, int]:
    """The readings that are one for all persons with the same value of what they are kept per."""
    shared = {name for name, meter in policy.meters.items() if meter.shared}
    return {key: meters[key] for key in meters if key.meter in shared}
