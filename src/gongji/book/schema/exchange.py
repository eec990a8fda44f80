"""What institutions send by the national interface, before and beside what the book makes of it.

A case is care as the interface knows it: registered or admitted, its lines uploaded, settled in one
or more batches.  Each batch that is settled becomes a visit of the book.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Date, ForeignKey, Index, LargeBinary, String, Table, Text, text

from gongji.book.schema.metadata import METADATA, Number, act_column, ended_column, id_column

__all__ = [
    "CASE", "CASE_LINE", "CASE_SETTLEMENT", "CASE_STATE", "EXCHANGE_FILE", "EXCHANGE_KEY",
    "FILING", "SEEN_MARK", "SETTLEMENT_LIST", "SIGN_IN",
]  # fmt: skip

_STANDING: Any = {"postgresql_where": text("ended IS NULL"), "sqlite_where": text("ended IS NULL")}

EXCHANGE_KEY = Table(
    "exchange_key",
    METADATA,
    id_column(),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False, index=True),
    Column("dialect", String(8), nullable=False),
    Column("name", String(100), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    act_column(),
    ended_column(),
    Index("uq_exchange_key_standing", "dialect", "name", unique=True, **_STANDING),
)
"""By what an institution is known to the gateway: the `name` that it sends, in a dialect.

`sealed` are its secrets and settings, JSON, encrypted."""

SEEN_MARK = Table(
    "seen_mark",
    METADATA,
    Column("mark", LargeBinary(32), primary_key=True),
    Column("until", Number, nullable=False, index=True),
)
"""Signatures that were used, by their hash, until a moment after which they are too old anyway."""

SIGN_IN = Table(
    "sign_in",
    METADATA,
    id_column(),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False, index=True),
    Column("operator", String(30), nullable=False),
    Column("said", Text, nullable=False),
    act_column(),
    ended_column(),
)
"""An operator of an institution who signed in, and how they said so, JSON."""

CASE = Table(
    "exchange_case",  # SQL takes `case` for a word of its own
    METADATA,
    id_column(),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("kind", String(10), nullable=False),
    Column("own_number", String(30), nullable=False),
    act_column(),
    Index(None, "institution", "own_number"),
)
"""Care of a person at an institution, which calls it by its `own_number`.

`kind` is `outpatient`, `inpatient` or `pharmacy`."""

CASE_STATE = Table(
    "exchange_case_state",
    METADATA,
    id_column(),
    Column("case", Number, ForeignKey("exchange_case.id"), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=True),
    Column("med_type", String(6), nullable=True),
    Column("said", Text, nullable=False),
    Column("diagnoses", Text, nullable=False),
    act_column(),
    ended_column(),
)
"""How a case stands: `open`, `discharged` or `withdrawn`; one row of a case stands at a time.

`first` and `last` are the days of care, or of admission and discharge.  `said` is what was said of
it in the words of the interface, JSON; `diagnoses` a list of those."""

CASE_LINE = Table(
    "exchange_case_line",
    METADATA,
    id_column(),
    Column("case", Number, ForeignKey("exchange_case.id"), nullable=False, index=True),
    Column("serial", String(30), nullable=False),
    Column("batch", String(30), nullable=False),
    Column("day", Date, nullable=False),
    Column("said", Text, nullable=False),
    Column("worked", Text, nullable=False),
    act_column(),
    ended_column(),
)
"""A line of a bill as it was sent (`said`, JSON), and what was answered to it (`worked`, JSON)."""

CASE_SETTLEMENT = Table(
    "exchange_settlement",
    METADATA,
    id_column(),
    Column("case", Number, ForeignKey("exchange_case.id"), nullable=False, index=True),
    Column("batch", String(30), nullable=False),
    Column("visit", Number, ForeignKey("visit.id"), nullable=False, index=True),
    Column("cancels", Number, ForeignKey("exchange_settlement.id"), nullable=True),
    Column("message", String(30), nullable=False),
    Column("day", Date, nullable=False),
    Column("answered", Text, nullable=False),
    Column("insutype", String(6), nullable=True),
    Column("clearing", String(6), nullable=True),
    Column("payer", String(6), nullable=True),
    Column("total_fen", Number, nullable=True),
    Column("fund_fen", Number, nullable=True),
    Column("account_fen", Number, nullable=True),
    act_column(),
    ended_column(),
)
"""A batch of a case that was settled as a visit of the book, or the cancelling of one.

`message` is the number of the message that asked for it, `answered` what was answered, JSON; of a
cancelling all amounts are below nothing.  What institutions are reconciled by stands beside it: the
kind of insurance, of clearing, the area that pays, and the sums.  A settlement ends by its
cancelling, which does not."""

FILING = Table(
    "exchange_filing",
    METADATA,
    id_column(),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("kind", String(12), nullable=False),
    Column("registration", Number, ForeignKey("registration.id"), nullable=False),
    Column("said", Text, nullable=False),
    act_column(),
    ended_column(),
)
"""A filing that came by the interface, and the registration that it became.

`kind` is `referral`, `disease` or `designation`; `said` is what was said, JSON."""

SETTLEMENT_LIST = Table(
    "settlement_list",
    METADATA,
    id_column(),
    Column("settlement", Number, ForeignKey("exchange_settlement.id"), nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    act_column(),
    ended_column(),
)
"""The clinical and cost summary of a settled stay as an institution sent it, JSON, encrypted."""

EXCHANGE_FILE = Table(
    "exchange_file",
    METADATA,
    id_column(),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    act_column(),
    ended_column(),
)
"""A file that an institution sent, or that is there for it to fetch; encrypted."""
