"""What a registration changes: a bill settled without it and with it, nothing kept.

The bill is one that the registration is for: of the values that a bill can have, those are taken
first by which it gains most, and a clerk can say others.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from gongji.engine.inputs import Raw, read_person, read_visit
from gongji.engine.meters import Meters
from gongji.engine.parameters import read_parameters
from gongji.engine.settle import settle
from gongji.explain.explanation import Explanation
from gongji.policy.model import Fact, Policy
from gongji.policy.reach import reached_by_settlements
from gongji.policy.versions import Library
from gongji.web.estimate.questions import Asked, Estimate, estimated
from gongji.web.estimate.said import Said, said_as
from gongji.wording import Bilingual, Refused

__all__ = ["TYPICAL", "Effect", "effect_of"]

TYPICAL = "10000.00"
"""The bill that is tried until somebody says another amount."""


class Side(NamedTuple):
    """The bill on one side: what the person bears of it in fen, or why it cannot be settled."""

    said: Said
    person: int | None
    funds: int | None
    refused: Refused | None


class Effect(NamedTuple):
    """A bill of some amount without the registration and with it; `asked` can be said otherwise."""

    amount: str
    asked: tuple[Asked, ...]
    assumed: tuple[tuple[Bilingual, Bilingual], ...]
    before: Side
    after: Side

    @property
    def gain(self) -> int | None:
        """How many fen less the person bears with it; None where a side cannot be settled."""
        if self.before.person is None or self.after.person is None:
            return None
        return self.before.person - self.after.person


class _Trial(NamedTuple):
    """A bill of a person, with what holds without the registration and with it."""

    library: Library
    policy: Policy
    base: Said
    before: Mapping[str, str]
    after: Mapping[str, str]

    def sides(self, bill: Mapping[str, str]) -> tuple[Estimate, Estimate]:
        """The bill without it and with it."""
        without, with_it = (
            estimated(self.base.with_(**bill, **one), self.policy, self.library)
            for one in (self.before, self.after)
        )
        return without, with_it

    def gain(self, bill: Mapping[str, str]) -> int | None:
        """How much less the person bears of a bill; None where it cannot be settled."""
        without = self.borne({**bill, **self.before})
        with_it = None if without is None else self.borne({**bill, **self.after})
        return None if without is None or with_it is None else without - with_it

    def borne(self, facts: Mapping[str, str]) -> int | None:
        """What the person bears; questions nobody answered yet are asked only where they arise."""
        said = self.base.with_(**facts)
        case = said.case(self.policy)
        try:
            person = read_person(self.policy, case.person)
            visit = read_visit(self.policy, case.event)
            given = read_parameters(self.policy, said.parameters)
            return settle(self.policy, person, Meters(), visit, given).person
        except Refused as refused:
            if refused.kind != "missing_fact":
                return None
        found = estimated(said, self.policy, self.library).explanation
        return None if found is None else found.settlement.person


def effect_of(
    library: Library,
    policy: Policy,
    day: date,
    parameters: Mapping[str, Raw],
    known: Mapping[str, Raw],
    registration: Mapping[str, Any],
    bill: Mapping[str, str],
    amount: str,
) -> Effect | None:
    """The effect of a registration on a bill of a person, as far as `bill` says what it is of.

    `registration` is what the API answers; None where it sets nothing that settlements go by.
    """
    matters = reached_by_settlements(policy)
    after = {name: said_as(one) for name, one in registration["sets"].items() if name in matters}
    on_bills = [one for one in registration["on_bills"] if one["fact"] in matters]
    after |= {one["fact"]: said_as(one["value"]) for one in on_bills}
    if not after:
        return None
    only = {name: said_as(one) for each in on_bills for name, one in each["only"].items()}
    person = {
        name: said_as(one)
        for name, one in known.items()
        if name in matters and policy.facts[name].of == "person"
    }
    given = {name: str(one) for name, one in parameters.items()}
    said = Said(policy.id, day.isoformat(), {**person, "in_scope": amount}, (), given)
    before = {name: person.get(name) or _without(policy.facts[name], one)
              for name, one in after.items()}  # fmt: skip
    trial = _Trial(library, policy, said, before, after)
    trial = _worst(trial, {**only, **bill}, {one["fact"] for one in on_bills})
    chosen = _gaining(trial, only, bill)
    without, with_it = trial.sides(chosen)
    asked = tuple(
        one
        for one in with_it.questions
        if one.fact.of == "bill" and one.fact.name not in {*after, *only}
    )
    named = tuple(
        (policy.facts[name].title, policy.facts[name].values.get(text, Bilingual(text, text)))
        for name, text in {**only, **trial.before}.items()
        if name in only or name in {one["fact"] for one in on_bills}
    )
    return Effect(amount, asked, named, _side(without), _side(with_it))


def _gaining(trial: _Trial, only: Mapping[str, str], bill: Mapping[str, str]) -> Mapping[str, str]:
    """What the bill is of: as said, else by which it gains most, one fact after the other."""
    chosen = {**only, **bill}
    questions = trial.sides(chosen)[1].questions
    taken = {one.fact.name: one.value for one in questions if one.fact.of == "bill"}
    for one in questions:
        name = one.fact.name
        if name not in taken or name in chosen or name in trial.after or not one.fact.values:
            continue
        gains = {value: trial.gain({**taken, **chosen, name: value}) for value in one.fact.values}
        found = {value: gain for value, gain in gains.items() if gain is not None}
        if found and max(found.values()) > 0:
            chosen[name] = max(found, key=lambda value: found[value])
    return chosen


def _worst(trial: _Trial, bill: Mapping[str, str], facts: set[str]) -> _Trial:
    """Without the registration the bill has the value that leaves most to the person."""
    before = dict(trial.before)
    for name in sorted(facts):
        found: dict[str, int] = {}
        for value in trial.policy.facts[name].values:
            if value == trial.after[name]:
                continue
            borne = trial.borne({**bill, **before, name: value})
            if borne is not None:
                found[value] = borne
        if found:
            before[name] = max(found, key=lambda value: found[value])
    return trial._replace(before=before)


def _without(fact: Fact, value: str) -> str:
    """What a fact is where nobody registered it."""
    if fact.kind == "set":
        return "none"
    others = [one for one in fact.values if one != value]
    if fact.default is not None and fact.default != value:
        return fact.default
    return "no" if "no" in others else (others[0] if others else value)


def _side(estimate: Estimate) -> Side:
    found: Explanation | None = estimate.explanation
    if found is None:
        return Side(estimate.said, None, None, estimate.refused)
    its = found.settlement
    return Side(estimate.said, its.person, its.total - its.person, None)
