"""The check: every kind of finding, what it rests on, and what it looks at."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from command import run
from gongji.check.finding import Finding
from gongji.check.findings import findings_of
from gongji.check.gaps import gaps
from gongji.check.look import look
from gongji.check.report import report_of
from gongji.check.visit import LARGEST
from gongji.check.walk import Walks
from gongji.engine.steps import Chosen
from gongji.policy.model import Policy
from gongji.policy.versions import BUILT_IN, Library

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "policies"
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


def kinds(policy: Policy) -> set[tuple[str, str]]:
    """The kind and item of everything found."""
    return {(one.kind, one.item) for one in findings_of(policy)}


def only(policy: Policy) -> Finding:
    """The one thing found."""
    (finding,) = findings_of(policy)
    return finding


ORDER = "order: [parts, outpatient]"
SETTING = "  setting: [outpatient]\n"
COUNT = "    - count: outpatient_cost\n      cut:\n"
PAYS = """      - pay: pool
        at: rate
        until: {outpatient_paid: limit}
        then: {bear: above_limit}
"""
READING = "  reading 003:\n"
ACTIVE, RETIRED = "      active:  60% ^003\n", "      retired: 70% ^003\n"
SWAPPED = ((ACTIVE, "      active:  70% ^003\n"), (RETIRED, "      retired: 60% ^003\n"))


# --- the walk ------------------------------------------------------------------------------------


def test_every_breakpoint_is_found_to_the_fen(tmp_path: Path) -> None:
    # 600 deductible; 5,000 / 60 % = 8,333.33 1/3 above it: the limit is reached from 8,933.34 on
    found = Walks(changed(tmp_path)).of({"category": "active", "setting": "outpatient"})
    firsts = [segment.first for segment in found.segments]
    assert 600_01 in firsts
    assert 8_933_34 in firsts
    assert found.segments[-1].last == LARGEST
    for segment in found.segments:
        assert segment.first <= segment.last


def test_a_share_of_the_bill_is_one_segment_until_it_is_held(tmp_path: Path) -> None:
    # 10 % of the bill up to 600: 599.995 of 5,999.95 is 600.00; two lines, not one for each fen
    policy = changed(
        tmp_path,
        ("      - {to: deductible, bear: deductible}\n" + PAYS, PAYS),
        (
            COUNT,
            "    - first: min(stretch * 10% ^003~, 600元 ^003)\n      bear: deductible\n" + COUNT,
        ),
        (
            "  value deductible:\n    title: {zh: 起付标准, en: deductible}\n    is: 600元 ^003\n",
            "",
        ),
    )
    found = Walks(policy).of({"category": "active", "setting": "outpatient"})
    assert 5_999_95 in [segment.first for segment in found.segments]
    assert len(found.segments) < 10
    assert findings_of(policy) == []


CHOICE = (
    (SETTING, SETTING + "  plan:\n    of: bill\n    title: {zh: 方案, en: plan}\n    values:\n"
     "      high: {zh: 高, en: high}\n      low: {zh: 低, en: low}\n"),
    (COUNT, "    - when: {plan: low}\n      pay: pool\n      at: 50% ^003~\n"
     "      until: {outpatient_paid: limit}\n      then: {bear: above_limit}\n" + COUNT),
    (READING, "  best plan: {cite: ^003~}\n" + READING),
)  # fmt: skip


def test_a_choice_made_for_the_person_changes_at_its_bill(tmp_path: Path) -> None:
    # Low pays 50 %, high all above 600, which it leaves.  Of 1,199.99 low pays 599.995, rounded
    # 600.00, and leaves 599.99; of 1,200.00 both leave 600.00, and the first value is taken.
    policy = changed(tmp_path, (ACTIVE, "      active: 100% ^003~\n"), *CHOICE)
    found = Walks(policy).of({"category": "active", "setting": "outpatient"})
    chosen = [one.at_first.steps[0] for one in found.segments]
    assert [one.value for one in chosen[:2] if isinstance(one, Chosen)] == ["low", "high"]
    assert found.segments[0].last == 1_199_99
    values = {walk.facts.get("plan") for walk in look(policy).walks}
    assert values == {None, "high", "low"}


def test_an_ordinary_policy_has_no_findings(tmp_path: Path) -> None:
    assert findings_of(changed(tmp_path)) == []


# --- amounts -------------------------------------------------------------------------------------

HOLE = (
    "      - {to: 5000元 ^003, pay: pool, at: rate, until: no limit ^003}\n"
    "      - {to: 7000元 ^003~, bear: above_limit, cite: ^003}\n"
)


def test_a_stretch_that_no_fund_pays(tmp_path: Path) -> None:
    gap = only(changed(tmp_path, (PAYS, HOLE + PAYS)))
    assert (gap.kind, gap.item, gap.severity) == ("gap", "benefit outpatient", "warning")
    assert "between 5,000.00 and 7,000.00" in gap.what.en
    assert gap.clauses == ("QX-003",)
    assert gap.place is not None
    assert gap.place.file.endswith(FILE)


NTH = (
    "  fact visit:\n    title: {zh: 第几次, en: visit}\n    of: ordinal(visits)\n    values:\n"
    "      first: {zh: 首次, en: first}\n      later: {zh: 以后, en: later}\n"
    "    cases: {first: 1 ^003~, later: 2+ ^003~}\n"
    "  meter visits:\n    title: {zh: 次数, en: visits}\n    counts: visits\n    window: year\n"
    "    cite: ^003\n"
)


def test_a_gap_that_only_a_later_visit_has(tmp_path: Path) -> None:
    gap = only(
        changed(
            tmp_path,
            (
                COUNT,
                "    - count: visits\n    - count: outpatient_cost\n"
                "    - when: {visit: later}\n      along: outpatient_cost\n      cut:\n"
                "      - {to: 600元 ^003, bear: deductible}\n" + HOLE + "      - {go: on}\n"
                "    - along: outpatient_cost\n      cut:\n",
            ),
            (READING, NTH + READING),
        )
    )
    assert gap.kind == "gap"
    assert gap.example is not None
    assert len(gap.example.earlier) == 1


def test_a_cliff(tmp_path: Path) -> None:
    # for each 5,000 of the bill another 600 is borne: at 5,000.00 the person bears 599.99 more
    cliff = only(
        changed(
            tmp_path,
            (
                COUNT + "      - {to: deductible, bear: deductible}\n" + PAYS,
                "    - count: outpatient_cost\n"
                "    - first: floor(stretch / 5000元 ^003) * deductible\n"
                "      bear: deductible\n"
                + PAYS.replace("      - pay", "    - pay").replace("        ", "      "),
            ),
        )
    )
    assert (cliff.kind, cliff.item) == ("cliff", "benefit outpatient")
    assert "4,999.99" in cliff.what.en
    assert "QX-003" in cliff.clauses


def test_a_rate_that_points_carry_over_the_whole(tmp_path: Path) -> None:
    # 60 % and 50 points are 110 %
    found = only(changed(tmp_path, ("        at: rate\n", "        at: rate + 50百分点 ^003~\n")))
    assert (found.kind, found.item, found.severity) == (
        "rate_outside",
        "benefit outpatient",
        "error",
    )
    assert "110%" in found.what.en
    assert [one.what.en.split()[3] for one in found.also] == ["120%,"]


def test_what_cannot_be_worked_out(tmp_path: Path) -> None:
    found = findings_of(
        changed(
            tmp_path,
            (SETTING, SETTING + "  months:\n    of: person\n    title: {zh: 月数, en: months}\n"
             "    kind: number\n"),
            ("    is: 600元 ^003\n", "    is: 600元 / months\n    cite: ^003\n"),
        )
    )  # fmt: skip
    assert [(one.kind, one.severity) for one in found if one.kind == "no_figure"] == [
        ("no_figure", "error")
    ]


# --- who and what is covered ---------------------------------------------------------------------


def test_what_no_rule_covers(tmp_path: Path) -> None:
    policy = changed(tmp_path, (SETTING, "  setting: [outpatient, inpatient, pharmacy]\n"))
    found = only(policy)
    assert (found.kind, found.item) == ("no_rule", "facts setting")
    assert "inpatient" in found.text(policy).en
    assert len(found.also) == 1


def extra(benefit: str) -> tuple[str, str]:
    """Another item of the chapter of the benefit."""
    return READING, benefit + READING


def test_two_benefits_for_one_bill(tmp_path: Path) -> None:
    overlap = only(
        changed(
            tmp_path,
            (ORDER, "order: [parts, veteran, outpatient]"),
            extra(
                "  benefit veteran:\n    title: {zh: 退休, en: retired}\n"
                "    for: {setting: outpatient, category: retired}\n    cite: ^003\n    steps:\n"
                + PAYS.replace("      - pay", "    - pay").replace("        ", "      ")
            ),
        )
    )
    assert (overlap.kind, overlap.item) == ("overlap", "benefit veteran, outpatient")


def test_who_has_to_bear_everything(tmp_path: Path) -> None:
    unpaid = only(
        changed(
            tmp_path,
            (ORDER, "order: [parts, pharmacy, outpatient]"),
            (SETTING, "  setting: [outpatient, pharmacy]\n"),
            extra(
                "  benefit pharmacy:\n    title: {zh: 药店, en: pharmacy}\n"
                "    for: {setting: pharmacy}\n    cite: ^003\n    steps:\n"
                "    - bear: not_covered\n"
            ),
        )
    )
    assert (unpaid.kind, unpaid.item, unpaid.severity) == ("unpaid", "benefit pharmacy", "note")


def test_the_worse_off_who_pay_less(tmp_path: Path) -> None:
    finding = only(changed(tmp_path, *SWAPPED))
    assert (finding.kind, finding.item) == ("worse_pays_more", "facts category")
    assert "retired bears" in finding.what.en
    assert finding.clauses == ("QX-003",)


def test_the_worse_off_who_pay_less_from_the_second_visit_on(tmp_path: Path) -> None:
    finding = only(
        changed(
            tmp_path,
            ("    by: [category]\n", "    by: [category, visit]\n"),
            (ACTIVE, "      active any:  60% ^003\n"),
            (RETIRED, "      retired first: 70% ^003\n      retired later: 50% ^003~\n"),
            (COUNT, "    - count: visits\n" + COUNT),
            extra(NTH),
        )
    )
    assert finding.kind == "worse_pays_more"
    assert finding.example is not None
    assert len(finding.example.earlier) == 1


# --- what nothing reaches ------------------------------------------------------------------------

NEVER = (
    "  meter never_paid:\n    title: {zh: 用不到, en: never}\n    counts: payment\n"
    "    window: year\n    cite: ^003\n"
    "  benefit never:\n    title: {zh: 用不到, en: never}\n    for: {setting: outpatient}\n"
    "    cite: ^003\n    steps:\n    - pay: pool\n      at: 60% ^003\n"
    "      until: {never_paid: 600元 ^003}\n      then: {bear: above_limit}\n"
)


def test_what_nothing_reaches(tmp_path: Path) -> None:
    policy = changed(tmp_path, (ORDER, "order: [parts, outpatient, never]"), extra(NEVER))
    assert kinds(policy) == {
        ("never_entered", "benefit never"),
        ("limit_never_reached", "benefit never never_paid"),
    }


GROUP = (
    "  fact group:\n    title: {zh: 人群, en: group}\n    values:\n"
    "      young: {zh: 年轻, en: young}\n      old: {zh: 年长, en: old}\n"
    "    cases: {young: {category: active}, old: {category: retired}}\n"
)


@pytest.mark.parametrize(
    ("edits", "item"),
    [
        (
            (
                ("    by: [category]\n", "    by: [category, group]\n"),
                (ACTIVE, "      active young: 60% ^003\n      active old: 70% ^003\n"),
                (RETIRED, "      retired any: 70% ^003\n"),
                extra(GROUP),
            ),
            "table rate active old",
        ),
        (
            (
                (
                    COUNT,
                    "    - when: {category: active, group: old}\n      bear: not_covered\n"
                    "      cite: ^003\n" + COUNT,
                ),
                extra(GROUP),
            ),
            "benefit outpatient: bear not_covered",
        ),
        (
            (
                (ORDER, "order: [parts, spared, outpatient]"),
                extra(
                    GROUP + "  scope spared:\n    title: {zh: 例外, en: spared}\n"
                    "    when: {category: active, group: old}\n    bear: out_of_catalogue\n"
                    "    cite: ^003\n"
                ),
            ),
            "scope spared",
        ),
        (
            (
                ("    by: [category]\n", "    by: [both]\n"),
                (ACTIVE, "      yes: 70% ^003\n"),
                (RETIRED, "      no: 60% ^003\n"),
                extra(
                    GROUP + "  fact both:\n    title: {zh: 都是, en: both}\n    values:\n"
                    "      yes: {zh: 是, en: yes}\n      no: {zh: 否, en: no}\n"
                    "    cases: {yes: {category: active, group: old}, no: otherwise}\n"
                ),
            ),
            "fact both yes",
        ),
    ],
    ids=["row", "destination", "scope", "derived"],
)
def test_a_rule_that_nothing_reaches(
    edits: tuple[tuple[str, str], ...], item: str, tmp_path: Path
) -> None:
    found = {one.item: one for one in findings_of(changed(tmp_path, *edits))}
    assert found[item].kind == "never_reached"
    assert found[item].place is not None


def test_a_limit_that_only_a_visit_after_a_stay_reaches() -> None:
    """Outpatient payments alone never reach the fund's 50,000; after a stay they do."""
    folder = HERE / "policies"
    policy = Library((BUILT_IN, folder)).policy("linshui/employee", date(2024, 3, 1))
    looked = look(policy)
    assert any(walk.start.earlier for walk in looked.later)
    assert "limit_never_reached" not in {one.kind for one in findings_of(policy)}


# --- reports -------------------------------------------------------------------------------------


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


def test_the_command_for_people(tmp_path: Path) -> None:
    code, out, _ = run("check", "qingxi/employee", "--policies", str(EXAMPLE), "--lang", "en")
    assert code == 0
    assert "0 errors, 0 warnings, 0 notes; 0 of them new; 1 readings in use" in out
    assert "QX-003" not in out
    code, out, _ = run("check", "qingxi/employee", "--policies", str(EXAMPLE), "--readings")
    assert "QX-003" in out
    changed(tmp_path, *SWAPPED)
    code, out, _ = run("check", "qingxi/employee", "--policies", str(tmp_path))
    assert code == 1
    assert "新发现 · 警告" in out
    assert "差的反而负担少" in out
    assert "[worse_pays_more, facts category]  QX-003" in out
    code, _, err = run("check", "nowhere/employee", "--lang", "en")
    assert (code, "there is no policy" in err) == (2, True)


def test_the_command_for_machines(tmp_path: Path) -> None:
    changed(tmp_path, *SWAPPED)
    code, out, _ = run("check", "qingxi/employee", "--policies", str(tmp_path), "--json")
    (record,) = json.loads(out)
    assert code == 1
    (new,) = record["new"]
    assert (new["severity"], new["finding"], new["item"]) == (
        "warning",
        "worse_pays_more",
        "facts category",
    )
    assert (new["clauses"], new["file"]) == (["QX-003"], str(tmp_path / FILE))
    assert new["line"] > 0
    assert new["example"]["facts"] == {"setting": "outpatient", "category": "retired"}
    assert new["example"]["earlier"] == []
    assert float(new["example"]["in_scope"]) > 600
    assert record["counts"]["warning"] == 1
    assert [one["clause"] for one in record["readings"]] == ["QX-003"]


# --- the policies that are there -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "facts", "between"),
    [
        ("changzhou/student", {}, ("1,500.00", "6,000.00")),
        ("changzhou/employee", {"category": "active"}, ("9,000.00", "11,000.00")),
        ("changzhou/employee", {"category": "retired"}, ("10,000.00", "11,000.00")),
        ("changzhou/employee", {"category": "veteran"}, None),  # the limit is 11,000 itself
    ],
)
def test_the_gaps_of_ordinary_outpatient_care(
    policy: str, facts: dict[str, str], between: tuple[str, str] | None
) -> None:
    found = Library().policy(policy, date(2024, 3, 1))
    walk = Walks(found).of({"setting": "outpatient", "tier": "tier_1", **facts})
    texts = [gap.what.en for gap in gaps(found, walk)]
    if between is None:
        assert texts == []
    else:
        (text,) = texts
        assert text.endswith(f"no fund pays between {between[0]} and {between[1]}")


@pytest.mark.parametrize(
    "command", ["check {}", "clauses --policy {}", "policy {}", "ask --policy {}"]
)
def test_a_version_that_there_is_not(command: str) -> None:
    for name, why in (
        ("wuhan/employee@2020-01-01", "has no version in force from 2020-01-01; there are"),
        ("wuhan/employeee", "there is no policy 'wuhan/employeee'"),
    ):
        code, out, error = run(*command.format(name).split(), "--lang", "en")
        assert (code, out) == (2, "")
        assert why in error


@pytest.mark.parametrize("name", Library().ids())
def test_policies_are_as_they_are_known_to_be(name: str) -> None:
    """Every finding of the built-in policies is listed with its reason, and none is stale."""
    library = Library()
    for header in library.versions(name):
        policy = library.policy(f"{name}@{header.in_force.first}", header.in_force.first)
        report = report_of(policy)
        assert [f"{one.kind}, {one.item}: {one.text(policy).en}" for one in report.new] == []
        assert [f"{one.kind}, {one.item}" for one in report.gone] == []
