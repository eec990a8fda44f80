"""Sights: who looked at what, chained by hash as acts are."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, SmallInteger, String, Table

from gongji.book.schema.metadata import METADATA, Number, id_column

__all__ = ["LAST_SIGHT", "SIGHT"]

SIGHT = Table(
    "sight",
    METADATA,
    id_column(),
    Column("at", Number, nullable=False),
    Column("by", String(64), nullable=False),
    Column("service", String(64), nullable=False),
    Column("about", String(128), nullable=False),
    Column("person", Number, nullable=True, index=True),
    Column("outcome", String(32), nullable=False),
    Column("place", Number, nullable=False, unique=True),
    Column("before", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""`about` names things by their numbers and codes, `person` is whom it concerns, as
it was asked for, whether there is such a person or not; `outcome` is
`done`, or the kind of the refusal."""

LAST_SIGHT = Table(
    "last_sight",
    METADATA,
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("place", Number, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""The end of the chain: one row, which whoever writes sights locks."""
