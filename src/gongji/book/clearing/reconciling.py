"""Reconciling with institutions: their totals or rows of a period held against the book's.

The answer is kept: a reconciliation is an act and a row.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, insert, select

from gongji.book.acts import Act, canonical
from gongji.book.clearing.span import Done, Span, Totals, check_span, done_in, totals_of
from gongji.book.schema.clearing import RECONCILIATION
from gongji.book.sheets import Column, NotSo, Problem, Sheet, decimal_of, refuse, rows_of, yes_or_no
from gongji.wording import Bilingual, shortened

__all__ = [
    "Difference", "Kept", "Reconciled", "reconcile_rows", "reconcile_totals", "reconciliations_of",
    "rows_sent",
]  # fmt: skip

What = Literal["missing_here", "missing_there", "differs", "twice"]


class Difference(NamedTuple):
    """Where an institution and the book are apart.

    `missing_here`: the book has no such row; `missing_there`: the institution did not send it;
    `twice`: it sent it more than once; `differs`: both have it, and `amount` is what is not the
    same, `theirs` and `ours` in fen (of `visit` its number, of `rows` how many).
    """

    what: What
    settlement: int | None
    refund: bool
    amount: str = ""
    theirs: int | None = None
    ours: int | None = None


class Reconciled(NamedTuple):
    """A reconciliation: its number, the book's totals, and the differences; equal without any."""

    number: int
    ours: Totals
    differences: list[Difference]

    @property
    def equal(self) -> bool:
        """Whether both say the same."""
        return not self.differences


class Kept(NamedTuple):
    """A reconciliation as it was kept: the period, what the institution sent, what came of it."""

    span: Span
    theirs: Totals
    result: Reconciled


def reconcile_totals(act: Act, span: Span, theirs: Totals) -> Reconciled:
    """Hold an institution's totals of a period against the book's.

    Raises `Refused` (`unknown_institution`, `bad_stretch`, `not_yet`).
    """
    check_span(act.connection, span, act.asked.day)
    ours = totals_of(done_in(act.connection, span))
    found = [
        Difference("differs", None, False, name, one, other)
        for name, one, other in zip(Totals._fields, theirs, ours, strict=True)
        if one != other
    ]
    return _kept(act, span, theirs, ours, found)


def reconcile_rows(act: Act, span: Span, rows: Sequence[Done]) -> Reconciled:
    """Hold an institution's rows of a period against the book's, each by settlement and refund.

    Raises `Refused` (`unknown_institution`, `bad_stretch`, `not_yet`).
    """
    check_span(act.connection, span, act.asked.day)
    here = done_in(act.connection, span)
    ours = {(one.settlement, one.refund): one for one in here}
    theirs = {(one.settlement, one.refund): one for one in rows}
    sent = Counter((one.settlement, one.refund) for one in rows)
    found: list[Difference] = []
    for key in sorted({*ours, *theirs}):
        if sent[key] > 1:
            found.append(Difference("twice", *key, "rows", sent[key], 1 if key in ours else 0))
        if key not in ours:
            found.append(Difference("missing_here", *key, "total", theirs[key].total, None))
        elif key not in theirs:
            found.append(Difference("missing_there", *key, "total", None, ours[key].total))
        else:
            found += _apart(theirs[key], ours[key])
    return _kept(act, span, totals_of(list(rows)), totals_of(here), found)


def reconciliations_of(
    connection: Connection, institution: str, *, after: int = 0, most: int = 50
) -> list[Kept]:
    """The reconciliations of an institution in their order, a page at a time."""
    mine = (RECONCILIATION.c.institution == institution) & (RECONCILIATION.c.id > after)
    rows = connection.execute(
        select(RECONCILIATION).where(mine).order_by(RECONCILIATION.c.id).limit(most)
    )
    return [_read(row) for row in rows]


def rows_sent(sheet: Sheet) -> list[Done]:
    """The rows of a sheet with `settlement`, `visit`, `refund`, `total`, `funds`, `account`.

    Amounts are yuan, of refunds below nothing.  Raises `Refused` (`bad_file`).
    """
    problems: list[Problem] = []
    columns: list[Column[Any]] = [
        Column("settlement", "结算编号", _number),
        Column("visit", "就诊编号", _number),
        Column("refund", "退费", yes_or_no, empty=False, needed=False),
        Column("total", "医疗费总额", _fen),
        Column("funds", "基金支付", _fen),
        Column("account", "个人账户支付", _fen),
    ]
    rows = [Done(**row) for _, row in rows_of(sheet, columns, problems)]
    if problems:
        raise refuse(sheet.name, problems)
    return rows


def _apart(theirs: Done, ours: Done) -> list[Difference]:
    return [
        Difference("differs", ours.settlement, ours.refund, name, one, other)
        for name in ("visit", "total", "funds", "account")
        if (one := getattr(theirs, name)) != (other := getattr(ours, name))
    ]


def _kept(
    act: Act, span: Span, theirs: Totals, ours: Totals, found: list[Difference]
) -> Reconciled:
    asked = {"scheme": span.scheme, "settings": list(span.settings), "refunds": span.refunds}
    row = act.connection.execute(
        insert(RECONCILIATION).values(
            institution=span.institution, first=span.first, last=span.last,
            asked=canonical(asked), sent=canonical(theirs._asdict()),
            found=canonical(ours._asdict()),
            differences=canonical([one._asdict() for one in found]), equal=not found,
            act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    return Reconciled(int(row.inserted_primary_key[0]), ours, found)


def _read(row: Row[Any]) -> Kept:
    asked = json.loads(row.asked)
    span = Span(
        row.institution, row.first, row.last, asked["scheme"], tuple(asked["settings"]),
        asked["refunds"],
    )  # fmt: skip
    found = [Difference(**one) for one in json.loads(row.differences)]
    ours, theirs = Totals(**json.loads(row.found)), Totals(**json.loads(row.sent))
    return Kept(span, theirs, Reconciled(row.id, ours, found))


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    raise NotSo(
        Bilingual(f"“{shortened(text)}”应为编号", f"“{shortened(text)}”: expected a number")
    )


def _fen(text: str) -> int:
    return decimal_of(text, 2, signed=True)
