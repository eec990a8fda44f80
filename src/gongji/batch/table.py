"""Tables in, tables out: the batch for programs, on Arrow, Polars or pandas."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow as pa

from gongji.batch.given import GivenVersions
from gongji.batch.regimes import Options
from gongji.batch.results import rejects_table
from gongji.batch.run import Job, run_batch
from gongji.batch.sources import as_arrow
from gongji.batch.summary import Summary
from gongji.engine.amounts import Raw
from gongji.engine.parameters import read_parameters
from gongji.policy.model import Policy
from gongji.policy.versions import Library

__all__ = ["Settled", "settle_table", "settle_tables"]


_PLAIN = Options()


class Settled(NamedTuple):
    """Settled claims, rejected rows with their reasons, and the totals."""

    table: pa.Table
    rejects: pa.Table
    summary: Summary


def settle_table(
    policy: Policy | str,
    persons: Any,
    claims: Any,
    parameters: Mapping[str, Raw] | None = None,
) -> pa.Table:
    """Settle a table of claims: a row for each claim, by person and in the order of settlement.

    Amounts are whole fen.  Rejected rows stand at the end, with `reason` and without amounts;
    `reason` is null where a claim is settled.  `docs/batch.md` describes the columns.
    """
    settled = settle_tables(policy, persons, claims, parameters)
    return _with_reasons(settled)


def settle_tables(
    policy: Policy | str,
    persons: Any,
    claims: Any,
    parameters: Mapping[str, Raw] | None = None,
    *,
    options: Options = _PLAIN,
    ignore: Collection[str] = (),
    threads: int = 1,
    library: Library | None = None,
) -> Settled:
    """Settle a table of claims; `persons` may be None where claims say all.

    `policy` is the id of a policy, of which the version in force on each day is used, or one
    version.  Raises `Refused` for tables that are not what they should be.
    """
    library = GivenVersions([policy]) if isinstance(policy, Policy) else library or Library()
    name = policy.id if isinstance(policy, Policy) else policy
    latest = library.versions(name)[-1].in_force.first
    read = read_parameters(
        library.policy(f"{name.partition('@')[0]}@{latest}", latest), parameters or {}
    )
    job = Job(
        library, name, as_arrow(claims, "claims"),
        None if persons is None else as_arrow(persons, "persons"),
        read, options, ignore, threads,
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        run = run_batch(job, Path(folder))
        pieces = list(run.pieces)
    tables = [piece.table for piece in pieces]
    table = pa.concat_tables(tables) if tables else run.form.schema.empty_table()
    rejected = [piece.rejected for piece in pieces if len(piece.rejected.why)]
    return Settled(table, rejects_table(rejected, run.reasons, run.policy), run.summary)


def _with_reasons(settled: Settled) -> pa.Table:
    table = settled.table.append_column("reason", pa.nulls(settled.table.num_rows, pa.string()))
    rejects = settled.rejects
    if not rejects.num_rows:
        return table
    columns = []
    for field in table.schema:
        if field.name in ("claim", "person"):
            columns.append(rejects[field.name].cast(field.type))
        elif field.name == "reason":
            columns.append(rejects["message_en"])
        else:
            columns.append(pa.nulls(rejects.num_rows, field.type))
    return pa.concat_tables([table, pa.Table.from_arrays(columns, schema=table.schema)])
