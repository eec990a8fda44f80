"""What an estimate can be held against: other cities, tiers, categories, registered or not.

Each is a comparison ready in its address; nothing is settled before somebody opens it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlencode

from gongji.engine.amounts import AMOUNTS
from gongji.engine.inputs import ACCOUNT_BALANCE
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.web.estimate.better import Better
from gongji.web.estimate.questions import Asked, Estimate
from gongji.web.estimate.said import Said
from gongji.wording import Bilingual

__all__ = ["MOST_COLUMNS", "Preset", "compared", "elsewhere", "presets"]

MOST_COLUMNS = 4
"""Estimates that stand side by side."""


class Preset(NamedTuple):
    """A comparison, and what is compared."""

    title: Bilingual
    address: str


def compared(columns: Sequence[str]) -> str:
    """The address of a comparison of estimates, each given as its query."""
    return "/compare?" + urlencode([(f"c{at}", one) for at, one in enumerate(columns, 1)], safe="/")


def presets(estimate: Estimate, helps: Sequence[Better], *, cities: bool) -> tuple[Preset, ...]:
    """What is worth comparing with an estimate; `cities` where others have the same scheme.

    Which of them settle such a bill is looked up when the comparison is opened.
    """
    said = estimate.said
    found: list[Preset] = []
    if cities:
        title = Bilingual("同样的费用，在别的城市", "The same bill in other cities")
        found.append(Preset(title, "/compare?" + urlencode({"like": said.query()}, safe="/")))
    for one in (*estimate.questions, *estimate.more):
        if one.fact.better_first and one.fact.kind == "choice":
            columns = [said.with_(**{one.fact.name: value}).query() for value in _values(one)]
            name = one.fact.title
            title = Bilingual(f"不同的{name.zh}", f"Each {name.en}")
            found.append(Preset(title, compared(columns)))
    for help_ in helps:
        if help_.by is not None:
            title = Bilingual(f"办不办“{help_.by.zh}”", f"With and without: {help_.by.en}")
            found.append(Preset(title, compared([said.query(), help_.said.query()])))
    return tuple(found)


def _values(one: Asked) -> Iterator[str]:
    """The value that holds, then the others."""
    yield one.value
    yield from islice((value for value in one.fact.values if value != one.value), MOST_COLUMNS - 1)


def elsewhere(said: Said, others: Sequence[str], library: Library) -> Iterator[str]:
    """The same visit under other policies, as far as their words for it are the same."""
    for name in others:
        header = library.versions(name)[-1]
        policy = library.policy(name, header.in_force.first)
        visits = tuple(_fitting(visit, policy) for visit in said.earlier)
        there = Said(name, said.day, _fitting(said.facts, policy), visits)
        first, last = library.versions(name)[0].in_force.first, header.in_force.last
        covered = first.isoformat() <= said.day <= (last or date.max).isoformat()
        yield (there if covered else there._replace(day="")).query()


def _fitting(facts: Mapping[str, str], policy: Policy) -> dict[str, str]:
    """What can be said under a policy."""
    free = {*AMOUNTS, ACCOUNT_BALANCE, "date"}
    return {
        name: text
        for name, text in facts.items()
        if name in free
        or (name in policy.facts and set(text.split(",")) <= {*policy.facts[name].values, "none"})
    }
