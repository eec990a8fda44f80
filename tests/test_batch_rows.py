"""Every row of a batch is settled or rejected with its reason, whatever a table holds."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from batch_place import POLICY, claim, one_row
from command import run
from gongji.batch.regimes import Options
from gongji.batch.table import settle_table, settle_tables
from gongji.policy.versions import BUILT_IN, Library

# --- every row is accounted for ------------------------------------------------------------------


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


# --- what a hostile table holds ------------------------------------------------------------------


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
