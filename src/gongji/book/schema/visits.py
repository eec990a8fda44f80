"""Visits, the lines of their bills, and how they were settled."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from gongji.book.schema.metadata import METADATA, Number, act_column, ended_column, id_column

__all__ = ["FEE_LINE", "RULES", "SETTLEMENT", "STANDING", "VISIT"]

VISIT = Table(
    "visit",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False),
    Column("since", Date, nullable=False),
    Column("day", Date, nullable=False),
    Column("channel", String(8), nullable=False),
    Column("said", Text, nullable=False),
    act_column(),
    ended_column(),
    Index(None, "institution", "day"),
)
"""Care had by a person; `said` are the facts of the visit, JSON, in the words of the policy.

`since` is the day of admission of a stay, of other care the same as `day`.  `channel` says how it
is settled: `direct` at the institution, which is owed the bill, or by a `claim` of the person, who
has paid it and is owed what the funds pay."""

FEE_LINE = Table(
    "fee_line",
    METADATA,
    id_column(),
    Column("visit", Number, ForeignKey("visit.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("said", Text, nullable=False),
    act_column(),
    ended_column(),
    Index(None, "visit", "number"),
)
"""A line of a bill: its amounts and facts, JSON, amounts in yuan with two decimals."""

SETTLEMENT = Table(
    "settlement",
    METADATA,
    id_column(),
    Column("visit", Number, ForeignKey("visit.id"), nullable=False, index=True),
    Column("person", Number, ForeignKey("person.id"), nullable=False),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("place", Number, nullable=False),
    Column("day", Date, nullable=False),
    Column("rules", Number, ForeignKey("rules.id"), nullable=False),
    Column("person_said", Text, nullable=False),
    Column("bill", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("moved", Text, nullable=False),
    Column("payments", Text, nullable=False),
    Column("total_fen", Number, nullable=False),
    Column("person_fen", Number, nullable=False),
    Column("account_fen", Number, nullable=True),
    Column("entry", Number, ForeignKey("entry.id"), nullable=False),
    act_column(),
    ended_column(),
    Index(None, "person", "scheme", "place"),
)
"""How a visit was settled: what went in (the rules, the person and the bill as they were said, the
meters before), what came out.  `place` counts a person's settlements in a scheme; one that is
settled again after an earlier one was cancelled keeps its place."""

RULES = Table(
    "rules",
    METADATA,
    id_column(),
    Column("policy", String(80), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("parameters", Text, nullable=False),
    Column("parameters_digest", String(64), nullable=False),
    UniqueConstraint("policy", "digest", "parameters_digest"),
)
"""The rules that settlements were made by: a version, the hash of its text, and the parameters."""

STANDING = Table(
    "standing",
    METADATA,
    Column("person", Number, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("scheme", Number, ForeignKey("scheme.id"), primary_key=True, autoincrement=False),
    Column("place", Number, nullable=False),
    Column("meters", Text, nullable=False),
)
"""Where a person's meters stand in a scheme, and the place of the last settlement; the row that is
locked while one is made."""
