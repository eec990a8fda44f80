"""What all tables share: names of constraints, and the types of columns.

Money is whole fen in 64 bits.  Days are dates; moments are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData

__all__ = ["METADATA", "Number", "act_column", "ended_column", "id_column"]

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Number = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits; SQLite counts up by itself only in what it calls INTEGER, which has 64 as well."""


def id_column() -> Column[int]:
    """A row's own number."""
    return Column("id", Number, primary_key=True, autoincrement=True)


def act_column() -> Column[int]:
    """The act by which a row became known."""
    return Column("act", Number, ForeignKey("act.id"), nullable=False, index=True)


def ended_column() -> Column[int]:
    """The act by which a row was taken back; empty while it stands."""
    return Column("ended", Number, ForeignKey("act.id"), nullable=True)
