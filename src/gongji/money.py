"""Money is whole fen, rates are exact, and rounding happens in one function.

No float is ever made here: an amount keeps its written form until it is an `int`.
"""

from __future__ import annotations

import re
from fractions import Fraction

from gongji.wording import Bilingual, Refused, shortened

__all__ = [
    "MAX_FEN",
    "exact_text",
    "format_yuan",
    "grouped_yuan",
    "half_up",
    "half_up_ratio",
    "parse_yuan",
    "short_text",
]

MAX_FEN = 10**14
"""The largest amount accepted, in fen (one trillion yuan): every running total of a population
stays far inside 64 bits."""

_LONGEST = 40
"""More characters than any amount has, its separators included."""

_PLAIN = re.compile(r"\d{1,12}\.\d\d", re.ASCII)
"""How programs write amounts, and so nearly all that are read."""

_HALF_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")
_YUAN = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?", re.ASCII)


def parse_yuan(text: str, field: str) -> int:
    """Read an amount of yuan as written (`80000`, `80,000.00`, `0.5`) into whole fen.

    Full-width digits and signs, as a Chinese keyboard gives them, count as the plain ones.
    `field` names the input in the refusal.  Raises `Refused` (`bad_amount`) for anything else: a
    sign, a letter, a third decimal, an exponent, or more than `MAX_FEN`.
    """
    if _PLAIN.fullmatch(text):
        return int(text.replace(".", ""))
    found = _YUAN.fullmatch(text) or _YUAN.fullmatch(text.translate(_HALF_WIDTH).strip())
    if found is None or len(text) > _LONGEST:
        raise Refused(
            "bad_amount",
            Bilingual(
                f"{field}：“{shortened(text)}”不是金额；应为不小于 0、至多两位小数的元数，"
                "如 80000 或 1234.56",
                f"{field}: “{shortened(text)}” is not an amount; expected yuan, not negative, at "
                "most two decimals, such as 80000 or 1234.56",
            ),
            {"field": field},
        )
    whole, decimals = found.groups()
    fen = int(whole.replace(",", "")) * 100 + int((decimals or "0").ljust(2, "0"))
    if fen > MAX_FEN:
        raise Refused(
            "bad_amount",
            Bilingual(
                f"{field}：“{text}”过大；金额不得超过 {grouped_yuan(MAX_FEN)} 元",
                f"{field}: “{text}” is too large; the largest amount is "
                f"{grouped_yuan(MAX_FEN)} yuan",
            ),
            {"field": field},
        )
    return fen


def format_yuan(fen: int) -> str:
    """Fen as a string of yuan with two decimals: 7110000 is `71100.00`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def grouped_yuan(fen: int) -> str:
    """Fen as yuan for people, with thousands grouped: 7110000 is `71,100.00`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def exact_text(value: Fraction) -> str:
    """A fraction as an exact decimal (`2.5`), or as a ratio (`1/3`) where it has none."""
    places, rest = 0, value.denominator
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    if not places:
        return sign + digits
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def short_text(value: Fraction) -> str:
    """A fraction for people, rounded half-up to at most two decimals: 200/3 is `66.67`.

    Where it differs from `exact_text` it was rounded; whoever shows it says so.
    """
    hundredths = half_up(abs(value) * 100)
    return exact_text(Fraction(hundredths if value > 0 else -hundredths, 100))


def half_up_ratio(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half-up to a whole number (both not negative)."""
    return (2 * numerator + denominator) // (2 * denominator)


def half_up(value: int | Fraction) -> int:
    """An exact number of fen, not negative, rounded half-up to whole fen."""
    return half_up_ratio(value.numerator, value.denominator)
