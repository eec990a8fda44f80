"""Filings by the national interface: what each registers, what care is worth by it, its end.

The amounts, worked out by hand, of 30 of XA01 at 20.00, class A, all in scope, for one who has
malignant tumour (M00500) recognised at a hospital of tier 3: a special disease has no deductible
and the pool pays 90 % up to 150,000 of the year (CZE-071, CZE-072), 540.00 of 600.00; the person
bears 60.00.  Where it is not recognised, the same is ordinary care, and 600.00 are all within the
year's deductible of 600 (CZE-048): nothing is paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from book_place import do, new_at
from catalogue_place import OPENED, Town
from gongji.book.persons.people import enrol, register
from gongji.book.places import change_institution, open_area, open_institution, open_scheme
from gongji.book.registrations.registering import registrations_of
from gongji.nhsa.mapping import mappings
from gongji.nhsa.mapping.ways import Way
from gongji.nhsa.tables import tables
from gongji.policy.model import Policy
from gongji.policy.reach import reached_by_question
from gongji.policy.versions import Library
from gongji.policy.walk import funds_of
from gongji.wording import Bilingual
from nhsa_place import CARD, HOSPITAL, OTHER, PERSON, PHARMACY, Agency, agency_at
from nhsa_visit import visit

TODAY = date(2024, 11, 30)


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def referral(**more: str) -> dict[str, str]:
    return {
        "psn_no": PERSON, "insutype": "310", "diag_code": "C34.900", "diag_name": "肺恶性肿瘤",
        "reflin_medins_no": "H31000000001", "reflin_medins_name": "东澜医院",
        "mdtrtarea_admdvs": "310000", "hosp_agre_refl_flag": "1", "refl_type": "3",
        "refl_date": "2024-11-30", "refl_rea": "本地无相应技术", "refl_opnn": "同意转院",
        "begndate": "2024-11-30", "enddate": "2025-05-29", "tel": "0519-8600",
        **more,
    }  # fmt: skip


def disease(code: str = "M00500", **more: str) -> dict[str, str]:
    names = {"M00500": "恶性肿瘤门诊治疗", "M01600": "糖尿病"}
    return {
        "psn_no": PERSON, "insutype": "310", "opsp_dise_code": code,
        "opsp_dise_name": names.get(code, "某病"), "insu_optins": "320400",
        "ide_fixmedins_no": HOSPITAL, "ide_fixmedins_name": "常州一院",
        "hosp_ide_date": "2024-11-28", "diag_dr_codg": "D1", "diag_dr_name": "李医生",
        "begndate": "2024-11-28", **more,
    }  # fmt: skip


def designation(code: str = PHARMACY, **more: str) -> dict[str, str]:
    return {
        "psn_no": PERSON, "biz_appy_type": "32", "begndate": "2024-11-30", "fix_srt_no": "3",
        "fixmedins_code": code, "fixmedins_name": "安和大药房", "memo": "双通道", **more,
    }  # fmt: skip


def undo(serial: str, **more: str) -> dict[str, str]:
    return {"trt_dcla_detl_sn": serial, "psn_no": PERSON, "memo": "填错了", **more}


def state_of(agency: Agency, registration: int) -> tuple[Any, ...]:
    with agency.book.reading() as connection:
        every = registrations_of(connection, agency.person)
    (found,) = [one for one in every if one.number == registration]
    return found.question, found.state, found.since, found.until


# --- referrals -----------------------------------------------------------------------------------


def test_a_referral_is_filed_told_and_taken_back(agency: Agency) -> None:
    software = agency.software()
    said = referral()
    serial = software.ask("2501", refmedin=said)["result"]["trt_dcla_detl_sn"]
    assert serial == f"320400{1:014d}"
    again = software.ask("2501", msgid=software.last, refmedin=said)
    assert again["result"]["trt_dcla_detl_sn"] == serial
    # the drug filed when the town was opened is registration 1
    assert state_of(agency, 2) == ("filing", "in_force", TODAY, date(2025, 5, 29))
    asked = {"psn_no": PERSON, "begntime": "2024-11-01 00:00:00"}
    (row,) = agency.software(OTHER).ask("5304", data=asked)["refmedin"]
    told = {
        "reflin_medins_no": "H31000000001", "reflin_medins_name": "东澜医院", "out_flag": "1",
        "dcla_souc": "01", "refl_date": "2024-11-30", "begndate": "2024-11-30",
        "enddate": "2025-05-29", "refl_rea": "本地无相应技术", "tel": "0519-8600",
        "psn_name": "张三", "insu_optins": "320400", "opter_id": "001",
        "opt_time": "2024-11-30 09:00:00", "diag_code": "C34.900",
    }  # fmt: skip
    assert {name: row[name] for name in told} == told
    before = {**asked, "endtime": "2024-11-29 00:00:00"}
    assert software.ask("5304", data=before)["refmedin"] == []
    after = {**asked, "begntime": "2025-05-30 00:00:00"}
    assert software.ask("5304", data=after)["refmedin"] == []
    agency.clock.forward(days=3)
    assert software.ask("2502", data=undo(serial)) is None
    assert state_of(agency, 2) == ("filing", "ended", TODAY, date(2024, 12, 2))
    assert software.ask("5304", data=asked)["refmedin"] == []
    assert "已经撤销" in software.refused("2502", data=undo(serial))
    assert agency.clean() == []


def test_a_referral_that_the_rules_do_not_know_is_refused(agency: Agency) -> None:
    software = agency.software()
    for field, value, words in (
        ("refl_type", "1", "refl_type：changzhou/employee 没有可经接口办理的这类转院备案"),
        ("mdtrtarea_admdvs", "320402", "320402 在参保地 320400 之内"),
        ("mdtrtarea_admdvs", "沪", "不是六位行政区划代码"),
        ("hosp_agre_refl_flag", "0", "医院不同意转院"),
        ("enddate", "2024-11-29", "2024-11-29 早于开始日期 2024-11-30"),
        ("psn_no", f"320400{9:014d}", "没有这个人员编号"),
        ("insutype", "390", "此人参加的是 310"),
        ("reflin_medins_no", "", "不能为空"),
        ("refl_type", "7", "不在代码表"),
    ):
        assert words in software.refused("2501", refmedin=referral(**{field: value})), field
    assert "定点零售药店" in agency.software(PHARMACY).refused("2501", refmedin=referral())
    software.ask("2501", refmedin=referral())
    assert "已经登记过" in software.refused("2501", refmedin=referral())


# --- diseases ------------------------------------------------------------------------------------


def test_a_special_disease_is_worth_what_the_policy_says_while_it_is_filed(agency: Agency) -> None:
    software = agency.software()
    line = ("XA01", "30", "20")
    serial = software.ask("2503", data=disease())["result"]["trt_dcla_detl_sn"]
    # recognised when it is uploaded, for a year up to the day before (CZE-070, CZE-073)
    assert state_of(agency, 2) == (
        "special_recognition", "in_force", TODAY, date(2025, 11, 29)
    )  # fmt: skip
    done = visit(software, line, med_type="14", disease="M00500").answer["setlinfo"]
    amounts = [done[name] for name in ("hifp_pay", "act_pay_dedc", "psn_part_amt")]
    assert amounts == [Decimal("540.00"), 0, Decimal("60.00")]
    assert software.ask("2504", data=undo(serial)) is None
    then = visit(software, line, med_type="14", disease="M00500", serial="2").answer["setlinfo"]
    amounts = [then[name] for name in ("hifp_pay", "act_pay_dedc", "psn_part_amt")]
    assert amounts == [0, Decimal("600.00"), Decimal("600.00")]
    assert agency.trial() == {
        ("fund", "changzhou/employee pool", ""): -54000,
        ("cash", "", ""): -66000,
        ("institution", "", "H1"): 120000,
    }
    assert agency.clean() == []


def test_diseases_on_file_are_told_however_they_were_registered(
    agency: Agency, library: Library
) -> None:
    """Hypertension came with the enrolment, and has the policy's own name for it (CZE-055).

    Who may diagnose others goes by the kind of hospital, which the agency has to say (CZE-058).
    """
    software = agency.software()
    asked = {"psn_no": PERSON}
    before = {
        "opsp_dise_code": "M03900", "opsp_dise_name": "高血压（Ⅱ、Ⅲ期）", "begndate": "2024-01-01",
        "enddate": None,
    }  # fmt: skip
    assert software.ask("5301", data=asked)["feedetail"] == [before]
    assert "诊断材料的出具机构" in software.refused("2503", data=disease("M01600"))
    facts = {"evidence_from": "tier_3_general"}
    do(agency.book, lambda act: change_institution(act, library, HOSPITAL, TODAY, facts))
    serial = software.ask("2503", data=disease("M01600"))["result"]["trt_dcla_detl_sn"]
    software.ask("2503", data=disease("M00500", enddate="2025-03-31"))
    told = [
        before,
        {"opsp_dise_code": "M01600", "opsp_dise_name": "糖尿病", "begndate": "2024-11-30",
         "enddate": None},
        {"opsp_dise_code": "M00500", "opsp_dise_name": "恶性肿瘤门诊治疗",
         "begndate": "2024-11-30", "enddate": "2025-03-31"},
    ]  # fmt: skip
    assert agency.software(OTHER).ask("5301", data=asked)["feedetail"] == told
    agency.clock.forward(days=1)
    assert "没有编号为 1 的这类备案" in agency.software(OTHER).refused("2504", data=undo(serial))
    assert "没有编号为 1 的这类备案" in software.refused("2502", data=undo(serial))
    other = undo(serial, psn_no=f"320400{7:014d}")
    assert "不是这位参保人的" in software.refused("2504", data=other)
    assert software.ask("2504", data=undo(serial)) is None
    assert software.ask("5301", data=asked)["feedetail"] == [told[0], told[2]]


def test_a_disease_that_the_rules_do_not_know_is_refused(agency: Agency, library: Library) -> None:
    software = agency.software()
    for field, value, words in (
        ("opsp_dise_code", "M99900", "没有可经接口办理的这类慢特病备案（M99900）"),
        ("hosp_ide_date", "2024-12-01", "2024-12-01 晚于今天 2024-11-30"),
        ("ide_fixmedins_no", "H9", "没有登记编号为 H9"),
        ("enddate", "2024-11-01", "早于开始日期"),
        ("begndate", "2024-02-30", "不是存在的日期"),
        ("opsp_dise_name", "", "不能为空"),
    ):
        assert words in software.refused("2503", data=disease(**{field: value})), field
    facts = {"tier": "tier_1"}
    do(agency.book, lambda act: change_institution(act, library, HOSPITAL, TODAY, facts))
    # tier 1 recognises no tumour (CZE-068)
    assert "不是表中该病种的认定医院" in software.refused("2503", data=disease())
    assert "定点零售药店" in agency.software(PHARMACY).refused("2503", data=disease())


# --- institutions --------------------------------------------------------------------------------


def test_an_institution_is_filed_told_and_taken_back(agency: Agency) -> None:
    """Of dual-channel drugs H1 and H2 were registered at the counter; the pharmacy files itself."""
    software = agency.software(PHARMACY)
    serial = software.ask("2505", data=designation())["result"]["trt_dcla_detl_sn"]
    names = ("fixmedins_code", "fixmedins_name", "fix_srt_no", "begndate", "enddate", "memo")

    def told(kind: str = "32") -> list[tuple[Any, ...]]:
        rows = software.ask("5302", data={"psn_no": PERSON, "biz_appy_type": kind})["psnfixmedin"]
        return [tuple(one[name] for name in names) for one in rows]

    at_the_counter = [
        ("H1", "常州一院", "1", "2024-01-01", None, None),
        ("H2", "常州二院", "2", "2024-01-01", None, None),
    ]
    filed = ("P1", "安和大药房", "3", "2024-11-30", None, "双通道")
    assert told() == [*at_the_counter, filed]
    assert told("03") == []
    assert software.ask("2506", data=undo(serial)) is None
    assert told() == at_the_counter
    later = designation(begndate="2024-12-10", enddate="2024-12-20")
    software.ask("2505", data=later)
    assert told()[-1][3:5] == ("2024-12-10", "2024-12-20")
    agency.clock.forward(days=30)
    serial = f"320400{2:014d}"
    assert "已于 2024-12-20 结束" in software.refused("2506", data=undo(serial))


def test_an_institution_that_the_rules_do_not_know_is_refused(agency: Agency) -> None:
    software = agency.software()
    for field, value, words in (
        ("biz_appy_type", "04", "没有可经接口办理的这类定点备案（04）"),
        ("biz_appy_type", "77", "不在代码表"),
        ("fixmedins_code", "P7", "没有登记编号为 P7"),
        ("fix_srt_no", "", "不能为空"),
    ):
        assert words in software.refused("2505", data=designation(**{field: value})), field
    assert "memo" in software.refused("2506", data=undo(f"320400{1:014d}", memo=""))
    assert "没有编号为 1 的这类备案" in software.refused("2506", data=undo(f"320400{1:014d}"))


# --- other areas ---------------------------------------------------------------------------------


def elsewhere(
    folder: Path, library: Library, scheme: str, facts: Mapping[str, Any], place: Mapping[str, Any]
) -> Agency:
    """The counter of another area: one scheme, one hospital H1, one person insured."""
    book = new_at(str(folder / "book.db"), folder, library)
    area = {"wuxi": "320200", "yuxi": "530400", "changzhou": "320400"}[scheme.partition("/")[0]]

    def opened(act: Any) -> Town:
        open_area(act, area, Bilingual("某市", "a city"))
        number = open_scheme(act, library, area, scheme, {})
        open_institution(act, area, HOSPITAL, "某医院", OPENED, {"designated": "yes", **place})
        person = register(act, CARD, "张三")
        enrol(act, library, person, number, OPENED, facts)
        return Town(book, person, number)

    agency = Agency(do(book, opened, day=OPENED))
    agency.clock.now = datetime(2024, 11, 30, 1, tzinfo=UTC)
    return agency


def test_who_signs_with_a_hospital_changes_it_for_the_next_year(
    tmp_path: Path, library: Library
) -> None:
    """The pooled benefit runs from the day of signing and renews itself (WX-007, WX-012).

    Within the year nothing changes; another hospital begins on 1 January (WX-011).
    """
    facts = {"category": "active", "civil_servant": "no", "outpatient_choice": "none"}
    agency = elsewhere(tmp_path, library, "wuxi/employee", facts, {"tier": "tier_1"})
    software = agency.software()
    said = designation(HOSPITAL, biz_appy_type="03")
    software.ask("2505", data=said)
    asked = {"psn_no": PERSON, "biz_appy_type": "03"}
    (row,) = software.ask("5302", data=asked)["psnfixmedin"]
    assert (row["begndate"], row["enddate"]) == ("2024-11-30", None)

    def second(act: Any) -> None:
        open_institution(act, "320200", OTHER, "另一医院", OPENED, {"designated": "yes"})

    do(agency.book, second)
    software.ask("2505", data={**said, "fixmedins_code": OTHER})
    rows = software.ask("5302", data=asked)["psnfixmedin"]
    assert [(one["fixmedins_code"], one["begndate"], one["enddate"]) for one in rows] == [
        (HOSPITAL, "2024-11-30", "2024-12-31"), (OTHER, "2025-01-01", None),
    ]  # fmt: skip
    assert "转院备案" in software.refused("2501", refmedin=referral())
    agency.book.close()


def test_residents_file_special_diseases_from_the_day_of_filing(
    tmp_path: Path, library: Library
) -> None:
    """Care counts as of a special disease once it is registered (WX-115)."""
    place = {"provider": "hospital", "tier": "tier_3"}
    agency = elsewhere(tmp_path, library, "wuxi/resident", {"category": "resident"}, place)
    software = agency.software()
    software.ask("2503", data=disease("M07800", insutype="390"))
    (row,) = software.ask("5301", data={"psn_no": PERSON})["feedetail"]
    assert (row["opsp_dise_code"], row["begndate"], row["enddate"]) == (
        "M07800", "2024-11-30", None
    )  # fmt: skip
    agency.book.close()


def test_a_referral_out_of_another_city_is_filed(tmp_path: Path, library: Library) -> None:
    """Who is referred by the rules may file care elsewhere (YX-057)."""
    place = {"provider": "institution", "tier": "tier_3"}
    agency = elsewhere(tmp_path, library, "yuxi/employee", {"category": "active"}, place)
    software = agency.software()
    software.ask("2501", refmedin=referral(mdtrtarea_admdvs="530100", refl_type="2"))
    asked = {"psn_no": PERSON, "begntime": "2024-11-30 00:00:00"}
    (row,) = software.ask("5304", data=asked)["refmedin"]
    assert (row["begndate"], row["enddate"]) == ("2024-11-30", "2025-05-29")
    assert "慢特病备案" in software.refused("2503", data=disease())
    agency.book.close()


def test_students_file_by_the_same_messages(tmp_path: Path, library: Library) -> None:
    """A hospital with the department recognises, for as long as the table says; referrals too."""
    place = {"provider": "hospital", "tier": "tier_3"}
    agency = elsewhere(tmp_path, library, "changzhou/student", {}, place)
    software = agency.software()
    software.ask("2503", data=disease("M07800", insutype="390"))
    software.ask("2501", refmedin=referral(insutype="390"))
    software.ask("2505", data=designation(HOSPITAL))
    (row,) = software.ask("5301", data={"psn_no": PERSON})["feedetail"]
    assert row["opsp_dise_code"] == "M07800"
    assert row["begndate"] == "2024-11-30"
    agency.book.close()


# --- the data ------------------------------------------------------------------------------------

_INPUTS = {"referral": ("2501", "refmedin"), "disease": ("2503", "data"),
           "designation": ("2505", "data")}  # fmt: skip


@pytest.mark.parametrize("scheme", sorted(mappings().schemes))
def test_a_mapping_is_in_the_words_of_policy_and_interface(scheme: str, library: Library) -> None:
    mapping = mappings().schemes[scheme]
    for version in library.versions(scheme):
        policy = library.policy(scheme, version.in_force.first)
        assert set(mapping.meters) <= set(policy.meters)
        assert set(funds_of(policy)) <= set(mapping.funds)
        for kind, ways in mapping.filings.items():
            infno, node = _INPUTS[kind]
            (there,) = [one for one in tables().transactions[infno].input if one.name == node]
            for way in ways:
                check_words(policy, way)
                named = {*way.sent, way.at, way.area, way.evidence} - {""}
                assert named <= set(there.by_name)


def check_words(policy: Policy, way: Way) -> None:
    """What a way says is asked by its question, or by one that this rests on."""
    grants = [one.grant for one in policy.questions[way.question].cases if one.grant is not None]
    assert grants
    asked = {way.question}.union(*(one.rests_on for one in grants))
    reached = {one for name in asked for one in reached_by_question(policy, policy.questions[name])}
    assert {*way.says, *way.days} <= reached
    for name, value in {**way.says, **way.person}.items():
        assert value in policy.facts[name].values
    if way.diseases:
        assert way.disease in reached
        assert set(way.diseases.values()) <= set(policy.facts[way.disease].values)
        assert set(way.diseases.values()) <= set(policy.facts[way.known_by].values)
    if way.papers:
        assert set(way.papers) <= set(policy.facts["papers"].values)
