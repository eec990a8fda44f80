"""Invented persons and claims: the same everywhere, settled by the engine, of a plausible shape."""

from __future__ import annotations

import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from command import run
from gongji.cli import columnar
from gongji.engine.inputs import read_opening, read_person, read_visit
from gongji.engine.meters import Meters
from gongji.engine.settle import settle
from gongji.generate import files, habits
from gongji.generate.chance import OCTAVE, Wheel, bell, lengths, octaves, step_of, words
from gongji.generate.people import ages, draw_people
from gongji.generate.plan import plan_for
from gongji.generate.tables import block, generate
from gongji.money import format_yuan
from gongji.policy.model import Policy
from gongji.policy.reach import reached_by_settlements
from gongji.policy.versions import Library
from gongji.wording import Refused

ANSWERS_ONLY = {
    "national/changes@2022-07-01",
    "national/resident@2017-01-01",
    "wuxi/child@2019-01-01",
    "wuxi/retired_cadre@2019-01-01",
}
"""They have no benefits, only questions."""

NOTHING_IN_FULL = {"shanghai/employee@2022-02-01", "shanghai/employee@2023-01-01"}
"""Their documents leave open what every visit needs."""

VERSIONS = [
    f"{name}@{one.in_force.first}" for name in Library().ids() for one in Library().versions(name)
]
SETTLING = [one for one in VERSIONS if one not in ANSWERS_ONLY | NOTHING_IN_FULL]


def version(library: Library, name: str) -> tuple[Policy, int]:
    """A version by its name, and a year in which it is in force."""
    policy = library.policy(name, date(2024, 1, 1))
    return policy, (policy.in_force.last or date(2024, 12, 31)).year


# --- chance --------------------------------------------------------------------------------------


def test_even_bits_are_those_of_splitmix64() -> None:
    zero = np.uint64(0)
    found = [int(one) for one in words(zero, np.arange(3, dtype=np.uint64))]
    assert found == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [int(words(np.array([zero]), n)[0]) for n in range(3)] == found


def test_lengths_are_powers_of_two_in_whole_numbers() -> None:
    assert (octaves(1), octaves(8), octaves(3, 12)) == (0, 3 * OCTAVE, -2 * OCTAVE)
    none = np.zeros(3, dtype=np.int64)
    base = np.array([10 * OCTAVE, 10 * OCTAVE + OCTAVE // 2, 0])
    assert list(lengths(base, 0, none)) == [1024, 1448, 1]  # 1,448.15 is 1,024 times the root of 2


def test_costs_are_lognormal() -> None:
    places = np.arange(200_000, dtype=np.uint64)
    one, other = words(np.uint64(1), places), words(np.uint64(2), places)
    drawn = np.sort(lengths(octaves(100_000), step_of(24), bell(one, other)))
    low, middle, high = (int(drawn[n]) for n in (31_731, 100_000, 168_269))  # 15.87, 50, 84.13 %
    assert 98_500 < middle < 101_500
    assert 0.97 < high / (middle * 2.4) < 1.03
    assert 0.97 < middle / (low * 2.4) < 1.03


def test_a_wheel_draws_by_weight() -> None:
    wheel = Wheel.of([[(7, 1)], [(1, 10), (2, 30), (3, 0), (4, 60)]])
    word = words(np.uint64(5), np.arange(100_000, dtype=np.uint64))
    assert set(wheel.draw(np.zeros(100, dtype=np.int64), word[:100])) == {7}
    found = Counter(wheel.draw(np.ones(100_000, dtype=np.int64), word).tolist())
    assert set(found) == {1, 2, 4}
    assert abs(found[1] - 10_000) < 500
    assert abs(found[2] - 30_000) < 800


# --- the same everywhere -------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_tables_and_another_one_others(library: Library) -> None:
    policy = library.policy("changzhou/employee", date(2024, 1, 1))
    one, same, other = (generate(policy, 500, seed, 2024) for seed in (3, 3, 4))
    assert one[0].equals(same[0])
    assert one[1].equals(same[1])
    assert not one[1].equals(other[1])


def test_a_person_depends_on_the_seed_and_their_number_alone(library: Library) -> None:
    plan = plan_for(library.policy("changzhou/employee", date(2024, 1, 1)), 9, 2024)
    persons, claims = block(plan, 0, 300)
    assert max(claims["line"].to_pylist()) > 1
    for first, count in ((0, 120), (120, 1), (121, 179)):
        some_persons, some_claims = block(plan, first, count)
        assert some_persons.equals(persons.slice(first, count))
        whose = [first < one <= first + count for one in claims["person"].to_pylist()]
        assert in_order(some_claims).equals(in_order(claims.filter(pa.array(whose))))


def in_order(claims: pa.Table) -> pa.Table:
    """Claims by number and line, with texts as they are."""
    plain = [
        one.cast(pa.string()) if pa.types.is_dictionary(one.type) else one for one in claims.columns
    ]
    by = [(name, "ascending") for name in ("claim", "line") if name in claims.column_names]
    return pa.table(plain, claims.column_names).sort_by(by).combine_chunks()


def test_files_do_not_depend_on_the_number_of_threads(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(library.policy("zhenjiang/employee", date(2024, 1, 1)), 1, 2024)
    monkeypatch.setattr(files, "BLOCK", 100)
    found = []
    for threads in (1, 3):
        names = (tmp_path / f"p{threads}.parquet", tmp_path / f"c{threads}.parquet")
        written = files.write(plan, 950, *names, threads=threads)
        assert written.persons == 950
        found.append([name.read_bytes() for name in names])
    assert found[0] == found[1]


@pytest.mark.parametrize("persons", [0, -5])
def test_where_there_is_nobody_nothing_is_made(
    persons: int, library: Library, tmp_path: Path
) -> None:
    policy = library.policy("zhenjiang/employee", date(2024, 1, 1))
    with pytest.raises(Refused, match=f"persons: {persons}; expected 1 or more"):
        generate(policy, persons, 1, 2024)
    plan = plan_for(policy, 1, 2024)
    with pytest.raises(Refused, match=f"persons: {persons}; expected 1 or more"):
        files.write(plan, persons, tmp_path / "p.parquet", tmp_path / "c.parquet")
    assert list(tmp_path.iterdir()) == []


# --- the engine settles them ---------------------------------------------------------------------

_NOT_FACTS = {"claim", "line", "person", "date"}


def said(row: dict[str, Any]) -> dict[str, str]:
    """What a row says, as a case file would."""
    found = {}
    for name, value in row.items():
        if value is not None and name not in _NOT_FACTS:
            fen = name.endswith("_fen")
            found[name.removesuffix("_fen")] = format_yuan(value) if fen else str(value)
    return found


def settled(policy: Policy, persons: pa.Table, claims: pa.Table) -> Iterator[Refused | None]:
    """Every bill settled after the earlier ones of its person, or why it was refused."""
    bills: dict[int, dict[tuple[date, int], list[dict[str, Any]]]] = defaultdict(dict)
    for row in claims.to_pylist():
        bills[row["person"]].setdefault((row["date"], row["claim"]), []).append(row)
    for row in persons.to_pylist():
        balance = row.pop("account_balance_fen", None)
        person, meters = read_person(policy, said(row)), Meters()
        if balance is not None:
            opening = {"account_balance": format_yuan(balance)}
            meters = read_opening(policy, meters, opening, date(2024, 1, 1), "person")
        for (day, _), lines in sorted(bills[row["person"]].items()):
            visit = read_visit(policy, {"date": str(day), "items": [said(one) for one in lines]})
            try:
                meters = settle(policy, person, meters, visit).meters
                yield None
            except Refused as refused:
                yield refused


@pytest.mark.parametrize("name", SETTLING)
def test_nearly_all_claims_settle(name: str, library: Library) -> None:
    """Without any parameter: what a document leaves open stops few bills of each policy."""
    policy, year = version(library, name)
    found = list(settled(policy, *generate(policy, 240, 7, year)))
    refused = [one for one in found if one is not None]
    assert len(found) > 300
    assert len(refused) * 50 < len(found), Counter(one.message.en for one in refused)
    assert {one.kind for one in refused} <= {"not_stated", "missing_fact"}


@pytest.mark.parametrize("name", sorted(ANSWERS_ONLY | NOTHING_IN_FULL))
def test_where_nothing_can_be_settled_nothing_is_made(name: str, library: Library) -> None:
    policy, year = version(library, name)
    with pytest.raises(Refused) as caught:
        generate(policy, 10, 1, year)
    assert caught.value.kind == "nothing_to_settle"


@pytest.mark.parametrize("name", ["employee", "resident", "special", "supplement"])
def test_a_policy_of_ones_own_is_as_good(name: str) -> None:
    folder = Path(__file__).parent.parent / "examples" / "policies"
    library = Library((*Library().folders, folder))
    policy = library.policy(f"baihe/{name}", date(2025, 3, 1))
    found = list(settled(policy, *generate(policy, 100, 7, 2025)))
    assert sum(one is not None for one in found) * 50 < len(found)


# --- what the tables are like --------------------------------------------------------------------


@pytest.mark.parametrize("name", SETTLING)
def test_persons_and_claims_agree(name: str, library: Library) -> None:
    policy, year = version(library, name)
    plan = plan_for(policy, 5, year)
    persons, claims = block(plan, 0, 1000)
    assert persons["person"].to_pylist() == list(range(1, 1001))
    rows = claims.to_pylist()
    assert {row["person"] for row in rows} <= set(range(1, 1001))
    assert len({(row["claim"], row.get("line")) for row in rows}) == len(rows)
    assert all(plan.window.covers(row["date"]) and row["date"].year == year for row in rows)
    parts = ["over_price_cap_fen", "prior_self_pay_fen", "out_of_catalogue_fen"]
    assert all(0 <= sum(row.get(part, 0) for part in parts) <= row["total_fen"] for row in rows)
    assert all(row["total_fen"] >= 100 for row in rows)
    facts = {one.removesuffix("_fen") for table in (persons, claims) for one in table.column_names}
    facts -= _NOT_FACTS | {"total", "account_balance", *(one.removesuffix("_fen") for one in parts)}
    assert facts <= reached_by_settlements(policy)


def test_claims_come_by_day_by_person_or_in_no_order(library: Library) -> None:
    plan = plan_for(library.policy("yuxi/employee", date(2024, 1, 1)), 5, 2024)
    tables = [block(plan, 0, 500, order)[1] for order in ("date", "person", "random")]
    by_day, by_person, shuffled = (table.to_pylist() for table in tables)
    days = [row["date"] for row in by_day]
    assert days == sorted(days)
    assert [row["person"] for row in by_day] != sorted(row["person"] for row in by_day)
    pairs = [(row["person"], row["date"]) for row in by_person]
    assert pairs == sorted(pairs)
    days = [row["date"] for row in shuffled]
    assert days != sorted(days)
    assert in_order(tables[0]).equals(in_order(tables[1]))
    assert in_order(tables[0]).equals(in_order(tables[2]))


def test_the_year_has_a_plausible_shape(library: Library) -> None:
    policy = library.policy("changzhou/employee", date(2024, 1, 1))
    persons, claims = generate(policy, 20_000, 1, 2024)
    rows = [row for row in claims.to_pylist() if row["line"] == 1]
    bills = Counter(row["person"] for row in rows)
    assert 4 < len(rows) / 20_000 < 7
    counts = sorted(bills.get(one, 0) for one in range(1, 20_001))
    assert 0.10 < sum(one == 0 for one in counts) / 20_000 < 0.20
    assert median(counts) <= 3
    assert counts[-1] > 60  # most have few, a few have many
    of = Counter(row["setting"] for row in rows)
    assert 0.02 < of["inpatient"] / len(rows) < 0.06
    assert of["outpatient"] > len(rows) / 2
    cost = {one: median(r["total_fen"] for r in rows if r["setting"] == one) for one in of}
    assert cost["pharmacy"] < cost["outpatient"] < cost["special"] < cost["inpatient"]
    assert 500_000 < cost["inpatient"] < 1_500_000
    said = persons["chronic_diseases"].to_pylist()
    assert 0.10 < sum(one is not None for one in said) / 20_000 < 0.25
    elsewhere = sum(row["care_area"] is not None for row in rows) / len(rows)
    assert 0.02 < elsewhere < 0.08


def test_an_illness_stays_with_its_person(library: Library) -> None:
    policy = library.policy("changzhou/employee", date(2024, 1, 1))
    persons, claims = generate(policy, 20_000, 1, 2024)
    diseases: dict[int, set[str]] = defaultdict(set)
    chronic = set()
    for row in claims.to_pylist():
        if row["special_disease"] is not None:
            diseases[row["person"]].add(row["special_disease"])
        if row["setting"] == "chronic":
            chronic.add(row["person"])
    assert len(diseases) > 100
    assert all(len(one) == 1 for one in diseases.values())
    registered = {
        row["person"] for row in persons.to_pylist() if row["chronic_diseases"] is not None
    }
    assert chronic <= registered


def test_ages_are_those_of_the_calendar(library: Library) -> None:
    plan = plan_for(library.policy("wuxi/employee", date(2024, 1, 1)), 1, 2024)
    people = draw_people(plan, 0, 3000)
    days = [date(1964, 1, 1), date(1964, 1, 2), date(1963, 12, 31), date(1972, 2, 29)]
    days += [date(1970, 1, 1) + timedelta(one) for one in people.born.tolist()[4:]]
    people.born[:4] = [(one - date(1970, 1, 1)).days for one in days[:4]]
    expected = [2024 - one.year - (one > date(one.year, 1, 1)) for one in days]
    assert expected[:4] == [60, 59, 60, 51]
    assert ages(plan, people).tolist() == expected


def test_age_and_category_agree(library: Library) -> None:
    policy = library.policy("wuxi/employee", date(2024, 1, 1))
    old = defaultdict(list)
    for row in generate(policy, 5000, 1, 2024)[0].to_pylist():
        old[row["category"]].append(2023 - row["birth_date"].year)
    assert min(old["active"]) >= 18
    assert max(old["active"]) < 60
    assert min(old["retired"]) >= 50
    assert 60 < median(old["retired"]) < 75


def test_few_bills_have_several_lines_where_lines_can_differ(library: Library) -> None:
    policy = library.policy("wuhan/employee", date(2023, 3, 1))
    claims = generate(policy, 4000, 1, 2023)[1].to_pylist()
    lines = Counter(row["claim"] for row in claims)
    assert 0.02 < sum(one > 1 for one in lines.values()) / len(lines) < 0.04
    several = [row for row in claims if lines[row["claim"]] > 1]
    assert {row["item_class"] for row in several if row["line"] > 1} == {"class_b"}
    same = {(row["claim"], row["person"], row["date"], row["setting"]) for row in several}
    assert len(same) == len({row["claim"] for row in several})
    none = generate(policy, 400, 1, 2023, line_share=0)[1]
    assert "line" not in none.column_names
    without = library.policy("wuxi/employee", date(2024, 1, 1))
    assert "line" not in generate(without, 10, 1, 2024)[1].column_names


# --- the command ---------------------------------------------------------------------------------


def test_the_command_writes_two_files(tmp_path: Path, library: Library) -> None:
    line = ["generate", "--policy", "changzhou/employee", "--persons", "300", "--seed", "2"]
    code, out, error = run(*line, "--out", str(tmp_path / "new" / "folder"), "--lang", "en")
    assert (code, error) == (0, "")
    assert "300 persons" in out
    folder = tmp_path / "new" / "folder"
    assert {one.name for one in folder.iterdir()} == {"persons.parquet", "claims.parquet"}
    policy = library.policy("changzhou/employee", date(2024, 1, 1))
    persons, claims = generate(policy, 300, 2, 2024)
    assert pa.parquet.read_table(folder / "persons.parquet").to_pylist() == persons.to_pylist()
    assert pa.parquet.read_table(folder / "claims.parquet").to_pylist() == claims.to_pylist()


def test_csv_says_the_same_in_yuan(tmp_path: Path, library: Library) -> None:
    names = [tmp_path / "c.csv", tmp_path / "p.csv"]
    code, _, error = run(
        *("generate", "--policy", "zhenjiang/employee", "--persons", "50"),
        *("--claims", str(names[0]), "--persons-out", str(names[1])),
    )
    assert (code, error) == (0, "")
    policy = library.policy("zhenjiang/employee", date(2024, 1, 1))
    persons, claims = generate(policy, 50, 1, 2024)
    written = pa.csv.read_csv(names[0])
    assert "total" in written.column_names
    assert [f"{one:.2f}" for one in written["total"].to_pylist()] == [
        format_yuan(one) for one in claims["total_fen"].to_pylist()
    ]
    assert written["date"].to_pylist() == claims["date"].to_pylist()
    balance = pa.csv.read_csv(names[1])["account_balance"].to_pylist()
    assert [f"{one:.2f}" for one in balance] == [
        format_yuan(one) for one in persons["account_balance_fen"].to_pylist()
    ]


@pytest.mark.parametrize(
    ("words_", "kind"),
    [
        (["--policy", "changzhou/employe"], "did you mean changzhou/employee"),
        (["--policy", "changzhou/employee", "--persons", "0"], "--persons: 0; expected"),
        (["--policy", "changzhou/employee", "--persons", "-3"], "--persons: -3; expected"),
        (["--policy", "changzhou/employee", "--seed", "-1"], "--seed: -1; expected"),
        (["--policy", "changzhou/employee", "--year", "24"], "--year: 24; expected"),
        (["--policy", "changzhou/employee", "--year", "2031"], "no version of changzhou/employee"),
        (["--policy", "changzhou/employee@2020-01-01"], "no version in force from 2020-01-01"),
        (["--policy", "changzhou/employee", "--lines-share", "1001"], "--lines-share: 1001"),
        (["--policy", "changzhou/employee", "--threads", "0"], "--threads: 0; expected"),
        (["--policy", "national/resident"], "settles no visit"),
        ([], "--policy is missing"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(words_: list[str], kind: str, tmp_path: Path) -> None:
    more = [] if "--persons" in words_ else ["--persons", "5"]
    code, out, error = run("generate", *words_, *more, "--out", str(tmp_path / "o"), "--lang", "en")
    assert (code, out) == (2, "")
    assert kind in error
    assert not (tmp_path / "o").exists()


def test_files_are_kept_unless_forced(tmp_path: Path) -> None:
    line = ["generate", "--policy", "yuxi/employee", "--persons", "5", "--lang", "en"]
    (tmp_path / "claims.parquet").write_text("mine")
    code, _, error = run(*line, "--out", str(tmp_path))
    assert code == 2
    assert "claims.parquet: the file exists; add --force" in error
    assert (tmp_path / "claims.parquet").read_text() == "mine"
    assert run(*line, "--out", str(tmp_path), "--force")[0] == 0
    for words_ in (
        ["--claims", "c.csv"],
        ["--out", "o", "--claims", "c.csv", "--persons-out", "p.csv"],
        [],
    ):
        assert "say either --out FOLDER" in run(*line, *words_)[2]
    both = str(tmp_path / "a.csv")
    assert "the same file" in run(*line, "--claims", both, "--persons-out", both)[2]
    odd = ["--claims", str(tmp_path / "a.txt"), "--persons-out", str(tmp_path / "b.csv")]
    assert "ends in .parquet or .csv" in run(*line, *odd)[2]
    lost = ["--claims", str(tmp_path / "no" / "a.csv"), "--persons-out", str(tmp_path / "b.csv")]
    assert "its folder does not exist" in run(*line, *lost)[2]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pa.parquet.ParquetWriter, "write_table", full)
    line = ["generate", "--policy", "yuxi/employee", "--persons", "5", "--lang", "en"]
    code, out, error = run(*line, "--out", str(tmp_path))
    assert (code, out) == (2, "")
    assert "persons.parquet: could not be written (No space left on device)" in error
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "find_spec", lambda name: None)
    line = ["generate", "--policy", "yuxi/employee", "--persons", "5", "--out", str(tmp_path)]
    code, _, error = run(*line, "--lang", "en")
    assert code == 2
    assert error.startswith("numpy is not installed; whole tables need the extra gongji[batch]")


# --- the page ------------------------------------------------------------------------------------

PAGE = (Path(__file__).parent.parent / "docs" / "generate.md").read_text(encoding="utf-8")


def test_what_the_page_shows_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^gongji (generate .*)$", PAGE, re.MULTILINE)
    assert len(commands) == 3
    for line in commands:
        code, _, error = run(*shlex.split(line))
        assert (code, error) == (0, "")
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(program, {})


def test_the_page_shows_the_habits() -> None:
    for name, care in habits.CARE.items():
        shares = [f"{one / 100:g}" for one in (care.ordinary, care.chronic, care.special)]
        cells = [f"`{name}`", *shares, f"{care.median:,}", f"{care.spread / 10}"]
        assert f"| {' | '.join(cells)} |" in PAGE
    for name, life in habits.LIVES.items():
        who = [f"`{one}`" for one, category in habits.CATEGORIES.items() if category.life == name]
        ages = f"{life.youngest}–{life.oldest}, mostly {life.likeliest}"
        ill = [f"{life.chronic / 10:g}", f"{life.special / 10:g}"]
        cells = [name, ", ".join(who), ages, *ill, f"{life.visits / 100}", f"{life.stays / 100:g}"]
        assert f"| {' | '.join(cells)} |" in PAGE
    for name, part in habits.PARTS.items():
        assert f"| `{name}` | {part.bills} | {part.most} |" in PAGE
    for table in (habits.CHANGED, habits.CHANGED_OF_PERSON):
        for name, values in table.items():
            shown = ", ".join(f"{value} {part / 100:g}" for value, part in values.items())
            assert f"| `{name}` | {shown} |" in PAGE
