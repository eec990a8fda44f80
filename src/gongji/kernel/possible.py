"""What cannot be so together, as code: what `engine.possible` refuses, for one line of a bill."""

from __future__ import annotations

from gongji.engine.possible import FARTHEST
from gongji.kernel.facts import Facts
from gongji.kernel.layout import MISSING, missing_code, scale_of
from gongji.policy.expression import TODAY
from gongji.policy.model import Fact

__all__ = ["check_possible"]


def check_possible(facts: Facts) -> None:
    """Leave a claim of which facts that were said cannot be so together."""
    for fact in facts.layout.facts:
        if fact.name not in facts.said:
            continue
        if fact.kind == "date":
            _check_day(facts, fact)
        elif fact.not_above:
            _check_part(facts, fact)


def _check_day(facts: Facts, fact: Fact) -> None:
    code = facts.raw(fact.name)
    wrong = [f"(civil_year({code}) - civil_year(day)) > {FARTHEST}"]
    wrong.append(f"(civil_year(day) - civil_year({code})) > {FARTHEST}")
    if fact.falls_on:
        month, day = (int(part) for part in fact.falls_on.split("-"))
        wrong.append(f"month_of({code}) != {month}")
        wrong.append(f"day_of_month({code}) != {day}")
    for other in fact.not_before:
        wrong += _after(facts, other, code)
    for other in fact.not_after:
        if other == TODAY:
            wrong.append(f"{code} > day")
        elif other in facts.said:
            later = facts.raw(other)
            wrong.append(f"({later} != {MISSING} and {code} > {later})")
    with facts.src.block(f"if {code} != {MISSING}"), facts.src.block(f"if {' or '.join(wrong)}"):
        facts.leave("impossible_value", fact.name)


def _after(facts: Facts, first: str, code: str) -> list[str]:
    """Code that is true where a day that is not to come after `code` does; MISSING never does."""
    if first == TODAY:
        return [f"day > {code}"]
    return [f"{facts.raw(first)} > {code}"] if first in facts.said else []


def _check_part(facts: Facts, fact: Fact) -> None:
    code = facts.raw(fact.name)
    for name in fact.not_above:
        if name not in facts.said:
            continue
        other = facts.policy.facts[name]
        whole = facts.raw(name)
        part, most = f"{code}*{scale_of(other)}", f"{whole}*{scale_of(fact)}"
        if scale_of(other) == scale_of(fact):
            part, most = code, whole
        known = f"{code} != {missing_code(fact)} and {whole} != {missing_code(other)}"
        with facts.src.block(f"if {known} and {part} > {most}"):
            facts.leave("impossible_value", fact.name)
