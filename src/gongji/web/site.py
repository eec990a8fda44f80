"""The site: pages for people at `/`, the API of the book at `/v1`, all assets in the package."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from gongji.policy.versions import Library
from gongji.web.cases import rooms as cases
from gongji.web.compare.rooms import compare_page
from gongji.web.desk.rooms import ROUTES as DESK
from gongji.web.door import Turned
from gongji.web.entrance.known import Known
from gongji.web.entrance.rooms import password_page, sign_in_page, sign_out
from gongji.web.estimate.rooms import choices_of, estimate_page
from gongji.web.explained import rooms as explained
from gongji.web.guard import Guard, broken
from gongji.web.library.rooms import (
    changes_page,
    clause_page,
    document_page,
    findings_page,
    policies_page,
    policy_page,
    stock_of,
    text_page,
)
from gongji.web.money import rooms as money
from gongji.web.page import compiled, language_of, page
from gongji.web.person import rooms as person
from gongji.web.statement.rooms import (
    my_year_statement,
    settlement_statement,
    verify_page,
    year_statement,
)
from gongji.wording import Bilingual, Refused

__all__ = ["OPEN", "SIGNED_IN", "site"]

_NOT_FOUND = Bilingual("没有找到", "Not found")
_NOT_YOURS = Bilingual("不能办理", "Not allowed")
_CANNOT = Bilingual("办不到", "That cannot be done")
_NO_PAGE = Bilingual("没有这一页", "There is no such page")
_FORBIDDEN = {"not_allowed", "foreign_form"}
_BOTH = ["GET", "POST"]


def site(
    library: Library,
    today: Callable[[], date],
    api: FastAPI | None = None,
    *,
    demo: bool = False,
) -> ASGIApp:
    """The site over some policies; `today` tells the day, `api` opens the book to who signs in.

    Without an API there are only the pages that are open to everybody.  Of a `demo` one is told
    where its sign-ins stand.
    """
    app = Starlette(
        routes=[*OPEN, *(() if api is None else SIGNED_IN)],
        middleware=[Middleware(Known)],
        exception_handlers={
            Refused: cast(Any, _refused),
            Turned: cast(Any, _turned),
            HTTPException: cast(Any, _no_page),
            Exception: broken,
        },
        lifespan=_open_up,
    )
    app.state.library = library
    app.state.schemes = {}
    app.state.choices = choices_of(library)
    app.state.stock = stock_of(library)
    app.state.today = today
    app.state.api = api
    app.state.demo = demo
    if api is None:
        return Guard(app)
    app.state.seal = api.state.office.book.seal
    return _House(Guard(app), api)


class _House:
    """Pages and the API under one roof."""

    def __init__(self, pages: ASGIApp, api: ASGIApp) -> None:
        self._pages, self._api = pages, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        ours = path.startswith("/v1/") or path == "/openapi.json"
        await (self._api if ours else self._pages)(scope, receive, send)


@asynccontextmanager
async def _open_up(app: Starlette) -> AsyncIterator[None]:
    """Open the API with the pages, and have templates ready before somebody waits for them."""
    api: FastAPI | None = app.state.api
    async with AsyncExitStack() as opened:
        if api is not None:
            await opened.enter_async_context(api.router.lifespan_context(api))
        await run_in_threadpool(compiled)
        yield


def _refused(request: Request, refused: Refused) -> Response:
    """What there is not, or what cannot be done, in words."""
    if refused.kind.startswith("unknown"):
        return _told(request, _NOT_FOUND, refused.message, 404)
    if refused.kind in _FORBIDDEN:
        return _told(request, _NOT_YOURS, refused.message, 403)
    return _told(request, _CANNOT, refused.message, 422)


def _turned(request: Request, turned: Turned) -> Response:
    """What the API refused to a page that had no form to show it beside."""
    if turned.status == HTTPStatus.UNAUTHORIZED:
        return RedirectResponse("/sign-in", 303)
    title = Bilingual(turned.title, turned.title)
    return _told(request, title, Bilingual(turned.detail, turned.detail), turned.status)


def _no_page(request: Request, error: HTTPException) -> Response:
    if error.status_code in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.BAD_REQUEST}:
        message = Bilingual("发来的表单读不出来或过大，没有办理；大的文件请分成几份。",
                            "The form that was sent cannot be read or is too large, and nothing "
                            "was done; send a large file in parts.")  # fmt: skip
        return _told(request, _CANNOT, message, error.status_code)
    message = Bilingual("地址可能写错了，或者这一页已经移走。",
                        "The address may be mistyped, or the page has moved.")  # fmt: skip
    return _told(request, _NO_PAGE, message, error.status_code)


def _told(request: Request, title: Bilingual, message: Bilingual, status: int) -> Response:
    shown = {"title": title.in_(language_of(request)), "message": message}
    return page(request, "refused.html", shown, status)


async def _home(_: Request) -> Response:
    return RedirectResponse("/estimate")


OPEN = (
    Route("/", _home),
    Route("/estimate", estimate_page),
    Route("/compare", compare_page),
    Route("/policies", policies_page),
    Route("/policies/{policy:path}/changes", changes_page),
    Route("/policies/{policy:path}/findings", findings_page),
    Route("/policies/{policy:path}/text", text_page),
    Route("/policies/{policy:path}", policy_page),
    Route("/documents/{document:path}", document_page),
    Route("/clauses/{clause}", clause_page),
    Mount("/assets", StaticFiles(directory=Path(__file__).parent / "assets")),
)
"""Pages for everybody."""

SIGNED_IN = (
    Route("/sign-in", sign_in_page, methods=_BOTH),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/password", password_page, methods=_BOTH),
    Route("/verify", verify_page, methods=_BOTH),
    Route("/settlements/{settlement}/statement", settlement_statement),
    Route("/settlements/{settlement}/statement.{form}", settlement_statement),
    Route("/persons/{person}/statement", year_statement),
    Route("/persons/{person}/statement.{form}", year_statement),
    Route("/year/statement", my_year_statement),
    *person.ROUTES,
    *explained.ROUTES,
    *DESK,
    *cases.ROUTES,
    *money.ROUTES,
)
"""Pages of the book: for those who sign in, the way in, and whether a paper holds."""
