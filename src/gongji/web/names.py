"""What codes and numbers of the book are called: schemes, places, facts of a policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.web.amounts import grouped
from gongji.web.door import Door
from gongji.web.entrance.caller import Caller
from gongji.web.every import every
from gongji.wording import Bilingual, Refused

__all__ = [
    "Named",
    "Place",
    "Scheme",
    "Schemes",
    "facts_in_words",
    "institutions_of",
    "names_of_employers",
    "names_of_places",
    "own_schemes",
    "schemes_of",
    "schemes_with",
    "value_in_words",
]

_A_TIME = 100


class Named(NamedTuple):
    """What the library calls things."""

    library: Library

    def title(self, policy: str) -> Bilingual:
        """The title of a policy, that of its latest version."""
        return self.library.versions(policy)[-1].title

    def policy(self, name: str, day: str) -> Policy:
        """A policy on a day; its latest version where none was in force."""
        with suppress(Refused):
            return self.library.policy(name, date.fromisoformat(day))
        return self.library.policy(name, self.library.versions(name)[-1].in_force.first)


class Scheme(NamedTuple):
    """What a policy rules in an area; `parameters` are what its documents leave to others."""

    number: int
    area: str
    policy: str
    title: Bilingual
    parameters: Mapping[str, Any]


Schemes = Mapping[int, Scheme]


class Place(NamedTuple):
    """An institution to be chosen."""

    code: str
    name: str


async def schemes_of(caller: Caller) -> Schemes:
    """All schemes by number, each with the title of its policy."""
    named = Named(caller.library)
    return {
        one["scheme"]: Scheme(
            one["scheme"], one["area"], one["policy"], named.title(one["policy"]),
            one["parameters"],
        )
        for one in await every(caller.door, "/schemes")
    }  # fmt: skip


async def schemes_with(caller: Caller, numbers: Iterable[int]) -> Schemes:
    """Schemes by number, those of some numbers among them.

    What a scheme is never changes, so the site keeps what it was told, and asks again only where
    one of them came since.
    """
    kept: dict[int, Scheme] = caller.request.app.state.schemes
    if not kept.keys() >= set(numbers):
        kept.update(await schemes_of(caller))
    return kept


def own_schemes(caller: Caller, schemes: Schemes) -> Schemes:
    """Those of the caller's area; all for who has none."""
    own = None if caller.who is None else caller.who.area
    return {number: one for number, one in schemes.items() if own in (None, one.area)}


async def institutions_of(caller: Caller) -> list[Place]:
    """The institutions to choose from: a user's own one, else all."""
    own = None if caller.who is None else caller.who.institution
    found = await every(caller.door, "/institutions", codes=own)
    return [Place(one["code"], one["name"]) for one in found]


async def names_of_places(door: Door, codes: Iterable[str]) -> Mapping[str, str]:
    """The names of institutions by their codes; a code that is not known is its own."""
    return await _names(door, "/institutions", codes)


async def names_of_employers(door: Door, codes: Iterable[str]) -> Mapping[str, str]:
    """The names of employers and schools by their codes; for whom the desk is open."""
    return await _names(door, "/employers", codes)


async def _names(door: Door, path: str, codes: Iterable[str]) -> Mapping[str, str]:
    wanted = sorted(set(codes))
    found = {code: code for code in wanted}
    for at in range(0, len(wanted), _A_TIME):
        some = await every(door, path, codes=",".join(wanted[at : at + _A_TIME]))
        found |= {one["code"]: one["name"] for one in some}
    return found


def facts_in_words(policy: Policy, facts: Mapping[str, Any]) -> list[tuple[Bilingual, Bilingual]]:
    """Facts by their titles, with the titles of their values; what is not known is its own."""
    return [
        (policy.facts[name].title if name in policy.facts else Bilingual(name, name),
         value_in_words(policy, name, value))
        for name, value in facts.items()
    ]  # fmt: skip


def value_in_words(policy: Policy, name: str, value: Any) -> Bilingual:
    """A value of a fact, or several; what is not known is its own."""
    if name in policy.facts and policy.facts[name].kind == "amount":
        amount = grouped(str(value))
        return Bilingual(amount, amount)
    titles = policy.facts[name].values if name in policy.facts else {}
    several = value if isinstance(value, list) else [value]
    words = [titles.get(str(one), Bilingual(str(one), str(one))) for one in several]
    none = Bilingual("无", "none")
    if not words:
        return none
    return Bilingual("、".join(one.zh for one in words), ", ".join(one.en for one in words))
