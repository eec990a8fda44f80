"""Coded lines as they are kept: what was sent, what it was worked out of, what is left."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, or_, select

from gongji.book.catalogue.amounts import QUANTITY_PLACES, Amounts, amounts_of
from gongji.book.catalogue.list_facts import QUANTITY
from gongji.book.catalogue.pricing import Worked
from gongji.book.schema.catalogue import CODED_LINE
from gongji.book.schema.visits import FEE_LINE, SETTLEMENT
from gongji.engine.amounts import Raw
from gongji.money import exact_text, format_yuan
from gongji.wording import Bilingual, Refused

__all__ = [
    "KeptLine", "broken_lines", "left_of", "lines_of", "lines_settled", "said_of", "worth",
]  # fmt: skip

_AT_A_TIME = 1000


class KeptLine(NamedTuple):
    """A line as it is kept: what was sent, what it was worked out of, what it came to.

    `line` is the line of the bill that it is on; a return names the serial it `returned`, and its
    quantity and amounts are below nothing.
    """

    serial: str
    line: int
    returned: str | None
    day: date
    own: str | None
    quantity: int
    price: int
    worked: Worked


def said_of(worked: Worked, quantity: int) -> dict[str, Raw]:
    """A line as `visits.add_lines` takes it: its facts, and its amounts in yuan."""
    number = exact_text(Fraction(quantity, 10**QUANTITY_PLACES))
    facts = {name: number if value == QUANTITY else value for name, value in worked.facts.items()}
    return {**facts, **worked.amounts.said()}


def lines_of(connection: Connection, visit: int) -> list[KeptLine]:
    """The coded lines of a visit that stand, in their order."""
    mine = (CODED_LINE.c.visit == visit) & CODED_LINE.c.ended.is_(None)
    rows = connection.execute(select(CODED_LINE).where(mine).order_by(CODED_LINE.c.id))
    return [_kept(row) for row in rows]


def lines_settled(connection: Connection, settlement: int) -> list[KeptLine]:
    """The coded lines that a settlement was made of, one that is cancelled by now included.

    Raises `Refused` (`unknown_settlement`).
    """
    row = connection.execute(
        select(SETTLEMENT.c.visit, SETTLEMENT.c.act, SETTLEMENT.c.ended).where(
            SETTLEMENT.c.id == settlement
        )
    ).one_or_none()
    if row is None:
        raise Refused(
            "unknown_settlement",
            Bilingual(f"没有编号为 {settlement} 的结算", f"there is no settlement {settlement}"),
            {"field": "settlement"},
        )
    if row.ended is None:
        return lines_of(connection, row.visit)
    there = (CODED_LINE.c.act <= row.act) & or_(
        CODED_LINE.c.ended.is_(None), CODED_LINE.c.ended > row.act
    )
    rows = connection.execute(
        select(CODED_LINE)
        .where((CODED_LINE.c.visit == row.visit) & there)
        .order_by(CODED_LINE.c.id)
    )
    return [_kept(one) for one in rows]


def broken_lines(connection: Connection) -> Iterator[Bilingual]:
    """Lines that do not come out as they were kept, in words; nothing where all do."""
    bill = (FEE_LINE.c.visit == CODED_LINE.c.visit) & (FEE_LINE.c.number == CODED_LINE.c.line)
    rows = connection.execute(
        select(CODED_LINE, FEE_LINE.c.said)
        .outerjoin(FEE_LINE, bill & FEE_LINE.c.ended.is_(None))
        .where(CODED_LINE.c.ended.is_(None))
        .order_by(CODED_LINE.c.visit, CODED_LINE.c.line, CODED_LINE.c.id),
        execution_options={"yield_per": _AT_A_TIME},
    )
    for (visit, line), every in groupby(rows, lambda row: (row.visit, row.line)):
        left, said = Amounts(), "{}"
        for row in every:
            one = _kept(row)
            if one.returned is None and one.worked.amounts != worth(one, one.quantity):
                yield Bilingual(
                    f"就诊 {visit} 明细 {one.serial}：金额不是按单价得出的",
                    f"visit {visit}, line {one.serial}: its amounts are not what its price gives",
                )
            left, said = left.plus(one.worked.amounts), row.said or "{}"
        stated = json.loads(said)
        if any(format_yuan(fen) != stated.get(name, "0.00") for name, fen in left.parts()):
            yield Bilingual(
                f"就诊 {visit} 第 {line} 行：单据上的金额与上传明细得出的不同",
                f"visit {visit}, line {line}: the bill says other than what was sent comes to",
            )


def left_of(kept: Mapping[str, KeptLine], first: KeptLine) -> tuple[int, Amounts]:
    """What is left of a line after what was returned of it."""
    quantity, amounts = first.quantity, first.worked.amounts
    for one in kept.values():
        if one.returned == first.serial:
            quantity += one.quantity
            amounts = amounts.plus(one.worked.amounts)
    return quantity, amounts


def worth(one: KeptLine, quantity: int) -> Amounts:
    """The amounts of a quantity at the price of a line."""
    worked = one.worked
    amounts = amounts_of(
        quantity, one.price,
        covered=not worked.amounts.out_of_catalogue, cap=worked.cap, rate=worked.rate or 0,
    )  # fmt: skip
    assert amounts is not None
    return amounts


def _kept(row: Row[Any]) -> KeptLine:
    amounts = Amounts(*(getattr(row, f"{name}_fen") for name in Amounts._fields))
    worked = Worked(row.item, row.item_class, row.cap, row.rate, json.loads(row.facts), amounts)
    return KeptLine(
        row.serial, row.line, row.returned, row.day, row.own, row.quantity, row.price, worked
    )
