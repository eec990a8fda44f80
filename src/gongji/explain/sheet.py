"""What a question asks for: the facts it may need and how they are written, the parameters."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from gongji.explain.record import Record, in_both
from gongji.policy.model import PAPERS, Fact, Given, Policy, Question, Unit
from gongji.policy.reach import reached_by_question
from gongji.policy.vocabulary import select_values
from gongji.wording import Bilingual

__all__ = ["Sheet", "sheet_of", "sheet_record"]

_WRITTEN = {
    "amount": Bilingual("金额（元）", "yuan"),
    "date": Bilingual("YYYY-MM-DD", "YYYY-MM-DD"),
    "text": Bilingual("一个名称", "a name"),
}
_UNITS = {
    Unit.YUAN: Bilingual("元", "yuan"),
    Unit.RATE: Bilingual("百分比，如 8%", "a percentage, such as 8%"),
    Unit.POINTS: Bilingual("百分点", "percentage points"),
}


class Sheet(NamedTuple):
    """A question with the facts and the parameters that can matter to it."""

    policy: Policy
    question: Question
    facts: tuple[Fact, ...]
    parameters: tuple[Given, ...]

    def written(self, fact: Fact) -> Bilingual:
        """How a fact is written: its values, or what kind of value, and what holds unsaid."""
        if fact.values:
            both = (", " if fact.kind == "set" else " | ", fact.values.items())
            zh = both[0].join(f"{name} {title.zh}" for name, title in both[1])
            en = both[0].join(f"{name} ({title.en})" for name, title in both[1])
            how = Bilingual(zh, en)
            if fact.kind == "set":
                how += Bilingual("；可写几个，用逗号分开", "; any of them, separated by commas")
        else:
            how = _WRITTEN.get(fact.kind) or _number(fact)
        if fact.default is not None:
            how += Bilingual(f"；不写按 {fact.default}", f"; {fact.default} unless said")
        return how

    def unit(self, given: Given) -> Bilingual:
        """How a parameter is written."""
        if given.unit is None:
            return self.written(given.fact)
        return _UNITS.get(given.unit, Bilingual("数", "a number"))


def sheet_of(policy: Policy, question: Question) -> Sheet:
    """What a question may ask for, as it comes to it."""
    reached = reached_by_question(policy, question)
    papers = {name for case in question.cases for need in case.needs for name in need.names}
    facts = [policy.facts[name] for name in reached if name in policy.facts]
    return Sheet(
        policy,
        question,
        tuple(_papers(one, papers) if one.name == PAPERS else one for one in facts),
        tuple(policy.given[name] for name in reached if name in policy.given),
    )


def _papers(fact: Fact, wanted: Collection[str]) -> Fact:
    """The papers of a policy, but for those that a question never needs."""
    return select_values(fact, [one for one in fact.values if one in wanted])


def _number(fact: Fact) -> Bilingual:
    how = Bilingual("整数", "a whole number") if fact.whole else Bilingual("数", "a number")
    if fact.most is not None:
        return how + Bilingual(f"，{fact.least} 到 {fact.most}", f", {fact.least} to {fact.most}")
    return how


def sheet_record(sheet: Sheet) -> dict[str, Record]:
    """What a question asks for, for machines."""
    return {
        "policy": sheet.policy.id,
        "version": sheet.policy.in_force.first.isoformat(),
        "question": sheet.question.name,
        "about": sheet.question.about,
        "title": in_both(sheet.question.title),
        "facts": [_fact_record(one) for one in sheet.facts],
        "parameters": [
            {"name": one.name, "title": in_both(one.title), "clauses": list(one.mark.clauses)}
            for one in sheet.parameters
        ],
    }


def _fact_record(fact: Fact) -> dict[str, Record]:
    return {
        "name": fact.name,
        "of": fact.of,
        "title": in_both(fact.title),
        "kind": fact.kind,
        "values": {name: in_both(title) for name, title in fact.values.items()},
        "default": fact.default,
    }
