"""Walking a policy: every place where it uses an expression, a condition, a mark."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from gongji.policy.expression import figures_of
from gongji.policy.model import (
    ACCOUNT_FIRST,
    Along,
    Bear,
    Benefit,
    Condition,
    Count,
    Destination,
    Expression,
    First,
    Mark,
    Pay,
    Policy,
    Question,
    Step,
    Whole,
    Words,
)
from gongji.policy.problems import Place

__all__ = [
    "Use",
    "causes_left_by",
    "causes_of",
    "citations",
    "conditions",
    "conditions_in_settlements",
    "destinations",
    "expressions",
    "funds_of",
    "marks",
    "meters_of",
    "pays_account_only",
    "pays_from_account",
    "uses",
    "uses_in_settlements",
]


class Use(NamedTuple):
    """An expression in its place: the chapter and field it stands in, and when it is reached."""

    expression: Expression
    chapter: str
    where: str
    place: Place
    reached: tuple[Condition, ...]


def uses(policy: Policy) -> Iterator[Use]:
    """Every expression of scopes, benefits and questions (not those inside tables)."""
    yield from uses_in_settlements(policy)
    for question in policy.questions.values():
        for case in question.cases:
            for answer in case.answers.values():
                if not isinstance(answer, str | Words):
                    where = f"question {question.name}"
                    when = () if case.condition is None else (case.condition,)
                    yield Use(answer, question.chapter, where, case.place, when)


def uses_in_settlements(policy: Policy) -> Iterator[Use]:
    """Every expression of scopes and benefits (not those inside tables)."""
    for scope in policy.scopes:
        reached = (scope.condition,)
        where = f"scope {scope.name}"
        for expression in (scope.share, scope.beyond.amount if scope.beyond else None):
            if expression is not None:
                yield Use(expression, scope.chapter, where, scope.place, reached)
    for benefit in policy.benefits:
        for step in benefit.steps:
            yield from _uses_of_step(benefit, step)


def expressions(policy: Policy) -> Iterator[Expression]:
    """Every expression of a policy, those of tables and of derived facts included."""
    yield from (use.expression for use in uses(policy))
    yield from (fact.of for fact in policy.derived.values() if fact.of is not None)
    for table in policy.tables.values():
        for cell in table.cells.values():
            if not isinstance(cell.content, str):
                yield cell.content


def _uses_of_step(benefit: Benefit, step: Step) -> Iterator[Use]:
    reached = (benefit.condition, step.when)
    where = f"benefit {benefit.name}"

    def use(expression: Expression, place: Place) -> Use:
        return Use(expression, benefit.chapter, where, place, reached)

    if isinstance(step, First):
        yield use(step.amount, step.destination.place)
    if isinstance(step, Along):
        for cut in step.cuts:
            if cut.to is not None:
                yield use(cut.to, cut.destination.place)
    for destination in destinations(step):
        if isinstance(destination.to, Pay):
            if destination.to.rate is not None:
                yield use(destination.to.rate, destination.place)
            for limit in destination.to.limits:
                yield use(limit.amount, destination.place)


def destinations(step: Step) -> Iterator[Destination]:
    """Every destination of a step, those after a limit included."""
    if isinstance(step, Count):
        return
    first = (
        [cut.destination for cut in step.cuts] if isinstance(step, Along) else [step.destination]
    )
    for destination in first:
        yield destination
        after = destination.to.then if isinstance(destination.to, Pay) else None
        while after is not None:
            yield after
            after = after.to.then if isinstance(after.to, Pay) else None


@lru_cache(maxsize=64)
def funds_of(policy: Policy) -> tuple[str, ...]:
    """Every fund that can pay under a policy, stand-ins included, in the order of payment."""
    found: dict[str, None] = {}
    for benefit in policy.benefits:
        for step in benefit.steps:
            for destination in destinations(step):
                if isinstance(destination.to, Pay) and destination.to.fund != "account":
                    found[destination.to.fund] = None
    for stand_in in policy.stand_ins:
        found[stand_in.payer] = None
    return tuple(found)


@lru_cache(maxsize=64)
def causes_of(policy: Policy) -> tuple[str, ...]:
    """Every cause that a policy can lay on a person, in the order of the bill's way."""
    found: dict[str, None] = {}
    for scope in policy.scopes:
        found.update(dict.fromkeys((*scope.parts, *((scope.cause,) if scope.cause else ()))))
    for benefit in policy.benefits:
        if benefit.burden is None:
            found.update(dict.fromkeys(causes_left_by(benefit)))
    return tuple(found)


def causes_left_by(benefit: Benefit) -> list[str]:
    """The causes for which a benefit leaves cost with the person."""
    found: dict[str, None] = {}
    for step in benefit.steps:
        for destination in destinations(step):
            if isinstance(destination.to, Bear):
                found[destination.to.cause] = None
            elif isinstance(destination.to, Pay) and destination.to.fund == "account":
                found[ACCOUNT_FIRST] = None
            elif isinstance(destination.to, Pay):
                found["copay"] = None
    return list(found)


def conditions(policy: Policy) -> Iterator[tuple[Condition, str, Place]]:
    """Every condition of a policy, with the field and place it stands at."""
    yield from conditions_in_settlements(policy)
    for fact in policy.derived.values():
        for case in fact.cases:
            if case.condition is not None:
                yield case.condition, f"fact {fact.name}", fact.place
    for question in policy.questions.values():
        for one in question.cases:
            for condition in (one.condition, *(need.condition for need in one.needs)):
                if condition is not None:
                    yield condition, f"question {question.name}", one.place


def conditions_in_settlements(policy: Policy) -> Iterator[tuple[Condition, str, Place]]:
    """The conditions of scopes, benefits and stand-ins."""
    for scope in policy.scopes:
        yield scope.condition, f"scope {scope.name}", scope.place
    for benefit in policy.benefits:
        yield benefit.condition, f"benefit {benefit.name}", benefit.place
        for step in benefit.steps:
            yield step.when, f"benefit {benefit.name}", benefit.place
    for stand_in in policy.stand_ins:
        yield stand_in.condition, f"stand_in {stand_in.payer}", stand_in.place


def meters_of(step: Step) -> Iterator[str]:
    """The meters that a step counts, cuts along or holds limits against."""
    if isinstance(step, Count | Along):
        yield step.meter
    for destination in destinations(step):
        if isinstance(destination.to, Pay):
            for limit in destination.to.limits:
                yield limit.meter


def pays_account_only(layer: Benefit) -> bool:
    """Whether all that a layer does is to pay from the account."""
    last = layer.steps[-1]
    return isinstance(last, Whole) and last.destination.to == Pay("account", None, (), None)


def pays_from_account(policy: Policy) -> bool:
    """Whether the personal account pays anything."""
    return any(
        isinstance(destination.to, Pay) and destination.to.fund == "account"
        for benefit in policy.benefits
        for step in benefit.steps
        for destination in destinations(step)
    )


def marks(policy: Policy) -> Iterator[tuple[Mark, str, Place]]:
    """Every mark that stands beside a rule rather than behind a figure."""
    yield policy.in_force_mark, "in_force", policy.places["in_force"]
    if policy.account_mark is not None:
        yield policy.account_mark, "account", policy.places["account"]
    for name, meter in policy.meters.items():
        yield meter.mark, f"meter {name}", meter.place
    for name, given in policy.given.items():
        yield given.mark, f"given {name}", given.place
    for scope in policy.scopes:
        yield scope.mark, f"scope {scope.name}", scope.place
    for stand_in in policy.stand_ins:
        yield stand_in.mark, f"stand_in {stand_in.payer}", stand_in.place
    for best in policy.best:
        yield best.mark, f"best {best.fact}", best.place
    for benefit in policy.benefits:
        yield benefit.mark, f"benefit {benefit.name}", benefit.place
        for step in benefit.steps:
            for destination in destinations(step):
                if destination.mark is not None:
                    yield destination.mark, f"benefit {benefit.name}", destination.place
    for name, table in policy.tables.items():
        for cell in table.cells.values():
            yield cell.mark, f"table {name}", cell.place
    for question in policy.questions.values():
        yield from _marks_of_question(question)
    yield from _marks_of_cases(policy)


def _marks_of_question(question: Question) -> Iterator[tuple[Mark, str, Place]]:
    where = f"question {question.name}"
    yield question.mark, where, question.place
    for case in question.cases:
        yield case.mark, where, case.place
        for need in case.needs:
            if need.mark is not None:
                yield need.mark, where, case.place


def citations(policy: Policy) -> Iterator[tuple[str, str, Place]]:
    """Every clause that a policy rests on, with the item and the place that cite it."""
    for mark, where, place in marks(policy):
        for clause in mark.clauses:
            yield clause, where, place
    for use in uses(policy):
        yield from _figures(use.expression, use.where, use.place)
    for name, fact in policy.derived.items():
        if fact.of is not None:
            yield from _figures(fact.of, f"fact {name}", fact.place)
    for name, table in policy.tables.items():
        for cell in table.cells.values():
            if not isinstance(cell.content, str):
                yield from _figures(cell.content, f"table {name}", cell.place)
    for clause, reading in policy.readings.items():
        yield clause, f"reading {clause.rsplit('-', 1)[-1]}", reading.place


def _figures(expression: Expression, where: str, place: Place) -> Iterator[tuple[str, str, Place]]:
    for figure in figures_of(expression):
        if figure.mark is not None:
            for clause in figure.mark.clauses:
                yield clause, where, figure.place or place


def _marks_of_cases(policy: Policy) -> Iterator[tuple[Mark, str, Place]]:
    for condition, where, place in conditions(policy):
        for alternative in condition.alternatives:
            if alternative.mark is not None:
                yield alternative.mark, where, place
    for fact in policy.derived.values():
        for case in fact.cases:
            if case.mark is not None:
                yield case.mark, f"fact {fact.name}", fact.place
