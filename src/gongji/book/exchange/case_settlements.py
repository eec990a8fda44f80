"""Batches of cases that were settled as visits of the book, and the cancelling of them."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, insert, select, update

from gongji.book.acts import Act, Json, canonical
from gongji.book.known import standing
from gongji.book.schema.exchange import CASE, CASE_SETTLEMENT
from gongji.wording import Bilingual, Refused

__all__ = [
    "CaseSettlement", "batches_settled", "cancel_kept", "keep_answer", "keep_settlement",
    "settlement_of", "settlement_with", "settlements_wanted",
]  # fmt: skip


class CaseSettlement(NamedTuple):
    """A settlement as the interface knows it; see `schema.exchange.CASE_SETTLEMENT`."""

    number: int
    case: int
    batch: str
    visit: int
    cancels: int | None
    message: str
    day: date
    answered: Json
    stands: bool


def keep_settlement(
    act: Act, case: int, batch: str, visit: int, message: str, day: date, cancels: int | None = None
) -> int:
    """Keep that a batch was settled, or its settlement cancelled.  Gives the number (`setl_id`).

    What was answered is added by `keep_answer`, because the number is a part of it.
    """
    row = act.connection.execute(
        insert(CASE_SETTLEMENT).values(
            case=case, batch=batch, visit=visit, cancels=cancels, message=message, day=day,
            answered="{}", act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def keep_answer(act: Act, number: int, answered: Json) -> None:
    """Keep what was answered to a settlement of this act, and what it is reconciled by."""
    info: Json = answered["setlinfo"]
    sums = {
        "total_fen": "medfee_sumamt", "fund_fen": "fund_pay_sumamt", "account_fen": "acct_pay",
    }  # fmt: skip
    act.connection.execute(
        update(CASE_SETTLEMENT)
        .where((CASE_SETTLEMENT.c.id == number) & (CASE_SETTLEMENT.c.act == act.number))
        .values(
            answered=canonical(answered), insutype=info["insutype"], clearing=info["clr_type"],
            payer=info["clr_optins"],
            **{column: _fen(info[name]) for column, name in sums.items()},
        )
    )  # fmt: skip


def _fen(amount: str) -> int:
    """An amount of an answer, which may be below nothing."""
    return int(Decimal(amount).scaleb(2))


def cancel_kept(act: Act, number: int) -> None:
    """A settlement stands no longer."""
    act.connection.execute(
        update(CASE_SETTLEMENT).where(CASE_SETTLEMENT.c.id == number).values(ended=act.number)
    )


def batches_settled(connection: Connection, case: int) -> dict[str, CaseSettlement]:
    """The settlements of a case that stand, by their batches."""
    mine = (CASE_SETTLEMENT.c.case == case) & CASE_SETTLEMENT.c.cancels.is_(None)
    found = connection.execute(select(CASE_SETTLEMENT).where(mine, standing(CASE_SETTLEMENT)))
    return {row.batch: settlement_of(row) for row in found}


def settlement_with(connection: Connection, number: int, institution: str) -> CaseSettlement:
    """A settlement of an institution's case.

    Raises `Refused` (`unknown_settlement`), also where it is another's or a cancelling.
    """
    wanted = settlements_wanted().where(
        (CASE_SETTLEMENT.c.id == number)
        & (CASE.c.institution == institution)
        & CASE_SETTLEMENT.c.cancels.is_(None)
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise Refused(
            "unknown_settlement",
            Bilingual(f"本机构没有编号为 {number} 的结算",
                      f"there is no settlement {number} of this institution"),
            {"field": "setl_id"},
        )  # fmt: skip
    return settlement_of(row)


def settlements_wanted() -> Select[Any]:
    """Settlements and cancellings with their cases, to be narrowed; read by `settlement_of`."""
    return select(CASE_SETTLEMENT, CASE.c.institution, CASE.c.person, CASE.c.kind).join(
        CASE, CASE.c.id == CASE_SETTLEMENT.c.case
    )


def settlement_of(row: Row[Any]) -> CaseSettlement:
    """A settlement from a row."""
    return CaseSettlement(
        row.id, row.case, row.batch, row.visit, row.cancels, row.message, row.day,
        json.loads(row.answered), row.ended is None,
    )  # fmt: skip
