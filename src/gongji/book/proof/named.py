"""Whether the persons, places and accounts that rows name are there.

A database keeps to that by itself; whoever takes a row out behind the book's back switches it off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Connection, select

from gongji.book.schema.catalogue import CODED_LINE
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.book.schema.metadata import METADATA
from gongji.book.schema.people import PERSON
from gongji.book.schema.places import AREA, EMPLOYER, INSTITUTION, SCHEME
from gongji.book.schema.visits import FEE_LINE, SETTLEMENT, VISIT
from gongji.wording import Bilingual

__all__ = ["broken_names"]

_WHAT = {
    PERSON: Bilingual("人员", "person"), SCHEME: Bilingual("险种", "scheme"),
    AREA: Bilingual("统筹区", "area"), INSTITUTION: Bilingual("机构", "institution"),
    EMPLOYER: Bilingual("单位", "employer"), LEDGER: Bilingual("账户", "account"),
}  # fmt: skip

_OF_CARE = {VISIT, FEE_LINE, CODED_LINE, SETTLEMENT, ENTRY, POSTING}
"""They grow with every visit; whom and what they name is held to what is told of settlements."""


def broken_names(connection: Connection) -> Iterator[Bilingual]:
    """Persons, places and accounts that are not there but named; nothing where all are there."""
    for parent, what in _WHAT.items():
        (key,) = parent.primary_key.columns
        gone: dict[Any, str] = {}
        for column in _naming(key):
            there = select(key).where(key == column).correlate(column.table).exists()
            named = select(column).where(column.is_not(None) & ~there).distinct()
            for one in connection.scalars(named):
                gone.setdefault(one, column.table.name)
        for one in sorted(gone):
            yield Bilingual(
                f"{what.zh} {one}：记录不见了，{gone[one]} 表还提到它",
                f"{what.en} {one}: the row is not there, and the table {gone[one]} names it",
            )


def _naming(key: Column[Any]) -> list[Column[Any]]:
    """The columns that name rows of a table by its key, those of care left out."""
    return [
        column
        for table in METADATA.sorted_tables
        if table not in _OF_CARE
        for column in table.columns
        if column.references(key)
    ]
