"""Tables, files and commands that cannot be are refused in words, and nothing is half done."""

from __future__ import annotations

import errno
import json
import re
import signal
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from batch_place import POLICY, claim, one_row
from command import run
from gongji.batch import writing
from gongji.batch.table import settle_tables
from gongji.wording import Refused

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
        [sys.executable, "-m", "gongji", *words], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509 - no threads run here
    )  # fmt: skip
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


def test_results_do_not_go_among_the_parts_of_the_input(
    tables: tuple[pa.Table, pa.Table], tmp_path: Path
) -> None:
    (tmp_path / "claims").mkdir()
    pq.write_table(tables[1], tmp_path / "claims" / "part-0.parquet")
    status, _, err = run("batch", "--policy", POLICY, "--claims", str(tmp_path / "claims"), "--out",
                         str(tmp_path / "claims" / "s.parquet"), "--lang", "en")  # fmt: skip
    assert status == 2
    assert "is in a folder of the input" in err


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
