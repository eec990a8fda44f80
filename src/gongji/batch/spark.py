"""Batch on a Spark cluster: the kernel in its workers, all claims of a person in one partition.

    settled = settle(claims, persons, "city/scheme")      # data frames of Spark
    settled.write.parquet("settled")

What comes out is what one machine would give, whatever the partitions; `docs/spark.md` says how to
run it.  Spark itself is imported when it is used: `pip install 'gongji[spark]'`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from gongji.batch.claims import shared_facts
from gongji.batch.columns import check_ignored, claim_columns, facts_of, person_columns
from gongji.batch.part import REASONS, Order, code_digest, day_numbers, form_of, settle_part
from gongji.batch.refusals import wrong_type
from gongji.batch.regimes import Options
from gongji.batch.run import all_versions, needed
from gongji.engine.amounts import Raw
from gongji.engine.parameters import read_parameters
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType, StructType

__all__ = ["rejects_of", "settle", "settled_of"]

_PLAIN = Options()

_FEW = 200_000
"""So many ids that stand twice are sent to all workers; more are joined."""


def settle(
    claims: DataFrame,
    persons: DataFrame | None,
    policy: Policy | str,
    parameters: Mapping[str, Raw] | None = None,
    *,
    options: Options = _PLAIN,
    ignore: Collection[str] = (),
    library: Library | None = None,
    partitions: int | None = None,
) -> DataFrame:
    """Settle claims; a row for each claim that is settled, and for each row that is rejected.

    `policy`, `parameters`, `options`, `ignore` and `library` are those of `settle_tables`; the
    library is needed where this is called, not in the workers.  `partitions` are as many as the
    session's `spark.sql.shuffle.partitions` unless they are said; one is in memory at a time in
    every worker.  Amounts are whole fen.  In rejected rows they are null, and `reason`, `about`
    and the messages say why; `line` is there where the claims have it.

    Raises `Refused` before any work for tables that are not what they should be.  Looks at the
    claims twice then, for their days and for ids that come twice; the rest waits until the data
    frame is used.
    """
    if isinstance(policy, Policy):
        versions, name = [policy], policy.id
    else:
        versions, name = all_versions(library or Library(), policy), policy
    read = read_parameters(versions[-1], parameters or {})
    check_ignored(ignore, [_schema(one) for one in (claims, persons) if one is not None])
    claims, claim_schema = _checked(claims, versions, ignore, "claims", alone=persons is None)
    person_schema = None
    if persons is not None:
        persons, person_schema = _checked(persons, versions, ignore, "persons")
        _check_same_kind(claim_schema, person_schema)
    order = Order(
        versions, name, read, _days(claims), claim_schema, person_schema, options,
        frozenset(ignore),
    )  # fmt: skip
    regimes = order.regimes()
    placed = _placed(claims, persons, shared_facts(versions), partitions)
    work = partial(_settle_batches, packed=order.packed(), code=code_digest())
    return placed.mapInArrow(work, _spark_schema(form_of(order, regimes)))


def settled_of(every: DataFrame) -> DataFrame:
    """The settled claims of what `settle` gave, with the columns of a settled table."""
    more = ("line", *REASONS)
    return every.where("reason IS NULL").drop(*(name for name in more if name in every.columns))


def rejects_of(every: DataFrame) -> DataFrame:
    """The rejected rows of what `settle` gave, by claim, person and line, with the reason."""
    line = ["line"] if "line" in every.columns else []
    return every.where("reason IS NOT NULL").select("claim", "person", *line, *REASONS)


def _settle_batches(
    batches: Iterator[pa.RecordBatch], packed: bytes, code: str
) -> Iterator[pa.RecordBatch]:
    for table in settle_part(batches, packed, code):
        yield from table.to_batches()


# --- tables ------------------------------------------------------------------------------------


def _checked(
    table: DataFrame,
    versions: list[Policy],
    ignore: Collection[str],
    name: str,
    *,
    alone: bool = False,
) -> tuple[DataFrame, pa.Schema]:
    """A table's columns that are read, and their types in Arrow.  Raises `Refused`."""
    from pyspark.sql import functions as F  # noqa: N812 - as everyone does
    from pyspark.sql.types import TimestampNTZType, TimestampType

    schema = _schema(table)
    facts = facts_of(versions)
    if name == "persons":
        columns = person_columns(schema, facts, name, ignore)
    else:
        columns = claim_columns(schema, facts, name, ignore, with_persons=not alone)
    read = needed(columns, versions).names
    chosen: list[Column] = []
    for field in table.schema:
        if field.name not in read:
            continue
        column = F.col(f"`{field.name}`")
        if isinstance(field.dataType, TimestampType):
            expected = Bilingual(
                "日期：时刻是哪一天取决于时区，先转换为 date",
                "dates: the day of an instant depends on the time zone, cast it to date",
            )
            raise wrong_type(name, field.name, field.dataType.simpleString(), expected)
        if isinstance(field.dataType, TimestampNTZType):
            column = F.to_date(column).alias(field.name)
        chosen.append(column)
    table = table.select(*chosen)
    return table, _schema(table)


def _schema(table: DataFrame) -> pa.Schema:
    """The names and types of a table's columns, in Arrow."""
    return pa.schema([(field.name, _arrow_type(field.dataType)) for field in table.schema])


def _arrow_type(kind: DataType) -> pa.DataType:
    """A type of Spark in Arrow; what no column here can be, as an empty record."""
    from pyspark.sql import types as T  # noqa: N812
    from pyspark.sql.pandas.types import to_arrow_type

    if isinstance(kind, T.TimestampType):
        return pa.timestamp("us", "UTC")
    plain = (
        T.StringType, T.IntegralType, T.FractionalType, T.BooleanType, T.DateType,
        T.TimestampNTZType, T.NullType,
    )  # fmt: skip
    inner = kind.elementType if isinstance(kind, T.ArrayType) else kind
    return to_arrow_type(kind) if isinstance(inner, plain) else pa.struct([])


def _spark_schema(schema: pa.Schema) -> StructType:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def _check_same_kind(claims: pa.Schema, persons: pa.Schema) -> None:
    """Refuse ids of persons that are numbers in one table and text in the other."""
    one, other = claims.field("person").type, persons.field("person").type
    if pa.types.is_integer(one) != pa.types.is_integer(other):
        expected = Bilingual(f"与 claims 中的一样，{one}", f"the same as in claims, {one}")
        raise wrong_type("persons", "person", other, expected)


# --- what has to be known of all claims --------------------------------------------------------


def _days(claims: DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The numbers of all days that claims have."""
    dated = claims.select("date").distinct().mapInArrow(_numbered_days, "date bigint")
    found = [row[0] for row in dated.distinct().collect() if row[0] is not None]
    return np.array(sorted(found), np.int64)


def _numbered_days(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        names = batch.schema.names
        columns = [day_numbers(batch[name]) if name == "date" else batch[name] for name in names]
        yield pa.RecordBatch.from_arrays(columns, names=names)


def _marked(claims: DataFrame) -> DataFrame:
    """Claims as records, with `twice`: whether the id stands again, or names another visit."""
    from pyspark.sql import functions as F  # noqa: N812

    records = claims.select(_record(claims).alias("claim"))
    twice = _ids_twice(claims)
    found = twice.limit(_FEW + 1).toArrow()
    if not found.num_rows:
        return records.withColumn("twice", F.lit(False))
    if found.num_rows <= _FEW:
        twice = F.broadcast(claims.sparkSession.createDataFrame(found))
    joined = records.join(twice, F.col("claim.claim") == F.col("again"), "left")
    return joined.select("claim", F.col("again").isNotNull().alias("twice"))


def _record(table: DataFrame) -> Column:
    from pyspark.sql import functions as F  # noqa: N812

    return F.struct(*(F.col(f"`{name}`") for name in table.columns))


def _ids_twice(claims: DataFrame) -> DataFrame:
    """The ids that stand in more than one row, or with `line` in rows of different visits."""
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.types import LongType, StructField, StructType

    said = claims.where("claim IS NOT NULL AND CAST(claim AS STRING) != ''")
    if "line" not in claims.columns:
        counted = said.groupBy("claim").agg(F.count(F.lit(1)).alias("rows"))
        return counted.where("rows > 1").select(F.col("claim").alias("again"))
    visits = said.select("claim", "person", "date")
    if dict(visits.dtypes)["date"] == "string":
        ids = [visits.schema["claim"], visits.schema["person"]]
        days = StructType([*ids, StructField("date", LongType())])
        visits = visits.mapInArrow(_numbered_days, days)
    visit = F.struct("person", "date")
    spread = visits.groupBy("claim").agg(F.min(visit).alias("one"), F.max(visit).alias("other"))
    return spread.where("NOT one <=> other").select(F.col("claim").alias("again"))


# --- who goes where ----------------------------------------------------------------------------


def _placed(
    claims: DataFrame, persons: DataFrame | None, shared: Sequence[str], partitions: int | None
) -> DataFrame:
    """Claims and persons as records in one table, parted by person, or by who shares a meter."""
    from pyspark.sql import functions as F  # noqa: N812

    homes = _homes(claims, persons, shared) if shared else None

    def keyed(records: DataFrame, name: str) -> DataFrame:
        person = F.col(f"{name}.person").cast("string")
        if homes is None:
            return records.withColumn("key", person)
        joined = records.join(homes, person == F.col("member"), "left")
        return joined.withColumn("key", F.coalesce("home", person)).drop("member", "home")

    rows = keyed(_marked(claims), "claim")
    if persons is not None:
        records = persons.select(_record(persons).alias("person"))
        rows = rows.unionByName(keyed(records, "person"), allowMissingColumns=True)
    if partitions is None:
        return rows.repartition("key").drop("key")
    return rows.repartition(partitions, "key").drop("key")


def _homes(claims: DataFrame, persons: DataFrame | None, shared: Sequence[str]) -> DataFrame:
    """Of every `member` who shares something with others, the `home` of all who do, step by step.

    Whoever is of one household, by any of the shared facts, gets the same home: the least name
    of what they share, and so do those whom they share something else with.
    """
    from pyspark.sql import functions as F  # noqa: N812

    links = None
    for table in (claims, persons):
        for name in shared:
            if table is None or name not in table.columns:
                continue
            what = F.concat(F.lit(f"{name} "), F.col(f"`{name}`").cast("string"))
            said = table.where(F.col(f"`{name}`").cast("string") != "")
            mine = said.select(F.col("person").cast("string").alias("member"), what.alias("what"))
            links = mine if links is None else links.union(mine)
    if links is None:
        return claims.select(F.lit("").alias("member"), F.lit("").alias("home")).limit(0)
    links = links.where("member IS NOT NULL").distinct().persist()
    homes = links.groupBy("member").agg(F.min("what").alias("home"))
    while True:
        least = links.join(homes, "member").groupBy("what").agg(F.min("home").alias("least"))
        nearer = links.join(least, "what").groupBy("member").agg(F.min("least").alias("home"))
        nearer = nearer.persist()
        before = homes.withColumnRenamed("home", "before")
        if not nearer.join(before, "member").where("home != before").head(1):
            return nearer
        homes = nearer
