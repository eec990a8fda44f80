"""The end of a year: closed, opened again; and the balances with which a city moves in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field
from sqlalchemy import Connection, Row, select
from starlette.responses import Response

from gongji.api.accounts import NotDone, not_done
from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import Amount, Answer, AreaCode, Body, Day, Number, Yuan, example
from gongji.api.paging import PageOf, Paging, page_of
from gongji.api.theirs import own_area, own_scheme
from gongji.book.acts import Act, Json
from gongji.book.schema.accounts import CLOSING
from gongji.book.years.year_end import close_year, open_balances, reopen_year
from gongji.money import parse_yuan
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["years · 年结"])

Year = Annotated[int, Path(ge=1950, le=2999, examples=[2024])]
_MOST_TOLD = 200
_Fund = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z_]+$")]


class Closed(Answer):
    """A year that was closed: the hash of its trial balance, and what was left open.

    `unsettled` counts visits of the year that wait, `visits` are the first of them; `refused`
    counts persons whose policy does not say what carries over, `told` the first with the reason.
    """

    model_config = example(
        {"closing": 1, "hash": "5f0c…", "unsettled": 1, "visits": [3], "refused": 0, "told": []}
    )

    closing: Number
    hash: str
    unsettled: int
    visits: list[Number]
    refused: int
    told: list[NotDone]


class Why(Body):
    """Why a closed year has to be opened again; it is kept."""

    model_config = example({"reason": "漏记一笔到账"})

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class YearOf(Answer):
    """A year of an area."""

    model_config = example({"area": "320400", "year": 2023})

    area: AreaCode
    year: int


class Closing(Answer):
    """A year that was closed, and whether it was opened again."""

    model_config = example({"closing": 1, "year": 2023, "hash": "5f0c…", "reopened": False})

    closing: Number
    year: int
    hash: str
    reopened: bool


class OfPerson(Body):
    """What is on the account of a person."""

    model_config = example({"person": 1, "amount": "120.00"})

    person: Number
    amount: Amount


class Opening(Body):
    """Balances from the books before, on a day: funds by name, accounts by person."""

    model_config = example(
        {"day": "2024-01-01", "funds": {"pool": "1000000.00"},
         "accounts": [{"person": 1, "amount": "120.00"}]}
    )  # fmt: skip

    day: Day
    funds: Annotated[dict[_Fund, Yuan], Field(max_length=64)] = Field(default_factory=dict)
    accounts: Annotated[list[OfPerson], Field(max_length=10_000)] = Field(default_factory=list)


class Opened(Answer):
    """How many balances were taken over; those of nothing have no entry."""

    model_config = example({"entries": 2})

    entries: int


@room.post("/areas/{area}/years/{year}/close", response_model=Closed)
def close_a_year(
    area: AreaCode,
    year: Year,
    desk: Annotated[Desk, writing_for("supervisor")],
    trial: Trial = "no",
) -> Response:
    """年结 · Close a year: nothing is booked into it any more."""

    def work(act: Act) -> Json:
        own_area(desk, area)
        found = close_year(act, desk.library, area, year)
        return {
            "closing": found.number, "hash": found.hash, "unsettled": len(found.unsettled),
            "visits": list(found.unsettled[:_MOST_TOLD]), "refused": len(found.refused),
            "told": not_done(found.refused),
        }  # fmt: skip

    return desk.done({"area": area, "year": year}, work, year, trial)


@room.post("/areas/{area}/years/{year}/reopen", response_model=YearOf)
def reopen_a_year(
    area: AreaCode, year: Year, said: Why, desk: Annotated[Desk, writing_for("supervisor")]
) -> Response:
    """重新开账 · Open a closed year again, the latest one first."""

    def work(act: Act) -> Json:
        own_area(desk, area)
        reopen_year(act, area, year)
        return {"area": area, "year": year}

    return desk.done({"area": area, "year": year, **said.model_dump(mode="json")}, work, year)


@room.get("/areas/{area}/years", response_model=PageOf[Closing])
def list_closings(
    area: AreaCode,
    page: Paging,
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
) -> Response:
    """年结列表 · The years of an area that were closed, opened again or not."""

    def shown(row: Row[Any]) -> Mapping[str, Any]:
        return {
            "closing": row.id, "year": row.year, "hash": row.hash.hex(),
            "reopened": row.ended is not None,
        }  # fmt: skip

    def read(connection: Connection) -> Mapping[str, Any]:
        own_area(desk, area)
        wanted = select(CLOSING).where(CLOSING.c.area == area)
        return page_of(connection, wanted, CLOSING.c.id, page, shown)

    return desk.seen(read)


@room.post("/schemes/{scheme}/opening-balances", status_code=201, response_model=Opened)
def open_with_balances(
    scheme: Number, said: Opening, desk: Annotated[Desk, writing_for("supervisor")]
) -> Response:
    """期初余额 · Take over balances from the books before, each once."""
    accounts = {one.person: parse_yuan(one.amount, "accounts") for one in said.accounts}
    if len(accounts) != len(said.accounts):
        raise Refused(
            "named_twice",
            Bilingual("accounts：同一个人写了两次", "accounts: a person is named twice"),
            {"field": "accounts"},
        )
    funds = {name: _signed(text) for name, text in said.funds.items()}

    def work(act: Act) -> Json:
        own_scheme(desk, act.connection, scheme)
        return {"entries": len(open_balances(act, desk.library, scheme, said.day, funds, accounts))}

    return desk.done({"scheme": scheme, **said.model_dump(mode="json")}, work, scheme)


def _signed(text: str) -> int:
    """Fen of an amount that may be below nothing, as a fund's can."""
    fen = parse_yuan(text.removeprefix("-"), "funds")
    return -fen if text.startswith("-") else fen
