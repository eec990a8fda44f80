"""Stays by the national interface, from admission to settlement and all the way back.

The amounts of the stay are worked out in `nhsa_care`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from book_place import do, identity
from gongji.book.exchange.cases import Case, case_with
from gongji.book.persons.people import enrol, register
from gongji.policy.versions import Library
from nhsa_care import (
    admission,
    admitted,
    asked,
    change,
    diagnosis,
    discharge,
    discharged,
    stay_lines,
    uploaded,
)
from nhsa_place import HOSPITAL, OTHER, PERSON, Agency, agency_at, fee

SUMS = {
    "medfee_sumamt": "4250.00", "fulamt_ownpay_amt": "50.00", "overlmt_selfpay": "50.00",
    "preselfpay_amt": "115.00", "inscp_scp_amt": "4035.00", "hifp_pay": "2731.50",
    "fund_pay_sumamt": "2731.50", "psn_part_amt": "1518.50", "psn_cash_pay": "1518.50",
    "act_pay_dedc": "1000.00", "acct_pay": "0", "pool_prop_selfpay": "0.6770",
}  # fmt: skip
BOOKED = {
    ("fund", "changzhou/employee pool", ""): -273150,
    ("cash", "", ""): -151850,
    ("institution", "", "H1"): 425000,
}


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def amounts(info: Any) -> dict[str, Any]:
    return {name: info[name] for name in SUMS}


def stay(agency: Agency, case: str) -> Case:
    with agency.book.reading() as connection:
        return case_with(connection, int(case[6:]), HOSPITAL)


def of_case(case: str, **more: Any) -> dict[str, Any]:
    return {"mdtrt_id": case, "psn_no": PERSON, **more}


# --- the whole way -------------------------------------------------------------------------------


def test_a_stay_is_settled_and_taken_back(agency: Agency) -> None:
    software = agency.software()
    case = admitted(software)
    parts = [
        [one[name] for name in (
            "feedetl_sn", "det_item_fee_sumamt", "fulamt_ownpay_amt", "overlmt_amt",
            "preselfpay_amt", "inscp_scp_amt", "cnt",
        )]
        for one in uploaded(software, case)
    ]  # fmt: skip
    assert parts == [
        ["1", 4000, 0, 0, 0, 4000, 200],
        ["2", 1200, 0, 50, 115, 1035, 100],
        ["3", 50, 50, 0, 0, 0, 1],
        ["4", -1000, 0, 0, 0, -1000, -50],
    ]
    before = agency.trial()
    tried = software.ask("2303A", data=asked(case))["setlinfo"]
    assert agency.trial() == before == {}
    assert (tried["setl_time"], tried["clr_optins"], tried["clr_way"]) == (None, None, None)
    discharged(software, case)
    done = software.ask("2304A", data=asked(case))
    info = done["setlinfo"]
    wanted = {name: Decimal(amount) for name, amount in SUMS.items()}
    assert amounts(tried) == amounts(info) == wanted
    assert (info["med_type"], info["clr_type"], info["mdtrt_id"]) == ("21", "21", case)
    assert info["medins_setl_id"] == software.last
    assert [(one["fund_pay_type"], one["fund_payamt"]) for one in done["setldetail"]] == [
        ("310100", Decimal("2731.50"))
    ]
    assert agency.trial() == BOOKED
    undone = software.ask("2305", data=of_case(case, setl_id=info["setl_id"]))["setlinfo"]
    money = [name for name in SUMS if name != "pool_prop_selfpay"]
    assert [undone[name] for name in money] == [-wanted[name] for name in money]
    assert undone["setl_id"] not in (None, info["setl_id"])
    assert undone["medins_setl_id"] == software.last
    assert [undone[name] for name in ("begndate", "enddate", "insu_admdvs")] == [
        "2024-11-20", "2024-11-30", "320400",
    ]  # fmt: skip
    assert agency.trial() == {}
    assert software.ask("2405", data=of_case(case)) is None
    assert software.ask("2302", data=of_case(case, feedetl_sn="0000")) is None
    assert software.ask("2404", data=of_case(case)) is None
    assert "已经撤销" in software.refused("2301", feedetail=stay_lines(case)[:1])
    assert agency.clean() == []


def test_a_stay_that_was_taken_back_is_settled_again_as_the_first_of_the_year(
    agency: Agency,
) -> None:
    software = agency.software()
    case = admitted(software)
    uploaded(software, case)
    discharged(software, case)
    first = software.ask("2304", data=asked(case))
    again = software.ask("2304", msgid=software.last, data=asked(case))
    assert again == first
    assert agency.trial() == BOOKED
    assert "已经结算，不能再次结算" in software.refused("2304", data=asked(case))
    back = of_case(case, setl_id=first["setlinfo"]["setl_id"])
    software.ask("2305", data=back)
    assert "已经撤销，不能再次撤销" in software.refused("2305", data=back)
    second = software.ask("2304", data=asked(case))["setlinfo"]
    assert amounts(second) == amounts(first["setlinfo"])
    assert second["setl_id"] != first["setlinfo"]["setl_id"]
    assert agency.trial() == BOOKED
    assert agency.clean() == []


def test_a_later_stay_is_settled_again_when_the_one_before_it_is_taken_back(
    agency: Agency,
) -> None:
    """The later stay at a hospital of tier 2: 1,000.00 in scope.

    As the second of the year its deductible is 360 (CZE-038): 90 % of 640.00, 576.00; 424.00 were
    paid at the desk.  As the first it is 600 (CZE-037): 360.00; the person owes 216.00 more.
    """
    software, other = agency.software(), agency.software(OTHER)
    case = admitted(software)
    uploaded(software, case)
    discharged(software, case)
    first = software.ask("2304", data=asked(case))["setlinfo"]
    later = admitted(other, begntime="2024-11-28 15:00:00")
    when = {"fee_ocur_time": "2024-11-29 08:00:00", "med_type": "21"}
    other.ask("2301", feedetail=[fee(later, "1", "XA01", "50", "20", "1000", **when)])
    discharged(other, later, endtime="2024-11-30 08:00:00")
    info = other.ask("2304", data=asked(later, "1000.00"))["setlinfo"]
    assert (info["act_pay_dedc"], info["hifp_pay"]) == (360, 576)
    software.ask("2305", data=of_case(case, setl_id=first["setl_id"]))
    booked = agency.trial()
    assert sum(booked.values()) == 0
    assert booked == {
        ("fund", "changzhou/employee pool", ""): -36000,
        ("cash", "", ""): -42400,
        ("institution", "", "H2"): 100000,
        ("person", "", str(agency.person)): -21600,
    }
    assert agency.clean() == []


# --- admission, change, discharge ----------------------------------------------------------------


def test_who_is_in_hospital_is_not_admitted_again_anywhere(agency: Agency) -> None:
    software, other = agency.software(), agency.software(OTHER)
    case = admitted(software)
    for one in (software, other):
        refused = one.refused("2401", mdtrtinfo=admission(ipt_no="2"), diseinfo=[diagnosis()])
        assert refused.startswith("该人员是在院状态不能办理入院，在院信息：机构编号：H1机构名称：")
        assert "常州一院" in refused
        assert "入院日期：2024-11-20" in refused
    discharged(software, case)
    refused = other.refused(
        "2401", mdtrtinfo=admission(begntime="2024-11-27 08:00:00"), diseinfo=[diagnosis()]
    )
    assert "日期重叠" in refused
    assert "出院日期：2024-11-28" in refused
    moved = admitted(other, begntime="2024-11-28 15:00:00")
    refused = software.refused("2405", data=of_case(case))
    assert "该人员是在院状态不能撤销出院，在院信息：机构编号：H2" in refused
    assert other.ask("2404", data=of_case(moved)) is None
    assert software.ask("2405", data=of_case(case)) is None
    assert stay(agency, case).now.state == "open"


def test_a_discharge_ends_before_the_next_stay_begins(agency: Agency) -> None:
    software, other = agency.software(), agency.software(OTHER)
    case = admitted(software)
    discharged(software, case, endtime="2024-11-22 11:00:00")
    later = admitted(other, begntime="2024-11-24 08:00:00")
    discharged(other, later, endtime="2024-11-26 08:00:00")
    assert software.ask("2405", data=of_case(case)) is None
    refused = software.refused(
        "2402", dscginfo=discharge(case), diseinfo=[diagnosis(mdtrt_id=case)]
    )
    assert "住院期间与另一次住院重叠" in refused
    assert "机构编号：H2" in refused
    discharged(software, case, endtime="2024-11-24 07:00:00")


def test_an_admission_that_cannot_be_is_refused(agency: Agency) -> None:
    software = agency.software()

    def refused(**more: Any) -> str:
        return software.refused("2401", mdtrtinfo=admission(**more), diseinfo=[diagnosis()])

    assert "mdtrtinfo.begntime：2024-12-01 晚于今天（2024-11-30）" in refused(
        begntime="2024-12-01 08:00:00"
    )
    assert "mdtrtinfo.med_type（医疗类别）：11 不是住院类" in refused(med_type="11")
    assert "医疗类别 22 的待遇对照" in refused(med_type="22")
    assert "insutype（险种类型）：送来的是 390，此人参加的是 310" in refused(insutype="390")
    assert "没有这个人员编号" in refused(psn_no=f"320400{99:014d}", certno="")
    assert "与人员编号" in refused(certno=identity("320402", "19900101", 1))
    assert "ipt_no" in refused(ipt_no="")
    assert "diseinfo.psn_no" in software.refused(
        "2401", mdtrtinfo=admission(), diseinfo=[diagnosis(psn_no=f"320400{99:014d}")]
    )
    assert "diseinfo" in software.refused("2401", mdtrtinfo=admission())


def test_who_has_no_benefit_is_not_admitted(agency: Agency) -> None:
    """Enrolled from November without a payment: benefit has not begun."""
    card = identity("320402", "19900101", 1)

    def enrolled(act: Any) -> int:
        person = register(act, card, "李四")
        facts = {"insured_as": "employee", "category": "active"}
        enrol(act, agency.book.library, person, agency.scheme, date(2024, 11, 1), facts)
        return person

    person = f"320400{do(agency.book, enrolled, day=date(2024, 11, 1)):014d}"
    said = admission(psn_no=person, certno=card, mdtrt_cert_no=card)
    refused = agency.software().refused("2401", mdtrtinfo=said, diseinfo=[diagnosis(psn_no=person)])
    assert "2024-11-20 不在待遇享受期，自 2024-11-01 起" in refused


def test_a_stay_is_described_anew(agency: Agency) -> None:
    software = agency.software()
    case = admitted(software)
    said = change(case, tel="13900000000", begntime="2024-11-19 20:00:00")
    second = diagnosis(2, "E11.900", mdtrt_id=case)
    assert software.ask("2403", adminfo=said, diseinfo=[second]) is None
    now = stay(agency, case).now
    assert (now.first, now.last, now.said["adm_bed"]) == (date(2024, 11, 19), None, "B2")
    assert now.said["dise_codg"] == "M01600"
    assert [(one["diag_srt_no"], one["inout_diag_type"]) for one in now.diagnoses] == [
        ("1", "1"), ("2", "1"),
    ]  # fmt: skip
    software.ask("2301", feedetail=stay_lines(case)[:1])
    assert "明细 1 的费用发生日 2024-11-21 不在住院期间 2024-11-25 至 今" in software.refused(
        "2403", adminfo=change(case, begntime="2024-11-25 08:00:00")
    )
    assert "出院请用 2402" in software.refused(
        "2403", adminfo=change(case, endtime="2024-11-28 08:00:00")
    )
    assert "med_type（医疗类别）：11 不是住院类" in software.refused(
        "2403", adminfo=change(case, med_type="11")
    )
    discharged(software, case)
    software.ask("2403", adminfo=change(case, endtime="2024-11-27 08:00:00"))
    now = stay(agency, case).now
    assert (now.state, now.last) == ("discharged", date(2024, 11, 27))
    assert "endtime（结束时间）：2024-11-19 早于入院日 2024-11-20" in software.refused(
        "2403", adminfo=change(case, endtime="2024-11-19 08:00:00")
    )
    software.ask("2304", data=asked(case, "4000.00"))
    assert "请先撤销结算（2305）" in software.refused("2403", adminfo=change(case))


def test_a_discharge_is_kept_and_taken_back(agency: Agency) -> None:
    software = agency.software()
    case = admitted(software)
    died = {"dscg_way": "5", "die_date": "2024-11-28"}
    of_discharge = diagnosis(1, "I21.900", mdtrt_id=case)
    software.ask("2402", dscginfo=discharge(case, **died), diseinfo=[of_discharge])
    now = stay(agency, case).now
    assert (now.state, now.last) == ("discharged", date(2024, 11, 28))
    assert (now.said["dscg_way"], now.said["die_date"]) == ("5", "2024-11-28")
    assert [(one["diag_code"], one["inout_diag_type"]) for one in now.diagnoses] == [
        ("I10.x00", "1"), ("I21.900", "2"),
    ]  # fmt: skip
    assert "已于 2024-11-28 办理出院" in software.refused(
        "2402", dscginfo=discharge(case), diseinfo=[of_discharge]
    )
    assert "请先撤销出院（2405）" in software.refused("2404", data=of_case(case))
    software.ask("2405", data=of_case(case))
    now = stay(agency, case).now
    assert (now.state, now.last, now.said.get("die_date")) == ("open", None, None)
    assert [one["diag_code"] for one in now.diagnoses] == ["I10.x00"]
    assert "没有办理出院" in software.refused("2405", data=of_case(case))


def test_a_discharge_that_cannot_be_is_refused(agency: Agency) -> None:
    software = agency.software()
    case = admitted(software)
    uploaded(software, case)

    def refused(**more: Any) -> str:
        said = discharge(case, **more)
        of_stay = diagnosis(mdtrt_id=said["mdtrt_id"])
        return software.refused("2402", dscginfo=said, diseinfo=[of_stay])

    assert "endtime（结束时间）：2024-11-19 早于入院日 2024-11-20" in refused(
        endtime="2024-11-19 11:00:00"
    )
    assert "dscginfo.endtime：2024-12-01 晚于今天" in refused(endtime="2024-12-01 11:00:00")
    assert "明细 4 的费用发生日 2024-11-22 不在住院期间 2024-11-20 至 2024-11-21" in refused(
        endtime="2024-11-21 11:00:00"
    )
    assert "insutype" in refused(insutype="390")
    assert "没有编号" in agency.software(OTHER).refused(
        "2402", dscginfo=discharge(case), diseinfo=[diagnosis(mdtrt_id=case)]
    )
    another = diagnosis(mdtrt_id=f"320400{99:014d}")
    assert "diseinfo.mdtrt_id" in software.refused(
        "2402", dscginfo=discharge(case), diseinfo=[another]
    )
    assert "不是本平台给出的编号" in refused(mdtrt_id="M4")


# --- lines ---------------------------------------------------------------------------------------


def test_what_is_given_back_is_of_a_line_that_is_there(agency: Agency) -> None:
    software = agency.software()
    case = admitted(software)
    lines = stay_lines(case)
    assert "明细 4：本次就诊没有可退的明细 1" in software.refused("2301", feedetail=lines[3:])
    software.ask("2301", feedetail=lines[:3])
    unnamed = {**lines[3], "init_feedetl_sn": ""}
    software.ask("2301", feedetail=[unnamed])
    when = {
        "fee_ocur_time": "2024-11-23 08:00:00", "init_feedetl_sn": "1", "med_type": "21",
    }  # fmt: skip
    too_much = fee(case, "5", "XA01", "-151", "20", "-3020.00", **when)
    assert "明细 5 的 cnt：流水号 1 只剩数量 150" in software.refused("2301", feedetail=[too_much])
    assert "已有退费明细 4" in software.refused("2302", data=of_case(case, feedetl_sn="1"))
    assert software.ask("2302", data=of_case(case, feedetl_sn="4")) is None
    assert software.ask("2302", data=of_case(case, feedetl_sn="1")) is None
    assert "没有流水号为 1 的明细" in software.refused("2302", data=of_case(case, feedetl_sn="1"))


def test_lines_that_do_not_fit_are_refused(agency: Agency) -> None:
    software = agency.software()
    case = admitted(software)
    uploaded(software, case)

    def refused(serial: str = "9", code: str = "XA01", total: str = "20.00", **more: Any) -> str:
        return software.refused(
            "2301", feedetail=[fee(case, serial, code, "1", "20", total, med_type="21", **more)]
        )

    assert "feedetail[1].feedetl_sn：明细流水号 3 已经上传过" in refused("3")
    assert "明细 9 的 det_item_fee_sumamt：数量 1 乘单价 20 是 20.00 元" in refused(total="21.00")
    assert "feedetail[0].fee_ocur_time（费用发生时间）：2024-11-19 不在 2024-11-20 至" in refused(
        fee_ocur_time="2024-11-19 08:00:00"
    )
    assert "明细 9 的 med_list_codg：项目 XA09 自" in refused(code="XA09")
    assert "不是这位参保人的" in refused(psn_no=f"320400{2:014d}")
    assert "feedetail" in software.refused("2301", feedetail=[])
    elsewhere = fee(f"320400{99:014d}", "9", "XA01", "1", "20", "20.00", med_type="21")
    assert "同一就诊" in software.refused(
        "2301", feedetail=[fee(case, "8", "XA01", "1", "20", "20", med_type="21"), elsewhere]
    )
    discharged(software, case)
    assert "不在 2024-11-20 至 2024-11-28 之内" in refused(fee_ocur_time="2024-11-29 08:00:00")
    late = fee(
        case, "8", "XA01", "1", "20", "20", med_type="21", fee_ocur_time="2024-11-28 08:00:00"
    )
    software.ask("2301", feedetail=[late])
    settled = software.ask("2304", data=asked(case, "4270.00"))["setlinfo"]
    assert "请先撤销结算（2305）" in refused()
    assert "请先撤销结算（2305）" in software.refused("2302", data=of_case(case, feedetl_sn="0000"))
    assert "请先撤销结算（2305）" in software.refused("2405", data=of_case(case))
    assert "请先撤销结算（2305）" in software.refused("2404", data=of_case(case))
    assert settled["inscp_scp_amt"] == 4055
    assert agency.clean() == []


def test_a_stay_of_several_hundred_lines_comes_in_several_messages(agency: Agency) -> None:
    """400 lines of 1 XA01 at 20.00: 8,000.00; 90 % of 7,000.00 are 6,300.00."""
    software = agency.software()
    case = admitted(software)
    when = {"fee_ocur_time": "2024-11-21 08:00:00", "med_type": "21"}
    lines = [fee(case, str(one), "XA01", "1", "20", "20.00", **when) for one in range(1, 401)]
    for begin in range(0, 400, 100):
        found = software.ask("2301", feedetail=lines[begin : begin + 100])["result"]
        assert [one["feedetl_sn"] for one in found] == [
            str(number) for number in range(begin + 1, begin + 101)
        ]
    discharged(software, case)
    info = software.ask("2304", data=asked(case, "8000.00"))["setlinfo"]
    assert (info["medfee_sumamt"], info["hifp_pay"]) == (8000, 6300)


# --- settling ------------------------------------------------------------------------------------


def test_a_settlement_that_cannot_be_is_refused(agency: Agency) -> None:
    software = agency.software()
    case = admitted(software)
    assert "没有费用明细" in software.refused("2303", data=asked(case))
    uploaded(software, case)
    assert "尚未办理出院，请先办理出院（2402）" in software.refused("2304", data=asked(case))
    assert "dscgTime（出院时间）：2024-12-05 不在" in software.refused(
        "2303", data=asked(case, dscgTime="2024-12-05")
    )
    assert "明细 4 的费用发生日 2024-11-22" in software.refused(
        "2303", data=asked(case, dscgTime="2024-11-21")
    )
    discharged(software, case)
    for infno in ("2303", "2304"):
        assert "不办中途结算" in software.refused(infno, data=asked(case, mid_setl_flag="1"))
        assert "4250.01 与明细合计 4250.00 不符，相差 0.01" in software.refused(
            infno, data=asked(case, "4250.01")
        )
        assert "dscgTime（出院时间）：2024-11-27 与办理出院的日期 2024-11-28 不符" in (
            software.refused(infno, data=asked(case, dscgTime="2024-11-27"))
        )
    splits = {
        "fulamt_ownpay_amt": "50.00", "overlmt_selfpay": "50.00", "preselfpay_amt": "115.01",
        "inscp_scp_amt": "4035.00",
    }  # fmt: skip
    assert "data.preselfpay_amt：115.01 与中心拆分结果 115.00 不符" in software.refused(
        "2304", data=asked(case, **splits)
    )
    assert "insutype" in software.refused("2304", data=asked(case, insutype="390"))
    assert "psn_name" in software.refused("2304", data=asked(case, psn_name="李四"))
    assert "没有编号" in agency.software(OTHER).refused("2304", data=asked(case))
    assert "不是这类业务的就诊" in software.refused(
        "2208", data=of_case(case, setl_id=f"320400{1:014d}")
    )
    assert "没有编号为 7 的结算" in software.refused(
        "2305", data=of_case(case, setl_id=f"320400{7:014d}")
    )
    assert agency.trial() == {}


def test_a_stay_is_tried_as_if_it_ended_today(agency: Agency) -> None:
    """A day later there is a line of that day, and it is counted."""
    software = agency.software()
    case = admitted(software)
    uploaded(software, case)
    agency.clock.now = datetime(2024, 12, 1, 1, tzinfo=UTC)
    when = {"fee_ocur_time": "2024-12-01 08:00:00", "med_type": "21"}
    software.ask("2301", feedetail=[fee(case, "5", "XA01", "10", "20", "200", **when)])
    info = software.ask("2303", data=asked(case, "4450.00"))["setlinfo"]
    assert info["hifp_pay"] == Decimal("2911.50")  # 2,731.50 and 90 % of 200.00
    assert agency.trial() == {}
    assert agency.clean() == []
