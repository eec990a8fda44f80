"""What is known of one item of a bill: facts said, assumed and derived, and parameters.

Facts are asked for only when a rule needs them, and remembered; which defaults were used is kept,
so that a result can show what it assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from gongji.engine.bill import FactValue
from gongji.engine.calendar import months_between, years_between
from gongji.engine.days import day_of
from gongji.engine.meters import Meters, key_of
from gongji.engine.periods import begins_on
from gongji.engine.refusals import missing_fact, missing_parameter
from gongji.policy.expression import TODAY, names_of
from gongji.policy.logic import holds
from gongji.policy.model import (
    Alternative,
    Call,
    Case,
    Choices,
    Condition,
    DerivedFact,
    Expression,
    Fact,
    Mark,
    Name,
    Policy,
    Said,
)
from gongji.policy.problems import Place
from gongji.wording import Bilingual, Refused

__all__ = ["Ground", "Known", "assumed_value"]


class Ground(NamedTuple):
    """Why a derived fact has its value: the clause and the place of the case that held."""

    fact: str
    value: str
    mark: Mark
    place: Place


class Known:
    """The facts of one item on the day of care.

    `stretch` is the money that has come to the step being taken, in fen.
    `assumed` collects the defaults that were used, `grounds` the cases by which facts were derived,
    those of the facts they rest on included.  Meters are read as they stood when the visit came in.
    """

    __slots__ = (
        "_said",
        "_values",
        "assumed",
        "day",
        "grounds",
        "meters",
        "parameters",
        "policy",
        "stretch",
    )

    def __init__(
        self,
        policy: Policy,
        said: Mapping[str, FactValue],
        parameters: Mapping[str, FactValue],
        meters: Meters,
        day: date,
    ) -> None:
        self.policy = policy
        self.parameters = parameters
        self.meters = meters
        self.day = day
        self.assumed: dict[str, str] = {}
        self.grounds: dict[str, tuple[Ground, ...]] = {}
        self.stretch = 0
        self._said = said
        self._values: dict[str, FactValue] = dict(said)

    def __getitem__(self, name: str) -> FactValue:
        """The value of a fact; raises `Refused` (`missing_fact`, `not_stated`) without one."""
        value = self._values.get(name)
        if value is None:
            value = self._values[name] = self._found(name)
        return value

    def holds(self, condition: Condition) -> bool:
        """Whether a condition holds; facts are asked for from left to right, and only if needed."""
        return not condition.alternatives or self.way_in(condition) is not None

    def way_in(self, condition: Condition) -> Alternative | None:
        """The first alternative of a condition that holds."""
        for alternative in condition.alternatives:
            if self._all_hold(alternative):
                return alternative
        return None

    def _all_hold(self, alternative: Alternative) -> bool:
        values = self._values
        for name, test in alternative.tests:
            if isinstance(test, Choices):
                value = values.get(name)
                if (self[name] if value is None else value) not in test.values:
                    return False
            elif not holds(test, self._said.get(name) if isinstance(test, Said) else self[name]):
                return False
        return True

    def said(self) -> Mapping[str, FactValue]:
        """The facts that were said, without defaults and derived ones."""
        return self._said

    def _found(self, name: str) -> FactValue:
        derived = self.policy.derived.get(name)
        if derived is not None:
            return self._derived(derived)
        fact = self.policy.facts.get(name)
        if fact is not None:
            return self._default(fact)
        if name in self.parameters:
            return self.parameters[name]
        given = self.policy.given[name]
        if given.fact.default is None:
            since = begins_on(self.parameters, name)
            raise missing_parameter(given, given.title, name, since)
        self.assumed[name] = given.fact.default
        return given.fact.default

    def _default(self, fact: Fact) -> FactValue:
        if fact.default is None:
            raise missing_fact(self.policy, fact)
        value = assumed_value(fact, self.day)
        self.assumed[fact.name] = str(value) if fact.kind == "date" else fact.default
        return value

    def _derived(self, fact: DerivedFact) -> str:
        if fact.of is not None:
            return self._by_number(fact, fact.of)
        for case in fact.cases:
            if case.condition is not None:
                for alternative in case.condition.alternatives:
                    if self._all_hold(alternative):
                        self._note_grounds(fact, case, alternative)
                        return case.value
            else:
                return case.value
        raise _no_case(fact)

    def _by_number(self, fact: DerivedFact, of: Expression) -> str:
        """The case of a number or a day; where nobody said it, the case written for that."""
        for case in fact.cases:
            if case.unsaid and self._unsaid(of):
                return case.value
        number = self._number(of)
        for case in fact.cases:
            if case.is_rest or (case.test is not None and holds(case.test, number)):
                return case.value
        raise self._out_of_range(fact, of, number)

    def _unsaid(self, of: Expression) -> bool:
        """Whether something that an expression names was neither said nor has a default."""
        for name in names_of(of):
            given, fact = self.policy.given.get(name), self.policy.facts.get(name)
            if given is not None and name not in self.parameters:
                if given.absent is not None:
                    self.assumed[name] = given.absent
                return True
            if fact is not None and fact.default is None and name not in self._values:
                return True
        return False

    def _out_of_range(self, fact: DerivedFact, of: Expression, number: object) -> Refused:
        if isinstance(of, Call) and of.function in ("days_between", "months_between"):
            first, last = (day_of(one, self.day_named) for one in of.arguments)
            if last < first:
                return Refused(
                    "impossible_value",
                    Bilingual(
                        f"{fact.title.zh}：{last} 早于 {first}；请检查这两个日期",
                        f"{fact.title.en}: {last} comes before {first}; check the two dates",
                    ),
                    {"field": fact.name},
                )
        return _no_case(fact, number)

    def _note_grounds(self, fact: DerivedFact, case: Case, alternative: Alternative) -> None:
        grounds: tuple[Ground, ...] = ()
        mark = alternative.mark or case.mark
        if mark is not None:
            grounds = (Ground(fact.name, case.value, mark, alternative.place),)
        for name, _ in alternative.tests:
            grounds += self.grounds.get(name, ())
        if grounds:
            self.grounds[fact.name] = grounds

    def _number(self, of: Expression) -> FactValue | int:
        if isinstance(of, Name):
            value = self.day if of.path == TODAY else self[of.path]
            return value.toordinal() if isinstance(value, date) else value
        assert isinstance(of, Call)
        return self.call(of)

    def call(self, call: Call) -> int:
        """A function of a meter of visits, or of days, that comes to a number."""
        of = call.arguments[0]
        if call.function in ("size", "ordinal"):
            assert isinstance(of, Name), "the loader sees to it"
            return self._size(of.path) if call.function == "size" else self._ordinal(of.path)
        days = [day_of(one, self.day_named) for one in call.arguments]
        if call.function == "month_of":
            return days[0].month
        if call.function == "days_between":
            return (days[1] - days[0]).days
        if call.function == "months_between":
            return months_between(days[0], days[1])
        return self._years_since(of, days[0])

    def _size(self, name: str) -> int:
        members = self[name]
        assert isinstance(members, frozenset)
        return len(members)

    def _ordinal(self, name: str) -> int:
        meter = self.policy.meters[name]
        per = str(self[meter.per]) if meter.per else ""
        return self.meters[key_of(meter, per, self.day)] + 1

    def day_named(self, name: str) -> date:
        """The day that a fact says, or the day asked about (`today`)."""
        value = self.day if name == TODAY else self[name]
        assert isinstance(value, date)
        return value

    def _years_since(self, of: Expression, start: date) -> int:
        named = [name for name in names_of(of) if name in self.policy.facts]
        title = self.policy.facts[named[0]].title if named else Bilingual("日期", "day")
        field = {"field": named[0]} if named else {}
        if start > self.day:
            raise Refused(
                "impossible_value",
                Bilingual(
                    f"“{title.zh}”是 {start}，晚于 event.date {self.day}；应不晚于这一天",
                    f"“{title.en}” is {start}, after event.date, {self.day}; expected that day or "
                    "an earlier one",
                ),
                field,
            )
        return years_between(start, self.day)


def assumed_value(fact: Fact, day: date) -> FactValue:
    """What holds of a fact that has a default and that nobody said; `today` is the day."""
    assert fact.default is not None
    if fact.kind == "date":
        return day
    return Fraction(fact.default) if fact.kind == "number" else fact.default


def _no_case(fact: DerivedFact, number: object = None) -> Refused:
    """A number that no case of a derived fact is for, or a fraction between two."""
    zh, en = ("所给的数", "the figures given") if number is None else (f" {number} ", str(number))
    return Refused(
        "impossible_value",
        Bilingual(
            f"“{fact.title.zh}”没有适用于{zh}的情形；请检查所给的数",
            f"no case of {fact.title.en} fits {en}; check what was said",
        ),
        {"field": fact.name},
    )
