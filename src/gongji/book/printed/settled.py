"""What the statement of a settlement says, in figures: read off what was kept, nothing worked out.

The code of the paper is made of this, and not of its sentences, which a later version of the
program may put better; steps and clauses follow from the rules and the bill, whose hashes are in
it.
"""

from __future__ import annotations

import hashlib
import json
from itertools import accumulate
from typing import Any, Literal

from sqlalchemy import Connection, Row, select, true

from gongji.book.accounts.family import FAMILY_KINDS
from gongji.book.care.became import replacing
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.book.schema.people import PERSON
from gongji.book.schema.places import INSTITUTION, SCHEME
from gongji.book.schema.visits import RULES, SETTLEMENT, VISIT
from gongji.book.sealed import Seal
from gongji.money import format_yuan

__all__ = ["State", "holder_said", "relatives_paid", "settlement_said", "settlement_stood"]

State = Literal["in_force", "cancelled", "superseded"]

_IN_FORCE: dict[str, Any] = {"state": "in_force", "by": None}


def settlement_said(connection: Connection, seal: Seal, row: Row[Any]) -> dict[str, Any]:
    """What the statement of a settlement says in figures."""
    paid = sum(relatives_paid(connection, row.visit)) if row.ended is None else 0
    return _said(connection, seal, row, _state_of(connection, row), paid)


def settlement_stood(connection: Connection, seal: Seal, row: Row[Any]) -> list[dict[str, Any]]:
    """What it said at some time: as it was made, and each time an account of a relative paid."""
    paid = accumulate(relatives_paid(connection, row.visit), initial=0)
    return [_said(connection, seal, row, _IN_FORCE, fen) for fen in dict.fromkeys(paid)]


def relatives_paid(connection: Connection, visit: int, until: int | None = None) -> list[int]:
    """What accounts of relatives paid of a visit's cash and got back, in fen, one after the other.

    `until` is the last act that is looked at.
    """
    known = ENTRY.c.act <= until if until is not None else true()
    rows = connection.execute(
        select(POSTING.c.fen)
        .where(
            (ENTRY.c.visit == visit)
            & ENTRY.c.kind.in_(FAMILY_KINDS)
            & known
            & (POSTING.c.entry == ENTRY.c.id)
            & (LEDGER.c.id == POSTING.c.ledger)
            & (LEDGER.c.kind == "account")
        )
        .order_by(ENTRY.c.id)
    )
    return [-row.fen for row in rows]


def _state_of(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """How a settlement stands: in force, cancelled, or superseded by another, which is named."""
    if row.ended is None:
        return _IN_FORCE
    by = replacing(connection, row)
    return {"state": "cancelled" if by is None else "superseded", "by": by}


def _said(
    connection: Connection, seal: Seal, row: Row[Any], state: dict[str, Any], relatives_fen: int
) -> dict[str, Any]:
    where = connection.execute(
        select(
            VISIT.c.since, VISIT.c.channel, VISIT.c.institution, INSTITUTION.c.name,
            SCHEME.c.area, RULES.c.policy, RULES.c.digest, RULES.c.parameters_digest,
        ).where(
            (SETTLEMENT.c.id == row.id)
            & (VISIT.c.id == SETTLEMENT.c.visit)
            & (INSTITUTION.c.code == VISIT.c.institution)
            & (SCHEME.c.id == SETTLEMENT.c.scheme)
            & (RULES.c.id == SETTLEMENT.c.rules)
        )
    ).one()  # fmt: skip
    account = row.account_fen
    went_in = f"{row.bill}\n{row.person_said}\n{row.before}"
    return {
        "kind": "settlement",
        "number": row.id,
        **state,
        "holder": holder_said(connection, seal, row.person),
        "area": where.area,
        "institution": {"code": where.institution, "name": where.name},
        "visit": row.visit,
        "channel": where.channel,
        "since": where.since.isoformat(),
        "day": row.day.isoformat(),
        "rules": {"version": where.policy, "digest": where.digest,
                  "parameters": where.parameters_digest},
        "went_in": hashlib.sha256(went_in.encode()).hexdigest(),
        "total": format_yuan(row.total_fen),
        "payments": {fund: format_yuan(fen) for fund, fen in json.loads(row.payments).items()},
        "person": format_yuan(row.person_fen),
        "account": None if account is None else format_yuan(account),
        "cash": None if account is None else format_yuan(row.person_fen - account),
        "relatives": format_yuan(relatives_fen),
    }  # fmt: skip


def holder_said(connection: Connection, seal: Seal, person: int) -> dict[str, Any]:
    """Whose statement it is: the name in full, the identity number masked."""
    row = connection.execute(select(PERSON).where(PERSON.c.id == person)).one()
    name = json.loads(seal.opened(row.sealed))["name"]
    return {"person": person, "name": name, "masked": row.masked}
