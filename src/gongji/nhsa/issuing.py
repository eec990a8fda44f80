"""Keys issued to institutions: a name and secrets by chance, as each dialect has them."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple

from gongji.nhsa.dialects.every import DIALECTS
from gongji.nhsa.dialects.keys import SM4_BYTES, Key
from gongji.wording import Bilingual, Refused

__all__ = ["Issued", "issued"]

_SM2_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""How many points the curve of SM2 has (GB/T 32918.5): private keys are below it."""


class Issued(NamedTuple):
    """A key that was made: what the book keeps of it, and what the institution is given.

    `given` are the settings of its client; `public` is the agency's key of SM2, if there is one.
    """

    name: str
    kept: dict[str, Any]
    given: dict[str, str]
    public: str


def issued(
    institution: str, dialect: str, *, lenient_clock: bool = False, their_sm2: str = ""
) -> Issued:
    """Make a key for an institution.

    `their_sm2` is its public key of SM2, for messages under SM4 and SM2 (`oauth` only).  Raises
    `Refused`: `bad_dialect`, `bad_key`, `missing_package`.
    """
    if dialect not in DIALECTS:
        raise Refused(
            "bad_dialect",
            Bilingual(f"没有方言 {dialect}；可选：{', '.join(DIALECTS)}",
                      f"there is no dialect {dialect}; take one of: {', '.join(DIALECTS)}"),
            {"field": "dialect"},
        )  # fmt: skip
    if their_sm2 and dialect != "oauth":
        raise Refused(
            "bad_key",
            Bilingual(f"方言 {dialect} 不用 SM2 公钥；只有 oauth 用",
                      f"the dialect {dialect} takes no key of SM2; oauth alone does"),
            {"field": "their_sm2"},
        )  # fmt: skip
    name = institution if dialect == "plain" else secrets.token_hex(SM4_BYTES // 2)
    given: dict[str, str] = {}
    if dialect != "plain":
        given["secret"] = secrets.token_urlsafe(32)
    if dialect == "oauth":
        given |= {"user": institution, "password": secrets.token_urlsafe(16)}
    kept: dict[str, Any] = {**given, "lenient_clock": lenient_clock}
    public = ""
    if their_sm2:
        from gongji.nhsa.dialects.sm import sm2_public

        own = f"{1 + secrets.randbelow(_SM2_ORDER - 2):064x}"
        kept |= {"own_sm2": own, "their_sm2": their_sm2}
        public = sm2_public(own)
    Key(dialect=dialect, name=name, institution=institution, **kept)  # refuses what is no good
    return Issued(name, kept, given, public)
