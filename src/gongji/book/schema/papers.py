"""What people apply for with papers: registrations, claims for what they paid, aid."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, String, Table, Text, text

from gongji.book.schema.metadata import METADATA, Number, act_column, ended_column, id_column

__all__ = [
    "APPROVAL",
    "CLAIM",
    "CLAIM_RECEIPT",
    "CLAIM_STATE",
    "REGISTERED_FACT",
    "REGISTRATION",
    "REGISTRATION_STATE",
]

REGISTRATION = Table(
    "registration",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("question", String(64), nullable=False),
    act_column(),
)
"""An application that a question of the policy decides, such as for a recognition or a filing."""

REGISTRATION_STATE = Table(
    "registration_state",
    METADATA,
    id_column(),
    Column(
        "registration", Number, ForeignKey("registration.id"), nullable=False, index=True
    ),
    Column("state", String(12), nullable=False),
    Column("day", Date, nullable=False),
    Column("rules", Number, ForeignKey("rules.id"), nullable=False),
    Column("asked", Text, nullable=False),
    Column("missing", Text, nullable=False),
    Column("sets", Text, nullable=False),
    Column("since", Date, nullable=True),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
)  # fmt: skip
"""How an application stands: `pending`, `in_force` or `ended`; one row of it stands at a time.

`asked` is what was said and brought on the day, JSON; `missing` are the papers that lack; `sets`
the facts of the person that it states from `since` to `until`."""

REGISTERED_FACT = Table(
    "registered_fact",
    METADATA,
    id_column(),
    Column(
        "registration", Number, ForeignKey("registration.id"), nullable=False, index=True
    ),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("name", String(64), nullable=False),
    Column("value", Text, nullable=False),
    Column("only", Text, nullable=False),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=True),
    Column("area", String(6), nullable=True),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    act_column(),
    ended_column(),
)  # fmt: skip
"""A fact of a person's bills that a registration sets: for bills with the facts of `only`, at the
institution or in the area, from a day to a day."""

CLAIM = Table(
    "claim",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("scheme", Number, ForeignKey("scheme.id"), nullable=False),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False),
    Column("day", Date, nullable=False),
    Column("received", Date, nullable=False),
    Column("lines", Text, nullable=False),
    act_column(),
)
"""A claim for what a person paid in full at an institution on a day; `lines` are the bill's."""

CLAIM_RECEIPT = Table(
    "claim_receipt",
    METADATA,
    id_column(),
    Column("claim", Number, ForeignKey("claim.id"), nullable=False, index=True),
    Column("institution", String(32), ForeignKey("institution.code"), nullable=False),
    Column("number", String(40), nullable=False),
    act_column(),
    ended_column(),
    Index(
        "uq_claim_receipt_standing",
        "institution",
        "number",
        unique=True,
        postgresql_where=text("ended IS NULL"),
        sqlite_where=text("ended IS NULL"),
    ),
)
"""The receipts of a claim: what an institution gave out once is claimed once."""

CLAIM_STATE = Table(
    "claim_state",
    METADATA,
    id_column(),
    Column("claim", Number, ForeignKey("claim.id"), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("said", Text, nullable=False),
    Column("papers", Text, nullable=False),
    Column("missing", Text, nullable=False),
    Column("reason", Text, nullable=True),
    Column("visit", Number, ForeignKey("visit.id"), nullable=True),
    Column("paid_fen", Number, nullable=False),
    act_column(),
    ended_column(),
)
"""How a claim stands: `received`, `returned`, `accepted`, `settled`, `paid` or `withdrawn`.

`said` are the facts of the bill and `papers` those brought so far, JSON; a claim that is returned
has the papers that are `missing` or the `reason`, in both languages; one that is settled has its
`visit`.  One row of a claim stands at a time."""

APPROVAL = Table(
    "approval",
    METADATA,
    id_column(),
    Column("person", Number, ForeignKey("person.id"), nullable=False, index=True),
    Column("facts", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=True),
    Column("office", Text, nullable=False),
    Column("reference", String(64), nullable=False),
    Column("papers", Text, nullable=False),
    act_column(),
    ended_column(),
    Index(
        "uq_approval_standing",
        "office",
        "reference",
        unique=True,
        postgresql_where=text("ended IS NULL"),
        sqlite_where=text("ended IS NULL"),
    ),
)
"""Aid that an office approved for a person from a day to a day, by its own reference."""
