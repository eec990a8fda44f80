"""Who is owed and who owes, once more is known: a rule published late, a fact, a back payment.

Everybody's settlements are worked out anew by what is known now, and nothing is booked; what
somebody then decides to post is `resettling.settle_anew`, person by person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from gongji.book.resettling import Difference, differences_of, worked_out_anew
from gongji.book.schema.visits import SETTLEMENT
from gongji.policy.versions import Library
from gongji.wording import Refused

__all__ = ["Owed", "owed", "owed_to"]


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


def owed(
    connection: Connection, library: Library, scheme: int, since: date | None = None
) -> Iterator[Owed]:
    """Everybody in a scheme whose settlements come out otherwise now, by person.

    `since` leaves out those without a visit from that day on.
    """
    persons = select(SETTLEMENT.c.person).where(
        (SETTLEMENT.c.scheme == scheme) & SETTLEMENT.c.ended.is_(None)
    )
    if since is not None:
        persons = persons.where(SETTLEMENT.c.day >= since)
    for person in connection.scalars(persons.distinct().order_by(SETTLEMENT.c.person)).all():
        try:
            found = owed_to(connection, library, person, scheme)
        except Refused as refused:
            found = Owed(person, 0, 0, {}, (), refused)
        if found.visits or found.refused:
            yield found


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
