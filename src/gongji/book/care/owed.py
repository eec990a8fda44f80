"""Who is owed and who owes, once more is known: a rule published late, a fact, a back payment.

Everybody's settlements are worked out anew by what is known now, and nothing is booked; what
somebody then decides to post is `resettling.settle_anew`, person by person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from gongji.book.care.resettling import Difference, differences_of, worked_out_anew
from gongji.book.schema.visits import SETTLEMENT
from gongji.policy.versions import Library
from gongji.wording import Refused

__all__ = ["Owed", "owed", "owed_of", "owed_to", "persons_settled"]


class Owed(NamedTuple):
    """What settling a person's visits anew comes to, in fen: new less old.

    `person_fen` is what the person bears more; below nothing they are owed it.  `payments` is what
    funds pay more.  `refused` says why it cannot be worked out, and nothing else is known then.
    """

    person: int
    person_fen: int
    account_fen: int
    payments: Mapping[str, int]
    visits: tuple[Difference, ...]
    refused: Refused | None = None

    @property
    def anything(self) -> bool:
        """Whether there is something to be told."""
        return bool(self.visits or self.refused)


def owed(
    connection: Connection, library: Library, scheme: int, since: date | None = None
) -> Iterator[Owed]:
    """Everybody in a scheme whose settlements come out otherwise now, by person.

    `since` leaves out those without a visit from that day on.
    """
    for person in persons_settled(connection, scheme, since):
        found = owed_of(connection, library, person, scheme)
        if found.anything:
            yield found


def persons_settled(
    connection: Connection,
    scheme: int,
    since: date | None = None,
    after: int = 0,
    most: int | None = None,
) -> Sequence[int]:
    """Persons with settlements that stand in a scheme, in the order of their numbers.

    `since` leaves out those without a visit from that day on, `after` those up to a number; no more
    than `most`.
    """
    persons = select(SETTLEMENT.c.person).where(
        (SETTLEMENT.c.scheme == scheme)
        & SETTLEMENT.c.ended.is_(None)
        & (SETTLEMENT.c.person > after)
    )
    if since is not None:
        persons = persons.where(SETTLEMENT.c.day >= since)
    return connection.scalars(persons.distinct().order_by(SETTLEMENT.c.person).limit(most)).all()


def owed_of(connection: Connection, library: Library, person: int, scheme: int) -> Owed:
    """What one person is owed or owes, or why that cannot be worked out."""
    try:
        return owed_to(connection, library, person, scheme)
    except Refused as refused:
        return Owed(person, 0, 0, {}, (), refused)


def owed_to(connection: Connection, library: Library, person: int, scheme: int) -> Owed:
    """What one person is owed or owes.  Raises what the engine refuses of a visit."""
    again = worked_out_anew(connection, library, person, scheme)
    visits = differences_of(again, [one.row.id for one in again])
    payments: Counter[str] = Counter()
    for one in visits:
        payments.update(one.payments)
    return Owed(
        person,
        sum(one.person_fen for one in visits),
        sum(one.account_fen for one in visits),
        {fund: fen for fund, fen in payments.items() if fen},
        tuple(visits),
    )
