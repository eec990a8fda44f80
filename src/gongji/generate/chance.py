"""Chance that is the same everywhere: numbers that depend on a seed and a place, in integers.

Nothing is drawn one after the other.  The number at a place (this person, this bill, this
question) is a hash of the place, so persons can be made in any order and in pieces, and the same
seed gives the same population on every machine.  All arithmetic is in whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "OCTAVE",
    "Integers",
    "Wheel",
    "Words",
    "bell",
    "key_of",
    "lengths",
    "octaves",
    "parts_of",
    "places",
    "step_of",
    "words",
]

Words = NDArray[np.uint64]
"""64 even bits for each place."""

Integers = NDArray[np.int64]

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_MASK = (1 << 64) - 1
_LOW = np.uint64(0x0000FFFF0000FFFF)

OCTAVE = 1 << 12
"""Steps of the logarithm: so many to a doubling."""

_FINE = 40
_DEVIATION = 107020
"""The standard deviation of `bell`: twice 65,536 times the square root of 8/12."""


def key_of(seed: int) -> int:
    """The key of a seed, a whole number from 0 to 2^64 - 1."""
    word = (seed + _GOLDEN) & _MASK
    word = ((word ^ (word >> 30)) * int(_FIRST)) & _MASK
    word = ((word ^ (word >> 27)) * int(_SECOND)) & _MASK
    return word ^ (word >> 31)


def places(key: int, first: int, count: int) -> Words:
    """The keys of `count` places from number `first` on."""
    return words(np.uint64(key), np.arange(first, first + count, dtype=np.uint64))


def words(keys: Words | np.uint64, numbers: Words | int) -> Words:
    """Even bits for each key and number: the finaliser of SplitMix64 over their sum."""
    if isinstance(numbers, int):
        word = keys + np.uint64(((numbers + 1) * _GOLDEN) & _MASK)
    else:
        word = (numbers + np.uint64(1)) * np.uint64(_GOLDEN)
        word += keys
    assert isinstance(word, np.ndarray)
    word ^= word >> np.uint64(30)
    word *= _FIRST
    word ^= word >> np.uint64(27)
    word *= _SECOND
    word ^= word >> np.uint64(31)
    return word


def parts_of(word: Words, which: int) -> Integers:
    """One of the four even numbers below 65,536 in each word."""
    found = (word >> np.uint64(16 * which)) & np.uint64(0xFFFF)
    return found.view(np.int64)


def bell(one: Words, other: Words) -> Integers:
    """A number near the normal distribution: the sum of eight even ones, around 0.

    Its standard deviation is `_DEVIATION`; it is never farther out than 4.9 of them.
    """
    lanes = (one & _LOW) + ((one >> np.uint64(16)) & _LOW)
    lanes += (other & _LOW) + ((other >> np.uint64(16)) & _LOW)
    total = (lanes & np.uint64(0xFFFFFFFF)) + (lanes >> np.uint64(32))
    return total.view(np.int64) * 2 - 8 * 65535


def octaves(number: int, of: int = 1) -> int:
    """The logarithm of a fraction to the base 2, in steps of an octave, rounded down.

    Both are whole numbers above 0.
    """
    whole = 0
    while number >= of << 1:
        of, whole = of << 1, whole + 1
    while number < of:
        number, whole = number << 1, whole - 1
    scaled = (number << _FINE) // of
    return whole * OCTAVE + int(np.searchsorted(_POWERS, scaled, side="right")) - 1


def step_of(spread: int) -> int:
    """What `lengths` takes for one standard deviation that multiplies by `spread` tenths."""
    return (octaves(spread, 10) << 24) // _DEVIATION


def lengths(base: Integers | int, step: Integers | int, chance: Integers) -> Integers:
    """Lognormal whole numbers: 2 to the power of `base` and so many `step` as chance has it.

    `base` is a logarithm in steps of an octave, `step` as `step_of` makes it, `chance` a `bell`.
    """
    power = chance * step
    power >>= 24
    power += base
    np.clip(power, 0, 38 * OCTAVE, out=power)
    found: Integers = _POWERS[power & (OCTAVE - 1)]
    power >>= 12
    found >>= _FINE - power
    return found


def _powers() -> Integers:
    """2^(k / OCTAVE) for every k, with 40 binary places, by square roots of whole numbers."""
    places_kept = 80
    roots, root = [], 2 << places_kept
    for _ in range(OCTAVE.bit_length() - 1):
        root = isqrt(root << places_kept)
        roots.append(root)
    found = [1 << places_kept]
    for one in reversed(roots):
        found += [(one * other) >> places_kept for other in found]
    return np.array([one >> (places_kept - _FINE) for one in found], dtype=np.int64)


class Wheel(NamedTuple):
    """Weighted choices, several sets of them; drawing takes the same time for each.

    Of a set, slot `start + s` holds one choice up to its `edge` of 65,536 and `other` above it
    (Walker's alias method); `choice` is what a slot stands for.
    """

    start: Integers
    size: Words
    edge: Integers
    other: Integers
    choice: Integers

    def draw(self, which: Integers, word: Words) -> Integers:
        """A choice of the set `which` for each word, of which the high 32 bits are used."""
        slot = (word >> np.uint64(32)) * self.size[which]
        part = ((slot >> np.uint64(16)) & np.uint64(0xFFFF)).view(np.int64)
        slot >>= np.uint64(32)
        found = slot.view(np.int64) + self.start[which]
        return self.choice[np.where(part < self.edge[found], found, self.other[found])]

    @staticmethod
    def of(sets: Sequence[Sequence[tuple[int, int]]]) -> Wheel:
        """The wheel of sets of (choice, weight); weights are whole, one at least above 0."""
        start: list[int] = []
        edges: list[int] = []
        others: list[int] = []
        choices: list[int] = []
        for one in sets:
            weighted = [(choice, weight) for choice, weight in one if weight > 0]
            assert weighted, "a set has something to choose from"
            start.append(len(choices))
            edge, other = _aliases([weight for _, weight in weighted])
            edges += edge
            others += [start[-1] + slot for slot in other]
            choices += [choice for choice, _ in weighted]
        sizes = np.diff([*start, len(choices)])
        as_integers = (np.array(column, dtype=np.int64) for column in (edges, others, choices))
        return Wheel(np.array(start, dtype=np.int64), sizes.astype(np.uint64), *as_integers)


def _aliases(weights: list[int]) -> tuple[list[int], list[int]]:
    """For each slot how much of 65,536 is its own, and whose the rest is."""
    total, size = sum(weights), len(weights)
    left = [weight * size for weight in weights]
    edge, other = [1 << 16] * size, list(range(size))
    small = [slot for slot in range(size) if left[slot] < total]
    large = [slot for slot in range(size) if left[slot] >= total]
    while small and large:
        poor, rich = small.pop(), large[-1]
        edge[poor], other[poor] = (left[poor] << 16) // total, rich
        left[rich] -= total - left[poor]
        if left[rich] < total:
            small.append(large.pop())
    return edge, other


_POWERS = _powers()
