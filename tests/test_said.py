"""Tests of what was said: they never ask for a fact, and take no default for it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from gongji.engine.inputs import read_person, read_visit
from gongji.engine.meters import Meters
from gongji.engine.settle import settle
from gongji.policy.model import Policy
from gongji.policy.problems import FileRefused
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

EXAMPLE = Path(__file__).parent.parent / "examples" / "policies"
FILE = "qingxi/employee/2025-01-01.yaml"
FACTS = "  category: [active, retired]\n"
LEAVING = """  category: [active, retired]
  left_on:
    of: person
    title: {zh: 退休日, en: day of retirement}
    kind: date
"""
RATES = """    by: [category]
    rows:
"""
GROUP = """  fact month:
    title: {zh: 退休的月份, en: month of retirement}
    of: days_between(today, next_month(left_on))
    values:
      same: {zh: 当月或以后, en: this month or later}
      before: {zh: 以前, en: before}
    cases:
      before: to 0 ^003
      same: otherwise
  fact group:
    title: {zh: 身份, en: status}
    values:
      active: {zh: 在职, en: active}
      retired: {zh: 退休, en: retired}
    cases:
      active: [{left_on: not said, category: active}, {left_on: said, month: same}]
      retired: [{left_on: not said, category: retired}, {left_on: said, month: before}]
    cite: ^003
  table rate:
"""


def changed(folder: Path, *edits: tuple[str, str]) -> Policy:
    """The example city, whose rates go by a day of retirement where it is said."""
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    path = folder / FILE
    text = path.read_text(encoding="utf-8")
    mine = (
        (FACTS, LEAVING),
        (RATES, RATES.replace("category", "group")),
        ("  table rate:\n", GROUP),
    )
    for old, new in (*mine, *edits):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return Library((BUILT_IN, folder)).policy("qingxi/employee", date(2025, 3, 1))


def paid(policy: Policy, person: Mapping[str, str]) -> int:
    """What the pool pays of 1,600 yuan on 2025-03-10, in fen: 1,000 above the deductible."""
    event = {"date": "2025-03-10", "setting": "outpatient", "in_scope": "1600"}
    visit = read_visit(policy, event)
    return settle(policy, read_person(policy, person), Meters(), visit).payments["pool"]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ({"category": "active"}, 600_00),
        ({"category": "retired"}, 700_00),
        ({"category": "active", "left_on": "2025-02-28"}, 700_00),
        ({"category": "retired", "left_on": "2025-03-01"}, 600_00),
        ({"left_on": "2024-12-31"}, 700_00),
        ({"left_on": "2025-04-01"}, 600_00),
    ],
)
def test_what_is_said_decides_before_what_is_not(
    tmp_path: Path, person: Mapping[str, str], expected: int
) -> None:
    assert paid(changed(tmp_path), person) == expected


def test_a_fact_that_may_stay_unsaid_is_not_asked_for(tmp_path: Path) -> None:
    with pytest.raises(Refused) as found:
        paid(changed(tmp_path), {})
    assert found.value.details["field"] == "category"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{left_on: not said, category: active}", "{category: active}", "active and retired"),
        ("{left_on: not said, category: retired}, ", "", "no case applies"),
    ],
)
def test_cases_are_held_apart_where_a_fact_is_unsaid(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    with pytest.raises(FileRefused) as found:
        changed(tmp_path, (old, new))
    assert words in found.value.message.en


def test_a_fact_of_another_version_may_be_said(tmp_path: Path) -> None:
    own = "  wage:\n    of: person\n    title: {zh: 工资, en: wage}\n    kind: amount\n"
    policy = changed(tmp_path, ("order:", "idle: [wage]\norder:"), (LEAVING, LEAVING + own))
    assert paid(policy, {"category": "active", "wage": "5000"}) == 600_00


@pytest.mark.parametrize(
    ("idle", "words"),
    [("idle: [wages]", "there is no 'wages'"), ("idle: [category]", "a rule uses it")],
)
def test_a_faulty_list_of_idle_facts_is_told(tmp_path: Path, idle: str, words: str) -> None:
    with pytest.raises(FileRefused) as found:
        changed(tmp_path, ("order:", f"{idle}\norder:"))
    assert words in found.value.message.en
