"""Settlement lists: an institution sums up a settled stay; encrypted, and the last one counts."""

from __future__ import annotations

import json

from sqlalchemy import Connection, insert, select, update

from gongji.book.acts import Act, Json, canonical
from gongji.book.known import standing
from gongji.book.schema.exchange import SETTLEMENT_LIST
from gongji.book.sealed import Seal

__all__ = ["keep_list", "list_of"]


def keep_list(act: Act, settlement: int, said: Json) -> int:
    """Keep the list of a settlement, instead of one that is there.  Gives its number."""
    mine = (SETTLEMENT_LIST.c.settlement == settlement) & standing(SETTLEMENT_LIST)
    act.connection.execute(update(SETTLEMENT_LIST).where(mine).values(ended=act.number))
    row = act.connection.execute(
        insert(SETTLEMENT_LIST).values(
            settlement=settlement, sealed=act.seal.sealed(canonical(said)), act=act.number
        )
    )
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def list_of(connection: Connection, seal: Seal, settlement: int) -> Json | None:
    """The list of a settlement that counts, if one came."""
    mine = (SETTLEMENT_LIST.c.settlement == settlement) & standing(SETTLEMENT_LIST)
    sealed = connection.scalar(select(SETTLEMENT_LIST.c.sealed).where(mine))
    if sealed is None:
        return None
    said: Json = json.loads(seal.opened(sealed))
    return said
