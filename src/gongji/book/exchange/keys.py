"""Keys by which institutions are known to the gateway of the national interface.

A key is kept sealed: whoever has the database cannot sign as an institution.  One that is changed
is closed, and another is opened.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from gongji.book.acts import Act, Json, canonical
from gongji.book.known import standing
from gongji.book.places import known
from gongji.book.schema.exchange import EXCHANGE_KEY
from gongji.book.schema.places import INSTITUTION
from gongji.book.sealed import Seal
from gongji.wording import Bilingual, Refused

__all__ = ["KeptKey", "close_key", "key_kept", "keys_of", "open_key"]


class KeptKey(NamedTuple):
    """A key: its number, whose it is, in which dialect under which name, and what is sealed."""

    number: int
    institution: str
    dialect: str
    name: str
    said: Json


def open_key(act: Act, institution: str, dialect: str, name: str, said: Json) -> int:
    """Open a key of an institution; `said` are its secrets and settings.  Gives its number.

    Raises `Refused`: `unknown_institution`, `there_already` where the name stands for a key.
    """
    known(act, INSTITUTION, institution)
    if key_kept(act.connection, act.seal, dialect, name) is not None:
        raise Refused(
            "there_already",
            Bilingual(f"{dialect} 方言里已有名为 {name} 的密钥；先停用它，或换一个名称",
                      f"there is a key {name} of the dialect {dialect} already; close it first, or "
                      "take another name"),
            {"field": "name"},
        )  # fmt: skip
    row = act.connection.execute(
        insert(EXCHANGE_KEY).values(
            institution=institution, dialect=dialect, name=name,
            sealed=act.seal.sealed(canonical(said)), act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def close_key(act: Act, dialect: str, name: str) -> int:
    """Close a key; from now on nobody is let in by it.  Raises `Refused` (`unknown_key`)."""
    kept = key_kept(act.connection, act.seal, dialect, name)
    if kept is None:
        raise Refused(
            "unknown_key",
            Bilingual(f"{dialect} 方言里没有名为 {name} 的密钥",
                      f"there is no key {name} of the dialect {dialect}"),
            {"field": "name"},
        )  # fmt: skip
    act.connection.execute(
        update(EXCHANGE_KEY).where(EXCHANGE_KEY.c.id == kept.number).values(ended=act.number)
    )
    return kept.number


def key_kept(connection: Connection, seal: Seal, dialect: str, name: str) -> KeptKey | None:
    """The key of a name in a dialect, if one stands."""
    mine = (EXCHANGE_KEY.c.dialect == dialect) & (EXCHANGE_KEY.c.name == name)
    row = connection.execute(select(EXCHANGE_KEY).where(mine, standing(EXCHANGE_KEY))).one_or_none()
    return None if row is None else _kept(seal, row)


def keys_of(connection: Connection, seal: Seal, institution: str | None = None) -> list[KeptKey]:
    """The keys that stand, or those of an institution, in the order of their opening."""
    wanted = select(EXCHANGE_KEY).where(standing(EXCHANGE_KEY)).order_by(EXCHANGE_KEY.c.id)
    if institution is not None:
        wanted = wanted.where(EXCHANGE_KEY.c.institution == institution)
    return [_kept(seal, row) for row in connection.execute(wanted)]


def _kept(seal: Seal, row: Row[Any]) -> KeptKey:
    said: Json = json.loads(seal.opened(row.sealed))
    return KeptKey(row.id, row.institution, row.dialect, row.name, said)
