"""What an answer grants: the facts that a registration sets, worked out of what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gongji.engine.answer import Answer
from gongji.engine.bill import FactValue
from gongji.engine.known import Known
from gongji.engine.meters import Meters
from gongji.policy.model import Grant, Name

__all__ = ["Granted", "granted"]


class Granted(NamedTuple):
    """The facts that a registration sets, and those that a bill must have for it to count."""

    grant: Grant
    sets: Mapping[str, FactValue]
    only: Mapping[str, FactValue]


def granted(answer: Answer) -> Granted | None:
    """What an answer grants; None where its case grants nothing.

    Raises `Refused` (`missing_fact`) where a fact that it is to take a value from is not known.
    """
    grant = answer.case.grant
    if grant is None:
        return None
    known = Known(answer.policy, answer.facts, answer.parameters, Meters(), answer.day)

    def value(name: str, to: str | Name) -> FactValue:
        found = known[to.path] if isinstance(to, Name) else to
        several = answer.policy.facts[name].kind == "set"
        return frozenset({found}) if several and isinstance(found, str) else found

    return Granted(
        grant,
        {name: value(name, to) for name, to in grant.sets.items()},
        {name: value(name, to) for name, to in grant.only.items()},
    )
