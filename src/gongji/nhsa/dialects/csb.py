"""CSB: four headers in natural order under an HMAC-SHA1, one address for all transactions.

Source: the Hunan edition of the interface, V1.1.27, tables 5 and 6.  The body is not signed,
and two requests for the same service in the same millisecond bear the same signature.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256

from gongji.nhsa.dialects.answers import object_of
from gongji.nhsa.dialects.clocks import Clock, from_milliseconds, milliseconds
from gongji.nhsa.dialects.keys import Key, Keys, is_name
from gongji.nhsa.dialects.traffic import (
    MALFORMED,
    MISMATCH,
    MISSING,
    STALE,
    UNKNOWN,
    Denied,
    HttpAnswer,
    HttpAsked,
    HttpToSend,
    Opened,
    message_of,
    sealed_plainly,
)
from gongji.nhsa.messages.exact_json import JSON_TYPE, as_bytes

__all__ = ["check", "opened", "seal", "signed"]

_SIGNED = ("_api_access_key", "_api_name", "_api_timestamp", "_api_version")
_SIGNATURE = "_api_signature"
_VERSION = "1.0"


def check(request: HttpAsked, keys: Keys, clock: Clock) -> Opened:
    """Whose request it is, by its headers.  Raises `Denied` with the gateway's own messages."""
    said = {name: request.header(name) for name in (*_SIGNED, _SIGNATURE)}
    if not all(said.values()):
        raise _denied(401, MISSING)
    moment = from_milliseconds(said["_api_timestamp"])
    name = said["_api_access_key"]
    key = keys("csb", name) if is_name(name) else None
    if not moment.in_time(key, clock()):
        raise _denied(401, STALE)
    if key is None:
        raise _denied(401, UNKNOWN)
    right = _signature(said, key)
    try:
        found = b64decode(said[_SIGNATURE], validate=True)
    except ValueError:
        found = b""
    if not hmac.compare_digest(found, right):
        raise _denied(401, MISMATCH)
    message = message_of(request.body)
    if message is None:
        raise _denied(400, MALFORMED)
    mark = f"csb {name} {right.hex()}"
    whole = f"{mark} {sha256(request.body).hexdigest()}"
    return Opened(key, message, mark, moment.at, moment.until(key), whole)


def seal(answer: Mapping[str, object], key: Key) -> HttpAnswer:  # noqa: ARG001 - needs none
    """The answer as it is; CSB signs none."""
    return sealed_plainly(answer)


def signed(message: Mapping[str, object], key: Key, clock: Clock, url: str) -> HttpToSend:
    """The message with its headers; the service's name is made from `key.api_name`."""
    said = {
        "_api_access_key": key.name,
        "_api_name": key.api_name.replace("{infno}", str(message["infno"])),
        "_api_timestamp": milliseconds(clock()),
        "_api_version": _VERSION,
    }
    said[_SIGNATURE] = b64encode(_signature(said, key)).decode("ascii")
    return HttpToSend("POST", url, {"Content-Type": JSON_TYPE, **said}, as_bytes(message))


def opened(answer: HttpAnswer, key: Key) -> dict[str, object]:  # noqa: ARG001 - needs none
    """The object that an answer holds.  Raises `Refused` (`not_json`)."""
    return object_of(answer)


def _signature(said: Mapping[str, str], key: Key) -> bytes:
    text = "&".join(f"{name}={said[name]}" for name in _SIGNED)
    return hmac.digest(key.secret.encode(), text.encode("utf-8", "replace"), "sha1")


def _denied(code: int, message: str) -> Denied:
    return Denied(code, message, {"code": code, "message": message}, status=code)
