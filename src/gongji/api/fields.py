"""What stands in requests and answers: amounts, days, numbers, codes, words, facts.

Amounts are strings of yuan with two decimals.  Bodies take no field that they do not describe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from gongji.money import format_yuan

__all__ = [
    "Amount",
    "Answer",
    "AreaCode",
    "Body",
    "Code",
    "Day",
    "Fact",
    "Facts",
    "Moment",
    "Name",
    "Names",
    "Number",
    "Words",
    "Yuan",
    "at_text",
    "day_text",
    "example",
    "yuan_of",
]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST, _LAST = date(1850, 1, 1), date(2999, 12, 31)
_PLAIN = r"^[^\u0000-\u001f\u007f]*$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Body(BaseModel):
    """What a request says; a field that is not described is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Answer(BaseModel):
    """What is answered; described here, and made by the services as it is kept."""

    model_config = ConfigDict(extra="forbid")


def _day(value: object) -> object:
    """Only a day written out; the library would take moments and seconds as well."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError
    found = date.fromisoformat(value)
    if not _FIRST <= found <= _LAST:
        raise ValueError
    return found


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2024-03-01"]}),
]
"""A day from 1850 to 2999, YYYY-MM-DD."""

Yuan = Annotated[str, Field(pattern=r"^-?[0-9]{1,15}\.[0-9]{2}$", examples=["8100.00"])]
"""An amount that is answered; what is less than before has a sign."""

Amount = Annotated[str, Field(pattern=r"^[0-9]{1,13}\.[0-9]{2}$", examples=["10000.00"])]
"""An amount that is said: yuan with two decimals, never negative."""

Number = Annotated[int, Field(ge=1, le=10**15, examples=[1])]
"""The number of a row; an identity number is longer, so none is ever taken for one."""

AreaCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["320400"])]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,32}$", examples=["H0001"])]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=_PLAIN)]
Moment = Annotated[
    str, WithJsonSchema({"type": "string", "format": "date-time"}), Field(max_length=40)
]


class Names(Body):
    """A name in both languages."""

    zh: Name
    en: Name


class Words(Answer):
    """A text in both languages."""

    zh: str
    en: str


_Word = Annotated[str, Field(max_length=200, pattern=_PLAIN)]
_FactName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\u0000-\u001f\u007f]+$")]
Fact = _Word | Annotated[list[_Word], Field(max_length=64)]
Facts = Annotated[dict[_FactName, Fact], Field(max_length=64)]
"""Facts in the words of the policy, each a word, a number, a day, or a list of words."""


def yuan_of(fen: Mapping[str, int]) -> dict[str, str]:
    """Amounts by fund, as they are answered."""
    return {name: format_yuan(one) for name, one in fen.items()}


def at_text(moment: int) -> str:
    """A moment that the book keeps, as it is answered."""
    return (_EPOCH + timedelta(microseconds=moment)).isoformat()


def day_text(day: date | None) -> str | None:
    """A day as it is answered; null where there is none."""
    return None if day is None else day.isoformat()


def example(value: Any) -> ConfigDict:
    """The configuration of a body or an answer that shows an example of itself."""
    return ConfigDict(json_schema_extra={"examples": [value]})
