"""Who pays what of a bill, out of a settlement as the API tells it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from gongji.engine.settlement import BurdenLine
from gongji.explain.names import Names
from gongji.money import parse_yuan
from gongji.policy.versions import Library
from gongji.web.explained.waterfall import Bar, bars

__all__ = ["Split", "split_of"]


class Split(NamedTuple):
    """A settlement for a page: its bars in fen, and the steps and notes as the API tells them."""

    total: int
    funds: int
    person: int
    bars: tuple[Bar, ...]
    told: Mapping[str, Any]


def split_of(library: Library, told: Mapping[str, Any]) -> Split:
    """The split of an explained settlement.  Raises `Refused` where its policy is not there."""
    policy = library.policy(told["policy"], date.fromisoformat(told["date"]))
    names = Names(policy, library.document(policy.document))
    payments = {fund: parse_yuan(one, fund) for fund, one in told["payments"].items()}
    burden = [
        BurdenLine(
            one["cause"], one["benefit"], parse_yuan(one["amount"], "amount"),
            parse_yuan(one["from_account"], "from_account"),
        )
        for one in told["burden"]
    ]  # fmt: skip
    total, person = parse_yuan(told["total"], "total"), parse_yuan(told["person"], "person")
    found = bars(total, payments, burden, names)
    return Split(total, sum(payments.values()), person, found, told)
