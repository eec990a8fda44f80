"""Asking a policy's questions with what the book knows of a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from gongji.book.facts import Said, facts_on
from gongji.book.rules import Rules
from gongji.engine.answer import Answer, answer
from gongji.engine.bill import FactValue
from gongji.engine.inputs import read_facts
from gongji.engine.known import Known
from gongji.engine.meters import Meters
from gongji.engine.periods import parameters_on
from gongji.policy.model import RECORD, Condition, InBook, Policy, Question

__all__ = ["Asking", "asked_in_book", "asking_with", "facts_known"]


class Asking(NamedTuple):
    """What is known of a person on a day, to ask the rules with."""

    rules: Rules
    day: date
    facts: Mapping[str, FactValue]

    def meets(self, condition: Condition | None) -> bool:
        """Whether a condition holds of the person.  Raises `Refused` (`missing_fact`)."""
        if condition is None:
            return True
        policy = self.rules.policy
        given = parameters_on(self.rules.parameters, self.day)
        return Known(policy, self.facts, given, Meters(), self.day).holds(condition)

    def answer(self, question: Question, words: Mapping[str, FactValue] | None = None) -> Answer:
        """The answer to a question; `words` are those of the record.

        Raises `Refused` (`missing_fact`, `not_stated`, `impossible_value`).
        """
        policy = self.rules.policy
        given = question.book.given if question.book is not None else {}
        named = {name: name for name in RECORD if name in policy.facts}
        said = {
            fact: words[word]
            for fact, word in {**named, **given}.items()
            if words is not None and word in words
        }
        facts = {**self.facts, **said}
        return answer(policy, question, facts, self.day, self.rules.parameters)


def facts_known(
    connection: Connection, rules: Rules, person: int, day: date, known_on: date | None = None
) -> Asking:
    """What is known of a person on a day, in the words of the rules."""
    return asking_with(rules, day, facts_on(connection, "person", str(person), day, known_on))


def asking_with(rules: Rules, day: date, said: Mapping[str, Said]) -> Asking:
    """What is said of a person, in the words of the rules; what they do not ask for is left out."""
    known = {name: value for name, value in said.items() if name in rules.policy.facts}
    return Asking(rules, day, read_facts(rules.policy, known, "facts", ()))


def asked_in_book(policy: Policy, role: str) -> tuple[Question, InBook] | None:
    """The question that a policy has for a role; None where its document says nothing of it."""
    for question in policy.questions.values():
        if question.book is not None and question.book.role == role:
            return question, question.book
    return None
