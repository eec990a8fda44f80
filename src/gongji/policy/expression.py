"""The small expressions of a policy file: parsed and typed here, never evaluated as code.

60% ^052 + seniority        inpatient_standard * admission_factor
min(5, max(0, floor(years_over_minimum)))       4万元 ^097~ * quantity
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from gongji.policy.marks import MARK_PATTERN, read_mark
from gongji.policy.model import Call, Expression, Figure, Name, Operation, Unit
from gongji.wording import Bilingual

__all__ = [
    "FUNCTIONS",
    "STRETCH",
    "TODAY",
    "ExpressionError",
    "figures_of",
    "names_of",
    "parse_expression",
    "unit_of",
]

FUNCTIONS = (
    "min",
    "max",
    "floor",
    "ceil",
    "round",
    "size",
    "years_since",
    "ordinal",
    "months_between",
    "days_between",
    "month_of",
    "month_start",
    "next_month",
    "year_start",
    "year_end",
)
"""`round(amount)`: to the fen, half up; a number to a whole one; `size(set)`: how many members;
`years_since(date)`: whole years from that date to the day asked about (`today`);
`ordinal(meter)`: which visit of the meter's window this one is, 1 for the first;
`months_between(a, b)`, `days_between(a, b)`: whole months, days from one day to another, negative
where the second comes first, of days that may be worked out (`born_on + 3个月`);
`month_of(day)`: 1 to 12;
`month_start`, `next_month`, `year_start`, `year_end`: the first day of the month, of the next one,
of the year, the last of the year."""

TODAY = "today"
"""The name of the day of care, or the day that a question is asked about."""

STRETCH = "stretch"
"""In `first:`, the name of all the money that has come to the step."""

_NUMBERS_OF_DAYS = {"years_since": 1, "months_between": 2, "days_between": 2, "month_of": 1}
_OF_ONE = ("floor", "ceil", "round")
_DAYS_OF_DAYS = ("month_start", "next_month", "year_start", "year_end")

_TOKEN = re.compile(
    rf"\s*(?:(?P<number>\d+(?:\.\d+)?)(?P<unit>万元|万|元|%|个?百分点|个月|天|年)?"
    rf"|(?P<mark>{MARK_PATTERN})"
    r"|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)"
    r"|(?P<sign>[-+*/(),]))"
)


class ExpressionError(Exception):
    """What is wrong with an expression: what was found and what was expected."""

    def __init__(self, found: Bilingual, expected: Bilingual) -> None:
        super().__init__(found.en)
        self.found = found
        self.expected = expected


_LONGEST = 200
"""Far more characters than a rule of a document needs."""


def parse_expression(text: str, prefix: str) -> Expression:
    """Parse `text`; `prefix` completes the clause ids of marks.  Raises `ExpressionError`."""
    if len(text) > _LONGEST:
        raise ExpressionError(
            Bilingual(f"式子有 {len(text)} 个字符", f"an expression of {len(text)} characters"),
            Bilingual(f"不超过 {_LONGEST} 个字符", f"at most {_LONGEST} characters"),
        )
    return _Parser(text, prefix).whole()


class _Parser:
    def __init__(self, text: str, prefix: str) -> None:
        self.text = text
        self.prefix = prefix
        self.tokens = list(_tokens(text))
        self.at = 0

    def whole(self) -> Expression:
        expression = self._sum()
        if self.at < len(self.tokens):
            raise self._unexpected()
        return expression

    def _sum(self) -> Expression:
        left = self._product()
        while self._sign() in ("+", "-"):
            operator = self._take()
            left = Operation(operator, left, self._product())
        return left

    def _product(self) -> Expression:
        left = self._primary()
        while self._sign() in ("*", "/"):
            operator = self._take()
            left = Operation(operator, left, self._primary())
        return left

    def _primary(self) -> Expression:
        if self.at >= len(self.tokens):
            raise self._unexpected()
        kind, value = self.tokens[self.at]
        if kind == "sign" and value == "-":
            self.at += 1
            figure = self._primary()
            if not isinstance(figure, Figure):
                raise self._unexpected()
            return Figure(-figure.value, figure.unit, "-" + figure.text, figure.mark)
        if kind == "sign" and value == "(":
            self.at += 1
            inner = self._sum()
            self._expect(")")
            return inner
        if kind == "figure":
            self.at += 1
            return self._figure(value)
        if kind == "name":
            self.at += 1
            return self._call(value) if self._sign() == "(" else Name(value)
        raise self._unexpected()

    def _figure(self, text: str) -> Figure:
        mark = None
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "mark":
            mark = read_mark(self.tokens[self.at][1], self.prefix)
            self.at += 1
        value, unit = _read_figure(text)
        return Figure(value, unit, text, mark)

    def _call(self, function: str) -> Expression:
        if function not in FUNCTIONS:
            names = ", ".join(FUNCTIONS)
            raise ExpressionError(
                Bilingual(f"没有函数 {function}", f"there is no function {function!r}"),
                Bilingual(f"{names} 之一", f"one of {names}"),
            )
        self._expect("(")
        arguments = [self._sum()]
        while self._sign() == ",":
            self.at += 1
            arguments.append(self._sum())
        self._expect(")")
        return Call(function, tuple(arguments))

    def _sign(self) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "sign":
            return self.tokens[self.at][1]
        return None

    def _take(self) -> str:
        value = self.tokens[self.at][1]
        self.at += 1
        return value

    def _expect(self, sign: str) -> None:
        if self._sign() != sign:
            raise self._unexpected()
        self.at += 1

    def _unexpected(self) -> ExpressionError:
        if self.at < len(self.tokens):
            token = self.tokens[self.at][1]
            found = Bilingual(
                f"“{self.text}”中的“{token}”不该在这里",
                f"{token!r} is out of place in {self.text!r}",
            )
        else:
            found = Bilingual(f"“{self.text}”没有写完", f"{self.text!r} is not finished")
        return ExpressionError(
            found,
            Bilingual(
                "数、名称，以及 + - * / min max 连成的式子",
                "figures and names joined by + - * / min max",
            ),
        )


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(
                Bilingual(
                    f"“{text}”中有读不懂的“{text[at:].strip()[:1]}”",
                    f"{text[at:].strip()[:1]!r} in {text!r} cannot be read",
                ),
                Bilingual(
                    "数（600元、15万元、90%、-5百分点）或名称（小写字母、数字、下划线）",
                    "a figure (600元, 15万元, 90%, -5百分点) or a name in lower-case letters",
                ),
            )
        at = found.end()
        if found["number"] is not None:
            yield "figure", found["number"] + (found["unit"] or "")
        else:
            kind = str(found.lastgroup)
            yield kind, found[kind]


def _read_figure(text: str) -> tuple[Fraction, Unit]:
    for suffix, scale, unit in (
        ("万元", Fraction(1_000_000), Unit.YUAN),
        ("元", Fraction(100), Unit.YUAN),
        ("万", Fraction(10_000), Unit.NUMBER),
        ("%", Fraction(1, 100), Unit.RATE),
        ("个百分点", Fraction(1, 100), Unit.POINTS),
        ("百分点", Fraction(1, 100), Unit.POINTS),
        ("个月", Fraction(1), Unit.MONTHS),
        ("年", Fraction(12), Unit.MONTHS),
        ("天", Fraction(1), Unit.DAYS),
    ):
        if text.endswith(suffix):
            return Fraction(text.removesuffix(suffix)) * scale, unit
    return Fraction(text), Unit.NUMBER


def figures_of(expression: Expression) -> Iterator[Figure]:
    """Every figure written in an expression."""
    if isinstance(expression, Figure):
        yield expression
    elif isinstance(expression, Operation):
        yield from figures_of(expression.left)
        yield from figures_of(expression.right)
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from figures_of(argument)


def names_of(expression: Expression) -> Iterator[str]:
    """Every name used in an expression, meters of `ordinal` included."""
    if isinstance(expression, Name):
        yield expression.path
    elif isinstance(expression, Operation):
        yield from names_of(expression.left)
        yield from names_of(expression.right)
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from names_of(argument)


_SUMS = {
    (Unit.RATE, Unit.POINTS): Unit.RATE,
    (Unit.YUAN, Unit.YUAN): Unit.YUAN,
    (Unit.RATE, Unit.RATE): Unit.RATE,
    (Unit.POINTS, Unit.POINTS): Unit.POINTS,
    (Unit.NUMBER, Unit.NUMBER): Unit.NUMBER,
    (Unit.DATE, Unit.MONTHS): Unit.DATE,
    (Unit.DATE, Unit.DAYS): Unit.DATE,
}
_PRODUCTS = {
    (Unit.YUAN, Unit.RATE): Unit.YUAN,
    (Unit.RATE, Unit.YUAN): Unit.YUAN,
    (Unit.YUAN, Unit.NUMBER): Unit.YUAN,
    (Unit.NUMBER, Unit.YUAN): Unit.YUAN,
    (Unit.RATE, Unit.RATE): Unit.RATE,
    (Unit.POINTS, Unit.NUMBER): Unit.POINTS,
    (Unit.NUMBER, Unit.POINTS): Unit.POINTS,
    (Unit.NUMBER, Unit.NUMBER): Unit.NUMBER,
}
_QUOTIENTS = {
    (Unit.YUAN, Unit.NUMBER): Unit.YUAN,
    (Unit.NUMBER, Unit.NUMBER): Unit.NUMBER,
    (Unit.YUAN, Unit.YUAN): Unit.RATE,
}


def unit_of(expression: Expression, unit_of_name: Callable[[str], Unit]) -> Unit:
    """The unit of an expression's value; raises `ExpressionError` where units do not fit."""
    if isinstance(expression, Figure):
        return expression.unit
    if isinstance(expression, Name):
        return unit_of_name(expression.path)
    if isinstance(expression, Operation):
        _check_length(expression, unit_of_name)
        pair = (unit_of(expression.left, unit_of_name), unit_of(expression.right, unit_of_name))
        table = {"*": _PRODUCTS, "/": _QUOTIENTS}.get(expression.operator, _SUMS)
        if pair not in table:
            left, right = pair[0].value, pair[1].value
            raise ExpressionError(
                Bilingual(
                    f"{left} {expression.operator} {right} 没有意义",
                    f"{left} {expression.operator} {right} has no meaning",
                ),
                Bilingual(
                    "单位相合的式子，如 元 * %、% + 百分点",
                    "units that fit, such as 元 * % or % + 百分点",
                ),
            )
        return table[pair]
    return _unit_of_call(expression, unit_of_name)


def _check_length(operation: Operation, unit_of_name: Callable[[str], Unit]) -> None:
    """A length of time is added to a day as a figure, so that its unit is the printed one."""
    if isinstance(operation.right, Figure):
        return
    if unit_of(operation.right, unit_of_name) in (Unit.MONTHS, Unit.DAYS):
        raise ExpressionError(
            Bilingual("加减的时间长度不是一个数", "a length of time that is not a figure"),
            Bilingual("如 + 3个月、- 15天", "such as + 3个月 or - 15天"),
        )


def _unit_of_call(call: Call, unit_of_name: Callable[[str], Unit]) -> Unit:
    if call.function == "ordinal":
        return Unit.NUMBER
    units = [unit_of(argument, unit_of_name) for argument in call.arguments]
    days = _NUMBERS_OF_DAYS.get(call.function, 1 if call.function in _DAYS_OF_DAYS else 0)
    if days:
        if units != [Unit.DATE] * days:
            raise ExpressionError(
                Bilingual(
                    f"{call.function} 的参数不是日期", f"{call.function} of something not a date"
                ),
                Bilingual("一个日期", "one date") if days == 1 else Bilingual("两个日期", "two"),
            )
        return Unit.NUMBER if call.function in _NUMBERS_OF_DAYS else Unit.DATE
    if call.function == "size":
        if units != [Unit.SET]:
            raise ExpressionError(
                Bilingual("size 的参数不是一组取值", "size of something that is not a set"),
                Bilingual("一个 kind: set 的事实", "a fact of kind set"),
            )
        return Unit.NUMBER
    if call.function == "round" and units and units[0] not in (Unit.YUAN, Unit.NUMBER):
        raise ExpressionError(
            Bilingual(f"round 的参数是 {units[0].value}", f"round of {units[0].value}"),
            Bilingual(
                "金额（到分）或数（到整数）", "an amount, to the fen, or a number, to a whole"
            ),
        )
    if len(set(units)) != 1 or (call.function in _OF_ONE and len(units) != 1):
        raise ExpressionError(
            Bilingual(f"{call.function} 的参数不合", f"the arguments of {call.function} differ"),
            Bilingual("同一单位的参数", "arguments of one unit"),
        )
    return units[0]
