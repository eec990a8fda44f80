"""Reversal by the national interface (2601): what a message did is undone by its number.

The amounts are those of `nhsa_care`; of the outpatient visit they are worked out where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gongji.policy.versions import Library
from nhsa_care import admission, admitted, asked, diagnosis, discharged, drug, purchase, uploaded
from nhsa_place import CARD, HOSPITAL, OTHER, PERSON, PHARMACY, Agency, Software, agency_at, fee

NOT_OPEN = "冲正的结算信息退费结算标志不为未退费，不能办理冲正交易"


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def original(message: str, infno: str, **more: Any) -> dict[str, Any]:
    return {"psn_no": PERSON, "omsgid": message, "oinfno": infno, **more}


def visited(software: Software) -> dict[str, Any]:
    """An outpatient visit with its line, ready to be settled; what its settlement says.

    40 of XA01 at 20.00 at a hospital of tier 3: 60 % of what is above 600 (CZE-048), 120.00.
    """
    said = {
        "psn_no": PERSON, "insutype": "310", "begntime": "2024-11-30 08:00:00",
        "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "ipt_otp_no": "20241130-1",
        "dept_code": "01", "dept_name": "内科", "caty": "A03",
    }  # fmt: skip
    case = software.ask("2201", data=said)["data"]["mdtrt_id"]
    visit = {
        "mdtrt_id": case, "psn_no": PERSON, "med_type": "11", "begntime": "2024-11-30 08:05:00",
    }  # fmt: skip
    of_visit = diagnosis(vali_flag="1")
    software.ask("2203A", mdtrtinfo=visit, diseinfo=[of_visit])
    software.ask("2204", feedetail=[fee(case, "1", "XA01", "40", "20", "800.00")])
    return {
        "psn_no": PERSON, "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "med_type": "11",
        "medfee_sumamt": "800.00", "psn_setlway": "01", "mdtrt_id": case, "chrg_bchno": "B1",
        "acct_used_flag": "1", "insutype": "310",
    }  # fmt: skip


def test_an_answer_that_never_came_is_asked_for_again_or_reversed(agency: Agency) -> None:
    """The connection is cut after 2207: sent again it is answered as before, then it is undone."""
    software = agency.software()
    said = visited(software)
    first = software.ask("2207", data=said)
    sent = software.last
    assert software.ask("2207", msgid=sent, data=said) == first
    assert first["setlinfo"]["hifp_pay"] == 120
    assert agency.trial()["institution", "", "H1"] == 80000
    assert software.ask("2601", data=original(sent, "2207")) is None
    assert agency.trial() == {}
    reversing = software.last
    assert software.ask("2601", msgid=reversing, data=original(sent, "2207")) is None
    assert NOT_OPEN in software.refused("2601", data=original(sent, "2207"))
    again = software.ask("2207", data=said)["setlinfo"]
    assert again["hifp_pay"] == 120
    assert NOT_OPEN in software.refused("2601", data=original(sent, "2207"))
    assert agency.trial()["institution", "", "H1"] == 80000
    assert agency.clean() == []


def test_what_was_cancelled_is_not_reversed(agency: Agency) -> None:
    software = agency.software()
    said = visited(software)
    info = software.ask("2207A", data=said)["setlinfo"]
    sent = software.last
    back = {"setl_id": info["setl_id"], "mdtrt_id": info["mdtrt_id"], "psn_no": PERSON}
    software.ask("2208", data=back)
    assert NOT_OPEN in software.refused("2601", data=original(sent, "2207"))


def test_a_message_that_never_arrived_is_said_to_be_unknown(agency: Agency) -> None:
    software = agency.software()
    said = visited(software)
    refused = software.refused("2601", data=original("H1202411300001", "2207"))
    assert "没有收到过报文 H1202411300001 的 2207 交易" in refused
    assert "无需冲正" in refused
    late = software.ask("2207", msgid="H1202411300001", data=said)
    assert late["setlinfo"]["hifp_pay"] == 120
    software.refused("2207", msgid="H1202411300002", data=said)  # settled: nothing came of it
    assert "没有办成" in software.refused("2601", data=original("H1202411300002", "2207"))
    assert agency.clean() == []


@pytest.mark.parametrize(("sent_as", "reversed_as"), [("2304A", "2304"), ("2304", "2304A")])
def test_a_stay_is_reversed_by_either_name(
    agency: Agency, sent_as: str, reversed_as: str
) -> None:  # fmt: skip
    software = agency.software()
    case = admitted(software)
    uploaded(software, case)
    discharged(software, case)
    software.ask(sent_as, data=asked(case))
    sent = software.last
    assert agency.trial()["institution", "", "H1"] == 425000
    assert software.ask("2601", data=original(sent, reversed_as)) is None
    assert agency.trial() == {}
    assert NOT_OPEN in software.refused("2601", data=original(sent, reversed_as))
    assert software.ask("2405", data={"mdtrt_id": case, "psn_no": PERSON}) is None
    assert agency.clean() == []


def test_a_purchase_is_reversed(agency: Agency) -> None:
    software = agency.software(PHARMACY)
    lines = [drug("1", "XA01", "40", "20", "800.00"), drug("2", "XB02", "5", "12", "60.00")]
    info = software.ask("2102", druginfo=purchase(), drugdetail=lines)["setlinfo"]
    sent = software.last
    assert agency.trial()["institution", "", "P1"] == 86000
    assert software.ask("2601", data=original(sent, "2102")) is None
    assert agency.trial() == {}
    assert NOT_OPEN in software.refused("2601", data=original(sent, "2102"))
    back = {"setl_id": info["setl_id"], "mdtrt_id": info["mdtrt_id"], "psn_no": PERSON}
    assert "已经撤销，不能再次撤销" in software.refused("2103", data=back)
    assert agency.clean() == []


def test_an_admission_is_reversed_while_nothing_came_of_it(agency: Agency) -> None:
    software = agency.software()
    software.ask("2401", mdtrtinfo=admission(), diseinfo=[diagnosis()])
    sent = software.last
    assert software.ask("2601", data=original(sent, "2401")) is None
    assert "入院登记已经撤销" in software.refused("2601", data=original(sent, "2401"))
    case = admitted(software)
    sent = software.last
    uploaded(software, case)
    assert "请先用 2302 撤销明细" in software.refused("2601", data=original(sent, "2401"))
    discharged(software, case)
    assert "请先撤销出院（2405）" in software.refused("2601", data=original(sent, "2401"))
    software.ask("2304", data=asked(case))
    assert "请先撤销结算（2305）" in software.refused("2601", data=original(sent, "2401"))
    assert agency.clean() == []


def test_a_reversal_is_of_ones_own_message_and_person(agency: Agency) -> None:
    software = agency.software()
    said = visited(software)
    software.ask("2207", data=said)
    sent = software.last
    before = agency.trial()
    assert "没有收到过报文" in agency.software(OTHER).refused("2601", data=original(sent, "2207"))
    assert "没有收到过报文" in software.refused("2601", data=original(sent, "2304"))
    assert "data.psn_no：原交易" in software.refused(
        "2601", data=original(sent, "2207", psn_no=f"320400{2:014d}")
    )
    assert "data.oinfno（原交易编号）：2208 不能冲正，可冲正的交易是 2102、2207、2304、2401" in (
        software.refused("2601", data=original(sent, "2208"))
    )
    assert "omsgid" in software.refused("2601", data=original("", "2207"))
    assert software.institution == HOSPITAL
    assert agency.trial() == before
    assert agency.clean() == []
