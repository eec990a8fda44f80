"""Stays: admitted, described anew, discharged, and admission and discharge taken back.

A person is in one hospital at a time, and the days of stays do not overlap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from gongji.book.acts import Act
from gongji.book.care.settling import locked_meters
from gongji.book.care.visits import checked_visit
from gongji.book.exchange.case_lines import lines_of_case
from gongji.book.exchange.cases import Case, CaseState, move_case, open_case, stays_of
from gongji.nhsa.care.cases import (
    case_meant,
    check_insutype,
    check_nothing_settled,
    is_stay,
    merged,
)
from gongji.nhsa.care.people import Insured, insured_on, person_named, row_of
from gongji.nhsa.care.places import name_of
from gongji.nhsa.care.settling import check_entitled, kind_of_care
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Service, Work

__all__ = ["SERVICES", "withdraw_admission"]

_ADMISSION, _DISCHARGE = "1", "2"
"""Which diagnoses they are (`inout_diag_type`)."""

_SAID_AT_DISCHARGE = (
    "endtime", "dscg_way", "die_date", "cop_flag", "dscg_dept_codg", "dscg_dept_name", "dscg_bed",
)  # fmt: skip


def _admit(call: Call, act: Act) -> Output:
    """2401: a person comes to stay."""
    given = call.one("mdtrtinfo")
    person = person_named(call, act.connection, given)
    day = _past_day(call, given, "begntime")
    insured = insured_on(call, act.connection, person, day)
    check_insutype(given, insured.mapping.insutype)
    med_type = _med_type(call, act.connection, insured, given, day)
    check_entitled(call, act.connection, person.id, day)
    _hold(act, insured)
    _check_free(act.connection, person.id, day, "办理入院")
    kind = kind_of_care(call, act.connection, insured, med_type, day)
    checked_visit(act, call.library, person.id, call.sender.code, day, kind.facts)
    diagnoses = _diagnosed(call, given, [], _ADMISSION)
    state = CaseState("open", day, None, med_type, given.said(), diagnoses)
    own = given.needed("ipt_no")
    case = open_case(act, call.sender.code, person.id, "inpatient", own, state)
    return {"result": {"mdtrt_id": numbered(call.sender.area, case), "exp_content": None}}


def _change(call: Call, act: Act) -> Output:
    """2403: what was said of a stay is said anew; what is left empty stays as it was."""
    given = call.one("adminfo")
    case = case_meant(call, act, given, "inpatient")
    check_nothing_settled(act.connection, case, "2305")
    first, last = _past_day(call, given, "begntime"), case.now.last
    if given.day("endtime") is not None:
        if last is None:
            raise Rejected("adminfo.endtime（结束时间）：尚未办理出院，出院请用 2402；变更时不填")
        last = _past_day(call, given, "endtime")
    insured = _insured(call, act, case, first if last is None else last)
    _hold(act, insured)
    med_type = _med_type(call, act.connection, insured, given, last or first)
    _check_days(act.connection, case, given, first, last)
    which = _ADMISSION if last is None else _DISCHARGE
    move_case(
        act, case, first=first, last=last, med_type=med_type,
        said={**case.now.said, **given.said()},
        diagnoses=_diagnosed(call, given, case.now.diagnoses, which),
    )  # fmt: skip
    return None


def _discharge(call: Call, act: Act) -> Output:
    """2402: the stay ends; lines may follow until it is settled."""
    given = call.one("dscginfo")
    case = case_meant(call, act, given, "inpatient")
    if case.now.last is not None:
        raise Rejected(
            f"dscginfo.mdtrt_id：这次住院已于 {case.now.last} 办理出院；要改请先撤销出院（2405）"
        )
    day = _past_day(call, given, "endtime")
    insured = _insured(call, act, case, day)
    check_insutype(given, insured.mapping.insutype)
    _hold(act, insured)
    _check_days(act.connection, case, given, case.now.first, day)
    move_case(
        act, case, state="discharged", last=day, said={**case.now.said, **given.said()},
        diagnoses=_diagnosed(call, given, case.now.diagnoses, _DISCHARGE),
    )  # fmt: skip
    return None


def _withdraw(call: Call, act: Act) -> Output:
    """2404: the admission is taken back."""
    withdraw_admission(act, case_meant(call, act, call.one("data"), "inpatient"))
    return None


def withdraw_admission(act: Act, case: Case) -> None:
    """Take the admission of a stay back.  Raises `Rejected` where more came of it."""
    check_nothing_settled(act.connection, case, "2305")
    if case.now.last is not None:
        raise Rejected("这次住院已办理出院，请先撤销出院（2405），再撤销入院")
    if lines_of_case(act.connection, case.number):
        raise Rejected("还有未撤销的费用明细，请先用 2302 撤销明细，再撤销入院")
    move_case(act, case, state="withdrawn")


def _stay_on(call: Call, act: Act) -> Output:
    """2405: the discharge is taken back, with what it alone said."""
    case = case_meant(call, act, call.one("data"), "inpatient")
    check_nothing_settled(act.connection, case, "2305")
    if case.now.last is None:
        raise Rejected("data.mdtrt_id：这次住院没有办理出院，无可撤销")
    _hold(act, _insured(call, act, case, case.now.last))
    _check_free(act.connection, case.person, case.now.first, "撤销出院", case.number)
    said = {name: one for name, one in case.now.said.items() if name not in _SAID_AT_DISCHARGE}
    of_admission = [
        one for one in case.now.diagnoses if one.get("inout_diag_type") != _DISCHARGE
    ]  # fmt: skip
    move_case(act, case, state="open", last=None, said=said, diagnoses=of_admission)
    return None


# --- what was said -------------------------------------------------------------------------------


def _med_type(
    call: Call, connection: Connection, insured: Insured, given: Given, day: date
) -> str:  # fmt: skip
    """The kind of care, which has to be a stay, and one of the scheme."""
    med_type = given.needed("med_type")
    if not is_stay(med_type):
        raise Rejected(f"{given.node}.med_type（医疗类别）：{med_type} 不是住院类的医疗类别")
    kind_of_care(call, connection, insured, med_type, day)
    return med_type


def _diagnosed(
    call: Call, given: Given, kept: Sequence[Mapping[str, Any]], which: str
) -> list[Mapping[str, Any]]:
    """Diagnoses with those that were sent, told apart by when they were made and their number.

    Each is of the person, and of the stay, that `given` is of.
    """
    rows = call.many("diseinfo")
    for row in rows:
        for name in ("psn_no", "mdtrt_id"):
            if given.text(name) and row.text(name) not in ("", given.text(name)):
                raise Rejected(
                    f"diseinfo.{name}：{row.text(name)} 与 {given.node}.{name} "
                    f"{given.text(name)} 不符"
                )
    others = [one for one in kept if one.get("inout_diag_type") != which]
    mine = [one for one in kept if one.get("inout_diag_type") == which]
    return [*others, *({**one, "inout_diag_type": which} for one in merged(mine, rows))]


# --- days ----------------------------------------------------------------------------------------


def _past_day(call: Call, given: Given, name: str) -> date:
    """The day of a moment that has been."""
    day = given.needed_day(name)
    if day > call.day:
        raise Rejected(f"{given.node}.{name}：{day} 晚于今天（{call.day}）")
    return day


def _check_days(
    connection: Connection, case: Case, given: Given, first: date, last: date | None
) -> None:
    """The days of a stay are in order, hold all its lines, and are not days of another stay."""
    if last is not None and last < first:
        raise Rejected(f"{given.node}.endtime（结束时间）：{last} 早于入院日 {first}")
    for line in lines_of_case(connection, case.number):
        if line.day < first or (last is not None and line.day > last):
            raise Rejected(
                f"{given.node}：明细 {line.serial} 的费用发生日 {line.day} 不在住院期间 "
                f"{first} 至 {last or '今'} 之内；请改正日期，或先撤销该明细（2302）"
            )
    for other in stays_of(connection, case.person):
        if other.number != case.number and _overlaps(other, first, last):
            raise _rejected_for(connection, other, "住院期间与另一次住院重叠")


def _check_free(
    connection: Connection, person: int, first: date, wanted: str, own: int | None = None
) -> None:
    """A person who is to be in hospital from a day is in no other, and was not on that day."""
    for other in stays_of(connection, person):
        if other.number == own:
            continue
        if other.now.last is None:
            raise _rejected_for(connection, other, f"该人员是在院状态不能{wanted}")
        if own is None and _overlaps(other, first, None):
            raise _rejected_for(connection, other, f"不能{wanted}，与另一次住院的日期重叠")


def _overlaps(other: Case, first: date, last: date | None) -> bool:
    """Whether a stay has days in common with another; who leaves may be admitted on that day.

    Of a stay that goes on only the day of admission is known.
    """
    ended = other.now.last
    if ended is None:
        return last is None or other.now.first < last
    if last is None:
        return other.now.first <= first < ended
    return other.now.first < last and first < ended


def _rejected_for(connection: Connection, other: Case, why: str) -> Rejected:
    name = name_of(connection, other.institution)
    until = f"，出院日期：{other.now.last}" if other.now.last else ""
    return Rejected(
        f"{why}，在院信息：机构编号：{other.institution}机构名称：{name}，"
        f"入院日期：{other.now.first}{until}"
    )


# --- the person ----------------------------------------------------------------------------------


def _insured(call: Call, act: Act, case: Case, day: date) -> Insured:
    person: Row[Any] = row_of(act.connection, case.person)
    return insured_on(call, act.connection, person, day)


def _hold(act: Act, insured: Insured) -> None:
    """Hold a person against being admitted elsewhere meanwhile."""
    locked_meters(act.connection, insured.person.id, insured.member.scheme.number)


SERVICES: Mapping[str, Service] = {
    "2401": Work(_admit), "2402": Work(_discharge), "2403": Work(_change),
    "2404": Work(_withdraw), "2405": Work(_stay_on),
}  # fmt: skip
