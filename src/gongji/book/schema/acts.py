"""Acts: everything that was ever done in the book, by whom and when, chained by hash."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from gongji.book.schema.metadata import METADATA, Number, id_column

__all__ = ["ACT", "STRAND"]

ACT = Table(
    "act",
    METADATA,
    id_column(),
    Column("at", Number, nullable=False),
    Column("day", Date, nullable=False, index=True),
    Column("by", String(64), nullable=False),
    Column("service", String(64), nullable=False),
    Column("key", String(128), nullable=True),
    Column("request", LargeBinary, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("strand", SmallInteger, nullable=False),
    Column("place", Number, nullable=True),
    Column("before", LargeBinary(32), nullable=True),
    Column("hash", LargeBinary(32), nullable=True),
    UniqueConstraint("by", "key"),
    UniqueConstraint("strand", "place"),
)
"""`request` and `answer` are JSON, encrypted; `digest` is a keyed hash of the request.

`key` is the caller's own for this request: the same one again is answered, not done again.

Acts hang on each other in strands, so that many can be done at a time; `place` counts along one.
It is empty only inside the transaction that does the act.
"""

STRAND = Table(
    "strand",
    METADATA,
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("place", Number, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)
"""The last act of each strand."""
