"""A person's contributions as they were paid: months in a row, gaps, what was paid up and when.

A month is paid in time when all of it arrived by its end; later it is paid up.  A gap is months in
a row that were not paid in time.  What no contribution was due for is no gap.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, bindparam, select

from gongji.book.contributions.declaring import GOVERNMENT
from gongji.book.contributions.periods import first_day_of, last_day_of, month_of
from gongji.book.known import Day, standing
from gongji.book.look_ups import LookUp, looked_up
from gongji.book.schema.contributions import CARRIED, DUE, PAID, RECEIPT

__all__ = ["Gap", "Paid", "Record", "record_from", "record_look_ups", "record_of"]


class Paid(NamedTuple):
    """A month or year that was due, and the day on which all of it had arrived, if it has."""

    period: str
    arrived: date | None

    @property
    def first(self) -> date:
        """The first day of what it is for."""
        return first_day_of(self.period)

    @property
    def in_time(self) -> bool:
        """Whether it arrived before its time was over."""
        return self.arrived is not None and self.arrived <= last_day_of(self.period)


class Gap(NamedTuple):
    """Months in a row that were not paid in time.

    `paid_up` is the day on which the last of them arrived, None while one is unpaid; `gone_on` the
    first month after it that was paid in time.
    """

    first: date
    months: int
    paid_up: date | None
    gone_on: Paid | None

    @property
    def words(self) -> Mapping[str, str]:
        """What a policy is told of it."""
        found: dict[str, str] = {
            "unpaid_from": self.first.isoformat(),
            "months_owed": str(self.months),
        }
        if self.paid_up is not None:
            found["paid_up_on"] = self.paid_up.isoformat()
        elif self.gone_on is not None:
            found["paid_up_on"] = _day_in(self.gone_on).isoformat()
        return found


class Record(NamedTuple):
    """What a person has paid in a scheme: periods in their order, and what was before the book.

    `carried_months` are the months paid up to `carried_through`, a month.
    """

    enrolled_on: date
    periods: tuple[Paid, ...]
    first_paid_before: date | None = None
    carried_through: date | None = None
    carried_months: int = 0

    @property
    def first_paid(self) -> date | None:
        """The day of the first full payment; one that came early counts in its own month."""
        if self.first_paid_before is not None:
            return self.first_paid_before
        return min((_day_in(one) for one in self.periods if one.arrived is not None), default=None)

    @property
    def months_paid(self) -> int:
        """All months paid."""
        paid = sum(one.arrived is not None for one in self.periods if len(one.period) == 7)
        return self.carried_months + paid

    def gaps(self, day: date) -> Iterator[Gap]:
        """The gaps that had begun before the month of a day, since the first payment.

        A gap runs to its end, which may come after that day; months from that of the day on belong
        to it only where they were paid up.
        """
        begun = self.first_paid
        if begun is None:
            return
        months = [one for one in self.periods if one.first > month_of(begun)]
        if self.carried_through is not None:
            months = [one for one in months if one.first > self.carried_through]
        late: list[Paid] = []
        for month in months:
            before = month.first < month_of(day)
            if not before and not late:
                return
            if not month.in_time and (before or month.arrived is not None):
                late.append(month)
            elif late:
                yield _gap(late, month if month.in_time else None)
                late = []
        if late:
            yield _gap(late, None)

    def words(self, day: date) -> Mapping[str, str]:
        """What a policy is told, besides the gaps."""
        before = [one for one in self.periods if one.first < month_of(day)]
        in_time = _in_a_row(before, in_time=True)
        if in_time == len(before):
            in_time += self.carried_months
        found: dict[str, str] = {
            "enrolled_on": self.enrolled_on.isoformat(),
            "months_paid": str(self.months_paid),
            "paid_months": str(in_time),
            "unpaid_months": str(_in_a_row(before, in_time=False)),
        }
        if self.first_paid is not None:
            found["first_paid"] = self.first_paid.isoformat()
        return found


def _written(known_on: Day | None) -> tuple[Select[Any], Select[Any]]:
    """What asks for a person's dues with what arrived of them, and for what was paid before."""
    dues = (
        select(DUE.c.period, DUE.c.shares, PAID.c.share, RECEIPT.c.arrived)
        .select_from(DUE)
        .outerjoin(PAID, and_(PAID.c.due == DUE.c.id, standing(PAID, known_on)))
        .outerjoin(RECEIPT, RECEIPT.c.id == PAID.c.receipt)
        .where(_theirs(DUE), standing(DUE, known_on))
        .order_by(DUE.c.period)
    )
    return dues, select(CARRIED).where(_theirs(CARRIED), standing(CARRIED, known_on))


def _theirs(table: Table) -> ColumnElement[bool]:
    return and_(table.c.person == bindparam("person"), table.c.scheme == bindparam("scheme"))


_WRITTEN = _written(None)
_WRITTEN_AS_KNOWN = _written(bindparam("known_on"))


def record_of(
    connection: Connection,
    person: int,
    scheme: int,
    enrolled_on: date,
    known_on: date | None = None,
) -> Record:
    """What a person has paid in a scheme; with `known_on` as it was known at the end of a day."""
    rows, before = (looked_up(connection, one) for one in record_look_ups(person, scheme, known_on))
    return record_from(rows, before, enrolled_on)


def record_from(rows: Iterable[Any], before: Sequence[Row[Any]], enrolled_on: date) -> Record:
    """What was paid, from periods in their order, each with its shares and one that arrived.

    `before` is what was paid before the book began, if anything.
    """
    shares: dict[str, dict[str, int]] = {}
    arrived: dict[str, dict[str, date]] = {}
    for period, text, share, day in rows:
        if period not in shares:
            shares[period] = {name: fen for name, fen in json.loads(text).items() if fen}
        if share is not None:
            arrived.setdefault(period, {})[share] = day
    periods = tuple(
        Paid(period, _arrival(due, arrived.get(period, {}))) for period, due in shares.items()
    )
    if not before:
        return Record(enrolled_on, periods)
    (carried,) = before
    return Record(enrolled_on, periods, carried.first_paid, carried.through, carried.months)


def record_look_ups(
    person: int, scheme: int, known_on: date | None = None
) -> tuple[LookUp, LookUp]:
    """What `record_of` looks up."""
    whose: dict[str, Any] = {"person": person, "scheme": scheme}
    dues, carried = _WRITTEN
    if known_on is not None:
        whose["known_on"] = known_on
        dues, carried = _WRITTEN_AS_KNOWN
    return LookUp(dues, whose), LookUp(carried, whose)


def _arrival(due: Mapping[str, int], arrived: Mapping[str, date]) -> date | None:
    """The day on which the last share was there; government's only where nobody else pays."""
    wanted = [share for share in due if share != GOVERNMENT] or list(due)
    if not all(share in arrived for share in wanted):
        return None
    return max((arrived[share] for share in wanted), default=None)


def _gap(late: Sequence[Paid], gone_on: Paid | None) -> Gap:
    days = [one.arrived for one in late]
    paid_up = max(day for day in days if day is not None) if None not in days else None
    return Gap(late[0].first, len(late), paid_up, gone_on)


def _day_in(paid: Paid) -> date:
    """The day on which a month was paid; what came before it counts from its first day."""
    assert paid.arrived is not None
    return max(paid.arrived, paid.first)


def _in_a_row(months: Sequence[Paid], *, in_time: bool) -> int:
    """How many of the last months were paid in time, or are unpaid."""
    count = 0
    for month in reversed(months):
        if (month.in_time if in_time else month.arrived is None) is False:
            break
        count += 1
    return count
