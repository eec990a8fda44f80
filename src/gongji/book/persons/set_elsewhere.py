"""Facts of a person that nobody types in: registrations, approvals and contributions set them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from sqlalchemy import Connection

from gongji.book.persons.facts import Said, history_of
from gongji.policy.model import FILLS, Policy, Question
from gongji.wording import Bilingual, Refused

__all__ = ["AID_FACTS", "check_not_derived", "check_not_set_elsewhere"]

AID_FACTS = ("aid_category", "hardship")
"""The facts that offices approve, by the names that all policies share."""

_FILLS = tuple(FILLS)
_OF_RECORD = {"months_paid", *_FILLS[_FILLS.index("enrolled_on") :]}
"""What the book fills in from the record of contributions."""


def check_not_derived(facts: Mapping[str, Said]) -> None:
    """Benefit is what contributions come to.  Raises `Refused` (`derived_fact`)."""
    if "entitlement" in facts:
        raise Refused(
            "derived_fact",
            Bilingual(
                "待遇状态由缴费记录得出，不能直接填写；请申报和登记缴费",
                "entitlement follows from contributions and is not stated; declare and receive "
                "those",
            ),
            {"field": "facts.entitlement"},
        )


def check_not_set_elsewhere(
    connection: Connection,
    policy: Policy,
    person: int,
    since: date,
    facts: Mapping[str, Said],
    until: date | None,
) -> None:
    """Make sure that facts of a person can be stated from a day to a day.

    A value that a registration or an approval sets is neither stated nor overwritten; that there is
    none of it (`no`, `none`) can be said where there is none.  Raises `Refused`: `derived_fact` for
    what follows from contributions, `registered_fact`, `approved_fact`.
    """
    derived = _derived(policy)
    history = history_of(connection, "person", str(person))
    for name, value in facts.items():
        if name in derived:
            raise _follows(policy, name)
        held = [
            one.value
            for one in history
            if one.name == name
            and (one.until is None or one.until >= since)
            and (until is None or one.since <= until)
        ]
        for one in (value, *held):
            question = _setting(policy, name, one)
            if question is not None:
                raise _registered(policy, name, question)
            if name in AID_FACTS and one != policy.facts[name].default:
                raise _approved(policy, name)


@lru_cache(maxsize=64)
def _derived(policy: Policy) -> frozenset[str]:
    """The facts that services fill from the record of contributions."""
    services = [one for some in policy.services.values() for one in some]
    return frozenset(
        fact for one in services for fact, word in one.fill.items() if word in _OF_RECORD
    )


def _setting(policy: Policy, name: str, value: Said) -> Question | None:
    """The first question by which a registration can set a fact to a value."""
    for question in policy.questions.values():
        for case in question.cases:
            to = None if case.grant is None else case.grant.sets.get(name)
            if to is not None and (to == value or not isinstance(to, str)):
                return question
    return None


def _follows(policy: Policy, name: str) -> Refused:
    title = policy.facts[name].title
    return Refused(
        "derived_fact",
        Bilingual(
            f"{name}（{title.zh}）由缴费记录得出，不能直接填写；请申报和登记缴费",
            f"{name} ({title.en}) follows from contributions and is not stated; declare and "
            "receive those",
        ),
        {"field": f"facts.{name}"},
    )


def _registered(policy: Policy, name: str, question: Question) -> Refused:
    fact, title = policy.facts[name].title, question.title
    return Refused(
        "registered_fact",
        Bilingual(
            f"{name}（{fact.zh}）由登记 {question.name}（{title.zh}）设定，不能直接填写；"
            "请办理或变更这项登记",
            f"{name} ({fact.en}) is set by the registration {question.name} ({title.en}) and is "
            "not stated; apply for that registration, or change it",
        ),
        {"field": f"facts.{name}", "question": question.name},
    )


def _approved(policy: Policy, name: str) -> Refused:
    title = policy.facts[name].title
    return Refused(
        "approved_fact",
        Bilingual(
            f"{name}（{title.zh}）由救助认定设定，不能直接填写；请登记部门的认定，或结束它",
            f"{name} ({title.en}) is set by an approval of aid and is not stated; write down what "
            "the office decided, or end that",
        ),
        {"field": f"facts.{name}"},
    )
