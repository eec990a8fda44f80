"""Questions besides settlements: an invented city's, worked by hand beside each test."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from command import run
from gongji.cases.ask import ask_case
from gongji.cases.case import Case
from gongji.cases.run import differences
from gongji.engine.calendar import months_after, months_between
from gongji.explain.answers import Told, answer_record
from gongji.explain.record import Record
from gongji.policy.problems import FileRefused, Place
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

ROOT = Path(__file__).parent.parent
OWN = Path(__file__).parent / "policies"
LIBRARY = Library((BUILT_IN, OWN))


def asked(what: str, **facts: str) -> Told:
    event = {"what": what, "date": "2024-08-01", **facts}
    place = Place("", 0)
    return ask_case(Case("", "", "linshui/officer", {}, (), event, {}, None, (), place), LIBRARY)


@pytest.mark.parametrize(
    ("wage", "base", "employer", "employee"),
    [
        ("3999.99", "4000.00", "320.00", "80.00"),
        ("8000.01", "8000.01", "640.00", "160.00"),  # 640.0008 and 160.0002
        ("25000", "20000.00", "1600.00", "400.00"),
    ],
)
def test_contributions_are_held_between_bounds(
    wage: str, base: str, employer: str, employee: str
) -> None:
    record = answer_record(asked("contribution", wage=wage))
    assert (record["base"], record["employer"], record["employee"]) == (base, employer, employee)


def test_the_month_after_the_first_payment() -> None:
    for paid, start in (("2024-08-01", "2024-09-01"), ("2024-12-31", "2025-01-01")):
        assert answer_record(asked("start", first_paid=paid))["from"] == start


@pytest.mark.parametrize(
    ("paid_up", "start"), [("2024-11-30", "2024-08-01"), ("2024-12-01", "2024-12-02")]
)
def test_a_gap_of_three_months_and_a_longer_one(paid_up: str, start: str) -> None:
    # 1 August to 30 November: three whole months and 29 days; to 1 December: four months
    told = asked("after_gap", unpaid_from="2024-08-01", paid_up_on=paid_up)
    assert answer_record(told)["from"] == start
    assert [cite.clause for cite in told.cites] == ["LO-006"]


def test_papers_that_are_missing_are_named() -> None:
    told = asked("filing", registered_on="2024-08-31", papers="id", use="own")
    record = answer_record(told)
    assert record["until"] == "2025-02-28"  # six months after 31 August
    assert record["needs"] == [["card", "id"], ["commitment"]]
    assert (record["complete"], record["missing"]) == ("no", [["commitment"]])
    assert record["missing_clauses"] == [["LO-010"]]
    assert [one.zh for _, one in told.missing] == ["承诺书"]
    assert [cite.clause for cite, _ in told.readings] == ["LO-007"]


def test_papers_are_shown_with_their_clause_and_what_is_missing() -> None:
    words = ("papers", "filing", *WORDS, "--date", "2024-08-01", "--fact", "use=own", "--fact")
    code, out, _ = run(
        *words, "registered_on=2024-08-31", "--fact", "papers=身份证", "--lang", "en"
    )
    assert code == 0
    assert out.split("Still missing")[1].splitlines()[1].strip() == "LO-010  commitment letter"
    said = "papers=card,commitment"
    code, out, _ = run(*words, "registered_on=2024-08-31", "--fact", said, "--lang", "zh")
    assert code == 0
    assert "不缺，材料齐全" in out


def test_a_paper_that_only_some_cases_need() -> None:
    record = answer_record(asked("filing", registered_on="2024-08-31", papers="id", use="spouse"))
    assert record["needs"] == [["card", "id"], ["commitment"], ["card"]]
    assert record["missing"] == [["commitment"], ["card"]]
    assert record["missing_clauses"] == [["LO-010"], ["LO-007"]]
    with pytest.raises(Refused, match="needs to know “use”"):
        asked("filing", registered_on="2024-08-31", papers="id")
    code, out, _ = run("policy", "linshui/officer", "--policies", str(OWN), "--lang", "zh")
    assert code == 0
    assert "另带：社会保障卡（用途为配偶医疗费用）" in out


def test_papers_are_listed_where_nobody_said_what_was_brought() -> None:
    record = answer_record(asked("filing", registered_on="2024-08-31", use="own"))
    assert "missing" not in record
    assert record["needs"] == [["card", "id"], ["commitment"]]


def test_all_papers_brought() -> None:
    record = answer_record(
        asked("filing", registered_on="2024-08-31", papers="card,commitment", use="own")
    )
    assert (record["complete"], record["missing"]) == ("yes", [])


def test_words_and_lists() -> None:
    record = answer_record(asked("office"))
    assert record["address"] == {"zh": "人民路 1 号", "en": "人民路 1 号"}
    assert record["channels"] == [
        {"zh": "窗口", "en": "at the counter"},
        {"zh": "电话", "en": "by telephone"},
    ]


def test_a_reason_and_a_refusal() -> None:
    record = answer_record(asked("account_use", use="fitness"))
    assert record["allowed"] == "no"
    assert record["because"] == {
        "zh": "健身不属于医疗保障范围。",
        "en": "Fitness is not medical care.",
    }
    with pytest.raises(Refused) as refused:
        asked("account_use", use="premium")
    assert refused.value.kind == "not_stated"
    assert refused.value.details["clauses"] == ["LO-009"]


@pytest.mark.parametrize(
    ("what", "facts", "words"),
    [
        ("contributoin", {}, "the nearest is contribution"),
        ("contribution", {}, "needs to know “monthly wage”"),
        ("contribution", {"wage": "-1"}, "is not an amount"),
        ("start", {"first_paid": "2024-13-01"}, "is not a date"),
        (
            "filing",
            {"registered_on": "2024-08-31", "papers": "passport"},
            "“passport” is no value of “papers brought”",
        ),
        ("after_gap", {"unpaid_from": "2024-08-01"}, "needs to know “day of paying up”"),
        (
            "after_gap",
            {"unpaid_from": "2024-08-01", "paid_up_on": "2024-06-30"},
            "(unpaid from) is 2024-08-01, after person.paid_up_on (day of paying up)",
        ),
        ("start", {"frist_paid": "2024-08-01"}, "the nearest is first_paid"),
    ],
)
def test_bad_questions(what: str, facts: dict[str, str], words: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(what, **facts)
    assert words in refused.value.message.en


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-12-31", 2, "2024-02-29"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2024-11-30", 14, "2026-01-30"),
    ],
)
def test_months_after(start: str, months: int, end: str) -> None:
    assert months_after(date.fromisoformat(start), months) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2024-01-31", "2024-02-29", 0),
        ("2024-01-15", "2024-02-15", 1),
        ("2024-02-15", "2024-01-15", -1),
        ("2023-11-30", "2024-03-01", 3),
    ],
)
def test_months_between(first: str, last: str, months: int) -> None:
    assert months_between(date.fromisoformat(first), date.fromisoformat(last)) == months


WORDS = ("--policies", str(OWN), "--policy", "linshui/officer")


def test_commands_ask_what_they_are_about() -> None:
    code, out, _ = run(
        "contribute", *WORDS, "--date", "2024-08-01", "--fact", "wage=8000", "--json"
    )
    assert code == 0
    assert json.loads(out)["employer"] == "640.00"
    code, out, _ = run("offices", *WORDS, "--lang", "en")
    assert code == 0
    assert "hotline：12393" in out or "hotline: 12393" in out
    code, out, _ = run("entitle", *WORDS, "--json")
    assert [one["question"] for one in json.loads(out)] == ["start", "after_gap"]
    code, out, _ = run("ask", *WORDS, "--lang", "en")
    assert "registration of care elsewhere" in out


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("contribute",), "--policy is missing"),
        (
            ("contribute", "--policies", str(OWN), "--policy", "linshui/employee"),
            "rules settlements only",
        ),
        (("enrol", *WORDS), "rules nothing of the kind"),
        (("enrol", "changzhou/student"), "such as gongji enrol --policy changzhou/student;"),
        (("contribute", *WORDS, "--fact", "wage=8000"), "--date is missing"),
        (("ask", "payment", *WORDS, "--date", "2024-08-01"), "has no question 'payment'"),
        (("contribute", *WORDS, "--date", "2020-01-01"), "no version of linshui/officer"),
        (("contribute", *WORDS, "--on", "2020-01-01"), "no version of linshui/officer"),
        (("contribute", *WORDS, "--date", "2024-02-30"), "“2024-02-30” is not a date"),
        (
            ("contribute", *WORDS, "--date", "2024-08-01", "--fact", "wage=x"),
            "--fact wage: “x” is not an amount",
        ),
    ],
)
def test_bad_commands(words: tuple[str, ...], answer: str) -> None:
    code, out, err = run(*words, "--lang", "en")
    assert (code, out) == (2, "")
    assert answer in err
    assert len(err.strip().splitlines()) == 1


def test_cases_can_ask(tmp_path: Path) -> None:
    case = {
        "policy": "linshui/officer",
        "person": {"wage": "8000"},
        "event": {"what": "contribution", "date": "2024-08-01"},
        "expect": {"employer": 640, "employee": 160},
    }
    (tmp_path / "case.json").write_text(json.dumps([case]), encoding="utf-8")
    code, out, _ = run("test", str(tmp_path), "--policies", str(OWN))
    assert (code, out.splitlines()[-1]) == (0, "1 passed, 0 failed")
    code, out, _ = run("settle", str(tmp_path / "case.json"), "--policies", str(OWN))
    assert code == 0
    assert "单位缴费：640.00 元" in out
    case["expect"] = {"employer": 641}
    (tmp_path / "case.json").write_text(json.dumps([case]), encoding="utf-8")
    code, out, _ = run("test", str(tmp_path), "--policies", str(OWN), "--lang", "en")
    assert code == 1
    assert "employer: expected 641, got 640.00" in out
    assert "employer pays: 640.00 yuan" in out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("when: {use: fitness}", "when: {use: [fitness, own]}", "case 1 and case 2"),
        ("employer: base * 8% ^005", "emplyer: base * 8% ^005", "to mend it: write employer"),
        ("employer: base * 8% ^005", "employer: 8% ^005", "a rate; expected an amount"),
        ("employer: base * 8% ^005", "employer: base * 9% ^005", "9% is not among the numbers"),
        ("until: registered_on + 6个月 ^007", "until: registered_on + 6 ^007", "has no meaning"),
        ("from: next_month(first_paid)", "from: next_month(wage)", "of something not a date"),
        ("needs: [[card, id],", "needs: [[card, passport],", "there is no 'passport'"),
        ("commitment ^010,", "commitment ^011,", "there is no clause LO-011"),
        ("{paper: card, when", "{paper: cart, when", "to mend it: write card"),
        ("{paper: card, when: {use: spouse}}", "{paper: card}", "when"),
        ("{paper: card, when: {use: spouse}}", "{paper: card, when: {use: niece}}", "niece"),
        ("    about: office\n", "    about: offices\n", "to mend it: write office"),
        ("answer: {allowed: no}", "answer: {allowed: never}", "there is no 'never'"),
        ("of: months_between(unpaid_from, paid_up_on)", "of: months_between(unpaid_from, wage)",
         "there is no 'wage'"),
        ("{question: contribution,", "{question: contributions,", "write contribution"),
        ("services:\n  credit:", "services:\n  credits:", "to mend it: write credit"),
        ("every: month", "every: week", "'week'"),
        ("fill: {wage: balance}", "fill: {wage: relation}", "of the kind choice"),
        ("fill: {wage: balance}", "fill: {wage: savings}", "'savings'"),
        ("fill: {wage: balance}", "say: {wages: 1}", "to mend it: write wage"),
        ("amount: employee", "amount: allowed", "there is no 'allowed'"),
        ("fund: pool", "fund: poool", "to mend it: write pool"),
        (", fund: pool}", "}", "services › credit › fund: missing"),
    ],
)  # fmt: skip
def test_faulty_questions_are_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    shutil.copytree(OWN, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "linshui/officer/2024-07-01.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        Library((BUILT_IN, tmp_path)).policy("linshui/officer", date(2024, 8, 1))
    assert words in refused.value.message.en


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sets: {recognised_here: yes,", "sets: {recognized_here: yes,", "write recognised_here"),
        ("sets: {recognised_here: yes,", "sets: {recognised_here: maybe,", "there is no 'maybe'"),
        ("recognised_on: reviewed_on}", "recognised_on: disease_applied}", "another kind of fact"),
        ("recognised_on: reviewed_on}", "recognised_on: 2025-03-01}", "there is no '2025-03-01'"),
        ("recognised_on: reviewed_on}", "recognition: valid}", "there is no 'recognition'"),
        ("{disease_applied: not other}", "{disease_applied: not dialysis}", "can be other"),
        ("for: {special_disease: disease_applied}", "for: {dialysis_way: by_share}",
         "a fact of the person; expected a fact of the bill"),
        ("at: institution", "at: hospital", "expected one of: institution, area"),
        ("way_wanted, chosen_this_year: yes}}", "way_wanted, chosen_this_year: yes}, at: area}",
         "only facts of the person are set"),
        ("with: [recognition_days]", "with: [recognition_day]", "write recognition_days"),
        ("with: [recognition_days]", "with: [recognition]", "no other question 'recognition'"),
        ("with: [recognition_days]", "single: no", "expected one of: yes, true"),
        ("it is not among the special diseases}",
         "it is not among the special diseases}\n      grants: {sets: {recognised_here: no}}",
         "denied and granted at once"),
        ("it is not among the special diseases}",
         "it is not among the special diseases}\n      claim: yes", "denied and granted at once"),
    ],
)  # fmt: skip
def test_faulty_grants_are_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    shutil.copytree(ROOT / "examples" / "policies", tmp_path, dirs_exist_ok=True)
    path = tmp_path / "baihe/special/2025-01-01.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        Library((BUILT_IN, tmp_path)).policy("baihe/special", date(2025, 3, 1))
    assert words in refused.value.message.en


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (
            {"history": [{"date": "2024-07-01", "what": "credit", "amount": "1"}]},
            "a question (contribution) looks at no earlier events",
        ),
        ({"event": {"what": "credit", "date": "2024-08-01"}}, "credit is an event of a history"),
        ({"event": {"what": "wage", "date": "2024-08-01"}}, "has no question 'wage'"),
        ({"person": {"age": "3"}}, "person.age: there is no field “age”; there are: wage"),
        ({"person": {"wage": ["1", "2"]}}, "person.wage: expected one value"),
        ({"parameters": {"base": "1"}}, "there is no parameter “base”"),
        ({"event": {"what": "contribution"}}, "event.date: the date is missing"),
    ],
)
def test_bad_cases_that_ask(tmp_path: Path, case: dict[str, object], words: str) -> None:
    good: dict[str, object] = {
        "policy": "linshui/officer",
        "person": {"wage": "8000"},
        "event": {"what": "contribution", "date": "2024-08-01"},
    }
    (tmp_path / "case.json").write_text(json.dumps(good | case), encoding="utf-8")
    code, out, err = run(
        "settle", str(tmp_path / "case.json"), "--policies", str(OWN), "--lang", "en"
    )
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_what_a_question_asks_for_is_shown() -> None:
    code, out, err = run("contribute", *WORDS, "--lang", "zh")
    assert (code, err) == (0, "")
    assert "wage  月工资：金额（元）" in out
    assert "gongji contribute contribution --policy linshui/officer --date 2024-07-01" in out
    code, out, _ = run("papers", "filing", *WORDS, "--json")
    assert code == 0
    facts = {one["name"]: one for one in json.loads(out)["facts"]}
    assert list(facts) == ["registered_on", "use", "papers"]
    assert list(facts["papers"]["values"]) == ["card", "id", "commitment"]


def test_papers_lists_every_question_that_needs_some() -> None:
    _, out, _ = run("papers", "--policy", "wuxi/employee", "--json")
    assert [one["question"] for one in json.loads(out)] == [
        "agreement_change",
        "tumour_registration",
        "choose_benefit",
        "out_of_area_filing",
    ]


def test_facts_that_a_question_does_not_ask_for_are_named() -> None:
    told = asked("contribution", wage="8000", use="own")
    assert [one.en for one in told.notes] == [
        "Not used: use (use). The question does not ask for it."
    ]
    assert asked("contribution", wage="8000").notes == ()


def test_a_value_is_understood_by_its_title() -> None:
    words = ("offices", "office", "--policy", "changzhou/employee", "--json", "--fact")
    for district in ("district=liyang", "district=溧阳市", "district=Liyang"):
        code, out, _ = run(*words, district)
        assert code == 0
        assert json.loads(out)["address"]["zh"].startswith("溧阳市琴园路8号")


def test_what_is_missing_points_to_what_is_asked() -> None:
    code, _, err = run("contribute", *WORDS, "--date", "2024-08-01", "--lang", "en")
    assert code == 2
    assert err.endswith(
        "all it may ask for: gongji contribute contribution --policy linshui/officer\n"
    )


def test_a_question_of_another_version(tmp_path: Path) -> None:
    shutil.copytree(OWN, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "linshui/officer"
    text = (folder / "2024-07-01.yaml").read_text(encoding="utf-8")
    later = text.replace("2024-07-01 onwards", "2025-07-01 onwards")
    later = later.replace("question withdrawal:", "question taking_back:")
    (folder / "2025-07-01.yaml").write_text(later, encoding="utf-8")
    words = ("--policies", str(tmp_path), "--policy", "linshui/officer", "--lang", "en")
    code, out, err = run("ask", "taking_back", *words, "--date", "2024-08-01")
    assert (code, out) == (2, "")
    assert "from 2024-07-01 has no question 'taking_back', that from 2025-07-01 has it" in err


def test_a_version_not_in_force_is_asked_only_by_name_and_the_answer_says_so() -> None:
    words = ("ask", "enquiries", "--date", "2025-01-01", "--lang", "en", "--policy")
    code, _, err = run(*words, "changzhou/employee")
    assert (code, "no version of changzhou/employee is in force" in err) == (2, True)
    code, out, _ = run(*words, "changzhou/employee@2024-01-01")
    assert code == 0
    assert "The day asked about lies outside the version named" in out


@pytest.mark.parametrize(("days", "allowed"), [("7", "yes"), ("7.5", "no"), ("8", "no")])
def test_a_policy_may_rule_nothing_but_questions(days: str, allowed: str) -> None:
    words = ("--policies", str(OWN), "--policy", "linshui/rights", "--date", "2024-02-01")
    code, out, _ = run("ask", "prescription", *words, "--fact", f"days={days}", "--json")
    assert (code, json.loads(out)["allowed"]) == (0, allowed)
    code, out, _ = run("policy", "linshui/rights", "--policies", str(OWN))
    assert code == 0


def test_a_bill_under_such_a_policy_is_not_stated() -> None:
    code, _, err = run(
        "settle", "--policies", str(OWN), "--policy", "linshui/rights", "--date", "2024-02-01",
        "--in-scope", "100", "--lang", "en",
    )  # fmt: skip
    assert code == 2
    assert "linshui/rights answers questions only" in err


def test_a_rate_without_an_end_is_said_rounded() -> None:
    words = ["total_cost=4", "in_scope_cost=3", "fund_paid=2"]
    said = [one for word in words for one in ("--fact", word)]
    asked = ("ask", "payment_gap", "--policy", "national/resident", "--date", "2018-06-01", *said)
    code, out, _ = run(*asked, "--lang", "en")
    assert code == 0
    assert "share paid of cost in scope: about 66.67% (rounded)" in out
    assert "share paid of all cost: 50%\n" in out
    code, out, _ = run(*asked, "--lang", "zh")
    assert "差距：约 16.67%（四舍五入）" in out


@pytest.mark.parametrize(
    ("ratio", "gap", "agrees"),
    [
        ("66.67%", "16.67%", True),
        ("200/3%", "50/3%", True),
        ("66.66%", "16.67%", False),
        ("66.67%", "50/4%", False),
    ],
)
def test_a_case_expects_what_was_rounded_either_way(ratio: str, gap: str, agrees: bool) -> None:
    exactly: Record = {"ratio": "200/3%", "gap": "50/3%"}
    record: Record = {"ratio": "66.67%", "gap": "16.67%", "exactly": exactly}
    assert (not list(differences({"ratio": ratio, "gap": gap}, record))) is agrees


@pytest.mark.parametrize("name", Library().ids())
def test_titles_read_well_after_the_article(name: str) -> None:
    for header in Library().versions(name):
        version = f"{name}@{header.in_force.first}"
        code, out, _ = run("policy", version, "--lang", "en")
        assert code == 0
        words = " ".join(out.split())
        assert re.findall(r"\bthe (?:the|an?|whether|how) \S+ \S+", words, re.IGNORECASE) == []
