"""Outpatient care by the national interface: a whole visit, and each of its steps taken back.

The amounts, worked out by hand.  At a hospital of tier 3 on 2024-11-30:

- 30 of XA01 at 20.00, class A: 600.00, all in scope.
- 10 of XB02 at 12.00, class B, capped at 11.50, 10 % borne first: 120.00 = 5.00 over the cap,
  11.50 (10 % of 115.00) borne first, 103.50 in scope.
- S04, class C: 50.00 out of the catalogue.

770.00 = 50.00 + 5.00 + 11.50 + 703.50.  The person has hypertension, and XB02 is on its list: the
pool pays 80 % of 103.50 without a deductible (CZE-060, CZE-061), 82.80.  The 600.00 are ordinary
care and all within the year's deductible of 600 (CZE-048).  The person bears 687.20.  The basic
fund's share of the cost in scope is 82.80 / 703.50 = 0.11769..., 0.1177.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from book_place import do, identity
from gongji.book.care.cancelling import cancelled
from gongji.book.care.visits import withdraw_visit
from gongji.book.schema.visits import SETTLEMENT
from gongji.nhsa.messages.refusals import Rejected
from gongji.policy.versions import Library
from nhsa_place import OTHER, PERSON, Agency, Software, agency_at, fee
from nhsa_visits import asked, registered


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def uploaded(software: Software, case: str) -> Any:
    lines = [
        fee(case, "1", "XA01", "30", "20", "600.00"),
        fee(case, "2", "XB02", "10", "12", "120.00"),
        fee(case, "3", "S04", "1", "50", "50.00"),
    ]
    return software.ask("2204", feedetail=lines)["result"]


def test_a_visit_is_settled_and_taken_back(agency: Agency) -> None:
    software = agency.software()
    case = registered(software)
    before = agency.trial()
    parts = [
        [one[name] for name in (
            "feedetl_sn", "det_item_fee_sumamt", "fulamt_ownpay_amt", "overlmt_amt",
            "preselfpay_amt", "inscp_scp_amt", "chrgitm_lv",
        )]
        for one in uploaded(software, case)
    ]  # fmt: skip
    assert parts == [
        ["1", Decimal("600.00"), 0, 0, 0, Decimal("600.00"), "01"],
        ["2", Decimal("120.00"), 0, Decimal("5.00"), Decimal("11.50"), Decimal("103.50"), "02"],
        ["3", Decimal("50.00"), Decimal("50.00"), 0, 0, 0, "03"],
    ]
    said = asked(software, case)
    tried = software.ask("2206A", data=said)["setlinfo"]
    assert agency.trial() == before
    assert tried["setl_time"] is None
    done = software.ask("2207A", data=said)
    info = done["setlinfo"]
    assert info["medins_setl_id"] == software.last
    sums = {
        "medfee_sumamt": "770.00", "fulamt_ownpay_amt": "50.00", "overlmt_selfpay": "5.00",
        "preselfpay_amt": "11.50", "inscp_scp_amt": "703.50", "hifp_pay": "82.80",
        "fund_pay_sumamt": "82.80", "psn_part_amt": "687.20", "psn_cash_pay": "687.20",
        "act_pay_dedc": "600.00", "acct_pay": "0", "pool_prop_selfpay": "0.1177",
    }  # fmt: skip
    assert {name: info[name] for name in sums} == {
        name: Decimal(amount) for name, amount in sums.items()
    }
    changing = {"setl_id", "setl_time", "clr_optins", "clr_way", "medins_setl_id"}
    assert {name: tried[name] for name in tried if name not in changing} == {
        name: info[name] for name in info if name not in changing
    }
    assert [(one["fund_pay_type"], one["fund_payamt"]) for one in done["setldetail"]] == [
        ("310100", Decimal("82.80"))
    ]
    assert agency.trial() == {
        ("fund", "changzhou/employee pool", ""): -8280,
        ("cash", "", ""): -68720,
        ("institution", "", "H1"): 77000,
    }
    back = {"setl_id": info["setl_id"], "mdtrt_id": case, "psn_no": PERSON}
    undone = software.ask("2208", data=back)["setlinfo"]
    amounts = [name for name in sums if name != "pool_prop_selfpay"]
    assert [undone[name] for name in amounts] == [-info[name] for name in amounts]
    assert undone["setl_id"] not in (None, info["setl_id"])
    assert agency.trial() == {}
    assert "已经撤销" in software.refused("2208", data=back)
    gone = {"mdtrt_id": case, "psn_no": PERSON}
    assert software.ask("2205", data={**gone, "chrg_bchno": "0000"}) is None
    assert software.ask("2202", data={**gone, "ipt_otp_no": "20241130-1"}) is None
    assert "已经撤销" in software.refused("2204", feedetail=[fee(case, "9", "XA01", "1", "1", "1")])
    assert agency.clean() == []


def test_a_message_that_comes_twice_is_done_once(agency: Agency) -> None:
    software = agency.software()
    case = registered(software)
    uploaded(software, case)
    said = asked(software, case)
    first = software.ask("2207", data=said)
    again = software.ask("2207", msgid=software.last, data=said)
    assert again == first
    assert agency.trial()["institution", "", "H1"] == 77000
    assert f"msgid（发送方报文ID）：{software.last} 已用于另一个请求" in software.refused(
        "2207", msgid=software.last, data={**said, "invono": "2"}
    )
    assert "已经结算" in software.refused("2207", data=said)


def test_a_message_that_was_refused_is_sent_again_mended_under_its_number(agency: Agency) -> None:
    """Nothing of what was refused is kept, its number neither."""
    software = agency.software()
    case = registered(software)
    uploaded(software, case)
    wrong = asked(software, case, medfee_sumamt="770.01")
    with pytest.raises(Rejected, match=r"相差 0\.01"):
        software.ask("2207", msgid="H1202411300001", data=wrong)
    assert agency.trial() == {}
    said = asked(software, case)
    assert software.ask("2207", msgid="H1202411300001", data=said)["setlinfo"]["hifp_pay"] == (
        Decimal("82.80")
    )
    assert agency.trial()["institution", "", "H1"] == 77000


def test_what_is_given_back_later_is_taken_off_its_batch(agency: Agency) -> None:
    """30 of XA01 at 20.00, of which 10 are given back in another message, and 20 in another batch.

    600.00 less 200.00 are 400.00, within the deductible of 600 (CZE-048): the person bears them.
    """
    software = agency.software()
    case = registered(software)
    software.ask("2204", feedetail=[fee(case, "1", "XA01", "30", "20", "600.00")])
    elsewhere = fee(case, "2", "XA01", "-10", "20", "-200.00", chrg_bchno="B2")
    assert "没有可退的明细" in software.refused("2204", feedetail=[elsewhere])
    more = fee(case, "3", "XA01", "20", "20", "400.00", chrg_bchno="B2")
    back = fee(case, "2", "XA01", "-10", "20", "-200.00")
    answered = software.ask("2204", feedetail=[more, back])["result"]
    assert [(one["feedetl_sn"], one["inscp_scp_amt"]) for one in answered] == [
        ("3", 400), ("2", -200),
    ]  # fmt: skip
    again = fee(case, "4", "XA01", "-21", "20", "-420.00", init_feedetl_sn="1")
    assert "明细 4 的 cnt：流水号 1 只剩数量 20" in software.refused("2204", feedetail=[again])
    info = software.ask("2207", data=asked(software, case, medfee_sumamt="400.00"))["setlinfo"]
    sums = [info[name] for name in ("medfee_sumamt", "inscp_scp_amt", "hifp_pay", "psn_part_amt")]
    assert sums == [400, 400, 0, 400]
    assert agency.clean() == []


@pytest.mark.parametrize("withdrawn", [False, True])
def test_what_a_desk_cancelled_is_cancelled_here_too_and_settled_again(
    agency: Agency, withdrawn: bool
) -> None:
    """The agency's clerk took the settlement back; the hospital's own cancelling follows it."""
    software = agency.software()
    case = registered(software)
    uploaded(software, case)
    info = software.ask("2207", data=asked(software, case))["setlinfo"]

    def at_the_desk(act: Any) -> None:
        visit = act.connection.scalar(select(SETTLEMENT.c.visit))
        cancelled(act, agency.book.library, act.connection.scalar(select(SETTLEMENT.c.id)))
        if withdrawn:
            withdraw_visit(act, visit)

    do(agency.book, at_the_desk)
    assert agency.trial() == {}
    assert "已经结算" in software.refused("2207", data=asked(software, case))
    back = {"setl_id": info["setl_id"], "mdtrt_id": case, "psn_no": PERSON}
    undone = software.ask("2208", data=back)["setlinfo"]
    assert (undone["medfee_sumamt"], undone["hifp_pay"]) == (-770, Decimal("-82.80"))
    assert agency.trial() == {}
    assert "已经撤销" in software.refused("2208", data=back)
    software.ask("2207", data=asked(software, case))
    assert agency.trial()["institution", "", "H1"] == 77000
    assert agency.clean() == []


def test_what_does_not_fit_is_refused_in_words(agency: Agency) -> None:
    software = agency.software()
    case = registered(software)
    uploaded(software, case)
    assert "770.01 与明细合计 770.00 不符，相差 0.01" in software.refused(
        "2206", data=asked(software, case, medfee_sumamt="770.01")
    )
    splits = {
        "fulamt_ownpay_amt": "50.00", "overlmt_selfpay": "5.00", "preselfpay_amt": "11.50",
        "inscp_scp_amt": "703.51",
    }  # fmt: skip
    assert "inscp_scp_amt" in software.refused("2207", data=asked(software, case, **splits))
    assert "没有编号" in agency.software(OTHER).refused("2207", data=asked(software, case))
    another = asked(software, case, mdtrt_cert_no=identity("320402", "19900101", 1))
    assert "data.mdtrt_cert_no（就诊凭证编号）：不是人员编号" in software.refused(
        "2207", data=another
    )
    assert "insutype" in software.refused("2207", data=asked(software, case, insutype="390"))
    assert "医疗类别 51" in software.refused("2207", data=asked(software, case, med_type="51"))
    for infno in ("2206", "2207"):
        assert "21 是住院类，不能按门诊结算" in software.refused(
            infno, data=asked(software, case, med_type="21")
        )
    assert "feedetail[0].fee_ocur_time（费用发生时间）：2024-12-01" in software.refused(
        "2204",
        feedetail=[fee(case, "4", "XA01", "1", "1", "1", fee_ocur_time="2024-12-01 00:00:00")],
    )
    assert "流水号 1 已经上传过" in software.refused(
        "2204", feedetail=[fee(case, "1", "XA01", "1", "1", "1")]
    )
    assert agency.trial() == {}
