"""Keys of an invented hospital in every dialect, and requests as a server sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from gongji.nhsa.dialects.keys import Key
from gongji.nhsa.dialects.sm import sm2_public
from gongji.nhsa.dialects.traffic import HttpAsked, HttpToSend

__all__ = ["AGENCY_KEYS", "CLIENT_KEYS", "HOSPITAL", "NOW", "arrived", "key_of"]

HOSPITAL = "H99990000001"
NOW = datetime(2026, 11, 21, 10, 57, 11, tzinfo=UTC)
"""2026-11-21 18:57:11 in China."""

_CLIENT_SM2 = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
_AGENCY_SM2 = "128b2fa8bd433c6c068c8d803dff79792a519a55171b1b650c23661d15897263"


def _simple(dialect: str, name: str) -> Key:
    return Key(dialect, name, HOSPITAL, "" if dialect == "plain" else "a secret")


def _oauth(own: str, theirs: str) -> Key:
    return Key(
        "oauth",
        "CLIENT0123456789",
        HOSPITAL,
        "a secret",
        user="hospital",
        password="a password",
        scope="all",
        own_sm2=own,
        their_sm2=sm2_public(theirs),
    )


CLIENT_KEYS = {
    "plain": _simple("plain", HOSPITAL),
    "csb": _simple("csb", "AK9"),
    "x_ca": _simple("x_ca", HOSPITAL),
    "x_tif": _simple("x_tif", "paas9"),
    "oauth": _oauth(_CLIENT_SM2, _AGENCY_SM2),
}
AGENCY_KEYS = {**CLIENT_KEYS, "oauth": _oauth(_AGENCY_SM2, _CLIENT_SM2)}


def key_of(dialect: str, name: str) -> Key | None:
    """The agency's book of keys."""
    key = AGENCY_KEYS.get(dialect)
    return key if key is not None and key.name == name else None


def arrived(sent: HttpToSend) -> HttpAsked:
    """A request as it comes in at the other end."""
    return HttpAsked.of(sent.method, urlsplit(sent.url).path, sent.headers, sent.body)
