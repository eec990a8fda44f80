"""Institutions that are on no list: a claim names one by its area and name."""

from __future__ import annotations

from sqlalchemy import insert, select

from gongji.book.acts import Act
from gongji.book.places import known
from gongji.book.schema.places import AREA, INSTITUTION
from gongji.wording import Bilingual, Refused

__all__ = ["unlisted_institution"]

_MOST_NAME = 100


def unlisted_institution(act: Act, area: str, name: str) -> str:
    """The code of an institution that has none of its own; the same for the same area and name.

    Nothing is known of it: what a claim needs of its tier or kind, the claim says.  Raises
    `Refused`: `unknown_area`, `bad_name`.
    """
    named = " ".join(name.split())
    if not named or len(named) > _MOST_NAME or not named.isprintable():
        raise Refused(
            "bad_name",
            Bilingual(f"机构名称应为 1 至 {_MOST_NAME} 个字符",
                      f"the institution's name: expected 1 to {_MOST_NAME} characters"),
            {"field": "name"},
        )  # fmt: skip
    known(act, AREA, area)
    code = f"X-{act.seal.hash(f'{area} {named}').hex()[:24]}"
    there = select(INSTITUTION.c.code).where(INSTITUTION.c.code == code)
    if act.connection.scalar(there) is None:
        act.connection.execute(
            insert(INSTITUTION).values(code=code, area=area, name=named, act=act.number)
        )
    return code
