"""An institution's own codes for items: sent by the institution, approved at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.catalogue_files import LoadedFile, WholeFrom
from gongji.api.desk import Desk, Trial, open_to, writing_for
from gongji.api.fields import Answer, Body, Code, Day, Number, day_text, example
from gongji.api.files import Upload, file_body
from gongji.api.paging import PageOf, Paging, begins_after, page_from
from gongji.api.places import KnownOn
from gongji.api.theirs import own_institution
from gongji.book.acts import Act, Json
from gongji.book.catalogue.loading import load_own_items
from gongji.book.catalogue.own_codes import OwnItem, approve_own_items, own_items_of

__all__ = ["room"]

room = APIRouter(tags=["catalogue · 目录"])

_CODES = "own,name,item,since\nY001,头孢呋辛酯片0.25g,XB02,2024-01-01\n"


class Judged(Body):
    """The numbers of mappings that are approved, or turned down."""

    model_config = example({"numbers": [1], "approved": True})

    numbers: Annotated[list[Number], Field(min_length=1, max_length=1000)]
    approved: bool


class JudgedCodes(Answer):
    """How many mappings were judged; each has a new number."""

    model_config = example({"judged": 1})

    judged: int


class OwnCode(Answer):
    """What an institution means by a code of its own; `approved` is null until it is judged."""

    model_config = example(
        {"number": 1, "own": "Y001", "name": "头孢呋辛酯片0.25g", "item": "XB02", "approved": None,
         "since": "2024-01-01", "until": None}
    )  # fmt: skip

    number: Number
    own: str
    name: str
    item: str
    approved: bool | None
    since: Day
    until: Day | None


@room.post(
    "/institutions/{institution}/own-codes/file", response_model=LoadedFile,
    openapi_extra=file_body(_CODES),
)  # fmt: skip
def load_own_codes(
    institution: Code,
    sent: Upload,
    desk: Annotated[Desk, writing_for("institution")],
    whole_from: WholeFrom = None,
    trial: Trial = "no",
) -> Response:
    """上传院内编码对照 · Load what an institution's own codes stand for; they wait for approval."""
    sheet = sent.sheet()

    def work(act: Act) -> Json:
        own_institution(desk, act.connection, institution)
        return load_own_items(act, desk.library, institution, sheet, whole_from)._asdict()

    request = {"institution": institution, "whole_from": day_text(whole_from), **sent.said}
    return desk.done(request, work, 0, trial)


@room.post("/institutions/{institution}/own-codes/judge", response_model=JudgedCodes)
def judge_own_codes(
    institution: Code, said: Judged, desk: Annotated[Desk, writing_for("clerk")]
) -> Response:
    """审核院内编码对照 · Approve own codes, or turn them down, all of them or none."""

    def work(act: Act) -> Json:
        own_institution(desk, act.connection, institution)
        approve_own_items(act, institution, said.numbers, approved=said.approved)
        return {"judged": len(set(said.numbers))}

    return desk.done({"institution": institution, **said.model_dump(mode="json")}, work)


@room.get("/institutions/{institution}/own-codes", response_model=PageOf[OwnCode])
def list_own_codes(
    institution: Code,
    page: Paging,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
    known_on: KnownOn = None,
) -> Response:
    """院内编码对照 · What an institution's own codes stand for."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_institution(desk, connection, institution)
        found = own_items_of(
            connection, institution, known_on, after=begins_after(page, 0), most=page.most + 1
        )
        return page_from(found, lambda one: one.number, page, _shown)

    return desk.seen(read)


def _shown(one: OwnItem) -> dict[str, Any]:
    return {
        "number": one.number, "own": one.own, "name": one.name, "item": one.item,
        "approved": one.approved, "since": one.since.isoformat(), "until": day_text(one.until),
    }  # fmt: skip
