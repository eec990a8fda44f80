"""The gateway: requests of institutions' software over HTTP, each answered in its own dialect.

Whatever comes is answered in the protocol: no page of HTML, no error of HTTP but those that the
dialects themselves have.
"""

from __future__ import annotations

import itertools
import logging
import secrets
import traceback
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gongji.book.access.sights import Sights
from gongji.book.book import Book
from gongji.book.store import is_of_the_store
from gongji.nhsa.addresses import TOKEN_PATH, is_ours, transaction_at
from gongji.nhsa.counter import Counter
from gongji.nhsa.dialects.traffic import Denied, HttpAnswer, HttpAsked, denied_in_envelope
from gongji.nhsa.doorkeeper import Doorkeeper, LetIn
from gongji.nhsa.mapping import check_mappings, mappings
from gongji.nhsa.messages.envelope import answered, failed, read_message
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.tables import tables

__all__ = ["Gateway", "beside", "gateway"]

_LOG = logging.getLogger("gongji.nhsa")
_LARGEST = 16 * 2**20
_TOO_LARGE = f"报文超过 {_LARGEST // 2**20} MB!"
_NO_PARTS = "上传的报文应为 multipart/form-data，含 jsonStr 和 file 两部分!"
_UPLOAD = "fsUploadIn"
_NO_TRANSACTION = "交易报文不正确：没有交易编号 infno，地址里也没有"


class _Sent(NamedTuple):
    """A request, and the file that came beside its message."""

    asked: HttpAsked
    file: bytes | None


class Gateway:
    """The gateway over a book; an ASGI application."""

    def __init__(self, counter: Counter, door: Doorkeeper) -> None:
        self.counter = counter
        self.door = door
        self._serials = itertools.count(secrets.randbelow(10**9))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        came = self.counter.clock()
        try:
            answer = await run_in_threadpool(self._answer, await _sent(request), came)
        except Denied as denied:
            answer = denied.answer()
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        response = Response(answer.body, answer.status, {**headers, **answer.headers})
        await response(scope, receive, send)

    def _answer(self, sent: _Sent, came: datetime) -> HttpAnswer:
        """What a request is answered.  Raises `Denied`."""
        asked = sent.asked
        try:
            if asked.path == TOKEN_PATH:
                return self.door.token(asked)
            return self._done(sent, self.door.let_in(asked), came)
        except Denied:
            raise
        except Exception as error:  # noqa: BLE001 - nothing ends in anything but an answer
            raise denied_in_envelope(500, _broken(error)) from None

    def _done(self, sent: _Sent, let_in: LetIn, came: datetime) -> HttpAnswer:
        """Do what a request that was let in asks for."""
        key, dialect = let_in.opened.key, let_in.dialect
        now = self.counter.clock
        try:
            at = transaction_at(sent.asked.path, self.counter.tables)
            said = _with_number(_with_file(let_in.opened.message, sent.file), at)
            message = read_message(said, self.counter.tables)
            output = self.counter.answer(message, key.institution)
        except Rejected as rejected:
            return dialect.seal(failed(rejected, came=came, now=now()), key)
        except Exception as error:  # noqa: BLE001 - the same, sealed as the dialect asks
            words = Rejected(_broken(error), "internal")
            return dialect.seal(failed(words, came=came, now=now()), key)
        if isinstance(output, Mapping) and isinstance(output.get("file"), bytes):
            return _file(output)
        area = message.mdtrtarea_admvs
        done = answered(output, area=area, serial=next(self._serials), came=came, now=now())
        return dialect.seal(done, key)


def _with_number(said: Mapping[str, object], at: str) -> Mapping[str, object]:
    """A message with the transaction that its address names, where it names none itself."""
    if said.get("infno"):
        return said
    if not at:
        raise Rejected(_NO_TRANSACTION)
    return {**said, "infno": at}


def _file(output: Mapping[str, Any]) -> HttpAnswer:
    """A file as it is fetched: its bytes alone, as the interface says."""
    return HttpAnswer(200, {"Content-Type": "application/octet-stream"}, output["file"])


def _broken(error: Exception) -> str:
    """What went wrong inside, in words that say nothing of it; the log has where."""
    reference = secrets.token_hex(4)
    came_by = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("%s: %s\n%s", reference, type(error).__name__, came_by)
    if is_of_the_store(error):
        return "账册暂时太忙或打不开；请用同一个 msgid 重发，不会办两次"
    return f"程序出错，没有办理；请把编号 {reference} 告诉经办机构"


# --- requests ------------------------------------------------------------------------------------


async def _sent(request: Request) -> _Sent:
    """A request with its body.  Raises `Denied` where it is too large."""
    file = None
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        body, file = await _parts(request)
    else:
        body = await _body(request)
    return _Sent(HttpAsked.of(request.method, request.url.path, request.headers, body), file)


async def _body(request: Request) -> bytes:
    parts, taken = [], 0
    async for part in request.stream():
        taken += len(part)
        if taken > _LARGEST:
            raise denied_in_envelope(413, _TOO_LARGE)
        parts.append(part)
    return b"".join(parts)


async def _parts(request: Request) -> tuple[bytes, bytes | None]:
    """The message and the file of an upload in parts (`jsonStr` and `file`)."""
    body, file = b"", None
    if int(request.headers.get("content-length") or _LARGEST + 1) > _LARGEST:
        raise denied_in_envelope(413, _TOO_LARGE)
    try:
        async with request.form(max_files=1, max_fields=8, max_part_size=_LARGEST) as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    file = await part.read()
                elif name == "jsonStr":
                    body = part.encode()
    except (HTTPException, ValueError):
        raise denied_in_envelope(400, _NO_PARTS) from None
    return body, file


def _with_file(said: Mapping[str, object], file: bytes | None) -> Mapping[str, object]:
    """A message with the file that was sent beside it where the message itself would have it."""
    if file is None:
        return said
    given = said.get("input")
    inside = dict(given) if isinstance(given, Mapping) else {}
    node = inside.get(_UPLOAD)
    fields = dict(node) if isinstance(node, Mapping) else {}
    fields["in"] = b64encode(file).decode()
    return {**said, "input": {**inside, _UPLOAD: fields}}


# --- beside others -------------------------------------------------------------------------------


def gateway(
    book: Book,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    *,
    mapping: Path | None = None,
    province: str = "",
) -> Gateway:
    """The gateway over a book that is open; `clock` tells the moment in UTC.

    `mapping` is a folder with more mappings than those that are built in, `province` whose tables
    messages are held to.  Raises `Refused`: `bad_mapping`, `unknown_province`.
    """
    found = mappings(*([] if mapping is None else [mapping]))
    if mapping is not None:
        check_mappings(found, book.library)
    sights = Sights(book.store)
    counter = Counter(book, sights, found, tables(province), clock)
    return Gateway(counter, Doorkeeper(book, sights, clock))


def beside(others: ASGIApp, gate: ASGIApp) -> ASGIApp:
    """Two applications under one roof: addresses of the gateway go to it, others to the others."""

    async def both(scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and is_ours(scope["path"])
        await (gate if ours else others)(scope, receive, send)

    return both
