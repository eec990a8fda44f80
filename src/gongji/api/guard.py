"""What stands before every request: its size, its errors, its line in the log.

An address that somebody wrote may hold an identity number, and so may the message of an error.
Neither is logged: of an error its type and the lines that it came by, of a request its service.
"""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from typing import Any

from fastapi import Request
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gongji.api.problems import problem, refused_problem
from gongji.book.store import OF_THE_STORE, is_of_the_store
from gongji.wording import Bilingual, Refused

__all__ = ["Guard", "refused"]

_LARGEST = 16 * 2**20
_LOG = logging.getLogger("gongji.api")
_OURS = {*OF_THE_STORE, "wrong_key"}
"""Refusals that are for those who run the server: they name its insides."""


class Guard:
    """An application behind its guard."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, taken = time.monotonic_ns(), 0, 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > _LARGEST:
                raise HTTPException(413)
            return message

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"cache-control", b"no-store"))
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except Exception as error:
            if status:
                raise  # the answer has begun; the server cuts it off
            await _broken(Request(scope), error)(scope, receive, noted)
        if _LOG.isEnabledFor(logging.INFO):
            service = getattr(scope.get("route"), "name", "(no such address)")
            milliseconds = (time.monotonic_ns() - began) // 10**6
            _LOG.info("%s %s %s %s ms", scope["method"], service, status, milliseconds)


def refused(request: Request, error: Refused) -> Response:
    """What the book refuses, as a problem."""
    return _broken(request, error) if error.kind in _OURS else refused_problem(request, error)


def _broken(request: Request, error: Exception) -> Response:
    """What went wrong inside, as a problem that says nothing of it."""
    if isinstance(error, IntegrityError):
        words = Bilingual("同时有人办了相抵触的业务；请核对后再办",
                          "somebody did something at the same moment that excludes this; look "
                          "again, then send it again")  # fmt: skip
        return problem(request, "conflict", words)
    reference = secrets.token_hex(4)
    came_by = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("%s: %s\n%s", reference, _type_of(error), came_by)
    if is_of_the_store(error):
        words = Bilingual("账册暂时打不开或太忙；请用同一个 Idempotency-Key 重发，不会办两次",
                          "the book does not open or is too busy for the moment; send it again "
                          "with the same Idempotency-Key, and it is done once")  # fmt: skip
        return problem(request, "busy", words, reference=reference)
    words = Bilingual(f"程序出错，没有办理；请把编号 {reference} 告诉管理员",
                      f"an error of ours, and nothing was done; tell those who run the server the "
                      f"reference {reference}")  # fmt: skip
    return problem(request, "internal", words, reference=reference)


def _type_of(error: Any) -> str:
    kind = f" {error.kind}" if isinstance(error, Refused) else ""
    inner = getattr(error, "orig", None)
    return f"{type(error).__name__}{kind}" + (f" of {type(inner).__name__}" if inner else "")
