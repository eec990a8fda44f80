"""Registrations: denied, pending, in force; what persons and bills gain by them, for how long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from book_place import do
from gongji.book.acts import canonical
from gongji.book.persons.facts import Stretch, facts_on, stated
from gongji.book.persons.people import change_facts
from gongji.book.registrations.applications import Application
from gongji.book.registrations.registered import bill_facts_on
from gongji.book.registrations.registering import (
    Registration,
    apply,
    bring,
    end_registration,
    registrations_of,
)
from gongji.book.registrations.stating import changed
from gongji.book.rules import scheme_of
from gongji.policy.versions import Library
from paper_place import EXAMPLES, Town, opened_town, refused

ACTIVE = {"category": "active", "insured_as": "employee"}


@pytest.fixture
def town(address: str, tmp_path: Path, library: Library) -> Iterator[Town]:
    yield from opened_town(address, tmp_path, library, "changzhou/employee", ACTIVE)


def facts(town: Town, day: str, known_on: date | None = None) -> dict[str, Any]:
    with town.book.reading() as connection:
        when = date.fromisoformat(day)
        return dict(facts_on(connection, "person", str(town.person), when, known_on))


HYPERTENSION = {
    "designated": "yes", "chronic_applied": "hypertension", "evidence_from": "community",
    "uploaded_on": "2024-03-01",
}  # fmt: skip
BOTH = ["medical_record", "test_report"]
CHRONIC = {"setting": "chronic"}


# --- facts of the person --------------------------------------------------------------------------
# One chronic disease, active: 80 % without deductible, up to 800 of payment a year; two: 1,200.
# Without one the cost is ordinary: the first 600 of a year are the person's.


def test_a_chronic_disease_counts_from_the_upload_on(town: Town) -> None:
    one = town.apply("chronic_registration", "2024-03-04", HYPERTENSION, BOTH)
    assert (one.state, one.since, one.until) == ("in_force", date(2024, 3, 1), None)
    assert one.sets == {"chronic_diseases": ["hypertension"]}
    assert "chronic_diseases" not in facts(town, "2024-02-29")
    before = town.visit("2024-02-29", CHRONIC, [{"in_scope": "500"}])
    assert before.payments["pool"] == 0  # ordinary, all of it within the deductible of 600
    after = town.visit("2024-03-01", CHRONIC, [{"in_scope": "500"}])
    assert after.payments["pool"] == 400_00  # 500 x 80 %
    assert town.clean() == []


def test_a_second_disease_is_added_and_raises_the_limit(town: Town) -> None:
    town.apply("chronic_registration", "2024-03-04", HYPERTENSION, BOTH)
    second = {
        **HYPERTENSION, "chronic_applied": "stroke", "evidence_from": "tier_3_general",
        "uploaded_on": "2024-06-01",
    }  # fmt: skip
    town.apply("chronic_registration", "2024-06-01", second, BOTH)
    assert facts(town, "2024-05-31")["chronic_diseases"] == ["hypertension"]
    assert facts(town, "2024-06-01")["chronic_diseases"] == ["hypertension", "stroke"]
    # 1,000 x 80 % = 800, the limit of one; then 1,200 - 800 = 400 are left, of 1,000 x 80 %
    first = town.visit("2024-05-31", CHRONIC, [{"in_scope": "1000"}])
    assert first.payments["pool"] == 800_00
    later = town.visit("2024-06-01", CHRONIC, [{"in_scope": "1000"}])
    assert ("chronic", "pool", 400_00) in later.by_benefit


def test_a_set_that_was_written_as_words_keeps_them(town: Town) -> None:
    """Who was enrolled with `hypertension, diabetes` lost both by the next registration."""
    words = Stretch("chronic_diseases", "hypertension, diabetes", date(2024, 1, 1), None)
    do(town.book, lambda act: stated(act, "person", str(town.person), words))
    again = lambda: town.apply("chronic_registration", "2024-03-04", HYPERTENSION, BOTH)  # noqa: E731
    assert refused(again).kind == "registered_already"
    second = {
        **HYPERTENSION, "chronic_applied": "stroke", "evidence_from": "tier_3_general",
        "uploaded_on": "2024-06-01",
    }  # fmt: skip
    one = town.apply("chronic_registration", "2024-06-01", second, BOTH)
    every = ["diabetes", "hypertension", "stroke"]
    assert facts(town, "2024-06-01")["chronic_diseases"] == every
    do(town.book, lambda act: end_registration(act, one.number, date(2024, 8, 31)))
    assert facts(town, "2024-08-31")["chronic_diseases"] == every
    assert facts(town, "2024-09-01")["chronic_diseases"] == ["diabetes", "hypertension"]


def test_an_application_for_fewer_days_than_the_rules_give_is_of_those(town: Town) -> None:
    """Days before the rules' own are not given; papers that come later leave them as they were."""

    def asked(act: Any, papers: list[str]) -> Registration:
        wanted = Application(
            date(2024, 3, 4), HYPERTENSION, papers, since=date(2024, 2, 1), until=date(2024, 6, 30)
        )
        return apply(act, town.library, town.person, "chronic_registration", wanted)

    one: Registration = do(town.book, lambda act: asked(act, ["medical_record"]))
    assert one.state == "pending"
    day = date(2024, 3, 5)
    one = do(town.book, lambda act: bring(act, town.library, one.number, day, ["test_report"]))
    assert (one.since, one.until) == (date(2024, 3, 1), date(2024, 6, 30))
    assert facts(town, "2024-06-30")["chronic_diseases"] == ["hypertension"]
    assert facts(town, "2024-07-01").get("chronic_diseases") is None


def test_what_is_denied_is_denied_with_the_reason_and_its_clause(town: Town) -> None:
    stroke = {**HYPERTENSION, "chronic_applied": "stroke"}
    found = refused(lambda: town.apply("chronic_registration", "2024-03-04", stroke, BOTH))
    assert found.kind == "not_allowed"
    assert "须由三级医疗机构明确诊断" in found.message.zh
    assert "CZE-059" in found.message.zh
    assert "CZE-059" in found.message.en
    assert found.details["clauses"] == ["CZE-059"]
    with town.book.reading() as connection:
        assert registrations_of(connection, town.person) == []
        assert connection.scalar(text("SELECT count(*) FROM registration")) == 0


def test_missing_papers_are_named_and_brought_later(town: Town) -> None:
    one = town.apply("chronic_registration", "2024-03-04", HYPERTENSION, ["medical_record"])
    assert one.state == "pending"
    ((paper),) = one.missing
    assert (paper.names, paper.title.zh) == (("test_report",), "检查化验报告")
    assert paper.clauses == ("CZE-056", "CZE-058")
    assert "chronic_diseases" not in facts(town, "2024-06-01")

    def work(act: Any) -> Registration:
        day, papers = date(2024, 3, 6), ["test_report"]
        return bring(act, town.library, one.number, day, papers, {"uploaded_on": "2024-03-06"})

    done = do(town.book, work)
    assert (done.number, done.state, done.since) == (one.number, "in_force", date(2024, 3, 6))
    again = refused(lambda: do(town.book, work))
    assert again.kind == "not_pending"
    assert facts(town, "2024-03-06")["chronic_diseases"] == ["hypertension"]


def test_a_paper_brought_before_the_application_is_no_paper_of_it(town: Town) -> None:
    one = town.apply("chronic_registration", "2024-03-04", HYPERTENSION, [])
    early = lambda act: bring(act, town.library, one.number, date(2024, 3, 3), BOTH)  # noqa: E731
    assert refused(lambda: do(town.book, early)).kind == "too_early"
    nobody = lambda act: bring(act, town.library, 99, date(2024, 3, 5), BOTH)  # noqa: E731
    assert refused(lambda: do(town.book, nobody)).kind == "unknown_registration"


def test_what_is_registered_already_is_not_registered_again(town: Town) -> None:
    town.apply("chronic_registration", "2024-03-04", HYPERTENSION, BOTH)
    again = lambda: town.apply("chronic_registration", "2024-03-05", HYPERTENSION, BOTH)  # noqa: E731
    assert refused(again).kind == "registered_already"
    earlier = {**HYPERTENSION, "uploaded_on": "2024-02-01"}  # the upload was in fact a month before
    one = town.apply("chronic_registration", "2024-03-05", earlier, BOTH)
    assert one.since == date(2024, 2, 1)
    assert facts(town, "2024-02-15")["chronic_diseases"] == ["hypertension"]


def test_two_times_of_a_registration(town: Town) -> None:
    town.apply("chronic_registration", "2024-03-04", HYPERTENSION, BOTH, known=date(2024, 9, 1))
    assert "chronic_diseases" not in facts(town, "2024-05-01", date(2024, 8, 31))
    assert facts(town, "2024-05-01", date(2024, 9, 1))["chronic_diseases"] == ["hypertension"]
    with town.book.reading() as connection:
        assert registrations_of(connection, town.person, date(2024, 8, 31)) == []
        assert len(registrations_of(connection, town.person, date(2024, 9, 1))) == 1


def test_an_ended_registration_leaves_what_others_state(town: Town) -> None:
    first = town.apply("chronic_registration", "2024-03-04", HYPERTENSION, BOTH)
    diabetes = {**HYPERTENSION, "chronic_applied": "diabetes"}
    town.apply("chronic_registration", "2024-03-04", diabetes, BOTH)
    end = lambda act: end_registration(act, first.number, date(2024, 6, 30))  # noqa: E731
    ended = do(town.book, end)
    assert (ended.state, ended.until) == ("ended", date(2024, 6, 30))
    assert facts(town, "2024-06-30")["chronic_diseases"] == ["diabetes", "hypertension"]
    assert facts(town, "2024-07-01")["chronic_diseases"] == ["diabetes"]
    assert refused(lambda: do(town.book, end)).kind == "ended_already"


@pytest.mark.parametrize(
    ("day", "said", "papers", "kind"),
    [
        ("2024-12-01", HYPERTENSION, BOTH, "not_yet"),
        ("2023-12-31", HYPERTENSION, BOTH, "not_insured"),
        ("2024-03-04", {**HYPERTENSION, "chronic_applied": "hypertention"}, BOTH, "unknown_value"),
        ("2024-03-04", {**HYPERTENSION, "uploaded_on": "2024-02-30"}, BOTH, "bad_date"),
        ("2024-03-04", {**HYPERTENSION, "colour": "red"}, BOTH, "unknown_field"),
        ("2024-03-04", {**HYPERTENSION, "category": "retired"}, BOTH, "said_otherwise"),
        ("2024-03-04", HYPERTENSION, ["medical_record", "passport"], "unknown_value"),
        ("2024-03-04", {"chronic_applied": "diabetes"}, BOTH, "missing_fact"),
    ],
)
def test_applications_that_cannot_be(
    town: Town, day: str, said: dict[str, str], papers: list[str], kind: str
) -> None:
    work = lambda: town.apply("chronic_registration", day, said, papers)  # noqa: E731
    assert refused(work).kind == kind
    with town.book.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM registration")) == 0


def test_of_persons_questions_and_places_that_are_not_there(town: Town) -> None:
    asked = Application(date(2024, 3, 4), HYPERTENSION, BOTH)
    nobody = lambda act: apply(act, town.library, 99, "chronic_registration", asked)  # noqa: E731
    assert refused(lambda: do(town.book, nobody)).kind == "unknown_person"
    strange = lambda: town.apply("chronic_registraton", "2024-03-04", HYPERTENSION)  # noqa: E731
    assert refused(strange).kind == "unknown_question"
    no_grant = lambda: town.apply("office", "2024-03-04", {"district": "city"})  # noqa: E731
    assert refused(no_grant).kind == "not_allowed"
    stray = lambda: town.apply(  # noqa: E731
        "chronic_registration", "2024-03-04", HYPERTENSION, BOTH, ["H1"]
    )
    assert refused(stray).kind == "not_asked_for"


# --- facts of the bill ----------------------------------------------------------------------------

TUMOUR = {
    "special_applied": "malignant_tumour", "department": "yes", "recognised_on": "2024-03-01",
}  # fmt: skip
RECORD = ["medical_record", "e_voucher"]
SPECIAL = {"setting": "special", "special_disease": "malignant_tumour"}


def test_a_special_disease_is_recognised_at_one_hospital_for_a_year(town: Town) -> None:
    one = town.apply("special_recognition", "2024-03-01", TUMOUR, RECORD, ["H1"])
    assert (one.since, one.until) == (date(2024, 3, 1), date(2025, 2, 28))
    # 10,000 x 90 %, without a deductible
    assert town.visit("2024-03-01", SPECIAL, [{"in_scope": "10000"}]).payments["pool"] == 9000_00
    # elsewhere ordinary, tier 3: (9,000 - 600) x 60 % = 5,040; from 9,000 to 11,000 nobody pays
    at_h2 = town.visit("2024-03-02", SPECIAL, [{"in_scope": "10000"}], at="H2")
    assert at_h2.payments["pool"] == 5040_00
    other = {**SPECIAL, "special_disease": "sle"}
    assert town.visit("2024-03-03", other, [{"in_scope": "100"}]).payments["pool"] == 0
    assert town.clean() == []


def test_lines_of_two_diseases_are_each_as_registered(town: Town) -> None:
    town.apply("special_recognition", "2024-03-01", TUMOUR, RECORD, ["H1"])
    lines = [
        {"in_scope": "1000", "special_disease": "malignant_tumour"},
        {"in_scope": "100", "special_disease": "sle"},
    ]
    # 1,000 x 90 % = 900; 100 within the ordinary deductible
    one = town.visit("2024-03-05", {"setting": "special"}, lines)
    assert one.payments["pool"] == 900_00
    assert one.laid_on("deductible") == 100_00
    assert town.clean() == []
    for amount in ("in_scope", "over_price_cap"):  # changed, or added, behind the book
        with town.book.store.writing() as connection:
            (kept,) = connection.scalars(text("SELECT bill FROM settlement"))
            bill = json.loads(kept)
            bill["items"][0][amount] = "1001"
            change = text("UPDATE settlement SET bill = :bill")
            connection.execute(change, {"bill": canonical(bill)})
        assert "lines it was made by" in town.clean()[0]
        with town.book.store.writing() as connection:
            connection.execute(change, {"bill": kept})
    assert town.clean() == []


def test_a_hospital_that_does_not_recognise_the_disease_is_denied(town: Town) -> None:
    without = {**TUMOUR, "department": "no"}
    work = lambda: town.apply("special_recognition", "2024-03-01", without, RECORD, ["H1"])  # noqa: E731
    found = refused(work)
    assert (found.kind, found.details["question"]) == ("not_allowed", "recognising_hospital")
    nowhere = lambda: town.apply("special_recognition", "2024-03-01", TUMOUR, RECORD)  # noqa: E731
    assert refused(nowhere).kind == "missing_fact"  # tier of the hospital
    lost = lambda: town.apply("special_recognition", "2024-03-01", TUMOUR, RECORD, ["H9"])  # noqa: E731
    assert refused(lost).kind == "unknown_institution"


def test_a_bill_cannot_say_otherwise_than_the_registrations(town: Town) -> None:
    says = {**SPECIAL, "recognised_here": "yes"}
    work = lambda: town.visit("2024-03-01", says, [{"in_scope": "1"}])  # noqa: E731
    assert refused(work).kind == "not_registered"
    town.apply("special_recognition", "2024-03-01", TUMOUR, RECORD, ["H1"])
    assert town.visit("2024-03-01", says, [{"in_scope": "1"}]).payments["pool"] == 90
    denies = {**SPECIAL, "recognised_here": "no"}
    work = lambda: town.visit("2024-03-01", denies, [{"in_scope": "1"}])  # noqa: E731
    assert refused(work).kind == "registered_otherwise"


def test_dual_channel_drugs_are_paid_where_and_since_they_are_filed(town: Town) -> None:
    drug = {"setting": "dual_channel"}
    assert town.visit("2024-03-01", drug, [{"in_scope": "1000"}]).payments["pool"] == 0
    papers = ["cell_diagnosis", "imaging", "gene_test", "treatment_record", "discharge_summary"]
    filed = {"filed_on": "2024-03-05"}
    one = town.apply("dual_channel_application", "2024-03-05", filed, papers, ["H1", "H2"])
    assert one.sets == {"dual_channel_filed": "yes"}
    # 1,000 x 70 %, at both places; not at a third
    for place in ("H1", "H2"):
        paid = town.visit("2024-03-05", drug, [{"in_scope": "1000"}], at=place)
        assert paid.payments["pool"] == 700_00
    assert town.visit("2024-03-05", drug, [{"in_scope": "9"}], at="S1").payments["pool"] == 0


# A stay, tier 3, active: (10,000 - 1,000) x 90 % = 8,100; referred 5 points less, 7,650; without a
# referral 20 points less, 6,300.


def test_care_elsewhere_is_as_it_was_filed(town: Town) -> None:
    living = {"away_group": "long_term_resident", "filing_channel": "window"}
    named = lambda: town.apply("filing", "2024-03-01", living, ["id", "commitment"])  # noqa: E731
    assert refused(named).kind == "no_area"
    town.apply("filing", "2024-03-01", living, ["id", "commitment"], area="310000")
    stay = {"setting": "inpatient"}
    # the area of S1 lies in the province that was filed
    one = town.visit("2024-04-01", stay, [{"in_scope": "10000"}], at="S1")
    assert one.payments["pool"] == 8100_00
    says = {**stay, "care_area": "unreferred"}
    work = lambda: town.visit("2024-04-02", says, [{"in_scope": "1"}], at="S1")  # noqa: E731
    assert refused(work).kind == "registered_otherwise"
    says = {**stay, "care_area": "long_term"}
    work = lambda: town.visit("2024-04-02", says, [{"in_scope": "1"}])  # noqa: E731
    assert refused(work).kind == "not_registered"  # H1 is in the city
    assert town.clean() == []


def test_of_two_filings_for_one_area_the_bill_says_which(town: Town) -> None:
    living = {"away_group": "long_term_resident", "filing_channel": "window"}
    town.apply("filing", "2024-03-01", living, ["id", "commitment"], area="310000")
    referred = {"away_group": "referred", "filing_channel": "hospital"}
    town.apply("filing", "2024-03-01", referred, area="310104")
    stay = {"setting": "inpatient"}
    work = lambda: town.visit("2024-04-01", stay, [{"in_scope": "10000"}], at="S1")  # noqa: E731
    assert refused(work).kind == "registered_twice"
    says = {**stay, "care_area": "referred"}
    one = town.visit("2024-04-01", says, [{"in_scope": "10000"}], at="S1")
    assert one.payments["pool"] == 7650_00


def test_a_filing_that_ended_holds_no_longer(town: Town) -> None:
    living = {"away_group": "long_term_resident", "filing_channel": "window"}
    one = town.apply("filing", "2024-03-01", living, ["id", "commitment"], area="310100")
    do(town.book, lambda act: end_registration(act, one.number, date(2024, 4, 30)))
    with town.book.reading() as connection:
        assert len(bill_facts_on(connection, town.person, date(2024, 4, 30))) == 1
        assert bill_facts_on(connection, town.person, date(2024, 5, 1)) == []
    assert facts(town, "2024-04-30")["filed_elsewhere"] == "yes"
    assert "filed_elsewhere" not in facts(town, "2024-05-01")
    stay = {"setting": "inpatient", "care_area": "unreferred"}
    one = town.visit("2024-05-01", stay, [{"in_scope": "10000"}], at="S1")
    assert one.payments["pool"] == 6300_00


# --- what only a registration sets ----------------------------------------------------------------


def change(town: Town, said: dict[str, Any], since: str = "2024-04-01") -> None:
    def work(act: Any) -> None:
        its = scheme_of(act.connection, town.scheme)
        change_facts(act, town.library, town.person, its, date.fromisoformat(since), said)

    do(town.book, work)


def test_what_a_registration_sets_is_never_typed_in(town: Town) -> None:
    told = [
        refused(partial(change, town, {"category": "retired", "chronic_diseases": value}))
        for value in (["hypertension"], [])
    ]
    assert [one.kind for one in told] == ["registered_fact"] * 2
    found = told[0]
    assert found.details == {
        "field": "facts.chronic_diseases", "question": "chronic_registration",
    }  # fmt: skip
    assert found.message.zh.startswith(
        "chronic_diseases（登记的慢性病）由登记 chronic_registration（"
    )
    assert "is set by the registration chronic_registration (" in found.message.en
    assert facts(town, "2024-04-01") == ACTIVE  # the category was not changed either
    # that nothing was filed can be said while nothing is, not over what a registration has set
    change(town, {"filed_elsewhere": "no"})
    assert refused(lambda: change(town, {"filed_elsewhere": "yes"})).kind == "registered_fact"


def test_what_a_registration_has_set_is_not_overwritten(town: Town) -> None:
    whose = str(town.person)
    later = Stretch("filed_elsewhere", "yes", date(2024, 6, 1), date(2024, 6, 30))
    do(town.book, lambda act: stated(act, "person", whose, later))  # as a registration does
    found = refused(lambda: change(town, {"filed_elsewhere": "no"}))
    assert (found.kind, found.details["question"]) == ("registered_fact", "filing")
    change(town, {"filed_elsewhere": "no"}, since="2024-07-01")
    assert facts(town, "2024-06-30")["filed_elsewhere"] == "yes"
    assert facts(town, "2024-07-01")["filed_elsewhere"] == "no"


def test_who_is_brought_in_has_what_was_registered_before(
    address: str, tmp_path: Path, library: Library
) -> None:
    who = {**ACTIVE, "chronic_diseases": ["hypertension"]}
    for town in opened_town(address, tmp_path, library, "changzhou/employee", who):
        assert facts(town, "2024-01-01") == who


# --- other cities ---------------------------------------------------------------------------------


def test_an_agreement_is_changed_for_the_next_year(
    address: str, tmp_path: Path, library: Library
) -> None:
    who = {"category": "active", "civil_servant": "no", "outpatient_choice": "none"}
    for town in opened_town(address, tmp_path, library, "wuxi/employee", who):
        papers = ["social_security_card", "record_book", "service_agreement"]
        wanted = {"wanted_benefit": "pooled"}
        first = town.apply("choose_benefit", "2024-03-04", wanted, papers, ["H1"])
        # to 31 December, and renewed by itself
        assert (first.since, first.until) == (date(2024, 3, 4), None)
        assert facts(town, "2024-03-03")["outpatient_choice"] == "none"
        assert facts(town, "2024-03-04")["outpatient_choice"] == "pooled"
        again = lambda: town.apply("choose_benefit", "2024-03-05", wanted, papers, ["H2"])  # noqa: B023, E731
        assert refused(again).kind == "not_allowed"  # in force already, and goes on by itself
        town.apply("agreement_change", "2024-06-03", {}, papers, ["H2"])
        for day, place in (("2024-12-31", "H1"), ("2025-01-01", "H2")):
            with town.book.reading() as connection:
                found = bill_facts_on(connection, town.person, date.fromisoformat(day))
            assert [(one.name, one.institution) for one in found] == [
                ("at_agreed_institution", place)
            ]
        # active, pooled: 70 % at the agreed hospital; elsewhere nothing without a referral
        seen = {"setting": "outpatient"}
        assert town.visit("2024-06-01", seen, [{"in_scope": "100"}]).payments["pool"] == 70_00
        other = town.visit("2024-06-01", seen, [{"in_scope": "100"}], at="H2")
        assert other.payments["pool"] == 0
        assert town.clean() == []


def test_a_filing_that_takes_the_place_of_the_one_before(address: str, tmp_path: Path) -> None:
    opened = date(2025, 1, 1)
    for town in opened_town(address, tmp_path, EXAMPLES, "baihe/resident", {}, opened):
        known = date(2025, 11, 30)
        town.apply("filing", "2025-03-10", {}, ["id"], area="310000", known=known)
        one = town.apply("filing", "2025-06-10", {}, ["id"], area="320500", known=known)
        assert (one.since, one.until) == (date(2025, 6, 10), None)  # it goes on by itself
        for day, area in (("2025-06-09", "310000"), ("2025-06-10", "320500")):
            with town.book.reading() as connection:
                found = bill_facts_on(connection, town.person, date.fromisoformat(day))
            assert [one.area for one in found] == [area]


def test_a_way_is_chosen_once_a_year(address: str, tmp_path: Path) -> None:
    opened, known = date(2025, 1, 1), date(2025, 11, 30)
    who = {"chosen_this_year": "no"}
    for town in opened_town(address, tmp_path, EXAMPLES, "baihe/special", who, opened):
        wanted = {"way_wanted": "by_session"}
        one = town.apply("change_dialysis_way", "2025-03-10", wanted, known=known)
        assert one.sets == {"dialysis_way": "by_session", "chosen_this_year": "yes"}
        assert (one.since, one.until) == (date(2025, 3, 10), date(2025, 12, 31))
        assert facts(town, "2025-12-31")["dialysis_way"] == "by_session"
        assert facts(town, "2026-01-01")["chosen_this_year"] == "no"
        again = lambda: town.apply("change_dialysis_way", "2025-04-10", wanted, known=known)  # noqa: B023, E731
        assert "BS-008" in refused(again).message.zh


# --- the history of a fact ------------------------------------------------------------------------


def test_what_changes_in_a_history() -> None:
    history = [
        Stretch("x", ["a"], date(2024, 1, 1), date(2024, 3, 31)),
        Stretch("y", ["z"], date(2024, 1, 1), None),
        Stretch("x", ["b"], date(2024, 5, 1), None),
    ]
    new = Stretch("x", ["b"], date(2024, 3, 1), date(2024, 6, 30))
    found = list(changed(history, new, lambda before: sorted({"b", *(before or ())})))
    # March gains b; April had nothing; from May on b is there
    assert found == [
        Stretch("x", ["a", "b"], date(2024, 3, 1), date(2024, 3, 31)),
        Stretch("x", ["b"], date(2024, 4, 1), date(2024, 4, 30)),
    ]
