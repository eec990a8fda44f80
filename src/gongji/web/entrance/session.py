"""Who is signed in: the token of the API in a cookie that no script reads.

A session ends eight hours after signing in, and earlier where no page was asked for half an hour.
A form belongs to its reader and the browser: its mark is a keyed hash of both, so that a page of
somebody else cannot send it, and a form that was open while a session ended can still be sent
after signing in again.
"""

from __future__ import annotations

import hmac
import re
import secrets
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from gongji.book.sealed import Seal

__all__ = [
    "Who", "begin", "browser_of", "finish", "is_mark", "keep", "mark_of", "pass_on", "passed_on",
    "take_up", "token_of",
]  # fmt: skip

_SESSION, _BROWSER, _SAID = "gongji_session", "gongji_browser", "gongji_said"
_SECRET = re.compile(r"[\w-]{43}", re.ASCII)
"""A token and what stands for a browser look so; nothing else was ever set."""

_IDLE_SECONDS = 30 * 60
_BROWSER_SECONDS = 24 * 3600
_SAID_SECONDS = 60


class Who(NamedTuple):
    """A user who is signed in, and what is theirs."""

    name: str
    role: str
    area: str | None
    institution: str | None
    person: int | None


def token_of(request: Request) -> str | None:
    """The token that a request came with."""
    said = request.cookies.get(_name(request, _SESSION), "")
    return said if _SECRET.fullmatch(said) else None


def browser_of(request: Request) -> str:
    """What stands for the browser; a new one where it has none yet."""
    said = request.cookies.get(_name(request, _BROWSER), "")
    return said if _SECRET.fullmatch(said) else secrets.token_urlsafe(32)


def begin(request: Request, response: Response, token: str) -> None:
    """Begin a session."""
    _set(request, response, _SESSION, token, _IDLE_SECONDS)


def keep(request: Request, response: Response, who: Who | None, browser: str) -> None:
    """Keep a session going, since a page was asked for; one that has run out is forgotten."""
    _set(request, response, _BROWSER, browser, _BROWSER_SECONDS)
    token = token_of(request)
    if token is not None and who is not None:
        _set(request, response, _SESSION, token, _IDLE_SECONDS)
    elif token is not None:
        finish(request, response)


def finish(request: Request, response: Response) -> None:
    """End a session in the browser."""
    _forget(request, response, _SESSION)


def pass_on(request: Request, response: Response, text: str) -> None:
    """Hand a text to the next page."""
    _set(request, response, _SAID, text, _SAID_SECONDS)


def passed_on(request: Request) -> str | None:
    """The text that the page before handed on."""
    return request.cookies.get(_name(request, _SAID))


def take_up(request: Request, response: Response) -> None:
    """What was handed on has been shown, and is not shown again."""
    if passed_on(request) is not None:
        _forget(request, response, _SAID)


def mark_of(seal: Seal, who: Who | None, browser: str) -> str:
    """The mark of the forms that a reader opens in a browser."""
    return seal.hash(f"form {'' if who is None else who.name} {browser}").hex()


def is_mark(seal: Seal, who: Who | None, browser: str, said: str) -> bool:
    """Whether a form was opened by its reader in this browser."""
    return hmac.compare_digest(mark_of(seal, who, browser).encode(), said.encode())


def _name(request: Request, name: str) -> str:
    """The name of a cookie; over TLS one that only this host, and only over TLS, can have set."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def _forget(request: Request, response: Response, name: str) -> None:
    over_tls = request.url.scheme == "https"
    response.delete_cookie(_name(request, name), secure=over_tls, httponly=True)


def _set(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
