"""x-tif: time, token and a nonce under a SHA-256; an address for each transaction.

Seen in Hebei, Inner Mongolia and elsewhere: four clients, all of this one form.  The body is not
signed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from gongji.nhsa.dialects.answers import object_of
from gongji.nhsa.dialects.clocks import Clock, from_seconds, seconds
from gongji.nhsa.dialects.keys import Key, Keys, is_name
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

_NAME, _TIME, _NONCE = "x-tif-paasid", "x-tif-timestamp", "x-tif-nonce"
_SIGNATURE = "x-tif-signature"


def check(request: HttpAsked, keys: Keys, clock: Clock) -> Opened:
    """Whose request it is, by its headers.  Raises `Denied`."""
    name, at, nonce, signature = map(request.header, (_NAME, _TIME, _NONCE, _SIGNATURE))
    if not (name and at and nonce and signature):
        raise denied_in_envelope(401, MISSING)
    moment = from_seconds(at)
    key = keys("x_tif", name) if is_name(name) else None
    if not moment.in_time(key, clock()):
        raise denied_in_envelope(401, STALE)
    if key is None:
        raise denied_in_envelope(401, UNKNOWN)
    right = _signature(at, nonce, key)
    try:
        found = bytes.fromhex(signature)
    except ValueError:
        found = b""
    if not hmac.compare_digest(found, right):
        raise denied_in_envelope(401, MISMATCH)
    message = message_of(request.body)
    if message is None:
        raise denied_in_envelope(400, MALFORMED)
    return Opened(key, message, f"x_tif {name} {right.hex()}", moment.at, moment.until(key))


def seal(answer: Mapping[str, object], key: Key) -> HttpAnswer:  # noqa: ARG001 - needs none
    """The answer as it is; x-tif signs none."""
    return sealed_plainly(answer)


def signed(message: Mapping[str, object], key: Key, clock: Clock, url: str) -> HttpToSend:
    """The message with its headers, under a new nonce."""
    at, nonce = seconds(clock()), secrets.token_hex(8)
    headers = {
        "Content-Type": JSON_TYPE,
        _NAME: key.name,
        _TIME: at,
        _NONCE: nonce,
        _SIGNATURE: _signature(at, nonce, key).hex(),
    }
    return HttpToSend("POST", url, headers, as_bytes(message))


def opened(answer: HttpAnswer, key: Key) -> dict[str, object]:  # noqa: ARG001 - needs none
    """The object that an answer holds.  Raises `Refused` (`not_json`)."""
    return object_of(answer)


def _signature(at: str, nonce: str, key: Key) -> bytes:
    text = f"{at}{key.secret}{nonce}{at}"
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
