"""What the memory allows: no rule, only the bytes."""

from __future__ import annotations

import numpy as np

from admissions import Admissions
from compiled import compiled
from job import Job
from numba_loop import Fen, Persons, Tiers, empty_columns

__all__ = ["copy", "touch"]

BYTES_OF_CLAIM = 4 + 1 + 8 + 4 * 8
"""Person, tier and amount are read, four columns of fen are written."""

MIB_OF_COPY = 256


def copy(_data: Admissions, _threads: int) -> Job:
    """A copy between arrays far larger than any cache, counted as the claims of so many bytes."""
    source = np.ones(MIB_OF_COPY * 2**20 // 8, dtype=np.int64)
    target = np.zeros_like(source)
    return Job(lambda: np.copyto(target, source), 2 * source.nbytes // BYTES_OF_CLAIM)


def touch(data: Admissions, _threads: int) -> Job:
    """The columns of the rule set read once and written once, with nothing settled."""
    into = empty_columns(len(data))
    return Job(lambda: _touch(data.person, data.tier, data.amount, *into), len(data))


@compiled
def _touch(
    person: Persons, tier: Tiers, amount: Fen, one: Fen, two: Fen, three: Fen, four: Fen
) -> None:
    for row in range(person.size):
        one[row] = person[row]
        two[row] = tier[row]
        three[row] = amount[row]
        four[row] = amount[row]
