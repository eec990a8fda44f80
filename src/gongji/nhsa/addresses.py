"""The addresses of the gateway: one for all transactions in some dialects, else one for each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gongji.nhsa.dialects.tokens import TOKEN_PATH
from gongji.nhsa.tables import Tables

__all__ = ["BELOW", "ONE_FOR_ALL", "TOKEN_PATH", "is_ours", "transaction_at"]

BELOW = "/fsi/api/"
"""Below what the addresses of transactions stand, those that they have each and the common ones."""

_CSB = f"{BELOW}rsfComIfsService/callService"
ONE_FOR_ALL = {"plain": _CSB, "csb": _CSB, "oauth": f"/mbs/fmi{BELOW}callFsiService/callService"}
"""Where a dialect has one address for all transactions."""

_BEFORE = re.compile(rf"(?:/ebus/[^/]{{1,64}})?(?:/mbs/fmi)?{BELOW}", re.ASCII)
_COMMON = "|".join(sorted({path.rpartition(BELOW)[2] for path in ONE_FOR_ALL.values()}))
_CALLED = re.compile(rf"(?:{_COMMON})(?:/([0-9A-Za-z]{{4,6}}))?", re.ASCII)
_ALSO = {"outpatientsettleservice/savesettletmentv2": "2207"}
"""Addresses in small letters that some clients have for a transaction instead of its own."""


def is_ours(path: str) -> bool:
    """Whether an address is one of the gateway."""
    return path == TOKEN_PATH or _BEFORE.match(path) is not None


def transaction_at(path: str, tables: Tables) -> str:
    """The transaction that an address names; empty where it leaves that to the message."""
    rest = _BEFORE.sub("", path, count=1)
    found = _CALLED.fullmatch(rest)
    if found is not None:
        return found[1] or ""
    return _by_path(tables).get(rest.lower(), "") or _ALSO.get(rest.lower(), "")


def _by_path(tables: Tables) -> Mapping[str, str]:
    """Transactions by their addresses; of a variant with the address of another the other."""
    found: dict[str, str] = {}
    for infno, one in tables.transactions.items():
        if one.path:
            found.setdefault(one.path.lower(), infno)
    return found
