"""Operators of institutions who sign in with their software, and out again."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from gongji.book.acts import Act, Json, canonical
from gongji.book.schema.exchange import SIGN_IN
from gongji.wording import Bilingual, Refused

__all__ = ["sign_in", "sign_out"]


def sign_in(act: Act, institution: str, operator: str, said: Json) -> int:
    """Keep that an operator signed in, and how they said so.  Gives the number of it."""
    row = act.connection.execute(
        insert(SIGN_IN).values(
            institution=institution, operator=operator, said=canonical(said), act=act.number
        )
    )
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def sign_out(act: Act, institution: str, operator: str, number: int) -> None:
    """Keep that an operator signed out.

    Raises `Refused`: `unknown_sign_in`, also where it is another's, and `signed_out` where it has
    ended already.
    """
    mine = (
        (SIGN_IN.c.id == number)
        & (SIGN_IN.c.institution == institution)
        & (SIGN_IN.c.operator == operator)
    )
    row = act.connection.execute(select(SIGN_IN).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise Refused(
            "unknown_sign_in",
            Bilingual(f"操作员 {operator} 没有编号为 {number} 的签到",
                      f"the operator {operator} has no sign-in {number}"),
            {"field": "sign_no"},
        )  # fmt: skip
    if row.ended is not None:
        raise Refused(
            "signed_out",
            Bilingual(f"编号为 {number} 的签到已经签退", f"sign-in {number} was signed out"),
            {"field": "sign_no"},
        )
    act.connection.execute(update(SIGN_IN).where(SIGN_IN.c.id == number).values(ended=act.number))
