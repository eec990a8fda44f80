"""Tokens of OAuth 2 for one client and some time: given for a password, and asked for.

A token holds whose it is and until when, under an HMAC of the client's own secrets; so nothing need
be kept of it, and it ends when a secret is changed.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode

from gongji.nhsa.dialects.answers import object_of
from gongji.nhsa.dialects.clocks import Clock, from_seconds, seconds
from gongji.nhsa.dialects.keys import Key, Keys, is_name
from gongji.nhsa.dialects.traffic import Denied, HttpAnswer, HttpAsked, HttpToSend
from gongji.nhsa.messages.exact_json import JSON_TYPE, as_bytes
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["TOKEN_PATH", "denied", "grant", "key_of_token", "token_in", "token_wanted"]

TOKEN_PATH = "/auth/oauth/token"  # noqa: S105 - an address
_GOOD_FOR = timedelta(hours=2)
_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,200})\.([0-9]{1,11})\.([0-9a-f]{64})", re.ASCII)
_FORM = "application/x-www-form-urlencoded"


def grant(request: HttpAsked, keys: Keys, clock: Clock) -> HttpAnswer:
    """For an agency: the token for a client and its user.  Raises `Denied`."""
    name, secret = _basic(request.header("authorization"))
    key = keys("oauth", name) if is_name(name) else None
    if key is None or not _same(secret, key.secret):
        raise denied(401, "invalid_client", "客户端标识或密钥不对")
    form = _form(request.body)
    if form.get("grant_type") != "password":
        raise denied(400, "unsupported_grant_type", "grant_type 应为 password")
    user, password = form.get("username", ""), form.get("password", "")
    if not (_same(user, key.user) & _same(password, key.password)):
        raise denied(400, "invalid_grant", "用户名或密码不对")
    told = {
        "access_token": _token(key, clock() + _GOOD_FOR),
        "token_type": "bearer",
        "expires_in": _GOOD_FOR // timedelta(seconds=1),
        "scope": form.get("scope", ""),
    }
    headers = {"Content-Type": JSON_TYPE, "Cache-Control": "no-store"}
    return HttpAnswer(200, headers, as_bytes(told))


def key_of_token(authorization: str, keys: Keys, clock: Clock) -> Key:
    """The key of the client to whom a token was given.  Raises `Denied`."""
    scheme, _, token = authorization.partition(" ")
    found = _TOKEN.fullmatch(token.strip())
    if scheme.lower() != "bearer" or found is None:
        raise denied(401, "invalid_token", "缺少访问令牌")
    name = _name(found[1])
    key = keys("oauth", name) if is_name(name) else None
    ends = from_seconds(found[2]).at
    if key is None or ends is None or not _same(token.strip(), _token(key, ends)):
        raise denied(401, "invalid_token", "访问令牌无效")
    if clock() >= ends:
        raise denied(401, "invalid_token", "访问令牌已过期")
    return key


def token_wanted(key: Key, url: str) -> HttpToSend:
    """For an institution: the request for a token."""
    basic = b64encode(f"{key.name}:{key.secret}".encode()).decode("ascii")
    form = {
        "username": key.user,
        "password": key.password,
        "scope": key.scope,
        "grant_type": "password",
    }
    headers = {"Content-Type": _FORM, "Authorization": f"Basic {basic}"}
    return HttpToSend("POST", url, headers, urlencode(form).encode())


def token_in(answer: HttpAnswer) -> str:
    """For an institution: the token that it was given.  Raises `Refused` (`wrong_key`, …)."""
    told = object_of(answer)
    token = told.get("access_token")
    if isinstance(token, str) and token.isascii() and token.isprintable() and token:
        return token
    why = shortened(str(told.get("error_description") or told.get("error") or ""), 200)
    raise Refused(
        "wrong_key",
        Bilingual(
            f"对方没有给访问令牌（HTTP {answer.status}）：{why}；检查客户端标识、密钥、用户名和"
            "密码",
            f"the other side gave no token (HTTP {answer.status}): {why}; check client id, secret, "
            "user and password",
        ),
    )


def denied(status: int, error: str, message: str) -> Denied:
    """A request turned away in the words of OAuth 2 (RFC 6749, section 5.2; RFC 6750)."""
    return Denied(status, message, {"error": error, "error_description": message}, status)


def _token(key: Key, ends: datetime) -> str:
    name = b64encode(key.name.encode(), b"-_").decode("ascii").rstrip("=")
    said = f"{name}.{seconds(ends.astimezone(UTC))}"
    secret = as_bytes(["gongji: tokens", key.secret, key.user, key.password])
    return f"{said}.{hmac.digest(secret, said.encode(), 'sha256').hex()}"


def _name(text: str) -> str:
    try:
        return b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
    except ValueError:
        return ""


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, rest = authorization.partition(" ")
    try:
        name, _, secret = b64decode(rest.strip(), validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return (name, secret) if scheme.lower() == "basic" else ("", "")


def _form(body: bytes) -> dict[str, str]:
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def _same(found: str, right: str) -> bool:
    """Whether two texts are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(found.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
