"""The command line as people use it, rightly and wrongly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from command import run
from conftest import CASES

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "zhenjiang-agency-example.yaml"
OWN = str(Path(__file__).parent / "policies")
AGENCY = "examples/zhenjiang-agency-example.yaml"
STAY = [
    "settle", "--policy", "changzhou/employee", "--date", "2024-03-05", "--category", "active",
    "--setting", "inpatient", "--tier", "3", "--in-scope", "80000",
]  # fmt: skip


def test_settle_from_options_as_json() -> None:
    code, out, _ = run(*STAY, "--json")
    record = json.loads(out)
    assert code == 0
    assert record["payments"]["pool"] == "71100.00"
    assert record["person"] == "8900.00"


def test_settle_a_case_file_and_hold_it_to_what_it_expects() -> None:
    code, out, _ = run("settle", str(EXAMPLE))
    assert code == 0
    for figure in ("6,000.00", "4,800.00", "9,200.00", "ZJE-012", "与 expect 相符"):
        assert figure in out


def test_settle_in_english() -> None:
    code, out, _ = run("settle", str(EXAMPLE), "--lang", "en")
    assert code == 0
    assert "The pooled fund pays 10,000.00 × 60% = 6,000.00 yuan; you pay the other" in out
    assert "As expected" in out


def test_no_line_is_wider_than_80_columns() -> None:
    from gongji.cli.wrap import cells

    for words in (STAY, ["settle", str(EXAMPLE), "--lang", "en"], ["policy", "changzhou/employee"]):
        _, out, _ = run(*words)
        assert max(cells(line.rstrip()) for line in out.splitlines()) <= 80


@pytest.mark.parametrize(
    "example", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda p: p.name
)
def test_every_example_settles(example: Path) -> None:
    assert run("settle", str(example))[0] == 0


def test_facts_readings_and_parameters_from_options() -> None:
    code, out, _ = run(
        "settle", "--policy", "wuhan/employee", "--date", "2023-03-05", "--category", "active",
        "--setting", "outpatient", "--tier", "1", "--in-scope", "1000", "--reading",
        "outpatient_cost=700", "--parameter", "pool_maximum=500", "--fact", "designated=yes",
        "--account-balance", "50", "--json",
    )  # fmt: skip
    record = json.loads(out)
    assert code == 0
    assert (record["payments"]["pool"], record["account"]) == ("500.00", "50.00")
    assert record["parameters"] == {"pool_maximum": "500.00"}


def test_a_case_that_fails_shows_the_difference_and_the_steps(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("pool: 6000.00", "pool: 6000.01")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text, encoding="utf-8")
    code, out, _ = run("test", str(wrong), str(EXAMPLE), "--lang", "en")
    assert code == 1
    assert "payments.pool: expected 6000.01, got 6000.00" in out
    assert "The pooled fund pays 10,000.00 × 60% = 6,000.00 yuan; you pay the other" in out
    assert out.splitlines()[-1] == "1 passed, 1 failed"
    assert run("settle", str(wrong))[0] == 1


def test_test_runs_folders_and_counts() -> None:
    code, out, _ = run("test", str(CASES))
    assert code == 0
    assert out.splitlines()[-1].endswith(" passed, 0 failed")


def test_test_as_json(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(
        json.dumps(
            {
                "policy": "zhenjiang/employee",
                "person": {"category": "active"},
                "event": {
                    "date": "2023-03-01",
                    "setting": "outpatient",
                    "tier": 3,
                    "in_scope": 801,
                },
                "expect": {"payments": {"pool": "9"}},
            }
        ),
        encoding="utf-8",
    )
    code, out, _ = run("test", str(wrong), "--json")
    found = json.loads(out)
    assert code == 1
    assert (found["passed"], found["failed"]) == (0, 1)
    assert found["failures"][0]["differences"][0]["got"] == "0.60"


def test_policies_and_policy() -> None:
    assert "changzhou/employee" in run("policies")[1]
    listed = json.loads(run("policies", "--json")[1])
    assert {one["policy"] for one in listed} >= {"wuhan/employee", "zhenjiang/employee"}
    code, out, _ = run("policy", "zhenjiang/employee", "--on", "2023-05-01", "--lang", "en")
    assert code == 0
    assert "1,200" in out
    assert "^042" in out
    assert "for: setting: inpatient" in out
    assert "first admission: admissions of the year (this one included): 1  ^042" in out
    record = json.loads(run("policy", "wuhan/employee", "--json")[1])
    assert record["policy"] == "wuhan/employee"


def test_a_folder_without_policies_is_refused(tmp_path: Path) -> None:
    code, _, error = run("policies", "--policies", str(tmp_path), "--lang", "en")
    assert code == 2
    assert "give the folder that holds the cities" in error


def test_titles_of_policies_lead_to_their_names() -> None:
    code, _, error = run("policy", "常州", "--lang", "zh")
    assert code == 2
    assert "是否指 changzhou/employee" in error


def test_schema_is_the_one_published() -> None:
    published = ROOT / "src" / "gongji" / "policies" / "policy.schema.json"
    assert json.loads(run("schema")[1]) == json.loads(published.read_text(encoding="utf-8"))


def test_a_city_of_ones_own() -> None:
    code, out, _ = run(
        "settle", "--policies", OWN, "--policy", "linshui/employee", "--date", "2024-03-01",
        "--category", "retired", "--setting", "special", "--in-scope", "3000", "--parameter",
        "dental_rate=50%", "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["payments"]["pool"] == "1500.00"


BAD = [
    # the options changed, and what the answer says
    (("--policy", "changzhou/employe"), "did you mean changzhou/employee?"),
    (("--policy", "../../etc/passwd"), "there is no policy"),
    (("--policy", "changzhou/employee@2020-01-01"), "no version in force from 2020-01-01"),
    (("--date", "2025-01-01"), "there are: 2024-01-01 to 2024-12-31"),
    (("--date", "2023-12-31"), "no version of changzhou/employee is in force on 2023-12-31"),
    (("--date", "2024-02-30"), "expected YYYY-MM-DD"),
    (("--date", "20240305"), "expected YYYY-MM-DD"),
    (("--tier", "4"), "tier_1 (tier 1), tier_2 (tier 2), tier_3 (tier 3)"),
    (("--category", "retried"), "the nearest is retired"),
    (("--setting", "day_surgery"), "“day_surgery” is no value of “setting” in changzhou/employee"),
    (("--in-scope", "-80000"), "--in-scope: “-80000” is not an amount"),
    (("--in-scope", "eighty"), "at most two decimals"),
    (("--in-scope", "80000.001"), "at most two decimals"),
    (("--in-scope", "99999999999999999999"), "is too large"),
    (("--total", "79999.99"), "more than the total 79,999.99"),
    (("--fact", "colour=red"), "does not ask for 'colour'"),
    (("--fact", "designated"), "should be name=value"),
    (("--fact", "quantity=-1"), "expected a number, such as 3 or 2.5, 1 or more"),
    (("--reading", "admisions=2"), "the nearest is admissions"),
    (("--reading", "admissions=1.5"), "expected a whole number"),
    (("--parameter", "pool_maximum=1"), "there is no parameter “pool_maximum”"),
    (("--policies", "nowhere"), "nowhere is not a folder"),
    (("--policy", "changzhou/employee@"), "no version in force from"),
    (("--date", "2024-W10-2"), "expected YYYY-MM-DD"),
    (("--in-scope", "5²"), "is not an amount"),
    (("--in-scope", "9" * 5000), "is not an amount"),
    (("--in-scope", "1\n\x1b[2J"), "“1�"),
    (("--reading", "admissions=1e9999999999"), "expected a whole number"),
    (("--reading", "admissions=99999999999999999999"), "expected a whole number"),
    (("--reading", "pooled_cost[=2"), "there is no meter"),
    (("--fact", "tier=2"), "tier is said twice: 3 and 2; say it once"),
    (("--fact", "in_scope=7"), "in_scope is said twice"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "answer"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_input_is_answered_in_one_sentence(words: tuple[str, str], answer: str) -> None:
    option, value = words
    stay = list(STAY)
    if option in stay:
        stay[stay.index(option) + 1] = value
    else:
        stay += words
    code, out, err = run(*stay, "--lang", "en")
    assert code == 2
    assert out == ""
    assert answer in err
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


def test_missing_facts_name_the_option() -> None:
    words = [word for word in STAY if word not in ("--tier", "3")]
    code, _, err = run(*words, "--lang", "en")
    assert code == 2
    assert "(--tier): tier_1 (tier 1)" in err


def test_not_stated_is_an_answer_for_machines_too() -> None:
    code, out, err = run(
        "settle", "--policy", "zhenjiang/employee", "--date", "2023-03-05", "--category", "active",
        "--setting", "special", "--tier", "3", "--in-scope", "100", "--json",
    )  # fmt: skip
    error = json.loads(out)["error"]
    assert code == 2
    assert (error["kind"], error["clauses"]) == ("not_stated", ["ZJE-023"])
    assert "ZJE-023" in err


def test_nothing_at_all_says_what_to_give() -> None:
    code, _, err = run("settle", "--lang", "en")
    assert code == 2
    assert "--policy is missing" in err
    assert "changzhou/employee" in err


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("person: {}\nevent: {date: 2024-03-01}\n", "policy: missing"),
        ("policy: changzhou/employee\nevnt: {}\n", "to mend it: write event"),
        ("policy: changzhou/employee\nevent: x\n", "not {field: value}"),
        ("policy: changzhou/employee\nhistory: x\nevent: {}\n", "history: not a list"),
        ("policy: changzhou/employee\nevent: {}\n", "event.date"),
        ("- policy: x/y\n  event: {date: 2024-03-01}\n", "there is no policy 'x/y'"),
        ("policy: [a\n", "not valid YAML"),
        (
            "policy: changzhou/employee\nhistory: [{what: visti, date: 2024-03-01}]\n"
            "event: {date: 2024-03-01}\n",
            "the nearest is visit",
        ),
        (
            "policy: changzhou/employee\nhistory:\n- {what: credit, date: 2024-03-01}\n"
            "event: {date: 2024-03-01, in_scope: 1}\n",
            "a credit event has the fields what, date, amount",
        ),
        (
            "policy: changzhou/employee\nperson: {tier: 3}\n"
            "event: {date: 2024-03-01, in_scope: 1}\n",
            "'tier' belongs in the event",
        ),
        (
            "policy: changzhou/employee\nperson: {category: active}\n"
            "event: {date: 2024-03-01, setting: outpatient, tier: 2, total: 5, items: []}\n",
            "expected a list of at least one item",
        ),
        (
            "policy: changzhou/employee\nperson: {category: active}\n"
            "event: {date: 2024-03-01, setting: outpatient, tier: 2, total: 5, "
            "items: [{in_scope: 4}]}\n",
            "stated as 5.00, but the items add up to 4.00",
        ),
    ],
)
def test_bad_case_files_are_answered_with_file_and_line(
    tmp_path: Path, text: str, answer: str
) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(text, encoding="utf-8")
    code, _, err = run("settle", str(path), "--lang", "en")
    assert code == 2
    assert answer in err
    assert f"{path}:" in err


def test_paths_that_hold_no_cases(tmp_path: Path) -> None:
    assert run("test", str(tmp_path))[0] == 2
    assert run("test", str(tmp_path / "missing.yaml"))[0] == 2
    assert run("settle", str(tmp_path))[0] == 2


def test_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m gongji policy changzhou/employee | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_version() -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert out.strip()[0].isdigit()


def test_a_case_file_or_options_not_both() -> None:
    code, out, err = run("settle", AGENCY, "--in-scope", "5", "--lang", "en")
    assert (code, out) == (2, "")
    assert "a case file and options besides (in_scope); use one or the other" in err


BAD_CASES = [
    # a file, and what the answer says
    ("[]", "no case"),
    ('[{"policy": "changzhou/employee"}]', "case[1] › event: missing"),
    ('{"policy": ["x"], "event": {}}', "policy: not a text"),
    ('{"policy": "changzhou/employee", "event": {}, "expect": {}}', "expect: empty"),
    ('{"policy": "changzhou/employee", "event": {}, "history": "x"}', "not a list (of earlier"),
    (
        '{"policy": "changzhou/employee", "event": {"date": "2024-03-01"}, "history": [{"what": '
        '"change", "date": "2024-02-01", "person": {"account_balance": 5}}]}',
        "history[1].person.account_balance: a balance is no fact of a person",
    ),
    (
        '{"policy": "changzhou/employee", "event": {"date": "2024-03-01"}, "history": [{"what": '
        '"change", "date": "2024-02-01", "person": {"categry": "retired"}}]}',
        "history[1].person.categry",
    ),
    ("[" * 40000, "nested more than"),
    ('{"policy": "changzhou/employee", "event": {"date": "\\ud800"}}', "is not a date"),
]


@pytest.mark.parametrize(("text", "answer"), BAD_CASES, ids=[words for _, words in BAD_CASES])
def test_a_bad_case_is_answered_in_one_sentence(tmp_path: Path, text: str, answer: str) -> None:
    name = "case.yaml" if text.startswith("[[") else "case.json"
    (tmp_path / name).write_text(text, encoding="utf-8")
    code, out, err = run("settle", str(tmp_path / name), "--lang", "en")
    assert (code, out) == (2, "")
    assert answer in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("person", ["1/0", "1e9999999999", "18400/2", "9200.001"])
def test_what_is_not_the_amount_does_not_pass_for_it(tmp_path: Path, person: str) -> None:
    text = (
        (ROOT / AGENCY).read_text(encoding="utf-8").replace("person: 9200.00", f"person: {person}")
    )
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    assert run("test", str(tmp_path))[0] == 1


def test_a_field_that_no_result_has_is_a_difference(tmp_path: Path) -> None:
    text = (ROOT / AGENCY).read_text(encoding="utf-8").replace("person: 9200", "persn: 9200")
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    code, out, _ = run("test", str(tmp_path), "--lang", "en")
    assert code == 1
    assert "persn: expected 9200.00, the result has no such field" in out


SEVERAL = """
- id: first
  policy: changzhou/employee
  person: {category: active}
  event: {date: 2024-03-05, setting: inpatient, tier: 3, in_scope: 80000}
  expect: {person: 8900}
- id: without a tier
  policy: changzhou/employee
  person: {category: active}
  event: {date: 2024-03-05, setting: inpatient, in_scope: 80000}
- id: refused in its history
  policy: changzhou/employee
  person: {category: active}
  history:
  - {date: 2024-03-01, setting: inpatient, tier: 3, in_scope: 1000}
  - {date: 2024-03-05, setting: inpatient, in_scope: 80000}
  event: {date: 2024-03-05, setting: inpatient, tier: 3, in_scope: 80000}
"""


def test_of_several_cases_one_that_is_refused_does_not_hide_the_others(tmp_path: Path) -> None:
    path = tmp_path / "several.yaml"
    path.write_text(SEVERAL, encoding="utf-8")
    code, out, _ = run("settle", str(path), "--json")
    first, second, third = json.loads(out)
    assert code == 2
    assert first["person"] == "8900.00"
    assert "(event.tier)" in second["error"]["message"]["en"]
    message = third["error"]["message"]["en"]
    assert third["error"]["event"] == "history[2]"
    assert "history[2] (2024-03-05): changzhou/employee needs to know" in message
    assert "(history[2].tier)" in message
    assert message.endswith("give the totals after it with `what: readings`")


def test_what_no_rule_of_settlement_asks_for_is_named() -> None:
    code, out, _ = run(*STAY, "--fact", "papers=id", "--fact", "wage=9000", "--json")
    (note,) = json.loads(out)["notes"]
    assert code == 0
    assert note["en"].startswith("Not used: own average monthly wage of last year (wage), papers")


def test_a_field_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(
        "policy: changzhou/employee\nperson: {insured_as: employee, employer_kind: enterprise}\n"
        "event: {what: enrolment, date: 2024-05-01}\n"
        "expect: {must_join: yes, allowed: true, required: 'false'}\n",
        encoding="utf-8",
    )
    code, out, _ = run("test", str(path), "--lang", "en")
    assert code == 1
    assert "must_join: expected yes, the result has no such field; it has: allowed" in out
    assert "required: expected false, got yes" in out
    assert "allowed: expected" not in out
