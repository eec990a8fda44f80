"""Asking a policy on behalf of a service of the book.

Which question, for whom and with which facts stands in the policy under `services`; what is on
record of a person, and what the book knows itself, goes in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy import Connection, select

from gongji.book.persons.facts import facts_on
from gongji.book.registrations.asking import denied
from gongji.book.rules import Rules
from gongji.book.schema.people import PERSON
from gongji.engine.answer import Answer, answer
from gongji.engine.bill import FactValue
from gongji.engine.inputs import Raw, read_facts
from gongji.engine.known import Known
from gongji.engine.meters import Meters
from gongji.engine.periods import parameters_on
from gongji.policy.model import PAPERS, Policy, Service
from gongji.wording import Bilingual, Refused, listed

__all__ = [
    "Answered",
    "Occasion",
    "amount_of",
    "ask",
    "fitting",
    "grants",
    "missing_papers",
    "not_granted",
    "occasion_of",
    "paid_out",
    "service_for",
]

_GRANTS = ("allowed", "entitled")
"""The answers by which a question says yes or no."""


class Occasion(NamedTuple):
    """What a service has to say: facts on record, facts said for it, and what the book fills in.

    Of facts on record those are left out that the policy does not have; others are refused.
    """

    day: date
    record: Mapping[str, Raw]
    said: Mapping[str, Raw]
    fills: Mapping[str, str]


class Answered(NamedTuple):
    """What a policy answered a service, and with which facts, as they are written."""

    service: Service
    said: Mapping[str, Raw]
    answer: Answer


def occasion_of(
    connection: Connection,
    person: int,
    day: date,
    said: Mapping[str, Raw] | None = None,
    fills: Mapping[str, str] | None = None,
    known_on: date | None = None,
) -> Occasion:
    """What is on record of a person on a day, with what is said and filled in besides.

    With `known_on` as it was known at the end of that day.
    """
    row = connection.execute(select(PERSON.c.born, PERSON.c.sex).where(PERSON.c.id == person)).one()
    known = {"born": row.born.isoformat(), "sex": row.sex, "day": day.isoformat()}
    record = facts_on(connection, "person", str(person), day, known_on)
    return Occasion(day, record, said or {}, {**known, **(fills or {})})


def service_for(rules: Rules, name: str, occasion: Occasion) -> Service:
    """The way in which a policy rules a service for somebody.

    Raises `Refused`: `not_ruled` where the policy does not, and for facts that it needs to tell.
    """
    policy = rules.policy
    found = fitting(rules, name, occasion)
    if found is not None:
        return found
    what = _TITLES[name]
    raise Refused(
        "not_ruled",
        Bilingual(
            f"{policy.id} 没有规定{what.zh}（或没有规定此人的），不能办理",
            f"{policy.id} does not rule {what.en}, or not for this person; it cannot be done",
        ),
        {"policy": policy.id, "service": name},
    )


def fitting(rules: Rules, name: str, occasion: Occasion) -> Service | None:
    """The way in which a policy rules a service for somebody; None where it does not."""
    policy = rules.policy
    facts = _read(policy, {**_record(policy, occasion), **occasion.said})
    given = parameters_on(rules.parameters, occasion.day)
    known = Known(policy, facts, given, Meters(), occasion.day)
    for one in policy.services.get(name, ()):
        if one.condition is None or known.holds(one.condition):
            return one
    return None


def ask(rules: Rules, service: Service, occasion: Occasion) -> Answered:
    """The answer of a policy.

    Raises `Refused` as the engine does: a fact or a parameter is missing, the document is silent.
    """
    policy = rules.policy
    filled = {
        fact: occasion.fills[word] for fact, word in service.fill.items() if word in occasion.fills
    }
    said = {**_record(policy, occasion), **service.say, **occasion.said, **filled}
    if PAPERS in policy.facts:
        said.setdefault(PAPERS, [])
    question = policy.questions[service.question]
    found = answer(policy, question, _read(policy, said), occasion.day, rules.parameters)
    return Answered(service, said, found)


def grants(answered: Answered) -> bool:
    """Whether the answer is yes."""
    return any(answered.answer.values.get(name) == "yes" for name in _GRANTS)


def not_granted(answered: Answered) -> Refused:
    """The refusal of what the policy answers no to, in its own words."""
    return denied(answered.answer)


def amount_of(answered: Answered) -> int:
    """The answer that is the amount, in fen.  Raises `Refused` where the case names none."""
    value = answered.answer.values.get(answered.service.amount or "")
    if not isinstance(value, int):
        raise not_granted(answered)
    return value


def paid_out(
    rules: Rules, name: Literal["inheritance", "refund"], occasion: Occasion, there: int,
    basis: str | None,
) -> int:  # fmt: skip
    """How much of what is on an account a policy has paid out, in fen.

    Where the document is silent all of it (`there`) is, on a `basis` that somebody names.  Raises
    what the policy refuses, and `papers_missing`.
    """
    try:
        answered = ask(rules, service_for(rules, name, occasion), occasion)
    except Refused as refused:
        if basis and refused.kind in {"not_stated", "not_ruled"}:
            return there
        raise
    if not grants(answered):
        raise not_granted(answered)
    if missing := missing_papers(answered):
        raise missing
    return amount_of(answered)


def missing_papers(answered: Answered) -> Refused | None:
    """The refusal that names what was not brought; None where nothing is missing."""
    found = answered.answer
    if not found.missing:
        return None
    titles = found.policy.facts[PAPERS].values
    zh = [" 或 ".join(titles[name].zh for name in need.names) for need in found.missing]
    en = [" or ".join(titles[name].en for name in need.names) for need in found.missing]
    return Refused(
        "papers_missing",
        Bilingual(f"还缺材料：{listed(zh, 40)}", f"papers are missing: {listed(en, 40)}"),
        {"papers": [name for need in found.missing for name in need.names],
         "clauses": list(found.case.mark.clauses)},
    )  # fmt: skip


_TITLES = {
    "due": Bilingual("该缴多少", "what is due"),
    "begun": Bilingual("缴费后的待遇", "benefit after payment has begun"),
    "lapsed": Bilingual("欠费的待遇", "benefit while months are unpaid"),
    "paid_up": Bilingual("补缴后的待遇", "benefit after paying up"),
    "gone_on": Bilingual("续缴后的待遇", "benefit after payment goes on"),
    "in_benefit": Bilingual("按年缴费的待遇", "benefit of a year that was paid"),
    "credit": Bilingual("个人账户的计入", "credits to accounts"),
    "family": Bilingual("用个人账户为亲属支付", "paying for relatives out of an account"),
    "inheritance": Bilingual("个人账户的继承", "who inherits an account"),
    "refund": Bilingual("转出时个人账户的清退", "paying out an account on a transfer"),
    "retirement": Bilingual("退休待遇", "retirement"),
    "top_up": Bilingual("年限不足的一次性补缴", "a lump sum for missing years"),
    "year_end": Bilingual("个人账户的年末结转", "carrying accounts over at the end of a year"),
}


def _record(policy: Policy, occasion: Occasion) -> dict[str, Raw]:
    """Facts on record that the policy has."""
    return {name: value for name, value in occasion.record.items() if name in policy.facts}


def _read(policy: Policy, said: Mapping[str, Raw]) -> dict[str, FactValue]:
    return read_facts(policy, said, "facts", policy.facts)
