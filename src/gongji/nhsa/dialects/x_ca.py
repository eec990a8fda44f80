"""x-ca: time and body under an HMAC-SM3, in one header; an address for each transaction.

Seen in Zhejiang.  The header is `<time>:<HEX>`; the time, in seconds, is signed as it is written,
and one client writes it with a minus before it: such clients need a key with a lenient clock.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from gongji.nhsa.dialects.answers import object_of
from gongji.nhsa.dialects.clocks import Clock, from_seconds, seconds
from gongji.nhsa.dialects.keys import Key, Keys, is_name
from gongji.nhsa.dialects.sm import hmac_sm3
from gongji.nhsa.dialects.traffic import (
    MALFORMED,
    MISMATCH,
    MISSING,
    STALE,
    UNKNOWN,
    HttpAnswer,
    HttpAsked,
    HttpToSend,
    Opened,
    denied_in_envelope,
    message_of,
    sealed_plainly,
)
from gongji.nhsa.messages.exact_json import JSON_TYPE, as_bytes

__all__ = ["check", "opened", "seal", "signed"]

_KEY = "x-ca-key"
_SIGNATURE = "x-ca-signature"


def check(request: HttpAsked, keys: Keys, clock: Clock) -> Opened:
    """Whose request it is, by key, time and signature.  Raises `Denied`."""
    name, signature = request.header(_KEY), request.header(_SIGNATURE)
    at, colon, written_hex = signature.partition(":")
    if not name or not colon:
        raise denied_in_envelope(401, MISSING)
    moment = from_seconds(at)
    key = keys("x_ca", name) if is_name(name) else None
    if not moment.in_time(key, clock()):
        raise denied_in_envelope(401, STALE)
    if key is None:
        raise denied_in_envelope(401, UNKNOWN)
    right = _signature(at, request.body, key)
    try:
        found = bytes.fromhex(written_hex)
    except ValueError:
        found = b""
    if not hmac.compare_digest(found, right):
        raise denied_in_envelope(401, MISMATCH)
    message = message_of(request.body)
    if message is None:
        raise denied_in_envelope(400, MALFORMED)
    return Opened(key, message, f"x_ca {name} {right.hex()}", moment.at, moment.until(key))


def seal(answer: Mapping[str, object], key: Key) -> HttpAnswer:  # noqa: ARG001 - needs none
    """The answer as it is; x-ca signs none."""
    return sealed_plainly(answer)


def signed(message: Mapping[str, object], key: Key, clock: Clock, url: str) -> HttpToSend:
    """The message with its headers."""
    body, at = as_bytes(message), seconds(clock())
    headers = {
        "Content-Type": JSON_TYPE,
        _KEY: key.name,
        _SIGNATURE: f"{at}:{_signature(at, body, key).hex().upper()}",
    }
    return HttpToSend("POST", url, headers, body)


def opened(answer: HttpAnswer, key: Key) -> dict[str, object]:  # noqa: ARG001 - needs none
    """The object that an answer holds.  Raises `Refused` (`not_json`)."""
    return object_of(answer)


def _signature(at: str, body: bytes, key: Key) -> bytes:
    return hmac_sm3(key.secret.encode(), at.encode("ascii") + b"\n" + body)
