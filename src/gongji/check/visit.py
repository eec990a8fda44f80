"""One visit as the check settles it: so much in scope, on meters fresh or part-used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from gongji.engine.bill import IN_SCOPE, FactValue, Item, Person, Visit
from gongji.engine.meters import ACCOUNT, Meters
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.policy.model import Policy
from gongji.wording import Refused

__all__ = ["FRESH", "LARGEST", "Earlier", "Start", "largest_settled", "settled"]

LARGEST = 10**9
"""The largest bill looked at, in fen: ten million yuan."""


class Earlier(NamedTuple):
    """A visit that came before: what is known of it, and its bill in fen."""

    facts: Mapping[str, FactValue]
    fen: int


class Start(NamedTuple):
    """The meters as a visit finds them, and the visits of the same year that moved them there.

    `day` is that of the visit, None for the first day of the policy; `parameters` are figures that
    somebody supplied.
    """

    meters: Meters
    earlier: tuple[Earlier, ...]
    day: date | None = None
    parameters: Mapping[str, FactValue] | None = None


FRESH = Start(Meters(), ())
"""The first visit of a year."""


def settled(
    policy: Policy,
    facts: Mapping[str, FactValue],
    fen: int,
    start: Start = FRESH,
    parameters: Mapping[str, FactValue] | None = None,
    balance: int = 0,
) -> Settlement:
    """A visit with so much in scope, on the day of its start, everything else as `facts` say.

    `balance` is what the account holds, in fen.  Raises `Refused` where the policy does not settle
    it.
    """
    person = Person({k: v for k, v in facts.items() if policy.facts[k].of == "person"})
    bill = {k: v for k, v in facts.items() if policy.facts[k].of == "bill"}
    visit = Visit(start.day or policy.in_force.first, (Item({IN_SCOPE: fen}),), bill)
    meters = start.meters.moved({ACCOUNT: balance}) if balance else start.meters
    return settle(policy, person, meters, visit, parameters or start.parameters)


def largest_settled(
    policy: Policy, facts: Mapping[str, FactValue], start: Start = FRESH
) -> tuple[Settlement, Refused | None]:
    """The largest bill that a policy settles, and why it settles no larger one, if it does not.

    A figure that is not stated refuses only the bills that reach it.  Raises `Refused` where not
    even one fen is settled, or a fact is missing.
    """
    try:
        return settled(policy, facts, LARGEST, start), None
    except Refused as refused:
        if refused.kind != "not_stated":
            raise
        why = refused
    low, high = settled(policy, facts, 1, start), LARGEST
    while high - low.total > 1:
        middle = (low.total + high) // 2
        try:
            low = settled(policy, facts, middle, start)
        except Refused:
            high = middle
    return low, why
