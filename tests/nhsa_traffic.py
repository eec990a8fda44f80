"""Recorded traffic of the national interface, and values that nobody should send."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from gongji.nhsa.messages.exact_json import read_json

__all__ = ["ANY_JSON", "NASTY", "REQUESTS", "RESPONSES", "VAST", "recorded"]

RECORDED = Path(__file__).parent / "nhsa" / "recorded"
REQUESTS = sorted(path.name for path in RECORDED.glob("*.request.json"))
RESPONSES = sorted(path.name for path in RECORDED.glob("*.response.json"))


def recorded(name: str) -> dict[str, Any]:
    """The outer object of a recording, without what stood around it."""
    said = read_json((RECORDED / name).read_bytes())
    body = said.get("body", said)
    assert isinstance(body, dict)
    return body


def _deep(levels: int) -> list[Any]:
    inside: list[Any] = []
    for _ in range(levels):
        inside = [inside]
    return inside


NASTY: list[object] = [
    None, "", " ", "null", "NULL", True, False, 0, -1, 1, 10**400, 0.1, 1e300,
    float("nan"), float("inf"), Decimal("1E999"), Decimal("1E-999"), Decimal("NaN"),
    Decimal("0E-99999"), Decimal("sNaN"), "1e999", "9" * 5000, "-", "+", ".", "0x10", "１２",
    "\0", "a\0b", "\ud800", "a\udfffb", "a" * 100_000, "字" * 5000, [], {}, [[]], [{}], {"": None},
    {"\ud800": "\0"}, _deep(50), [None], [1, "a", {}], "2026-02-30",
    "0000-00-00", "9999-99-99", "20261301", "2026-11-22 25:61:61", "0001-01-01", 20261122,
]  # fmt: skip
"""No message should hold these; every field is tried with each."""

VAST: list[object] = [-(10**5000), _deep(100_000)]
"""Nor these, which cannot even be shown."""

_TEXT = st.text(st.characters())  # lone surrogates and NUL too
_NUMBERS = (
    st.integers() | st.floats() | st.decimals() | st.integers(min_value=10**300, max_value=10**301)
)
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT | st.sampled_from(NASTY),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(_TEXT, inside, max_size=3),
    max_leaves=8,
)
