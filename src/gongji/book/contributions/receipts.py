"""Money that arrives for what is due: booked, and taken back where it bounced.

A share of a due is paid in full or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, groupby
from operator import attrgetter

from sqlalchemy import Connection, func, insert, select, update

from gongji.book.acts import Act
from gongji.book.contributions.declaring import GOVERNMENT, differs, standing_due
from gongji.book.contributions.periods import first_day_of
from gongji.book.journal import Account, posted, reversed_entry
from gongji.book.persons.deaths import check_alive
from gongji.book.rules import Scheme, scheme_of
from gongji.book.schema.contributions import DUE, PAID, RECEIPT
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.money import format_yuan
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["broken_receipts", "receive", "take_back"]

_KIND = "contribution"
"""The entries by which contributions come in."""

_AT_A_TIME = 1000


def receive(
    act: Act, library: Library, scheme: int, arrived: date, fen: int, dues: Sequence[int],
    shares: Sequence[str] | None = None,
) -> int:  # fmt: skip
    """Book money that arrived for what is due.  Gives the receipt's number.

    It pays the shares named of all the dues, and without names all but the government's; `fen` must
    be what they come to.  Raises `Refused`: `not_yet`, `nothing_due`, `unknown_due`, `died` for
    what is due of a time after a death, `paid_already`, `paid_twice`, `amount_differs`.
    """
    if arrived > act.asked.day:
        raise Refused(
            "not_yet",
            Bilingual(
                f"到账日 {arrived} 还没有到", f"the day of arrival, {arrived}, is yet to come"
            ),
            {"field": "arrived"},
        )
    its = scheme_of(act.connection, scheme)
    paid = [one for due in dues for one in _unpaid_shares(act.connection, scheme, due, shares)]
    _check_once(paid)
    total = sum(share_fen for _, _, share_fen in paid)
    if not paid:
        raise Refused(
            "nothing_due",
            Bilingual("没有要缴的费款", "there is nothing that it pays"),
            {"field": "dues"},
        )
    if total != fen:
        raise differs("到账", "what arrived", fen, total)
    fund = _fund(library, its, arrived)
    entry = posted(
        act, arrived, _KIND,
        {Account(its.area, "bank"): -fen, Account(its.area, "fund", f"{its.policy} {fund}"): fen},
    )  # fmt: skip
    row = act.connection.execute(
        insert(RECEIPT).values(scheme=scheme, arrived=arrived, fen=fen, entry=entry, act=act.number)
    )
    assert row.inserted_primary_key is not None
    number = int(row.inserted_primary_key[0])
    rows = [
        {"receipt": number, "due": due, "share": share, "act": act.number} for due, share, _ in paid
    ]
    act.connection.execute(insert(PAID), rows)
    return number


def take_back(act: Act, receipt: int) -> None:
    """Take a receipt back, such as a payment that bounced; what it paid is due again.

    Raises `Refused` (`unknown_receipt`, `reversed_twice`).
    """
    row = act.connection.execute(
        select(RECEIPT).where((RECEIPT.c.id == receipt) & RECEIPT.c.ended.is_(None))
    ).one_or_none()
    if row is None:
        raise Refused(
            "unknown_receipt",
            Bilingual(f"没有编号为 {receipt} 的到账，或已经退回",
                      f"there is no receipt {receipt}, or it is taken back"),
            {"field": "receipt"},
        )  # fmt: skip
    reversed_entry(act, row.entry)
    act.connection.execute(update(RECEIPT).where(RECEIPT.c.id == receipt).values(ended=act.number))
    mine = (PAID.c.receipt == receipt) & PAID.c.ended.is_(None)
    act.connection.execute(update(PAID).where(mine).values(ended=act.number))


def broken_receipts(connection: Connection) -> Iterator[Bilingual]:
    """Receipts that do not fit what they paid or what the journal booked; nothing where all do."""
    booked = _booked(connection)
    taken = set(connection.scalars(select(ENTRY.c.reverses).where(ENTRY.c.reverses.is_not(None))))
    rows = connection.execute(
        select(RECEIPT, PAID.c.share, DUE.c.shares)
        .outerjoin_from(RECEIPT, PAID, PAID.c.receipt == RECEIPT.c.id)
        .outerjoin(DUE, DUE.c.id == PAID.c.due)
        .order_by(RECEIPT.c.id),
        execution_options={"yield_per": _AT_A_TIME},
    )
    for _, some in groupby(chain.from_iterable(rows.partitions()), key=attrgetter("id")):
        mine = list(some)
        row, moved = mine[0], booked.pop(mine[0].entry, 0)
        paid = sum(json.loads(one.shares or "{}").get(one.share, 0) for one in mine)
        if not row.fen == moved == paid:
            yield Bilingual(
                f"到账 {row.id}：记录为 {format_yuan(row.fen)} 元，分录为 {format_yuan(moved)} 元，"
                f"所缴各项合计 {format_yuan(paid)} 元",
                f"receipt {row.id}: it is kept as {format_yuan(row.fen)} yuan, the journal has "
                f"moved {format_yuan(moved)}, what it paid comes to {format_yuan(paid)}",
            )
        elif (row.ended is not None) != (row.entry in taken):
            yield Bilingual(
                f"到账 {row.id}：是否退回，记录与分录不符",
                f"receipt {row.id}: whether it was taken back is not what the journal says",
            )
    for entry in booked:
        yield Bilingual(
            f"分录 {entry}：缴费入账，没有对应的到账记录",
            f"entry {entry}: it books a contribution, and there is no receipt of it",
        )


def _booked(connection: Connection) -> dict[int, int]:
    """What entries of contributions have moved to funds, in fen, by their numbers."""
    rows = connection.execute(
        select(ENTRY.c.id, func.sum(POSTING.c.fen))
        .where(
            (ENTRY.c.kind == _KIND)
            & (POSTING.c.entry == ENTRY.c.id)
            & (LEDGER.c.id == POSTING.c.ledger)
            & (LEDGER.c.kind == "fund")
        )
        .group_by(ENTRY.c.id)
        .order_by(ENTRY.c.id)
    )
    return {entry: int(fen) for entry, fen in rows}


def _unpaid_shares(
    connection: Connection, scheme: int, due: int, wanted: Sequence[str] | None
) -> list[tuple[int, str, int]]:
    """The shares of a due that money is to pay, with their fen."""
    row = standing_due(connection, due)
    if row.scheme != scheme:
        raise Refused(
            "unknown_due",
            Bilingual(f"应缴 {due} 不属于这一险种", f"the due {due} is not of this scheme"),
            {"field": "dues"},
        )
    check_alive(connection, row.person, first_day_of(row.period))
    shares: dict[str, int] = {name: fen for name, fen in json.loads(row.shares).items() if fen}
    paid = set(
        connection.scalars(select(PAID.c.share).where((PAID.c.due == due) & PAID.c.ended.is_(None)))
    )
    named = [name for name in shares if name != GOVERNMENT] if wanted is None else list(wanted)
    for name in named:
        if name in paid:
            raise _unpayable("paid_already", due, row.period, name, "已经缴过", "is paid already")
        if name not in shares:
            raise _unpayable("nothing_due", due, row.period, name, "没有应缴", "is not due")
    return [(due, name, shares[name]) for name in named]


def _check_once(paid: Sequence[tuple[int, str, int]]) -> None:
    """No share is paid twice by the same money."""
    met = set()
    for due, share, _ in paid:
        if (due, share) in met:
            raise Refused(
                "paid_twice",
                Bilingual(f"应缴 {due} 的 {share} 写了两次；每笔只写一次",
                          f"the share of {share} of the due {due} is named twice; name it once"),
                {"field": "dues"},
            )  # fmt: skip
        met.add((due, share))


def _fund(library: Library, scheme: Scheme, day: date) -> str:
    services = library.policy(scheme.policy, day).services.get("due", ())
    fund = services[0].fund if services else None
    return fund or "pool"


def _unpayable(kind: str, due: int, period: str, share: str, zh: str, en: str) -> Refused:
    return Refused(
        kind,
        Bilingual(
            f"应缴 {due}（{period}）的 {share} {zh}",
            f"the due {due} ({period}): the share of {share} {en}",
        ),
        {"field": "dues"},
    )
