"""Faulty policy files and what their author is told: file, line, field, expected, remedy."""

from __future__ import annotations

import contextlib
import random
import shutil
from datetime import date
from pathlib import Path

import pytest

from gongji.policy.problems import FileRefused, Problem
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

GOOD = Path(__file__).parent / "policies"
FILE = "linshui/employee/2024-01-01.yaml"


def problems(tmp_path: Path, *edits: tuple[str, str], file: str = FILE) -> tuple[Problem, ...]:
    """The problems of the good policy after some edits, each of which must apply exactly once."""
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    path = tmp_path / file
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    library = Library((BUILT_IN, tmp_path))
    with pytest.raises(FileRefused) as refused:
        library.policy("linshui/employee", date(2024, 3, 1))
    return refused.value.problems


def line_of(text: str, file: str = FILE) -> int:
    lines = (GOOD / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_policy_that_the_others_are_made_from_is_good() -> None:
    assert Library((BUILT_IN, GOOD)).policy("linshui/employee", date(2024, 3, 1)).id


ONE_FAULT = [
    # what is changed, what it is changed to, the words of the report
    ("area: 999900", "area: {code: 99990, zh: 临水市, en: Linshui}", "'99990'; expected a division code"),
    ("area: 999900", "area: {code: 999900, zh: 临水市}", "en missing"),
    ("first: 500 ^002", "first: 500", "no citation"),
    ("is: 5万元 ^003", "is: 5万元", "'5万元' has no citation"),
    ("[10000, 80%, 90%, ^003]", "[10000, 80%, 90%]", "no citation"),
    ("first: 500 ^002", "first: 600 ^002", "600 is not among the numbers that LS-002 prints"),
    ("80%, 90%, ^003]", "80%, 95%, ^003]", "95% is not among the numbers that LS-003 prints"),
    ("is: 5万元 ^003", "is: 5万元 ^033", "there is no clause LS-033"),
    ("is: 5万元 ^003", "is: 5万元 ^003~", "^003~ without its reading"),
    ("  reading 002:\n", "  reading 003:\n", "^002~ without its reading"),
    ("      retired: 5 ^005\n", "      retired: 5 ^005=002\n", "5 is not among the numbers that LS-002"),
    ("is: 5万元 ^003", "is: 90% ^003", "a rate; expected an amount, such as 800 or 1.5万元"),
    ("at: rate.low + seniority", "at: rate.edge + seniority", "元 + 百分点 has no meaning"),
    ("at: rate.high + seniority", "at: rate.hihg + seniority", "to mend it: write rate.high"),
    ("at: rate.high + seniority", "at: 90% +", "'90% +' is not finished"),
    ("    - count: inpatient_cost\n", "    - count: admissions\n", "cut along before it is counted"),
    ("fact admission:", "fcat admission:", "to mend it: write fact"),
    ("    unit: 元\n", "    untis: 元\n", "to mend it: write unit"),
    ("    for: {setting: inpatient}\n", "    for: {seting: inpatient}\n", "to mend it: write setting"),
    ("    for: {setting: inpatient}\n", "    for: {setting: inpatent}\n", "to mend it: write inpatient"),
    ("    for: {setting: inpatient}\n", "", "for missing"),
    ("bear: not_covered", "bear: not_coverd", "to mend it: write not_covered"),
    ("      then: {go: inpatient, cite: ^004}", "      then: {go: dental}", "go: dental"),
    ("      then: {go: inpatient, cite: ^004}\n", "", "a limit without `then`"),
    ("      later: 2+ ^002", "      later: 3+ ^002~", "ranges that overlap or leave a gap"),
    ("      later: 250 ^002\n", "", "no cell for admission: later"),
    ("      active: 0 ^005~\n", "      any: 0 ^005~\n", "retired: overlaps the row 'any'"),
    ("      active: 0 ^005~\n", "", "no cell for category: active"),
    ("  reading 005:\n", "  reading 004:\n", "nothing rests on this reading"),
    ("order: [parts, not_designated,", "order: [parts, dental,", "stands 0 times in `order`"),
    ("order: [parts, not_designated,", "order: [not_designated, parts,", "a scope after a benefit"),
    ("outpatient, inpatient, own_account]", "own_account, outpatient, inpatient]", "does not come before"),
    ("in_force: 2024-01-01 to 2024-12-31 ^001", "in_force: 2024-01-01 to 2023-12-31 ^001", "in_force"),
    ("in_force: 2024-01-01 to 2024-12-31 ^001", "in_force: 2024-01-01 to 2024-12-31", "in_force"),
    ("policy: linshui/employee\n", "policy: linshui/resident\n", "the file is named linshui/employee"),
    ("  use_account: yes_no\n", "  use_account: yes_no\n  tier: [tier_1]\n", "no rule uses it"),
    ("  use_account: yes_no\n", "  use_account: number\n", "'number'; expected yes_no"),
    ("  category: [active, retired]\n", "  category: [active, retried]\n", "to mend it: write retired"),
    ("chapter 第六条:", "chapter 第九条:", "the document has no such chapter"),
    ("    - pay: account\n", "    - bear: same\n", "nothing says what the personal account pays"),
    ("      borne: [deductible, copay, above_limit]", "      borne: [deductible, excluded]", "never leave this burden"),
    ("    counts: payment\n    window: year\n    cite: ^004", "    counts: cost\n    window: year\n    cite: ^004", "counts cost; expected a meter that counts payment"),
    ("    - first: 30元 ^004\n      bear: deductible\n", "    - first: 30元 ^004\n", "no destination; expected exactly one of"),
    ("    of: ordinal(admissions)\n", "    of: ordinal(pool_paid)\n", "there is no 'pool_paid'"),
    ("until: {outpatient_paid: 1000元 ^004, pool_paid", "until: {outpatient_piad: 1000元 ^004, pool_paid", "to mend it: write outpatient_paid"),
    ("      first: 1 ^002\n", "      first: [1]\n", "not a range of numbers"),
    ("    title: {zh: 门诊, en: outpatient}\n", "    title: 门诊\n", "a block of fields: zh, en"),
    ("      later: 250 ^002\n", "      later: same as fisrt ^002\n", "to mend it: write first"),
    ("[over_price_cap, prior_self_pay, out_of_catalogue]", "[over_price_cap, prior_self_pay]", "out_of_catalogue: stated 0 times"),
    ("    - first: 30元 ^004\n      bear: deductible\n", "    - first: 30元 ^004\n      pay: account\n", "pay: account in a benefit"),
    ("  value pool_limit:\n", "  scale ruler:\n    along: inpatient_cost\n    cut:\n    - bear: above_limit\n  value pool_limit:\n", "scale ruler: no rule uses it"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), ONE_FAULT, ids=[words for *_, words in ONE_FAULT])
def test_one_fault_is_reported_where_it_stands(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    found = problems(tmp_path, (old, new))
    reports = [problem.text("en") for problem in found]
    assert any(words in report for report in reports), reports
    for problem in found:
        assert problem.place.file.endswith(FILE)
        assert "应为" in problem.text("zh")
        assert "expected" in problem.text("en")


def test_the_line_is_that_of_the_fault(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, ("is: 5万元 ^003", "is: 5万元 ^033"))
    assert problem.place.line == line_of("is: 5万元 ^003")
    assert problem.field == "value pool_limit › is"
    assert "LS-003" in problem.text("en")


def test_an_unused_fact_is_reported_at_its_line(tmp_path: Path) -> None:
    edit = ("  use_account: yes_no\n", "  use_account: yes_no\n  tier: [tier_1]\n")
    (problem,) = problems(tmp_path, edit)
    assert problem.place.line == line_of("  use_account: yes_no") + 1
    assert problem.field == "facts tier"


def test_titles_that_name_each_other_are_no_circle(tmp_path: Path) -> None:
    facts = (
        "  fact age:\n"
        "    title: {zh: 甲, en: grade}\n"
        "    cases: {yes: {category: retired}, no: otherwise}\n"
        "  fact grade:\n"
        "    title: {zh: 乙, en: age}\n"
        "    cases: {yes: {category: retired}, no: otherwise}\n"
    )
    found = problems(tmp_path, ("  benefit inpatient:\n", facts + "  benefit inpatient:\n"))
    assert {problem.field for problem in found} == {"fact age", "fact grade"}
    assert all("no rule uses it" in problem.text("en") for problem in found)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        ("is: 5万元 ^003", "is: 5万元"),
        ("first: 500 ^002", "first: 500 ^099"),
        ("bear: not_covered", "bear: nobody"),
    )
    assert len(found) >= 3
    assert [problem.place.line for problem in found] == sorted(one.place.line for one in found)


def test_overlapping_cases_are_an_error_not_an_order(tmp_path: Path) -> None:
    cases = (
        "  fact who:\n"
        "    title: {zh: 谁, en: who}\n"
        "    values: {a: {zh: 甲, en: a}, b: {zh: 乙, en: b}}\n"
        "    cases:\n"
        "      a: {category: active}\n"
        "      b: {setting: inpatient}\n"
    )
    found = problems(tmp_path, ("  benefit inpatient:\n", cases + "  benefit inpatient:\n"))
    reports = [problem.text("en") for problem in found]
    assert any("category: active, setting: inpatient, a and b applies" in one for one in reports)


def test_a_key_written_twice(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, ("      later: 250 ^002\n", "      first: 250 ^002\n"))
    assert "'first' is written twice" in problem.text("en")


def test_a_faulty_ledger(tmp_path: Path) -> None:
    ledger = "linshui/documents/rules-2024.yaml"
    found = problems(tmp_path, ("    place: 第一条\n", ""), file=ledger)
    assert [problem.place.file for problem in found] == [str(tmp_path / ledger)]
    assert "place missing" in found[0].text("en")


def test_a_document_that_is_not_there(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    (tmp_path / "linshui/documents/rules-2024.yaml").unlink()
    with pytest.raises(Refused, match="no clause ledger linshui/rules-2024"):
        Library((BUILT_IN, tmp_path)).policy("linshui/employee", date(2024, 3, 1))


BAIHE = Path(__file__).parent.parent / "examples" / "policies" / "baihe"
SHARED = "    per: household\n    shared: yes\n"
STEP = "    - first: max(10% * stretch, 500元) ^004\n"
SIZE = "size(chronic_diseases)"
BAIHE_FAULTS = [
    # the policy, what is changed, what it is changed to, the words of the report
    ("resident", SHARED, "    shared: yes\n", "shared: no `per`"),
    ("resident", SHARED, "    per: household\n    shared: no\n", "'no'; expected one of: yes"),
    ("resident", SHARED, "    per: houshold\n    shared: yes\n", "to mend it: write household"),
    ("resident", SHARED, "    per: chronic_diseases\n", "has any number of values"),
    ("resident", "    window: day\n", "    window: daily\n", "'daily'; expected one of: visit, day"),
    ("resident", SIZE, "size(born)", "size of something that is not a set"),
    ("resident", SIZE, "size(chronic_diseases, born)", "size of something that is not a set"),
    ("resident", SIZE, "size(recognised)", "there is no 'recognised'"),
    ("resident", SIZE, "size(hardship)", "'hardship' is nothing to calculate with"),
    ("resident", SIZE, "chronic_diseases", "元 * set has no meaning"),
    ("resident", "at: (inpatient_rate +", "at: round(inpatient_rate +", "round of %"),
    ("supplement", "round(10万元 * months_insured / 12)", "round(10万元, 12)", "the arguments of round differ"),
    ("supplement", STEP, "    - first: max(10% + stretch, 500元) ^004\n", "% + 元 has no meaning"),
    ("supplement", "is: 3万元 ^007", "is: 10% ^007~ * stretch", "`stretch` outside `first`"),
    ("supplement", "at: 70% ^005, until: {paid_of_the_bill: bill_limit", "at: 70% ^005, until: {paid_of_the_bill: stretch", "`stretch` outside `first`"),
    ("supplement", "  best way:", "  best wey:", "to mend it: write way"),
    ("supplement", "  best way:", "  best stay_days:", "there is no 'stay_days'; expected one of: way"),
    ("supplement", "  best way:", "  best way stay_days:", "'way stay_days' is not a name"),
    ("supplement", "  best way:", "  best way:\n    cite: ^003\n  best way:", "is written twice"),
    ("supplement", "    cite: ^003\n", "    because: ^003\n", "cite missing"),
    ("special", "    per: surgery_year\n", "    per: surgery_yeer\n", "to mend it: write surgery_year"),
    ("special", "    of: years_since(surgery_date)\n", "    of: ordinal(surgeries)\n", "none is declared"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "old", "new", "words"),
    BAIHE_FAULTS,
    ids=[f"{number}: {words}" for number, (*_, words) in enumerate(BAIHE_FAULTS)],
)
def test_one_fault_in_a_word_of_the_field(
    tmp_path: Path, scheme: str, old: str, new: str, words: str
) -> None:
    shutil.copytree(BAIHE, tmp_path / "baihe")
    path = tmp_path / "baihe" / scheme / "2025-01-01.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        Library((BUILT_IN, tmp_path)).policy(f"baihe/{scheme}", date(2025, 3, 1))
    reports = [problem.text("en") for problem in refused.value.problems]
    assert any(words in report for report in reports), reports
    for problem in refused.value.problems:
        assert problem.place.file.endswith(f"baihe/{scheme}/2025-01-01.yaml")
        assert "应为" in problem.text("zh")


def test_a_meter_kept_apart_for_what_follows_from_it(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        (
            "    counts: visits\n    window: year\n",
            "    counts: visits\n    window: year\n    per: admission\n",
        ),
    )
    (report,) = [problem.text("en") for problem in found]
    assert "meter admissions › per: 'admission' follows from this meter" in report


@pytest.mark.parametrize("name", Library().ids())
def test_whatever_happens_to_a_line_the_loader_answers(tmp_path: Path, name: str) -> None:
    """A line gone, doubled, emptied, cut short or swapped: loaded or refused, never a crash."""
    chance = random.Random(name)
    city, scheme = name.split("/")
    source = next((BUILT_IN / city / scheme).glob("*.yaml"))
    lines = source.read_text(encoding="utf-8").splitlines()
    shutil.copytree(BUILT_IN / city / "documents", tmp_path / city / "documents")
    target = tmp_path / city / scheme / source.name
    target.parent.mkdir(parents=True)
    for _ in range(60):
        changed, at = list(lines), chance.randrange(len(lines))
        how = chance.randrange(5)
        if how == 0:
            del changed[at]
        elif how == 1:
            changed.insert(at, changed[at])
        elif how == 2:
            changed[at] = changed[at].rpartition(" ")[0]
        elif how == 3:
            changed[at] = changed[at][: chance.randrange(len(changed[at]) + 1)]
        else:
            changed[at], changed[at - 1] = changed[at - 1], changed[at]
        target.write_text("\n".join(changed), encoding="utf-8")
        with contextlib.suppress(Refused):
            library = Library((BUILT_IN, tmp_path))
            library.policy(f"{name}@{source.stem}", date(2024, 1, 1))
