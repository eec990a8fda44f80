"""Persons, the schemes they belong to, and what was true of whom and known since when."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
)

from gongji.book.schema.metadata import METADATA, Number, act_column, ended_column, id_column

__all__ = ["FACT", "MEMBERSHIP", "NAME_MARK", "PERSON"]

PERSON = Table(
    "person",
    METADATA,
    id_column(),
    Column("look_up", LargeBinary(32), nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("masked", String(18), nullable=False),
    Column("born", Date, nullable=False),
    Column("sex", String(6), nullable=False),
    act_column(),
)
"""`sealed` holds the identity number and the name, encrypted; `look_up` is a keyed hash of the
number, `masked` what lists may show of it."""

NAME_MARK = Table(
    "name_mark",
    METADATA,
    Column("mark", LargeBinary(16), primary_key=True),
    Column("person", Number, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Index(None, "person"),
)
"""What persons are found by when nobody has their number: keyed hashes of what people type of a
name.  They say no more than the name that is sealed, and are made from it when it is written."""

MEMBERSHIP = Table(
    "membership",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("employer", String(32), ForeignKey("employer.code"), nullable=True),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
)
"""Whom a scheme insures, from a day to a day, both included."""

FACT = Table(
    "fact",
    METADATA,
    id_column(),
    Column("kind", String(12), nullable=False),
    Column("whose", String(32), nullable=False),
    Column("name", String(64), nullable=False),
    Column("value", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
    Index(None, "kind", "whose", "name"),
)
"""What is true of a person or an institution (`kind`, `whose`) in the words of the policies."""
