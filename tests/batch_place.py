"""A small population and its year of claims, for tests of whole tables."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from command import run

__all__ = ["POLICY", "claim", "one_row", "settled"]

POLICY = "changzhou/employee"


def settled(
    folder: Path, *more: str, claims: str = "claims.parquet", out: str = "s.parquet"
) -> str:
    """The hash of what a run writes."""
    status, _, err = run(
        "batch", "--policy", POLICY, "--claims", str(folder / claims),
        "--persons", str(folder / "persons.parquet"), "--out", str(folder / out), "--force", *more,
    )  # fmt: skip
    assert (status, err) == (0, "")
    return hashlib.sha256((folder / out).read_bytes()).hexdigest()


def one_row(**said: pa.Array) -> pa.Table:
    """Claims that are alike but for some columns."""
    count = max(len(column) for column in said.values())
    columns: dict[str, Any] = {
        "claim": list(range(count)), "person": [1] * count, "date": [date(2024, 3, 1)] * count,
        "setting": ["inpatient"] * count, "tier": ["tier_3"] * count,
        "category": ["active"] * count, **said,
    }  # fmt: skip
    if not {"total", "total_fen"} & set(said):
        columns.setdefault("in_scope_fen", [100] * count)
    return pa.table(columns)


def claim(**said: object) -> dict[str, list[object]]:
    """A claim of one line as columns of one row, all of it text."""
    row: dict[str, object] = {
        "claim": 1, "person": 1, "date": "2024-03-01", "setting": "inpatient", "tier": "tier_3",
        "category": "active", "in_scope": "1000.00", **said,
    }  # fmt: skip
    return {name: [value] for name, value in row.items()}
