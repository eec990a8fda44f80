"""Rules in words: conditions, expressions and destinations of a policy, each with its clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from gongji.engine.figures import constant
from gongji.explain.arithmetic import percent
from gongji.explain.names import Names
from gongji.money import grouped_yuan, half_up
from gongji.policy.logic import domain
from gongji.policy.marks import written_mark
from gongji.policy.model import (
    Along,
    Bear,
    Benefit,
    Call,
    Cell,
    Choices,
    Condition,
    Count,
    Destination,
    Expression,
    Figure,
    First,
    Go,
    Mark,
    Name,
    Operation,
    Pay,
    Policy,
    Range,
    Refuse,
    Scope,
    Step,
    Test,
    Unit,
)
from gongji.wording import Bilingual

__all__ = ["Phrases", "Row", "figure", "marked", "same"]

Row = tuple[Bilingual, Bilingual]
"""A sentence of a rule, and the marks behind it."""

_SIGNS = {"*": "×", "/": "÷", "+": "+", "-": "-"}
_UNITS = {
    Unit.YUAN: Bilingual(" 元", " yuan"),
    Unit.POINTS: Bilingual(" 个百分点", " points"),
}


_FUNCTIONS = {
    "min": ("{}中较小的", "the lesser of {}"),
    "max": ("{}中较大的", "the greater of {}"),
    "floor": ("{}（去尾取整）", "{} (rounded down)"),
    "ceil": ("{}（进一取整）", "{} (rounded up)"),
    "years_since": ("自{}起满的年数", "full years since {}"),
    "ordinal": ("{}（含本次）", "{} (this one included)"),
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


def _all_of(parts: Iterable[Bilingual], zh: str = "，", en: str = ", ") -> Bilingual:
    every = list(parts)
    return Bilingual(zh.join(one.zh for one in every), en.join(one.en for one in every))


class Phrases(NamedTuple):
    """The rules of one policy put into words."""

    policy: Policy
    names: Names

    # --- when ---

    def condition(self, condition: Condition) -> list[Row]:
        """Its alternatives, one row each; none where it always holds."""
        return [
            (
                _all_of(self._test(fact, test) for fact, test in one.tests),
                marked(one.mark),
            )
            for one in condition.alternatives
            if one.tests
        ]

    def applies(self, condition: Condition) -> Iterator[Row]:
        """The rows that say when a rule applies."""
        for index, (words, mark) in enumerate(self.condition(condition)):
            start = Bilingual("适用：", "for: ") if index == 0 else Bilingual("或：", "or: ")
            yield start + words, mark

    def test_of(self, expression: Expression, test: Test) -> Bilingual:
        """A test of a number or a day."""
        assert isinstance(test, Range)
        subject = self.expression(expression)
        fact = self.policy.facts.get(expression.path) if isinstance(expression, Name) else None
        if fact is not None and fact.kind == "date":
            return subject + Bilingual("", ": ") + _days(test)
        return subject + Bilingual("为 ", ": ") + self.range(test)

    def _test(self, fact: str, test: Test) -> Bilingual:
        title = self.title(fact)
        if isinstance(test, Choices):
            every = domain(self.policy, fact) or ()
            others = [value for value in every if value not in test.values]
            if 0 < len(others) < len(test.values):
                values = _all_of((self.value(fact, one) for one in others), "、", " or ")
                return Bilingual(
                    f"{title.zh}不是{values.zh}", f"{title.en}: other than {values.en}"
                )
            chosen = [value for value in every if value in test.values]
            values = _all_of((self.value(fact, one) for one in chosen), "、", " or ")
            return Bilingual(f"{title.zh}为{values.zh}", f"{title.en}: {values.en}")
        if isinstance(test, Range):
            return title + Bilingual("为 ", ": ") + self.range(test)
        parts = []
        if test.has:
            values = _all_of((self.value(fact, one) for one in sorted(test.has)), "、")
            parts.append(Bilingual(f"有{values.zh}", f"with {values.en}"))
        if test.lacks:
            values = _all_of((self.value(fact, one) for one in sorted(test.lacks)), "、")
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
        return title + Bilingual("：", ": ") + _all_of(parts)

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
        if fact in self.policy.derived:
            return self.policy.derived[fact].values[value]
        return self.names.value(fact, value)

    # --- rules ---

    def benefit(self, benefit: Benefit) -> Iterator[Row]:
        """A benefit or a layer, sentence by sentence."""
        yield from self.applies(benefit.condition)
        if benefit.burden is not None:
            causes = _all_of((self.names.cause(one) for one in benefit.burden.causes), "、")
            taken = _all_of((self.names.station(one) for one in benefit.burden.benefits), "、")
            yield (
                Bilingual(
                    f"取{taken.zh}中由个人负担的：{causes.zh}",
                    f"takes what the person bears of {taken.en}: {causes.en}",
                ),
                marked(benefit.mark),
            )
        for step in benefit.steps:
            yield from self._step(step, benefit.mark)

    def _step(self, step: Step, mark: Mark) -> Iterator[Row]:
        only = self.condition(step.when)
        if only:
            words = _all_of((row[0] for row in only), "；或：", "; or: ")
            yield (
                Bilingual("下一步仅在：", "the next step only if: ") + words,
                _all_of((row[1] for row in only), " ", " "),
            )
        if isinstance(step, Count):
            meter = self.policy.meters[step.meter]
            words = Bilingual(f"计入：{meter.title.zh}", f"counts: {meter.title.en}")
            yield words, marked(meter.mark)
        elif isinstance(step, First):
            amount, to = self.expression(step.amount), self.destination(step.destination)
            words = Bilingual(f"先是 {amount.zh}：{to.zh}", f"the first {amount.en}: {to.en}")
            yield words, self._cited(step.destination, mark, step.amount)
        elif isinstance(step, Along):
            for cut in step.cuts:
                to = self.destination(cut.destination)
                if cut.to is None:
                    words = Bilingual(f"以上：{to.zh}", f"above: {to.en}")
                    yield words, self._cited(cut.destination, mark)
                else:
                    edge = self.expression(cut.to)
                    words = Bilingual(f"至 {edge.zh}：{to.zh}", f"to {edge.en}: {to.en}")
                    yield words, self._cited(cut.destination, mark, cut.to)
        else:
            yield self.destination(step.destination), self._cited(step.destination, mark)

    def _cited(self, destination: Destination, mark: Mark, *more: Expression) -> Bilingual:
        """The marks of the figures that a sentence shows and of its rule, or the benefit's."""
        shown = [one for expression in more for one in self._marks(expression)]
        rule = destination.mark
        to: Destination | None = destination
        while to is not None and isinstance(to.to, Pay):
            if to.to.rate is not None:
                shown.extend(self._marks(to.to.rate))
            for limit in to.to.limits:
                shown.extend(self._marks(limit.amount))
            to = to.to.then
            if to is not None and to.mark is not None:
                shown.append(to.mark)
        return marked(rule, *shown) if rule is not None or shown else marked(mark)

    def _marks(self, expression: Expression) -> Iterator[Mark]:
        """The marks of the figures that an expression shows as figures."""
        if isinstance(expression, Figure) and expression.mark is not None:
            yield expression.mark
        elif isinstance(expression, Name):
            cell = self._single(expression.path)
            if cell is not None:
                yield cell.mark
        elif isinstance(expression, Operation):
            yield from self._marks(expression.left)
            yield from self._marks(expression.right)
        elif isinstance(expression, Call):
            for one in expression.arguments:
                yield from self._marks(one)

    def destination(self, destination: Destination) -> Bilingual:
        """Where money goes."""
        to = destination.to
        if isinstance(to, Bear):
            if to.cause == "same":
                return Bilingual("仍由个人负担", "stays with the person")
            cause = self.names.cause(to.cause)
            return Bilingual(f"个人负担（{cause.zh}）", f"the person bears it ({cause.en})")
        if isinstance(to, Go):
            if to.to == "on":
                return Bilingual("进入下一步", "goes on to the next step")
            if to.to == "next":
                return Bilingual("转入下一个适用的待遇", "goes to the next benefit that takes it")
            title = self.names.station(to.to)
            return Bilingual(f"转入{title.zh}", f"goes to: {title.en}")
        if isinstance(to, Refuse):
            return to.why
        return self._pay(to)

    def _pay(self, pay: Pay) -> Bilingual:
        fund = self.names.fund(pay.fund)
        if pay.rate is None:
            return Bilingual(f"{fund.zh}支付至余额用完", f"the {fund.en} pays up to its balance")
        rate = self.expression(pay.rate)
        words = Bilingual(f"{fund.zh}支付 {rate.zh}", f"the {fund.en} pays {rate.en}")
        for limit in pay.limits:
            meter = self.policy.meters[limit.meter].title
            amount = self.expression(limit.amount)
            words += Bilingual(
                f"，{meter.zh}以 {amount.zh} 为限", f", {meter.en} up to {amount.en}"
            )
        if pay.then is not None:
            then = self.destination(pay.then)
            words += Bilingual(f"，其余{then.zh}", f"; the rest: {then.en}")
        return words

    def scope(self, scope: Scope) -> Iterator[Row]:
        """A station before the benefits, sentence by sentence."""
        yield from self.applies(scope.condition)
        if scope.parts:
            causes = _all_of((self.names.cause(part) for part in scope.parts), "、")
            words = Bilingual(f"个人负担：{causes.zh}", f"the person bears: {causes.en}")
            yield words, marked(scope.mark)
        elif scope.beyond is not None:
            amount = self.expression(scope.beyond.amount)
            layers = _all_of(self.names.layers_without(scope.beyond.mark), "、")
            words = Bilingual(
                f"超过 {amount.zh} 的部分不计入{layers.zh}",
                f"what lies beyond {amount.en} is not taken into {layers.en}",
            )
            yield words, marked(scope.mark, *self._marks(scope.beyond.amount))
        else:
            share = self.expression(scope.share) if scope.share is not None else same("100%")
            marks = self._marks(scope.share) if scope.share is not None else ()
            cause = self.names.cause(scope.cause or "")
            words = Bilingual(
                f"{share.zh} 由个人负担（{cause.zh}）",
                f"{share.en} borne by the person ({cause.en})",
            )
            yield words, marked(scope.mark, *marks)

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
        inner = _all_of((self.expression(one) for one in expression.arguments), "、")
        zh, en = _FUNCTIONS[expression.function]
        return Bilingual(zh.format(inner.zh), en.format(inner.en))

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
        return table.cells[(column, table.rows[0], "")]
