"""Verifying a book: everything worked out again from what was kept, to the fen.

Acts hang together, entries balance, accounts hold what was booked on them, every settlement comes
out as it was kept, meters are those after the last one, and the journal has moved for each visit
what its settlement says; so do credits, and closed years are as they were.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from gongji.book.acts import broken_acts
from gongji.book.credits import broken_credits
from gongji.book.family import broken_family
from gongji.book.journal import Account, broken_entries, moved_by_visit
from gongji.book.readings import readings_of, text_of
from gongji.book.resettling import case_kept, without_account
from gongji.book.schema.acts import ACT
from gongji.book.schema.journal import ENTRY
from gongji.book.schema.visits import SETTLEMENT, STANDING, VISIT
from gongji.book.settling import SETTLING_KINDS, moves_made, worked_out
from gongji.book.year_end import broken_closings
from gongji.engine.meters import Meters
from gongji.policy.versions import Library
from gongji.wording import Bilingual

__all__ = ["Progress", "Report", "differences", "verified"]

Progress = Callable[[str, int, int], object]
"""Told of a phase (`acts`, `entries`, `settlements`), what is done and what there is."""


class Report(NamedTuple):
    """What was worked out again, and the first thing that does not come out as it was kept."""

    acts: int
    entries: int
    settlements: int
    persons: int
    difference: Bilingual | None


def verified(
    connection: Connection, library: Library, *, progress: Progress = lambda *_: None
) -> Report:
    """Work everything out again, up to the first difference."""
    acts, entries, settlements, persons = (
        connection.scalar(select(func.count()).select_from(table)) or 0
        for table in (ACT, ENTRY, SETTLEMENT, STANDING)
    )
    progress("settlements", 0, settlements)
    first = next(differences(connection, library), None)
    progress("settlements", settlements, settlements)
    found = Bilingual(first, first) if first is not None else None
    return Report(acts, entries, settlements, persons, found)


def differences(connection: Connection, library: Library) -> Iterator[str]:
    """What does not come out as it was kept, in words, the first first; nothing where all does."""
    yield from broken_acts(connection)
    yield from broken_entries(connection)
    yield from _settlements(connection, library)
    yield from broken_credits(connection, library)
    yield from broken_family(connection)
    yield from broken_closings(connection)


def _settlements(connection: Connection, library: Library) -> Iterator[str]:
    """Every person's settlements in their order, each on the meters that the one before left."""
    rows = connection.execute(
        select(SETTLEMENT)
        .where(SETTLEMENT.c.ended.is_(None))
        .order_by(SETTLEMENT.c.person, SETTLEMENT.c.scheme, SETTLEMENT.c.place)
    )
    meters: dict[tuple[int, int], Meters] = {}
    for row in rows.all():
        whose = row.person, row.scheme
        before = meters.get(whose, Meters())
        found = list(_settlement(connection, library, row, before))
        yield from found
        if found:
            return
        moved = readings_of(row.moved).readings
        meters[whose] = without_account(before.moved(moved))
    for standing in connection.execute(select(STANDING).order_by(STANDING.c.person)):
        there = meters.get((standing.person, standing.scheme), Meters())
        if text_of(there.readings) != standing.meters:
            yield (
                f"person {standing.person}: the meters kept are {standing.meters}, the visits "
                f"come to {text_of(there.readings)}"
            )
    yield from _visits_without(connection)


def _settlement(
    connection: Connection, library: Library, row: Row[Any], meters: Meters
) -> Iterator[str]:
    kept = readings_of(row.before)
    if text_of(without_account(kept).readings) != text_of(meters.readings):
        yield f"settlement {row.id}: it began on other meters than the one before it left"
        return
    case = case_kept(connection, library, row)
    one = worked_out(case, kept)
    found = {
        "payments": dict(one.payments), "total": one.total, "person": one.person,
        "account": one.account,
        "moved": text_of({k: v for k, v in one.meters.readings.items() if v != kept[k]}),
    }  # fmt: skip
    there = {
        "payments": json.loads(row.payments), "total": row.total_fen, "person": row.person_fen,
        "account": row.account_fen, "moved": row.moved,
    }  # fmt: skip
    for name, value in found.items():
        if value != there[name]:
            yield f"settlement {row.id}: {name} is kept as {there[name]}, the rules give {value}"
            return
    wanted = _by_payer(moves_made(case, one))
    if wanted != _by_payer(moved_by_visit(connection, row.visit, SETTLING_KINDS)):
        yield f"settlement {row.id}: the journal has not moved what it says"


def _by_payer(moves: Mapping[Account, int]) -> dict[Account, int]:
    """Moves without those of nothing; what a person pays at the desk or is owed is one."""
    found: Counter[Account] = Counter()
    for account, fen in moves.items():
        found[account if account.kind not in {"cash", "person"} else Account("", "cash")] += fen
    return {account: fen for account, fen in found.items() if fen}


def _visits_without(connection: Connection) -> Iterator[str]:
    """Visits without a settlement for which money is booked all the same."""
    settled = select(SETTLEMENT.c.visit).where(SETTLEMENT.c.ended.is_(None))
    rows = connection.execute(
        select(VISIT.c.id).where(VISIT.c.id.in_(select(ENTRY.c.visit)) & VISIT.c.id.not_in(settled))
    )
    for (visit,) in rows.all():
        if moved_by_visit(connection, visit, SETTLING_KINDS):
            yield f"visit {visit}: it is not settled, and money is booked for it"
