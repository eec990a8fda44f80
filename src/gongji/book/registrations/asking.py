"""Asking the policy about a person of the book: what the book knows, what is said, what is brought.

Registrations and claims are decided so; nothing about a city, its papers or its days stands here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import Connection

from gongji.book.persons.facts import Said, facts_on
from gongji.book.rules import Rules
from gongji.engine.answer import Answer, answer
from gongji.engine.bill import FactValue
from gongji.engine.inputs import Raw, read_facts
from gongji.money import exact_text, format_yuan
from gongji.policy.model import PAPERS, Fact, Policy, Question
from gongji.policy.reach import reached_by_question
from gongji.wording import Bilingual, Refused, listed

__all__ = ["Paper", "answered", "denied", "known_facts", "lacking", "reason_of", "said_of"]


class Paper(NamedTuple):
    """A paper that is missing, of `names` one will do: its title, the clauses that ask for it."""

    names: tuple[str, ...]
    title: Bilingual
    clauses: tuple[str, ...]


def known_facts(
    connection: Connection,
    policy: Policy,
    person: int,
    day: date,
    institutions: Sequence[str] = (),
) -> dict[str, Said]:
    """What the book knows on a day, in the words of a policy: of a person, of the first place."""
    known = {
        name: value
        for name, value in facts_on(connection, "person", str(person), day).items()
        if name in policy.facts and policy.facts[name].of == "person"
    }
    for institution in institutions[:1]:
        place = facts_on(connection, "institution", institution, day)
        known |= {
            name: value
            for name, value in place.items()
            if name in policy.facts and policy.facts[name].of == "bill"
        }
    return known


def answered(
    rules: Rules,
    question: Question,
    known: Mapping[str, Raw],
    said: Mapping[str, Raw],
    papers: Collection[str],
    day: date,
) -> Answer:
    """What the rules answer on a day, where people `said` and brought this.

    Raises `Refused`: `said_otherwise` where the book knows of a person what is said otherwise, for
    names and values that the policy does not have, and what the engine refuses.
    """
    policy = rules.policy
    asked = [name for name in reached_by_question(policy, question) if name in policy.facts]
    facts = read_facts(policy, said, "facts", asked)
    there = read_facts(policy, known, "known", asked)
    sets = {name for case in question.cases if case.grant is not None for name in case.grant.sets}
    for name, value in facts.items():
        mine = policy.facts[name].of == "person" and name not in sets
        if mine and there.get(name, value) != value:
            raise _said_otherwise(policy.facts[name], there[name])
    every = {**there, **facts}
    if PAPERS in policy.facts or papers:
        every |= read_facts(policy, {PAPERS: sorted(papers)}, "", asked)
    return answer(policy, question, every, day, rules.parameters)


def lacking(answers: Iterable[Answer]) -> list[Paper]:
    """The papers that some answers need and that were not brought, each once."""
    found: dict[tuple[str, ...], Paper] = {}
    for one in answers:
        titles = one.policy.facts[PAPERS].values if PAPERS in one.policy.facts else {}
        for need in one.missing:
            words = [titles[name] for name in need.names]
            title = Bilingual(
                " 或 ".join(word.zh for word in words), " or ".join(word.en for word in words)
            )
            clauses = (need.mark or one.case.mark).clauses
            found.setdefault(need.names, Paper(need.names, title, clauses))
    return list(found.values())


def reason_of(one: Answer) -> Bilingual:
    """Why an answer grants nothing, in the words of the policy, with its clauses."""
    clauses = listed(one.case.mark.clauses)
    title = one.question.title
    because = one.case.because or Bilingual("文件的回答是“否”。", "the document answers no.")
    return Bilingual(
        f"{title.zh}：{because.zh}（{clauses}）", f"{title.en}: {because.en} ({clauses})"
    )


def denied(one: Answer) -> Refused:
    """The refusal of what an answer does not grant."""
    details: dict[str, str | list[str]] = {
        "question": one.question.name,
        "clauses": list(one.case.mark.clauses),
        "policy": one.policy.id,
    }
    return Refused("not_allowed", reason_of(one), details)


def said_of(fact: Fact, value: FactValue) -> Said:
    """A value of a fact as people write it."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return format_yuan(int(value)) if fact.kind == "amount" else exact_text(value)
    return value


def _said_otherwise(fact: Fact, value: FactValue) -> Refused:
    there = said_of(fact, value)
    shown = listed(there) if isinstance(there, list) else there
    return Refused(
        "said_otherwise",
        Bilingual(
            f"said.{fact.name}：“{fact.title.zh}”与账册不一致，账册记的是 {shown}；"
            "说错的请去掉，账册有误的先更正",
            f"said.{fact.name}: the book knows the {fact.title.en} to be {shown}; leave it out, or "
            "correct the book first",
        ),
        {"field": f"said.{fact.name}"},
    )
