"""Rows parted by person into buckets, each small enough to be sorted and settled in memory.

Buckets are ranges of the number of a person's id, so that all of a person's rows are in one, and
one bucket after the other is the order of persons.  What does not fit into memory waits on disk.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from gongji.batch.arrays import Array, whole_array
from gongji.batch.ids import IdForm, ids_of
from gongji.batch.refusals import Why
from gongji.batch.rows import Rows, joined
from gongji.batch.values import Problems, reasons_of

__all__ = ["Buckets", "Plan", "Sample"]

_TARGET_ROWS = 1 << 18
"""Rows of a bucket: small enough for the caches, large enough to be worth a call."""

_SAMPLE_EVERY = 61


class Plan(NamedTuple):
    """Where buckets begin: `edges[i]` is the first id of bucket `i + 1`."""

    edges: Array

    @property
    def size(self) -> int:
        """How many buckets there are."""
        return len(self.edges) + 1


class Sample:
    """The ids of some persons, to see where buckets should begin."""

    def __init__(self) -> None:
        self.rows = 0
        self._parts: list[pa.Array] = []

    def add(self, persons: pa.Array) -> None:
        """Look at the persons of a batch."""
        self.rows += len(persons)
        self._parts.append(persons.take(whole_array(np.arange(0, len(persons), _SAMPLE_EVERY))))

    def plan(self, form: IdForm, *, whole: bool = False) -> Plan:
        """Buckets of about equal size; with `whole` a single one."""
        count = 1 if whole else max(1, -(-self.rows // _TARGET_ROWS))
        if count == 1:
            return Plan(np.zeros(0, np.int64))
        nothing = [Why(""), *reasons_of(["person"])]
        numbers = [
            ids_of(part, Problems(nothing, len(part)), "person", form)[0] for part in self._parts
        ]
        every = np.sort(np.concatenate(numbers))
        places = np.arange(1, count) * len(every) // count
        return Plan(np.unique(every[places]))


class Buckets:
    """Rows by bucket, in memory up to a number of bytes, then on disk."""

    def __init__(self, plan: Plan, memory: int, folder: Path, name: str) -> None:
        self.plan = plan
        self.memory = memory
        self.folder = folder
        self.name = name
        self.held = 0
        self._parts: list[list[Rows]] = [[] for _ in range(plan.size)]

    def add_split(self, parts: Iterable[tuple[int, Rows]]) -> None:
        """Put rows that were split into their buckets."""
        for bucket, part in parts:
            self._parts[bucket].append(part)
            self.held += sum(column.nbytes for column in part.values())
        if self.held > self.memory:
            self._to_disk()

    def split(self, rows: Rows) -> Iterable[tuple[int, Rows]]:
        """The rows of each bucket that has any."""
        if self.plan.size == 1:
            if len(rows["person"]):
                yield 0, rows
            return
        bucket = np.searchsorted(self.plan.edges, rows["person"], side="right")
        order = np.argsort(bucket.astype(np.uint16), kind="stable")
        ends = np.searchsorted(bucket[order], np.arange(self.plan.size + 1))
        sorted_rows = {name: column[order] for name, column in rows.items()}
        for place in range(self.plan.size):
            first, last = int(ends[place]), int(ends[place + 1])
            if last > first:
                yield place, {name: column[first:last] for name, column in sorted_rows.items()}

    def _to_disk(self) -> None:
        for bucket, parts in enumerate(self._parts):
            if parts:
                with self._file(bucket).open("ab") as file:
                    pickle.dump(joined(parts), file, protocol=5)
                parts.clear()
        self.held = 0

    def _file(self, bucket: int) -> Path:
        return self.folder / f"{self.name}-{bucket}"

    def take(self, bucket: int) -> Rows | None:
        """All rows of a bucket, which is empty afterwards; None where it has none."""
        parts: list[Rows] = []
        file = self._file(bucket)
        if file.exists():
            with file.open("rb") as stream:
                while stream.peek(1):
                    parts.append(pickle.load(stream))  # noqa: S301 - written above
            file.unlink()
        parts += self._parts[bucket]
        self._parts[bucket] = []
        return joined(parts) if parts else None
