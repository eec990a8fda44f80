"""The residents: those who have a name in the notes, and a crowd that is drawn around them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import Any

from gongji.demo.city import YEAR, Resident

__all__ = ["Draw", "crowd", "named"]

_LAST_BEGUN = date(YEAR - 1, 6, 10)
_WAGE_STEP = 50


class Draw:
    """Draws whole numbers, the same ones for the same seed."""

    def __init__(self, seed: str) -> None:
        self._source = random.Random(seed)  # noqa: S311 - nothing secret hangs on it

    def between(self, least: int, most: int) -> int:
        """A number from one to another, both included."""
        return self._source.randrange(least, most + 1)

    def one_of(self, some: Sequence[Any]) -> Any:
        """One of some, all as likely."""
        return some[self.between(0, len(some) - 1)]

    def weighed(self, weights: Mapping[str, str]) -> str:
        """One of some by weight."""
        place = self.between(1, sum(int(one) for one in weights.values()))
        ends = accumulate(int(one) for one in weights.values())
        return next(name for name, end in zip(weights, ends, strict=True) if place <= end)

    def of_a_hundred(self, share: str) -> bool:
        """Whether one of so many in a hundred is met."""
        return self.between(1, 100) <= int(share)


def named(people: Mapping[str, Any]) -> Iterator[Resident]:
    """Those who have a name in the notes, in their order."""
    for place, one in enumerate(people["named"], 1):
        paid = one.get("paid")
        yield Resident(
            2 * place + (one["sex"] == "male"), one["name"], date.fromisoformat(one["born"]),
            one["scheme"], one["facts"], one.get("payer"), paid and date.fromisoformat(paid),
            one.get("amounts"), one.get("late", {}),
        )  # fmt: skip


def crowd(people: Mapping[str, Any], persons: int, seed: int, first: int) -> Iterator[Resident]:
    """So many others, by the shares of their groups; their serial numbers begin at `first`.

    Each is drawn apart, so that more of them never change those who were there.
    """
    groups = people["crowd"]
    ends = accumulate(int(one["share"]) for one in groups)
    whole = sum(int(one["share"]) for one in groups)
    bounds = pairwise([0, *(persons * end // whole for end in ends)])
    serial = first
    for place, (group, (begin, end)) in enumerate(zip(groups, bounds, strict=True)):
        for number in range(end - begin):
            draw = Draw(f"{seed} {place} {number}")
            yield _drawn(people, group, draw, serial)
            serial += 2


def _drawn(people: Mapping[str, Any], group: Mapping[str, Any], draw: Draw, even: int) -> Resident:
    """Somebody of a group, whose serial number is `even` or the next."""
    youngest, oldest = (int(age) for age in group["ages"])
    year = YEAR - 1 - draw.between(youngest, oldest)
    born = date(year, 1, 1) + timedelta(days=draw.between(0, 364))
    given = "".join(draw.one_of(people["given"]) for _ in range(draw.between(1, 2)))
    facts = dict(group["facts"])
    if "wages" in group:
        least, most = (int(wage) // _WAGE_STEP for wage in group["wages"])
        facts["wage"] = f"{draw.between(least, most) * _WAGE_STEP}.00"
    begun = None
    if "begun" in group:
        begun = min(date(year + int(group["begun"]), 7, 10), _LAST_BEGUN)
    ill = draw.of_a_hundred(group.get("chronic", "0"))
    return Resident(
        even + draw.between(0, 1), draw.one_of(people["surnames"]) + given, born, group["scheme"],
        facts, group.get("payer"), begun, group.get("amounts"), {}, group["habit"],
        draw.one_of(people["diseases"]) if ill else None,
        draw.of_a_hundred(group.get("aid", "0")),
    )  # fmt: skip
