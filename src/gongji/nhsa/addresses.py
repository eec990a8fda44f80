"""The addresses of the gateway: one for all transactions in some dialects, else one for each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gongji.nhsa.dialects.tokens import TOKEN_PATH
from gongji.nhsa.tables import Tables

__all__ = ["TOKEN_PATH", "is_ours", "transaction_at"]

_BEFORE = re.compile(r"(?:/ebus/[^/]{1,64})?/(?:mbs/fmi/)?fsi/api/", re.ASCII)
_ONE_FOR_ALL = re.compile(
    r"(?:rsfComIfsService/callService|callFsiService/callService)(?:/([0-9A-Za-z]{4,6}))?", re.ASCII
)
_ALSO = {"outpatientsettleservice/savesettletmentv2": "2207"}
"""Addresses in small letters that some clients have for a transaction instead of its own."""


def is_ours(path: str) -> bool:
    """Whether an address is one of the gateway."""
    return path == TOKEN_PATH or _BEFORE.match(path) is not None


def transaction_at(path: str, tables: Tables) -> str:
    """The transaction that an address names; empty where it leaves that to the message."""
    rest = _BEFORE.sub("", path, count=1)
    found = _ONE_FOR_ALL.fullmatch(rest)
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
