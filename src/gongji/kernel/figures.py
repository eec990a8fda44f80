"""Amounts and rates as code: what `engine.figures` works out, without the sources.

A table whose cells are printed numbers becomes an array, looked up by the places of its facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from math import lcm, prod
from typing import NamedTuple, Union

from gongji.engine.figures import constant
from gongji.kernel.derived import DerivedFacts
from gongji.kernel.number import LARGEST_FEN, Number
from gongji.kernel.source import Source, Unsupported
from gongji.policy.expression import STRETCH, names_of
from gongji.policy.model import Call, Cell, Expression, Figure, Given, Name, Operation, Table

__all__ = ["Figures"]

_SIGNALS = -(2**61)
"""Cells at or below this are no numbers: `no limit`, a computed cell, or a reason."""

_NO_LIMIT = _SIGNALS
_COMPUTED = _SIGNALS - 1_000_000
_REASON = _SIGNALS - 2_000_000
_DERIVED = _SIGNALS - 3_000_000

_Looked = Union[str, int, Expression]  # noqa: UP007


class Figures:
    """Expressions of a policy as exact numbers in code, for the row that `facts` are of."""

    def __init__(self, facts: DerivedFacts) -> None:
        self.facts = facts
        self.policy = facts.policy
        self.stretch = ""

    def number(self, expression: Expression) -> Number:
        """The value of an expression; lines that it needs are written at this place."""
        if isinstance(expression, Figure):
            return Number.of(expression.value)
        if isinstance(expression, Name):
            return self._named(expression.path)
        if isinstance(expression, Operation):
            return self._operation(expression)
        return self._call(expression)

    def rate(self, expression: Expression | None) -> Number:
        """A rate, held to 0 to 1."""
        if expression is None:
            return Number.of(Fraction(1))
        found = self.number(expression)
        if found.known is not None:
            return Number.of(min(max(found.known, Fraction(0)), Fraction(1)))
        code = found.code
        if not isinstance(expression, Name):
            code = f"min(max({code}, 0), {found.over})"
        return Number(self.facts.src.let("rate", code), found.over, found.over)

    def _operation(self, operation: Operation) -> Number:
        left, right = self.number(operation.left), self.number(operation.right)
        if operation.operator == "*":
            return left.times(right)
        if operation.operator == "/":
            return left.divided(right)
        return left.plus(right, operation.operator)

    def _call(self, call: Call) -> Number:
        if call.function in ("floor", "ceil", "round"):
            return self.number(call.arguments[0]).rounded(call.function)
        if call.function not in ("min", "max"):
            return self.facts.call(call)
        found = [self.number(one) for one in call.arguments]
        if any(one.unlimited for one in found):
            raise Unsupported(f"{call.function}() with what may have no limit")
        pick = min if call.function == "min" else max
        if all(one.known is not None for one in found):
            return Number.of(pick(one.known for one in found if one.known is not None))
        over = lcm(*(one.over for one in found))
        scaled = [one.scaled(over) for one in found]
        code = f"{call.function}({', '.join(one.code for one in scaled)})"
        return Number(self.facts.src.let("v", code), over, max(one.most for one in scaled))

    def _named(self, path: str) -> Number:
        if path == STRETCH:
            if not self.stretch:
                raise Unsupported("stretch outside its step")
            return Number(self.stretch, 1, LARGEST_FEN)
        name, _, column = path.partition(".")
        if name in self.policy.tables:
            return self._looked_up(self.policy.tables[name], column)
        if path in self.policy.given:
            return self._given(self.policy.given[path])
        return self.facts.number(path)

    # --- tables and parameters -------------------------------------------------------------------

    def _given(self, given: Given) -> Number:
        if not given.by:
            return self._signalled([self._parameter(given, ())], ())
        names = [self.facts.listed(fact) for fact in given.by]
        dimensions = tuple(
            _Dimension(index, fact, loose=False) for index, fact in enumerate(given.by)
        )
        return self._signalled([self._parameter(given, row) for row in product(*names)], dimensions)

    def _parameter(self, given: Given, row: tuple[str, ...]) -> _Looked:
        key = f"{given.name}[{' '.join(row)}]" if row else given.name
        value = self.facts.parameters.get(key)
        if isinstance(value, Fraction):
            assert given.unit is not None
            return Figure(value, given.unit, "", None)
        if given.absent is not None:
            return "no limit"
        return _REASON - self.facts.reason("missing_parameter", key)

    def _looked_up(self, table: Table, column: str) -> Number:
        across = table.columns[column].across and table.across is not None
        by = (*table.by, table.across or "") if across else table.by
        cells = {
            (*row, value)[: len(by)]: cell
            for (name, row, value), cell in table.cells.items()
            if name == column
        }
        dimensions = []
        for index, fact in enumerate(by):
            said = {row[index] for row in cells}
            if said != {"any"}:
                dimensions.append(_Dimension(index, fact, loose="any" in said))
        places = [
            ("", *self.facts.listed(one.fact)) if one.loose else self.facts.listed(one.fact)
            for one in dimensions
        ]
        found = []
        for combination in product(*places):
            row = ["any"] * len(by)
            for one, value in zip(dimensions, combination, strict=True):
                row[one.place] = value
            found.append(self._cell(table, cells, row, by))
        return self._signalled(found, tuple(dimensions))

    def _cell(
        self,
        table: Table,
        cells: Mapping[tuple[str, ...], Cell],
        row: list[str],
        by: tuple[str, ...],
    ) -> _Looked:
        """What a table says for a combination, in which an unknown fact is empty."""
        left = dict(cells)
        for index, value in enumerate(row):
            if not value and any(key[index] != "any" for key in left):
                return self._missing(by[index])
            left = {key: cell for key, cell in left.items() if key[index] in (value, "any")}
        if not left:
            return _REASON - self.facts.reason("not_stated", table.name)
        content = next(iter(left.values())).content
        if content == "not stated":
            return _REASON - self.facts.reason("not_stated", table.name)
        return content

    def _missing(self, fact: str) -> int:
        if fact in self.policy.derived:
            return _DERIVED - list(self.policy.derived).index(fact)
        kind = "missing_fact" if fact in self.policy.facts else "missing_parameter"
        return _REASON - self.facts.reason(kind, fact)

    def _signalled(self, found: list[_Looked], by: tuple[_Dimension, ...]) -> Number:
        """A number by the places of facts; what is no number is acted upon here."""
        src = self.facts.src
        known = [_constant(one) for one in found]
        computed = [one for one in found if not isinstance(one, str | int) and not _fixed(one)]
        overs = [value.denominator for value in known if value is not None]
        scratch = src.aside()
        inner = [self._in(scratch, one) for one in computed]
        over = lcm(1, *overs, *(one.over for one in inner))
        values = []
        for one, value in zip(found, known, strict=True):
            if value is not None:
                values.append(int(value * over))
            elif isinstance(one, int):
                values.append(one)
            elif one == "no limit":
                values.append(_NO_LIMIT)
            else:
                values.append(_COMPUTED - [id(known) for known in computed].index(id(one)))
        most = max([abs(one) for one in values if one > _SIGNALS] + [0])
        most = max([most, *(one.most * (over // one.over) for one in inner)])
        if not by and values[0] > _SIGNALS:
            return Number.of(Fraction(values[0], over))
        if not by and values[0] == _NO_LIMIT:
            return Number.no_limit()
        code = self._at(values, by)
        signals = {one for one in values if one <= _SIGNALS}
        if not signals:
            return Number(code, over, most)
        code = src.let("v", code)
        for index, one in enumerate(computed):
            with src.block(f"if {code} == {_COMPUTED - index}"):
                src.put(f"{code} = {self.number(one).scaled(over).code}")
        for one in sorted(one for one in signals if one <= _DERIVED):
            derived = self.facts.soft(list(self.policy.derived)[_DERIVED - one])
            with src.block(f"if {code} == {one}"):
                src.put(f"status = -{derived}")
                src.put("break")
        if any(_DERIVED < one <= _REASON for one in signals):
            with src.block(f"if {code} <= {_REASON}"):
                src.put(f"status = {_REASON} - {code}")
                src.put("break")
        unlimited = f"{code} == {_NO_LIMIT}" if _NO_LIMIT in signals else ""
        return Number(code, over, most, unlimited)

    def _in(self, scratch: Source, expression: Expression) -> Number:
        """An expression worked out aside, to learn its denominator."""
        kept, self.facts.src = self.facts.src, scratch
        try:
            return self.number(expression)
        finally:
            self.facts.src = kept

    def _at(self, values: list[int], by: tuple[_Dimension, ...]) -> str:
        """The value in a list at the places of facts."""
        sizes = [len(self.facts.listed(one.fact)) + one.loose for one in by]
        parts = []
        for index, one in enumerate(by):
            if one.loose:
                code = f"(max({self.facts.soft(one.fact)}, -1) + 1)"
            else:
                code = self.facts.require(one.fact)
            stride = prod(sizes[index + 1 :])
            parts.append(f"{code}*{stride}" if stride > 1 else code)
        if not by or len(set(values)) == 1:
            return str(values[0])
        return f"{self.facts.src.array(values)}[{' + '.join(parts)}]"


class _Dimension(NamedTuple):
    """A fact that a table goes by; a `loose` one need not be known in every row."""

    place: int
    fact: str
    loose: bool


def _constant(one: _Looked) -> Fraction | None:
    return None if isinstance(one, str | int) or not _fixed(one) else constant(one)


def _fixed(one: Expression) -> bool:
    return not any(names_of(one)) and constant(one) is not None
