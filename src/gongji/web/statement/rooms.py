"""Statements asked for in a browser, as page, PDF or JSON, and the page that checks a paper."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gongji.book.access.users import ROLES
from gongji.web.amounts import grouped
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, caller_of, for_callers, take_form
from gongji.web.entrance.session import keep
from gongji.web.statement.drawing import statement_html, statement_pdf
from gongji.wording import Bilingual, Refused

__all__ = ["my_year_statement", "settlement_statement", "verify_page", "year_statement"]

_PAPER = "statement/verify.html"
_ONE_AT_A_TIME = CapacityLimiter(1)
"""A PDF takes most of a second of the processor; others wait for it, and pages go on."""


@for_callers(*ROLES)
async def settlement_statement(caller: Caller) -> Response:
    """The statement of a settlement."""
    number = caller.number("settlement")
    record = await caller.door.get(f"/settlements/{number}/statement")
    return await _given(caller, record, f"/settlements/{number}/statement", f"S{number}")


@for_callers("insured", "clerk", "supervisor", "auditor")
async def year_statement(caller: Caller) -> Response:
    """The statement of a person's year."""
    number = caller.number("person")
    asked = {"year": caller.asked("year"), "area": caller.asked("area")}
    if asked["year"] is None:
        asked["year"] = str(caller.today.year)
    record = await caller.door.get(f"/persons/{number}/statement", **asked)
    path = f"/persons/{number}/statement"
    return await _given(caller, record, path, f"Y{record['number']}", asked)


@for_callers("insured")
async def my_year_statement(caller: Caller) -> Response:
    """The statement of one's own year."""
    assert caller.who is not None
    query = caller.request.url.query
    return RedirectResponse(f"/persons/{caller.who.person}/statement{query and '?'}{query}", 303)


async def verify_page(request: Request) -> Response:
    """Whether the code of a paper holds; for everybody who was handed one."""
    caller = caller_of(request)
    shown: dict[str, Any] = {"number": caller.asked("number"), "yuan": grouped}
    if request.method == "GET":
        return caller.page(_PAPER, {**shown, "found": None})
    await take_form(caller)
    number = caller.form.text("number")
    kind = "year" if "-" in number else "settlement"
    body = {"kind": kind, "number": number, "code": caller.form.text("code")}
    try:
        found = await caller.door.send("POST", "/statements/verify", body)
    except Turned as turned:
        return caller.refuse(turned, _PAPER, {**shown, "found": None})
    return caller.page(_PAPER, {**shown, "found": found})


async def _given(
    caller: Caller,
    record: Mapping[str, Any],
    path: str,
    name: str,
    asked: Mapping[str, str | None] | None = None,
) -> Response:
    """A statement in the form that the address ends with."""
    form = caller.request.path_params.get("form", "html")
    if form == "json":
        text = json.dumps(record, ensure_ascii=False, indent=1)
        response = Response(text, media_type="application/json")
    elif form == "pdf":
        data = await run_sync(statement_pdf, record, caller.language, limiter=_ONE_AT_A_TIME)
        response = Response(data, media_type="application/pdf")
    elif form == "html":
        query = urlencode({key: one for key, one in (asked or {}).items() if one is not None})
        links = {one: f"{path}.{one}{query and '?'}{query}" for one in ("pdf", "json")}
        response = HTMLResponse(statement_html(record, caller.language, links))
    else:
        raise Refused(
            "unknown_form",
            Bilingual("单据只有 html、pdf 和 json 三种形式",
                      "a statement comes as html, pdf and json"),
        )  # fmt: skip
    if form != "html":
        response.headers["Content-Disposition"] = f'inline; filename="{quote(name)}.{form}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Cookie, Accept-Language"
    keep(caller.request, response, caller.who, caller.browser)
    return response
