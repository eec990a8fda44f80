"""The first letters of the syllables of a name, as people at a counter type them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["initials_of", "plain"]

_OTHERS = re.compile(r"[^a-z0-9]")


def plain(name: str) -> str:
    """A name as it is searched: full-width signs as the plain ones, letters small."""
    return unicodedata.normalize("NFKC", name).strip().lower()


@lru_cache(maxsize=1 << 16)
def initials_of(name: str) -> str:
    """氯化钠注射液 is `lhnzsy`; nothing where gongji[pinyin] is not installed."""
    try:
        from pypinyin import Style, lazy_pinyin
    except ImportError:
        return ""
    letters = "".join(lazy_pinyin(plain(name), style=Style.FIRST_LETTER))
    return _OTHERS.sub("", letters.lower())
