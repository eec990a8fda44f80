"""Contributions: what is due for a month or a year, what arrived, and what it paid."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text, text

from gongji.book.schema.metadata import METADATA, Number, act_column, ended_column, id_column

__all__ = ["CARRIED", "DUE", "PAID", "RECEIPT"]

DUE = Table(
    "due",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("period", String(7), nullable=False),
    Column("employer", String(32), ForeignKey("employer.code"), nullable=True, index=True),
    Column("base_fen", Number, nullable=True),
    Column("shares", Text, nullable=False),
    act_column(),
    ended_column(),
    Index(
        "ix_due_one_a_period", "person", "scheme", "period", unique=True,
        sqlite_where=text("ended IS NULL"), postgresql_where=text("ended IS NULL"),
    ),
)  # fmt: skip
"""What is due for a person and a `period`, `2024-03` or `2024`; `shares` are fen by who pays them
(`employer`, `employee`, `government` and so on), JSON."""

RECEIPT = Table(
    "receipt",
    METADATA,
    id_column(),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("arrived", Date, nullable=False),
    Column("fen", Number, nullable=False),
    Column("entry", Number, ForeignKey("entry.id"), nullable=False),
    act_column(),
    ended_column(),
)
"""Money that arrived on a day."""

PAID = Table(
    "paid",
    METADATA,
    id_column(),
    Column("receipt", Number, ForeignKey("receipt.id"), nullable=False, index=True),
    Column("due", Number, ForeignKey("due.id"), nullable=False),
    Column("share", String(32), nullable=False),
    act_column(),
    ended_column(),
    Index(
        "ix_paid_one_a_share", "due", "share", unique=True,
        sqlite_where=text("ended IS NULL"), postgresql_where=text("ended IS NULL"),
    ),
)  # fmt: skip
"""A share of what was due, paid in full by a receipt."""

CARRIED = Table(
    "carried",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("first_paid", Date, nullable=False),
    Column("through", Date, nullable=False),
    Column("months", Integer, nullable=False),
    act_column(),
    ended_column(),
    Index(None, "person", "scheme"),
)
"""What a person had paid before the book began: since when, up to which month (its first day)
without a gap, and how many months in all."""
