"""Ids of persons and claims: whole numbers, or text with numbers made of it.

A person's number keeps the order of the ids: of text it is made of the eight bytes after what all
ids begin with.  A claim's number only tells claims apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gongji.batch.arrays import Array, nulls_of, raw_of, texts_of
from gongji.batch.columns import is_text
from gongji.batch.refusals import Why
from gongji.batch.values import Problems, signed_of

__all__ = ["AS_THEY_ARE", "IdForm", "Ids", "Look", "ids_of", "mixed"]

_WHOLE = r"^(0|-?[1-9][0-9]{0,17})$"


class IdForm(NamedTuple):
    """How the ids of a column are read: as text or as whole numbers, and what all begin with."""

    text: bool
    skip: int = 0


AS_THEY_ARE = IdForm(text=False)


class Ids(NamedTuple):
    """The forms of the ids of persons and of claims."""

    person: IdForm
    claim: IdForm


class Look:
    """What is seen of a column of ids before it is read: whether text is all whole numbers."""

    def __init__(self, kind: pa.DataType, *, typed: bool) -> None:
        self.text = is_text(kind)
        self.whole = self.text and not typed
        self.least: str | None = None
        self.most: str | None = None

    def add(self, array: pa.Array) -> None:
        """Look at the ids of a batch."""
        if not self.text:
            return
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        if self.whole:
            fits = pc.all(pc.match_substring_regex(array, _WHOLE), min_count=0)
            self.whole = fits.as_py() is not False
        ends = pc.min_max(array).as_py()
        if ends["min"] is not None:
            self.least = min(self.least or ends["min"], ends["min"])
            self.most = max(self.most or ends["max"], ends["max"])

    def form(self) -> IdForm:
        """How the ids are to be read."""
        if not self.text or self.whole:
            return AS_THEY_ARE
        one, other = (self.least or "").encode(), (self.most or "").encode()
        same = [a == b for a, b in zip(one, other, strict=False)]
        return IdForm(text=True, skip=same.index(False) if False in same else 0)


def ids_of(
    array: pa.Array, problems: Problems, name: str, form: IdForm
) -> tuple[Array, Array | None]:
    """Ids as numbers; of text the text beside them.  An id that is missing or none is marked."""
    why = Why("missing_value", name)
    if pa.types.is_null(array.type):
        problems.note(np.ones(len(array), bool), why)
        return np.zeros(len(array), np.int64), np.zeros(len(array), "S8") if form.text else None
    if form.text:
        plain = array.cast(pa.large_string())
        texts = texts_of(plain)
        strange = _with_nul(plain)
        texts[strange] = b""  # lest it be taken for the one without
        problems.note(strange, Why("unknown_value", name))
        problems.note(texts == b"", why)
        return (_in_order(texts, form.skip) if name == "person" else mixed(texts)), texts
    if is_text(array.type):
        if pa.types.is_dictionary(array.type):
            array = array.dictionary_decode()
        whole = pc.if_else(pc.match_substring_regex(array, _WHOLE), array, None)
        array = whole.cast(pa.int64())
    problems.note(nulls_of(array), why)
    return signed_of(array, problems, name), None


def _with_nul(array: pa.Array) -> Array:
    """Which texts hold a NUL character, which texts of one width do not keep."""
    return raw_of(pc.match_substring(array, "\0").cast(pa.int8())).astype(bool)


def _in_order(texts: Array, skip: int) -> Array:
    """A number for each text that is no less where the text is no less."""
    width = texts.dtype.itemsize
    wide = np.zeros((len(texts), max(width, skip + 8)), np.uint8)
    wide[:, :width] = np.ascontiguousarray(texts).view(np.uint8).reshape(len(texts), width)
    eight = np.ascontiguousarray(wide[:, skip : skip + 8]).view(">u8").reshape(-1)
    return (eight.astype(np.uint64) >> np.uint64(1)).view(np.int64)


def mixed(texts: Array) -> Array:
    """A number of 64 bits for each text, the same on every machine and for every width."""
    words = np.ascontiguousarray(texts).view(np.uint64).reshape(len(texts), -1)
    mixed_so_far = np.full(len(texts), 0x9E3779B97F4A7C15, np.uint64)
    for column in words.T:
        turned = (mixed_so_far ^ column) * np.uint64(0xBF58476D1CE4E5B9)
        turned ^= turned >> np.uint64(29)
        turned *= np.uint64(0x94D049BB133111EB)
        turned ^= turned >> np.uint64(32)
        mixed_so_far = np.where(column != 0, turned, mixed_so_far)
    return (mixed_so_far >> np.uint64(1)).view(np.int64)
