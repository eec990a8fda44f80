"""Personal accounts: what was credited, who may pay from whose, and years that are closed."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from gongji.book.schema.metadata import METADATA, Number, act_column, ended_column, id_column

__all__ = ["AUTHORISATION", "CLOSING", "CREDIT"]

_STANDS = text("ended IS NULL")

CREDIT = Table(
    "credit",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("every", String(16), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("day", Date, nullable=False),
    Column("rules", Number, ForeignKey("rules.id"), nullable=False),
    Column("said", Text, nullable=False),
    Column("fen", Number, nullable=False),
    Column("entry", Number, ForeignKey("entry.id"), nullable=True),
    act_column(),
    ended_column(),
    Index(
        "uq_credit_once",
        "person",
        "scheme",
        "every",
        "first_day",
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    ),
)
"""What was credited to an account for a month or a year (`every`) that began on `first_day`.

`rules` were asked about `day` with what was `said`, JSON; nothing is booked for a credit of 0."""

AUTHORISATION = Table(
    "authorisation",
    METADATA,
    id_column(),
    Column("owner", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("relative", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("relation", String(12), nullable=False),
    Column("said", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
)
"""Whom the owner of an account lets use it, from a day to a day, both included; `said` are facts
that the policy asks for, JSON."""

CLOSING = Table(
    "closing",
    METADATA,
    id_column(),
    Column("area", String(6), ForeignKey("area.code"), nullable=False),
    Column("year", Integer, nullable=False),
    Column("balances", Text, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("unsettled", Text, nullable=False),
    act_column(),
    ended_column(),
    Index(
        "uq_closing_once",
        "area",
        "year",
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    ),
)
"""A calendar year whose entries are complete: its trial balance, JSON, and the hash of that; the
visits that were not settled by then, JSON.  A year that was opened again is `ended`."""
