"""A case: a person, a history, an event, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gongji.engine.inputs import Raw
from gongji.policy.problems import Place

__all__ = ["Case"]


class Case(NamedTuple):
    """One case as written; its parts are read when it is run, under the policy of their day."""

    id: str
    title: str
    policy: str
    person: Mapping[str, Raw]
    history: tuple[Mapping[str, Raw], ...]
    event: Mapping[str, Raw]
    parameters: Mapping[str, Raw]
    expect: Mapping[str, Raw] | None
    clauses: tuple[str, ...]
    place: Place
