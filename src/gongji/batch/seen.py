"""Claims that come twice, found over all rows, whatever the order they come in."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gongji.batch.arrays import Array

__all__ = ["Seen"]

_PARTS = 64
_MARK_BITS = 22
_MARKS = 1 << _MARK_BITS
_HELD = 1 << 24
"""Rows whose claims are held in memory before they go to disk."""


class Seen:
    """The ids of all claims, as numbers, and what must be the same in all rows of a claim."""

    def __init__(self, folder: Path, *, lined: bool) -> None:
        self.folder = folder
        self.lined = lined
        self._held: list[tuple[Array, Array]] = []
        self._count = 0
        self._spilled = False

    def add(self, claim: Array, person: Array, day: Array) -> None:
        """Note the claims of a batch."""
        same = person * np.int64(1_000_003) + day if self.lined else claim[:0]
        self._held.append((claim, same))
        self._count += len(claim)
        if self._count > _HELD:
            self._spill()

    def _spill(self) -> None:
        for claim, same in self._held:
            part = (claim & (_PARTS - 1)).astype(np.uint8)
            order = np.argsort(part, kind="stable")
            columns = [claim[order], *([same[order]] if self.lined else [])]
            pairs = np.stack(columns, axis=1)
            ends = np.searchsorted(part[order], np.arange(_PARTS + 1))
            for place in range(_PARTS):
                with (self.folder / f"seen-{place}").open("ab") as file:
                    file.write(pairs[ends[place] : ends[place + 1]].tobytes())
        self._held.clear()
        self._count = 0
        self._spilled = True

    def twice(self) -> Array:
        """The ids that stand in more than one row, or with `line` in rows of different visits."""
        if not self._spilled:
            return self._repeated(self._held)
        self._spill()
        found = []
        for place in range(_PARTS):
            file = self.folder / f"seen-{place}"
            if file.exists():
                pairs = np.fromfile(file, np.int64).reshape(-1, 2 if self.lined else 1)
                found.append(self._repeated([(pairs[:, 0].copy(), pairs[:, -1])]))
                file.unlink()
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def _repeated(self, parts: list[tuple[Array, Array]]) -> Array:
        every = np.empty(sum(len(claim) for claim, _ in parts), np.int64)
        first = 0
        for claim, _ in parts:
            every[first : first + len(claim)] = claim
            first += len(claim)
        every.sort()
        again = _each_once(every[1:][every[1:] == every[:-1]])
        if not self.lined or not len(again):
            return again
        marked = np.zeros(_MARKS, bool)
        marked[_mark(again)] = True
        some = [
            (claim[at], same[at]) for claim, same in parts for at in [_among(claim, again, marked)]
        ]
        claims, visits = (np.concatenate(columns) for columns in zip(*some, strict=True))
        order = np.lexsort([visits, claims])
        number, visit = claims[order], visits[order]
        return _each_once(number[1:][(number[1:] == number[:-1]) & (visit[1:] != visit[:-1])])


def _each_once(claims: Array) -> Array:
    """Sorted ids without those that come again."""
    new = np.ones(len(claims), bool)
    new[1:] = claims[1:] != claims[:-1]
    found: Array = claims[new]
    return found


def _among(claim: Array, some: Array, marked: Array) -> Array:
    """The places of ids that are among some sorted ones; a table of marks sifts out most others."""
    places = np.flatnonzero(marked[_mark(claim)])
    near = np.minimum(np.searchsorted(some, claim[places]), len(some) - 1)
    found: Array = places[some[near] == claim[places]]
    return found


def _mark(claim: Array) -> Array:
    mixed = claim.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    found: Array = (mixed >> np.uint64(64 - _MARK_BITS)).view(np.int64)
    return found
