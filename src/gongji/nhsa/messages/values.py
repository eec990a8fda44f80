"""One value as a message says it, read by what the tables say of its field.

What systems write differently is read alike: numbers as numbers or as text, codes with or without
leading zeros, days with or without a time, `null` as a word.  What cannot be meant is refused in a
Chinese sentence.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from numbers import Real

from gongji.nhsa.messages.exact_json import exponent_of, write_json
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.tables import Field, Tables
from gongji.wording import shortened

__all__ = ["Value", "exact", "fen_of", "is_empty", "kept", "moment_of", "read_value", "yuan_of"]

Value = str | Decimal | date | datetime | bytes | None
"""By the kind of the field: text, number, day, moment, bytes; None where it is empty."""

_EXACT = Context(prec=200)
"""Wide enough that nothing read here is rounded."""

_MOST = 60
"""The most digits of a number before and behind its point, before its field is asked."""

_FIRST_YEAR = 1800
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)?"
    r"|(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?",
    re.ASCII,
)
_LONGEST_MOMENT = 40
_SHOWN = 24
_CODES_SHOWN = 6


def read_value(field: Field, said: object, where: str, tables: Tables) -> Value:
    """What is said of a field, cleaned; None where it is empty.

    `where` says which row it stands in, as `2204 feedetail[3]`.  Raises `Rejected`.
    """
    if is_empty(said):
        return None
    try:
        match field.kind:
            case "N" | "I":
                return _fitting(field, exact(said))
            case "D":
                return moment_of(said).date()
            case "DT":
                return moment_of(said)
            case "BYTES":
                return _bytes(said)
            case "S":
                return _code(field, _short_text(field, said), tables)
            case _:
                return kept(said)
    except _Unfit as unfit:
        raise Rejected(f"{named(field, where)}：“{_shown(said)}”{unfit}") from None


class _Unfit(ValueError):
    """Why a value is not one of its field: the end of a Chinese sentence."""


def named(field: Field, where: str) -> str:
    """A field in a message: `2204 feedetail[3].cnt（数量）`."""
    path = f"{where}.{field.code}" if where else field.code
    return f"{path}（{field.title}）" if field.title else path


def is_empty(said: object) -> bool:
    """Whether it says nothing: nothing, blanks, or the word null."""
    return said is None or (isinstance(said, str) and said.strip().lower() in ("", "null"))


def exact(said: object) -> Decimal:
    """A number exactly as it was written.  Raises `ValueError`, with the reason in Chinese.

    Of a binary fraction only the first fifteen digits are, so who reads JSON had better do it by
    `exact_json`.
    """
    try:
        number = _decimal(said)
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise _Unfit("不是数值")
    if max(number.adjusted(), -exponent_of(number)) > _MOST:
        raise _Unfit("位数过多")
    return number


def _decimal(said: object) -> Decimal | None:
    if isinstance(said, bool):
        return None
    if isinstance(said, Decimal):
        return said
    if isinstance(said, int):
        if said.bit_length() > 4 * _MOST:
            raise _Unfit("位数过多")
        return Decimal(said)
    if isinstance(said, Real):  # the shortest text that is this number: what was written
        return Decimal(repr(said))
    if isinstance(said, str) and len(said) <= 4 * _MOST and _NUMBER.fullmatch(said.strip()):
        return Decimal(said.strip())
    return None


def _fitting(field: Field, number: Decimal) -> Decimal:
    """The number with the places of its field; zero has no sign."""
    least = number.normalize(_EXACT) if number else Decimal()
    length, places = (field.length, field.places) if field.length else (24, 6)
    if -exponent_of(least) > places:
        raise _Unfit(f"的小数位多于 {places} 位" if places else "不是整数")
    if least.adjusted() >= length - places:
        raise _Unfit(f"的整数位多于 {length - places} 位")
    if not field.length:
        return least if exponent_of(least) <= 0 else least.quantize(Decimal(1), context=_EXACT)
    return least.quantize(Decimal(1).scaleb(-places), context=_EXACT)


def moment_of(said: object) -> datetime:
    """A moment in the time of China; the beginning of the day where no time is said.

    Raises `ValueError`, with the reason in Chinese.
    """
    if isinstance(said, datetime):
        return said
    text = said.isoformat() if isinstance(said, date) else _text(said)
    found = _MOMENT.fullmatch(text) if len(text) <= _LONGEST_MOMENT else None
    if found is None:
        raise _Unfit("不是日期；应为 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss")
    parts = [int(one or 0) for one in (found.groups()[:6] if found[1] else found.groups()[6:])]
    try:
        moment = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - of China, as all of them
    except ValueError:
        raise _Unfit("不是存在的日期") from None
    if moment.year < _FIRST_YEAR:
        raise _Unfit(f"早于 {_FIRST_YEAR} 年")
    return moment


def _bytes(said: object) -> bytes:
    """Bytes as clients send them: a list of signed bytes, or base64; or the part of a form."""
    if isinstance(said, bytes):
        return said
    if isinstance(said, (list, tuple)):
        try:
            numbers = [int(exact(one)) for one in said]
        except ValueError:
            numbers = [-129]
        if not all(-128 <= one <= 255 for one in numbers):
            raise _Unfit("不是字节数组")
        return bytes(one % 256 for one in numbers)
    try:
        return b64decode(said.strip() if isinstance(said, str) else "?", validate=True)
    except (NotBase64, ValueError):
        raise _Unfit("不是字节数组或 base64 文本") from None


def _short_text(field: Field, said: object) -> str:
    text = _text(said)
    if field.length and len(text) > field.length:
        raise _Unfit(f"长 {len(text)} 个字符，超过 {field.length} 个")
    return text


def _text(said: object) -> str:
    """A text that can be kept: a number counts as what was written."""
    if isinstance(said, str):
        if "\0" in said or any("\ud800" <= one <= "\udfff" for one in said):
            raise _Unfit("含有无效字符")
        return said.strip()
    if isinstance(said, (bool, Mapping, list, tuple)):
        raise _Unfit("不是文本")
    return format(exact(said), "f")


def _code(field: Field, text: str, tables: Tables) -> str:
    codes = tables.titles(field.dictionary)
    if not codes:
        return text
    code = tables.code_of(field.dictionary, text)
    if code is None:
        few = "、".join(f"{one} {title}" for one, title in list(codes.items())[:_CODES_SHOWN])
        more = "等" if len(codes) > _CODES_SHOWN else ""
        raise _Unfit(f"不在代码表 {field.dictionary} 中（{few}{more}）")
    return code


def kept(said: object) -> str:
    """What no table knows, as text: a text as it is, all else as JSON.

    Raises `ValueError`, with the reason in Chinese.
    """
    if isinstance(said, str):
        return _text(said)
    try:
        text = write_json(_exactly(said))
    except ValueError:
        raise _Unfit("无法读取") from None
    return _text(text)


def _exactly(said: object) -> object:
    """With the binary fractions that a reader of JSON may have made turned back."""
    try:
        if isinstance(said, Mapping):
            return {str(name): _exactly(one) for name, one in said.items()}
        if isinstance(said, (list, tuple)):
            return [_exactly(one) for one in said]
    except RecursionError:
        raise _Unfit("嵌套过深") from None
    return said if said is None or isinstance(said, (str, bool)) else exact(said)


def _shown(said: object) -> str:
    """A value in a message, not longer than a few words."""
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, int) and said.bit_length() > 4 * _MOST:
        return "…"
    if isinstance(said, Mapping):
        return "{…}"
    if isinstance(said, (list, tuple)):
        return "[…]"
    return shortened(str(said), _SHOWN)


def fen_of(amount: Decimal) -> int:
    """An amount in yuan, with at most two places, as whole fen."""
    fen = amount.scaleb(2, context=_EXACT)
    assert fen == fen.to_integral_value(), "no amount has more than two places"
    return int(fen)


def yuan_of(fen: int) -> Decimal:
    """Whole fen as an amount in yuan with two places: 452 is 4.52."""
    return Decimal(fen).scaleb(-2, context=_EXACT)
