"""Derived facts as code, and the numbers that they are derived from: days, ordinals, sizes."""

from __future__ import annotations

from collections.abc import Iterator

from gongji.kernel.facts import Facts, within
from gongji.kernel.number import Number
from gongji.kernel.source import Unsupported
from gongji.policy.expression import TODAY, names_of
from gongji.policy.logic import is_day
from gongji.policy.model import (
    Call,
    Case,
    DerivedFact,
    Expression,
    Figure,
    Name,
    Operation,
    Range,
    Unit,
)
from gongji.policy.reach import behind

__all__ = ["DerivedFacts", "ordinals_of"]


class DerivedFacts(Facts):
    """Facts with those that follow from them, worked out where a rule first needs them.

    With `eager` they stand in variables already.  A derived fact that cannot be known holds the
    number of the reason, negative.
    """

    eager = False

    def soft(self, name: str) -> str:
        """The code of a fact, below 0 (a number: `MISSING`) where it cannot be known."""
        if name not in self.policy.derived:
            return self.code(name)
        variable = f"d_{name}"
        if not self.eager and self.src.known(variable) is None:
            below = behind(self.policy, name)
            for other in self.layout.derived:
                if other in below and other != name:
                    self.soft(other)
            self.derive(self.policy.derived[name], variable)
            self.src.note(variable, variable)
        return variable

    def derive(self, fact: DerivedFact, variable: str) -> None:
        """The place of a derived fact's value, or the reason why it cannot be known, negative."""
        src = self.src
        src.put(f"{variable} = -{self.reason('impossible_value', fact.name)}")
        with src.block("while True"):
            self._cases(fact, variable)
            src.put("break")
        with src.block("if status"):
            src.put(f"{variable} = -status")
            src.put("status = 0")

    def _cases(self, fact: DerivedFact, variable: str) -> None:
        def found(case: Case) -> None:
            self.src.put(f"{variable} = {list(fact.values).index(case.value)}")
            self.src.put("break")

        if fact.of is None:
            for case in fact.cases:
                if case.condition is None:
                    found(case)
                    return
                held = self.holds(case.condition)
                with self.src.block(f"if {held}"):
                    found(case)
            return
        for case in fact.cases:
            if case.unsaid:
                with self.src.block(f"if {self._unsaid(fact.of)}"):
                    found(case)
        number = self._of(fact, fact.of)
        ways = [case for case in fact.cases if case.is_rest or case.test is not None]
        code = variable  # with its reason, where no range fits
        for case in reversed(ways):
            place = str(list(fact.values).index(case.value))
            if case.is_rest:
                code = place
            else:
                assert isinstance(case.test, Range)
                within_it = within(number.code, case.test, number.over)
                code = f"({place} if {within_it} else {code})"
        self.src.put(f"{variable} = {code}")

    def _unsaid(self, of: Expression) -> str:
        """Code that is true where something that an expression names was not said."""
        missing = []
        for name in names_of(of):
            if name in self.policy.given and name not in self.parameters:
                return "True"
            if name in self.policy.facts and self.policy.facts[name].default is None:
                missing.append(self.missing(name))
        return " or ".join(missing) or "False"

    def _of(self, fact: DerivedFact, of: Expression) -> Number:
        """The number that the ranges of a derived fact are of."""
        if isinstance(of, Name):
            if is_day(self.policy, fact):
                return Number(self.day(of), 1, 2**32)
            return self.number(of.path)
        if isinstance(of, Call):
            return self.call(of)
        raise Unsupported(f"ranges of an expression: {fact.name}")

    # --- numbers that are no facts ---------------------------------------------------------------

    def call(self, call: Call) -> Number:
        """A function of days, of a set, or of how often a meter has counted."""
        (of, *_) = call.arguments
        if call.function in ("size", "ordinal"):
            assert isinstance(of, Name), "the loader sees to it"
            if call.function == "size":
                return Number(f"bits({self.require(of.path)})", 1, 64)
            per = self.policy.meters[of.path].per
            if per is not None:
                self.require(per)
            return Number(f"(before_{of.path} + 1)", 1, 2**31)
        days = [self.day(one) for one in call.arguments]
        if call.function == "years_since":
            years = self.src.let("years", f"years_since({days[0]}, day)")
            with self.src.block(f"if {years} < 0"):
                self.leave("impossible_value", next(iter(names_of(of)), TODAY))
            return Number(years, 1, 2**14)
        if call.function == "days_between":
            return Number(f"({days[1]} - {days[0]})", 1, 2**32)
        if call.function in ("months_between", "month_of"):
            return Number(f"{call.function}({', '.join(days)})", 1, 2**18)
        raise Unsupported(f"{call.function}() as a number")

    def day(self, expression: Expression) -> str:
        """A day as code: one that was said, or one worked out from others."""
        if isinstance(expression, Name):
            return "day" if expression.path == TODAY else self.require(expression.path)
        if isinstance(expression, Operation):
            length = expression.right
            assert isinstance(length, Figure), "the loader sees to it"
            start, number = self.day(expression.left), int(length.value)
            if length.unit is Unit.DAYS:
                return f"({start} {expression.operator} {number})"
            signed = number if expression.operator == "+" else -number
            return f"months_after({start}, {signed})"
        assert isinstance(expression, Call)
        days = [self.day(one) for one in expression.arguments]
        return f"{expression.function}({', '.join(days)})"


def ordinals_of(expressions: Iterator[Expression]) -> Iterator[str]:
    """The meters of which expressions ask how often they have counted."""
    for one in expressions:
        if isinstance(one, Call):
            if one.function == "ordinal" and isinstance(one.arguments[0], Name):
                yield one.arguments[0].path
            yield from ordinals_of(iter(one.arguments))
        elif isinstance(one, Operation):
            yield from ordinals_of(iter((one.left, one.right)))
