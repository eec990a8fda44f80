"""The turns of a life: retirement, moving to another area, death, and who inherits."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Text
from sqlalchemy import text as sql

from gongji.book.schema.metadata import METADATA, Number, act_column, ended_column, id_column

__all__ = ["DEATH", "HEIR", "RETIREMENT", "TRANSFER"]

_STANDS = sql("ended IS NULL")

RETIREMENT = Table(
    "retirement",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("assessed", Date, nullable=False),
    Column("months_paid", Integer, nullable=False),
    Column("since", Date, nullable=True),
    Column("due_fen", Number, nullable=True),
    Column("entry", Number, ForeignKey("entry.id"), nullable=True),
    act_column(),
    ended_column(),
)
"""How a person was assessed for retirement: retired `since` a day, or not yet; the lump sum due for
missing months, and the entry by which it was paid."""

TRANSFER = Table(
    "transfer",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("other", Text, nullable=False),
    Column("months_paid", Integer, nullable=False),
    Column("previous_end", Date, nullable=False),
    Column("arrived", Date, nullable=True),
    Column("balance_fen", Number, nullable=False),
    Column("basis", Text, nullable=True),
    Column("entry", Number, ForeignKey("entry.id"), nullable=True),
    act_column(),
    ended_column(),
)
"""A person who left for another area (`out`) or came from one (`in`).

`other` is that area, `previous_end` the first day of the last month insured before, `arrived` the
day on which the record came; `basis` the rule by which the account went along, where it is not the
policy's own."""

DEATH = Table(
    "death",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False),
    Column("day", Date, nullable=False),
    act_column(),
    ended_column(),
    Index(
        "uq_death_once",
        "person",
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    ),
)
"""When a person died, and since when that is known."""

HEIR = Table(
    "heir",
    METADATA,
    id_column(),
    Column("death", Number, ForeignKey("death.id"), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("masked", String(18), nullable=False),
    Column("share", String(24), nullable=False),
    Column("fen", Number, nullable=False),
    Column("entry", Number, ForeignKey("entry.id"), nullable=False),
    Column("basis", Text, nullable=True),
    act_column(),
)
"""What an heir was paid out of an account; `sealed` holds the identity number and the name."""
