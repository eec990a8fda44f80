"""The journal: balanced entries over accounts of funds, persons, institutions and the bank."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, String, Table, UniqueConstraint

from gongji.book.schema.metadata import METADATA, Number, act_column, id_column

__all__ = ["BALANCE", "ENTRY", "LEDGER", "POSTING"]

LEDGER = Table(
    "ledger",
    METADATA,
    id_column(),
    Column("area", String(6), ForeignKey("area.code"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("name", String(64), nullable=False),
    Column("owner", String(32), nullable=False),
    UniqueConstraint("area", "kind", "name", "owner"),
)
"""What money is booked on: a `fund` by its name, a person's `account`, what an `institution` or a
`person` is owed (or owes), what was paid in `cash` at an institution, the `bank`."""

ENTRY = Table(
    "entry",
    METADATA,
    id_column(),
    Column("day", Date, nullable=False, index=True),
    Column("kind", String(24), nullable=False),
    Column("visit", Number, ForeignKey("visit.id"), nullable=True, index=True),
    Column("reverses", Number, ForeignKey("entry.id"), nullable=True, unique=True),
    act_column(),
)
"""An entry is never changed; one that was wrong is reversed by another, once."""

POSTING = Table(
    "posting",
    METADATA,
    Column("entry", Number, ForeignKey("entry.id"), primary_key=True, autoincrement=False),
    Column("ledger", Number, ForeignKey("ledger.id"), primary_key=True, autoincrement=False),
    Column("fen", Number, nullable=False),
    CheckConstraint("fen <> 0", name="moves"),
)
"""What an entry moves, in fen; all postings of an entry add up to nothing."""

BALANCE = Table(
    "balance",
    METADATA,
    Column("ledger", Number, ForeignKey("ledger.id"), primary_key=True, autoincrement=False),
    Column("fen", Number, nullable=False),
    CheckConstraint("fen >= 0", name="not_overdrawn"),
)
"""What is on each personal account, in fen: the sum of its postings, kept beside them."""
