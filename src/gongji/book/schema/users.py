"""Users, the tokens that they hold for a while, and log-ins that failed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table, Text

from gongji.book.schema.metadata import METADATA, Number, act_column, ended_column, id_column

__all__ = ["TOKEN", "TRY", "USER"]

USER = Table(
    "book_user",  # PostgreSQL takes `user` for a word of its own
    METADATA,
    id_column(),
    Column("name", String(32), nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("area", String(6), ForeignKey("area.code"), nullable=True),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=True),
    Column("person", Number, ForeignKey("person.id"), nullable=True),
    Column("password", Text, nullable=False),
    act_column(),
    ended_column(),
)
"""Who may ask the book.  `area`, `institution` and `person` say what is theirs; `password` is the
hash of the one that stands, and the only column that changes: older ones are nobody's business."""

TOKEN = Table(
    "token",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("user", Number, ForeignKey("book_user.id"), nullable=False, index=True),
    Column("until", Number, nullable=False),
)
"""A token that is good until a moment, by its keyed hash; it is gone when it is given back."""

TRY = Table(
    "try",
    METADATA,
    id_column(),
    Column("what", LargeBinary(32), nullable=False),
    Column("at", Number, nullable=False),
    Index(None, "what", "at"),
)
"""Log-ins that were tried and did not succeed, by a keyed hash of the name or the address."""
