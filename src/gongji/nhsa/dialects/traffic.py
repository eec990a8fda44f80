"""What goes over the wire, on either side, and the one way in which a request is turned away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gongji.nhsa.dialects.clocks import Clock
from gongji.nhsa.dialects.keys import Key, Keys
from gongji.nhsa.messages.exact_json import JSON_TYPE, as_bytes, as_object

__all__ = [
    "MALFORMED",
    "MISMATCH",
    "MISSING",
    "STALE",
    "UNKNOWN",
    "Denied",
    "Dialect",
    "HttpAnswer",
    "HttpAsked",
    "HttpToSend",
    "Opened",
    "denied_in_envelope",
    "message_of",
    "sealed_plainly",
]

MISSING = "缺少服务网关的请求头!"
STALE = "签名时间戳超时!"
UNKNOWN = "非法用户!"
MISMATCH = "签名不一致!"
"""What the gateway of the national interface says when it turns a request away (CSB's words)."""

MALFORMED = "报文不是UTF-8编码的JSON对象!"


@dataclass(frozen=True, slots=True)
class HttpAsked:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By their names in small letters."""
    body: bytes

    @classmethod
    def of(cls, method: str, path: str, headers: Mapping[str, str], body: bytes) -> HttpAsked:
        """A request whose headers are written in any case."""
        return cls(method, path, {name.lower(): value for name, value in headers.items()}, body)

    def header(self, name: str) -> str:
        """A header without the space around it; empty where there is none."""
        return self.headers.get(name.lower(), "").strip()


@dataclass(frozen=True, slots=True)
class HttpToSend:
    """A request to be sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer, to be sent or as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A request of which it is known whose it is."""

    key: Key
    """By which its answer is sealed; `key.institution` is who asks.

    Most signatures do not cover the body, so hold the institution against the message's own.
    """
    message: dict[str, object]
    """The envelope, decrypted; numbers with a point are `Decimal`."""
    mark: str
    """What must not be seen twice; empty where whoever can send a copy can also send another."""
    claimed: datetime | None
    """The time at which it says it was sent; None where the dialect has no clock."""
    remember_until: datetime | None
    """When its mark may be forgotten, because the request is too old from then on."""
    of_its_moment: str = ""
    """The mark of the whole request, where two requests of one moment can bear one signature."""


class Denied(Exception):
    """A request turned away before it was read, in the words and the shape of its dialect."""

    def __init__(self, code: int, message: str, told: Mapping[str, object], status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self._told = dict(told)
        self._status = status

    def answer(self) -> HttpAnswer:
        """What is sent back."""
        return HttpAnswer(self._status, {"Content-Type": JSON_TYPE}, as_bytes(self._told))


class Dialect(Protocol):
    """What every dialect can do."""

    def check(self, request: HttpAsked, keys: Keys, clock: Clock) -> Opened:
        """For an agency: whose request it is, and its message.  Raises `Denied`, nothing else."""

    def seal(self, answer: Mapping[str, object], key: Key) -> HttpAnswer:
        """For an agency: the answer as it is sent."""

    def signed(self, message: Mapping[str, object], key: Key, clock: Clock, url: str) -> HttpToSend:
        """For an institution: the request that carries a message."""

    def opened(self, answer: HttpAnswer, key: Key) -> dict[str, object]:
        """For an institution: the object that an answer holds.  Raises `Refused`."""


def denied_in_envelope(code: int, message: str) -> Denied:
    """A request turned away where the gateway speaks in the envelope's own shape."""
    told = {"type": "error", "infcode": -1, "err_msg": message, "output": None}
    return Denied(code, message, told, status=200)


def message_of(body: bytes) -> dict[str, object] | None:
    """The object that a body holds, or None where it holds none."""
    try:
        return as_object(body)
    except ValueError:
        return None


def sealed_plainly(answer: Mapping[str, object]) -> HttpAnswer:
    """An answer that nothing is done to."""
    return HttpAnswer(200, {"Content-Type": JSON_TYPE}, as_bytes(answer))
