"""What a bill's policy asks: titles and values come from the library, none stands in a page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from gongji.policy.model import PAPERS, Fact, Policy
from gongji.policy.reach import reached_by_question
from gongji.web.desk.asked import said_facts
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller
from gongji.web.estimate.questions import Asked, estimated
from gongji.web.estimate.said import Said, said_as
from gongji.web.form import Form
from gongji.web.names import schemes_with

__all__ = [
    "Needed",
    "facts_told",
    "insuring_on",
    "needed_for_bill",
    "needed_for_claim",
    "policy_of",
    "with_facts",
]

_PREFIX = "facts."


class Needed(NamedTuple):
    """What is asked of a bill: what has to be said, and what holds until it is said otherwise."""

    asked: tuple[Asked, ...] = ()
    more: tuple[Asked, ...] = ()

    @property
    def names(self) -> set[str]:
        """The names of all facts that are asked."""
        return {one.fact.name for one in (*self.asked, *self.more)}


async def policy_of(caller: Caller, scheme: int, day: date) -> Policy:
    """The policy by which a scheme insures on a day.  Raises `Refused` where none is in force."""
    schemes = await schemes_with(caller, [scheme])
    return caller.library.policy(schemes[scheme].policy, day)


def insuring_on(members: Iterable[Mapping[str, Any]], day: date) -> int | None:
    """The scheme that insures somebody on a day, out of the memberships; None where none does."""
    on = day.isoformat()
    return next(
        (
            one["scheme"]
            for one in members
            if one["since"] <= on and (one["until"] is None or on <= one["until"])
        ),
        None,
    )


def facts_told(form: Form, policy: Policy) -> dict[str, Any]:
    """The facts that somebody said: what a form sends along as it was taken for granted is left."""
    said = said_facts(form, policy.facts.values())
    return {
        name: value for name, value in said.items() if said_as(value) != policy.facts[name].default
    }


def needed_for_bill(caller: Caller, policy: Policy, day: date, known: Mapping[str, Any]) -> Needed:
    """What a bill of a day needs, found by asking the engine; `known` the book says itself.

    A fact that a refusal named is asked as well.
    """
    said = _typed(caller.form, policy)
    told = {name: said_as(value) for name, value in known.items()}
    estimate = estimated(Said(policy.id, day.isoformat(), {**said, **told}), policy, caller.library)
    asked = [one for one in estimate.questions if _ours(one, known)]
    there = {one.fact.name for one in asked}
    for name in dict.fromkeys((*said, *_wrong(caller.form))):
        fact = policy.facts.get(name)
        if fact is not None and fact.default is None and name not in there:
            there.add(name)
            asked.append(Asked(fact, said.get(name, ""), "open"))
    more = [one for one in estimate.more if _ours(one, known) and one.fact.name not in there]
    return Needed(tuple(asked), tuple(more))


def needed_for_claim(caller: Caller, policy: Policy, day: date, known: Mapping[str, Any]) -> Needed:
    """What a claim needs: that of its bill; what decides about claims stands in front."""
    bill, said = needed_for_bill(caller, policy, day, known), _typed(caller.form, policy)
    there = bill.names
    decides = dict.fromkeys(
        name
        for question in policy.questions.values()
        if any(case.claim for case in question.cases)
        for name in reached_by_question(policy, question)
        if name in policy.facts and policy.facts[name].of == "bill"
    )
    found = [
        _held(policy.facts[name], said)
        for name in decides
        if name not in there and name not in known and name != PAPERS
    ]
    front = [one for one in bill.more if one.fact.name in decides]
    rest = [one for one in bill.more if one.fact.name not in decides]
    return Needed((*bill.asked, *front, *found), tuple(rest))


def with_facts(form: Form, turned: Turned, names: Collection[str]) -> Form:
    """A form as it comes back, where what is wrong with a fact stands beside it."""
    found = form.refused(turned)
    wrong = dict(found.wrong)
    for name, sentence in found.wrong.items():
        last = name.rpartition(".")[2]
        if last in names:
            wrong[_PREFIX + last] = sentence
    return found._replace(wrong=wrong)


def _ours(one: Asked, known: Mapping[str, Any]) -> bool:
    """Whether something is asked of the bill and not known already."""
    return one.fact.of == "bill" and one.fact.name not in known


def _typed(form: Form, policy: Policy) -> dict[str, str]:
    """The facts that a form says, each as one text."""
    said = said_facts(form, policy.facts.values())
    return {name: said_as(value) for name, value in said.items()}


def _held(fact: Fact, said: Mapping[str, str]) -> Asked:
    if fact.name in said:
        return Asked(fact, said[fact.name], "said")
    return Asked(fact, fact.default or "", "assumed" if fact.default is not None else "open")


def _wrong(form: Form) -> list[str]:
    return [name.removeprefix(_PREFIX) for name in form.wrong if name.startswith(_PREFIX)]
