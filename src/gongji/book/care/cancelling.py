"""Cancelling a settlement: it is taken back, and what was settled after it is settled again.

Later visits stood on its meters.  Each is worked out anew, in its order, on what it was given then;
where the money differs, the difference is booked and listed.  What accounts of relatives paid of
the visit goes back to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from gongji.book.accounts.family import FAMILY_KINDS, family_reversed
from gongji.book.acts import Act
from gongji.book.care.readings import readings_of
from gongji.book.care.resettling import (
    Again,
    Difference,
    Start,
    all_booked_again,
    case_kept,
    differences_of,
    end_settlement,
    meters_after,
    standing_settlements,
    without_account,
    worked_out_again,
)
from gongji.book.care.settling import SETTLING_KINDS, keep_meters, locked_meters, meters_now
from gongji.book.journal import Account, moved_by_visit, posted
from gongji.book.schema.visits import SETTLEMENT
from gongji.engine.meters import Meters
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Cancelling", "cancelled", "would_change"]


class Cancelling(NamedTuple):
    """What cancelling a settlement does: money that goes back, and later visits settled again.

    Of the money, `family` is what accounts of relatives paid.  `before` and `after` are the
    person's meters, without the account.
    """

    back: Mapping[Account, int]
    family: Mapping[Account, int]
    again: tuple[Again, ...]
    before: Meters
    after: Meters


def would_change(connection: Connection, library: Library, number: int) -> Cancelling:
    """What cancelling a settlement would do; nothing is done.

    Raises `Refused`: `unknown_settlement`, `cancelled_twice`, and what the engine refuses of a
    later visit, with whose it is.
    """
    row = _standing(connection, number)
    back = {
        account: -fen
        for account, fen in moved_by_visit(connection, row.visit, SETTLING_KINDS).items()
    }
    start = Start(without_account(readings_of(row.before)), row.account_fen or 0)
    later = standing_settlements(connection, row.person, row.scheme, row.place)
    again = tuple(worked_out_again(connection, library, later, start, case_kept))
    after = start.meters if not again else without_account(again[-1].settlement.meters)
    return Cancelling(
        back,
        {
            account: -fen
            for account, fen in moved_by_visit(connection, row.visit, FAMILY_KINDS).items()
        },
        tuple(one for one in again if not one.as_it_was),
        meters_now(connection, row.person, row.scheme),
        after,
    )


def cancelled(act: Act, library: Library, number: int) -> list[Difference]:
    """Take a settlement back.  Gives the differences of later visits that were settled again.

    Raises as `would_change` does; nothing is done then.
    """
    connection = act.connection
    row = _settlement(connection, number)
    locked_meters(connection, row.person, row.scheme)
    found = would_change(connection, library, number)
    end_settlement(act, number)
    posted(act, act.asked.day, "reversal", found.back, visit=row.visit, reverses=row.entry)
    family_reversed(act, row.visit)
    numbers = all_booked_again(act, found.again)
    later = standing_settlements(connection, row.person, row.scheme, row.place)
    meters = meters_after(later[-1]) if later else without_account(readings_of(row.before))
    keep_meters(connection, row.person, row.scheme, meters)
    return differences_of(found.again, numbers)


def _standing(connection: Connection, number: int) -> Row[Any]:
    row = _settlement(connection, number)
    if row.ended is not None:
        raise Refused(
            "cancelled_twice",
            Bilingual(f"结算 {number} 已经撤销或重算，不能再撤销",
                      f"settlement {number} is cancelled or settled again already"),
            {"field": "settlement"},
        )  # fmt: skip
    return row


def _settlement(connection: Connection, number: int) -> Row[Any]:
    row = connection.execute(select(SETTLEMENT).where(SETTLEMENT.c.id == number)).one_or_none()
    if row is None:
        raise Refused(
            "unknown_settlement",
            Bilingual(f"没有编号为 {number} 的结算", f"there is no settlement {number}"),
            {"field": "settlement"},
        )
    return row
