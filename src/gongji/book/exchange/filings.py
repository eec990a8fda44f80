"""Filings that came by the national interface, and the registrations that they became."""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from gongji.book.acts import Act, Json, canonical
from gongji.book.known import standing
from gongji.book.registrations.registering import Registration, registration_with
from gongji.book.schema.exchange import FILING
from gongji.wording import Bilingual, Refused

__all__ = ["Filing", "Kind", "end_filing", "filings_of", "held_filing", "keep_filing"]

Kind = Literal["referral", "disease", "designation"]


class Filing(NamedTuple):
    """A filing, what was said in it, and the registration that it became."""

    number: int
    institution: str
    person: int
    kind: Kind
    registration: Registration
    said: Json


def keep_filing(
    act: Act, institution: str, person: int, kind: Kind, registration: int, said: Json
) -> int:
    """Keep a filing beside its registration.  Gives its number."""
    row = act.connection.execute(
        insert(FILING).values(
            institution=institution, person=person, kind=kind, registration=registration,
            said=canonical(said), act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def held_filing(act: Act, number: int, institution: str, kind: Kind) -> Filing:
    """A filing of an institution, held until the act ends.

    Raises `Refused`: `unknown_filing`, also where it is another's or of another kind, and
    `filing_withdrawn`.
    """
    mine = (FILING.c.id == number) & (FILING.c.institution == institution) & (FILING.c.kind == kind)
    act.connection.execute(select(FILING.c.id).where(mine).with_for_update()).all()
    row = act.connection.execute(select(FILING).where(mine)).one_or_none()
    if row is None:
        raise Refused(
            "unknown_filing",
            Bilingual(f"本机构没有编号为 {number} 的这类备案",
                      f"there is no such filing {number} of this institution"),
            {"field": "trt_dcla_detl_sn"},
        )  # fmt: skip
    if row.ended is not None:
        raise Refused(
            "filing_withdrawn",
            Bilingual(f"编号为 {number} 的备案已经撤销", f"filing {number} was withdrawn"),
            {"field": "trt_dcla_detl_sn"},
        )
    return _filing(act.connection, row)


def end_filing(act: Act, number: int) -> None:
    """A filing stands no longer; what becomes of its registration is for others."""
    act.connection.execute(update(FILING).where(FILING.c.id == number).values(ended=act.number))


def filings_of(connection: Connection, person: int, kind: Kind) -> list[Filing]:
    """A person's filings of a kind that stand, whichever institution filed them."""
    mine = (FILING.c.person == person) & (FILING.c.kind == kind) & standing(FILING)
    rows = connection.execute(select(FILING).where(mine).order_by(FILING.c.id))
    return [_filing(connection, row) for row in rows]


def _filing(connection: Connection, row: Row[Any]) -> Filing:
    return Filing(
        row.id, row.institution, row.person, row.kind,
        registration_with(connection, row.registration), json.loads(row.said),
    )  # fmt: skip
