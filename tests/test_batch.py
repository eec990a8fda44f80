"""`gongji batch`: one result however it is run, and any row of it explained."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from batch_place import POLICY, one_row, settled
from command import run
from gongji.batch.table import settle_table, settle_tables
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

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
