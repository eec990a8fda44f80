"""Columns of Arrow as arrays of numbers or bytes, and the way back.

The way back hands over the buffers as they are: `pyarrow.array` would import pandas where that is
installed, which takes longer than to settle a small table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = [
    "EPOCH",
    "Array",
    "day_array",
    "nulls_of",
    "numbers_of",
    "raw_of",
    "text_array",
    "texts_of",
    "whole_array",
]

Array = NDArray[Any]

EPOCH = 719163
"""The number of 1970-01-01 in the calendar."""


def numbers_of(array: pa.Array) -> Array:
    """The whole numbers of a column in 64 bits, 0 where it is empty."""
    return raw_of(array).astype(np.int64)


def nulls_of(array: pa.Array) -> Array:
    """Where a column is empty."""
    if not array.null_count:
        return np.zeros(len(array), bool)
    bitmap = array.buffers()[0]
    if bitmap is None:  # columns of the type null have none
        return np.ones(len(array), bool)
    bits = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little")
    empty: Array = bits[array.offset : array.offset + len(array)] == 0
    return empty


def raw_of(array: pa.Array) -> Array:
    """The whole numbers of a column in its own width, 0 where it is empty; not to be written to."""
    assert pa.types.is_integer(array.type), array.type
    signed = pa.types.is_signed_integer(array.type)
    kind = f"{'i' if signed else 'u'}{array.type.bit_width // 8}"
    raw = np.frombuffer(array.buffers()[1] or b"", kind)
    found: Array = raw[array.offset : array.offset + len(array)]
    if array.null_count:
        found = found.copy()
        found[nulls_of(array)] = 0
    return found


def texts_of(array: pa.Array) -> Array:
    """Text as bytes of one width, empty where there is none."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    plain = array.cast(pa.large_string())
    if not len(plain):
        return np.zeros(0, "S8")
    ends = np.frombuffer(plain.buffers()[1], np.int64)[plain.offset : plain.offset + len(plain) + 1]
    lengths = np.diff(ends)
    if plain.null_count:
        lengths[nulls_of(plain)] = 0
    width = max(8, -(-int(lengths.max()) // 8) * 8)
    data = np.frombuffer(plain.buffers()[2] or b"", np.uint8)
    found = np.zeros((len(plain), width), np.uint8)
    for place in range(int(lengths.max())):
        there = lengths > place
        found[there, place] = data[ends[:-1][there] + place]
    return found.reshape(-1).view(f"S{width}")


def whole_array(column: Array) -> pa.Array:
    """Whole numbers, of the width that they have."""
    kind = pa.from_numpy_dtype(column.dtype)
    whole = np.ascontiguousarray(column)
    return pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(whole)])


def day_array(days: Array) -> pa.Array:
    """Days by their numbers in the calendar as dates."""
    return whole_array((days - EPOCH).astype(np.int32)).view(pa.date32())


def text_array(texts: Array) -> pa.Array:
    """Bytes of one width, in UTF-8, as text."""
    width = texts.dtype.itemsize
    lengths = np.char.str_len(texts)
    ends = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    every = np.ascontiguousarray(texts).view(np.uint8).reshape(len(texts), width)
    data = every[np.arange(width) < lengths[:, None]]
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_string(), len(texts), buffers).cast(pa.string())
