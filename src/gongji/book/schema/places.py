"""Pooling areas, the schemes that they run, institutions, and who pays for people."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint

from gongji.book.schema.metadata import METADATA, act_column, id_column

__all__ = ["AREA", "EMPLOYER", "INSTITUTION", "SCHEME"]

AREA = Table(
    "area",
    METADATA,
    Column("code", String(6), primary_key=True),
    Column("zh", Text, nullable=False),
    Column("en", Text, nullable=False),
    act_column(),
)
"""By the code of the administrative division."""

SCHEME = Table(
    "scheme",
    METADATA,
    id_column(),
    Column("area", String(6), ForeignKey("area.code"), nullable=False),
    Column("policy", String(64), nullable=False, unique=True),
    Column("parameters", Text, nullable=False),
    act_column(),
)
"""What a policy rules in an area; `parameters` are what its documents leave to others, JSON."""

INSTITUTION = Table(
    "institution",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("area", String(6), ForeignKey("area.code"), nullable=False),
    Column("name", Text, nullable=False),
    act_column(),
)
"""Its tier, its kind and whether it is designated are facts, which change over time."""

EMPLOYER = Table(
    "employer",
    METADATA,
    Column("code", String(32), primary_key=True),
    Column("area", String(6), ForeignKey("area.code"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    act_column(),
    UniqueConstraint("area", "name"),
)
"""An employer or a school: who enrols people and pays for them."""
