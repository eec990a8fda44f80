"""OAuth: a token for the client, and messages under SM4 and SM2 where keys of SM2 are exchanged.

Seen in Jilin.  `input` and `output` are the JSON under SM4 in Base64, the client id being the key;
`cainfo` is the signature of that JSON.  The description says that the signer's id is the client id;
the one known client passes it on and then signs with the common id all the same.  So both are
accepted.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

from gongji.nhsa.dialects.answers import object_of
from gongji.nhsa.dialects.clocks import Clock, from_text
from gongji.nhsa.dialects.keys import SM4_BYTES, Key, Keys
from gongji.nhsa.dialects.sm import (
    COMMON_SIGNER,
    sm2_plain,
    sm2_signature,
    sm2_verified,
    sm4_decrypted,
    sm4_encrypted,
)
from gongji.nhsa.dialects.tokens import denied, key_of_token
from gongji.nhsa.dialects.traffic import (
    MALFORMED,
    MISMATCH,
    STALE,
    Denied,
    HttpAnswer,
    HttpAsked,
    HttpToSend,
    Opened,
    message_of,
    sealed_plainly,
)
from gongji.nhsa.messages.exact_json import JSON_TYPE, as_bytes
from gongji.wording import Bilingual, Refused

__all__ = ["check", "opened", "seal", "signed"]

_FOR_EVER = datetime.max.replace(tzinfo=UTC)


def check(request: HttpAsked, keys: Keys, clock: Clock) -> Opened:
    """Whose request it is, by its token, and its input decrypted.  Raises `Denied`.

    Where the other side's key of SM2 is known, an input that is not sealed is turned away, and the
    signature is the mark: it covers neither number nor `msgid`, but nobody else can make another.
    It covers no time either, so it is remembered for ever.
    """
    key = key_of_token(request.header("authorization"), keys, clock)
    message = message_of(request.body)
    if message is None:
        raise _denied(400, MALFORMED)
    moment = from_text(str(message.get("inf_time", "")))
    if not moment.in_time(key, clock()):
        raise _denied(400, STALE)
    sealed = message.get("input")
    if not isinstance(sealed, str):
        if key.their_sm2:
            raise _denied(400, "input 应加密并签名!")
        return Opened(key, message, mark="", claimed=moment.at, remember_until=None)
    plain = _decrypted(key, sealed)
    content = message_of(plain) if plain is not None else None
    if plain is None or content is None:
        raise _denied(400, "input 解密失败!")
    if not key.their_sm2:
        return Opened(key, {**message, "input": content}, "", moment.at, remember_until=None)
    signature = _verified(key, plain, message.get("cainfo"))
    if signature is None:
        raise _denied(401, MISMATCH)
    mark = f"oauth {key.name} {signature.hex()}"
    return Opened(key, {**message, "input": content}, mark, moment.at, _FOR_EVER)


def seal(answer: Mapping[str, object], key: Key) -> HttpAnswer:
    """The answer, its output encrypted and signed where there are keys of SM2.

    Raises `Refused` (`bad_key`, `missing_package`).
    """
    if not key.own_sm2 or answer.get("output") is None:
        return sealed_plainly(answer)
    content, signature = _sealed(key, answer["output"])
    more = {"output": content, "cainfo": signature, "signtype": "SM2", "enctype": "SM4"}
    return sealed_plainly({**answer, **more})


def signed(message: Mapping[str, object], key: Key, clock: Clock, url: str) -> HttpToSend:  # noqa: ARG001
    """The message with `key.token`, its input encrypted and signed where there is a key of SM2.

    Raises `Refused` (`bad_key`, `missing_package`).
    """
    if key.own_sm2:
        content, signature = _sealed(key, message["input"])
        more = {"input": content, "cainfo": signature, "signtype": "SM2", "encType": "SM4"}
        message = {**message, **more}
    headers = {"Content-Type": JSON_TYPE, "Authorization": f"Bearer {key.token}"}
    return HttpToSend("POST", url, headers, as_bytes(message))


def opened(answer: HttpAnswer, key: Key) -> dict[str, object]:
    """The object that an answer holds, its output decrypted and its signature verified.

    Raises `Refused` (`not_json`, `wrong_key`).
    """
    told = object_of(answer)
    sealed = told.get("output")
    if not isinstance(sealed, str) or not sealed:
        return told
    plain = _decrypted(key, sealed)
    content = message_of(plain) if plain is not None else None
    if plain is None or content is None:
        raise _wrong("output 解密失败，客户端标识与对方的不符", "the output does not decrypt")
    if key.their_sm2 and _verified(key, plain, told.get("cainfo")) is None:
        raise _wrong("应答的签名不对", "the answer's signature is not that of the other side")
    return {**told, "output": content}


def _sealed(key: Key, content: object) -> tuple[str, str]:
    """A content under SM4, and its signature, both in Base64."""
    plain = as_bytes(content)
    signature = sm2_signature(key.own_sm2, plain, key.signer or key.name)
    encrypted = sm4_encrypted(key.name.encode(), plain)
    return b64encode(encrypted).decode("ascii"), b64encode(signature).decode("ascii")


def _decrypted(key: Key, sealed: str) -> bytes | None:
    if len(key.name.encode()) != SM4_BYTES:
        return None
    try:
        return sm4_decrypted(key.name.encode(), b64decode(sealed, validate=True))
    except ValueError:
        return None


def _verified(key: Key, plain: bytes, signature: object) -> bytes | None:
    """The signature as r and s, or None where it is not one of the other side."""
    try:
        found = b64decode(str(signature), validate=True)
    except ValueError:
        return None
    signers = [key.signer] if key.signer else [key.name, COMMON_SIGNER]
    if any(sm2_verified(key.their_sm2, plain, signer, found) for signer in signers):
        return sm2_plain(found)
    return None


def _denied(code: int, message: str) -> Denied:
    return denied(code, "invalid_request", message)


def _wrong(zh: str, en: str) -> Refused:
    return Refused(
        "wrong_key",
        Bilingual(
            f"{zh}；检查客户端标识和 SM2 密钥", f"{en}; check the client id and the keys of SM2"
        ),
    )
