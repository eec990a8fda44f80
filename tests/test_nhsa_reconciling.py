"""An institution's settlements reconciled with the agency's: the totals, and each row.

The amounts, worked out by hand.  At a hospital of tier 3 on 2024-11-30:

- 10 of XB02 at 12.00: 120.00 = 5.00 over the cap of 11.50, 11.50 (10 % of 115.00) borne first,
  103.50 in scope.  The person has hypertension, and XB02 is on its list: the pool pays 80 % without
  a deductible (CZE-060, CZE-061), 82.80; the person 37.20.
- 1 of XA01 at 100.00, class A: ordinary care, within the year's deductible of 600 (CZE-048): the
  person pays 100.00.

Together 220.00, of which the fund 82.80, the account nothing, cash 137.20; two settlements.  The
first one given back adds a row of -120.00, -82.80.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from book_place import do
from gongji.book.acts import Act
from gongji.book.care.cancelling import cancelled
from gongji.book.places import open_area
from gongji.book.schema.visits import SETTLEMENT
from gongji.policy.versions import Library
from gongji.wording import Bilingual
from nhsa_files import lines_of, sent, zipped
from nhsa_place import CARD, HOSPITAL, OTHER, PERSON, Agency, Software, agency_at
from nhsa_visits import given_back, settled

FIELDS = (
    "psn_no", "mdtrt_id", "setl_id", "msgid", "stmt_rslt", "refd_setl_flag", "memo",
    "medfee_sumamt", "fund_pay_sumamt", "acct_pay",
)  # fmt: skip


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def drug(software: Software, own: str = "1") -> Any:
    return settled(software, own, "XB02", "10", "12", "120.00")


def tablet(software: Software, own: str = "2") -> Any:
    return settled(software, own, "XA01", "1", "100", "100.00")


def totals(**more: Any) -> dict[str, Any]:
    return {
        "insutype": "310", "clr_type": "11", "setl_optins": "320400",
        "stmt_begndate": "2024-11-30", "stmt_enddate": "2024-11-30", "medfee_sumamt": "220.00",
        "fund_pay_sumamt": "82.80", "acct_pay": "0", "fixmedins_setl_cnt": 2,
        "refd_setl_flag": "1", "fixmedins_refd_setl_flag": "1", **more,
    }  # fmt: skip


def stated(software: Software, **more: Any) -> tuple[str, str]:
    found = software.ask("3201", data=totals(**more))["stmtinfo"]
    assert found["setl_optins"] == "320400"
    return found["stmt_rslt"], found["stmt_rslt_dscr"]


def row(info: Any, flag: str = "0", **more: Any) -> str:
    """A line of an institution's file about a settlement."""
    said = {
        **{name: str(info[name]) for name in (
            "setl_id", "mdtrt_id", "psn_no", "medfee_sumamt", "fund_pay_sumamt", "acct_pay",
        )},
        "refd_setl_flag": flag, **more,
    }  # fmt: skip
    return "\t".join(said.values()) + "\n"


def detailed(software: Software, text: str | bytes, *sums: Any, **more: Any) -> Any:
    """The request of 3202 about a file; `sums` are all, the fund's, cash and the count."""
    number = sent(software, zipped(text))["file_qury_no"]
    total, fund, cash, count = sums
    return {
        "setl_optins": "320400", "file_qury_no": number, "stmt_begndate": "2024-11-30",
        "stmt_enddate": "2024-11-30", "medfee_sumamt": total, "fund_pay_sumamt": fund,
        "cash_payamt": cash, "fixmedins_setl_cnt": count, "clr_type": "11",
        "refd_setl_flag": "1", "fixmedins_refd_setl_flag": "1", **more,
    }  # fmt: skip


def differing(software: Software, text: str, *sums: Any, **more: Any) -> list[dict[str, str]]:
    """The rows of the result that the agency makes of a file."""
    told = software.ask("3202", data=detailed(software, text, *sums, **more))["fileinfo"]
    assert told["dld_endtime"] == "2024-12-30 23:59:59"
    lines = lines_of(software.fetch(told["file_qury_no"], told["filename"]))
    assert all(len(line) == len(FIELDS) for line in lines)
    return [dict(zip(FIELDS, line, strict=True)) for line in lines]


# --- totals --------------------------------------------------------------------------------------


def test_totals_that_agree_are_even(agency: Agency) -> None:
    software = agency.software()
    assert stated(
        software, medfee_sumamt="0", fund_pay_sumamt="0", fixmedins_setl_cnt=0
    ) == ("0", "相符，共 0 笔")  # fmt: skip
    drug(software)
    tablet(software)
    assert stated(software) == ("0", "相符，共 2 笔")
    assert stated(software, stmt_begndate="2024-01-01", stmt_enddate="2025-01-01")[0] == "0"
    assert agency.clean() == []


def test_what_a_desk_of_the_agency_cancelled_counts_no_longer(agency: Agency) -> None:
    software = agency.software()
    drug(software)
    tablet(software)

    def cancel(act: Act) -> dict[str, Any]:
        first = select(SETTLEMENT.c.id).order_by(SETTLEMENT.c.id).limit(1)
        cancelled(act, agency.book.library, int(act.connection.scalar(first) or 0))
        return {}

    do(agency.book, cancel)
    told = stated(software)
    assert told == (
        "1",
        "医疗费总额 机构 220.00 中心 100.00；基金支付总额 机构 82.80 中心 0.00；"
        "结算笔数 机构 2 中心 1",
    )


def test_each_total_that_differs_is_named(agency: Agency) -> None:
    software = agency.software()
    drug(software)
    tablet(software)
    assert stated(software, fund_pay_sumamt="82.81") == (
        "1", "基金支付总额 机构 82.81 中心 82.80",
    )  # fmt: skip
    every = {
        "medfee_sumamt": "221", "fund_pay_sumamt": "80", "acct_pay": "0.50",
        "fixmedins_setl_cnt": 3,
    }  # fmt: skip
    assert stated(software, **every) == (
        "1",
        "医疗费总额 机构 221.00 中心 220.00；基金支付总额 机构 80.00 中心 82.80；"
        "个人账户支付 机构 0.50 中心 0.00；结算笔数 机构 3 中心 2",
    )


def test_totals_are_of_one_institution_insurance_clearing_and_stretch_of_days(
    agency: Agency,
) -> None:
    software = agency.software()
    drug(software)
    tablet(software)
    do(agency.book, lambda act: open_area(act, "320200", Bilingual("无锡", "Wuxi")))
    nothing = {"medfee_sumamt": "0", "fund_pay_sumamt": "0", "fixmedins_setl_cnt": 0}
    assert stated(agency.software(OTHER), **nothing)[0] == "0"
    elsewhere = totals(**nothing, setl_optins="320200")
    assert software.ask("3201", data=elsewhere)["stmtinfo"]["stmt_rslt_dscr"] == "相符，共 0 笔"
    for other in (
        {"insutype": "390"},
        {"clr_type": "14"},
        {"stmt_begndate": "2024-11-01", "stmt_enddate": "2024-11-29"},
        {"stmt_begndate": "2024-12-01", "stmt_enddate": "2024-12-31"},
    ):
        assert stated(software, **nothing, **other)[0] == "0", other
        assert stated(software, **other)[0] == "1", other


def test_what_was_given_back_counts_as_the_flag_says(agency: Agency) -> None:
    software = agency.software()
    first = drug(software)
    tablet(software)
    given_back(software, first)
    # with it: 120.00 + 100.00 - 120.00, 82.80 - 82.80, three rows; without it: only the 100.00
    sums = {"medfee_sumamt": "100.00", "fund_pay_sumamt": "0"}
    assert stated(software, **sums, fixmedins_setl_cnt=3)[0] == "0"
    assert stated(software, **sums, fixmedins_setl_cnt=3, refd_setl_flag="") == (
        "0", "相符，共 3 笔",
    )  # fmt: skip
    assert stated(software, **sums, fixmedins_setl_cnt=1, refd_setl_flag="0")[0] == "0"
    assert stated(software, **sums, fixmedins_setl_cnt=3, refd_setl_flag="0") == (
        "1", "结算笔数 机构 3 中心 1",
    )  # fmt: skip
    without = {"refd_setl_flag": "", "fixmedins_refd_setl_flag": "0"}
    assert stated(software, **sums, fixmedins_setl_cnt=1, **without)[0] == "0"


def test_what_cannot_be_reconciled_is_refused_in_words(agency: Agency) -> None:
    software = agency.software()
    for wrong, words in (
        ({"stmt_enddate": "2024-11-29"}, "2024-11-29 早于开始日期 2024-11-30"),
        ({"setl_optins": "110000"}, "没有统筹区 110000"),
        ({"refd_setl_flag": "7"}, "应为 0 或 1"),
        ({"insutype": "999"}, "insutype"),
        ({"medfee_sumamt": "1.001"}, "medfee_sumamt"),
        ({"fixmedins_setl_cnt": "1.5"}, "fixmedins_setl_cnt"),
        ({"stmt_begndate": "2024-02-30"}, "stmt_begndate"),
        ({"medfee_sumamt": None}, "medfee_sumamt"),
    ):
        assert words in software.refused("3201", data=totals(**wrong)), wrong


# --- details -------------------------------------------------------------------------------------


def test_rows_that_agree_are_not_in_the_result(agency: Agency) -> None:
    software = agency.software()
    text = row(drug(software)) + row(tablet(software))
    assert differing(software, text, "220.00", "82.80", "137.20", 2) == []
    assert differing(software, text.replace("\n", "\r\n"), "220.00", "82.80", "137.20", 2) == []
    assert agency.clean() == []


def test_each_kind_of_difference_is_named(agency: Agency) -> None:
    software = agency.software()
    first = drug(software)
    message = software.last
    second = tablet(software)
    other = software.last
    gone = {**second, "setl_id": f"320400{99:014d}", "mdtrt_id": f"320400{98:014d}"}
    text = row(first, fund_pay_sumamt="82.00") + row(gone)
    found = differing(software, text, "220.00", "82.00", "138.00", 2)
    assert {one["stmt_rslt"] for one in found} == {"1"}
    apart, theirs, ours = found
    assert apart["memo"] == "基金支付总额不一致：机构 82.00，中心 82.80"
    assert (apart["setl_id"], apart["msgid"]) == (first["setl_id"], message)
    assert apart["fund_pay_sumamt"] == "82.80"
    assert theirs["memo"] == "中心没有这笔结算"
    assert (theirs["setl_id"], theirs["msgid"]) == (gone["setl_id"], "null")
    assert theirs["medfee_sumamt"] == "100.00"
    assert ours["memo"] == "机构文件中没有这笔结算"
    assert ours == {
        **ours, "psn_no": PERSON, "mdtrt_id": second["mdtrt_id"], "setl_id": second["setl_id"],
        "msgid": other, "refd_setl_flag": "0", "medfee_sumamt": "100.00",
        "fund_pay_sumamt": "0.00", "acct_pay": "0.00",
    }  # fmt: skip


def test_what_was_given_back_needs_both_its_rows(agency: Agency) -> None:
    software = agency.software()
    first = drug(software)
    back = given_back(software, first)
    both = row(first, "1") + row(back, "1")
    assert differing(software, both, "0", "0", "0", 2) == []
    same_number = row(first) + row(back, "1", setl_id=first["setl_id"])
    assert differing(software, same_number, "0", "0", "0", 2) == []
    (missing,) = differing(software, row(first), "120.00", "82.80", "37.20", 1)
    assert missing["memo"] == "机构文件中没有这笔退费"
    assert (missing["setl_id"], missing["refd_setl_flag"]) == (back["setl_id"], "1")
    assert (missing["medfee_sumamt"], missing["fund_pay_sumamt"]) == ("-120.00", "-82.80")
    left_out = differing(software, row(first), "120.00", "82.80", "37.20", 1, refd_setl_flag="0")
    assert [one["memo"] for one in left_out] == [
        "不在对账范围：中心于 2024-11-30 结算，清算类别 11，已退费"
    ]


def test_rows_with_other_numbers_are_found_by_visit_and_person(agency: Agency) -> None:
    software = agency.software()
    first = drug(software)
    lost = row(first, setl_id="HIS-4711")
    (named,) = differing(software, lost, "120.00", "82.80", "37.20", 1)
    assert named["memo"] == "结算ID不一致"
    assert named["setl_id"] == first["setl_id"]
    wrong = row(first, mdtrt_id="HIS-1", psn_no="HIS-2")
    (named,) = differing(software, wrong, "120.00", "82.80", "37.20", 1)
    assert named["memo"] == "就诊ID不一致；人员编号不一致"
    twice = row(first) + row(first)
    (named,) = differing(software, twice, "240.00", "165.60", "74.40", 2)
    assert named["memo"] == "机构文件第 2 行重复"


def test_where_the_agency_has_several_rows_for_one_the_numbers_are_left_empty(
    agency: Agency,
) -> None:
    software = agency.software()
    first = drug(software)
    given_back(software, first)
    said = {
        "psn_no": PERSON, "mdtrt_cert_type": "02", "mdtrt_cert_no": CARD, "med_type": "11",
        "medfee_sumamt": "120.00", "psn_setlway": "01", "mdtrt_id": first["mdtrt_id"],
        "chrg_bchno": "B1", "acct_used_flag": "1", "insutype": "310",
    }  # fmt: skip
    software.ask("2207", data=said)  # the same batch again: 120.00 twice in one visit, once below
    unclear, *others = differing(
        software, row(first, setl_id="HIS-1"), "120.00", "82.80", "37.20", 1
    )
    assert unclear["memo"].startswith("中心有 2 笔这次就诊的结算")
    assert (unclear["setl_id"], unclear["mdtrt_id"]) == ("null", "null")
    assert [one["medfee_sumamt"] for one in others] == ["120.00", "-120.00", "120.00"]


def test_rows_of_other_days_or_clearings_are_told_from_unknown_ones(agency: Agency) -> None:
    software = agency.software()
    text = row(drug(software))
    sums = ("120.00", "82.80", "37.20", 1)
    earlier = {"stmt_begndate": "2024-10-01", "stmt_enddate": "2024-10-31"}
    for more in (earlier, {"clr_type": "14"}):
        (told,) = differing(software, text, *sums, **more)
        assert told["memo"] == "不在对账范围：中心于 2024-11-30 结算，清算类别 11"
    (told,) = differing(agency.software(OTHER), text, *sums)
    assert told["memo"] == "中心没有这笔结算"


def test_broken_files_are_refused_in_words(agency: Agency) -> None:
    software = agency.software()
    good = row(drug(software))
    sums = ("120.00", "82.80", "37.20", 1)
    for text, more, words in (
        (good, {"medfee_sumamt": "120.01"}, "medfee_sumamt（医疗费总额）：报文为 120.01，文件"),
        (good, {"fund_pay_sumamt": "80"}, "fund_pay_sumamt（基金支付总额）：报文为 80.00"),
        (good, {"cash_payamt": "37"}, "文件合计 37.20，相差 -0.20"),
        (good, {"fixmedins_setl_cnt": 2}, "报文为 2，文件有 1 行"),
        ("1\t2\n", {}, "文件第 1 行：有 2 列，应为 7 列"),
        (good + good.replace("\t0\n", "\n"), {}, "文件第 2 行：有 6 列"),
        (good.replace("120.00", "abc"), {}, "第 1 行.medfee_sumamt（医疗费总额）：“abc”不是"),
        (good.replace("120.00", "null"), {}, "medfee_sumamt（医疗费总额）：不能为空"),
        (good.replace("\t0\n", "\t5\n"), {}, "refd_setl_flag"),
        (b"\xff\xfe", {}, "不是 UTF-8"),
        (good, {"file_qury_no": f"320400{77:014d}"}, "没有编号为 77 的文件"),
        (good, {"file_qury_no": "a"}, "20 位数字"),
        (good, {"stmt_enddate": "2024-11-29"}, "早于开始日期"),
    ):  # fmt: skip
        said = {**detailed(software, text, *sums), **more}
        assert words in software.refused("3202", data=said), words
    number = sent(software, b"no zip")["file_qury_no"]
    said = {**detailed(software, good, *sums), "file_qury_no": number}
    assert "不是 ZIP" in software.refused("3202", data=said)
    assert agency.software(OTHER).institution != HOSPITAL
    said = detailed(software, good, *sums)
    assert "本机构没有" in agency.software(OTHER).refused("3202", data=said)
