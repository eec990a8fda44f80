"""The persons of a bucket: one row for each day that something is known from, and who is whose."""

from __future__ import annotations

import numpy as np

from gongji.batch.arrays import Array
from gongji.batch.order import same_as_before
from gongji.batch.rows import Rows

__all__ = ["persons_at", "persons_in_order"]


def persons_in_order(persons: Rows | None, twice: int, unknown: int) -> Rows:
    """Persons by id and day; those that stand twice have the problem `twice`.

    Where there is nobody, somebody with the problem `unknown` stands for them.
    """
    if persons is None:
        return {
            "person": np.array([np.iinfo(np.int64).min], np.int64),
            "since": np.zeros(1, np.int64),
            "balance": np.zeros(1, np.int64),
            "problem": np.full(1, unknown, np.int16),
        }
    keys = [persons[name] for name in ("since", "person_text", "person") if name in persons]
    order = np.lexsort(keys)
    persons = {name: column[order] for name, column in persons.items()}
    again = same_as_before(persons, ["person", "since"])
    again[:-1] |= again[1:]
    persons["problem"][again] = twice
    return persons


def persons_at(rows: Rows, persons: Rows) -> tuple[Array, Array]:
    """The place of each row's person on that day; 0 unknown, 1 found, 2 not on that day yet."""
    text = "person_text" in rows or "person_text" in persons
    if not text and not persons["since"].any():
        at = np.searchsorted(persons["person"], rows["person"])
        at = np.minimum(at, len(persons["person"]) - 1)
        return at, (persons["person"][at] == rows["person"]).astype(np.int8)
    names = ["person", *(["person_text"] if text else [])]
    count = len(persons["person"])
    both: Rows = {}
    for name in names:
        nothing = np.zeros(1, "S8")
        both[name] = np.concatenate([
            persons.get(name, np.repeat(nothing, count)),
            rows.get(name, np.repeat(nothing, len(rows["person"]))),
        ])  # fmt: skip
    day = np.concatenate([persons["since"], rows["day"]])
    kind = np.concatenate([np.zeros(count, np.int8), np.ones(len(rows["person"]), np.int8)])
    order = np.lexsort([kind, day, *(both[name] for name in reversed(names))])
    mine = {name: column[order] for name, column in both.items()}
    new = np.ones(len(order), bool)
    if len(order):
        new[1:] = False
        for column in mine.values():
            new[1:] |= column[1:] != column[:-1]
    group = np.cumsum(new) - 1
    is_person = kind[order] == 0
    last = np.maximum.accumulate(np.where(is_person, np.arange(len(order)), -1))
    fits = (last >= 0) & (group[np.maximum(last, 0)] == group)
    anyone = np.zeros(int(group[-1]) + 1 if len(group) else 0, bool)
    anyone[group[is_person]] = True
    found = np.where(fits, 1, np.where(anyone[group], 2, 0)).astype(np.int8)
    place = order[np.maximum(last, 0)]
    of_rows = ~is_person
    at = np.zeros(len(rows["person"]), np.int64)
    state = np.zeros(len(rows["person"]), np.int8)
    at[order[of_rows] - count] = np.minimum(place[of_rows], max(count - 1, 0))
    state[order[of_rows] - count] = found[of_rows]
    return at, state
