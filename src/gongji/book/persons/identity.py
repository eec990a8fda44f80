"""Identity numbers of 18 characters: length, birthday, check character.

The first six digits name the division where the number was given out.  Divisions come and go, so an
unknown one is a warning and no more; residence permits begin with 81, 82 and 83 and are real.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, NamedTuple

from gongji.wording import Bilingual, Refused

__all__ = ["Identity", "read_identity"]

_FORM = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
_PROVINCES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 "
    "71 81 82 83 91"
)
_FIRST_YEAR = 1850


class Identity(NamedTuple):
    """A number that can be one; `warning` says what is unusual about it."""

    number: str
    born: date
    sex: Literal["male", "female"]
    warning: Bilingual | None

    @property
    def masked(self) -> str:
        """The number as lists show it: the division and the last four characters."""
        return f"{self.number[:6]}********{self.number[14:]}"


def read_identity(text: str, today: date, field: str = "identity") -> Identity:
    """An identity number as written.  Raises `Refused` (`bad_identity`) with what is wrong."""
    number = "".join(text.translate(_FULL_WIDTH).split()).upper()
    if not _FORM.fullmatch(number):
        raise _bad(
            field,
            Bilingual("应为 18 位：17 位数字和一位校验码（数字或 X）",
                      "expected 18 characters: 17 digits and a check character, a digit or X"),
        )  # fmt: skip
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born = date.min
    if not date(_FIRST_YEAR, 1, 1) <= born <= today:
        raise _bad(
            field,
            Bilingual(f"第 7 至 14 位 {number[6:14]} 不是可能的出生日期，请核对",
                      f"characters 7 to 14, {number[6:14]}, are no possible birthday; check them"),
        )  # fmt: skip
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    if _CHECKS[total % 11] != number[17]:
        raise _bad(
            field,
            Bilingual("校验码与前 17 位不符，多半有一位写错，请核对",
                      "the check character does not fit the first 17 digits; one is likely "
                      "mistyped, check them"),
        )  # fmt: skip
    warning = None
    if number[:2] not in _PROVINCES.split():
        warning = Bilingual(
            f"号码开头的 {number[:2]} 不是已知的省级区划，请核对证件",
            f"{number[:2]}, which the number begins with, is no known province; check the card",
        )
    sex: Literal["male", "female"] = "male" if int(number[16]) % 2 else "female"
    return Identity(number, born, sex, warning)


def _bad(field: str, message: Bilingual) -> Refused:
    where = Bilingual(f"{field}：身份证号", f"{field}: the identity number: ")
    return Refused("bad_identity", where + message, {"field": field})
