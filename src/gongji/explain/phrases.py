"""Conditions and expressions of a policy in words, with the clauses of their figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from gongji.engine.figures import constant
from gongji.explain.arithmetic import percent
from gongji.explain.names import Names
from gongji.money import grouped_yuan, half_up
from gongji.policy.expression import STRETCH, TODAY
from gongji.policy.logic import domain
from gongji.policy.marks import written_mark
from gongji.policy.model import (
    Call,
    Cell,
    Choices,
    Condition,
    Expression,
    Figure,
    Mark,
    Name,
    Operation,
    Policy,
    Range,
    Said,
    Test,
    Unit,
)
from gongji.wording import Bilingual

__all__ = ["Phrases", "Row", "all_of", "figure", "marked", "same"]

Row = tuple[Bilingual, Bilingual]
"""A sentence of a rule, and the marks behind it."""

_SIGNS = {"*": "×", "/": "÷", "+": "+", "-": "-"}
_UNITS = {
    Unit.YUAN: Bilingual(" 元", " yuan"),
    Unit.POINTS: Bilingual(" 个百分点", " points"),
}


_LENGTHS = {Unit.MONTHS: ("个月", "months"), Unit.DAYS: ("天", "days")}
_FUNCTIONS = {
    "min": ("（{}）中较小的", "the lesser of ({})"),
    "max": ("（{}）中较大的", "the greater of ({})"),
    "floor": ("{}（去尾取整）", "{} (rounded down)"),
    "ceil": ("{}（进一取整）", "{} (rounded up)"),
    "round": ("{}（四舍五入）", "{} (rounded half up)"),
    "size": ("{}的个数", "the number of {}"),
    "years_since": ("自{}起满的年数", "full years since {}"),
    "ordinal": ("{}（含本次）", "{} (this one included)"),
    "months_between": ("从{}的整月数", "whole months from {}"),
    "days_between": ("从{}的天数", "days from {}"),
    "month_of": ("{}的月份", "the month of {}"),
    "month_start": ("{}当月第一天", "the first day of the month of {}"),
    "next_month": ("{}的下月第一天", "the first day of the month after {}"),
    "year_start": ("{}当年第一天", "the first day of the year of {}"),
    "year_end": ("{}当年最后一天", "the last day of the year of {}"),
}


def same(text: str) -> Bilingual:
    """What reads alike in both languages."""
    return Bilingual(text, text)


def marked(*marks: Mark | None) -> Bilingual:
    """Marks as a file writes them, each once."""
    return same(" ".join(dict.fromkeys(written_mark(mark) for mark in marks if mark is not None)))


def figure(value: Fraction, unit: Unit, *, bare: bool = False) -> Bilingual:
    """A figure as it is printed; `bare` leaves out the unit that a table's head says."""
    if unit is Unit.YUAN:
        yuan = grouped_yuan(half_up(value)).removesuffix(".00")
        return same(yuan) if bare else Bilingual(f"{yuan} 元", f"{yuan} yuan")
    if unit is Unit.RATE:
        return same(percent(value))
    if unit in _LENGTHS:
        zh, en = _LENGTHS[unit]
        return Bilingual(f"{value} {zh}", f"{value} {en}")
    if unit is Unit.POINTS:
        number = percent(value).removesuffix("%")
        return same(number) if bare else Bilingual(f"{number} 个百分点", f"{number} points")
    return same(str(value))


def _days(test: Range) -> Bilingual:
    """A range of days, ends included."""
    first, last = (
        None if edge is None else date.fromordinal(int(edge)) for edge in (test.low, test.high)
    )
    if first is None:
        return Bilingual(f"在 {last} 或以前", f"to {last}")
    if last is None:
        return Bilingual(f"在 {first} 或以后", f"from {first}")
    return Bilingual(f"在 {first} 至 {last}", f"{first} to {last}")


def all_of(parts: Iterable[Bilingual], zh: str = "，", en: str = ", ") -> Bilingual:
    """Texts joined in both languages."""
    every = list(parts)
    return Bilingual(zh.join(one.zh for one in every), en.join(one.en for one in every))


class Phrases(NamedTuple):
    """Conditions and expressions of one policy put into words."""

    policy: Policy
    names: Names

    # --- when ---

    def condition(self, condition: Condition) -> list[Row]:
        """Its alternatives, one row each; none where it always holds."""
        return [
            (
                all_of(self._test(fact, test) for fact, test in one.tests),
                marked(one.mark),
            )
            for one in condition.alternatives
            if one.tests
        ]

    def test_of(self, expression: Expression, test: Test) -> Bilingual:
        """A test of a number or a day."""
        assert isinstance(test, Range)
        subject = self.expression(expression)
        path = expression.path if isinstance(expression, Name) else ""
        fact = self.policy.facts.get(path)
        if path == TODAY or (fact is not None and fact.kind == "date"):
            return subject + Bilingual("", ": ") + _days(test)
        return subject + Bilingual("为 ", ": ") + self.range(test)

    def _test(self, fact: str, test: Test) -> Bilingual:
        title = self.title(fact)
        if isinstance(test, Said):
            if not test.said:
                return Bilingual(f"没有说明{title.zh}", f"{title.en}: not said")
            values = all_of((self.value(fact, one) for one in sorted(test.values)), "、", " or ")
            if not test.values:
                return Bilingual(f"说明了{title.zh}", f"{title.en}: said")
            return Bilingual(
                f"说明了{title.zh}为{values.zh}", f"{title.en}: said to be {values.en}"
            )
        if isinstance(test, Choices):
            every = domain(self.policy, fact) or ()
            others = [value for value in every if value not in test.values]
            if 0 < len(others) < len(test.values):
                values = all_of((self.value(fact, one) for one in others), "、", " or ")
                return Bilingual(
                    f"{title.zh}不是{values.zh}", f"{title.en}: other than {values.en}"
                )
            chosen = [value for value in every if value in test.values]
            values = all_of((self.value(fact, one) for one in chosen), "、", " or ")
            return Bilingual(f"{title.zh}为{values.zh}", f"{title.en}: {values.en}")
        if isinstance(test, Range):
            return title + Bilingual("为 ", ": ") + self.range(test)
        parts = []
        if test.has:
            values = all_of((self.value(fact, one) for one in sorted(test.has)), "、")
            parts.append(Bilingual(f"有{values.zh}", f"with {values.en}"))
        if test.lacks:
            values = all_of((self.value(fact, one) for one in sorted(test.lacks)), "、")
            parts.append(Bilingual(f"没有{values.zh}", f"without {values.en}"))
        if test.others is not None:
            parts.append(
                Bilingual("还有其他", "others besides")
                if test.others
                else Bilingual("没有其他", "no others")
            )
        if test.size is not None:
            size = self.range(test.size, " 个")
            parts.append(Bilingual(size.zh, f"{size.en} of them"))
        return title + Bilingual("：", ": ") + all_of(parts)

    def range(self, test: Range, counted: str = "") -> Bilingual:
        """A range of numbers, ends included; `counted` is the Chinese measure word."""
        if test.low == test.high:
            return Bilingual(f"{test.low}{counted}", str(test.low))
        if test.high is None:
            return Bilingual(f"{test.low}{counted or ' '}及以上", f"{test.low} or more")
        if test.low is None:
            return Bilingual(f"{test.high}{counted or ' '}及以下", f"{test.high} or less")
        return Bilingual(f"{test.low}-{test.high}{counted}", f"{test.low}-{test.high}")

    def title(self, fact: str) -> Bilingual:
        """The title of a fact, a derived one or a parameter."""
        return self.names.fact(fact)

    def value(self, fact: str, value: str) -> Bilingual:
        """The title of a value of a fact, a derived one or a parameter."""
        return self.names.value(fact, value)

    # --- expressions ---

    def expression(self, expression: Expression) -> Bilingual:
        """An amount or a rate: its figures, and the names of tables in quotation marks."""
        if isinstance(expression, Name):
            return self._named(expression.path)
        if isinstance(expression, Figure):
            return figure(expression.value, expression.unit)
        if isinstance(expression, Operation):
            left, right = self._operand(expression, first=True), self._operand(expression)
            if isinstance(expression.right, Figure) and expression.right.mark is None:
                unit = _UNITS[expression.right.unit]  # the unit given to a plain number
                return Bilingual(f"{left.zh}{unit.zh}", f"{left.en}{unit.en}")
            sign = _SIGNS[expression.operator]
            return Bilingual(f"{left.zh} {sign} {right.zh}", f"{left.en} {sign} {right.en}")
        together = expression.function in ("min", "max")  # whose words have the brackets
        words = (self._argument(one, bare=together) for one in expression.arguments)
        joined = ("到", " to ") if expression.function.endswith("_between") else ("、", ", ")
        inner = all_of(words, *joined)
        zh, en = _FUNCTIONS[expression.function]
        return Bilingual(zh.format(inner.zh), en.format(inner.en))

    def _argument(self, expression: Expression, *, bare: bool) -> Bilingual:
        words = self.expression(expression)
        if bare or not isinstance(expression, Call | Operation):
            return words
        return Bilingual(f"（{words.zh}）", f"({words.en})")

    def _operand(self, operation: Operation, *, first: bool = False) -> Bilingual:
        """One side of an operation, in brackets where it would read otherwise."""
        side = operation.left if first else operation.right
        words = self.expression(side)
        if not isinstance(side, Operation):
            return words
        sums = ("+", "-")
        closer = operation.operator not in sums and side.operator in sums
        if closer or (not first and operation.operator in ("-", "/")):
            return Bilingual(f"（{words.zh}）", f"({words.en})")
        return words

    def cell(self, cell: Cell, unit: Unit, *, bare: bool = False) -> Bilingual:
        """What stands in a cell of a table."""
        if cell.content == "no limit":
            return Bilingual("不设限额", "no limit")
        if isinstance(cell.content, str):
            return Bilingual("文件没有写明", "not stated")
        value = constant(cell.content)
        if value is None:
            return self.expression(cell.content)
        return figure(value, unit, bare=bare)

    def _named(self, path: str) -> Bilingual:
        name, _, column = path.partition(".")
        if name in self.policy.meters:
            return self.policy.meters[name].title
        if name == TODAY:
            return Bilingual("就医或所问之日", "the day of care or asked about")
        if name == STRETCH:
            return Bilingual("到这一步的费用", "the cost that comes to this step")
        if name not in self.policy.tables:
            title = self.title(name)
            return Bilingual(f"“{title.zh}”", f"the {title.en}")
        table = self.policy.tables[name]
        cell = self._single(path)
        if cell is not None:
            return self.cell(cell, table.columns[column].unit)
        title = table.title
        if column:
            head = table.columns[column].title
            title = Bilingual(f"{title.zh}·{head.zh}", f"{title.en}, {head.en}")
        return Bilingual(f"“{title.zh}”", f"[{title.en}]")

    def _single(self, path: str) -> Cell | None:
        """The one cell that a name stands for, where it depends on nothing."""
        name, _, column = path.partition(".")
        table = self.policy.tables.get(name)
        if table is None or table.by or table.columns[column].across:
            return None
        cell = table.cells[(column, table.rows[0], "")]
        plain = isinstance(cell.content, str) or constant(cell.content) is not None
        return cell if plain else None

    def marks(self, expression: Expression) -> Iterator[Mark]:
        """The marks of the figures that an expression shows as figures."""
        if isinstance(expression, Figure) and expression.mark is not None:
            yield expression.mark
        elif isinstance(expression, Name):
            cell = self._single(expression.path)
            if cell is not None:
                yield cell.mark
        elif isinstance(expression, Operation):
            yield from self.marks(expression.left)
            yield from self.marks(expression.right)
        elif isinstance(expression, Call):
            for one in expression.arguments:
                yield from self.marks(one)
