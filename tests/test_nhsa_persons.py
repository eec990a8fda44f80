"""Signing in, who somebody is, which institutions there are, and which funds pay for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from book_place import do, identity
from gongji.book.accounts.estates import record_death
from gongji.book.journal import Account, posted
from gongji.book.persons.people import enrol, leave, register
from gongji.book.places import change_institution, open_employer, open_scheme
from gongji.book.registrations.approvals import Approved, approve_aid
from gongji.book.rules import scheme_of
from gongji.policy.versions import Library
from nhsa_place import CARD, HOSPITAL, OTHER, PERSON, PHARMACY, Agency, Software, agency_at

OPENED = date(2024, 1, 1)


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    found = agency_at(str(tmp_path / "book.db"), tmp_path, library)
    yield found
    found.book.close()


def who(software: Software, card: str = CARD, **more: Any) -> Any:
    said = {"mdtrt_cert_type": "02", "mdtrt_cert_no": card, "psn_cert_type": "01", **more}
    return software.ask("1101", data=said)


# --- signing in ----------------------------------------------------------------------------------


def test_an_operator_signs_in_and_out_once(agency: Agency) -> None:
    software = agency.software()
    said = {"opter_no": "001", "mac": "00-15-5D-E4-62-F2", "ip": "192.168.1.9"}
    signed = software.ask("9001", signIn=said)["signinoutb"]
    assert signed == {"sign_time": "2024-11-30 09:00:00", "sign_no": f"320400{1:014d}"}
    assert software.ask("9001", msgid=software.last, signIn=said)["signinoutb"] == signed
    out = {"sign_no": signed["sign_no"], "opter_no": "001"}
    assert "没有编号为 1 的签到" in software.refused("9002", signOut={**out, "opter_no": "002"})
    assert "没有编号为 1 的签到" in agency.software(OTHER).refused("9002", signOut=out)
    agency.clock.forward(hours=8)
    answer = software.ask("9002", signOut=out)
    assert answer == {"signoutoutb": {"sign_time": "2024-11-30 17:00:00"}}
    assert "已经签退" in software.refused("9002", signOut=out)
    assert "不是本平台给出的编号" in software.refused("9002", signOut={**out, "sign_no": "7"})
    assert "opter_no" in software.refused("9001", signIn={**said, "opter_no": ""})


# --- who somebody is -----------------------------------------------------------------------------


def test_a_card_tells_who_it_is_and_how_insured(agency: Agency) -> None:
    found = who(agency.software())
    # born on 1980-01-01, on 2024-11-30: 44 years and 10 months, 10/12 of a year are 0.8
    assert found["baseinfo"] == {
        "psn_no": PERSON, "psn_cert_type": "01", "certno": CARD, "psn_name": "张三",
        "gend": "1", "naty": None, "brdy": "1980-01-01", "age": Decimal("44.8"),
        "exp_content": None,
    }  # fmt: skip
    assert found["insuinfo"] == [
        {
            "balc": 0, "insutype": "310", "psn_type": "11", "psn_insu_stas": "1",
            "psn_insu_date": "2024-01-01", "paus_insu_date": None, "cvlserv_flag": "0",
            "insuplc_admdvs": "320400", "emp_name": None,
        }
    ]  # fmt: skip
    assert found["idetinfo"] == []


def test_a_past_insurance_is_told_and_bears_the_account(agency: Agency, library: Library) -> None:
    """An employee until October is a student from November on; the account has 5.00 on it."""

    def moved(act: Any) -> None:
        leave(act, 1, date(2024, 10, 31))
        student = open_scheme(act, library, "320400", "changzhou/student", {})
        open_employer(act, "320400", "U1", "school", "某大学")
        enrol(act, library, agency.person, student, date(2024, 11, 1), {}, "U1")
        moves = {Account("320400", "account", "", "1"): 500, Account("320400", "bank"): -500}
        posted(act, date(2024, 11, 5), "opening", moves)

    do(agency.book, moved)
    software = agency.software()
    names = ("insutype", "psn_insu_stas", "psn_insu_date", "paus_insu_date", "balc", "emp_name")

    def rows(**more: Any) -> list[tuple[Any, ...]]:
        return [tuple(one[name] for name in names) for one in who(software, **more)["insuinfo"]]

    assert rows() == [
        ("310", "2", "2024-01-01", "2024-10-31", Decimal("5.00"), None),
        ("390", "1", "2024-11-01", None, 0, "某大学"),
    ]
    assert rows(begntime="2024-10-01 00:00:00") == [("310", "1", "2024-01-01", None, 0, None)]
    assert rows(begntime="2023-12-31 00:00:00") == []


def test_an_insurance_that_ended_by_death_says_so(agency: Agency) -> None:
    do(agency.book, lambda act: record_death(act, agency.person, date(2024, 11, 20)))
    (row,) = who(agency.software())["insuinfo"]
    assert (row["psn_insu_stas"], row["paus_insu_date"]) == ("4", "2024-11-20")
    (row,) = who(agency.software(), begntime="2024-11-20 00:00:00")["insuinfo"]
    assert (row["psn_insu_stas"], row["paus_insu_date"]) == ("1", None)


def test_who_is_aided_is_told_while_it_holds(agency: Agency, library: Library) -> None:
    approved = Approved(
        {"aid_category": "dibao"}, date(2024, 6, 1), date(2024, 12, 31), "某区民政局", "2024-7"
    )
    do(agency.book, lambda act: approve_aid(act, library, agency.person, approved))
    software = agency.software()
    assert who(software)["idetinfo"] == [
        {
            "psn_idet_type": "2303", "psn_type_lv": None, "memo": None,
            "begntime": "2024-06-01 00:00:00", "endtime": "2024-12-31 23:59:59",
        }
    ]  # fmt: skip
    assert who(software, begntime="2024-05-31 00:00:00")["idetinfo"] == []


def test_a_card_that_says_nobody_is_refused(agency: Agency) -> None:
    software = agency.software()
    nobody = identity("320402", "19800101", 7)
    said = {"mdtrt_cert_type": "02", "mdtrt_cert_no": nobody, "psn_cert_type": "01"}
    assert "data.mdtrt_cert_no：没有找到证件号码为 320***********" in software.refused(
        "1101", data=said
    )
    said = {"certno": nobody, "psn_cert_type": "01"}
    assert "data.certno：没有找到证件号码为 320***********" in software.refused("1101", data=said)
    said = {"mdtrt_cert_type": "02", "mdtrt_cert_no": nobody, "psn_cert_type": "01"}
    other = {**said, "mdtrt_cert_no": CARD, "psn_name": "李四"}
    assert "psn_name：姓名与登记的不一致" in software.refused("1101", data=other)
    token = {**said, "mdtrt_cert_type": "01", "mdtrt_cert_no": "EC0001"}
    assert "certno" in software.refused("1101", data=token)


# --- institutions --------------------------------------------------------------------------------


def test_institutions_are_found_by_code_or_by_a_part_of_the_name(agency: Agency) -> None:
    software = agency.software()

    def found(**said: str) -> list[str]:
        answer = software.ask("1201", medinsinfo={"fixmedins_type": "1", **said})
        return [one["fixmedins_code"] for one in answer["medinsinfo"]]

    assert found(fixmedins_name="常州") == [HOSPITAL, OTHER]
    assert found(fixmedins_code=OTHER) == [OTHER]
    assert found(fixmedins_code=PHARMACY) == []
    assert found(fixmedins_code=PHARMACY, fixmedins_type="2") == [PHARMACY]
    assert found(fixmedins_name="%") == []
    answer = software.ask("1201", medinsinfo={"fixmedins_type": "2", "fixmedins_name": "安和"})
    assert answer["medinsinfo"][0]["fixmedins_name"] == "安和大药房"
    assert "至少填一项" in software.refused("1201", medinsinfo={"fixmedins_type": "1"})
    assert "fixmedins_type" in software.refused(
        "1201", medinsinfo={"fixmedins_type": "8", "fixmedins_code": HOSPITAL}
    )


# --- which funds pay -----------------------------------------------------------------------------


def checked(software: Software, **more: Any) -> list[tuple[Any, ...]]:
    said = {
        "psn_no": PERSON, "insutype": "310", "fixmedins_code": HOSPITAL, "med_type": "11",
        "begntime": "2024-11-30 08:00:00", **more,
    }  # fmt: skip
    names = ("fund_pay_type", "trt_enjymnt_flag", "begndate", "trt_chk_rslt")
    rows = software.ask("2001", data=said)["trtinfo"]
    return [tuple(one[name] for name in names) for one in rows]


def test_the_funds_of_a_kind_of_care_are_told(agency: Agency, library: Library) -> None:
    """Ordinary care has the pool and the large-amount supplement (CZE-048, CZE-052).

    Catastrophic insurance stands behind inpatient care and special diseases only (CZE-094); aid
    behind all care of who is aided (CZE-109).
    """
    software = agency.software()
    first = "2024-01-01"
    both = [("310100", "1", first, None), ("330100", "1", first, None)]
    assert checked(software) == both
    assert checked(software, med_type="2101") == [*both, ("310300", "1", first, None)]
    approved = Approved({"aid_category": "dibao"}, OPENED, None, "某区民政局", "2024-7")
    do(agency.book, lambda act: approve_aid(act, library, agency.person, approved))
    assert checked(software) == [*both, ("610100", "1", first, None)]


def test_why_no_fund_pays_is_told(agency: Agency, library: Library) -> None:
    """One who has not paid yet, and an institution that is designated no longer (CZE-032)."""

    def came(act: Any) -> int:
        person = register(act, identity("320402", "19900101", 2), "李四")
        facts = {"category": "active", "insured_as": "employee"}
        enrol(act, library, person, scheme_of(act.connection, 1).number, date(2024, 11, 1), facts)
        there = {"designated": "no"}
        change_institution(act, library, OTHER, date(2024, 11, 30), there)
        return person

    person = do(agency.book, came)
    software = agency.software()
    number = f"320400{person:014d}"
    why = "2024-11-30 不在待遇享受期，自 2024-11-01 起；还没有缴费到账。"
    assert checked(software, psn_no=number) == [
        ("310100", "0", "2024-11-01", why), ("330100", "0", "2024-11-01", why),
    ]  # fmt: skip
    rows = checked(software, fixmedins_code=OTHER)
    assert rows
    assert {row[1:] for row in rows} == {("0", "2024-01-01", "非定点机构")}
    assert {row[1] for row in checked(software, fixmedins_code=OTHER,
                                      begntime="2024-11-29 08:00:00")} == {"1"}  # fmt: skip


def test_a_check_of_what_there_is_not_is_refused(agency: Agency) -> None:
    software = agency.software()
    said = {
        "psn_no": PERSON, "insutype": "310", "fixmedins_code": HOSPITAL, "med_type": "11",
        "begntime": "2024-11-30 08:00:00",
    }  # fmt: skip
    for field, value, words in (
        ("psn_no", f"320400{99:014d}", "没有这个人员编号"),
        ("insutype", "390", "此人参加的是 310"),
        ("fixmedins_code", "H9", "没有登记编号为 H9"),
        ("med_type", "51", "没有医疗类别 51"),
        ("begntime", "2023-11-30 08:00:00", "没有参保"),
    ):
        assert words in software.refused("2001", data={**said, field: value}), field
    assert agency.clean() == []
