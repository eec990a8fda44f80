"""The visits of somebody in a year, with what each came to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from gongji.web.amounts import fen_of
from gongji.web.door import Door
from gongji.web.every import every
from gongji.web.names import Named, names_of_places, value_in_words
from gongji.web.person.subject import Subject
from gongji.wording import Bilingual

__all__ = ["Care", "Seen", "read_care"]

_SETTING = "setting"


class Seen(NamedTuple):
    """A visit and its settlement that stands; amounts in fen, None where it is not settled.

    `before` are the settlements of it that do not stand any more.
    """

    visit: int
    day: str
    since: str
    place: str
    setting: Bilingual
    withdrawn: bool
    claimed: bool
    settlement: int | None
    total: int | None
    funds: int | None
    person: int | None
    account: int | None
    before: tuple[int, ...]


class Care(NamedTuple):
    """The visits of a year, the latest first, and what those settled come to, in fen."""

    visits: tuple[Seen, ...]
    total: int
    funds: int
    person: int


async def read_care(door: Door, subject: Subject, named: Named) -> Care:
    """The visits of the year and what they came to."""
    span = {"person": subject.person, "first": subject.first, "last": subject.last}
    visits, settlements = await asyncio.gather(
        every(door, "/visits", **span), every(door, "/settlements", **span)
    )
    places = await names_of_places(door, [one["institution"] for one in visits])
    policies = {one.scheme: named.policy(one.policy, subject.day) for one in subject.covers}
    seen = []
    for one in visits:
        mine = [each for each in settlements if each["visit"] == one["visit"]]
        policy = policies.get(one["scheme"])
        said = one["facts"].get(_SETTING, "")
        setting = value_in_words(policy, _SETTING, said) if policy and said else Bilingual("", "")
        seen.append(_seen(one, places[one["institution"]], setting, mine))
    seen.sort(key=lambda one: (one.day, one.visit), reverse=True)
    return Care(
        tuple(seen), sum(one.total or 0 for one in seen), sum(one.funds or 0 for one in seen),
        sum(one.person or 0 for one in seen),
    )  # fmt: skip


def _seen(
    visit: Mapping[str, Any], place: str, setting: Bilingual, settlements: list[dict[str, Any]]
) -> Seen:
    before = tuple(one["settlement"] for one in settlements if not one["stands"])
    seen = Seen(
        visit["visit"], visit["day"], visit["since"], place, setting, visit["withdrawn"],
        visit["channel"] == "claim", None, None, None, None, None, before,
    )  # fmt: skip
    stands = next((one for one in settlements if one["stands"]), None)
    if stands is None:
        return seen
    return seen._replace(
        settlement=stands["settlement"], total=fen_of(stands["total"]),
        funds=sum(fen_of(text) for text in stands["payments"].values()),
        person=fen_of(stands["person"]),
        account=None if stands["account"] is None else fen_of(stands["account"]),
    )  # fmt: skip
