"""Settlement lists by the national interface, held to the settlement that they are of.

10 of XB02 at 12.00 are 120.00, of which the pool pays 82.80 and the person 37.20 in cash; see
`test_nhsa_reconciling.py` for the clauses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from book_place import do
from catalogue_place import stay
from gongji.book.exchange.case_settlements import keep_answer, keep_settlement
from gongji.book.exchange.cases import CaseState, open_case
from gongji.book.exchange.settlement_lists import list_of
from gongji.book.schema.exchange import SETTLEMENT_LIST
from gongji.policy.versions import Library
from nhsa_place import HOSPITAL, OTHER, PERSON, Agency, agency_at
from nhsa_visits import given_back, settled


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def told(info: Any, **more: Any) -> dict[str, Any]:
    """The nodes of a list; `more` goes into its head."""
    return {
        "setlinfo": {
            "psn_no": PERSON, "mdtrt_id": info["mdtrt_id"], "setl_id": info["setl_id"],
            "medcasno": "B20241130", "curr_addr": "常州市钟楼区", "hi_paymtd": "1", **more,
        },
        "diseinfo": [{"diag_type": "1", "diag_code": "J06.900", "diag_name": "上呼吸道感染"}],
        "payinfo": [{"fund_pay_type": "310100", "fund_payamt": "82.80"}],
    }  # fmt: skip


def test_a_list_is_kept_sealed_and_a_later_one_takes_its_place(agency: Agency) -> None:
    software = agency.software()
    info = settled(software, "1", "XB02", "10", "12", "120.00")
    first = software.ask("4101", **told(info))["data"]["setl_list_id"]
    second = software.ask("4101", **told(info, medcasno="B2"))["data"]["setl_list_id"]
    assert (first, second) == (f"320400{1:014d}", f"320400{2:014d}")
    with agency.book.reading() as connection:
        kept = list_of(connection, agency.book.seal, int(info["setl_id"][6:]))
        rows = connection.execute(select(SETTLEMENT_LIST)).all()
        assert list_of(connection, agency.book.seal, 99) is None
    assert kept is not None
    assert kept["setlinfo"][0]["medcasno"] == "B2"
    assert kept["diseinfo"][0]["diag_name"] == "上呼吸道感染"
    assert [row.ended is None for row in rows] == [False, True]
    assert not any("上呼吸道".encode() in row.sealed for row in rows)
    assert agency.clean() == []


def test_its_sums_have_to_be_those_of_the_settlement(agency: Agency) -> None:
    software = agency.software()
    info = settled(software, "1", "XB02", "10", "12", "120.00")
    good = told(info, acct_pay="0", psn_cashpay="37.20")
    item = {"med_chrgitm": "09", "amt": "120.00"}
    assert software.ask("4101", **good, iteminfo=[item])["data"]["setl_list_id"]
    halves = [{**item, "amt": "60"}, {**item, "amt": "60.00"}]
    assert software.ask("4101", **good, iteminfo=halves)["data"]["setl_list_id"]
    other = {"fund_pay_type": "330100", "fund_payamt": "1"}
    pool = good["payinfo"][0]
    for nodes, words in (
        ({"payinfo": [{**pool, "fund_payamt": "82.81"}]},
         "310100：清单为 82.81，结算为 82.80，相差 0.01"),
        ({"payinfo": []}, "310100：清单为 0.00，结算为 82.80，相差 -82.80"),
        ({"payinfo": [pool, other]}, "330100：清单为 1.00，结算为 0.00"),
        ({"payinfo": [{**pool, "fund_payamt": "many"}]}, "payinfo.fund_payamt（金额）：“many”"),
        ({"payinfo": [{**pool, "fund_payamt": "82.801"}]}, "小数位多于 2 位"),
        ({"payinfo": [{**pool, "fund_payamt": "9" * 60}]}, "整数位多于 14 位"),
        ({"payinfo": [{"fund_payamt": "1"}]}, "fund_pay_type：不能为空"),
        ({"iteminfo": [{**item, "amt": "119"}]}, "合计：清单为 119.00，结算为 120.00"),
        ({"setlinfo": {**good["setlinfo"], "psn_cashpay": "37"}}, "psn_cashpay：清单为 37.00"),
        ({"setlinfo": {**good["setlinfo"], "acct_pay": "5"}}, "acct_pay：清单为 5.00"),
    ):  # fmt: skip
        assert words in software.refused("4101", **{**good, **nodes}), words


def test_a_list_is_of_a_settlement_that_stands_of_the_institution(agency: Agency) -> None:
    software = agency.software()
    info = settled(software, "1", "XB02", "10", "12", "120.00")
    another = settled(software, "2", "XA01", "1", "100", "100.00")
    good = told(info)
    head = good["setlinfo"]
    assert "本机构没有编号" in agency.software(OTHER).refused("4101", **good)
    for wrong, words in (
        ({"psn_no": f"320400{9:014d}"}, "不是这位参保人的"),
        ({"setl_id": another["setl_id"]}, "不是这次就诊的结算"),
        ({"setl_id": f"320400{99:014d}"}, "没有编号为 99 的结算"),
        ({"setl_id": ""}, "setl_id：不能为空"),
        ({"mdtrt_id": "abc"}, "20 位数字"),
    ):
        said = {**good, "setlinfo": {**head, **wrong}}
        assert words in software.refused("4101", **said), words
    back = given_back(software, info)
    assert "已经撤销" in software.refused("4101", **good)
    said = {**good, "setlinfo": {**head, "setl_id": back["setl_id"]}}
    assert "没有编号" in software.refused("4101", **said)


def test_the_days_of_a_stay_have_to_be_those_that_were_said(agency: Agency) -> None:
    answered = {
        "setlinfo": {
            "insutype": "310", "clr_type": "21", "clr_optins": "320400", "medfee_sumamt": "100.00",
            "fund_pay_sumamt": "82.80", "acct_pay": "0.00", "psn_cash_pay": "17.20",
        },
        "setldetail": [{"fund_pay_type": "310100", "fund_payamt": "82.80"}],
    }  # fmt: skip
    visit = stay(agency.town, "2024-11-20", "2024-11-28")
    state = CaseState("discharged", date(2024, 11, 20), date(2024, 11, 28), "2101", {}, [])

    def work(act: Any) -> dict[str, str]:
        case = open_case(act, HOSPITAL, agency.person, "inpatient", "ZY1", state)
        number = keep_settlement(act, case, "B1", visit, "m", date(2024, 11, 28))
        keep_answer(act, number, answered)
        return {"mdtrt_id": f"320400{case:014d}", "setl_id": f"320400{number:014d}"}

    info = do(agency.book, work)
    software = agency.software()
    days = {"adm_time": "2024-11-20 09:00:00", "dscg_time": "2024-11-28"}
    assert software.ask("4101", **told(info, **days))["data"]["setl_list_id"]
    for wrong, words in (
        ({"adm_time": "2024-11-19"}, "adm_time：2024-11-19 与就诊登记的 2024-11-20 不符"),
        ({"dscg_time": "2024-11-29"}, "dscg_time：2024-11-29 与就诊登记的 2024-11-28 不符"),
        ({"dscg_time": "昨天"}, "“昨天”不是日期"),
    ):
        assert words in software.refused("4101", **told(info, **{**days, **wrong}))
