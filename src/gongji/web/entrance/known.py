"""Who asks is found out before any page is: once for a request, of the API."""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gongji.web.door import Door, Turned
from gongji.web.entrance.session import Who, browser_of, mark_of, token_of
from gongji.web.page import language_of

__all__ = ["Known"]


class Known:
    """A site that knows who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find out who asks, and let the request through."""
        if scope["type"] != "http" or scope["path"].startswith("/assets/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        token, api = token_of(request), scope["app"].state.api
        if token is None or api is None:
            await self._app(scope, receive, send)
            return
        address = request.client.host if request.client else ""
        with suppress(Turned):  # the session has run out: nobody is signed in
            me = await Door(api, token, language_of(request), address).get("/me")
            scope["gongji.who"] = who = Who(**me)
            scope["gongji.mark"] = mark_of(scope["app"].state.seal, who, browser_of(request))
        await self._app(scope, receive, send)
