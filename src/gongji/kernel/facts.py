"""Facts and conditions as code: what `engine.known` answers, for one line of a bill.

A fact that was not said is only missed where a rule asks for it; the claim is then left with the
reason, and nothing of it is settled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import NamedTuple

from gongji.engine.bill import FactValue
from gongji.kernel.layout import LARGEST_NUMBER, MISSING, Layout, coded, missing_code, scale_of
from gongji.kernel.number import LARGEST_FEN, Number
from gongji.kernel.source import Source, Unsupported
from gongji.policy.model import (
    Choices,
    Condition,
    Fact,
    Policy,
    Range,
    Said,
    SetTest,
    Test,
)

__all__ = ["Facts", "Reason", "default_of", "within"]


class Reason(NamedTuple):
    """Why a claim is not settled: what `engine.refusals` calls it, and the name it is about.

    The kinds `several`, `marked`, `late`, `apart`, `too_large` are no refusals: what they are told
    of is settled in another way.
    """

    kind: str
    name: str


class Facts:
    """The facts of one line, as names in the program.

    `said` are the facts that have a column; of all others nobody said anything.
    """

    def __init__(
        self,
        policy: Policy,
        layout: Layout,
        src: Source,
        parameters: Mapping[str, FactValue],
        said: Collection[str],
    ) -> None:
        self.policy = policy
        self.layout = layout
        self.src = src
        self.parameters = parameters
        self.said = said
        self.reasons: list[Reason] = []

    # --- reasons ---------------------------------------------------------------------------------

    def reason(self, kind: str, name: str) -> int:
        """The number of a reason, from 1."""
        reason = Reason(kind, name)
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason) + 1

    def leave(self, kind: str, name: str) -> None:
        """Leave the claim unsettled."""
        self.src.put(f"status = {self.reason(kind, name)}")
        self.src.put("break")

    def check(self) -> None:
        """After a loop inside the claim's: go on outwards where the claim was left."""
        with self.src.block("if status"):
            self.src.put("break")

    # --- values ----------------------------------------------------------------------------------

    def listed(self, name: str) -> tuple[str, ...]:
        """The values of a fact that has a list of them."""
        if name in self.policy.derived:
            return tuple(self.policy.derived[name].values)
        if name in self.policy.facts:
            return tuple(self.policy.facts[name].values)
        return tuple(self.policy.given[name].fact.values)

    def load(self, at: str) -> None:
        """Read every column for the line at an index."""
        for fact in self.layout.facts:
            if fact.name not in self.said:
                continue
            self.src.put(f"y_{fact.name} = c_{fact.name}[{at}]")
            if fact.default is not None:
                nothing = f"y_{fact.name} == {missing_code(fact)}"
                default = _default_code(fact)
                self.src.put(f"x_{fact.name} = {default} if {nothing} else y_{fact.name}")

    def raw(self, name: str) -> str:
        """A fact as it was said, or not."""
        fact = self.policy.facts[name]
        return f"y_{name}" if name in self.said else str(missing_code(fact))

    def code(self, name: str) -> str:
        """A fact as it stands, said, assumed or not known; a derived one is not."""
        fact = self.policy.facts.get(name)
        if fact is not None:
            if fact.default is None:
                return self.raw(name)
            return f"x_{name}" if name in self.said else _default_code(fact)
        given = self.policy.given[name].fact
        value = self.parameters.get(name, given.default)
        return str(-1 if value is None else list(given.values).index(str(value)))

    def may_miss(self, name: str) -> bool:
        """Whether a fact may be unknown."""
        if name in self.policy.derived:
            return True
        if name in self.policy.facts:
            return self.policy.facts[name].default is None
        return self.code(name) == "-1"

    def soft(self, name: str) -> str:
        """The code of a fact, below 0 (a number: `MISSING`) where it cannot be known."""
        return self.code(name)

    def missing(self, name: str) -> str:
        """Code that is true where a fact that may be missing is."""
        fact = self.policy.facts.get(name)
        if fact is not None and missing_code(fact) == MISSING:
            return f"{self.code(name)} == {MISSING}"
        return f"{self.soft(name)} < 0"

    def require(self, name: str) -> str:
        """The code of a fact that a rule needs now; without it the claim is left."""
        code = self.soft(name)
        if self.may_miss(name) and self.src.known(name) is None:
            self.src.note(name, code)
            with self.src.block(f"if {self.missing(name)}"):
                if name in self.policy.derived:
                    self.src.put(f"status = -{code}")
                    self.src.put("break")
                else:
                    known = name in self.policy.facts
                    self.leave("missing_fact" if known else "missing_parameter", name)
        return code

    def number(self, name: str) -> Number:
        """A number or an amount among the facts and the parameters."""
        if name in self.policy.given:
            value = self.parameters.get(name)
            if isinstance(value, Fraction):
                return Number.of(value)
            self.leave("missing_parameter", name)
            return Number.of(Fraction(0))
        fact = self.policy.facts[name]
        if fact.kind not in ("number", "amount"):
            raise Unsupported(f"{name} in an expression")
        code = self.require(name)
        most = LARGEST_FEN if fact.kind == "amount" else LARGEST_NUMBER * scale_of(fact)
        return Number(code, scale_of(fact), most)

    # --- conditions ------------------------------------------------------------------------------

    def holds(self, condition: Condition) -> str:
        """Code that is true where a condition holds; facts are asked for only as far as needed."""
        if not condition.alternatives:
            return "True"
        known = self.src.known(condition)
        if known is not None:
            return known
        tests = [pair for one in condition.alternatives for pair in one.tests]
        if not any(self._asks(name, test) for name, test in tests):
            ways = [
                " and ".join(self.passes(name, test) for name, test in one.tests)
                for one in condition.alternatives
            ]
            code = self.src.let("h", " or ".join(f"({way})" for way in ways))
            self.src.note(condition, code)
            return code
        held = self.src.let("h", "False")
        for index, one in enumerate(condition.alternatives):
            if index:
                with self.src.block(f"if not {held}"):
                    self._tests(list(one.tests), held)
            else:
                self._tests(list(one.tests), held)
        self.src.note(condition, held)
        return held

    def _asks(self, name: str, test: Test) -> bool:
        """Whether a test may find its fact missing."""
        return not isinstance(test, Said) and self.may_miss(name) and self.src.known(name) is None

    def _tests(self, tests: list[tuple[str, Test]], held: str) -> None:
        if not tests:
            self.src.put(f"{held} = True")
            return
        (name, test), *others = tests
        if self._asks(name, test):
            self.require(name)
        with self.src.block(f"if {self.passes(name, test)}"):
            self._tests(others, held)

    def passes(self, name: str, test: Test) -> str:
        """Code that is true where a known value passes a test."""
        if isinstance(test, Said):
            return self._was_said(name, test)
        code = self.soft(name)
        if isinstance(test, Choices):
            return self._among(code, self._places(name, test.values), len(self.listed(name)))
        if isinstance(test, Range):
            fact = self.policy.facts.get(name)
            return within(code, test, scale_of(fact) if fact is not None else 1)
        return self._set_passes(name, code, test)

    def _was_said(self, name: str, test: Said) -> str:
        fact = self.policy.facts[name]
        code = self.raw(name)
        parts = [f"{code} {'!=' if test.said else '=='} {missing_code(fact)}"]
        if test.values:
            places = self._places(name, test.values)
            parts.append(f"({' or '.join(f'{code} == {place}' for place in places)})")
        return f"({' and '.join(parts)})"

    def _places(self, name: str, values: Collection[str]) -> list[int]:
        listed = self.listed(name)
        return sorted(listed.index(one) for one in values)

    def _among(self, code: str, places: list[int], count: int) -> str:
        if len(places) == 1:
            return f"{code} == {places[0]}"
        if count > 62:
            return f"({' or '.join(f'{code} == {place}' for place in places)})"
        return f"({sum(1 << place for place in places)} >> {code}) & 1 == 1"

    def _set_passes(self, name: str, code: str, test: SetTest) -> str:
        has = sum(1 << place for place in self._places(name, test.has))
        lacks = sum(1 << place for place in self._places(name, test.lacks))
        parts = [f"({code} & {has}) == {has}", f"({code} & {lacks}) == 0"]
        if test.others is not None:
            parts.append(f"({code} & ~{has}) {'!=' if test.others else '=='} 0")
        if test.size is not None:
            parts.append(within(f"bits({code})", test.size, 1))
        return f"({' and '.join(parts)})"


def within(code: str, test: Range, over: int) -> str:
    """Code that is true where a number over a denominator lies in a range."""
    parts = []
    if test.low is not None:
        parts.append(f"{code} >= {_whole(test.low * over, up=True)}")
    if test.high is not None:
        parts.append(f"{code} <= {_whole(test.high * over, up=False)}")
    return f"({' and '.join(parts)})" if parts else "True"


def _whole(value: Fraction, *, up: bool) -> int:
    return -(-value.numerator // value.denominator) if up else value.numerator // value.denominator


def default_of(fact: Fact) -> int | None:
    """What a fact's column would hold for its default; None: the day itself (`today`)."""
    assert fact.default is not None
    if fact.kind == "date":
        return None
    if fact.kind == "set":
        return 0
    value = Fraction(fact.default) if fact.kind in ("number", "amount") else fact.default
    return coded(fact, value)


def _default_code(fact: Fact) -> str:
    """The code of what is assumed of a fact that has a default."""
    found = default_of(fact)
    return "day" if found is None else str(found)
