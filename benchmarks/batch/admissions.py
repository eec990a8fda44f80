"""The data of rule set A: a year's admissions of active employees, in integers, from a fixed seed.

Of a million admissions six hundred thousand are everybody's first and the others fall on persons
at random: half of the persons have one stay, a third two, the others three to five.  Costs are
drawn along a line through quantiles, in whole fen, so that every machine draws the same ones: half
of the stays cost less than 8,500 yuan, one in a hundred more than 130,000; the mean is 18,060.  Of
the persons 1.9 % pass 150,000 yuan in the year and 0.34 % pass 500,000.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Admissions", "admissions"]

SEED = 20240101
PERSONS_IN_TEN = 6
MOST_STAYS = 5
FIRST_DAY, DAYS = 19_723, 366
"""1 January 2024 in days since 1 January 1970, and the days of that year."""

TIERS = (1, 2, 2, 3, 3)
"""Tiers of hospitals, as often as they are drawn."""

RANKS = (0, 100_000, 250_000, 500_000, 750_000, 900_000, 970_000, 990_000, 997_000, 999_300)
YUAN = (200, 2_400, 4_500, 8_500, 16_500, 33_000, 65_000, 130_000, 300_000, 780_000)
MOST_YUAN = 1_600_000
"""Of a million stays so many cost less than that; none costs `MOST_YUAN`."""


class Admissions(NamedTuple):
    """Columns of admissions, one row each.

    `persons` is how many persons there are: ids run from 0 to one below it.  `person` is int32,
    `tier` (1, 2, 3) int8, `amount` int64 fen of compliant cost, `day` int32 days since 1970.
    """

    persons: int
    day: NDArray[np.int32]
    person: NDArray[np.int32]
    tier: NDArray[np.int8]
    amount: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.person.size)

    def by_person(self) -> Admissions:
        """The same rows sorted by person; each person's stay in the order they were in."""
        return self.taken(np.argsort(self.person, kind="stable"))

    def first(self, count: int) -> Admissions:
        """The first `count` rows."""
        return self.taken(np.arange(min(count, self.person.size)))

    def taken(self, rows: NDArray[np.int64]) -> Admissions:
        """Some rows, in the order given."""
        columns = (self.day[rows], self.person[rows], self.tier[rows], self.amount[rows])
        return Admissions(self.persons, *columns)

    def save(self, path: Path) -> None:
        """Keep the columns in a file."""
        np.savez(path, day=self.day, person=self.person, tier=self.tier, amount=self.amount)

    @classmethod
    def load(cls, path: Path) -> Admissions:
        """Columns that `save` kept."""
        with np.load(path) as kept:
            day, person = kept["day"], kept["person"]
            return cls(int(person.max()) + 1, day, person, kept["tier"], kept["amount"])


def admissions(count: int = 1_000_000) -> Admissions:
    """So many admissions of a year, in date order; six persons for every ten."""
    draw = np.random.Generator(np.random.PCG64(SEED))
    persons = count * PERSONS_IN_TEN // 10
    everybody = np.arange(persons, dtype=np.int32)
    person = np.concatenate([everybody, _further(draw, persons, count - persons)])
    tier = np.array(TIERS, dtype=np.int8)[draw.integers(0, len(TIERS), count)]
    amount = _costs(draw.integers(0, 10**9, count))
    day = draw.integers(FIRST_DAY, FIRST_DAY + DAYS, count, dtype=np.int32)
    return Admissions(persons, day, person, tier, amount).taken(np.argsort(day, kind="stable"))


def _further(draw: np.random.Generator, persons: int, count: int) -> NDArray[np.int32]:
    """Who has the stays after the first; a stay too many of a person falls on another."""
    person = draw.integers(0, persons, count, dtype=np.int32)
    while True:
        order = np.argsort(person, kind="stable")
        together = person[order]
        rank = np.arange(count) - np.searchsorted(together, together)
        over = order[rank >= MOST_STAYS - 1]
        if not over.size:
            return person
        person[over] = draw.integers(0, persons, over.size, dtype=np.int32)


def _costs(rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """Costs in fen at ranks in a thousand million, along the line through the quantiles."""
    ranks = np.array((*RANKS, 10**6), dtype=np.int64) * 1000
    fen = np.array((*YUAN, MOST_YUAN), dtype=np.int64) * 100
    at = np.searchsorted(ranks, rank, side="right") - 1
    step = (fen[at + 1] - fen[at]) * (rank - ranks[at]) // (ranks[at + 1] - ranks[at])
    cost: NDArray[np.int64] = fen[at] + step
    return cost
