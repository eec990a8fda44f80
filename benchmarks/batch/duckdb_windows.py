"""DuckDB: SQL with window functions over a table of its own, in whole fen."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from admissions import Admissions
from job import Columns, Job
from rules import (
    FIRST_DEDUCTIBLE,
    FIRST_EDGE,
    FIRST_RATE,
    LATER_DEDUCTIBLE,
    SECOND_EDGE,
    SECOND_RATE,
)

__all__ = ["settled"]

QUERY = f"""
with counted as (
    select id, tier, amount,
        row_number() over stays = 1 as first_stay,
        cast(sum(amount) over stays as bigint) as high
    from claims
    window stays as (partition by person order by id rows unbounded preceding)
), borne as (
    select id, amount, high,
        least(amount, case when first_stay
            then case tier when 1 then {FIRST_DEDUCTIBLE[1]}
                when 2 then {FIRST_DEDUCTIBLE[2]} else {FIRST_DEDUCTIBLE[3]} end
            else case tier when 1 then {LATER_DEDUCTIBLE[1]}
                when 2 then {LATER_DEDUCTIBLE[2]} else {LATER_DEDUCTIBLE[3]} end
        end)::bigint as deductible,
        high - amount + deductible as low
    from counted
), paid as (
    select id, amount, deductible,
        (greatest(least(high, {FIRST_EDGE}) - low, 0) * {FIRST_RATE}
            + greatest(least(high, {SECOND_EDGE}) - greatest(low, {FIRST_EDGE}), 0) * {SECOND_RATE}
            + 50) // 100 as basic,
        (greatest(high - greatest(low, {SECOND_EDGE}), 0) * {SECOND_RATE} + 50) // 100 as large
    from borne
)
select deductible, basic, large, amount - basic - large as person from paid order by id
"""


def settled(data: Admissions, threads: int) -> Job:
    """The claims as a table in memory, in the order given; the result as Arrow columns."""
    base = duckdb.connect(config={"threads": threads})
    columns = {"person": data.person, "tier": data.tier, "amount": data.amount}
    given = pa.table({"id": np.arange(len(data), dtype=np.int32), **columns})
    base.register("given", given)
    base.execute("create table claims as select * from given")
    base.unregister("given")

    def settle() -> Columns:
        columns: Columns = base.sql(QUERY).to_arrow_table().columns
        return columns

    return Job(settle, len(data))
