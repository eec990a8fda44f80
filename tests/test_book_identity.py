"""Identity numbers: real ones are taken, mistyped ones refused, unusual ones marked."""

from __future__ import annotations

from datetime import date

import pytest

from gongji.book.persons.identity import read_identity
from gongji.wording import Refused

TODAY = date(2026, 1, 1)


# By hand: the weighted sum of the digits, modulo 11, picks the check character of "10X98765432".
@pytest.mark.parametrize(
    ("number", "born", "sex"),
    [
        # 11010519491231002X, the example of GB 11643-1999
        ("11010519491231002X", date(1949, 12, 31), "female"),
        # 440524188001010014, the other example there: born in 1880
        ("440524188001010014", date(1880, 1, 1), "male"),
        ("11010519491231002x", date(1949, 12, 31), "female"),
        (" 110105 19491231 002X ", date(1949, 12, 31), "female"),
        ("１１０１０５１９４９１２３１００２Ｘ", date(1949, 12, 31), "female"),
    ],
)
def test_real_numbers(number: str, born: date, sex: str) -> None:
    found = read_identity(number, TODAY)
    assert (found.born, found.sex, found.warning) == (born, sex, None)


def test_a_number_is_shown_masked() -> None:
    assert read_identity("11010519491231002X", TODAY).masked == "110105********002X"


# 320402 was named later than 1980, 320412 later than 2000; permits begin with 81 to 83. The check
# characters by hand, for 32040219800101001?: 3*7+2*9+0*10+4*5+0*8+2*4+1*2+9*1+8*6+0*3+0*7+1*9+0*10
# +1*5+0*8+0*4+1*2 = 21+18+20+8+2+9+48+9+5+2 = 142; 142 % 11 = 10 -> "2".
@pytest.mark.parametrize(
    "number", ["320402198001010012", "320412200001010015", "810000199001010019"]
)
def test_divisions_that_came_later_and_permits_are_real(number: str) -> None:
    assert read_identity(number, TODAY).warning is None


def test_an_unknown_division_is_a_warning_only() -> None:
    found = read_identity("990000199001010017", TODAY)
    assert found.warning is not None
    assert "99" in found.warning.en


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("", "18 characters"),
        ("1101051949123100", "18 characters"),
        ("11010519491231002XX", "18 characters"),
        ("1101051949123100AX", "18 characters"),
        ("110105194912310021", "check character"),
        ("110105194912310120", "check character"),
        ("110105194913310020", "birthday"),
        ("110105194902300020", "birthday"),
        ("110105202701010020", "birthday"),
        ("110105100001010020", "birthday"),
        ("²10105194912310021", "18 characters"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(number: str, what: str) -> None:
    with pytest.raises(Refused) as refused:
        read_identity(number, TODAY)
    assert refused.value.kind == "bad_identity"
    assert what in refused.value.message.en
