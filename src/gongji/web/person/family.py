"""Whom somebody lets use the account, and whose accounts they may use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gongji.web.door import Door
from gongji.web.entrance.caller import Caller
from gongji.web.every import every
from gongji.web.names import Named
from gongji.web.person.subject import Subject
from gongji.wording import Bilingual

__all__ = ["RELATIONS", "Asked", "asked_facts", "read_family", "worded"]

RELATIONS: Mapping[str, Bilingual] = {
    "spouse": Bilingual("配偶", "spouse"),
    "parent": Bilingual("父母", "parent"),
    "child": Bilingual("子女", "child"),
    "other": Bilingual("其他近亲属", "another relative"),
}
"""What a relative is to the owner of an account."""


async def read_family(door: Door, subject: Subject) -> dict[str, Any]:
    """Authorisations that somebody gave and was given, those that still hold first."""
    given, had = await asyncio.gather(
        every(door, f"/persons/{subject.person}/authorisations"),
        every(door, f"/persons/{subject.person}/authorised-by"),
    )
    return {"given": _shown(given, subject.day), "had": _shown(had, subject.day)}


def _shown(some: list[dict[str, Any]], day: str) -> list[dict[str, Any]]:
    found = [
        {**one, "words": RELATIONS[one["relation"]],
         "over": one["until"] is not None and one["until"] < day}
        for one in some
    ]  # fmt: skip
    return sorted(found, key=lambda one: one["over"])


class Asked(NamedTuple):
    """A fact that the policy asks for before an account may be used, with its values."""

    name: str
    title: Bilingual
    values: tuple[tuple[str, str], ...]


def asked_facts(caller: Caller, subject: Subject, names: Iterable[str]) -> tuple[Asked, ...]:
    """Those of some facts that the policy of the account knows, in the caller's words."""
    cover = subject.latest
    if cover is None:
        return ()
    named = Named(caller.library)
    facts = named.policy(cover.policy, subject.day).facts
    return tuple(
        Asked(name, facts[name].title, worded(caller, facts[name].values))
        for name in dict.fromkeys(names)
        if name in facts
    )


def worded(caller: Caller, titles: Mapping[str, Bilingual]) -> tuple[tuple[str, str], ...]:
    """What a field can be chosen from, in the caller's words."""
    return tuple((name, caller.words(title)) for name, title in titles.items())
