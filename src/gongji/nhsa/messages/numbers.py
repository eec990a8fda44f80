"""Numbers as the interface writes them: an area and a number of the book, twenty digits."""

from __future__ import annotations

import re

from gongji.nhsa.messages.refusals import Rejected

__all__ = ["number_in", "numbered"]

_WRITTEN = re.compile(r"[0-9]{6}([0-9]{14})", re.ASCII)


def numbered(area: str, number: int) -> str:
    """A number of the book with the code of an area before it, such as `psn_no` and `mdtrt_id`."""
    return f"{area}{number:014d}"


def number_in(written: str, field: str) -> int:
    """The number of the book in what was sent; the area before it may be another by now.

    Raises `Rejected` where it is none that was given out.
    """
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise Rejected(f"{field}：“{written[:40]}”不是本平台给出的编号（20 位数字）")
    return int(found[1])
