"""What a person is owed who paid a bill in full and claims it: booked, and what is left to pay."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from gongji.book.journal import Account, moved_by_visit
from gongji.book.rules import Scheme

__all__ = ["CLAIM_PAID", "owed_account", "owed_to_person", "still_owed"]

CLAIM_PAID = "claim_paid"
"""The kind of the entry by which a claim is paid."""

_BOOKED = ("settlement", "resettlement", "reversal", CLAIM_PAID)


def owed_account(area: str, person: int) -> Account:
    """What a person is owed, or owes."""
    return Account(area, "person", "", str(person))


def owed_to_person(
    scheme: Scheme, person: int, payments: Mapping[str, int], account: int
) -> dict[Account, int]:
    """Who loses and who gains by the settlement of a claim, in fen.

    The person has paid the institution, and is owed what funds and the own `account` pay.
    """
    moves = {
        Account(scheme.area, "fund", f"{scheme.policy} {fund}"): -fen
        for fund, fen in payments.items()
    }
    moves[Account(scheme.area, "account", "", str(person))] = -account
    moves[owed_account(scheme.area, person)] = account + sum(payments.values())
    return moves


def still_owed(connection: Connection, area: str, person: int, visit: int) -> int:
    """What is left to pay of a claim that was settled, in fen; below nothing it was paid too much.

    A settlement that is cancelled or made again changes it.
    """
    return moved_by_visit(connection, visit, _BOOKED).get(owed_account(area, person), 0)
