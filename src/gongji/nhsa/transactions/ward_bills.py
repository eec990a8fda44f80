"""Bills of stays: lines uploaded and withdrawn, and the stay settled as a whole.

A stay belongs to the day of its discharge, so there is one settlement of it, after that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from gongji.book.acts import Act
from gongji.book.exchange.case_lines import CaseLine, end_lines, keep_lines, lines_of_case
from gongji.book.exchange.case_settlements import batches_settled, settlement_with
from gongji.book.exchange.cases import Case
from gongji.nhsa.care.cases import case_meant, check_insutype, check_nothing_settled
from gongji.nhsa.care.lines import case_lines, naming, returned_of, with_results
from gongji.nhsa.care.people import insured_on, person_named
from gongji.nhsa.care.settlements import (
    cancelled_answer,
    pre_settled_answer,
    settled_answer,
    tried_visit,
)
from gongji.nhsa.care.settling import Asked, Begun, begun, check_splits, check_total
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Service, Trial, Work

__all__ = ["SERVICES"]

_BATCH = "1"
"""The only batch of a stay."""

_EVERY_LINE = "0000"
_IN_THE_MIDDLE = "1"


# --- lines ---------------------------------------------------------------------------------------


def _upload(call: Call, act: Act) -> Output:
    """2301: lines of a stay, worked out by the catalogue; those that are given back too.

    Of a stay that goes on, as if it ended with the last of them: what lines come to does not hang
    on when they are sent.
    """
    rows = call.many("feedetail")
    if not rows:
        raise Rejected("feedetail：没有费用明细")
    if len({(row.needed("mdtrt_id"), row.needed("psn_no")) for row in rows}) > 1:
        raise Rejected("feedetail：一次只能上传同一就诊（mdtrt_id）同一人的明细")
    case = case_meant(call, act, rows[0], "inpatient")
    check_nothing_settled(act.connection, case, "2305")
    days = (case.now.first, case.now.last or call.day)
    lines = case_lines(act.connection, call.sender.code, rows, days, _BATCH)
    there = lines_of_case(act.connection, case.number)
    _check_new(there, lines)
    known = returned_of(there, lines)
    asked = _asked(case, use_account=True)
    every = [*known, *lines]
    stay = (days[0], case.now.last or max(line.day for line in every))
    visit, results = tried_visit(call, act, case, every, asked, stay)
    new = results[len(known) :]
    kept = [naming(*both) for both in zip(lines, visit.lines[len(known) :], strict=True)]
    keep_lines(act, case.number, with_results(kept, new))
    return {"result": new}


def _check_new(there: Sequence[CaseLine], lines: Sequence[CaseLine]) -> None:
    known = {line.serial for line in there}
    for place, line in enumerate(lines, 1):
        if line.serial in known:
            raise Rejected(
                f"feedetail[{place}].feedetl_sn：明细流水号 {line.serial} 已经上传过；"
                "要改先撤销（2302）"
            )
        known.add(line.serial)


def _withdraw_lines(call: Call, act: Act) -> Output:
    """2302: a line, or all of them, are taken back."""
    given = call.one("data")
    case = case_meant(call, act, given, "inpatient")
    check_nothing_settled(act.connection, case, "2305")
    serial = given.needed("feedetl_sn")
    there = lines_of_case(act.connection, case.number)
    if serial == _EVERY_LINE:
        end_lines(act, case.number, [line.serial for line in there])
        return None
    if serial not in {line.serial for line in there}:
        raise Rejected(f"data.feedetl_sn：这次住院没有流水号为 {serial} 的明细，或已撤销")
    back = [line.serial for line in there if line.coded.returns == serial]
    if back:
        raise Rejected(
            f"data.feedetl_sn：明细 {serial} 已有退费明细 {'、'.join(back[:5])}，请先撤销退费明细"
        )
    end_lines(act, case.number, [serial])
    return None


# --- settling ------------------------------------------------------------------------------------


class _Bill(NamedTuple):
    """What a settlement is of: the stay, its days and lines, and what is asked for."""

    given: Given
    case: Case
    days: tuple[date, date]
    lines: Sequence[CaseLine]
    asked: Asked


def _pre_settle(call: Call, act: Act) -> Output:
    """2303: what settling the stay would come to, before the discharge if it were today."""
    bill = _bill(call, act)
    visit = _begun(call, act, bill)
    return pre_settled_answer(call, act, bill.case, visit, bill.asked, bill.given)


def _settle(call: Call, act: Act) -> Output:
    """2304: the stay is settled, and the money booked."""
    bill = _bill(call, act)
    if bill.case.now.last is None:
        raise Rejected("data.mdtrt_id：这次住院尚未办理出院，请先办理出院（2402）再结算")
    visit = _begun(call, act, bill)
    check_splits(visit, bill.given)
    return settled_answer(call, act, bill.case, _BATCH, visit, bill.asked, bill.given)


def _cancel(call: Call, act: Act) -> Output:
    """2305: the settlement is taken back; every amount is answered below nothing."""
    given = call.one("data")
    case = case_meant(call, act, given, "inpatient")
    kept = settlement_with(act.connection, given.number("setl_id"), call.sender.code)
    answer = cancelled_answer(call, act, case, kept)
    info = answer["setlinfo"]
    days = {"begndate": case.now.first.isoformat(), "enddate": call.day.isoformat()}
    return {**answer, "setlinfo": {**info, **days, "insu_admdvs": info["clr_optins"]}}


def _begun(call: Call, act: Act, bill: _Bill) -> Begun:
    visit = begun(call, act, bill.case, bill.lines, bill.asked, bill.days)
    check_total(visit, bill.given)
    return visit


def _bill(call: Call, act: Act) -> _Bill:
    """What a message asks to be settled.  Raises `Rejected`."""
    given = call.one("data")
    case = case_meant(call, act, given, "inpatient")
    if given.text("mid_setl_flag") == _IN_THE_MIDDLE:
        raise Rejected(
            "data.mid_setl_flag（中途结算标志）：住院按出院日归属年度和待遇，本平台不办中途结算；"
            "请在办理出院（2402）后结算，本字段送 0"
        )
    days = (case.now.first, _last_day(call, case, given))
    person = person_named(call, act.connection, given)
    check_insutype(given, insured_on(call, act.connection, person, days[1]).mapping.insutype)
    if batches_settled(act.connection, case.number):
        raise Rejected("data.mdtrt_id：这次住院已经结算，不能再次结算")
    lines = _within(act.connection, case, days)
    asked = _asked(case, use_account=given.text("acct_used_flag") != "0")
    return _Bill(given, case, days, lines, asked)


def _last_day(call: Call, case: Case, given: Given) -> date:
    """The day of discharge; until then what the message takes for it, or today."""
    said, last = given.day("dscgTime"), case.now.last
    if last is None:
        if said is not None and not case.now.first <= said <= call.day:
            raise Rejected(
                f"{given.node}.dscgTime（出院时间）：{said} 不在入院日 {case.now.first} 至今天 "
                f"{call.day} 之内"
            )
        return said or call.day
    if said not in (None, last):
        raise Rejected(f"{given.node}.dscgTime（出院时间）：{said} 与办理出院的日期 {last} 不符")
    return last


def _within(connection: Connection, case: Case, days: tuple[date, date]) -> Sequence[CaseLine]:
    lines = lines_of_case(connection, case.number)
    for line in lines:
        if not days[0] <= line.day <= days[1]:
            raise Rejected(
                f"明细 {line.serial} 的费用发生日 {line.day} 不在住院期间 {days[0]} 至 {days[1]} "
                "之内"
            )
    return lines


def _asked(case: Case, *, use_account: bool) -> Asked:
    """What the settlement of a stay asks for; diseases of outpatient care say nothing of it."""
    return Asked(case.now.med_type or "", "", use_account)


SERVICES: Mapping[str, Service] = {
    "2301": Work(_upload), "2302": Work(_withdraw_lines), "2303": Trial(_pre_settle),
    "2304": Work(_settle), "2305": Work(_cancel),
}  # fmt: skip
