from __future__ import annotations

from fractions import Fraction

import pytest

from gongji.policy.expression import ExpressionError, figures_of, parse_expression, unit_of
from gongji.policy.marks import read_mark, split_mark, written_mark
from gongji.policy.model import Call, Figure, Name, Operation, Unit

NAMES = {
    "base": Unit.YUAN,
    "table.rate": Unit.RATE,
    "elsewhere": Unit.POINTS,
    "years": Unit.NUMBER,
    "surgery": Unit.DATE,
}


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("600", Fraction(600), Unit.NUMBER),
        ("600元", Fraction(60_000), Unit.YUAN),
        ("15万元", Fraction(15_000_000), Unit.YUAN),
        ("1.5万元", Fraction(1_500_000), Unit.YUAN),
        ("1.5万", Fraction(15_000), Unit.NUMBER),
        ("93.75%", Fraction(15, 16), Unit.RATE),
        ("-20百分点", Fraction(-1, 5), Unit.POINTS),
        ("5个百分点", Fraction(1, 20), Unit.POINTS),
    ],
)
def test_figures_are_exact(written: str, value: Fraction, unit: Unit) -> None:
    figure = parse_expression(written, "X")
    assert isinstance(figure, Figure)
    assert (figure.value, figure.unit) == (value, unit)


def test_structure_and_precedence() -> None:
    expression = parse_expression("min(base, 2 * base + 100元 ^012)", "X")
    assert isinstance(expression, Call)
    second = expression.arguments[1]
    assert isinstance(second, Operation)
    assert second.operator == "+"
    assert isinstance(second.left, Operation)
    assert second.left.right == Name("base")
    (_, marked) = figures_of(expression)
    assert marked.mark is not None
    assert marked.mark.clauses == ("X-012",)


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("base * table.rate", Unit.YUAN),
        ("table.rate + elsewhere", Unit.RATE),
        ("table.rate - 5百分点", Unit.RATE),
        ("100% - 12%", Unit.RATE),
        ("1百分点 * years", Unit.POINTS),
        ("4万元 * years", Unit.YUAN),
        ("min(5, max(0, floor(years)))", Unit.NUMBER),
        ("years_since(surgery)", Unit.NUMBER),
        ("base / 2", Unit.YUAN),
    ],
)
def test_units_that_fit(written: str, unit: Unit) -> None:
    assert unit_of(parse_expression(written, "X"), NAMES.__getitem__) is unit


@pytest.mark.parametrize(
    "written",
    [
        "base + table.rate",
        "base * base",
        "table.rate + 5",
        "base + 600",
        "min(base, table.rate)",
        "years_since(years)",
        "floor(years, years)",
        "2 / base",
    ],
)
def test_units_that_do_not(written: str) -> None:
    with pytest.raises(ExpressionError):
        unit_of(parse_expression(written, "X"), NAMES.__getitem__)


@pytest.mark.parametrize(
    "written",
    ["", "600 元元", "base +", "(base", "base)", "eval(base)", "base base", "1,000", "a.b.",
     "-base", "__import__('os')", "base if base else base", "90 %%", "Base"],
)  # fmt: skip
def test_what_is_not_an_expression(written: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(written, "X")


@pytest.mark.parametrize("written", ["^039", "^039~", "^012+013", "^039=072"])
def test_marks_read_back_as_written(written: str) -> None:
    mark = read_mark(written, "CZE")
    assert mark is not None
    assert written_mark(mark) == written


def test_marks() -> None:
    assert split_mark("800 ^008~") == ("800", "^008~")
    assert split_mark("no limit ^101") == ("no limit", "^101")
    assert split_mark("800") == ("800", None)
    assert read_mark("^", "X") is None
    assert read_mark("^03a", "X") is None
    mark = read_mark("^039=072~", "CZE")
    assert mark is not None
    assert [(one.clause, one.reading, one.again) for one in mark.citations] == [
        ("CZE-039", False, False),
        ("CZE-072", True, True),
    ]
