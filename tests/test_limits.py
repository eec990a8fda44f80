"""What facts are held to: one bad input for each limit that a policy sets, and faulty limits."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from command import run
from gongji.policy.problems import FileRefused
from gongji.policy.versions import BUILT_IN, Library

OWN = Path(__file__).parent / "policies"


def refused(command: str, *words: str, **facts: str) -> str:
    """What the command line says of facts that it refuses."""
    pairs = [word for name, value in facts.items() for word in ("--fact", f"{name}={value}")]
    code, out, err = run(*command.split(), *words, *pairs, "--lang", "en")
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    return err


CHANGZHOU = "--policy changzhou/employee --date 2024-05-01"
STUDENT = "--policy changzhou/student --date 2024-05-01"
RESIDENT = "--policy wuxi/resident --date 2019-06-10"
NATIONAL = "--policy national/resident --date 2017-06-01"


@pytest.mark.parametrize(
    ("command", "facts", "words"),
    [
        (
            f"entitle benefit_start {CHANGZHOU}",
            "insured_as=flexible restarted=yes first_paid=2024-03-01 resumed_on=2024-02-01",
            "days in the wrong order: --fact first_paid (day of the first full payment) is "
            "2024-03-01, after --fact resumed_on (day when payment went on), 2024-02-01",
        ),
        (
            f"entitle suspension {CHANGZHOU}",
            "insured_as=employee first_paid=2024-03-01 unpaid_from=2024-02-01",
            "after --fact unpaid_from (any day of the first unpaid month), 2024-02-01",
        ),
        (
            f"entitle after_back_payment {CHANGZHOU}",
            "insured_as=employee unpaid_from=2024-03-01 suspended_from=2024-02-01",
            "days in the wrong order",
        ),
        (
            f"entitle waiting {CHANGZHOU}",
            "insured_as=employee paid_months=1.5",
            "expected a whole number, from 0 to 1200",
        ),
        (
            f"entitle while_unpaid {CHANGZHOU}",
            "insured_as=employee unpaid_months=1201",
            "expected a whole number, from 0 to 1200",
        ),
        (
            f"entitle transfer {CHANGZHOU}",
            "insured_as=flexible months_owed=2.5",
            "expected a whole number, from 0 to 1200",
        ),
        (
            f"contribute top_up {CHANGZHOU}",
            "sex=male months_paid=9999",
            "expected a whole number, from 0 to 1200",
        ),
        (
            f"contribute school_batch {STUDENT}",
            "students=10 hardship_students=11",
            "--fact hardship_students (students in hardship among them) is 11, more than "
            "--fact students (students whom the school enrols), 10",
        ),
        (f"contribute school_batch {STUDENT}", "students=1.5", "expected a whole number"),
        (
            f"ask inpatient_share {NATIONAL}",
            "in_scope_inpatient=100 fund_inpatient=100.01",
            "100.01, more than --fact in_scope_inpatient",
        ),
        (
            f"ask payment_gap {NATIONAL}",
            "total_cost=100 in_scope_cost=101",
            "101.00, more than --fact total_cost",
        ),
        (
            f"ask payment_gap {NATIONAL}",
            "total_cost=100 in_scope_cost=90 fund_paid=91",
            "91.00, more than --fact in_scope_cost",
        ),
        (f"ask funding_floor {NATIONAL}", "town_members=0.5", "expected a whole number"),
        (
            "contribute funding_standard --policy national/changes --date 2023-01-01",
            "coverage_year=23",
            "expected a whole number, from 2000 to 2100",
        ),
        (
            "account account_credit --policy shanghai/employee --date 2024-01-01",
            "category=retired born_on=1960-01-01 retired_from=1959-01-01",
            "after --fact retired_from",
        ),
        (
            "account account_credit --policy wuhan/employee --date 2023-03-01",
            "category=retired months=1.5",
            "expected a whole number, from 0 to 1200",
        ),
        (
            "register out_of_area_filing --policy wuxi/employee --date 2019-06-10",
            "months_elsewhere=5.5",
            "expected a whole number",
        ),
        (
            f"enrol enrol_newborn {RESIDENT}",
            "birth_date=2019-06-11",
            "2019-06-11, after --date, 2019-06-10",
        ),
        (
            f"enrol enrol_newborn {RESIDENT}",
            "birth_date=1888-06-11",
            "131 years from --date, 2019-06-10",
        ),
        (
            f"register infant_transfer {RESIDENT}",
            "category=infant admitted_on=2019-06-11",
            "2019-06-11, after --date, 2019-06-10",
        ),
        (
            f"register infant_transfer {RESIDENT}",
            "category=infant birth_date=2019-06-09 admitted_on=2019-06-08",
            "after --fact admitted_on",
        ),
        (
            "account account_credit --policy shanghai/employee --date 2023-11-01",
            "category=retired born_on=1948-07-02 retired_from=2023-11-01 year_from=2023-09-01",
            "is 2023-09-01; expected 07-01 of a year, such as 2023-07-01",
        ),
        (
            "account account_credit --policy zhenjiang/employee --date 2023-02-01",
            "category=retired months_credited_2022=13",
            "expected a whole number, from 0 to 12",
        ),
    ],
)
def test_facts_are_held_to_their_limits(command: str, facts: str, words: str) -> None:
    assert words in refused(command, **dict(one.split("=") for one in facts.split()))


@pytest.mark.parametrize(
    ("options", "facts", "words"),
    [
        (
            "wuxi/resident --date 2019-06-10 --setting inpatient --in-scope 100",
            "birth_date=2019-06-11",
            "--fact birth_date (date of birth) is 2019-06-11, after --date, 2019-06-10",
        ),
        (
            "wuxi/resident --date 2019-06-10 --setting inpatient --in-scope 100",
            "continuous_years=101",
            "expected a number, such as 3 or 2.5, from 0 to 100",
        ),
        (
            "yuxi/employee --date 2023-06-10 --setting outpatient --in-scope 100",
            "chronic_disease_count=1.5",
            "expected a whole number, from 0 to 100",
        ),
        (
            "zhenjiang/employee --date 2023-06-10 --setting outpatient --in-scope 100",
            "years_over_minimum=101",
            "from 0 to 100",
        ),
    ],
)
def test_so_are_those_of_a_settlement(options: str, facts: str, words: str) -> None:
    assert words in refused(f"settle --policy {options}", **dict([facts.split("=")]))


def test_a_day_worked_out_beyond_the_calendar_is_refused() -> None:
    found = refused(
        "register agreement_change --policy wuxi/employee --date 9999-12-31",
        outpatient_choice="pooled",
    )
    assert "outside the years 1 to 9999" in found


def test_a_share_of_nothing_is_refused_by_name() -> None:
    found = refused(f"ask inpatient_share {NATIONAL}", in_scope_inpatient="0", fund_inpatient="0")
    assert found.startswith("“inpatient cost in scope, in sum” is 0, of which there is no share")


def test_an_amount_below_zero_is_refused_with_the_rule() -> None:
    found = refused(
        "contribute contribution_split --policy zhenjiang/employee --date 2023-03-01",
        category="flexible", base="4494", contribution="50",
    )  # fmt: skip
    assert "“credited to the pool” comes to -39.88, less than nothing; the rule: 2 % of" in found
    assert "the rest to the pool (ZJE-027); check --fact base (contribution base), " in found


def test_limits_are_not_met_by_the_bound_itself() -> None:
    code, _, err = run(
        "enrol", "enrol_newborn", *RESIDENT.split(), "--fact", "birth_date=2019-06-10"
    )
    assert (code, err) == (0, "")


LIMIT = "    not_before: unpaid_from\n"


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("    not_before: unpaid_form\n", "to mend it: write unpaid_from"),
        ("    not_before: paid_up_on\n", "there is no 'paid_up_on'"),
        ("    not_before: wage\n", "there is no 'wage'"),
        ("    not_above: wage\n", "not_above of a date; expected kind: number or amount"),
        ("    most: 12\n", "most of a date; expected kind: number"),
        ("    whole: yes\n", "whole of a date"),
        ("    default: tomorrow\n", "expected one of: today"),
        ("    falls_on: 02-30\n", "month and day, such as 07-01"),
        ("    falls_on: 7-1\n", "month and day, such as 07-01"),
    ],
)
def test_faulty_limits_are_told(tmp_path: Path, new: str, words: str) -> None:
    shutil.copytree(OWN, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "linshui/officer/2024-07-01.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(LIMIT) == 1
    path.write_text(text.replace(LIMIT, new), encoding="utf-8")
    with pytest.raises(FileRefused) as found:
        Library((BUILT_IN, tmp_path)).policy("linshui/officer", date(2024, 8, 1))
    assert words in found.value.message.en
