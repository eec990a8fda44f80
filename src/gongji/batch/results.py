"""What came of claims as tables: settled ones with who pays what, rejected ones with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gongji.batch.arrays import Array, day_array, text_array, whole_array
from gongji.batch.claims import Claims, Rejected
from gongji.batch.refusals import Why, words_of
from gongji.batch.regimes import Options, Regimes
from gongji.batch.rows import Rows
from gongji.batch.settling import Outcome
from gongji.kernel.draft import word
from gongji.kernel.layout import layout_of
from gongji.kernel.program import PARTS
from gongji.policy.model import Policy
from gongji.policy.walk import causes_of, funds_of

__all__ = ["REJECTS", "Form", "rejects_table"]

REJECTS = pa.schema([
    ("row", pa.int64()),
    ("claim", pa.string()),
    ("person", pa.string()),
    ("reason", pa.string()),
    ("about", pa.string()),
    ("message_zh", pa.string()),
    ("message_en", pa.string()),
])  # fmt: skip
"""The columns of the rejects file; `row` counts the rows of the input from 1."""

_OF_IDS = ("missing_value", "bad_number", "unknown_value")
"""Reasons of rows whose ids cannot be read; they come before all others, the claim's first."""


class Form(NamedTuple):
    """The columns of the settled table, and how ids are written."""

    schema: pa.Schema
    outputs: tuple[str, ...]
    account_stated: bool

    @classmethod
    def of(cls, regimes: Regimes, options: Options, *, claim_text: bool, person_text: bool) -> Form:
        """The form for some regimes: every fund of every version has its column."""
        policies = [regime.policy for regime in regimes.list]
        funds = dict.fromkeys(fund for policy in policies for fund in funds_of(policy))
        outputs = [*(f"pay_{fund}" for fund in funds), "person", "account"]
        names = [f"paid_{fund}_fen" for fund in funds] + ["person_fen", "account_fen"]
        more: list[tuple[str, str]] = []
        if options.causes:
            causes = dict.fromkeys(cause for policy in policies for cause in causes_of(policy))
            more += [(f"imposed_{word(one)}", f"imposed_{word(one)}_fen") for one in causes]
        if options.steps:
            more.append(("stations", "stations"))
            if any(layout_of(policy).account for policy in policies):
                more.append(("balance_before", "account_before_fen"))
            meters = dict.fromkeys(
                name
                for policy in policies
                for name, meter in policy.meters.items()
                if meter.window != "visit"
            )
            more += [(f"before_{name}", f"before_{name}") for name in meters]
        schema = pa.schema([
            ("claim", pa.string() if claim_text else pa.int64()),
            ("person", pa.string() if person_text else pa.int64()),
            ("date", pa.date32()),
            ("total_fen", pa.int64()),
            *((name, pa.int64()) for name in names),
            ("cash_fen", pa.int64()),
            *((name, pa.int64()) for _, name in more),
        ])  # fmt: skip
        stated = all(one.account_mark is None or one.no_account for one in policies)
        return cls(schema, (*outputs, *(name for name, _ in more)), stated)

    def table(self, claims: Claims, outcome: Outcome) -> pa.Table:
        """The settled claims of a bucket."""
        at = np.flatnonzero((claims.lines > 0) & (outcome.why == 0))
        rows = claims.rows
        parts = [rows[f"a_{part}"] for part in PARTS if f"a_{part}" in rows]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        starts = np.flatnonzero(claims.lines)
        if len(starts) < claims.size:
            summed = np.zeros(claims.size, np.int64)
            summed[starts] = np.add.reduceat(total, starts)
            total = summed
        nothing = np.zeros(claims.size, np.int64)
        values = {name: outcome.values.get(name, nothing)[at] for name in self.outputs}
        columns = [
            _ids(rows, "claim", at),
            _ids(rows, "person", at),
            day_array(rows["day"][at]),
            whole_array(total[at]),
        ]
        for name in self.outputs:
            columns.append(self._money(values[name], name))
            if name == "account":
                columns.append(self._money(values["person"] - values["account"], name))
        return pa.Table.from_arrays(columns, schema=self.schema)

    def _money(self, column: Array, name: str) -> pa.Array:
        if name == "account" and not self.account_stated:
            return pa.nulls(len(column), pa.int64())
        return whole_array(column)


def _ids(rows: Rows, name: str, at: Array) -> pa.Array:
    text = rows.get(f"{name}_text")
    if text is None:
        return whole_array(rows[name][at])
    return text_array(text[at])


def _ids_told(one: Rejected, name: str, reasons: Sequence[Why]) -> pa.Array:
    """The ids of rejected rows as text, null where there is none or it could not be read."""
    about = np.array([why.about if why.kind in _OF_IDS else "" for why in reasons])[one.why]
    unread = about == name
    if name == "person":  # of which nothing is told where the claim's id is none either
        unread |= (about == "claim") & (one.rows["person"] == 0)
    ids = _ids(one.rows, name, np.arange(len(unread))).cast(pa.string())
    return pc.if_else(whole_array(unread.view(np.int8)).cast(pa.bool_()), None, ids)


def rejects_table(
    rejected: Sequence[Rejected], reasons: Sequence[Why], policy: Policy | None
) -> pa.Table:
    """The rejected rows by their number, with the reason in words."""
    parts = []
    words = [words_of(why, policy) for why in reasons]
    for one in rejected:
        codes = whole_array(one.why)

        def said(texts: list[str], codes: pa.Array = codes) -> pa.Array:
            return pc.take(text_array(np.array([text.encode() for text in texts])), codes)

        parts.append(
            pa.Table.from_arrays(
                [
                    whole_array(one.rows["row"].astype(np.int64, copy=False)),
                    _ids_told(one, "claim", reasons),
                    _ids_told(one, "person", reasons),
                    said([why.kind for why in reasons]),
                    said([why.about for why in reasons]),
                    said([one.zh for one in words]),
                    said([one.en for one in words]),
                ],
                schema=REJECTS,
            )
        )
    if not parts:
        return pa.Table.from_batches([], schema=REJECTS)
    return pa.concat_tables(parts).sort_by("row")
