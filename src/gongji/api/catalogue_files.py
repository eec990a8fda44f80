"""The catalogue as files: items, caps, rates and lists, and what being on a list means.

A supervisor loads them; a file is taken whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from sqlalchemy import Connection, or_, select
from starlette.responses import Response

from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import Answer, Day, Number, day_text, example
from gongji.api.files import Upload, file_body
from gongji.api.places import KnownOn
from gongji.api.theirs import own_scheme
from gongji.book.acts import Act, Json
from gongji.book.catalogue.list_facts import list_facts_on, load_list_facts, unmapped_lists
from gongji.book.catalogue.loading import load_catalogue
from gongji.book.rules import scheme_of
from gongji.book.schema.catalogue import ITEM, LISTED, PRICE_CAP, PRIOR_RATE
from gongji.wording import Bilingual, Refused

__all__ = ["LoadedFile", "WholeFrom", "room"]

room = APIRouter(tags=["catalogue · 目录"])

_ITEMS = "code,name,kind,item_class,since\nXB02,头孢呋辛酯片,drug,乙,2024-01-01\n"
_LIST_FACTS = "list,fact,value,if_fact,if_value\nblood,item,blood,,\n"
_TABLES = {"items": ITEM, "caps": PRICE_CAP, "rates": PRIOR_RATE, "lists": LISTED}

WholeFrom = Annotated[
    Day | None,
    Query(description="the file is the whole of its kind: what is not in it ends before this day"),
]


class LoadedFile(Answer):
    """How many rows a file had, and how many rows of the book began and ended by it."""

    model_config = example({"rows": 8, "added": 8, "ended": 0})

    rows: int
    added: int
    ended: int


class ListFact(Answer):
    """On a list, and where `if_fact` is `if_value` or holds it, `fact` is `value`."""

    list: str
    fact: str
    value: str
    if_fact: str
    if_value: str


class ListFacts(Answer):
    """The table of a scheme that holds on a day, in its order; the first row that fits decides."""

    model_config = example(
        {"scheme": 1, "day": "2024-03-01", "known_on": None, "rows": [
            {"list": "blood", "fact": "item", "value": "blood", "if_fact": "", "if_value": ""}]}
    )  # fmt: skip

    scheme: Number
    day: Day
    known_on: Day | None
    rows: list[ListFact]


class Unmapped(Answer):
    """Lists that items are on and that no scheme makes anything of: perhaps mistyped."""

    model_config = example({"lists": ["rare_deseases"]})

    lists: list[str]


@room.post("/catalogue/{kind}/file", response_model=LoadedFile, openapi_extra=file_body(_ITEMS))
def load_catalogue_file(
    kind: Literal["items", "caps", "rates", "lists"],
    sent: Upload,
    desk: Annotated[Desk, writing_for("supervisor")],
    whole_from: WholeFrom = None,
    trial: Trial = "no",
) -> Response:
    """载入目录 · Load a file of items, price caps, rates of prior self-pay, or lists.

    The supervisor of an area loads rows of that area only.
    """
    sheet = sent.sheet()

    def work(act: Act) -> Json:
        found = load_catalogue(act, desk.library, kind, sheet, whole_from)
        _check_areas(desk, act, kind)
        return found._asdict()

    request = {"kind": kind, "whole_from": day_text(whole_from), **sent.said}
    return desk.done(request, work, 0, trial)


@room.post(
    "/schemes/{scheme}/list-facts/file", response_model=LoadedFile,
    openapi_extra=file_body(_LIST_FACTS),
)  # fmt: skip
def load_list_facts_file(
    scheme: Number,
    since: Annotated[Day, Query(description="the day from which the table holds")],
    sent: Upload,
    desk: Annotated[Desk, writing_for("supervisor")],
    trial: Trial = "no",
) -> Response:
    """载入名录含义 · Load what being on a list means in a scheme; the whole table from a day on."""
    sheet = sent.sheet()

    def work(act: Act) -> Json:
        its = own_scheme(desk, act.connection, scheme)
        added, ended = load_list_facts(act, desk.library, its, since, sheet)
        return {"rows": len(sheet.rows), "added": added, "ended": ended}

    request = {"scheme": scheme, "since": since.isoformat(), **sent.said}
    return desk.done(request, work, scheme, trial)


@room.get("/schemes/{scheme}/list-facts", response_model=ListFacts)
def see_list_facts(
    scheme: Number,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
    day: Annotated[Day | None, Query(description="on this day; today without it")] = None,
    known_on: KnownOn = None,
) -> Response:
    """名录含义 · What being on a list means in a scheme."""
    when = day or desk.day

    def read(connection: Connection) -> Mapping[str, Any]:
        scheme_of(connection, scheme)
        found = list_facts_on(connection, scheme, when, known_on)
        return {
            "scheme": scheme, "day": when.isoformat(), "known_on": day_text(known_on),
            "rows": [one._asdict() for one in found],
        }  # fmt: skip

    return desk.seen(read)


@room.get("/catalogue/unmapped-lists", response_model=Unmapped)
def see_unmapped_lists(
    desk: Annotated[Desk, open_to("clerk", "supervisor", "auditor")],
) -> Response:
    """未用名录 · Lists that no scheme makes anything of."""
    return desk.seen(lambda connection: {"lists": unmapped_lists(connection)})


def _check_areas(desk: Desk, act: Act, kind: str) -> None:
    """What began or ended is of the supervisor's own area.  Raises `Refused` (`not_theirs`)."""
    area, table = desk.user.area, _TABLES[kind]
    touched = or_(table.c.act == act.number, table.c.ended == act.number)
    strange = select(table.c.area).where(touched & (table.c.area != area)).limit(1)
    if area is not None and act.connection.scalar(strange) is not None:
        raise Refused(
            "not_theirs",
            Bilingual(f"文件里有不属于 {area} 的行；每一行的 area 应为 {area}",
                      f"the file has rows that are not of {area}; the area of every row has to "
                      f"be {area}"),
            {"field": "area"},
        )  # fmt: skip
