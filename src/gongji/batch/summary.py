"""What a run came to: rows in, settled and rejected, and money by fund, setting and tier."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from gongji.batch.arrays import raw_of
from gongji.batch.claims import Claims
from gongji.batch.settling import Outcome

__all__ = ["Summary"]

_BY = ("setting", "tier")


@dataclass
class Summary:
    """Totals of a run; `rows` in the input are `settled_rows` and the rows of the rejects.

    `money` maps the values of setting and tier (empty where the policy has none) to fen by column
    of the settled table, `claims` among them as a count; `reasons` counts rejected rows.
    """

    rows: int = 0
    settled_rows: int = 0
    rejected_rows: int = 0
    milliseconds: int = 0
    money: dict[tuple[str, ...], Counter[str]] = field(default_factory=dict)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(
        self, table: pa.Table, claims: Claims, outcome: Outcome, values: dict[str, list[str]]
    ) -> None:
        """Add the settled claims of a bucket; `values` are the names behind codes."""
        at = np.flatnonzero((claims.lines > 0) & (outcome.why == 0))
        by = [name for name in _BY if name in values and f"c_{name}" in claims.rows]
        code = np.zeros(len(at), np.int64)
        for name in by:
            code = code * (len(values[name]) + 1) + claims.rows[f"c_{name}"][at] + 1
        order = np.argsort(code.astype(np.int16), kind="stable")
        kinds, starts = np.unique(code[order], return_index=True)
        columns = [name for name in table.column_names if name.endswith("_fen")]
        columns = [
            name
            for name in columns
            if not name.startswith(("imposed_", "before_")) and not table[name].null_count
        ]
        sums: dict[str, list[int]] = {
            name: np.add.reduceat(raw_of(table[name].chunk(0))[order], starts).tolist()
            for name in columns
            if len(starts)
        }
        counts = np.diff(starts, append=len(order)).tolist()
        for place, kind in enumerate(kinds.tolist()):
            key = []
            rest = kind
            for name in reversed(by):
                rest, one = divmod(rest, len(values[name]) + 1)
                key.append(values[name][one - 1] if one else "")
            totals = self.money.setdefault(tuple(reversed(key)), Counter())
            totals["claims"] += counts[place]
            for name, column in sums.items():
                totals[name] += column[place]

    @property
    def total(self) -> Counter[str]:
        """All money together."""
        every: Counter[str] = Counter()
        for one in self.money.values():
            every.update(one)
        return every
