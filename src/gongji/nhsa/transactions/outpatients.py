"""Outpatient care: registered, described, lines uploaded, settled, and each taken back again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gongji.book.acts import Act
from gongji.book.exchange.case_lines import CaseLine, end_lines, keep_lines, lines_of_case
from gongji.book.exchange.case_settlements import batches_settled, settlement_with
from gongji.book.exchange.cases import Case, CaseState, move_case, open_case
from gongji.nhsa.care.cases import (
    case_meant,
    check_insutype,
    check_nothing_settled,
    is_stay,
    merged,
)
from gongji.nhsa.care.lines import case_lines, naming, returned_of, with_results
from gongji.nhsa.care.people import insured_on, person_named
from gongji.nhsa.care.settlements import (
    cancelled_answer,
    pre_settled_answer,
    settled_answer,
    tried_visit,
)
from gongji.nhsa.care.settling import (
    Asked,
    asked_of,
    begun,
    check_entitled,
    check_splits,
    check_total,
    kind_of_care,
)
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Service, Trial, Work

__all__ = ["SERVICES"]

_ALL_BATCHES = "0000"
"""The batch that means all that are not settled."""


def _register(call: Call, act: Act) -> Output:
    """2201: a person comes to a department."""
    given = call.one("data")
    person = person_named(call, act.connection, given)
    day = given.needed_day("begntime")
    if day > call.day:
        raise Rejected(f"data.begntime（开始时间）：{day} 还没有到")
    insured = insured_on(call, act.connection, person, day)
    check_insutype(given, insured.mapping.insutype)
    check_entitled(call, act.connection, person.id, day)
    own = given.needed("ipt_otp_no")
    state = CaseState("open", day, None, None, given.said(), [])
    case = open_case(act, call.sender.code, person.id, "outpatient", own, state)
    return {
        "data": {
            "mdtrt_id": numbered(call.sender.area, case), "psn_no": insured.psn_no,
            "ipt_otp_no": own,
        }
    }  # fmt: skip


def _withdraw(call: Call, act: Act) -> Output:
    """2202: the registration is taken back."""
    case = case_meant(call, act, call.one("data"), "outpatient")
    check_nothing_settled(act.connection, case, "2208")
    if lines_of_case(act.connection, case.number):
        raise Rejected("还有未撤销的费用明细，请先用 2205 撤销明细，再撤销挂号")
    move_case(act, case, state="withdrawn")
    return None


def _describe(call: Call, act: Act) -> Output:
    """2203: what kind of visit it is, and the diagnoses."""
    given = call.one("mdtrtinfo")
    case = case_meant(call, act, given, "outpatient")
    day = given.needed_day("begntime")
    insured = insured_on(call, act.connection, person_named(call, act.connection, given), day)
    med_type = given.needed("med_type")
    if is_stay(med_type):
        raise Rejected(f"mdtrtinfo.med_type（医疗类别）：{med_type} 是住院，请用 2401 办理入院")
    kind_of_care(call, act.connection, insured, med_type, day)
    if case.now.med_type not in (None, med_type):
        check_nothing_settled(act.connection, case, "2208")
    move_case(
        act, case, first=min(day, case.now.first), med_type=med_type,
        said={**case.now.said, **given.said()},
        diagnoses=merged(case.now.diagnoses, call.many("diseinfo")),
    )  # fmt: skip
    return None


# --- lines ---------------------------------------------------------------------------------------


def _upload(call: Call, act: Act) -> Output:
    """2204: lines of one or more batches, worked out by the catalogue."""
    rows = call.many("feedetail")
    if not rows:
        raise Rejected("feedetail：没有费用明细")
    cases = {row.needed("mdtrt_id") for row in rows}
    if len(cases) > 1:
        raise Rejected("feedetail：一次只能上传同一就诊（mdtrt_id）的明细")
    case = case_meant(call, act, rows[0], "outpatient")
    settled = batches_settled(act.connection, case.number)
    for row in rows:
        if row.needed("chrg_bchno") in settled:
            raise Rejected(f"feedetail.chrg_bchno：收费批次 {row.text('chrg_bchno')} 已经结算")
    days = (case.now.first, call.day)
    lines = case_lines(act.connection, call.sender.code, rows, days)
    if case.now.med_type is None:
        raise Rejected("请先用 2203 上传就诊信息（医疗类别），再上传费用明细")
    asked = Asked(case.now.med_type, rows[0].text("dise_codg"), use_account=True)
    results = []
    for batch in dict.fromkeys(line.batch for line in lines):
        new = [line for line in lines if line.batch == batch]
        results += _kept_in(call, act, case, batch, new, asked)
    places = {line.serial: place for place, line in enumerate(lines)}
    return {"result": sorted(results, key=lambda one: places[one["feedetl_sn"]])}


def _kept_in(
    call: Call, act: Act, case: Case, batch: str, lines: Sequence[CaseLine], asked: Asked
) -> list[dict[str, Any]]:
    """Keep lines of one batch, which may give back something of it; what is answered to each."""
    known = returned_of(lines_of_case(act.connection, case.number, batch), lines)
    visit, results = tried_visit(call, act, case, [*known, *lines], asked)
    new = results[len(known) :]
    kept = [naming(*both) for both in zip(lines, visit.lines[len(known) :], strict=True)]
    keep_lines(act, case.number, with_results(kept, new))
    return new


def _withdraw_lines(call: Call, act: Act) -> Output:
    """2205: lines of a batch, or all that are not settled, are taken back."""
    given = call.one("data")
    case = case_meant(call, act, given, "outpatient")
    batch = given.needed("chrg_bchno")
    settled = batches_settled(act.connection, case.number)
    if batch in settled:
        raise Rejected(f"data.chrg_bchno：收费批次 {batch} 已经结算，请先撤销结算（2208）")
    there = lines_of_case(act.connection, case.number)
    gone = [
        line.serial
        for line in there
        if line.batch not in settled and batch in (line.batch, _ALL_BATCHES)
    ]
    if not gone and batch != _ALL_BATCHES:
        raise Rejected(f"data.chrg_bchno：没有收费批次为 {batch} 的未结算明细")
    end_lines(act, case.number, gone)
    return None


# --- settling ------------------------------------------------------------------------------------


def _pre_settle(call: Call, act: Act) -> Output:
    """2206: what settling a batch would come to."""
    given, case, _, lines = _batch(call, act)
    asked = asked_of(given, case)
    visit = begun(call, act, case, lines, asked)
    check_total(visit, given)
    return pre_settled_answer(call, act, case, visit, asked, given)


def _settle(call: Call, act: Act) -> Output:
    """2207: a batch is settled, and the money booked."""
    given, case, batch, lines = _batch(call, act)
    asked = asked_of(given, case)
    visit = begun(call, act, case, lines, asked)
    check_total(visit, given)
    check_splits(visit, given)
    return settled_answer(call, act, case, batch, visit, asked, given)


def _cancel(call: Call, act: Act) -> Output:
    """2208: a settlement is taken back; every amount is answered below nothing."""
    given = call.one("data")
    case = case_meant(call, act, given, "outpatient")
    kept = settlement_with(act.connection, given.number("setl_id"), call.sender.code)
    return cancelled_answer(call, act, case, kept)


def _batch(call: Call, act: Act) -> tuple[Given, Case, str, Sequence[CaseLine]]:
    """The case and the lines of the batch that a settlement is of."""
    given = call.one("data")
    case = case_meant(call, act, given, "outpatient")
    person = person_named(call, act.connection, given)
    check_insutype(given, insured_on(call, act.connection, person, case.now.first).mapping.insutype)
    if is_stay(given.text("med_type")):
        raise Rejected(
            f"data.med_type（医疗类别）：{given.text('med_type')} 是住院类，不能按门诊结算；"
            "请用 2401 办理入院"
        )
    batch = given.needed("chrg_bchno")
    if batch in batches_settled(act.connection, case.number):
        raise Rejected(f"data.chrg_bchno：收费批次 {batch} 已经结算，不能再次结算")
    return given, case, batch, lines_of_case(act.connection, case.number, batch)


SERVICES: Mapping[str, Service] = {
    "2201": Work(_register), "2202": Work(_withdraw), "2203": Work(_describe),
    "2204": Work(_upload), "2205": Work(_withdraw_lines), "2206": Trial(_pre_settle),
    "2207": Work(_settle), "2208": Work(_cancel),
}  # fmt: skip
