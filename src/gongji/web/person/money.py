"""What was due and arrived, what is on accounts, what is owed to somebody or by them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from gongji.book.contributions.periods import last_day_of
from gongji.web.amounts import fen_of
from gongji.web.door import Door
from gongji.web.every import every
from gongji.web.money.named import entry_title
from gongji.web.person.subject import Subject
from gongji.wording import Bilingual

__all__ = ["Due", "read_accounts", "read_anew", "read_dues", "read_owed"]

_PAYERS: Mapping[str, Bilingual] = {
    "employer": Bilingual("单位", "employer"),
    "employee": Bilingual("个人", "own share"),
    "flexible": Bilingual("个人", "own share"),
    "student": Bilingual("学生", "student"),
    "government": Bilingual("财政", "government"),
    "large_amount": Bilingual("大额补助", "large-amount share"),
}


class Due(NamedTuple):
    """What was due for a month or a year: by payer the amount in fen and the day it arrived.

    `ends` is the last day of what it is for; what arrives later is late.
    """

    period: str
    ends: str
    scheme: Bilingual
    shares: tuple[tuple[Bilingual, int, str | None], ...]
    total: int
    arrived: int
    withdrawn: bool

    @property
    def all_there(self) -> bool:
        """Whether nothing of it is missing."""
        return self.arrived == self.total


async def read_dues(door: Door, subject: Subject) -> dict[str, Any]:
    """What was due for the year, by month and by payer."""
    titles = {one.scheme: one.title for one in subject.covers}
    found = []
    for one in await every(door, f"/persons/{subject.person}/dues"):
        if not one["period"].startswith(str(subject.year)):
            continue
        shares = tuple(
            (_PAYERS.get(name, Bilingual(name, name)), fen_of(text), one["arrived"].get(name))
            for name, text in one["shares"].items()
            if fen_of(text)
        )
        there = sum(fen for _, fen, day in shares if day is not None)
        title = titles.get(one["scheme"], Bilingual("", ""))
        total = sum(fen for _, fen, _ in shares)
        period = one["period"]
        ends = last_day_of(period).isoformat()
        found.append(Due(period, ends, title, shares, total, there, one["withdrawn"]))
    found.sort(key=lambda one: one.period)
    standing = [one for one in found if not one.withdrawn]
    return {
        "dues": found, "due": sum(one.total for one in standing),
        "there": sum(one.arrived for one in standing),
        "unpaid": [one for one in standing if not one.all_there],
    }  # fmt: skip


async def read_accounts(door: Door, subject: Subject) -> dict[str, Any]:
    """The balance of each account and its entries in the year."""
    found = await door.get(f"/persons/{subject.person}/accounts", day=subject.day)
    areas = [one["area"] for one in found["accounts"]]
    path = f"/persons/{subject.person}/accounts"
    entries = await asyncio.gather(
        *(
            every(door, f"{path}/{area}/entries", since=subject.first, until=subject.last)
            for area in areas
        )
    )
    return {
        "accounts": [
            {"place": subject.places[one["area"]], "balance": one["balance"],
             "entries": [_entry(each) for each in some]}
            for one, some in zip(found["accounts"], entries, strict=True)
        ]
    }  # fmt: skip


async def read_owed(door: Door, subject: Subject) -> dict[str, Any]:
    """What is booked as owed to somebody or by them."""
    booked = await door.get(f"/persons/{subject.person}/outstanding")
    return {
        "owed": [
            {"place": subject.places[one["area"]], "balance": fen_of(one["balance"]),
             "entries": [_entry(each) for each in one["entries"]]}
            for one in booked["areas"] if one["entries"]
        ],
    }  # fmt: skip


async def read_anew(door: Door, subject: Subject) -> dict[str, Any]:
    """What settling everything anew by what is known now would come to; it takes its time."""
    schemes = sorted({one.scheme for one in subject.covers})
    anew = await asyncio.gather(
        *(door.get(f"/persons/{subject.person}/owed", scheme=one) for one in schemes)
    )
    return {"anew": [one for one in anew if one["visits"] or one["refused"]]}


def _entry(one: Mapping[str, Any]) -> dict[str, Any]:
    kind = entry_title(one["kind"])
    return {**one, "kind": kind, "amount": fen_of(one["amount"]), "balance": fen_of(one["balance"])}
