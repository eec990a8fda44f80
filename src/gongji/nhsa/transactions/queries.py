"""What an institution asks about its own care.

Visits (5201), diagnoses (5202), settlements (5203), and who is in hospital (5303).  Cases of others
are as if they were not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from gongji.book.exchange.case_settlements import settlement_of, settlements_wanted
from gongji.book.exchange.cases import Case, case_of, case_with, cases_wanted
from gongji.book.persons.facts import facts_on
from gongji.book.schema.exchange import CASE, CASE_SETTLEMENT, CASE_STATE
from gongji.book.schema.visits import VISIT
from gongji.nhsa.care.cases import check_person
from gongji.nhsa.care.people import base_of, insured_on, person_named, row_of
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.echoed import echoed
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Look, Service

__all__ = ["SERVICES", "own_case", "settlement_row"]

_IN_HOSPITAL, _LEFT = "1", "0"
_ADMITTED, _DISCHARGED = "1", "2"
_AT_INSTITUTION = "2"
_TIERS = {"tier_3": "3", "tier_2": "2", "tier_1": "1"}
_MOST = 1000
"""The most rows of one answer."""


def _check_stretch(given: Given) -> tuple[date, date]:
    first, last = given.needed_day("begntime"), given.needed_day("endtime")
    if last < first:
        raise Rejected(f"{given.node}.endtime：{last} 早于开始时间 {first}")
    return first, last


def own_case(call: Call, connection: Connection, given: Given) -> Case:
    """The institution's own case of `mdtrt_id`; it has to be that of `psn_no`.

    Raises `Rejected`, and `Refused` where there is none.
    """
    case = case_with(connection, given.number("mdtrt_id"), call.sender.code)
    check_person(given, case)
    return case


def _own_cases(call: Call, connection: Connection, *where: Any) -> Iterable[Case]:
    """The institution's own cases that were not withdrawn, in the order of their numbers."""
    mine = (CASE.c.institution == call.sender.code) & (CASE_STATE.c.state != "withdrawn")
    wanted = cases_wanted().where(mine, *where).order_by(CASE.c.id).limit(_MOST + 1)
    rows = connection.execute(wanted).all()
    if len(rows) > _MOST:
        raise Rejected(f"data：符合条件的就诊超过 {_MOST} 次，请缩小时间范围")
    return [case_of(row) for row in rows]


# --- visits --------------------------------------------------------------------------------------


def _visits(call: Call, connection: Connection) -> Output:
    """5201: the care of a person that began within a stretch of days, of a kind of care."""
    given = call.one("data")
    person = person_named(call, connection, given)
    first, last = _check_stretch(given)
    where = [
        CASE.c.person == person.id, CASE_STATE.c.first.between(first, last),
        CASE_STATE.c.med_type == given.needed("med_type"),
    ]  # fmt: skip
    if given.text("mdtrt_id"):
        where.append(CASE.c.id == given.number("mdtrt_id"))
    rows = [_visit(call, connection, one) for one in _own_cases(call, connection, *where)]
    return {"mdtrtinfo": rows}


def _visit(call: Call, connection: Connection, case: Case) -> dict[str, Any]:
    now, stay = case.now, case.kind == "inpatient"
    insured = insured_on(call, connection, row_of(connection, case.person), now.first)
    last = now.last if stay else now.last or now.first
    days = None if last is None or not stay else max((last - now.first).days, 1)
    said = now.said
    return {
        **echoed("5201", "mdtrtinfo", said), **base_of(call, insured, now.first),
        "mdtrt_id": numbered(call.sender.area, case.number),
        "insu_optins": insured.member.scheme.area, "med_type": now.med_type,
        "begntime": _at(said.get("begntime"), now.first),
        "endtime": None if last is None else _at(said.get("endtime"), last),
        "ipt_otp_no": case.own_number, "ipt_days": None if days is None else str(days),
        "inhosp_stas": None if not stay else _LEFT if now.state == "discharged" else _IN_HOSPITAL,
    }  # fmt: skip


def _at(said: str | None, day: date) -> str:
    """The moment that was said, where it is of that day, else the beginning of the day."""
    whole = said is not None and len(said) == len("2024-01-01 00:00:00")
    return said if said and whole and said.startswith(str(day)) else f"{day} 00:00:00"


def _diagnoses(call: Call, connection: Connection) -> Output:
    """5202: the diagnoses of a case; of one without a mark the first is the main one."""
    given = call.one("data")
    case = own_case(call, connection, given)
    mdtrt_id = numbered(call.sender.area, case.number)
    when = _DISCHARGED if case.now.state == "discharged" else _ADMITTED
    ordered = sorted(case.now.diagnoses, key=lambda one: int(one["diag_srt_no"]))
    rows = [
        {
            "inout_diag_type": when, "maindiag_flag": "1" if not place else "0",
            **echoed("5202", "diseinfo", one),
            "diag_info_id": f"{mdtrt_id}{int(one['diag_srt_no']):02d}", "mdtrt_id": mdtrt_id,
            "psn_no": given.text("psn_no"),
        }
        for place, one in enumerate(ordered)
    ]  # fmt: skip
    return {"diseinfo": rows}


# --- settlements ---------------------------------------------------------------------------------


def settlement_row(call: Call, connection: Connection, given: Given) -> Any:
    """The settlement of `setl_id`, or a cancelling of one, with its case; the institution's own.

    Raises `Rejected`.
    """
    case = own_case(call, connection, given)
    number = given.number("setl_id")
    mine = (CASE_SETTLEMENT.c.id == number) & (CASE_SETTLEMENT.c.case == case.number)
    row = connection.execute(settlements_wanted().where(mine)).one_or_none()
    if row is None:
        raise Rejected(f"{given.node}.setl_id：这次就诊没有编号为 {given.text('setl_id')} 的结算")
    return row


def _settlement(call: Call, connection: Connection) -> Output:
    """5203: a settlement as it was answered; one that was cancelled, and a cancelling, say so."""
    given = call.one("data")
    row = settlement_row(call, connection, given)
    kept = settlement_of(row)
    case = case_with(connection, kept.case, call.sender.code)
    visit = connection.execute(VISIT.select().where(VISIT.c.id == kept.visit)).one()
    insured = insured_on(call, connection, row_of(connection, case.person), visit.day)
    place = facts_on(connection, "institution", call.sender.code, visit.day)
    tier = _TIERS.get(str(place.get("tier")))
    info: Mapping[str, Any] = kept.answered["setlinfo"]
    refunded = kept.cancels is not None or not kept.stands
    return {
        "setlinfo": {
            **echoed("5203", "setlinfo", case.now.said), **base_of(call, insured, visit.day),
            **info, "med_type": info.get("med_type") or case.now.med_type,
            "psn_pay": info["psn_part_amt"], "cash_payamt": info["psn_cash_pay"],
            "insu_optins": insured.member.scheme.area, "pay_loc": _AT_INSTITUTION,
            "fixmedins_code": call.sender.code, "fixmedins_name": call.sender.name,
            "fixmedins_poolarea": call.sender.area, "lmtpric_hosp_lv": tier, "dedc_hosp_lv": tier,
            "begndate": visit.since.isoformat(), "enddate": visit.day.isoformat(),
            "year": f"{visit.day.year:04d}", "refd_setl_flag": "1" if refunded else "0",
        },
        "setldetail": kept.answered["setldetail"],
    }  # fmt: skip


# --- in hospital ---------------------------------------------------------------------------------


def _in_hospital(call: Call, connection: Connection) -> Output:
    """5303: stays at this institution that have not ended and had begun by the end of a stretch.

    Of one person, or of all.  The rows say no institution, so they are the asking one's own.
    """
    given = call.one("data")
    _, last = _check_stretch(given)
    where = [CASE.c.kind == "inpatient", CASE_STATE.c.state == "open", CASE_STATE.c.first <= last]
    if given.text("psn_no"):
        where.append(CASE.c.person == person_named(call, connection, given).id)
    rows = [_stay(call, connection, one) for one in _own_cases(call, connection, *where)]
    return {"data": rows}


def _stay(call: Call, connection: Connection, case: Case) -> dict[str, Any]:
    insured = insured_on(call, connection, row_of(connection, case.person), case.now.first)
    away = insured.member.scheme.area != call.sender.area
    return {
        **base_of(call, insured, call.day), "mdtrt_id": numbered(call.sender.area, case.number),
        "begndate": case.now.first.isoformat(), "med_type": case.now.med_type,
        "ipt_otp_no": case.own_number, "out_flag": "1" if away else "0",
    }  # fmt: skip


SERVICES: Mapping[str, Service] = {
    "5201": Look(_visits), "5202": Look(_diagnoses), "5203": Look(_settlement),
    "5303": Look(_in_hospital),
}  # fmt: skip
