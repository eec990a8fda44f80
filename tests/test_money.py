from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongji.money import (
    MAX_FEN,
    exact_text,
    format_yuan,
    grouped_yuan,
    half_up,
    parse_yuan,
    short_text,
)
from gongji.wording import Refused


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("80000", 8_000_000),
        ("0.5", 50),
        ("1234.56", 123_456),
        ("80,000.00", 8_000_000),
        (" 12 ", 1200),
        ("007", 700),
        ("１２．５", 1250),
        ("1,000,000,000,000", MAX_FEN),
    ],
)
def test_amounts_as_people_write_them(text: str, fen: int) -> None:
    assert parse_yuan(text, "in_scope") == fen


@pytest.mark.parametrize(
    "text",
    ["", "abc", "-1", "+1", "1.234", "1e5", "1,00", "1,0000", "٣", "0x10", "1 000", ".5", "1.",
     "nan", "inf", "1,000,000,000,000.01"],
)  # fmt: skip
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_yuan(text, "in_scope")
    assert refused.value.kind == "bad_amount"
    assert refused.value.message.en.startswith("in_scope: ")
    assert refused.value.message.zh.startswith("in_scope：")


@given(st.integers(min_value=0, max_value=MAX_FEN))
def test_what_is_printed_reads_back(fen: int) -> None:
    assert parse_yuan(format_yuan(fen), "x") == fen
    assert parse_yuan(grouped_yuan(fen), "x") == fen


def test_printing() -> None:
    assert format_yuan(7_110_000) == "71100.00"
    assert format_yuan(5) == "0.05"
    assert format_yuan(-150) == "-1.50"
    assert grouped_yuan(123_456_789) == "1,234,567.89"


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Fraction(1, 2), 1),
        (Fraction(49, 100), 0),
        (Fraction(3, 2), 2),
        (Fraction(5, 2), 3),
        (Fraction(380_010 * 85, 100), 323_009),  # 3,800.10 x 85 % = 3,230.085 -> 3,230.09
        (7, 7),
    ],
)
def test_rounding_is_half_up(value: Fraction | int, rounded: int) -> None:
    assert half_up(value) == rounded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(85), "85"),
        (Fraction(5, 2), "2.5"),
        (Fraction(1, 80), "0.0125"),
        (Fraction(-1, 4), "-0.25"),
        (Fraction(1, 3), "1/3"),
        (Fraction(0), "0"),
    ],
)
def test_fractions_are_written_exactly(value: Fraction, text: str) -> None:
    assert exact_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(200, 3), "66.67"),
        (Fraction(50, 3), "16.67"),
        (Fraction(-200, 3), "-66.67"),
        (Fraction(1, 200), "0.01"),  # half a hundredth goes up
        (Fraction(1, 201), "0"),
        (Fraction(721, 10), "72.1"),
        (Fraction(75), "75"),
    ],
)
def test_fractions_are_shown_with_two_decimals_at_most(value: Fraction, text: str) -> None:
    assert short_text(value) == text
