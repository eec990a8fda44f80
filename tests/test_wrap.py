from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gongji.cli.wrap import cells, wrapped


def test_chinese_breaks_between_characters_and_latin_at_spaces() -> None:
    assert wrapped("统筹基金支付 6,000.00 元", 12) == ["统筹基金支付", "6,000.00 元"]
    assert wrapped("no fund pays it", 8) == ["no fund", "pays it"]


def test_no_line_begins_with_closing_punctuation() -> None:
    assert wrapped("由您自己负担。", 12) == ["由您自己负", "担。"]
    assert wrapped("处理（见下）", 6) == ["处理", "（见", "下）"]


def test_a_word_too_long_stands_alone() -> None:
    assert wrapped("a verylongword b", 4) == ["a", "verylongword", "b"]


@given(st.text(alphabet="统筹，。（）ab 1", max_size=60), st.integers(6, 20))
def test_nothing_is_lost(text: str, width: int) -> None:
    joined = "".join(wrapped(text, width)).replace(" ", "")
    assert joined == text.replace(" ", "")
    assert cells("统a") == 3
