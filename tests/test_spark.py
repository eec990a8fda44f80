"""Batch on Spark against batch on one machine: the same to the fen, however the rows are parted."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from command import run
from gongji.batch import part, spark
from gongji.batch.regimes import Options
from gongji.batch.table import settle_tables
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused
from spark_session import local_spark
from wild import wild_tables

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.xdist_group("spark")  # one session for all

REASONS = ["reason", "about", "message_zh", "message_en"]
PYTHON = Options(by="python")  # small tables are done before a program would be compiled
IN_FULL = Options(causes=True, steps=True, by="python")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with local_spark(tmp_path_factory.mktemp("spark")) as started:
        yield started


def tables(policy_id: str, day: date, persons: int, library: Library) -> tuple[pa.Table, pa.Table]:
    return wild_tables(library.policy(policy_id, day), persons, seed=persons)


def without_lines(claims: pa.Table) -> pa.Table:
    return claims.filter(pc.equal(claims["line"], 0)).drop_columns(["line"])


def as_text(table: pa.Table) -> pa.Table:
    return pa.table({
        name: column if pa.types.is_string(column.type) else column.cast(pa.string())
        for name, column in zip(table.column_names, table.columns, strict=True)
    })  # fmt: skip


def with_rows(table: pa.Table, *changes: dict[str, object]) -> pa.Table:
    """A table with copies of its rows 0, 1, 2 ... that differ in something."""
    rows = [{**row, **change} for row, change in zip(table.to_pylist(), changes, strict=False)]
    return pa.concat_tables([table, pa.Table.from_pylist(rows, schema=table.schema)])


def in_order(table: pa.Table) -> pa.Table:
    return table.combine_chunks().sort_by([(name, "ascending") for name in table.column_names])


def agree(
    session: SparkSession,
    persons: pa.Table | None,
    claims: pa.Table,
    policy: str,
    partitions: int | None = None,
    options: Options = PYTHON,
    **more: Any,
) -> tuple[pa.Table, pa.Table]:
    """Settle on Spark and on this machine, compare every row, give what was settled and not."""
    one = settle_tables(policy, persons, claims, options=options, **more)
    of_persons = None if persons is None else session.createDataFrame(persons)
    frame = session.createDataFrame(claims)
    every = spark.settle(
        frame, of_persons, policy, partitions=partitions, options=options, **more
    ).persist()
    settled, rejects = spark.settled_of(every).toArrow(), spark.rejects_of(every).toArrow()
    every.unpersist()
    assert settled.column_names == one.table.column_names
    assert in_order(settled).equals(in_order(one.table.cast(settled.schema)))
    ids = [name for name in ("claim", "person", "line") if name in claims.column_names]
    expected = claims.select(ids).take(pc.subtract(one.rejects["row"], 1))
    for name in REASONS:
        expected = expected.append_column(name, one.rejects[name])
    assert in_order(rejects).equals(in_order(expected.cast(rejects.schema)))
    assert settled.num_rows
    return settled, rejects


@pytest.mark.parametrize(
    ("policy", "partitions", "options"),
    [
        ("changzhou/employee", 1, Options()),
        ("changzhou/employee", 5, Options()),
        ("yuxi/employee", None, IN_FULL),
    ],
)
def test_as_on_one_machine(
    policy: str, partitions: int | None, options: Options, session: SparkSession, library: Library
) -> None:
    persons, claims = tables(policy, date(2024, 1, 1), 200, library)
    _, rejects = agree(session, persons, claims, policy, partitions, options)
    assert rejects.num_rows


def test_versions_that_not_every_partition_meets(session: SparkSession, library: Library) -> None:
    persons, claims = tables("changzhou/student", date(2023, 9, 1), 40, library)
    _, later = tables("changzhou/student", date(2024, 1, 1), 40, library)
    later = later.set_column(0, "claim", pc.add(later["claim"], 1_000_000))
    both = pa.concat_tables([claims, later], promote_options="default")
    both = with_rows(both, {"claim": 1, "date": date(2020, 1, 1)})
    _, rejects = agree(session, persons, both, "changzhou/student", 6)
    assert "out_of_force" in rejects["reason"].to_pylist()


@pytest.mark.parametrize("partitions", [1, 4])
def test_who_shares_a_meter_is_in_one_partition(partitions: int, session: SparkSession) -> None:
    library = Library((BUILT_IN, ROOT / "examples" / "policies"))
    persons, claims = tables("baihe/resident", date(2025, 3, 1), 60, library)
    agree(session, persons, claims, "baihe/resident", partitions, library=library)


def test_homes_are_linked_by_whatever_is_shared(session: SparkSession) -> None:
    rows = [(1, "a", "x"), (2, "b", "x"), (3, "b", "y"), (4, "c", "z"), (5, "", None), (6, "c", "")]
    table = session.createDataFrame(rows, "person int, household string, company string")
    found = spark._homes(table, None, ["household", "company"]).collect()
    homes = {row["member"]: row["home"] for row in found}
    assert homes["1"] == homes["2"] == homes["3"] != homes["4"] == homes["6"]
    assert "5" not in homes


def test_text_throughout_as_of_a_csv_file(session: SparkSession, library: Library) -> None:
    persons, claims = tables("yuxi/employee", date(2024, 1, 1), 50, library)
    named = as_text(claims).to_pylist()
    for place, row in enumerate(named):
        row |= {"claim": f"单据{row['claim']}", "person": f"参保人{row['person']}"}
        if place % 7 == 0:
            row["date"] = f" {row['date']} "
    claims = with_rows(
        pa.Table.from_pylist(named),
        {"line": "90", "person": "参保人49"},
        {"line": "91", "date": "2024-13-01"},
        {"line": "92", "date": "2024-12-31"},
        {"claim": ""},
        {"claim": None},
        {"claim": "单\0"},
        {"claim": "单\0"},
        {"claim": "无此人", "person": "无此人"},
        {"claim": "无人", "person": None},
    )
    people = [{**row, "person": f"参保人{row['person']}"} for row in as_text(persons).to_pylist()]
    people.append(dict(people[3]))
    _, rejects = agree(session, pa.Table.from_pylist(people), claims, "yuxi/employee", 4)
    found = set(rejects["reason"].to_pylist())
    assert {"lines_differ", "bad_date", "missing_value", "unknown_person", "person_twice"} <= found
    assert "unknown_value" in found


def test_ids_that_stand_twice_are_found_across_partitions(
    session: SparkSession, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    persons, claims = tables("changzhou/employee", date(2024, 1, 1), 60, library)
    claims = without_lines(claims)
    claims = claims.set_column(0, "claim", claims["claim"].cast(pa.int32()))
    others = [{"person": (person + 30) % 60} for person in claims["person"].to_pylist()[:40]]
    claims = with_rows(claims, *others, {"claim": None}, {"claim": None})
    _, rejects = agree(session, persons, claims, "changzhou/employee", 8)
    twice = rejects.filter(pc.equal(rejects["reason"], "claim_twice"))
    assert twice.num_rows > 60
    monkeypatch.setattr(spark, "_FEW", 3)  # as when there are too many to be sent to all
    assert agree(session, persons, claims, "changzhou/employee", 8)[1].num_rows == rejects.num_rows


def test_claims_that_say_all_need_no_persons(session: SparkSession, library: Library) -> None:
    persons, claims = tables("changzhou/employee", date(2024, 1, 1), 40, library)
    claims = claims.join(persons.drop_columns(["account_balance_fen"]), "person")
    agree(session, None, claims, "changzhou/employee", 3)


def test_persons_by_day_and_columns_that_are_left_out(
    session: SparkSession, library: Library
) -> None:
    persons, claims = tables("changzhou/employee", date(2024, 1, 1), 40, library)
    rows = persons.to_pylist()
    later = [{**row, "since": date(2024, 6, 1), "category": "retired"} for row in rows[:30]]
    early = [{**row, "since": None} for row in rows[:20]]
    schema = persons.schema.append(pa.field("since", pa.date32()))
    known = pa.Table.from_pylist([*early, *later], schema=schema)
    claims = claims.append_column("note", pa.array(range(claims.num_rows)).cast(pa.float64()))
    _, rejects = agree(session, known, claims, "changzhou/employee", 3, ignore=["note"])
    assert {"not_yet", "unknown_person"} <= set(rejects["reason"].to_pylist())


def test_the_example_of_the_page_runs(
    session: SparkSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "spark.md").read_text(encoding="utf-8")
    (line,) = re.findall("^gongji (.*)$", page, re.MULTILINE)
    assert run(*shlex.split(line))[0] == 0
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for name in ("population/", "settled"):  # Spark goes by the folder that its Java started in
        block = block.replace(f'("{name}', f'("{tmp_path}/{name}')
    exec(block, {})
    one = settle_tables(
        "zhenjiang/employee",
        pq.read_table("population/persons.parquet"),
        pq.read_table("population/claims.parquet"),
    )
    sums = [pc.sum(one.table[name]).as_py() for name in ("paid_pool_fen", "person_fen", "cash_fen")]
    assert sums[0]
    shown = capsys.readouterr().out.replace(" ", "")
    assert "|".join("NULL" if one is None else str(one) for one in sums) in shown
    assert (
        session.read.parquet(f"{tmp_path}/settled").count()
        == one.table.num_rows + one.rejects.num_rows
    )


# --- refusals ----------------------------------------------------------------------------------


def renamed(table: DataFrame, old: str, new: str) -> DataFrame:
    return table.withColumnRenamed(old, new)


def cast(table: DataFrame, name: str, kind: str) -> DataFrame:
    return table.withColumn(name, F.col(name).cast(kind))


REFUSED = [
    (lambda c, p: (c.drop("person"), p), "missing_column", "no column 'person'"),
    (lambda c, p: (renamed(c, "date", "dates"), p), "missing_column", "is it 'dates'?"),
    (lambda c, p: (renamed(c, "setting", "seting"), p), "unknown_column", "is setting"),
    (lambda c, p: (c, renamed(p, "category", "catgory")), "unknown_column", "is category"),
    (lambda c, p: (cast(c, "in_scope_fen", "double"), p), "wrong_type", "floats cannot hold"),
    (lambda c, p: (cast(c, "date", "timestamp"), p), "wrong_type", "depends on the time zone"),
    (lambda c, p: (cast(c, "claim", "double"), p), "wrong_type", "whole numbers or text"),
    (lambda c, p: (c, cast(p, "person", "string")), "wrong_type", "the same as in claims"),
    (lambda c, p: (c.withColumn("map", F.create_map()), p), "unknown_column", "map"),
    (lambda c, p: (c.withColumn("setting", F.create_map()), p), "wrong_type", "setting"),
]


@pytest.mark.parametrize(("changed", "kind", "said"), REFUSED)
def test_what_is_refused_before_any_work(
    changed: Any, kind: str, said: str, session: SparkSession, library: Library
) -> None:
    persons, claims = tables("changzhou/employee", date(2024, 1, 1), 3, library)
    both = changed(session.createDataFrame(claims), session.createDataFrame(persons))
    session.sparkContext.setJobGroup(said, said)
    with pytest.raises(Refused, match=re.escape(said)) as refused:
        spark.settle(both[0], both[1], "changzhou/employee")
    assert refused.value.kind == kind
    assert not session.sparkContext.statusTracker().getJobIdsForGroup(said)


def test_unknown_policies_and_parameters_are_refused(
    session: SparkSession, library: Library
) -> None:
    _, claims = tables("changzhou/employee", date(2024, 1, 1), 3, library)
    frame = session.createDataFrame(claims)
    with pytest.raises(Refused, match="there is no policy"):
        spark.settle(frame, None, "changzhou/employees")
    with pytest.raises(Refused, match="pool"):
        spark.settle(frame, None, "changzhou/employee", {"pool": "1"})


def test_workers_with_another_gongji_do_not_settle() -> None:
    with pytest.raises(Refused, match="another version of gongji"):
        next(part.settle_part([], b"", "0" * 64))
    assert re.fullmatch("[0-9a-f]{64}", part.code_digest())
