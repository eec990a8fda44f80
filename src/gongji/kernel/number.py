"""Exact numbers as code: a whole number over a denominator that is known when compiling.

`60% + 5百分点` is `65` over `100`; what facts decide is a name instead of `65`.  Every number knows
how large its numerator can become, so that nothing ever leaves 64 bits.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from gongji.kernel.source import Unsupported

__all__ = ["LARGEST_FEN", "ROOM", "Number"]

LARGEST_FEN = 10**10
"""The largest amount that the kernel takes, in fen (a hundred million yuan).

The engine settles larger ones.
"""

ROOM = 2**62
"""What whole numbers stay below, so that none ever leaves 64 bits."""


class Number(NamedTuple):
    """`code / over`; `most` bounds the size of `code`'s value.

    `unlimited` is code that is true where the number is `no limit` (empty: never).  `known` is the
    value where it is known when compiling.
    """

    code: str
    over: int
    most: int
    unlimited: str = ""
    known: Fraction | None = None

    @classmethod
    def of(cls, value: Fraction) -> Number:
        """A number that is known."""
        return cls(str(value.numerator), value.denominator, abs(value.numerator), "", value)

    @classmethod
    def no_limit(cls) -> Number:
        """No limit at all."""
        return cls("0", 1, 0, "True")

    def scaled(self, over: int) -> Number:
        """The same number over a multiple of its denominator."""
        factor = over // self.over
        assert factor * self.over == over
        if factor == 1:
            return self
        code = str(int(self.code) * factor) if self.known is not None else f"{self.code}*{factor}"
        return _held(self._replace(code=code, over=over, most=self.most * factor))

    def plus(self, other: Number, sign: str) -> Number:
        """The sum, or with `-` the difference."""
        unlimited = _either(self.unlimited, other.unlimited)
        if self.known is not None and other.known is not None:
            return Number.of(self.known + other.known if sign == "+" else self.known - other.known)
        over = lcm(self.over, other.over)
        left, right = self.scaled(over), other.scaled(over)
        code = f"({left.code} {sign} {right.code})"
        return _held(Number(code, over, left.most + right.most, unlimited))

    def times(self, other: Number) -> Number:
        """The product."""
        unlimited = _either(self.unlimited, other.unlimited)
        if self.known is not None and other.known is not None:
            return Number.of(self.known * other.known)._replace(unlimited=unlimited)
        if other.known is None:
            if self.known is not None:
                return other.times(self)
            code = f"({self.code}*{other.code})"
            return _held(Number(code, self.over * other.over, self.most * other.most, unlimited))
        factor, over = other.known.numerator, self.over * other.known.denominator
        shared = gcd(factor, self.over)
        factor, over = factor // shared, over // shared
        code = self.code if factor == 1 else f"({self.code}*{factor})"
        return _held(Number(code, over, self.most * abs(factor), unlimited))

    def divided(self, other: Number) -> Number:
        """The quotient by a number that is known and not 0."""
        if other.known is None or not other.known:
            raise Unsupported("a division by what facts decide")
        return self.times(Number.of(1 / other.known))

    def rounded(self, how: str) -> Number:
        """Down (`floor`), up (`ceil`) or half up (`round`) to a whole number."""
        if self.over == 1:
            return self
        up = {"floor": 0, "ceil": self.over - 1, "round": self.over // 2}[how]
        if how == "round" and self.over % 2:
            code = f"((2*{self.code} + {self.over}) // {2 * self.over})"
        else:
            code = (
                f"(({self.code} + {up}) // {self.over})" if up else f"({self.code} // {self.over})"
            )
        known = None
        if self.known is not None:
            known = Fraction((2 * self.known + 1) // 2 if how == "round" else self.known // 1)
            if how == "ceil":
                known = Fraction(-(-self.known // 1))
            return Number.of(known)
        return _held(Number(code, 1, 2 * self.most // self.over + 2, self.unlimited))


def _either(one: str, other: str) -> str:
    found = [code for code in (one, other) if code]
    return "True" if "True" in found else " or ".join(found)


def _held(number: Number) -> Number:
    """The number, if it surely stays inside 64 bits."""
    if number.most >= ROOM:
        raise Unsupported("a figure that could leave 64 bits")
    return number
