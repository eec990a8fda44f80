"""Operators of an institution sign in and out (9001, 9002)."""

from __future__ import annotations

from collections.abc import Mapping

from gongji.book.acts import Act
from gongji.book.exchange.sign_ins import sign_in, sign_out
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.services import Service, Work

__all__ = ["SERVICES"]


def _sign_in(call: Call, act: Act) -> Output:
    """9001: an operator signs in at a machine; one may be signed in at several."""
    given = call.one("signIn")
    number = sign_in(act, call.sender.code, given.needed("opter_no"), given.said())
    sign_no = numbered(call.sender.area, number)
    return {"signinoutb": {"sign_time": call.moment, "sign_no": sign_no}}


def _sign_out(call: Call, act: Act) -> Output:
    """9002: and signs out again, once."""
    given = call.one("signOut")
    sign_out(act, call.sender.code, given.needed("opter_no"), given.number("sign_no"))
    return {"signoutoutb": {"sign_time": call.moment}}


SERVICES: Mapping[str, Service] = {"9001": Work(_sign_in), "9002": Work(_sign_out)}
