"""`gongji batch`: one result however it is run, every row accounted for, broken input in words."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import shlex
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from command import run
from gongji.batch import writing
from gongji.batch.regimes import Options
from gongji.batch.table import settle_table, settle_tables
from gongji.generate.tables import generate
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

POLICY = "changzhou/employee"


@pytest.fixture(scope="module")
def tables() -> tuple[pa.Table, pa.Table]:
    policy = Library().policy(POLICY, date(2024, 1, 1))
    return generate(policy, 400, 5, 2024)


@pytest.fixture
def files(tables: tuple[pa.Table, pa.Table], tmp_path: Path) -> Path:
    pq.write_table(tables[0], tmp_path / "persons.parquet")
    pq.write_table(tables[1], tmp_path / "claims.parquet")
    return tmp_path


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


# --- the same result -----------------------------------------------------------------------------


def test_the_same_file_whatever_the_threads_memory_order_and_who_runs_the_program(
    files: Path, tables: tuple[pa.Table, pa.Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = settled(files)
    assert settled(files, "--threads", "1") == expected
    assert settled(files, "--threads", "5") == expected
    claims = tables[1]
    order = np.random.default_rng(1).permutation(claims.num_rows)
    pq.write_table(claims.take(pa.array(order)), files / "shuffled.parquet", row_group_size=300)
    assert settled(files, claims="shuffled.parquet") == expected
    monkeypatch.setattr("gongji.batch.buckets._TARGET_ROWS", 200)
    monkeypatch.setattr("gongji.batch.seen._HELD", 500)
    assert settled(files, "--threads", "2") == expected
    monkeypatch.setattr("gongji.cli.batch._MEGABYTE", 1)  # so that everything waits on disk
    assert settled(files, "--memory", "1000") == expected
    assert settled(files, "--by", "python") == expected
    assert not [one for one in files.iterdir() if one.name.startswith(".")]


def test_csv_and_parquet_say_the_same(files: Path, tables: tuple[pa.Table, pa.Table]) -> None:
    expected = settled(files)
    persons, claims = tables
    plain = claims
    for name in claims.column_names:
        if name.endswith("_fen"):
            yuan = [f"{fen // 100}.{fen % 100:02d}" for fen in claims[name].to_pylist()]
            place = plain.column_names.index(name)
            plain = plain.set_column(place, name.removesuffix("_fen"), pa.array(yuan))
        elif pa.types.is_dictionary(claims[name].type):
            place = plain.column_names.index(name)
            plain = plain.set_column(place, name, claims[name].cast(pa.string()))
    pa.csv.write_csv(plain, files / "claims.csv")
    assert persons.num_rows
    assert settled(files, claims="claims.csv") == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_as_spreadsheets_write_it(encoding: str, tmp_path: Path) -> None:
    lines = [
        "claim,person,date,setting,tier,category,in_scope",
        '1,张三,2024-03-01,住院,三级,在职,"1,000.50"',
        "2,张三,2024-03-02,住院,三级医院,active,２０００",
    ]
    (tmp_path / "c.csv").write_bytes("\r\n".join(lines).encode(encoding))
    status, _, err = run(
        "batch", "--policy", POLICY, "--claims", str(tmp_path / "c.csv"),
        "--out", str(tmp_path / "s.csv"),
    )  # fmt: skip
    assert (status, err) == (0, "")
    rows = (tmp_path / "s.csv").read_text(encoding="utf-8").splitlines()
    # 1,000.50 - 1,000 = 0.50 at 90 %; then 2,000 - 600 = 1,400 at 90 %
    assert [row.split(",")[:5] for row in rows[1:]] == [
        ["1", '"张三"', "2024-03-01", "100050", "45"],
        ["2", '"张三"', "2024-03-02", "200000", "126000"],
    ]


def test_a_folder_is_the_table_of_its_parts(files: Path, tables: tuple[pa.Table, pa.Table]) -> None:
    claims, folder = tables[1], files / "claims"
    days = [None if row % 97 == 5 else day for row, day in enumerate(claims["date"].to_pylist())]
    claims = claims.set_column(claims.column_names.index("date"), "date", pa.array(days))
    pq.write_table(claims, files / "claims.parquet")
    folder.mkdir()
    for name, first, last in (
        ("part-1.parquet", 900, 2**40), ("part-0.snappy.parquet", 0, 500), ("part-00.pq", 500, 900)
    ):  # fmt: skip
        pq.write_table(claims[first:last], folder / name, row_group_size=300)
    for name in ("_SUCCESS", "_metadata.parquet", ".part-0.parquet", "notes.txt"):
        (folder / name).write_text("no table")
    expected = settled(files)
    rejects = pq.read_table(files / "s.rejects.parquet")
    assert {*range(6, claims.num_rows + 1, 97)} <= {*rejects["row"].to_pylist()}
    assert settled(files, claims="claims") == expected
    assert pq.read_table(files / "s.rejects.parquet").equals(rejects)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({}, "no Parquet files in folder"),
        ({"a.parquet": {"claim": [1]}, "b.parquet": {"claim": ["1"]}}, "b.parquet are not those"),
    ],
)
def test_a_folder_that_is_no_table_is_refused(
    parts: dict[str, dict[str, list[object]]], words: str, tmp_path: Path
) -> None:
    folder = tmp_path / "claims"
    folder.mkdir()
    for name, columns in parts.items():
        pq.write_table(pa.table(columns), folder / name)
    status, _, err = run(
        "batch", "--policy", POLICY, "--claims", str(folder), "--out", str(tmp_path / "s.parquet"),
        "--lang", "en",
    )  # fmt: skip
    assert status == 2
    assert words in err


def test_text_ids_settle_as_numbers_do(tables: tuple[pa.Table, pa.Table]) -> None:
    persons, claims = tables
    by_number = settle_tables(POLICY, persons, claims)

    def text(table: pa.Table, name: str, form: str) -> pa.Table:
        ids = pa.array([form.format(one) for one in table[name].to_pylist()])
        return table.set_column(table.column_names.index(name), name, ids)

    claims = text(text(claims, "person", "320400{:012d}"), "claim", "单{:09d}")
    by_text = settle_tables(POLICY, text(persons, "person", "320400{:012d}"), claims)
    one = {f"单{row['claim']:09d}": row["person_fen"] for row in by_number.table.to_pylist()}
    other = {row["claim"]: row["person_fen"] for row in by_text.table.to_pylist()}
    assert one == other


def test_frames_of_polars_settle_as_arrow_does(tables: tuple[pa.Table, pa.Table]) -> None:
    persons, claims = tables
    expected = settle_table(POLICY, persons, claims)
    assert expected["reason"].null_count == len(
        [one for one in expected["person_fen"] if one.is_valid]
    )
    frames = pl.DataFrame(persons), pl.DataFrame(claims)
    assert frames[1].schema["setting"] == pl.Categorical
    assert settle_table(POLICY, *frames).equals(expected)
    people, bills = (frame.cast({pl.Categorical: pl.String}) for frame in frames)
    assert settle_table(POLICY, people, bills).equals(expected)


def test_lists_of_polars_are_sets() -> None:
    lists = [["hypertension"], [], ["hypertension", "diabetes"], ["bogus"]]
    claims = pl.DataFrame(one_row(claim=pa.array([1, 2, 3, 4])))
    claims = claims.with_columns(chronic_diseases=pl.Series(lists))
    for kind in (pl.String, pl.Categorical):
        done = settle_tables(POLICY, None, claims.cast({"chronic_diseases": pl.List(kind)}))
        assert done.table["claim"].to_pylist() == [1, 2, 3]
        assert done.rejects["about"].to_pylist() == ["chronic_diseases"]


def test_frames_of_pandas_settle_as_arrow_does(
    files: Path, tables: tuple[pa.Table, pa.Table]
) -> None:
    expected = settle_table(POLICY, *tables)
    persons, claims = (pd.read_parquet(files / f"{one}.parquet") for one in ("persons", "claims"))
    assert claims["quantity"].dtype == "float64"  # some are missing
    claims.index = claims.index[::-1]  # no column
    assert settle_table(POLICY, persons, claims).equals(expected)


def test_a_column_of_nan_says_nothing() -> None:
    claims = one_row(claim=pa.array([1])).to_pandas()
    expected = settle_table(POLICY, None, claims)
    assert expected["reason"].to_pylist() == [None]
    assert settle_table(POLICY, None, claims.assign(exclusion=np.nan)).equals(expected)


def test_a_frame_with_values_of_several_types_in_a_column_is_refused() -> None:
    claims = one_row(claim=pa.array([1, 2])).to_pandas().assign(claim=["a", 1])
    with pytest.raises(Refused, match="Conversion failed for column claim"):
        settle_table(POLICY, None, claims)


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.float16()])
def test_floats_that_are_whole_are_numbers(kind: pa.DataType) -> None:
    numbers = [np.float16(one) for one in (2, "nan", 1.5, "inf", -1)]
    claims = one_row(
        claim=pa.array([1, 2, 3, 4, 5, 6]), quantity=pa.array([*numbers, None], pa.float16())
    )
    place = claims.column_names.index("quantity")
    claims = claims.set_column(place, "quantity", claims["quantity"].cast(kind))
    done = settle_tables(POLICY, None, claims)
    assert done.table["claim"].to_pylist() == [1, 2, 6]
    assert done.rejects.select(["claim", "reason", "about"]).to_pylist() == [
        {"claim": one, "reason": "unknown_value", "about": "quantity"} for one in "345"
    ]


def test_a_file_with_views_of_text_is_read(files: Path, tables: tuple[pa.Table, pa.Table]) -> None:
    expected = settled(files)
    frame = pl.DataFrame(tables[1]).cast({pl.Categorical: pl.String})
    pq.write_table(pa.table(frame), files / "views.parquet")
    assert pa.types.is_string_view(pq.read_schema(files / "views.parquet").field("setting").type)
    assert settled(files, claims="views.parquet") == expected


def test_columns_that_list_their_values_once_say_the_same() -> None:
    """As a column of pandas does that is `Categorical`, of whole numbers or of days."""
    claims = one_row(
        claim=pa.array([70, 50, 50]), line=pa.array([4, 9, 3]), person=pa.array([8, 2**40, 2**40]),
        sequence=pa.array([7, 6, 6]), in_scope_fen=pa.array([1_500_00, 900_00, 700_00]),
    )  # fmt: skip
    listed = pa.table({
        name: column.combine_chunks().dictionary_encode()
        for name, column in zip(claims.column_names, claims.columns, strict=True)
    })  # fmt: skip
    expected = settle_tables(POLICY, None, claims).table
    assert expected["claim"].to_pylist() == [70, 50]
    assert settle_tables(POLICY, None, listed).table.equals(expected)


def test_the_day_of_an_instant_is_that_of_its_time_zone() -> None:
    """The policy is in force from the first of January on."""
    instant = pa.array([datetime(2023, 12, 31, 16, tzinfo=UTC)])
    claims = one_row(date=instant.cast(pa.timestamp("ms", "Asia/Shanghai")))
    assert settle_tables(POLICY, None, claims).table["date"].to_pylist() == [date(2024, 1, 1)]
    claims = one_row(date=instant.cast(pa.timestamp("ms", "UTC")))
    assert settle_tables(POLICY, None, claims).rejects["reason"].to_pylist() == ["out_of_force"]


def test_a_year_by_hand() -> None:
    """Changzhou, active: a first stay in a tertiary hospital, then one in a primary hospital."""
    claims = pa.table({
        "claim": ["b", "a"],
        "person": ["p", "p"],
        "date": [date(2024, 9, 1), date(2024, 3, 1)],
        "setting": ["inpatient", "inpatient"],
        "tier": ["tier_1", "tier_3"],
        "category": ["active", "active"],
        "in_scope": [Decimal("160000.00"), Decimal("11000.00")],
    })  # fmt: skip
    table = settle_table(POLICY, None, claims)
    assert table["claim"].to_pylist() == ["a", "b"]
    # 11,000 - 1,000 = 10,000 at 90 %; then 160,000 - 240 at 90 % up to 150,000 of the year:
    # 139,000 - 240 = 138,760 at 90 % = 124,884, and 21,000 at 95 % = 19,950
    assert table["paid_pool_fen"].to_pylist() == [9_000_00, 144_834_00]
    assert table["total_fen"].to_pylist() == [11_000_00, 160_000_00]


# --- every row is accounted for ------------------------------------------------------------------


def claim(**said: object) -> dict[str, list[object]]:
    row: dict[str, object] = {
        "claim": 1, "person": 1, "date": "2024-03-01", "setting": "inpatient", "tier": "tier_3",
        "category": "active", "in_scope": "1000.00", **said,
    }  # fmt: skip
    return {name: [value] for name, value in row.items()}


def rejected(*rows: dict[str, list[object]]) -> list[tuple[int, str, str]]:
    """Row, reason and what it is about, of claims that are all text."""
    joined: dict[str, list[object]] = {name: [] for row in rows for name in row}
    for row in rows:
        for name in joined:
            joined[name] += row.get(name, [None])
    table = pa.table({
        name: pa.array([None if one is None else str(one) for one in values], pa.string())
        for name, values in joined.items()
    })  # fmt: skip
    done = settle_tables(POLICY, None, table)
    assert done.summary.rows == len(rows) == done.summary.settled_rows + done.summary.rejected_rows
    rows_of = done.rejects.select(["row", "reason", "about"]).to_pylist()
    return [(one["row"], one["reason"], one["about"]) for one in rows_of]


@pytest.mark.parametrize(
    ("said", "reason", "about"),
    [
        ({"claim": None}, "missing_value", "claim"),
        ({"person": None}, "missing_value", "person"),
        ({"date": None}, "missing_value", "date"),
        ({"date": "2024-02-30"}, "bad_date", "date"),
        ({"date": "1.3.2024"}, "bad_date", "date"),
        ({"date": "1999-01-01"}, "out_of_force", ""),
        ({"line": None}, "missing_value", "line"),
        ({"line": "1.5"}, "bad_number", "line"),
        ({"sequence": " "}, "missing_value", "sequence"),
        ({"sequence": "x"}, "bad_number", "sequence"),
        ({"in_scope": "-5"}, "bad_amount", "in_scope"),
        ({"in_scope": "12.345"}, "bad_amount", "in_scope"),
        ({"in_scope": "NaN"}, "bad_amount", "in_scope"),
        ({"in_scope": None}, "missing_amount", ""),
        ({"in_scope": "10", "prior_self_pay": "5", "total": "12"}, "parts_exceed_total", ""),
        ({"setting": "hospital"}, "unknown_value", "setting"),
        ({"tier": None}, "missing_fact", "tier"),
        ({"category": None}, "missing_fact", "category"),
    ],
)
def test_a_row_that_cannot_be_settled_is_told(
    said: dict[str, object], reason: str, about: str
) -> None:
    good = claim(claim=2, line=1, sequence=1)
    assert rejected(claim(**{"line": 1, "sequence": 1, **said}), good) == [(1, reason, about)]


@pytest.mark.parametrize(
    ("kind", "one", "too_large"), [(pa.uint64(), 1, [2**64 - 1]), (pa.string(), "A", [])]
)
def test_an_id_that_is_none_is_empty_among_the_rejects(
    kind: pa.DataType, one: object, too_large: list[int]
) -> None:
    claims = [one, None, None, *too_large]
    persons = [None, one, None, *too_large]
    table = one_row(claim=pa.array(claims, kind), person=pa.array(persons, kind))
    done = settle_tables(POLICY, None, table)
    told = str(one)
    assert [tuple(row.values())[1:3] for row in done.rejects.to_pylist()[:3]] == [
        (told, None), (None, told), (None, None),
    ]  # fmt: skip
    assert done.rejects["claim"].to_pylist()[3:] == [None] * len(too_large)
    assert done.rejects["reason"].to_pylist()[3:] == ["bad_number"] * len(too_large)
    assert settle_table(POLICY, None, table)["claim"].null_count == 2 + len(too_large)


def test_claims_that_come_twice_are_all_rejected() -> None:
    rows = [claim(), claim(person=2), claim(claim=2)]
    assert rejected(*rows) == [(1, "claim_twice", ""), (2, "claim_twice", "")]


def test_lines_that_do_not_belong_together_are_rejected_with_their_claim() -> None:
    rows = [
        claim(line=1), claim(line=1), claim(claim=2, line=1), claim(claim=2, line=2, person=3),
        claim(claim=3, line=1), claim(claim=3, line=2, in_scope="x"), claim(claim=4, line=1),
    ]  # fmt: skip
    assert rejected(*rows) == [
        (1, "other_line", ""), (2, "line_twice", ""), (3, "lines_differ", ""),
        (4, "lines_differ", ""), (5, "other_line", ""), (6, "bad_amount", "in_scope"),
    ]  # fmt: skip


def test_persons_must_be_there_once_and_in_time() -> None:
    persons = pa.table({
        "person": [1, 2, 2, 3], "since": [None, None, None, date(2024, 6, 1)],
        "category": ["active"] * 4,
    })  # fmt: skip
    claims = pa.table({
        "claim": [1, 2, 3, 4], "person": [1, 2, 3, 4], "date": [date(2024, 3, 1)] * 4,
        "setting": ["inpatient"] * 4, "tier": ["tier_3"] * 4, "in_scope_fen": [100_000] * 4,
    })  # fmt: skip
    done = settle_tables(POLICY, persons, claims)
    assert done.table["claim"].to_pylist() == [1]
    assert done.rejects["reason"].to_pylist() == ["person_twice", "not_yet", "unknown_person"]


def test_persons_without_an_id_are_nobody_and_claims_without_one_are_rejected() -> None:
    persons = pa.table({"person": [None, 0, None], "category": ["active", "retired", "retired"]})
    claims = pa.table({
        "claim": [1, 2], "person": [0, None], "date": [date(2024, 3, 1)] * 2,
        "setting": ["inpatient"] * 2, "tier": ["tier_3"] * 2, "in_scope_fen": [1_100_000] * 2,
    })  # fmt: skip
    done = settle_tables(POLICY, persons, claims)
    assert done.table["claim"].to_pylist() == [1]
    rejects = done.rejects.select(["row", "reason", "about"]).to_pylist()
    assert rejects == [{"row": 2, "reason": "missing_value", "about": "person"}]


@pytest.mark.parametrize("persons", [[], [None], [None, None]])
def test_where_nobody_is_known_no_claim_is_settled(persons: list[None]) -> None:
    claims = one_row(person=pa.array([0, 7, -(2**63)])).drop_columns(["category"])
    category = pa.array(["active"] * len(persons), pa.string())
    people = pa.table({"person": pa.array(persons, pa.int64()), "category": category})
    done = settle_tables(POLICY, people, claims)
    assert done.table.num_rows == 0
    assert done.rejects["reason"].to_pylist() == ["unknown_person"] * 3


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_tables_without_rows(suffix: str, files: Path, tables: tuple[pa.Table, pa.Table]) -> None:
    """Whole files, in which nothing stands but the names of columns."""
    for name, table in zip(("persons", "claims"), tables, strict=True):
        pq.write_table(table.slice(0, 0), files / f"no_{name}.parquet")
        (files / f"no_{name}.csv").write_text(",".join(table.column_names) + "\n")
    for claims, persons, rejected_rows in (
        ("no_claims", "persons", 0), ("claims", "no_persons", tables[1].num_rows),
        ("no_claims", "no_persons", 0),
    ):  # fmt: skip
        names = [
            f"{one}.{suffix if one.startswith('no_') else 'parquet'}" for one in (claims, persons)
        ]
        status, out, err = run(
            "batch", "--policy", POLICY, "--claims", str(files / names[0]), "--persons",
            str(files / names[1]), "--out", str(files / "s.parquet"), "--force", "--json",
        )  # fmt: skip
        assert (status, err) == (1 if rejected_rows else 0, "")  # rows, and none of them settled
        assert json.loads(out)["settled_rows"] == 0
        assert json.loads(out)["rejected_rows"] == rejected_rows
        assert pq.read_table(files / "s.parquet").num_rows == 0


def test_pandas_is_left_alone(files: Path) -> None:
    words = ["batch", "--policy", POLICY, "--claims", str(files / "claims.parquet"), "--persons",
             str(files / "persons.parquet"), "--out", str(files / "s.parquet")]  # fmt: skip
    text = f"""
import sys
from gongji.cli.main import main
sys.argv = ["gongji", *{words!r}]
try:
    main()
except SystemExit as end:
    assert not end.code
print("pandas" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "False"


def test_a_person_who_retires_is_paid_as_retired_from_that_day_on() -> None:
    persons = pa.table({
        "person": [1, 1], "since": [None, date(2024, 6, 1)], "category": ["active", "retired"],
    })  # fmt: skip
    claims = pa.table({
        "claim": [1, 2], "person": [1, 1], "date": [date(2024, 5, 31), date(2024, 6, 1)],
        "setting": ["inpatient"] * 2, "tier": ["tier_3"] * 2, "in_scope_fen": [1_100_000] * 2,
    })  # fmt: skip
    table = settle_tables(POLICY, persons, claims).table
    # active: (11,000 - 1,000) * 90 %; retired, second stay: (11,000 - 480) * 95 %
    assert table["paid_pool_fen"].to_pylist() == [9_000_00, 9_994_00]


def test_values_are_held_to_the_version_of_the_day() -> None:
    # `other_student` is a word of the version of 2023 alone
    claims = pa.table({
        "claim": [1, 2], "person": [1, 2], "date": [date(2024, 3, 1)] * 2,
        "setting": ["outpatient"] * 2, "provider": ["primary"] * 2,
        "entitlement": ["other_student", "normal"], "in_scope_fen": [60_000] * 2,
    })  # fmt: skip
    for by in ("kernel", "engine"):
        done = settle_tables("changzhou/student", None, claims, options=Options(by=by))
        assert done.table["claim"].to_pylist() == [2]
        rejects = done.rejects.select(["row", "reason", "about"]).to_pylist()
        assert rejects == [{"row": 1, "reason": "unknown_value", "about": "entitlement"}]


def test_lines_say_the_same_of_the_person() -> None:
    claims = pa.table({
        "claim": [1, 1, 2, 2], "line": [1, 2, 1, 2], "person": [1, 1, 2, 2],
        "date": [date(2024, 3, 1)] * 4, "setting": ["inpatient"] * 4, "tier": ["tier_3"] * 4,
        "category": ["active", "retired", "active", "active"], "in_scope_fen": [550_000] * 4,
    })  # fmt: skip
    for by in ("kernel", "engine"):
        done = settle_tables(POLICY, None, claims, options=Options(by=by))
        # two lines of 5,500 are a stay of 11,000: (11,000 - 1,000) x 90 % = 9,000
        assert done.table.select(["claim", "paid_pool_fen"]).to_pylist() == [
            {"claim": 2, "paid_pool_fen": 900_000}
        ]
        assert done.rejects["reason"].to_pylist() == ["lines_differ"] * 2


# --- tables that are not what they should be -----------------------------------------------------


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"claim": None}, "missing_column", "'claim'"),
        ({"in_scope": None}, "missing_column", "there is no column 'in_scope' or 'total'; there"),
        ({"teir": "tier_3", "tier": None}, "unknown_column", "the nearest is tier"),
        ({"in_scope": 10.5}, "wrong_type", "floats cannot hold money"),
        ({"in_scope": 10.0}, "wrong_type", "convert_dtypes() turns them back"),
        ({"in_scope_fen": 5}, "said_twice", "in_scope_fen"),
        ({"date": 20240301}, "wrong_type", "expected dates"),
        ({"setting": 1.5}, "wrong_type", "expected text"),
        ({"person": 1.0}, "wrong_type", "whole numbers or text"),
    ],
)
def test_a_table_that_is_not_one_is_refused(
    change: dict[str, object], kind: str, words: str, tmp_path: Path
) -> None:
    row = {**{name: values[0] for name, values in claim().items()}, **change}
    table = pa.table({name: [value] for name, value in row.items() if value is not None})
    pq.write_table(table, tmp_path / "claims.parquet")
    status, out, err = run(
        "batch", "--policy", POLICY, "--claims", str(tmp_path / "claims.parquet"),
        "--out", str(tmp_path / "s.parquet"), "--lang", "en", "--json",
    )  # fmt: skip
    assert status == 2
    assert json.loads(out)["error"]["kind"] == kind
    assert words in err
    assert [one.name for one in tmp_path.iterdir()] == ["claims.parquet"]


def test_a_column_that_is_to_be_ignored_is_left_out_whatever_it_is() -> None:
    claims = one_row(claim=pa.array([1]), date=pa.array([date(2024, 3, 1)]))
    more = claims.append_column("total", pa.array([1.5])).append_column("note", pa.array(["x"]))
    expected = settle_tables(POLICY, None, claims).table
    assert expected.num_rows == 1
    done = settle_tables(POLICY, None, more, ignore=["total", "note"])
    assert done.table.equals(expected)
    done = settle_tables(POLICY, None, claims, ignore=["category", "*"])
    assert done.rejects["reason"].to_pylist() == ["missing_fact"]
    with pytest.raises(Refused, match="claims: there is no column 'date'"):
        settle_tables(POLICY, None, claims, ignore=["date"])
    with pytest.raises(Refused, match=r"--ignore: there is no column 'teir';.*; is it 'tier'"):
        settle_tables(POLICY, None, claims, ignore=["teir"])


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("claims", "category"), ("claims", "account_balance_fen"), ("claims", "since"),
        ("persons", "tier"), ("persons", "total_fen"), ("persons", "claim"),
    ],
)  # fmt: skip
def test_a_column_of_the_other_table_is_refused_with_its_place(table: str, name: str) -> None:
    both = {
        "claims": one_row(claim=pa.array([1])).drop_columns("category"),
        "persons": pa.table({"person": [1], "category": ["active"]}),
    }
    assert settle_tables(POLICY, both["persons"], both["claims"]).table.num_rows == 1
    wrong = {**both, table: both[table].append_column(name, pa.array(["1"]))}
    place = "persons" if table == "claims" else "claims"
    with pytest.raises(Refused, match=rf"{table}: .*'{name}' belongs into .*\(--{place}\)"):
        settle_tables(POLICY, wrong["persons"], wrong["claims"])
    done = settle_tables(POLICY, wrong["persons"], wrong["claims"], ignore=["*"])
    assert done.table.num_rows == 1


def test_a_truncated_file_is_refused_and_nothing_is_left(files: Path) -> None:
    whole = (files / "claims.parquet").read_bytes()
    (files / "claims.parquet").write_bytes(whole[: len(whole) // 2])
    status, _, err = run(
        "batch", "--policy", POLICY, "--claims", str(files / "claims.parquet"),
        "--out", str(files / "s.parquet"), "--lang", "en",
    )  # fmt: skip
    assert status == 2
    assert "claims.parquet cannot be read" in err
    assert sorted(one.name for one in files.iterdir()) == ["claims.parquet", "persons.parquet"]


HEAD = "claim,person,date,setting,tier,category,in_scope,note"
GOOD = "1,1,2024-03-01,inpatient,tier_3,active,2000,"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"{HEAD}\n{GOOD}\n".encode("utf-16"), "is written in UTF-16"),
        (f"{HEAD}\n{GOOD}\n".encode("utf-16-le"), "is written in UTF-16"),
        (b"", "is empty"),
        (f"{HEAD}\n{GOOD}\n{GOOD},9\n".encode(), "has 9 columns in row 2, expected 8: 1,1,2024"),
        (f"{HEAD}\n{GOOD}\n2,1".encode(), "has 2 columns in row 2, expected 8: 2,1;"),
        (f'{HEAD}\n"{GOOD}\n{GOOD}\n'.encode(), "has 1 columns in row 1, expected 8"),
        (f'{HEAD}\n{GOOD}\n{GOOD}"\n{GOOD}\n'.encode(), "a quote, in row 2 or after it, that is"),
        (f"{HEAD}\n{GOOD}\n".replace(",", ";").encode(), "has its columns separated by ;"),
        (f"{HEAD}\n{GOOD}\n".replace(",", "\t").encode(), "has its columns separated by tabs"),
        (f",{HEAD}\n0,{GOOD}\n".encode(), "column 1 has no name; "),
    ],
)
def test_a_csv_that_cannot_be_read_says_where_and_why(
    content: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / "c.csv").write_bytes(content)
    status, _, err = run(
        "batch", "--policy", POLICY, "--claims", str(tmp_path / "c.csv"), "--out",
        str(tmp_path / "s.parquet"), "--ignore", "note", "--lang", "en",
    )  # fmt: skip
    assert status == 2
    assert words in err
    assert [one.name for one in tmp_path.iterdir()] == ["c.csv"]


def test_a_quote_that_is_never_closed_is_found_in_a_long_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongji.batch.csv_files._BLOCK", 1 << 10)
    rows = [GOOD.replace("1", str(number), 1) for number in range(200)]
    (tmp_path / "c.csv").write_text("\n".join([HEAD, *rows[:50], f'{rows[50]}"', *rows[51:]]))
    status, _, err = run(
        "batch", "--policy", POLICY, "--claims", str(tmp_path / "c.csv"), "--out",
        str(tmp_path / "s.parquet"), "--ignore", "note", "--lang", "en",
    )  # fmt: skip
    assert status == 2
    found = re.search(r"has a quote, in row (\d+) or after it, that is never closed", err)
    assert found is not None
    assert 1 < int(found[1]) <= 51


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (HEAD, 0), (f"{HEAD}\n", 0), (f"\n{HEAD}\r\n\r\n", 0), (f"{HEAD}\n{GOOD}", 1),
        (f'{HEAD}\n{GOOD}"two\nlines"\n', 1), (f'{HEAD}\n{GOOD}"two\nlines"\n\n', 1),
        (f'{HEAD}\n{GOOD}"a ""b"""', 1), (f'{HEAD}\n{GOOD}2"\n', 1),
    ],
)  # fmt: skip
def test_a_csv_as_it_may_be(content: str, rows: int, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_bytes(content.encode())
    status, out, err = run(
        "batch", "--policy", POLICY, "--claims", str(tmp_path / "c.csv"), "--out",
        str(tmp_path / "s.parquet"), "--ignore", "note", "--json",
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert json.loads(out)["settled_rows"] == rows


def test_a_full_disk_leaves_nothing_half_written(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.TableWriter, "_put", full)
    status, _, err = run(
        "batch", "--policy", POLICY, "--claims", str(files / "claims.parquet"), "--persons",
        str(files / "persons.parquet"), "--out", str(files / "s.parquet"), "--lang", "en",
    )  # fmt: skip
    assert status == 2
    assert "the disk is full" in err
    assert sorted(one.name for one in files.iterdir()) == ["claims.parquet", "persons.parquet"]


def test_a_file_that_somebody_wrote_meanwhile_is_left_as_it_is(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = files / "s.parquet"
    closed = writing.TableWriter.close

    def late(self: writing.TableWriter) -> None:
        closed(self)
        out.write_text("of somebody else")

    monkeypatch.setattr(writing.TableWriter, "close", late)
    words = ["batch", "--policy", POLICY, "--claims", str(files / "claims.parquet"), "--persons",
             str(files / "persons.parquet"), "--out", str(out), "--lang", "en"]  # fmt: skip
    status, _, err = run(*words)
    assert status == 2
    assert "in the meantime" in err
    assert out.read_text() == "of somebody else"
    assert sorted(one.name for one in files.iterdir()) == [
        "claims.parquet", "persons.parquet", "s.parquet",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_stopped_leaves_nothing(
    tables: tuple[pa.Table, pa.Table], tmp_path: Path, number: int
) -> None:
    pq.write_table(tables[0], tmp_path / "persons.parquet")
    pq.write_table(tables[1], tmp_path / "claims.parquet")
    words = ["batch", "--policy", POLICY, "--claims", "claims.parquet", "--persons",
             "persons.parquet", "--out", "s.parquet", "--by", "engine", "--lang", "en"]  # fmt: skip
    started = subprocess.Popen(
        [sys.executable, "-m", "gongji", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    while started.poll() is None and not list(tmp_path.glob(".s-*")):
        time.sleep(0.01)  # until it has begun to write
    started.send_signal(number)
    _, err = started.communicate(timeout=60)
    assert started.returncode == 128 + number
    assert err.strip().splitlines()[-1] == "stopped; nothing half-written is kept"
    assert "Traceback" not in err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["claims.parquet", "persons.parquet"]


def test_what_is_there_is_kept_unless_forced(files: Path) -> None:
    (files / "s.parquet").write_text("mine")
    words = ("batch", "--policy", POLICY, "--claims", str(files / "claims.parquet"), "--persons",
             str(files / "persons.parquet"), "--out", str(files / "s.parquet"))  # fmt: skip
    status, _, err = run(*words, "--lang", "en")
    assert status == 2
    assert "--force" in err
    assert (files / "s.parquet").read_text() == "mine"
    assert run(*words, "--force")[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--policy", POLICY),
        ("--policy", "nowhere/at_all", "--claims", "c.parquet", "--out", "s.parquet"),
        ("--policy", POLICY, "--claims", "missing.parquet", "--out", "s.parquet"),
        ("--policy", POLICY, "--claims", "c.parquet", "--out", "nowhere/s.parquet"),
        ("--policy", POLICY, "--claims", "c.parquet", "--out", "s.xlsx"),
        ("--policy", POLICY, "--claims", "c.parquet", "--out", "s.parquet", "--threads", "0"),
    ],
)
def test_a_command_that_cannot_be_done_is_refused(words: tuple[str, ...]) -> None:
    status, _, err = run("batch", *words, "--lang", "en")
    assert status == 2
    assert err.strip()
    assert "Traceback" not in err


def test_nothing_settled_at_all_is_no_success(files: Path) -> None:
    claims = pq.read_table(files / "claims.parquet")
    place = claims.column_names.index("date")
    later = pa.array([date(2030, 1, 1)] * claims.num_rows)
    pq.write_table(claims.set_column(place, "date", later), files / "c.parquet")
    status, out, _ = run(
        "batch", "--policy", POLICY, "--claims", str(files / "c.parquet"), "--persons",
        str(files / "persons.parquet"), "--out", str(files / "s.parquet"), "--json",
    )  # fmt: skip
    assert status == 1
    assert json.loads(out)["rejected_rows"] == claims.num_rows


def test_the_summary_adds_up(files: Path) -> None:
    status, out, _ = run(
        "batch", "--policy", POLICY, "--claims", str(files / "claims.parquet"), "--persons",
        str(files / "persons.parquet"), "--out", str(files / "s.parquet"), "--json",
    )  # fmt: skip
    assert status == 0
    record = json.loads(out)
    table = pq.read_table(files / "s.parquet")
    assert record["claims_rows"] == record["settled_rows"] + record["rejected_rows"]
    assert record["settled_claims"] == table.num_rows
    paid = [name for name in table.column_names if name.startswith("paid_")]
    total = sum(table["total_fen"].to_pylist())
    funds = sum(sum(table[name].to_pylist()) for name in paid)
    assert total == funds + sum(table["person_fen"].to_pylist())
    assert Decimal(record["totals"]["total"]) == Decimal(total) / 100
    assert sum(one["claims"] for one in record["by"]) == table.num_rows


# --- any row can be explained --------------------------------------------------------------------


def test_rows_of_a_batch_are_explained_by_the_engine(
    files: Path, tables: tuple[pa.Table, pa.Table]
) -> None:
    settled(files, "--steps")
    table = pq.read_table(files / "s.parquet")
    several = pa.compute.filter(tables[1]["claim"], pa.compute.greater(tables[1]["line"], 1))
    claims = [str(one) for one in [*table["claim"].to_pylist()[::150], *several.to_pylist()[:8]]]
    people = {str(row["claim"]): row for row in table.select(["claim", "person_fen"]).to_pylist()}
    words = ("--policy", POLICY, "--claims", str(files / "claims.parquet"), "--persons",
             str(files / "persons.parquet"), "--settled", str(files / "s.parquet"))  # fmt: skip
    for one in claims:
        status, out, err = run("explain", one, *words, "--json")
        assert (status, err) == (0, ""), one
        record = json.loads(out)
        assert Decimal(record["person"]) * 100 == people[one]["person_fen"]
        assert record["steps"]


def test_what_cannot_be_explained_says_why(files: Path) -> None:
    words = ("--policy", POLICY, "--claims", str(files / "claims.parquet"), "--persons",
             str(files / "persons.parquet"), "--settled", str(files / "s.parquet"),
             "--lang", "en")  # fmt: skip
    settled(files)
    assert "settle with --steps" in run("explain", "1001", *words)[2]
    settled(files, "--steps")
    assert "there is no claim 77" in run("explain", "77", *words)[2]
    whole = pq.read_table(files / "s.parquet")
    pq.write_table(whole.slice(0, 0), files / "s.parquet")
    assert "there is no claim 1001" in run("explain", "1001", *words)[2]
    pq.write_table(whole, files / "s.parquet")
    claims = pq.read_table(files / "claims.parquet")
    one = str(claims["claim"][0])
    pq.write_table(claims.slice(0, 0), files / "claims.parquet")
    assert f"there is no claim {one}" in run("explain", one, *words)[2]
    fen = pa.array([one + 10_000_00 for one in claims["total_fen"].to_pylist()])
    place = claims.column_names.index("total_fen")
    pq.write_table(claims.set_column(place, "total_fen", fen), files / "claims.parquet")
    status, _, err = run("explain", str(claims["claim"][0]), *words)
    assert status == 2
    assert "are not those of the batch" in err


def test_the_page_does_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parent.parent / "docs" / "batch.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").symlink_to(Path(__file__).parent.parent / "src")
    lines = [
        line
        for shell in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
        for line in shell.split("\n")
    ]
    for line in lines:
        if line.startswith("gongji "):
            status, out, err = run(*shlex.split(line)[1:])
            assert (status, err) == (0, ""), line
            assert out
        elif line and not line.startswith("pip "):
            subprocess.run(line, shell=True, check=True)
    (snippet,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", snippet], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.stderr == ""
    assert len(done.stdout.split()) == 3


def test_a_household_uses_its_limit_up_in_the_order_of_time() -> None:
    """Baihe: 1,000.00 a household and year; the two take turns."""
    count = 14
    days = [date(2025, 2 + place // 2, 1 + 14 * (place % 2)) for place in range(count)]
    claims = pa.table({
        "claim": list(range(count)),
        "person": [2 if place % 2 else 1 for place in range(count)],
        "date": days,
        "household": ["H"] * count,
        "setting": ["outpatient"] * count,
        "provider": ["primary"] * count,
        "in_scope_fen": [510_00] * count,
    })  # fmt: skip
    library = Library((BUILT_IN, Path(__file__).parent.parent / "examples" / "policies"))
    order = pa.array([5, 11, 1, 7, 13, 3, 9, 0, 8, 6, 12, 2, 10, 4])
    table = settle_tables("baihe/resident", None, claims.take(order), library=library).table
    # (510 - 10) * 60 % = 300, but 80 a day and 200 a month; 12 * 80 = 960, then 40, then nothing
    assert table["claim"].to_pylist() == list(range(count))
    assert table["paid_pool_fen"].to_pylist() == [80_00] * 12 + [40_00, 0]


# --- what a hostile table holds ------------------------------------------------------------------


def one_row(**said: pa.Array) -> pa.Table:
    count = max(len(column) for column in said.values())
    columns: dict[str, Any] = {
        "claim": list(range(count)), "person": [1] * count, "date": [date(2024, 3, 1)] * count,
        "setting": ["inpatient"] * count, "tier": ["tier_3"] * count,
        "category": ["active"] * count, **said,
    }  # fmt: skip
    if not {"total", "total_fen"} & set(said):
        columns.setdefault("in_scope_fen", [100] * count)
    return pa.table(columns)


A_HAIR_MORE = Decimal("123456789.0000000000000000000000000001")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"in_scope_fen": pa.array(["9000000000000000000"])}, "bad_amount"),
        ({"in_scope_fen": pa.array(["99999999999999999999"])}, "bad_amount"),
        ({"in_scope_fen": pa.array(["1_000"])}, "bad_amount"),
        ({"in_scope_fen": pa.array([2**64 - 1], pa.uint64())}, "bad_amount"),
        ({"total": pa.array([-(2**63)])}, "bad_amount"),
        ({"total": pa.array([2**62])}, "bad_amount"),
        ({"total": pa.array([Decimal(10**37)], pa.decimal128(38, 0))}, "bad_amount"),
        ({"total": pa.array([Decimal(10**50)], pa.decimal256(60, 0))}, "bad_amount"),
        ({"total": pa.array([Decimal("1.005")], pa.decimal128(18, 3))}, "bad_amount"),
        ({"total": pa.array([A_HAIR_MORE], pa.decimal128(38, 28))}, "bad_amount"),
        ({"claim": pa.array([2**63 + 5], pa.uint64())}, "bad_number"),
        ({"person": pa.array([2**64 - 1], pa.uint64())}, "bad_number"),
        ({"sequence": pa.array([2**63], pa.uint64())}, "bad_number"),
        ({"line": pa.array([2**64 - 1], pa.uint64())}, "bad_number"),
        ({"date": pa.array([2932897], pa.int32()).cast(pa.date32())}, "bad_date"),
        ({"date": pa.array([2**31 - 1], pa.int32()).cast(pa.date32())}, "bad_date"),
        ({"chronic_diseases": pa.array([["bogus", None]])}, "unknown_value"),
        ({"claim": pa.array(["P\0"])}, "unknown_value"),
        ({"person": pa.array(["\0"])}, "unknown_value"),
    ],
)
def test_what_fits_into_no_number_is_rejected(said: dict[str, pa.Array], reason: str) -> None:
    assert settle_tables(POLICY, None, one_row(claim=pa.array([9]))).table.num_rows == 1
    done = settle_tables(POLICY, None, one_row(**said))
    assert done.table.num_rows == 0
    assert done.rejects["reason"].to_pylist() == [reason]


@pytest.mark.parametrize(
    ("ids", "reason"),
    [(pa.array([2**63, 5] * 3, pa.uint64()), "bad_number"), (["P\0", "Q"] * 3, "unknown_value")],
)
def test_ids_that_are_none_in_tables_of_several_buckets(
    ids: Any, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongji.batch.buckets._TARGET_ROWS", 2)
    done = settle_tables(POLICY, None, one_row(person=ids))
    assert done.table.num_rows == 3
    assert done.rejects["reason"].to_pylist() == [reason] * 3


def test_an_id_is_not_that_of_another_with_a_character_that_none_sees() -> None:
    claims = one_row(
        claim=pa.array(["C", "C\0", "D", "E"]), line=pa.array([1, 1, 1, 1]),
        person=pa.array(["P", "P", "P\0", "Q"]),
    ).drop_columns(["category"])  # fmt: skip
    persons = pa.table({"person": ["P", "P\0", "Q\0"], "category": ["active"] * 3})
    done = settle_tables(POLICY, persons, claims)
    assert done.table.select(["claim", "person"]).to_pylist() == [{"claim": "C", "person": "P"}]
    rejects = done.rejects.select(["row", "reason", "about"]).to_pylist()
    assert [tuple(one.values()) for one in rejects] == [
        (2, "unknown_value", "claim"), (3, "unknown_value", "person"), (4, "unknown_person", ""),
    ]  # fmt: skip
    without_lines = settle_tables(POLICY, persons, claims.drop_columns(["line"]))
    assert without_lines.table.equals(done.table)


def test_a_claim_out_of_force_between_two_others_changes_nothing() -> None:
    claims = one_row(
        date=pa.array([date(2024, 3, 1), date(2000, 1, 1), date(2023, 10, 1)]),
        sequence=pa.array([1, 2, 3]),
    ).drop_columns(["category", "tier", "setting", "in_scope_fen"])
    claims = claims.append_column("setting", pa.array(["outpatient"] * 3))
    claims = claims.append_column("in_scope_fen", pa.array([600_00] * 3))
    claims = claims.append_column("entitlement", pa.array(["normal"] * 3))
    claims = claims.append_column("provider", pa.array(["primary"] * 3))
    with_it = settle_tables("changzhou/student", None, claims)
    without = settle_tables("changzhou/student", None, claims.filter(pa.array([True, False, True])))
    assert with_it.rejects["reason"].to_pylist() == ["out_of_force"]
    assert with_it.table.equals(without.table)


def test_lines_of_a_claim_stand_in_one_place_of_the_order() -> None:
    claims = one_row(
        claim=pa.array([7, 7, 8]), line=pa.array([1, 2, 1]), sequence=pa.array([1, 3, 2])
    )
    done = settle_tables(POLICY, None, claims)
    assert done.table["claim"].to_pylist() == [8]
    assert done.rejects["reason"].to_pylist() == ["lines_differ"] * 2


@pytest.mark.parametrize("count", [65, 33_000])
def test_a_bill_of_very_many_lines_is_settled(count: int) -> None:
    claims = one_row(claim=pa.array([7] * count), line=pa.array(range(count)))
    table = settle_tables(POLICY, None, claims).table
    assert table["total_fen"].to_pylist() == [100 * count]


def test_a_household_is_one_whatever_the_spaces_around_its_name() -> None:
    library = Library((BUILT_IN, Path(__file__).parent.parent / "examples" / "policies"))
    claims = pa.table({
        "claim": [1, 2], "person": [1, 2], "date": [date(2025, 3, 1)] * 2,
        "household": ["H1", " H1 "], "setting": ["outpatient"] * 2, "provider": ["primary"] * 2,
        "in_scope_fen": [510_00] * 2,
    })  # fmt: skip
    steps = Options(steps=True)
    table = settle_tables("baihe/resident", None, claims, options=steps, library=library).table
    assert table["before_paid_to_household"].to_pylist() == [0, 80_00]
