"""What institutions ask afterwards: visits, diagnoses, settlements, lines, who is in, totals.

The amounts, worked out by hand, at a hospital of tier 3 on 2024-11-30 (see the first visit in
`test_nhsa_outpatients`): 600.00 of XA01 are ordinary care within the deductible of 600 (CZE-048);
of 120.00 of XB02, capped at 11.50 instead of 12 and 10 % borne first, 5.00 + 11.50 + 103.50, on the
list of hypertension, the pool pays 80 % of 103.50 (CZE-061), 82.80.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from book_place import do
from catalogue_place import load
from gongji.book.exchange.cases import CaseState, case_with, move_case, open_case
from gongji.policy.versions import Library
from nhsa_place import HOSPITAL, OTHER, PERSON, PHARMACY, Agency, agency_at, fee
from nhsa_visit import visit

LINES = (("XA01", "30", "20"), ("XB02", "10", "12"))
STRETCH = {"begntime": "2024-11-01 00:00:00", "endtime": "2024-11-30 00:00:00"}


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def stay(agency: Agency, institution: str, first: date) -> int:
    """A person in hospital."""
    said = {"begntime": f"{first} 10:30:00", "adm_bed": "12-3"}
    state = CaseState("open", first, None, "2101", said, [])
    number: int = do(
        agency.book,
        lambda act: open_case(act, institution, agency.person, "inpatient", "ZY-1", state),
    )
    return number


# --- visits --------------------------------------------------------------------------------------


def test_visits_and_diagnoses_are_told_to_the_institution_of_the_case(agency: Agency) -> None:
    software = agency.software()
    done = visit(software, *LINES)
    asked = {"psn_no": PERSON, "med_type": "11", **STRETCH}
    (row,) = software.ask("5201", data=asked)["mdtrtinfo"]
    told = {
        "mdtrt_id": done.case, "psn_no": PERSON, "psn_name": "张三", "insutype": "310",
        "psn_type": "11", "begntime": "2024-11-30 08:05:00", "endtime": "2024-11-30 00:00:00",
        "med_type": "11", "ipt_otp_no": "20241130-1", "dise_codg": "J06", "dise_name": "某病",
        "main_cond_dscr": "发热三天", "insu_optins": "320400", "inhosp_stas": None,
        "ipt_days": None,
    }  # fmt: skip
    assert {name: row[name] for name in told} == told
    found = software.ask("5202", data={"mdtrt_id": done.case, "psn_no": PERSON})["diseinfo"]
    names = ("diag_info_id", "diag_code", "maindiag_flag", "inout_diag_type", "diag_time")
    assert [tuple(one[name] for name in names) for one in found] == [
        (f"{done.case}01", "J06.900", "1", "1", "2024-11-30 08:10:00"),
        (f"{done.case}02", "I10.x00", "0", "1", "2024-11-30 08:10:00"),
    ]
    other = agency.software(OTHER)
    assert other.ask("5201", data=asked)["mdtrtinfo"] == []
    assert "没有编号为 1 的就诊" in other.refused(
        "5202", data={"mdtrt_id": done.case, "psn_no": PERSON}
    )
    for field, value, left in (
        ("med_type", "14", 0), ("endtime", "2024-11-29 00:00:00", 0),
        ("begntime", "2024-11-30 23:00:00", 1), ("mdtrt_id", done.case, 1),
        ("mdtrt_id", f"320400{8:014d}", 0),
    ):  # fmt: skip
        rows = software.ask("5201", data={**asked, field: value})["mdtrtinfo"]
        assert len(rows) == left, field


def test_a_stay_is_told_before_and_after_its_end(agency: Agency) -> None:
    number = stay(agency, HOSPITAL, date(2024, 11, 20))
    software = agency.software()
    asked = {"psn_no": PERSON, "med_type": "2101", **STRETCH}
    (row,) = software.ask("5201", data=asked)["mdtrtinfo"]
    names = ("begntime", "endtime", "inhosp_stas", "ipt_days", "adm_bed")
    assert [row[one] for one in names] == ["2024-11-20 10:30:00", None, "1", None, "12-3"]

    def left(act: Any) -> None:
        case = case_with(act.connection, number, HOSPITAL)
        move_case(act, case, state="discharged", last=date(2024, 11, 28))

    do(agency.book, left)
    (row,) = software.ask("5201", data=asked)["mdtrtinfo"]
    # from the 20th to the 28th: eight days
    assert [row[one] for one in names] == [
        "2024-11-20 10:30:00", "2024-11-28 00:00:00", "0", 8, "12-3",
    ]  # fmt: skip


def test_who_is_in_hospital_is_told_of_the_own_stays(agency: Agency) -> None:
    number = stay(agency, HOSPITAL, date(2024, 11, 20))
    stay(agency, OTHER, date(2024, 11, 21))
    software = agency.software()
    (row,) = software.ask("5303", data={"psn_no": PERSON, **STRETCH})["data"]
    told = {
        "mdtrt_id": f"320400{number:014d}", "psn_no": PERSON, "begndate": "2024-11-20",
        "med_type": "2101", "ipt_otp_no": "ZY-1", "out_flag": "0", "psn_name": "张三",
    }  # fmt: skip
    assert {name: row[name] for name in told} == told
    assert len(software.ask("5303", data=STRETCH)["data"]) == 1
    before = {"begntime": "2024-11-01 00:00:00", "endtime": "2024-11-19 00:00:00"}
    assert software.ask("5303", data=before)["data"] == []
    today = {"begntime": "2024-11-30 00:00:00", "endtime": "2024-11-30 23:59:59"}
    assert len(software.ask("5303", data=today)["data"]) == 1
    wrong = {"begntime": "2024-11-30 00:00:00", "endtime": "2024-11-01 00:00:00"}
    assert "2024-11-01 早于开始时间 2024-11-30" in software.refused("5303", data=wrong)


# --- settlements ---------------------------------------------------------------------------------


def test_a_settlement_is_told_as_it_was_and_once_it_is_cancelled(agency: Agency) -> None:
    software = agency.software()
    done = visit(software, *LINES)
    asked = {"psn_no": PERSON, "setl_id": done.settlement, "mdtrt_id": done.case}
    found = software.ask("5203", data=asked)
    sums = {
        "medfee_sumamt": "720.00", "fulamt_ownpay_amt": "0", "overlmt_selfpay": "5.00",
        "preselfpay_amt": "11.50", "inscp_scp_amt": "703.50", "act_pay_dedc": "600.00",
        "hifp_pay": "82.80", "fund_pay_sumamt": "82.80", "psn_pay": "637.20",
        "cash_payamt": "637.20", "acct_pay": "0",
    }  # fmt: skip
    info = found["setlinfo"]
    assert {name: info[name] for name in sums} == {
        name: Decimal(amount) for name, amount in sums.items()
    }
    told = {
        "setl_id": done.settlement, "mdtrt_id": done.case, "fixmedins_name": "常州一院",
        "pay_loc": "2", "dedc_hosp_lv": "3", "begndate": "2024-11-30", "year": "2024",
        "enddate": "2024-11-30", "setl_time": "2024-11-30 09:00:00", "med_type": "11",
        "clr_type": "11", "refd_setl_flag": "0", "insu_optins": "320400",
    }  # fmt: skip
    assert {name: info[name] for name in told} == told
    assert [(one["fund_pay_type"], one["fund_payamt"]) for one in found["setldetail"]] == [
        ("310100", Decimal("82.80"))
    ]
    undone = software.ask("2208", data=asked)["setlinfo"]
    again = software.ask("5203", data=asked)
    assert again["setlinfo"]["refd_setl_flag"] == "1"
    assert again["setlinfo"]["hifp_pay"] == Decimal("82.80")
    back = software.ask("5203", data={**asked, "setl_id": undone["setl_id"]})
    assert back["setlinfo"]["refd_setl_flag"] == "1"
    assert back["setlinfo"]["psn_pay"] == Decimal("-637.20")
    assert "没有编号为 320400" in software.refused(
        "5203", data={**asked, "setl_id": f"320400{9:014d}"}
    )
    assert "没有编号为 1 的就诊" in agency.software(OTHER).refused("5203", data=asked)
    other = {**asked, "psn_no": f"320400{2:014d}"}
    assert "不是这位参保人的" in software.refused("5203", data=other)


def test_the_lines_of_a_settlement_are_told(agency: Agency) -> None:
    software = agency.software()
    done = visit(software, *LINES)
    asked = {"psn_no": PERSON, "setl_id": done.settlement, "mdtrt_id": done.case}
    names = (
        "feedetl_sn", "med_list_codg", "hilist_name", "list_type", "cnt", "pric",
        "det_item_fee_sumamt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt",
        "selfpay_prop", "med_type", "rx_drord_no", "bilg_dr_name",
    )  # fmt: skip
    told = [
        ["100", "XA01", "阿司匹林肠溶片", "101", 30, 20, 600, 0, 0, 600, 0, "11", "R1", "李医生"],
        ["101", "XB02", "头孢呋辛酯片", "101", 10, 12, 120, 5, Decimal("11.50"),
         Decimal("103.50"), Decimal("0.1"), "11", "R1", "李医生"],
    ]  # fmt: skip

    def rows() -> list[list[Any]]:
        found = software.ask("5204", data=asked)
        return [[one[name] for name in names] for one in found]

    assert rows() == told
    undone = software.ask("2208", data=asked)["setlinfo"]
    gone = {"mdtrt_id": done.case, "psn_no": PERSON, "chrg_bchno": "B1"}
    software.ask("2205", data=gone)
    line = fee(done.case, "9", "XA01", "1", "20", "20.00")
    software.ask("2204", feedetail=[line])
    assert rows() == told
    cancelling = {**asked, "setl_id": undone["setl_id"]}
    assert "是撤销结算" in software.refused("5204", data=cancelling)
    assert "没有编号为 1 的就诊" in agency.software(OTHER).refused("5204", data=asked)


def test_herbal_pieces_are_of_their_own_list_and_are_medication(agency: Agency) -> None:
    """A catalogue tells them by the kind of their charge, so lines that were settled do too."""
    herb = "code,name,kind,item_class,since,fee_kind\nT001,黄芪,drug,甲,2024-01-01,10"
    load(agency.town, "items", herb)
    software = agency.software()
    done = visit(software, ("T001", "10", "3"), med_type="14", disease="M03900")
    asked = {"psn_no": PERSON, "setl_id": done.settlement, "mdtrt_id": done.case}
    (row,) = software.ask("5204", data=asked)
    assert (row["hilist_name"], row["list_type"]) == ("黄芪", "102")
    wanted = {"psn_no": PERSON, "begntime": "2024-11-01 00:00:00"}
    (row,) = software.ask("5205", data=wanted)["feedetail"]
    assert (row["hilist_name"], row["list_type"]) == ("黄芪", "102")


def test_chronic_medication_is_told_to_all_who_prescribe(agency: Agency) -> None:
    """Drugs of chronic care that stands; services, and other care, are left out."""
    software = agency.software()
    visit(software, *LINES)
    done = visit(software, ("XB02", "10", "11"), ("S07", "1", "30"), med_type="14",
                 disease="M03900", serial="2")  # fmt: skip
    asked = {"psn_no": PERSON, "begntime": "2024-11-01 00:00:00"}
    other = agency.software(OTHER)
    (row,) = other.ask("5205", data=asked)["feedetail"]
    told = {
        "feedetl_sn": "200", "fixmedins_code": HOSPITAL, "fixmedins_name": "常州一院",
        "med_list_codg": "XB02", "hilist_name": "头孢呋辛酯片", "med_type": "14", "cnt": 10,
        "pric": 11, "psn_no": PERSON, "chrgitm_lv": "02",
    }  # fmt: skip
    assert {name: row[name] for name in told} == told
    early = {**asked, "endtime": "2024-11-29 00:00:00"}
    assert other.ask("5205", data=early)["feedetail"] == []
    software.ask("2208", data={"setl_id": done.settlement, "mdtrt_id": done.case, "psn_no": PERSON})
    assert other.ask("5205", data=asked)["feedetail"] == []


# --- totals --------------------------------------------------------------------------------------


def test_the_totals_of_the_year_are_told(agency: Agency) -> None:
    """After the visit: 600.00 of ordinary cost, 82.80 paid for chronic disease; no admission."""
    software = agency.software()

    def totals(**more: str) -> dict[str, Any]:
        rows = software.ask("5206", data={"psn_no": PERSON, **more})["cuminfo"]
        assert {(one["insutype"], one["year"]) for one in rows} == {("310", "2024")}
        month = more.get("cum_ym", "202411")
        assert {one["cum_ym"] for one in rows} == {month}
        return {one["cum_type_code"]: one["cum"] for one in rows}

    nothing = dict.fromkeys(
        ("C0000_BIZ2101", "S_pooled_cost", "S_ordinary_cost", "S_pharmacy_cost", "D_chronic_paid",
         "B_catastrophic_base", "D_aid_major_paid", "D_aid_ordinary_paid", "B_left_after_aid"),
        Decimal(0),
    )  # fmt: skip
    assert totals() == nothing
    done = visit(software, *LINES)
    moved = {"S_ordinary_cost": Decimal("600.00"), "D_chronic_paid": Decimal("82.80")}
    assert agency.software(OTHER).ask("5206", data={"psn_no": PERSON})["cuminfo"]
    assert totals() == nothing | moved
    assert totals(cum_ym="202410") == nothing
    software.ask("2208", data={"setl_id": done.settlement, "mdtrt_id": done.case, "psn_no": PERSON})
    assert totals() == nothing
    assert agency.clean() == []


def test_a_total_that_is_kept_apart_says_for_what(agency: Agency) -> None:
    """A special disease is kept apart from others: 600.00 of tumour care.

    They count on the ruler of stays as well; the 10 % left with the person (CZE-072), 60.00, on
    that of catastrophic insurance (CZE-094).
    """
    software = agency.software()
    filed = {
        "psn_no": PERSON, "insutype": "310", "opsp_dise_code": "M00500",
        "opsp_dise_name": "恶性肿瘤门诊治疗", "insu_optins": "320400",
        "ide_fixmedins_no": HOSPITAL, "ide_fixmedins_name": "常州一院",
        "hosp_ide_date": "2024-11-30", "diag_dr_codg": "D1", "diag_dr_name": "李医生",
        "begndate": "2024-11-30",
    }  # fmt: skip
    software.ask("2503", data=filed)
    visit(software, LINES[0], med_type="14", disease="M00500")
    rows = software.ask("5206", data={"psn_no": PERSON})["cuminfo"]
    assert {one["cum_type_code"]: one["cum"] for one in rows if one["cum"]} == {
        "S_special_cost_malignant_tumour": Decimal("600.00"), "S_pooled_cost": Decimal("600.00"),
        "B_catastrophic_base": Decimal("60.00"),
    }  # fmt: skip


def test_questions_that_nobody_can_answer_are_refused(agency: Agency) -> None:
    software = agency.software(PHARMACY)
    for month, words in (
        ("2024", "不是年月"), ("202413", "不是年月"), ("000011", "不是年月"),
        ("202412", "还没有到"),
    ):  # fmt: skip
        assert words in software.refused("5206", data={"psn_no": PERSON, "cum_ym": month})
    assert "没有参保" in software.refused("5206", data={"psn_no": PERSON, "cum_ym": "202311"})
    for infno, more in (
        ("5201", {"med_type": "11", **STRETCH}), ("5205", STRETCH), ("5206", {}), ("5301", {}),
        ("5302", {"biz_appy_type": "03"}), ("5303", STRETCH), ("5304", STRETCH),
    ):  # fmt: skip
        stranger = {"psn_no": f"320400{9:014d}", **more}
        assert "没有这个人员编号" in software.refused(infno, data=stranger), infno
        assert "不是本平台给出的编号" in software.refused(
            infno, data={**stranger, "psn_no": "张三"}
        )
