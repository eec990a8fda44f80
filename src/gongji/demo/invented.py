"""Identity numbers of people who do not exist: in good form, and of divisions that are nowhere."""

from __future__ import annotations

from datetime import date

__all__ = ["REGION", "invented_identity"]

REGION = 990_000
"""Divisions of invented people begin with 99, which is no province and never was."""

_IN_A_DIVISION = 1000
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def invented_identity(born: date, serial: int) -> str:
    """A number of its own for each serial number, with its check character; men have odd ones."""
    division, place = divmod(serial, _IN_A_DIVISION)
    front = f"{REGION + 1 + division}{born:%Y%m%d}{place:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(front, _WEIGHTS, strict=True))
    return front + _CHECKS[total % 11]
