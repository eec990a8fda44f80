"""Which names of a policy its settlements rest on, and which its questions, however indirectly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from gongji.policy.expression import names_of
from gongji.policy.model import PAPERS, Condition, Expression, Name, Policy, Question, Words
from gongji.policy.walk import conditions_in_settlements, meters_of, uses_in_settlements

__all__ = ["behind", "reached_by_question", "reached_by_questions", "reached_by_settlements"]


@lru_cache(maxsize=64)
def reached_by_settlements(policy: Policy) -> frozenset[str]:
    """The facts, tables, parameters and meters that can matter to a settlement."""
    found = set(_of_conditions(one for one, _, _ in conditions_in_settlements(policy)))
    found |= _of_expressions(use.expression for use in uses_in_settlements(policy))
    for benefit in policy.benefits:
        for step in benefit.steps:
            found |= set(meters_of(step))
    found |= {best.fact for best in policy.best}
    return _closed(policy, found)


@lru_cache(maxsize=64)
def reached_by_questions(policy: Policy) -> frozenset[str]:
    """The facts, tables and parameters that can matter to a question."""
    return frozenset[str]().union(
        *(reached_by_question(policy, one) for one in policy.questions.values())
    )


def reached_by_question(policy: Policy, question: Question) -> tuple[str, ...]:
    """The facts, tables and parameters that can matter to one question, as it comes to them."""
    found: dict[str, None] = {}

    def visit(names: Iterable[str]) -> None:
        for name in names:
            if name not in found:
                found[name] = None
                visit(_behind(policy, name))

    for case in question.cases:
        if case.condition is not None:
            visit(_of_conditions([case.condition]))
    for case in question.cases:
        said = [one for one in case.answers.values() if not isinstance(one, str | Words)]
        visit(path.partition(".")[0] for one in said for path in names_of(one))
    needs = [need for case in question.cases for need in case.needs]
    visit(_of_conditions(need.condition for need in needs if need.condition))
    if needs:
        visit([PAPERS])
    grants = [case.grant for case in question.cases if case.grant is not None]
    set_to = [value for one in grants for value in (*one.sets.values(), *one.only.values())]
    visit(value.path for value in set_to if isinstance(value, Name))
    return tuple(found)


def behind(policy: Policy, name: str) -> frozenset[str]:
    """A name and everything that it rests on."""
    return _closed(policy, {name})


def _closed(policy: Policy, found: set[str]) -> frozenset[str]:
    """The names and all that stands behind them."""
    every = set(found)
    left = list(found)
    while left:
        for name in _behind(policy, left.pop()):
            if name not in every:
                every.add(name)
                left.append(name)
    return frozenset(every)


def _behind(policy: Policy, name: str) -> Iterator[str]:
    """What a name directly rests on."""
    if name in policy.derived:
        fact = policy.derived[name]
        if fact.of is not None:
            yield from _of_expressions([fact.of])
        yield from _of_conditions(case.condition for case in fact.cases if case.condition)
    if name in policy.tables:
        table = policy.tables[name]
        yield from table.by
        if table.across:
            yield table.across
        cells = (cell.content for cell in table.cells.values())
        yield from _of_expressions(one for one in cells if not isinstance(one, str))
    if name in policy.given:
        yield from policy.given[name].by
    if name in policy.meters:
        per = policy.meters[name].per
        if per:
            yield per


def _of_conditions(conditions: Iterable[Condition]) -> Iterator[str]:
    for condition in conditions:
        for alternative in condition.alternatives:
            yield from (name for name, _ in alternative.tests)


def _of_expressions(expressions: Iterable[Expression]) -> set[str]:
    return {path.partition(".")[0] for one in expressions for path in names_of(one)}
