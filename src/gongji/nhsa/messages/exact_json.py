"""JSON in which an amount stays what was written: no number is ever anything binary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, NoReturn

from gongji.nhsa.messages.moments import MOMENT

__all__ = ["JSON_TYPE", "as_bytes", "as_object", "exponent_of", "read_json", "write_json"]

JSON_TYPE = "application/json; charset=utf-8"

_WORDS: Mapping[object, str] = {None: "null", True: "true", False: "false"}
_MOST_DIGITS = 100
"""More than any number of the interface has before or behind its point."""


def read_json(text: str | bytes) -> Any:
    """What a JSON text says; numbers with a point or an exponent are `Decimal`.

    Raises `ValueError` for anything else: other encodings, NaN, numbers out of all bounds, nesting
    too deep to be read.
    """
    try:
        said = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(said, parse_float=_decimal, parse_int=_integer, parse_constant=_no_number)
    except ArithmeticError:
        raise ValueError("no number") from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def as_object(text: str | bytes) -> dict[str, Any]:
    """The object that a JSON text holds.  Raises `ValueError` where it holds none."""
    value = read_json(text)
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - callers ask only whether it is one
    return value


def _decimal(said: str) -> Decimal:
    number = Decimal(said)
    if len(said) > _MOST_DIGITS or abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError("a number out of all bounds")
    return number


def _integer(said: str) -> int:
    if len(said) > _MOST_DIGITS:
        raise ValueError("a number out of all bounds")
    return int(said)


def _no_number(said: str) -> NoReturn:
    raise ValueError(said)


def as_bytes(value: object) -> bytes:
    """`value` as JSON in UTF-8.

    What UTF-8 cannot hold (half of a surrogate pair) is written as its escape.  Raises `ValueError`
    as `write_json` does.
    """
    return write_json(value).encode("utf-8", "backslashreplace")


def write_json(value: object) -> str:
    """`value` as one line of JSON: decimals exactly as they are, days and moments as text.

    Raises `ValueError` for what JSON or the interface has no form for: binary fractions, numbers
    that are not finite or absurdly long, and what is nested too deep.
    """
    try:
        return _written(value)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _written(value: object) -> str:
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, (int, Decimal)):
        return _number(value)
    if isinstance(value, datetime):
        return f'"{value.strftime(MOMENT)}"'
    if isinstance(value, date):
        return f'"{value.isoformat()}"'
    if isinstance(value, Mapping):
        inside = [f"{encode_basestring(str(name))}:{_written(one)}" for name, one in value.items()]
        return f"{{{','.join(inside)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_written, value))}]"
    raise ValueError(f"no JSON for {type(value).__name__}")


def _number(value: int | Decimal) -> str:
    if isinstance(value, int):
        if value.bit_length() > 4 * _MOST_DIGITS:
            raise ValueError("too many digits")
        return str(value)
    if not value.is_finite() or max(abs(value.adjusted()), -exponent_of(value)) > _MOST_DIGITS:
        raise ValueError("not a number of the interface")
    return format(value, "f")


def exponent_of(value: Decimal) -> int:
    """The power of ten that the last digit of a finite number counts: -2 for 4.52."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "it is finite"
    return exponent
