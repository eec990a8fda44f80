"""What institutions said before, sent back in another transaction as far as it fits there.

What nobody checked when it came, because no table knew it there, is left out where it does not fit
the field that it would stand in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gongji.nhsa.messages.moments import moment_text
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.values import read_value
from gongji.nhsa.tables import tables

__all__ = ["echoed"]


def echoed(infno: str, node: str, said: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an output's node that were said, as text."""
    known = tables()
    one = next(one for one in known.transactions[infno].output if one.name == node)
    found = {}
    for field in one.fields:
        try:
            value = read_value(field, said.get(field.code), "", known)
        except Rejected:
            continue
        if value is not None:
            found[field.code] = moment_text(value) if isinstance(value, datetime) else str(value)
    return found
