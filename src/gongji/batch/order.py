"""The order of settlement: persons, the claims of each in their order, the lines of each claim."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gongji.batch.arrays import Array
from gongji.batch.rows import Rows

__all__ = ["claim_starts", "lines_in_order", "order_of", "person_numbers", "same_as_before"]


def order_of(rows: Rows, first_keys: Sequence[str] = ()) -> Array:
    """The places of claims by person, then `sequence` where there is one, day, claim and line.

    With `first_keys`, such as a household's number, they take the person's place: what several
    persons share is settled in the order of time.
    """
    claim = "claim_text" if "claim_text" in rows else "claim"
    who = first_keys or ["person", "person_text"]
    keys = [*who, "sequence", "day", claim, "line"]
    there = [name for name in keys if name in rows]
    if first_keys or "sequence" in rows or "person_text" in rows:
        return np.lexsort([rows[name] for name in reversed(there)])
    person, day = rows["person"], rows["day"]
    low, span = int(person.min()), int(person.max()) - int(person.min()) + 1
    first, days = int(day.min()), int(day.max()) - int(day.min()) + 1
    if span * days >= 2**62:
        return np.lexsort([rows[name] for name in reversed(there)])
    key = (person - low) * days + (day - first)
    bits = len(person).bit_length()
    if span * days < 1 << (62 - bits):  # to sort numbers is quicker than to sort their places
        placed = np.sort((key << bits) | np.arange(len(key)))
        order = placed & ((1 << bits) - 1)
        key = placed >> bits
    else:
        order = np.argsort(key)
        key = key[order]
    return _ties_settled(rows, key, order, there[2:])


def _ties_settled(rows: Rows, key: Array, order: Array, names: Sequence[str]) -> Array:
    """An order in which rows with the same key go by further columns."""
    same = np.flatnonzero(key[1:] == key[:-1])
    if not len(same) or not names:
        return order
    mask = np.zeros(len(key), bool)
    mask[same] = True
    mask[same + 1] = True
    places = np.flatnonzero(mask)
    some = order[places]
    columns = [rows[name][some] for name in reversed(names)]
    order[places] = some[np.lexsort([*columns, key[places]])]
    return order


def same_as_before(rows: Rows, names: Sequence[str]) -> Array:
    """Of every row, whether it is like the one before it in these columns."""
    count = len(rows["person"])
    same = np.ones(count, bool)
    same[:1] = False
    for name in names:
        for column in (rows.get(name), rows.get(f"{name}_text")):
            if column is not None:
                same[1:] &= column[1:] == column[:-1]
    return same


def person_numbers(rows: Rows) -> Array:
    """The number of each row's person, from 0, in rows that are in order."""
    return np.cumsum(~same_as_before(rows, ["person"])) - 1


def claim_starts(rows: Rows) -> Array:
    """The place of the first line of every claim, in rows that are in order."""
    return np.flatnonzero(~same_as_before(rows, ["person", "day", "claim"]))


def lines_in_order(lines: Array, keys: Sequence[Array]) -> Array:
    """An order of rows in which the lines of a claim go by `keys`; claims stay where they are.

    `lines` says at every first line how many lines the claim has, and 0 at the others.
    """
    order = np.arange(len(lines))
    places = np.flatnonzero(lines != 1)
    if len(places):
        claim = np.cumsum(lines[places] > 0)
        columns = [key[places] for key in reversed(keys)]
        order[places] = places[np.lexsort([*columns, claim])]
    return order
