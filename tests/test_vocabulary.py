"""The vocabulary: an invented city uses every word that the format has for rules of this field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from gongji.cases.case import Case
from gongji.cases.index import clause_index
from gongji.cases.read import case_files, read_cases
from gongji.cases.run import run_case
from gongji.check.report import report_of
from gongji.policy.versions import BUILT_IN, Library

CITY = Path(__file__).parent.parent / "examples" / "policies" / "baihe"
LIBRARY = Library((BUILT_IN, CITY.parent))
CASES = {case.id: case for path in case_files(CITY / "cases") for case in read_cases(path)}
POLICIES = [name for name in LIBRARY.ids() if name.startswith("baihe/")]

ITEMS = {
    "Deductibles": """per visit; per admission, by ordinal; a factor for some treatments; per year;
        per month; per drug and year; per agreement; a share of the bill; shared between benefits;
        by tier; by category; by age; by status; days-long stays that take a second one""",
    "Rates": """by category; by tier; by kind of provider; by band; by age; by years of
        contribution; by referral; by family-doctor contract; linear in age; plus or minus points;
        times a factor""",
    "Bands": """on cost with the deductible; on cost without the deductible; on the person's own
        burden; on the excess over a threshold; on the total; marginal: each part at its own
        rate""",
    "Limits": """on cost; on fund payment; per visit; per day; per day of a stay; per month;
        per year; per disease; per drug and year; per agreement; per item; per surgery year;
        for life; growing with the number of diseases; growing with months of contribution;
        growing with years of contribution; a multiple of a published average wage; shared between
        benefits; shared by a household; the rest to another benefit; the rest to a layer;
        the rest to the person""",
    "Prior self-pay": "by item class; by area; by item; several in sequence",
    "Which benefit, and when": """which benefit applies, in what order; an either-or choice for a
        year; the better of two ways; account exhausted first; agreement in force; recognised at
        that hospital; referral; catalogue membership""",
    "Time": """changes inside a year; validity and expiry; in force by date of service; publication
        date beside it, retroactive force; parameters published elsewhere, by period; narrow
        expressions over declared names""",
    "Registrations and claims": """what a registration sets; for one disease only; at the
        institution named; in the area named; one at a time; renewed by itself; days that another
        rule states; a claim on paper; a deadline for it""",
}
"""What a policy format of this field must be able to say."""


class Row(NamedTuple):
    """A row of the page: the item, how it is written, its clauses and its cases."""

    section: str
    item: str
    words: str
    clauses: tuple[str, ...]
    cases: tuple[str, ...]


def _rows() -> list[Row]:
    rows: list[Row] = []
    section = ""
    for line in (CITY / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").partition(" · ")[0]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if section and line.startswith("| ") and not cells[0].startswith(("item", "---")):
            item, words, clauses, cases = cells
            rows.append(
                Row(
                    section,
                    item.partition(" · ")[0],
                    words,
                    tuple(one[:2] + "-" + one[2:].lstrip("-") for one in clauses.split()),
                    tuple(cases.split()),
                )
            )
    return rows


ROWS = _rows()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Case) -> None:
    assert run_case(case, LIBRARY).differences == ()


def test_every_item_has_a_row() -> None:
    for section, items in ITEMS.items():
        wanted = [" ".join(item.split()) for item in items.split(";")]
        assert [row.item for row in ROWS if row.section == section] == wanted
    assert {row.section for row in ROWS} == set(ITEMS)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.section}: {row.item}" for row in ROWS])
def test_a_row_names_what_there_is(row: Row) -> None:
    """Its cases exist and test one of its clauses each, its words stand in the city's files."""
    assert row.cases
    for name in row.cases:
        assert set(CASES[name].clauses) & set(row.clauses), name
    tested = {clause for name in row.cases for clause in CASES[name].clauses}
    assert set(row.clauses) <= tested
    files = "".join(path.read_text(encoding="utf-8") for path in CITY.rglob("*.yaml"))
    for words in re.findall(r"`([^`]+)`", row.words):
        assert words in files, words


@pytest.mark.parametrize("name", POLICIES)
def test_the_check_finds_nothing_that_is_not_known(name: str) -> None:
    for header in LIBRARY.versions(name):
        policy = LIBRARY.policy(f"{name}@{header.in_force.first}", header.in_force.first)
        report = report_of(policy)
        assert [f"{one.kind}, {one.item}: {one.text(policy).en}" for one in report.new] == []
        assert [f"{one.kind}, {one.item}" for one in report.gone] == []


def test_every_clause_has_a_home_and_a_case() -> None:
    rows = [row for row in clause_index(LIBRARY, CASES.values()) if row.document.id[:5] == "baihe"]
    assert len({row.clause.id for row in rows}) == len(rows) == 15 + 15 + 21 + 14 + 8
    assert [row.clause.id for row in rows if not row.homes or not row.cases] == []
