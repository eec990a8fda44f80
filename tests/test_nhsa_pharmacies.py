"""Purchases at a pharmacy by the national interface: tried, settled, taken back.

The amounts of the purchase are worked out in `nhsa_care`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gongji.book.exchange.case_lines import lines_of_case
from gongji.book.exchange.cases import case_with
from gongji.nhsa.mapping import mappings
from gongji.policy.versions import Library
from nhsa_care import admission, diagnosis, drug, purchase
from nhsa_place import HOSPITAL, PERSON, PHARMACY, Agency, agency_at, fee
from nhsa_visits import asked, registered

SUMS = {
    "medfee_sumamt": "860.00", "fulamt_ownpay_amt": "0", "overlmt_selfpay": "10.00",
    "preselfpay_amt": "5.00", "inscp_scp_amt": "845.00", "hifp_pay": "176.00",
    "fund_pay_sumamt": "176.00", "psn_part_amt": "684.00", "psn_cash_pay": "684.00",
    "act_pay_dedc": "600.00", "acct_pay": "0",
}  # fmt: skip


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def drugs() -> list[dict[str, Any]]:
    return [
        drug("1", "XA01", "40", "20", "800.00"),
        drug("2", "XB02", "5", "12", "60.00"),
    ]


def test_a_purchase_is_tried_settled_and_taken_back(agency: Agency) -> None:
    software = agency.software(PHARMACY)
    tried = software.ask("2101", druginfo=purchase(), drugdetail=drugs())
    assert agency.trial() == {}
    assert tried["setlinfo"]["setl_time"] is None
    assert tried["setlinfo"]["mdtrt_id"] == "32040000000000000000"  # nothing has this number
    done = software.ask("2102", druginfo=purchase(), drugdetail=drugs())
    info = done["setlinfo"]
    wanted = {name: Decimal(amount) for name, amount in SUMS.items()}
    for answer in (tried, done):
        assert {name: answer["setlinfo"][name] for name in SUMS} == wanted
        assert answer["setlinfo"]["pool_prop_selfpay"] == Decimal("0.2083")
        assert [
            (one["feedetl_sn"], one["overlmt_amt"], one["preselfpay_amt"], one["inscp_scp_amt"])
            for one in answer["detlcutinfo"]
        ] == [("1", 0, 0, 800), ("2", 10, 5, 45)]
        assert [(one["fund_pay_type"], one["fund_payamt"]) for one in answer["setldetail"]] == [
            ("310100", 176)
        ]
    assert (info["clr_type"], info["med_type"]) == ("41", "41")
    assert info["medins_setl_id"] == software.last
    booked = {
        ("fund", "changzhou/employee pool", ""): -17600,
        ("cash", "", ""): -68400,
        ("institution", "", "P1"): 86000,
    }
    assert agency.trial() == booked
    again = software.ask("2102", msgid=software.last, druginfo=purchase(), drugdetail=drugs())
    assert again == done
    assert agency.trial() == booked
    back = {"setl_id": info["setl_id"], "mdtrt_id": info["mdtrt_id"], "psn_no": PERSON}
    undone = software.ask("2103", data=back)["setlinfo"]
    assert {name: undone[name] for name in SUMS} == {
        name: -amount for name, amount in wanted.items()
    }
    assert undone["setl_id"] not in (None, info["setl_id"])
    assert undone["medins_setl_id"] == software.last
    assert agency.trial() == {}
    assert "已经撤销，不能再次撤销" in software.refused("2103", data=back)
    with agency.book.reading() as connection:
        case = case_with(connection, int(info["mdtrt_id"][6:]), PHARMACY)
        assert case.now.state == "withdrawn"
        assert lines_of_case(connection, case.number) == []
    assert agency.clean() == []


def test_the_deductible_of_the_year_is_borne_once(agency: Agency) -> None:
    """A second purchase of 10 XA01 on top of the first: 70 % of 200.00, 140.00.

    When the first is taken back, 200.00 are within the deductible of 600: the pool pays nothing of
    them, and the person owes the 140.00.
    """
    software = agency.software(PHARMACY)
    first = software.ask("2102", druginfo=purchase(), drugdetail=drugs())["setlinfo"]
    second = software.ask(
        "2102", druginfo=purchase(medfee_sumamt="200.00"),
        drugdetail=[drug("1", "XA01", "10", "20", "200.00")],
    )["setlinfo"]  # fmt: skip
    assert (second["hifp_pay"], second["act_pay_dedc"]) == (140, 0)
    numbers = {"setl_id": first["setl_id"], "mdtrt_id": first["mdtrt_id"], "psn_no": PERSON}
    software.ask("2103", data=numbers)
    assert agency.trial() == {
        ("cash", "", ""): -6000,
        ("institution", "", "P1"): 20000,
        ("person", "", str(agency.person)): -14000,
    }
    assert agency.clean() == []


def test_a_purchase_that_cannot_be_is_refused(agency: Agency) -> None:
    software = agency.software(PHARMACY)

    def refused(infno: str = "2102", lines: Any = None, **more: Any) -> str:
        said = drugs() if lines is None else lines
        return software.refused(infno, druginfo=purchase(**more), drugdetail=said)

    for infno in ("2101", "2102"):
        assert "druginfo.medfee_sumamt（医疗费总额）：860.10 与明细合计 860.00 不符" in refused(
            infno, medfee_sumamt="860.10"
        )
    assert "druginfo.begntime（开始时间）：2024-12-01 晚于今天" in refused(
        begntime="2024-12-01 08:00:00"
    )
    assert "med_type（医疗类别）：21 是住院类" in refused(med_type="21")
    assert "医疗类别 51 的待遇对照" in refused(med_type="51")
    assert "druginfo.insutype（险种类型）：送来的是 390" in refused(insutype="390")
    assert "druginfo.psn_name" in refused(psn_name="李四")
    assert "2102 drugdetail：缺少该节点" in refused(lines=[])
    assert "drugdetail[0].fee_ocur_time（费用发生时间）：2024-11-29 不在" in refused(
        lines=[drug("1", "XA01", "43", "20", "860", fee_ocur_time="2024-11-29 08:00:00")]
    )
    assert "明细 1 的 det_item_fee_sumamt：数量 43 乘单价 20 是 860.00 元" in refused(
        lines=[drug("1", "XA01", "43", "20", "861.00")]
    )
    twice = [drug("1", "XA01", "40", "20", "800.00"), drug("1", "XB02", "5", "12", "60.00")]
    assert "流水号 1 已经上传过" in refused(lines=twice)
    assert "明细 1：本次就诊没有可退的明细" in refused(
        lines=[drug("1", "XA01", "-43", "20", "-860.00")]
    )
    assert agency.trial() == {}
    info = software.ask("2102", druginfo=purchase(), drugdetail=drugs())["setlinfo"]
    numbers = {"setl_id": info["setl_id"], "mdtrt_id": info["mdtrt_id"], "psn_no": PERSON}
    assert "没有编号" in agency.software(HOSPITAL).refused("2103", data=numbers)
    assert "不是这位参保人的" in software.refused(
        "2103", data={**numbers, "psn_no": f"320400{2:014d}"}
    )
    assert "不是这类业务的就诊" in software.refused("2208", data=numbers)
    assert agency.clean() == []


def test_a_hospital_does_not_settle_as_a_pharmacy_nor_a_pharmacy_as_a_ward(agency: Agency) -> None:
    """A pharmacy has 70 %, a hospital of tier 3 has 60 % (CZE-048): each settles as what it is."""
    hospital = agency.software(HOSPITAL)
    assert "常州一院 不是定点零售药店，不能用药店结算" in hospital.refused(
        "2102", druginfo=purchase(), drugdetail=drugs()
    )
    case = registered(hospital)
    hospital.ask("2204", feedetail=[fee(case, "1", "XA01", "40", "20", "800.00")])
    assert "med_type（医疗类别）：41 是药店购药，只能由定点零售药店办理" in hospital.refused(
        "2207", data=asked(hospital, case, med_type="41", medfee_sumamt="800.00")
    )
    said = admission()
    assert "med_type（医疗类别）：21 是住院类，定点零售药店不能办理" in agency.software(
        PHARMACY
    ).refused("2401", mdtrtinfo=said, diseinfo=[diagnosis()])
    assert agency.trial() == {}


def test_an_institution_is_a_pharmacy_by_its_facts_and_else_by_its_code() -> None:
    every = mappings()
    assert every.is_pharmacy("H05", {"provider": "pharmacy"})
    assert not every.is_pharmacy("P1", {"provider": "hospital"})
    assert every.is_pharmacy("P1", {"tier": "unrated"})
    assert not every.is_pharmacy("H1", {})
