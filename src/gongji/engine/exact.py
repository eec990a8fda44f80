"""Exact sums of money times rates: whole numbers over one growing denominator, no rounding."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from gongji.money import half_up_ratio

__all__ = ["ExactSum"]


class ExactSum:
    """A sum of fen times rates, held exactly; `numerator / denominator` fen."""

    __slots__ = ("denominator", "numerator")

    def __init__(self) -> None:
        self.numerator = 0
        self.denominator = 1

    def add(self, numerator: int, denominator: int) -> None:
        """Add `numerator / denominator` fen."""
        if denominator == self.denominator:
            self.numerator += numerator
            return
        common = lcm(self.denominator, denominator)
        self.numerator = self.numerator * (common // self.denominator) + numerator * (
            common // denominator
        )
        self.denominator = common

    def rounded(self) -> int:
        """The sum rounded half-up to whole fen."""
        return half_up_ratio(self.numerator, self.denominator)

    def left_of(self, fen: int) -> Fraction:
        """What is left of so many whole fen after the sum; below 0 where it is more."""
        return Fraction(fen * self.denominator - self.numerator, self.denominator)
