"""Coded columns of one length, by name: some of them, several after each other, narrow and wide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gongji.batch.arrays import Array

__all__ = ["Rows", "joined", "narrowed", "taken", "widened"]

Rows = dict[str, Array]
"""Coded columns by name, all of one length."""

_LEAST, _MOST = -(2**31), 2**31 - 1


def taken(rows: Rows, places: Array) -> Rows:
    """Some of the rows, in the order of `places`."""
    return {name: column[places] for name, column in rows.items()}


def joined(parts: Sequence[Rows]) -> Rows:
    """Rows one after the other; all parts have the same columns."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def narrowed(rows: Rows) -> Rows:
    """The same rows, amounts and numbers of rows in half the room where they fit into it."""
    found = dict(rows)
    for name, column in rows.items():
        if not len(column) or not (name in ("row", "line") or name.startswith("a_")):
            continue
        if column.min() > _LEAST and column.max() < _MOST:
            found[name] = column.astype(np.int32)
    return found


def widened(rows: Rows) -> Rows:
    """The same rows with amounts as the kernel wants them."""
    return {
        name: column.astype(np.int64, copy=False) if name.startswith("a_") else column
        for name, column in rows.items()
    }
