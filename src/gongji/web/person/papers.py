"""What somebody is registered for, which aid was approved, which bills were claimed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gongji.policy.model import Policy
from gongji.web.door import Door
from gongji.web.every import every
from gongji.web.explained.told import words_of
from gongji.web.names import Named, facts_in_words, names_of_places
from gongji.web.person.subject import Subject
from gongji.wording import Bilingual

__all__ = ["CLAIM_STEPS", "read_approvals", "read_claims", "read_registrations"]

_STATES: Mapping[str, Bilingual] = {
    "pending": Bilingual("等补材料", "papers lack"),
    "in_force": Bilingual("有效", "in force"),
    "ended": Bilingual("已结束", "ended"),
}

CLAIM_STEPS: Mapping[str, Bilingual] = {
    "received": Bilingual("已收件，等审核", "taken in, to be checked"),
    "returned": Bilingual("已退回，要补正", "returned, something lacks"),
    "accepted": Bilingual("审核通过，等结算", "accepted, to be settled"),
    "settled": Bilingual("已结算，等付款", "settled, to be paid"),
    "paid": Bilingual("已付款", "paid"),
    "withdrawn": Bilingual("已退还，不再办理", "given back"),
}
"""How a claim stands, in the order in which it goes on."""

_WAY = ("received", "accepted", "settled", "paid")


async def read_registrations(door: Door, subject: Subject, named: Named) -> list[dict[str, Any]]:
    """Registrations, the latest first: how each stands, until when, which papers lack."""
    policies = _policies(subject, named)
    found = []
    for one in await every(door, f"/persons/{subject.person}/registrations"):
        policy = _that_asks(policies, one["question"])
        title = Bilingual(one["question"], one["question"])
        sets: list[Any] = []
        if policy is not None:
            title = policy.questions[one["question"]].title
            sets = facts_in_words(policy, one["sets"])
        missing = [{**each, "title": words_of(each["title"])} for each in one["missing"]]
        found.append(
            {**one, "title": title, "words": _STATES[one["state"]], "sets": sets,
             "missing": missing, "over": _over(one["until"], subject.day)}
        )  # fmt: skip
    return found[::-1]


async def read_approvals(door: Door, subject: Subject, named: Named) -> list[dict[str, Any]]:
    """Aid that offices approved, the latest first."""
    policies = _policies(subject, named)
    found = await every(door, f"/persons/{subject.person}/approvals")
    return [
        {**one, "facts": _facts(policies, one["facts"]), "over": _over(one["until"], subject.day)}
        for one in reversed(found)
    ]


async def read_claims(door: Door, subject: Subject) -> list[dict[str, Any]]:
    """Claims, the latest first, each with how far it has come."""
    found = await every(door, "/claims", person=subject.person)
    visits = {one["visit"] for one in found if one["visit"] is not None}
    places, *settlements = await asyncio.gather(
        names_of_places(door, [one["institution"] for one in found]),
        *(every(door, "/settlements", visit=visit) for visit in visits),
    )
    by_visit = {one["visit"]: one for some in settlements for one in some if one["stands"]}
    return [
        {
            **one, "place": places[one["institution"]], "words": CLAIM_STEPS[one["state"]],
            "missing": [{**each, "title": words_of(each["title"])} for each in one["missing"]],
            "reason": one["reason"] and words_of(one["reason"]), "way": _way(one["state"]),
            "settlement": by_visit.get(one["visit"]),
        }
        for one in reversed(found)
    ]  # fmt: skip


def _way(state: str) -> list[tuple[Bilingual, bool]]:
    """The steps of a claim, and which of them are behind it."""
    if state not in _WAY:
        return []
    return [(CLAIM_STEPS[step], at <= _WAY.index(state)) for at, step in enumerate(_WAY)]


def _over(until: str | None, day: str) -> bool:
    return until is not None and until < day


def _policies(subject: Subject, named: Named) -> list[Policy]:
    """The policies that insured somebody, the latest first."""
    return [named.policy(one.policy, subject.day) for one in reversed(subject.covers)]


def _that_asks(policies: list[Policy], question: str) -> Policy | None:
    return next((one for one in policies if question in one.questions), None)


def _facts(policies: list[Policy], facts: Mapping[str, Any]) -> list[tuple[Bilingual, Bilingual]]:
    """Facts in the words of the first policy that knows them all."""
    for one in policies:
        if set(facts) <= set(one.facts):
            return facts_in_words(one, facts)
    return [
        (Bilingual(name, name), Bilingual(str(value), str(value))) for name, value in facts.items()
    ]
