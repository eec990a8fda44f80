"""What a form of the desk asks for: derived from the policy, never listed here.

A fact that registrations, approvals or contributions set is not asked for, since the book would
refuse it.  Fields are named `facts.` and the fact, as the API names them where something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from gongji.book.persons.set_elsewhere import AID_FACTS
from gongji.policy.model import PAPERS, Fact, Policy, Question
from gongji.policy.reach import behind, reached_by_question, reached_by_settlements
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller
from gongji.web.form import Form
from gongji.wording import Bilingual

__all__ = [
    "Paper", "asked_at_enrolment", "asked_by", "asked_of_person", "asked_to_declare", "beside",
    "granting", "papers_of", "payers_of", "resting_on", "said_facts", "shares_of",
]  # fmt: skip

_ASIDE = ("retirement", "top_up", "inheritance", "refund", "year_end")
"""Services that ask for their facts when they are done, not at enrolment."""

_SHARES: Mapping[str, Bilingual] = {
    "employee": Bilingual("个人缴费", "by the person"),
    "employer": Bilingual("单位缴费", "by the employer"),
    "government": Bilingual("财政补助", "by government"),
}


class Paper(NamedTuple):
    """A paper that a registration can need: of several names one will do."""

    names: tuple[str, ...]
    titles: tuple[Bilingual, ...]


@lru_cache(maxsize=64)
def asked_at_enrolment(policy: Policy) -> tuple[Fact, ...]:
    """What of a person settlements and contributions go by, in the order of the policy."""
    names = set(reached_by_settlements(policy))
    for name, services in policy.services.items():
        if name in _ASIDE:
            continue
        for one in services:
            names |= set(reached_by_question(policy, policy.questions[one.question]))
            if one.condition is not None:
                said = {name for any_of in one.condition.alternatives for name, _ in any_of.tests}
                for each in said:
                    names |= behind(policy, each)
    return tuple(one for one in asked_of_person(policy) if one.name in names)


@lru_cache(maxsize=64)
def asked_of_person(policy: Policy) -> tuple[Fact, ...]:
    """What a clerk can state of a person at all, in the order of the policy."""
    filled = {fact for some in policy.services.values() for one in some for fact in one.fill}
    aside = {*filled, *AID_FACTS, *_granted(policy), "entitlement"}
    return tuple(
        one for one in policy.facts.values() if one.of == "person" and one.name not in aside
    )


def asked_to_declare(policy: Policy) -> tuple[Fact, ...]:
    """What the amount due goes by; nothing where the policy does not rule it."""
    names = {
        name
        for one in policy.services.get("due", ())
        for name in reached_by_question(policy, policy.questions[one.question])
    }
    return tuple(one for one in asked_of_person(policy) if one.name in names)


def shares_of(policy: Policy) -> Mapping[str, Bilingual]:
    """Who pays, by name, where the policy leaves the amounts to be stated; else nobody."""
    return {} if "due" in policy.services else _SHARES


def payers_of(policy: Policy) -> Mapping[str, Bilingual]:
    """What the shares of a contribution are called, by name."""
    amounts = {name: one.title for name, one in policy.answers.items() if one.kind == "amount"}
    return {**_SHARES, **amounts}


def granting(policy: Policy) -> tuple[Question, ...]:
    """The questions whose answer can be registered, in the order of the policy."""
    return tuple(
        one
        for one in policy.questions.values()
        if any(case.grant is not None for case in one.cases)
    )


def resting_on(policy: Policy, question: Question) -> tuple[Question, ...]:
    """A question and those that its grants rest on, each once."""
    names = [question.name]
    for case in question.cases:
        names += () if case.grant is None else case.grant.rests_on
    return tuple(policy.questions[name] for name in dict.fromkeys(names))


def asked_by(policy: Policy, questions: Iterable[Question]) -> tuple[Fact, ...]:
    """What some questions ask for, but for papers, in the order in which they come to it."""
    names = dict.fromkeys(name for one in questions for name in reached_by_question(policy, one))
    return tuple(policy.facts[name] for name in names if name in policy.facts and name != PAPERS)


def papers_of(policy: Policy, questions: Iterable[Question]) -> tuple[Paper, ...]:
    """The papers that some questions can need, each once, in the order of the document."""
    if PAPERS not in policy.facts:
        return ()
    titles = policy.facts[PAPERS].values
    found = dict.fromkeys(
        need.names for one in questions for case in one.cases for need in case.needs
    )
    return tuple(Paper(names, tuple(titles[name] for name in names)) for names in found)


def said_facts(form: Form, facts: Iterable[Fact]) -> dict[str, str | list[str]]:
    """What a form says of some facts; what was left empty is not said."""
    found: dict[str, str | list[str]] = {}
    for fact in facts:
        name = f"facts.{fact.name}"
        if fact.kind == "set":
            chosen = [one for one in form.several.get(name, ()) if one]
            if chosen:
                found[fact.name] = [] if chosen == ["none"] else chosen
            continue
        said = {"amount": form.amount, "date": form.day}.get(fact.kind, form.given)(name)
        if said is not None:
            found[fact.name] = said
    return found


def beside(caller: Caller, turned: Turned, policy: Policy, facts: Iterable[Fact]) -> Turned:
    """The same refusal with each fact that it is about beside its field, in words for people.

    What is asked of the person elsewhere is said to be, since no field here can tell it.
    """
    names = {one.name for one in facts}
    found: dict[str, str] = {}
    for field, detail in turned.fields.items():
        name = field.rpartition(".")[2]
        at = f"facts.{name}" if name in names else field
        if turned.kind == "missing_fact" and name in policy.facts:
            title = caller.words(policy.facts[name].title)
            turned.detail = caller.words(_lacking(title, here=name in names))
            detail = caller.words(_NEEDED)  # noqa: PLW2901
        elif field == "facts":
            turned.detail = detail = caller.words(_NOTHING)  # noqa: PLW2901
        found[at] = detail
    turned.fields = found
    return turned


_NEEDED = Bilingual("还没有填", "is needed")
_NOTHING = Bilingual(
    "什么都没有填，请至少填一项。", "Nothing was filled in; say one thing at least."
)


def _lacking(title: str, *, here: bool) -> Bilingual:
    if here:
        return Bilingual(f"还没有填：{title}。", f"Still needed: {title}.")
    return Bilingual(
        f"账册里还没有此人的“{title}”，先在“变更情形”里写明。",
        f"The book does not know “{title}” of this person; state it under “Change facts” first.",
    )


def _granted(policy: Policy) -> set[str]:
    """The facts that registrations set."""
    return {
        name
        for question in policy.questions.values()
        for case in question.cases
        if case.grant is not None
        for name in case.grant.sets
    }
