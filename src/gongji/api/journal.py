"""Money: the entries of a visit, and what all accounts of an area come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement, Connection, Select, exists, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to
from gongji.api.fields import Answer, AreaCode, Day, Number, Yuan, day_text, example
from gongji.api.paging import PageOf, Paging, page_of
from gongji.api.theirs import own_area, own_visit, their_areas
from gongji.book.journal import trial_balance
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.book.schema.places import AREA
from gongji.money import format_yuan
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["money · 账务"])

_LINE = {"kind": "fund", "name": "baihe/employee pool", "owner": "", "amount": "-8100.00"}


class AccountLine(Answer):
    """What an account gained; a fund that pays loses.  All lines together come to nothing."""

    model_config = example(_LINE)

    kind: str
    name: str
    owner: str
    amount: Yuan


class TrialBalance(Answer):
    """What was booked on every account of an area up to a day, persons' accounts together.

    `last` is the last day until then on which anything was booked.
    """

    model_config = example(
        {"area": "320400", "day": "2024-11-30", "last": "2024-11-29", "lines": [_LINE]}
    )

    area: AreaCode
    day: Day
    last: Day | None
    lines: list[AccountLine]


class Entry(Answer):
    """A balanced entry; one that was wrong is taken back by another."""

    model_config = example(
        {"entry": 1, "day": "2024-03-01", "kind": "settlement", "reverses": None,
         "postings": [_LINE]}
    )  # fmt: skip

    entry: Number
    day: Day
    kind: str
    reverses: Number | None
    postings: list[AccountLine]


class EntryOf(Entry):
    """An entry, and the visit that it is about, if it is about one."""

    model_config = example(
        {"entry": 1, "day": "2024-03-01", "kind": "settlement", "reverses": None, "visit": 1,
         "postings": [_LINE]}
    )  # fmt: skip

    visit: Number | None


@room.get("/areas/{area}/trial-balance", response_model=TrialBalance)
def see_trial_balance(
    area: AreaCode,
    day: Annotated[Day, Query()],
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
) -> Response:
    """试算平衡 · The trial balance of an area on a day."""

    def read(connection: Connection) -> Mapping[str, Any]:
        theirs = (AREA.c.code == area) & their_areas(desk.user)
        if connection.scalar(select(AREA.c.code).where(theirs)) is None:
            raise Refused(
                "unknown_area",
                Bilingual(f"没有代码为 {area} 的统筹区", f"there is no area {area}"),
                {"field": "area"},
            )
        lines = [
            {"kind": one.account.kind, "name": one.account.name, "owner": one.account.owner,
             "amount": format_yuan(one.fen)}
            for one in trial_balance(connection, area, day)
        ]  # fmt: skip
        last = connection.scalar(
            select(ENTRY.c.day)
            .where(ENTRY.c.day <= day, exists().where(_of_area(area)))
            .order_by(ENTRY.c.day.desc())
            .limit(1)
        )
        return {
            "area": area, "day": day.isoformat(), "last": day_text(last), "lines": lines,
        }  # fmt: skip

    return desk.seen(read)


@room.get("/areas/{area}/entries", response_model=PageOf[EntryOf])
def list_area_entries(
    area: AreaCode,
    page: Paging,
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
    first: Annotated[Day | None, Query(description="of this day and later")] = None,
    last: Annotated[Day | None, Query(description="of this day and earlier")] = None,
    kind: Annotated[str | None, Query(max_length=12, description="on accounts of a kind")] = None,
    name: Annotated[str | None, Query(max_length=64, description="on accounts of a name")] = None,
    owner: Annotated[str | None, Query(max_length=32, description="on accounts of one")] = None,
) -> Response:
    """分录列表 · The journal entries of an area, such as those on one account."""
    wanted = select(ENTRY).where(ENTRY.c.id.in_(_entries_on(area, kind, name, owner)))
    if first is not None:
        wanted = wanted.where(ENTRY.c.day >= first)
    if last is not None:
        wanted = wanted.where(ENTRY.c.day <= last)

    def read(connection: Connection) -> Mapping[str, Any]:
        own_area(desk, area)
        found = page_of(
            connection, wanted, ENTRY.c.id, page,
            lambda row: {"entry": row.id, "day": row.day.isoformat(), "kind": row.kind,
                         "reverses": row.reverses, "visit": row.visit},
        )  # fmt: skip
        for entry in found["items"]:
            entry["postings"] = _postings(connection, entry["entry"])
        return found

    return desk.seen(read)


@room.get("/visits/{visit}/entries", response_model=PageOf[Entry])
def list_entries(
    visit: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
) -> Response:
    """就诊分录 · The journal entries of a visit."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_visit(desk, connection, visit)
        wanted = select(ENTRY).where(ENTRY.c.visit == visit)
        found = page_of(
            connection, wanted, ENTRY.c.id, page,
            lambda row: {"entry": row.id, "day": row.day.isoformat(), "kind": row.kind,
                         "reverses": row.reverses, "postings": []},
        )  # fmt: skip
        for entry in found["items"]:
            entry["postings"] = _postings(connection, entry["entry"])
        return found

    return desk.seen(read)


def _of_area(area: str) -> ColumnElement[bool]:
    """Whether a posting of an entry is on an account of an area."""
    here = (POSTING.c.entry == ENTRY.c.id) & (LEDGER.c.id == POSTING.c.ledger)
    return here & (LEDGER.c.area == area)


def _entries_on(area: str, kind: str | None, name: str | None, owner: str | None) -> Select[Any]:
    """The numbers of the entries on some accounts of an area."""
    said = {"kind": kind, "name": name, "owner": owner}
    wanted = [LEDGER.c[column] == value for column, value in said.items() if value is not None]
    return (
        select(POSTING.c.entry)
        .join(LEDGER, LEDGER.c.id == POSTING.c.ledger)
        .where(LEDGER.c.area == area, *wanted)
    )


def _postings(connection: Connection, entry: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner, POSTING.c.fen)
        .where((POSTING.c.entry == entry) & (LEDGER.c.id == POSTING.c.ledger))
        .order_by(LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner)
    )
    return [
        {"kind": kind, "name": name, "owner": owner, "amount": format_yuan(fen)}
        for kind, name, owner, fen in rows
    ]
