"""The check: gaps, limits and benefits that nothing reaches, the worse off who pay less."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from command import run
from gongji.check.findings import findings_of
from gongji.check.report import report_of
from gongji.check.walk import LARGEST, Walks
from gongji.policy.model import Policy
from gongji.policy.versions import BUILT_IN, Library

EXAMPLE = Path(__file__).parent.parent / "examples" / "policies"
FILE = "qingxi/employee/2025-01-01.yaml"


def changed(folder: Path, *edits: tuple[str, str]) -> Policy:
    """The example city with some edits, each of which must apply exactly once."""
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    path = folder / FILE
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return Library((BUILT_IN, folder)).policy("qingxi/employee", date(2025, 3, 1))


PAYS = """      - pay: pool
        at: rate
        until: {outpatient_paid: limit}
        then: {bear: above_limit}
"""


SWAPPED = (("active:  60% ^003", "active:  70% ^003"), ("retired: 70%", "retired: 60%"))


def test_every_breakpoint_is_found_to_the_fen(tmp_path: Path) -> None:
    # 600 deductible; 5,000 / 60 % = 8,333.33 1/3 above it: the limit is reached from 8,933.34 on
    found = Walks(changed(tmp_path)).of({"category": "active", "setting": "outpatient"})
    firsts = [segment.first for segment in found.segments]
    assert 600_01 in firsts
    assert 8_933_34 in firsts
    assert found.segments[-1].last == LARGEST
    for segment in found.segments:
        assert segment.first <= segment.last


def test_an_ordinary_policy_has_no_findings(tmp_path: Path) -> None:
    assert findings_of(changed(tmp_path)) == []


def test_a_stretch_that_no_fund_pays(tmp_path: Path) -> None:
    policy = changed(
        tmp_path,
        (
            PAYS,
            "      - {to: 5000元 ^003, pay: pool, at: rate, until: no limit ^003}\n"
            "      - {to: 7000元 ^003~, bear: above_limit, cite: ^003}\n" + PAYS,
        ),
    )
    (gap,) = findings_of(policy)
    assert (gap.kind, gap.item) == ("gap", "benefit outpatient")
    assert "between 5,000.00 and 7,000.00" in gap.text.en
    assert gap.clauses == ("QX-003",)


def test_the_worse_off_who_pay_less(tmp_path: Path) -> None:
    policy = changed(
        tmp_path, ("active:  60% ^003", "active:  70% ^003"), ("retired: 70%", "retired: 60%")
    )
    (finding,) = findings_of(policy)
    assert (finding.kind, finding.item) == ("worse_pays_more", "facts category")
    assert "retired bears" in finding.text.en


def test_what_nothing_reaches(tmp_path: Path) -> None:
    policy = changed(
        tmp_path,
        ("order: [parts, outpatient]", "order: [parts, outpatient, never]"),
        (
            "  reading 003:\n",
            "  meter never_paid:\n    title: {zh: 用不到, en: never}\n    counts: payment\n"
            "    window: year\n    cite: ^003\n"
            "  benefit never:\n    title: {zh: 用不到, en: never}\n    for: {setting: outpatient}\n"
            "    cite: ^003\n    steps:\n    - pay: pool\n      at: 60% ^003\n"
            "      until: {never_paid: 600元 ^003}\n      then: {bear: above_limit}\n"
            "  reading 003:\n",
        ),
    )
    assert {(one.kind, one.item) for one in findings_of(policy)} == {
        ("never_entered", "benefit never"),
        ("limit_never_reached", "benefit never never_paid"),
    }


def test_what_is_listed_is_known_and_what_is_not_found_is_gone(tmp_path: Path) -> None:
    listed = (
        "account: not stated ^002",
        "known:\n- {finding: worse_pays_more, item: facts category, because: {zh: 例, en: so}}\n"
        "- {finding: gap, item: benefit outpatient, because: {zh: 例, en: so}}\n"
        "account: not stated ^002",
    )
    report = report_of(changed(tmp_path, *SWAPPED, listed))
    assert report.new == ()
    assert [one.item for one, _ in report.known] == ["facts category"]
    assert [one.kind for one in report.gone] == ["gap"]
    assert not report.clean


def test_the_command(tmp_path: Path) -> None:
    code, out, _ = run("check", "qingxi/employee", "--policies", str(EXAMPLE), "--lang", "en")
    assert code == 0
    assert "1 readings in use" in out
    changed(tmp_path, *SWAPPED)
    code, out, _ = run("check", "qingxi/employee", "--policies", str(tmp_path), "--json")
    (record,) = json.loads(out)
    assert code == 1
    assert record["new"][0]["finding"] == "worse_pays_more"
    code, out, _ = run("check", "qingxi/employee", "--policies", str(tmp_path))
    assert "差的反而负担少" in out
    code, _, err = run("check", "nowhere/employee", "--lang", "en")
    assert (code, "there is no policy" in err) == (2, True)


@pytest.mark.parametrize("name", Library().ids())
def test_policies_are_as_they_are_known_to_be(name: str) -> None:
    """Every finding of the built-in policies is listed with its reason, and none is stale."""
    library = Library()
    for header in library.versions(name):
        report = report_of(library.policy(f"{name}@{header.in_force.first}", header.in_force.first))
        assert [f"{one.kind}, {one.item}: {one.text.en}" for one in report.new] == []
        assert [f"{one.kind}, {one.item}" for one in report.gone] == []
