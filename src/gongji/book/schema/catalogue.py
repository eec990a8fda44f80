"""The catalogue: items, what each costs at most and what of it is borne first, lists, own codes.

Every row holds from a day to a day, both included, is appended, and ends by an act.  An empty area,
tier or policy means all of them.  Prices are millionths of a yuan, rates ten-thousandths.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from gongji.book.schema.metadata import METADATA, Number, act_column, ended_column, id_column

__all__ = [
    "CODED_LINE", "ITEM", "LISTED", "LIST_FACT", "OWN_ITEM", "PRICE_CAP", "PRIOR_RATE",
]  # fmt: skip


ITEM = Table(
    "item",
    METADATA,
    id_column(),
    Column("code", String(50), nullable=False),
    Column("area", String(6), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("item_class", String(8), nullable=False),
    Column("unit", Text, nullable=False),
    Column("fee_kind", String(16), nullable=False),
    Column("restricted", Boolean, nullable=False),
    Column("seek", Text, nullable=False),
    Column("initials", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
    Index(None, "code", "area"),
)
"""A drug, a service or a material by its national code.  A row of an area goes before that of all.

`restricted` is paid for under conditions only, which somebody has to confirm.  `seek` is the name
as it is searched, `initials` the first letters of its syllables.
"""

PRICE_CAP = Table(
    "price_cap",
    METADATA,
    id_column(),
    Column("item", String(50), nullable=False),
    Column("area", String(6), nullable=False),
    Column("tier", String(16), nullable=False),
    Column("cap", Number, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
    Index(None, "item"),
)
"""The highest price of an item that counts, at institutions of a tier of an area."""

PRIOR_RATE = Table(
    "prior_rate",
    METADATA,
    id_column(),
    Column("item", String(50), nullable=False),
    Column("area", String(6), nullable=False),
    Column("policy", String(64), nullable=False),
    Column("rate", Integer, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
    Index(None, "item"),
)
"""What share of an item its person bears first; `item` may be a class, such as `class_b`."""

LISTED = Table(
    "listed",
    METADATA,
    id_column(),
    Column("item", String(50), nullable=False),
    Column("area", String(6), nullable=False),
    Column("list", String(64), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
    Index(None, "item"),
)
"""Which lists an item is on."""

LIST_FACT = Table(
    "list_fact",
    METADATA,
    id_column(),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False, index=True),
    Column("since", Date, nullable=False),
    Column("place", Integer, nullable=False),
    Column("list", String(64), nullable=False),
    Column("fact", String(64), nullable=False),
    Column("value", Text, nullable=False),
    Column("if_fact", String(64), nullable=False),
    Column("if_value", Text, nullable=False),
    act_column(),
    ended_column(),
)
"""What being on a list says in the words of a scheme's policy; the first row that fits says it.

Rows of one scheme and day are one table, which holds until the next one.  `if_fact` is empty, or
names what else must be so of the person or the visit.
"""

OWN_ITEM = Table(
    "own_item",
    METADATA,
    id_column(),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False),
    Column("own", String(150), nullable=False),
    Column("name", Text, nullable=False),
    Column("item", String(50), nullable=False),
    Column("approved", Boolean, nullable=True),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
    Index(None, "institution", "own"),
)
"""An institution's own code for an item; `approved` is empty until the agency has looked at it."""

CODED_LINE = Table(
    "coded_line",
    METADATA,
    id_column(),
    Column("visit", Number, ForeignKey("visit.id"), nullable=False, index=True),
    Column("serial", String(30), nullable=False),
    Column("line", Integer, nullable=False),
    Column("returned", String(30), nullable=True),
    Column("day", Date, nullable=False),
    Column("item", String(50), nullable=False),
    Column("own", String(150), nullable=True),
    Column("quantity", Number, nullable=False),
    Column("price", Number, nullable=False),
    Column("item_class", String(8), nullable=True),
    Column("cap", Number, nullable=True),
    Column("rate", Integer, nullable=True),
    Column("facts", Text, nullable=False),
    Column("total_fen", Number, nullable=False),
    Column("out_of_catalogue_fen", Number, nullable=False),
    Column("over_price_cap_fen", Number, nullable=False),
    Column("prior_self_pay_fen", Number, nullable=False),
    Column("in_scope_fen", Number, nullable=False),
    act_column(),
    ended_column(),
)
"""What an institution sent of a line, and what its amounts were worked out of.

`serial` is the institution's own number of it, `line` the line of the bill that it is on.  A return
has a quantity below nothing (in ten-thousandths), stands on the line of what is returned, and names
its `returned` serial.
"""
