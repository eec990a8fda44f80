"""Polars: lazy expressions with a running sum over each person, in whole fen."""

from __future__ import annotations

import polars as pl

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


def settled(data: Admissions, threads: int) -> Job:
    """The claims as a frame, in the order given; the result as columns of a frame.

    How many threads there are is set in the environment before Polars is imported.
    """
    assert pl.thread_pool_size() == threads
    columns = {"person": data.person, "tier": data.tier, "amount": data.amount}
    plan = _plan(pl.DataFrame(columns).lazy())

    def settle() -> Columns:
        columns: Columns = plan.collect().get_columns()
        return columns

    return Job(settle, len(data))


def _plan(claims: pl.LazyFrame) -> pl.LazyFrame:
    amount, high, low = pl.col("amount"), pl.col("high"), pl.col("low")
    one = (pl.min_horizontal(high, FIRST_EDGE) - low).clip(0)
    two = (pl.min_horizontal(high, SECOND_EDGE) - pl.max_horizontal(low, FIRST_EDGE)).clip(0)
    above = (high - pl.max_horizontal(low, SECOND_EDGE)).clip(0)
    whole = (
        pl.when(pl.col("person").is_first_distinct())
        .then(_by_tier(FIRST_DEDUCTIBLE))
        .otherwise(_by_tier(LATER_DEDUCTIBLE))
    )
    return (
        claims.with_columns(
            high=amount.cum_sum().over("person"), deductible=pl.min_horizontal(amount, whole)
        )
        .with_columns(low=high - amount + pl.col("deductible"))
        .with_columns(
            basic=(one * FIRST_RATE + two * SECOND_RATE + 50) // 100,
            large=(above * SECOND_RATE + 50) // 100,
        )
        .with_columns(share=amount - pl.col("basic") - pl.col("large"))
        .select("deductible", "basic", "large", "share")
    )


def _by_tier(deductible: tuple[int, ...]) -> pl.Expr:
    tier = pl.col("tier")
    one, two, three = (pl.lit(fen, pl.Int64) for fen in deductible[1:])
    return pl.when(tier == 1).then(one).when(tier == 2).then(two).otherwise(three)
