"""Answering a question: which case holds, what it answers, and which papers are missing.

Pure, as settling is: the caller gives the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple, Union

from gongji.engine.bill import FactValue
from gongji.engine.days import day_of
from gongji.engine.figures import Source, amount_of, rate_of, sources_of
from gongji.engine.known import Ground, Known
from gongji.engine.meters import Meters
from gongji.engine.periods import parameters_on, without_later
from gongji.engine.possible import below_zero, check_possible
from gongji.engine.refusals import not_stated
from gongji.money import half_up
from gongji.policy.model import PAPERS, Need, Policy, Question, QuestionCase, Words
from gongji.wording import Bilingual

__all__ = ["Answer", "Value", "answer"]

Value = Union[str, int, Fraction, date, Words]  # noqa: UP007 - used at run time
"""`yes` or `no`, fen of an amount, a rate or a number, a day, or words."""


class Answer(NamedTuple):
    """What a document answers to a question, and what the answer rests on.

    `values` are by the name of the answer; `sources` the figures behind them, `grounds` the cases
    by which facts were derived.  `needs` are the papers to bring, `missing` those that were
    not brought; it is empty where nobody said what was.
    """

    policy: Policy
    question: Question
    day: date
    case: QuestionCase
    values: Mapping[str, Value]
    sources: tuple[Source, ...]
    grounds: tuple[Ground, ...]
    needs: tuple[Need, ...]
    missing: tuple[Need, ...]
    facts: Mapping[str, FactValue]
    assumed: Mapping[str, str]
    parameters: Mapping[str, FactValue]


def answer(
    policy: Policy,
    question: Question,
    facts: Mapping[str, FactValue],
    day: date,
    parameters: Mapping[str, FactValue] | None = None,
) -> Answer:
    """Answer a question of a policy about a day.

    Raises `Refused` (`missing_fact`, `not_stated`, `impossible_value`) where something that the
    case needs is not known.
    """
    check_possible(policy, facts, day)
    given = parameters_on(parameters or {}, day)
    known = Known(policy, facts, given, Meters(), day)
    case = _case(known, question)
    if case.refuse is not None:
        raise not_stated(policy, case.refuse, case.mark)
    values: dict[str, Value] = {}
    sources: list[Source] = []
    for name, written in case.answers.items():
        if isinstance(written, str | Words):
            values[name] = written
            continue
        kind = policy.answers[name].kind
        if kind == "date":
            values[name] = day_of(written, known.day_named)
            behind = sources_of(written)
        else:
            quantity = (rate_of if kind == "rate" else amount_of)(written, known)
            assert quantity.value is not None, "the loader sees to it"
            if quantity.value < 0:
                raise below_zero(policy, name, quantity.value, case, facts)
            values[name] = half_up(quantity.value) if kind == "amount" else quantity.value
            behind = quantity.sources
        sources.extend(behind)
    needs = tuple(
        need for need in case.needs if need.condition is None or known.holds(need.condition)
    )
    brought = facts.get(PAPERS)
    missing: tuple[Need, ...] = ()
    if isinstance(brought, frozenset):
        missing = tuple(one for one in needs if not brought & set(one.names))
    grounds = tuple(ground for name, _ in _tests(case) for ground in known.grounds.get(name, ()))
    return Answer(
        policy=policy,
        question=question,
        day=day,
        case=case,
        values=values,
        sources=tuple(sources),
        grounds=grounds,
        needs=needs,
        missing=missing,
        facts=facts,
        assumed=known.assumed,
        parameters=without_later(given),
    )


def _case(known: Known, question: Question) -> QuestionCase:
    """The one case that holds."""
    for case in question.cases:
        if case.condition is None or known.holds(case.condition):
            return case
    raise not_stated(
        known.policy,
        Bilingual(f"{question.title.zh}：没有适用的情形", f"{question.title.en}: no case fits"),
        question.mark,
    )


def _tests(case: QuestionCase) -> list[tuple[str, object]]:
    if case.condition is None:
        return []
    return [test for one in case.condition.alternatives for test in one.tests]
