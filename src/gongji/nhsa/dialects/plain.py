"""The plain dialect: no signature; the envelope's institution is believed.

For machines that trust their network, and for trying things out.  An agency that gives nobody a
key of this dialect answers nobody in it.
"""

from __future__ import annotations

from collections.abc import Mapping

from gongji.nhsa.dialects.answers import object_of
from gongji.nhsa.dialects.clocks import Clock
from gongji.nhsa.dialects.keys import Key, Keys, is_name
from gongji.nhsa.dialects.traffic import (
    MALFORMED,
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


def check(request: HttpAsked, keys: Keys, clock: Clock) -> Opened:  # noqa: ARG001 - it has none
    """The message of the institution that it names itself.  Raises `Denied`."""
    message = message_of(request.body)
    if message is None:
        raise denied_in_envelope(400, MALFORMED)
    name = message.get("fixmedins_code")
    key = keys("plain", name) if isinstance(name, str) and is_name(name) else None
    if key is None:
        raise denied_in_envelope(401, UNKNOWN)
    return Opened(key, message, mark="", claimed=None, remember_until=None)


def seal(answer: Mapping[str, object], key: Key) -> HttpAnswer:  # noqa: ARG001 - needs none
    """The answer as it is."""
    return sealed_plainly(answer)


def signed(message: Mapping[str, object], key: Key, clock: Clock, url: str) -> HttpToSend:  # noqa: ARG001
    """The message as it is."""
    return HttpToSend("POST", url, {"Content-Type": JSON_TYPE}, as_bytes(message))


def opened(answer: HttpAnswer, key: Key) -> dict[str, object]:  # noqa: ARG001 - needs none
    """The object that an answer holds.  Raises `Refused` (`not_json`)."""
    return object_of(answer)
