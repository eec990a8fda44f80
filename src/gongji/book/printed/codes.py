"""The code on a statement that is printed: who holds the paper can ask the book whether it holds.

A code is a keyed hash of what the paper says, in letters and digits that are not mistaken for each
other when they are read out or copied by hand.
"""

from __future__ import annotations

import hmac
import unicodedata

from gongji.book.acts import Json, canonical
from gongji.book.sealed import Seal
from gongji.wording import Bilingual, Refused

__all__ = ["code_of", "is_code_of", "read_code"]

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's thirty-two: I, L, O and U are left out."""

_ALIKE = str.maketrans("OIL", "011")
_LENGTH, _GROUP = 20, 4
"""Five bits each, 100 in all: nobody hits upon a code by trying."""


def code_of(seal: Seal, said: Json) -> str:
    """The code of what a paper says, in groups of four."""
    number = int.from_bytes(seal.signed(canonical(said)), "big")
    signs = "".join(_SIGNS[number >> 5 * place & 31] for place in range(_LENGTH))
    return "-".join(signs[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def is_code_of(seal: Seal, said: Json, code: str) -> bool:
    """Whether a code, read by `read_code`, is that of what a paper says."""
    return hmac.compare_digest(code_of(seal, said), code)


def read_code(text: str, field: str = "code") -> str:
    """A code as people copy it: small letters, blanks and hyphens as they like, O for 0.

    Raises `Refused` (`bad_code`) for what can be none.
    """
    signs = [
        one.translate(_ALIKE)
        for one in unicodedata.normalize("NFKC", text).upper()
        if one not in " -"
    ]
    if len(signs) != _LENGTH or not set(signs) <= set(_SIGNS):
        raise Refused(
            "bad_code",
            Bilingual(
                f"{field}：应为 {_LENGTH} 位数字、字母，{_GROUP} 位一组，印在单据下方，请核对",
                f"{field}: a verification code has {_LENGTH} digits and letters in groups of "
                f"{_GROUP} and is printed at the foot of the statement; check it",
            ),
            {"field": field},
        )
    return "-".join("".join(signs[at : at + _GROUP]) for at in range(0, _LENGTH, _GROUP))
