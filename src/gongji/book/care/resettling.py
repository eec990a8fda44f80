"""Settling again what was settled: on other meters, or by what is known now.

A person's settlements stand on each other.  From the first that comes out otherwise, each one is
worked out anew in its order; the account is what it was then, and what changed since the first.
Working out and booking are apart, so that what would change can be seen before it does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select, update

from gongji.book.acts import Act, canonical
from gongji.book.care.readings import readings_of
from gongji.book.care.settling import (
    Case,
    case_of,
    keep_meters,
    kept,
    locked_meters,
    moves_made,
    moves_of,
    worked_out,
)
from gongji.book.journal import Account, posted
from gongji.book.persons.people import check_person
from gongji.book.rules import rules_kept, scheme_of
from gongji.book.schema.visits import SETTLEMENT, VISIT
from gongji.engine.meters import ACCOUNT, Meters
from gongji.engine.settlement import Settlement
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = [
    "Again",
    "Difference",
    "Start",
    "all_booked_again",
    "case_as_known_now",
    "case_kept",
    "differences_of",
    "end_settlement",
    "meters_after",
    "moves_kept",
    "settle_anew",
    "standing_settlements",
    "without_account",
    "worked_out_again",
    "worked_out_anew",
]


class Start(NamedTuple):
    """Where working out again begins: the meters, and how much more is on the account than was."""

    meters: Meters
    more_on_account: int = 0


class Again(NamedTuple):
    """A settlement as it was made, and as it comes out again."""

    row: Row[Any]
    old: Case
    case: Case
    settlement: Settlement

    @property
    def moves(self) -> Mapping[Account, int]:
        """What accounts gain by the change, in fen; what a person is owed is not paid at a desk."""
        new = moves_made(self.case, self.settlement)
        old = moves_kept(self.old, self.row)
        moved = {key: new.get(key, 0) - old.get(key, 0) for key in {**old, **new}}
        area, person = self.case.scheme.area, str(self.case.visit.person)
        cash = sum(fen for account, fen in moved.items() if account.kind == "cash")
        rest = {account: fen for account, fen in moved.items() if account.kind != "cash"}
        return {**rest, Account(area, "person", "", person): cash} if cash else rest

    @property
    def account_fen(self) -> int:
        """What the account pays more, in fen."""
        return (self.settlement.account or 0) - (self.row.account_fen or 0)

    @property
    def as_it_was(self) -> bool:
        """Whether nothing of the row changes: neither what went in, nor what came out."""
        return (
            canonical(self.case.person) == self.row.person_said
            and canonical(self.case.bill) == self.row.bill
            and self.case.rules.policy is self.old.rules.policy
            and self.settlement.before.readings == readings_of(self.row.before).readings
        )


class Difference(NamedTuple):
    """What settling a visit again changes, in fen: new less old.

    `person_fen` is what the person bears more, `payments` what funds pay more.
    """

    visit: int
    settlement: int
    person_fen: int
    account_fen: int
    payments: Mapping[str, int]


def standing_settlements(
    connection: Connection, person: int, scheme: int, after: int = 0
) -> Sequence[Row[Any]]:
    """A person's settlements in a scheme that stand, in their order, after a place."""
    return connection.execute(
        select(SETTLEMENT)
        .where(
            (SETTLEMENT.c.person == person)
            & (SETTLEMENT.c.scheme == scheme)
            & (SETTLEMENT.c.place > after)
            & SETTLEMENT.c.ended.is_(None)
        )
        .order_by(SETTLEMENT.c.place)
    ).all()


def case_kept(connection: Connection, library: Library, row: Row[Any]) -> Case:
    """The case of a settlement as it was kept.  Raises `Refused` (`rules_gone`)."""
    visit = connection.execute(select(VISIT).where(VISIT.c.id == row.visit)).one()
    scheme = scheme_of(connection, row.scheme)
    rules = rules_kept(connection, library, row.rules)
    return Case(visit, scheme, rules, json.loads(row.person_said), json.loads(row.bill))


def case_as_known_now(connection: Connection, library: Library, row: Row[Any]) -> Case:
    """The case of a settlement by the facts and rules that are known now."""
    visit = connection.execute(select(VISIT).where(VISIT.c.id == row.visit)).one()
    return case_of(connection, library, visit)


def worked_out_again(
    connection: Connection,
    library: Library,
    rows: Sequence[Row[Any]],
    start: Start,
    case: Callable[[Connection, Library, Row[Any]], Case],
) -> Iterator[Again]:
    """Each settlement worked out again on what the one before it leaves.

    `case` says what goes in.  Raises what the engine refuses, with the visit that it refuses.
    """
    meters, more = start
    for row in rows:
        old = case_kept(connection, library, row)
        new = old if case is case_kept else case(connection, library, row)
        account = readings_of(row.before)[ACCOUNT] + more
        try:
            one = worked_out(new, meters.moved({ACCOUNT: account}))
        except Refused as refused:
            raise _about(row.visit, refused) from None
        again = Again(row, old, new, one)
        yield again
        meters = without_account(one.meters)
        more -= again.account_fen


def worked_out_anew(
    connection: Connection, library: Library, person: int, scheme: int
) -> list[Again]:
    """All of a person's settlements by what is known now, from the first that is otherwise on."""
    rows = standing_settlements(connection, person, scheme)
    first = rows[0] if rows else None
    start = Start(without_account(readings_of(first.before)) if first is not None else Meters())
    again = worked_out_again(connection, library, rows, start, case_as_known_now)
    return [one for one in again if not one.as_it_was]


def all_booked_again(act: Act, found: Sequence[Again]) -> list[int]:
    """Book the differences, and keep settlements in place of those before.  Gives their numbers.

    What goes back to the account is booked first, since it may pay for the rest.  Raises `Refused`
    (`account_overdrawn`) where the account does not hold what it would pay.
    """
    places = sorted(range(len(found)), key=lambda place: found[place].account_fen)
    numbers = {place: _booked_again(act, found[place]) for place in places}
    return [numbers[place] for place in range(len(found))]


def _booked_again(act: Act, again: Again) -> int:
    moves, row = again.moves, again.row
    entry = row.entry
    if any(moves.values()):
        entry = posted(act, act.asked.day, "resettlement", moves, visit=row.visit)
    end_settlement(act, row.id)
    return kept(act, again.case, again.settlement, row.place, entry)


def settle_anew(act: Act, library: Library, person: int, scheme: int) -> list[Difference]:
    """Settle a person's visits again by what is known now, and book the differences.

    After a back payment that covers the gap, a fact that became known late, or a version published
    with earlier force.  Raises `Refused`: `unknown_person`, `unknown_scheme`, `account_overdrawn`,
    and what the engine refuses; nothing is done then.
    """
    check_person(act.connection, person)
    scheme_of(act.connection, scheme)
    locked_meters(act.connection, person, scheme)
    found = worked_out_anew(act.connection, library, person, scheme)
    numbers = all_booked_again(act, found)
    if found:
        last = standing_settlements(act.connection, person, scheme)[-1]
        keep_meters(act.connection, person, scheme, meters_after(last))
    return differences_of(found, numbers)


def differences_of(found: Sequence[Again], numbers: Sequence[int]) -> list[Difference]:
    """What changes in money; settlements whose money stays are left out."""
    return [
        _difference(one, number)
        for one, number in zip(found, numbers, strict=True)
        if any(one.moves.values())
    ]


def moves_kept(case: Case, row: Row[Any]) -> dict[Account, int]:
    """Who lost and who gained by a settlement that was kept."""
    payments = json.loads(row.payments)
    return moves_of(case, payments, row.account_fen, row.person_fen, row.total_fen)


def end_settlement(act: Act, number: int) -> None:
    """A settlement stands no longer."""
    act.connection.execute(
        update(SETTLEMENT).where(SETTLEMENT.c.id == number).values(ended=act.number)
    )


def without_account(meters: Meters) -> Meters:
    """Meters without the account, which is the journal's."""
    return Meters({key: meters[key] for key in meters if key != ACCOUNT})


def meters_after(row: Row[Any]) -> Meters:
    """The meters that a settlement left, without the account."""
    return without_account(readings_of(row.before).moved(readings_of(row.moved).readings))


def _difference(again: Again, number: int) -> Difference:
    one, row = again.settlement, again.row
    paid = json.loads(row.payments)
    payments = {
        fund: one.payments.get(fund, 0) - paid.get(fund, 0) for fund in {**paid, **one.payments}
    }
    changed = {fund: fen for fund, fen in payments.items() if fen}
    person = one.person - row.person_fen
    return Difference(row.visit, number, person, again.account_fen, changed)


def _about(visit: int, refused: Refused) -> Refused:
    whose = Bilingual(f"就诊 {visit} 无法重算：", f"visit {visit} cannot be settled again: ")
    return Refused(refused.kind, whose + refused.message, refused.details)
