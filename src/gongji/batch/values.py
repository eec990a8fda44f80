"""Columns of Arrow as columns of whole numbers, as the kernel wants them.

What cannot be read is marked row by row: a column `problem` beside the coded ones holds the number
of the reason, 0 where all is well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gongji.batch.arrays import EPOCH, Array, nulls_of, numbers_of, raw_of, whole_array
from gongji.batch.columns import FEN, is_text
from gongji.batch.refusals import Why
from gongji.engine.inputs import read_day, read_number, read_value
from gongji.kernel.layout import LARGEST_NUMBER, MISSING, NUMBER_OVER, coded, missing_code
from gongji.kernel.source import Unsupported
from gongji.money import MAX_FEN, parse_yuan
from gongji.policy.model import Fact, Policy
from gongji.wording import Refused

__all__ = [
    "Problems",
    "codes_of",
    "days_of",
    "fen_of",
    "signed_of",
    "trimmed",
    "whole_of",
]

_LAST_DAY = date.max.toordinal()
_WHOLE = re.compile(r"-?[0-9]{1,18}")


class Problems:
    """The reasons why rows of a batch cannot be read, the first of each row kept."""

    def __init__(self, reasons: list[Why], rows: int) -> None:
        self.reasons = reasons  # shared by all batches; 0 is no reason
        self.found = np.zeros(rows, np.int16)

    def note(self, bad: Array, why: Why) -> None:
        """Rows that cannot be read, and why."""
        if bad.any():
            self.found[bad & (self.found == 0)] = self.reasons.index(why)


def _spread(
    array: pa.Array, code: Callable[[str], int], missing: int, kind: str
) -> tuple[Array, Array]:
    """Text by what `code` makes of each distinct value; `ValueError` and `Refused` mark it bad."""
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    values = np.full(len(array.dictionary) + 1, missing, kind)  # the last where there is none
    bad = np.zeros(len(values), bool)
    for place, text in enumerate(array.dictionary.to_pylist()):
        if text is None or not text.strip():
            continue
        try:
            values[place] = code(text.strip())
        except (ValueError, OverflowError, Refused, Unsupported):
            bad[place] = True
    places = array.indices
    if places.null_count:
        last = whole_array(np.array([len(values) - 1], np.int32))[0]
        places = pc.fill_null(places.cast(pa.int32()), last)
    found = raw_of(pc.take(whole_array(values), places))
    if not bad.any():
        return found, np.zeros(len(found), bool)
    return found, raw_of(pc.take(whole_array(bad.view(np.int8)), places)).view(bool)


def days_of(array: pa.Array, problems: Problems, name: str) -> Array:
    """Days as their numbers in the calendar, `MISSING` where there is none."""
    if pa.types.is_null(array.type):
        return np.full(len(array), MISSING, np.int64)
    if is_text(array.type):
        read, bad = _spread(array, lambda text: read_day(text, name).toordinal(), MISSING, "i8")
        problems.note(bad, Why("bad_date", name))
        return read
    plain = array.cast(pa.date32(), safe=False).cast(pa.int32())
    days: Array = numbers_of(plain) + EPOCH
    if plain.null_count:
        days[nulls_of(plain)] = MISSING
    wrong = (days != MISSING) & ((days < 1) | (days > _LAST_DAY))
    problems.note(wrong, Why("bad_date", name))
    days[wrong] = MISSING
    return days


def fen_of(array: pa.Array, problems: Problems, name: str) -> Array:
    """Amounts in fen, `MISSING` where there is none; yuan unless the column's name says fen."""
    why = Why("bad_amount", name)
    if pa.types.is_null(array.type):
        return np.full(len(array), MISSING, np.int64)
    if is_text(array.type):
        read: Callable[[str], int] = (
            _whole if name.endswith(FEN) else lambda text: parse_yuan(text, name)
        )
        fen, bad = _spread(array, read, MISSING, "i8")
        problems.note(bad | (fen > MAX_FEN) | ((fen < 0) & (fen != MISSING)), why)
        return fen
    empty = nulls_of(array) if array.null_count else None
    if pa.types.is_decimal(array.type):
        fen = _hundredths(array, problems, why)
    else:
        fen = numbers_of(array)
        if not name.endswith(FEN):
            problems.note((fen < 0) | (fen > MAX_FEN), why)
            fen = np.clip(fen, 0, MAX_FEN) * 100
    problems.note((fen < 0) | (fen > MAX_FEN), why)
    if empty is not None:
        fen[empty] = MISSING
    return fen


def _hundredths(array: pa.Array, problems: Problems, why: Why) -> Array:
    """Decimals in hundredths; what has more decimals than two, or too many digits, is no amount."""
    try:
        exact = array.cast(pa.decimal128(18, 2))
    except pa.ArrowInvalid:  # one of them does not fit: each is looked at
        fen, bad = _spread(array.cast(pa.string()), _fen, 0, "i8")
        problems.note(bad, why)
        return fen
    words = np.frombuffer(exact.buffers()[1] or b"", np.int64)
    fen = words[2 * exact.offset : 2 * (exact.offset + len(exact)) : 2].copy()
    if exact.null_count:
        fen[nulls_of(exact)] = 0
    return fen


def _fen(text: str) -> int:
    """A decimal of yuan in fen.  Raises `ValueError`."""
    fen = Fraction(text) * 100
    if fen.denominator != 1 or not 0 <= fen <= MAX_FEN:
        raise ValueError(text)
    return int(fen)


def _whole(text: str) -> int:
    """A whole number as people write it.  Raises `ValueError`."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def whole_of(array: pa.Array, problems: Problems, name: str) -> Array:
    """Whole numbers that must be there, such as the number of a line."""
    why = Why("missing_value", name)
    if is_text(array.type):
        whole, bad = _spread(array, _whole, MISSING, "i8")
        problems.note(bad, Why("bad_number", name))
        problems.note(whole == MISSING, why)
        return whole
    problems.note(nulls_of(array), why)
    return signed_of(array, problems, name)


def signed_of(array: pa.Array, problems: Problems, name: str) -> Array:
    """Whole numbers, 0 where there is none; those that 64 bits with a sign do not hold are bad."""
    numbers = numbers_of(array)
    if pa.types.is_uint64(array.type):
        problems.note(numbers < 0, Why("bad_number", name))
    return numbers


def trimmed(array: pa.Array) -> pa.Array:
    """Text without the spaces around it."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return pc.utf8_trim_whitespace(array.cast(pa.string()))


def codes_of(
    array: pa.Array, policy: Policy, fact: Fact, problems: Problems, name: str, kind: str
) -> Array:
    """A fact as the kernel holds it; `kind` is the type of its column."""
    missing = missing_code(fact)
    if pa.types.is_null(array.type):
        return np.full(len(array), missing, kind)
    if fact.kind == "date":
        return days_of(array, problems, name).astype(kind)
    if fact.kind == "amount":
        return fen_of(array, problems, name)
    why = Why("unknown_value", fact.name)
    if pa.types.is_boolean(array.type):
        array = pc.if_else(array, "yes", "no")
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        array = _joined(array)
    if not is_text(array.type) and fact.kind != "number":
        array = array.cast(pa.string())
    if fact.kind == "number" and not is_text(array.type):
        return _numbers(array, fact, problems, why)

    def code(text: str) -> int:
        if fact.kind == "set":
            words = [word.strip() for word in text.split(",")]
            if words in (["none"], ["无"]):
                return 0
            members = frozenset(str(read_value(policy, fact, word, name)) for word in words)
            return coded(fact, members)
        if fact.kind == "number":
            number = read_number(text, name, whole=fact.whole, least=fact.least, most=fact.most)
            return coded(fact, number)
        return coded(fact, read_value(policy, fact, text, name))

    codes, bad = _spread(array, code, missing, kind)
    problems.note(bad, why)
    return codes


def _joined(array: pa.Array) -> pa.Array:
    """Lists as text; an empty list is `none`."""
    plain = array.cast(pa.list_(pa.string()))
    if plain.flatten().null_count:  # what is empty inside a list is no member
        members = [
            None if one is None else [word or "?" for word in one] for one in plain.to_pylist()
        ]
        plain = pa.array(members, pa.list_(pa.string()))
    joined = pc.binary_join(plain, ",")
    return pc.if_else(pc.equal(joined, ""), "none", joined)


def _numbers(array: pa.Array, fact: Fact, problems: Problems, why: Why) -> Array:
    if pa.types.is_floating(array.type):
        array = _whole_floats(array, problems, why)
    empty = nulls_of(array)
    if pa.types.is_decimal(array.type):
        texts = array.cast(pa.string())
        exact, bad = _spread(
            texts,
            lambda text: coded(
                fact,
                read_number(
                    text.rstrip("0").rstrip(".") if "." in text else text,
                    fact.name, whole=fact.whole, least=fact.least, most=fact.most,
                ),
            ),
            MISSING,
            "i8",
        )  # fmt: skip
        problems.note(bad, why)
        return exact
    whole = numbers_of(array)
    most = LARGEST_NUMBER if fact.most is None else min(int(fact.most), LARGEST_NUMBER)
    problems.note(~empty & ((whole < fact.least.__ceil__()) | (whole > most)), why)
    numbers: Array = np.clip(whole, -LARGEST_NUMBER, LARGEST_NUMBER) * NUMBER_OVER
    numbers[empty] = MISSING
    return numbers


def _whole_floats(array: pa.Array, problems: Problems, why: Why) -> pa.Array:
    """Floats that are whole as whole numbers: what pandas makes of them where some are missing.

    NaN says nothing; what is not whole, or larger than any number may be, is marked.
    """
    array = array.cast(pa.float64())
    said = pc.if_else(pc.is_nan(array), None, array)
    near = pc.less_equal(pc.abs(said), LARGEST_NUMBER)
    whole = pc.and_(near, pc.equal(pc.floor(said), said))
    problems.note(raw_of(pc.invert(whole).cast(pa.int8())) == 1, why)
    return pc.if_else(whole, said, None).cast(pa.int64())


def reasons_of(names: Sequence[str]) -> list[Why]:
    """Every reason for which a row of columns with these names cannot be read."""
    kinds = ("missing_value", "bad_date", "bad_amount", "bad_number", "unknown_value")
    return [Why(kind, name) for name in names for kind in kinds]
