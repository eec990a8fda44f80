"""How batches of claims and of persons become coded columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from gongji.batch.arrays import Array, texts_of
from gongji.batch.columns import Columns
from gongji.batch.ids import Ids, ids_of
from gongji.batch.refusals import Why
from gongji.batch.rows import Rows, narrowed, taken
from gongji.batch.values import Problems, codes_of, days_of, fen_of, reasons_of, trimmed, whole_of
from gongji.engine.bill import IN_SCOPE
from gongji.engine.inputs import ACCOUNT_BALANCE
from gongji.kernel.layout import MISSING, width_of
from gongji.policy.model import OUT_OF_SCOPE, Fact, Policy

__all__ = ["NO_REASON", "Coder"]

NO_REASON = Why("", "")


class Coder(NamedTuple):
    """How the batches of a table are coded; `reasons` are those for which a row cannot be."""

    policy: Policy
    facts: dict[str, Fact]
    columns: Columns
    reasons: list[Why]
    ids: Ids

    @classmethod
    def of(
        cls,
        policy: Policy,
        facts: dict[str, Fact],
        columns: Columns,
        more: Sequence[Why],
        ids: Ids,
    ) -> Coder:
        """A coder, with further reasons that are found later."""
        names = [*columns.names, *columns.facts]
        reasons = [NO_REASON, *more, Why("missing_amount"), Why("parts_exceed_total")]
        reasons += [why for why in reasons_of(names) if why not in reasons]
        return cls(policy, facts, columns, reasons, ids)

    def claims(self, batch: pa.RecordBatch, first_row: int) -> Rows:
        """A batch of claims: ids, day, amounts, facts, and the number of the row in the input."""
        problems = Problems(self.reasons, batch.num_rows)
        rows = self._ids(batch, problems, ("claim", "person"))
        days = days_of(batch["date"], problems, "date")
        missing = days == MISSING
        problems.note(missing, Why("missing_value", "date"))
        rows["day"] = np.where(missing, 0, days).astype(np.int32)
        rows["row"] = np.arange(first_row, first_row + batch.num_rows, dtype=np.int64)
        for name in ("line", "sequence"):
            if getattr(self.columns, name):
                rows[name] = whole_of(batch[name], problems, name)
        rows |= self._parts(batch, problems)
        rows |= self._facts(batch, problems)
        rows["problem"] = problems.found
        return narrowed(rows)

    def persons(self, batch: pa.RecordBatch) -> Rows:
        """A batch of persons: id, first day, facts, balance of the account."""
        problems = Problems(self.reasons, batch.num_rows)
        rows = self._ids(batch, problems, ("person",))
        nobody = problems.found > 0
        rows["since"] = np.zeros(batch.num_rows, np.int64)
        if self.columns.since:
            since = days_of(batch["since"], problems, "since")
            rows["since"] = np.where(since == MISSING, 0, since)
        rows["balance"] = np.zeros(batch.num_rows, np.int64)
        if ACCOUNT_BALANCE in self.columns.money:
            name = self.columns.money[ACCOUNT_BALANCE]
            fen = fen_of(batch[name], problems, name)
            rows["balance"] = np.where(fen == MISSING, 0, fen)
        rows |= self._facts(batch, problems)
        rows["problem"] = problems.found
        return taken(rows, np.flatnonzero(~nobody)) if nobody.any() else rows

    def _ids(self, batch: pa.RecordBatch, problems: Problems, names: Sequence[str]) -> Rows:
        rows: Rows = {}
        for name in names:
            form = self.ids.person if name == "person" else self.ids.claim
            rows[name], text = ids_of(batch[name], problems, name, form)
            if text is not None:
                rows[f"{name}_text"] = text
        return rows

    def _facts(self, batch: pa.RecordBatch, problems: Problems) -> Rows:
        rows: Rows = {}
        for name, column in self.columns.facts.items():
            fact = self.facts[name]
            rows[f"c_{name}"] = codes_of(
                batch[column], self.policy, fact, problems, column, f"i{width_of(fact) // 8}"
            )
            if fact.kind == "text":
                rows[f"t_{name}"] = texts_of(trimmed(batch[column]))
        return rows

    def _parts(self, batch: pa.RecordBatch, problems: Problems) -> Rows:
        """The parts of a bill in fen, as `engine.amounts.read_parts` reads them."""
        fen = {
            name: fen_of(batch[column], problems, column)
            for name, column in self.columns.money.items()
        }
        count = batch.num_rows
        said = {name: column != MISSING for name, column in fen.items()}
        nowhere = np.zeros(count, bool)
        has_total, has_scope = said.get("total", nowhere), said.get(IN_SCOPE, nowhere)
        problems.note(~(has_total | has_scope), Why("missing_amount"))
        stated = {name: _or_nothing(column, said[name]) for name, column in fen.items()}
        parts = {name: stated[name] for name in (IN_SCOPE, *OUT_OF_SCOPE) if name in fen}
        if "total" in fen:
            rest = stated["total"] - sum(parts.values(), start=np.zeros(count, np.int64))
            rest = _or_nothing(rest, has_total)
            problems.note(rest < 0, Why("parts_exceed_total"))
            if IN_SCOPE in fen:
                out = parts.get("out_of_catalogue", np.zeros(count, np.int64))
                parts["out_of_catalogue"] = np.where(has_scope, out + rest, out)
                rest = np.where(has_scope, parts[IN_SCOPE], rest)
            parts[IN_SCOPE] = rest
        return {f"a_{name}": column for name, column in parts.items()}


def _or_nothing(fen: Array, said: Array) -> Array:
    """Amounts, 0 where nothing is said."""
    return fen if said.all() else np.where(said, fen, 0)
