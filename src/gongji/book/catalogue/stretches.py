"""What stands from day to day, and what of it ends when something else is said: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

__all__ = ["Change", "Stretch", "said_from"]

_DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """Values that hold from a day to a day, both included; `number` is that of their row, if any.

    `beside` goes with the values and does not make them others.
    """

    since: date
    until: date | None
    values: tuple[Any, ...]
    beside: tuple[Any, ...] = ()
    number: int | None = None


class Change(NamedTuple):
    """The rows that end, and what is written anew."""

    ended: list[int]
    added: list[Stretch]


def said_from(first: date, standing: Sequence[Stretch], said: Sequence[Stretch]) -> Change:
    """What changes where `said` is all that holds from `first` on; what held before stays.

    A row that says the same already stays as it is.  What ends beyond `first` is written again up
    to the day before, and what is said with the values of a row that ends takes over its `beside`.
    """
    left = sorted(said, key=lambda one: one.since)
    ended: list[Stretch] = []
    cut: list[Stretch] = []
    for row in standing:
        same = next((one for one in left if _same(row, one, first)), None)
        if same is not None:
            left.remove(same)
        elif row.until is None or row.until >= first:
            ended.append(row)
            if row.since < first:
                cut.append(row._replace(until=first - _DAY, number=None))
    before = {row.values: row.beside for row in ended}
    added = [one._replace(beside=before.get(one.values, one.beside)) for one in left]
    return Change([row.number for row in ended if row.number is not None], [*cut, *added])


def _same(row: Stretch, said: Stretch, first: date) -> bool:
    """Whether a row says it already; it may have begun before."""
    begins = row.since == said.since or (said.since == first and row.since < first)
    return begins and (row.until, row.values) == (said.until, said.values)
