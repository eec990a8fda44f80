"""Replaying a history: events in the order they were settled, folded over the meters.

The same events always give the same meters, and it does not matter where a history is cut in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import NamedTuple, Union

from gongji.engine.bill import FactValue, Person, Visit
from gongji.engine.meters import ACCOUNT, MeterKey, Meters
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.policy.model import Policy

__all__ = ["Change", "Credit", "Event", "Readings", "Replayed", "replay"]


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


Event = Union[Visit, Credit, Change, Readings]  # noqa: UP007


class Replayed(NamedTuple):
    """Where a history ends: the person and the meters then, and every settlement on the way."""

    person: Person
    meters: Meters
    settlements: tuple[Settlement, ...] = ()


def replay(
    policy_of: Callable[[date], Policy],
    start: Replayed,
    events: Iterable[Event],
    parameters: Mapping[str, FactValue] | None = None,
) -> Replayed:
    """Fold events over a person and their meters; `policy_of` gives the version for a day.

    Events are taken in the order given, which is the order of settlement: a late bill settles on
    the meters as they are.  Raises what `settle` raises.
    """
    person, meters = start.person, start.meters
    settlements = list(start.settlements)
    for event in events:
        if isinstance(event, Visit):
            settlement = settle(policy_of(event.day), person, meters, event, parameters)
            settlements.append(settlement)
            meters = settlement.meters
        elif isinstance(event, Credit):
            meters = meters.moved({ACCOUNT: meters[ACCOUNT] + event.fen})
        elif isinstance(event, Change):
            person = Person({**person.facts, **event.facts})
        else:
            meters = meters.moved(event.readings)
    return Replayed(person, meters, tuple(settlements))
