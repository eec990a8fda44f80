"""Institutions as messages name them: by their code, in any field."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from gongji.book.schema.places import INSTITUTION
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.refusals import Rejected

__all__ = ["name_of", "place_named"]


def place_named(connection: Connection, given: Given, field: str) -> Row[Any]:
    """The institution whose code a field holds.  Raises `Rejected` where there is none."""
    code = given.needed(field)
    row = connection.execute(select(INSTITUTION).where(INSTITUTION.c.code == code)).one_or_none()
    if row is None:
        raise Rejected(f"{given.node}.{field}：没有登记编号为 {code} 的定点医药机构")
    return row


def name_of(connection: Connection, code: str) -> str:
    """The name of an institution of the book."""
    return str(connection.scalar(select(INSTITUTION.c.name).where(INSTITUTION.c.code == code)))
