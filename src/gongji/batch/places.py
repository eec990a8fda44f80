"""Where the running totals of a bucket's persons stand, block after block of persons."""

from __future__ import annotations

import numpy as np

from gongji.batch.arrays import Array
from gongji.batch.claims import Claims
from gongji.batch.order import person_numbers
from gongji.kernel.layout import Key, Layout

__all__ = ["Places"]

_BLOCK = 4096
"""Persons whose meters are kept at a time: they stay in the processor's cache."""


class Places:
    """The rows of persons in `s` and `w` of each block, and where readings per a text begin.

    `blocks` are ranges of lines, `persons` the number of each line's person; `keys` say where the
    readings begin of the texts that meters are kept per, while its block is entered.  With
    `several` more than one regime goes through the blocks.
    """

    def __init__(self, claims: Claims, layout: Layout, *, several: bool = False) -> None:
        shared = "home" in claims.rows
        if shared:
            ids = claims.rows.get("person_text", claims.rows["person"])
            _, persons = np.unique(ids, return_inverse=True)
        else:
            persons = person_numbers(claims.rows)
        count = int(persons.max()) + 1
        self.block = count if shared else min(_BLOCK, count)
        self.persons: Array = persons.astype(np.int32)
        firsts = np.arange(0, count, self.block)
        starts = [0] if shared else np.searchsorted(persons, firsts).tolist()
        self.blocks = list(zip(starts, [*starts[1:], claims.size], strict=True))
        size = self.block * layout.width
        self.keys: dict[str, Array] = {}
        for key, width in layout.keys.items():
            number, most = self._numbered(claims, key, persons)
            self.keys[key.column] = np.where(number < 0, -1, size + number * width)
            size += most * width
        self.s = np.zeros(size, np.int64)
        self.w = np.zeros(size, np.int64)
        self._kept: dict[int, tuple[Array, Array]] = {}
        self._claims = claims
        self._several = several
        self._width = layout.width
        self._account = layout.account

    def _numbered(self, claims: Claims, key: Key, persons: Array) -> tuple[Array, int]:
        """A number for each line's text, from 0 in each block, and the most that a block has."""
        texts = claims.rows.get(f"t_{key.fact}")
        if texts is None and claims.persons is not None:
            of_persons = claims.persons.get(f"t_{key.fact}")
            texts = None if of_persons is None else of_persons[claims.person_at]
        found = np.full(claims.size, -1, np.int64)
        if texts is None:
            return found, 0
        said = np.flatnonzero(texts != b"")
        _, text = np.unique(texts[said], return_inverse=True)
        pair = text.astype(np.int64)
        if not key.shared:
            pair = persons[said] * (int(text.max(initial=0)) + 1) + text
        every, number = np.unique(pair, return_inverse=True)
        found[said] = number
        if key.shared or len(self.blocks) == 1:
            return found, len(every)
        most = 0
        for first, last in self.blocks:
            mine = found[first:last]
            low = mine[mine >= 0].min(initial=len(every))
            most = max(most, int(mine.max(initial=-1)) + 1 - int(low))
            mine[mine >= 0] -= low
        return found, most

    def enter(self, first: int) -> None:
        """Begin with a block, or go on with it where another regime has left it."""
        if first in self._kept:
            self.s, self.w = self._kept[first]
            return
        self.s[:] = 0
        self.w[:] = 0
        persons = self._claims.persons
        if self._account and persons is not None and persons["balance"].any():
            last = dict(self.blocks)[first]
            numbers, places = np.unique(self.persons[first:last], return_index=True)
            rows = (numbers - self.base(first)) * self._width
            self.s[rows] = persons["balance"][self._claims.person_at[first + places]]

    def base(self, first: int) -> int:
        """The number of the person whose meters stand first in a block."""
        return 0 if len(self.blocks) == 1 else int(self.persons[first])

    def leave(self, first: int) -> None:
        """Keep a block for the next regime, where there is one."""
        if self._several:
            self._kept[first] = (self.s.copy(), self.w.copy())
