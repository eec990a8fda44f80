"""What stands before every page: foreign content is kept out, an error of ours said in words.

The log tells of an error its type and the lines that it came by; what it was about may be personal.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gongji.web.page import language_of, page
from gongji.wording import Bilingual, Refused

__all__ = ["Guard", "broken", "check_origin"]

_SOURCES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing is fetched from elsewhere, and nothing written into a page is run."""

_HEADERS = (
    (b"content-security-policy", _SOURCES.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_OVER_TLS = (b"strict-transport-security", b"max-age=31536000")
_LARGEST = 16 * 2**20
_LOG = logging.getLogger("gongji.web")
_LOOKS = {"GET", "HEAD", "OPTIONS"}


class Guard:
    """A site behind its guard."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and put the headers on what is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":  # a look, whose answer the server sends without its body
            scope = {**scope, "method": "GET"}
        headers = (*_HEADERS, _OVER_TLS) if scope.get("scheme") == "https" else _HEADERS
        ended, taken = False, 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > _LARGEST:
                raise HTTPException(413)
            return message

        async def guarded(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                there = {name for name, _ in message["headers"]}
                message["headers"] += [one for one in headers if one[0] not in there]
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, counted, guarded)
        except Exception:
            if not ended:
                raise  # the server cuts the answer off


def broken(request: Request, error: Exception) -> Response:
    """What went wrong inside, as a page that says nothing of it."""
    reference = secrets.token_hex(4)
    came_by = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("%s: %s\n%s", reference, type(error).__name__, came_by)
    title = Bilingual("程序出错", "An error of ours").in_(language_of(request))
    message = Bilingual(
        f"这一页打不开，没有办理；请把编号 {reference} 告诉管理员。",
        f"The page does not open, and nothing was done; tell those who run the server the "
        f"reference {reference}.",
    )
    return page(request, "refused.html", {"title": title, "message": message}, 500)


def check_origin(request: Request) -> None:
    """Make sure that what changes something was sent from a page of this site.

    Browsers say where a form comes from.  Raises `Refused` (`foreign_form`).
    """
    if request.method in _LOOKS:
        return
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    ours = site in {"same-origin", "none", None}
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        ours = False
    if not ours:
        raise Refused(
            "foreign_form",
            Bilingual("这个请求是别的网站发来的，没有办理。",
                      "Another site sent this request, and nothing was done."),
        )  # fmt: skip
