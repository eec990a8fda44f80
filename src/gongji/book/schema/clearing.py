"""What institutions and the book tell each other of a period, and what institutions are paid."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, String, Table, Text, UniqueConstraint

from gongji.book.schema.metadata import METADATA, Number, act_column, id_column

__all__ = ["PAYOUT", "RECONCILIATION"]

RECONCILIATION = Table(
    "reconciliation",
    METADATA,
    id_column(),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("asked", Text, nullable=False),
    Column("sent", Text, nullable=False),
    Column("found", Text, nullable=False),
    Column("differences", Text, nullable=False),
    Column("equal", Boolean, nullable=False),
    act_column(),
)
"""What an institution said of a period, what the book says, and in what they differ; JSON.

`asked` narrows the period down: the scheme, the settings, whether refunds.
"""

PAYOUT = Table(
    "payout",
    METADATA,
    id_column(),
    Column("area", String(6), ForeignKey("area.code"), nullable=False),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False),
    Column("month", String(7), nullable=False),
    Column("figures", Text, nullable=False),
    Column("paid_fen", Number, nullable=False),
    Column("entry", Number, ForeignKey("entry.id"), nullable=True),
    act_column(),
    UniqueConstraint("area", "institution", "month"),
)
"""What an institution was paid for a month, and what the journal said of it up to the month's end.

`figures` are sums of the journal by account, JSON, so that a month is what they grew by since the
last payout, late bookings of earlier months included.  Without an `entry` nothing was due.
"""
