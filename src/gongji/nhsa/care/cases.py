"""The case that a message is about, and what is said of it in the same words everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from gongji.book.acts import Act
from gongji.book.exchange.case_settlements import batches_settled
from gongji.book.exchange.cases import Case, Kind, check_open, held_case
from gongji.nhsa.messages.call import Call
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.refusals import Rejected

__all__ = [
    "case_meant", "check_insutype", "check_nothing_settled", "check_person", "check_place",
    "is_stay", "merged",
]  # fmt: skip

_STAYS = ("2", "52", "71")
"""What kinds of care begin with that are stays: in hospital, for a birth, in a bed at home."""

_PURCHASE = "41"
"""The kind of care that is a purchase at a pharmacy."""

_GONE = "0"
"""What `vali_flag` says of a diagnosis that is taken back."""


def case_meant(call: Call, act: Act, given: Given, kind: Kind) -> Case:
    """The case of `mdtrt_id`, held; it has to be of its kind, of `psn_no`, and not withdrawn."""
    case = held_case(act, given.number("mdtrt_id"), call.sender.code)
    check_person(given, case)
    if case.kind != kind:
        raise Rejected(f"{given.node}.mdtrt_id：就诊 {given.text('mdtrt_id')} 不是这类业务的就诊")
    check_open(case)
    return case


def check_person(given: Given, case: Case) -> None:
    """A case has to be that of `psn_no`, where it is sent."""
    if given.text("psn_no") and given.number("psn_no") != case.person:
        raise Rejected(f"{given.node}.psn_no：就诊 {given.text('mdtrt_id')} 不是这位参保人的")


def is_stay(med_type: str) -> bool:
    """Whether a kind of care is a stay: one that is admitted, and settled when it is over."""
    return med_type.startswith(_STAYS)


def check_place(med_type: str, *, pharmacy: bool) -> None:
    """A purchase is made at a pharmacy, and a stay is not; rates and deductibles differ.

    Raises `Rejected`.
    """
    if pharmacy and is_stay(med_type):
        raise Rejected(f"med_type（医疗类别）：{med_type} 是住院类，定点零售药店不能办理")
    if not pharmacy and med_type == _PURCHASE:
        raise Rejected(f"med_type（医疗类别）：{med_type} 是药店购药，只能由定点零售药店办理")


def check_insutype(given: Given, ours: str) -> None:
    """The kind of insurance that was sent has to be the person's."""
    sent = given.text("insutype")
    if sent and sent != ours:
        raise Rejected(f"{given.node}.insutype（险种类型）：送来的是 {sent}，此人参加的是 {ours}")


def check_nothing_settled(connection: Connection, case: Case, infno: str) -> None:
    """Make sure that no settlement of a case stands; `infno` is what would cancel one."""
    if batches_settled(connection, case.number):
        raise Rejected(f"这次就诊已有结算，请先撤销结算（{infno}）")


def merged(kept: Sequence[Mapping[str, Any]], rows: Sequence[Given]) -> Sequence[Mapping[str, Any]]:
    """Diagnoses with those that were sent: one of the same number takes its place, or ends it."""
    found = {one["diag_srt_no"]: one for one in kept}
    for row in rows:
        number = row.needed("diag_srt_no")
        if row.text("vali_flag") == _GONE:
            found.pop(number, None)
        else:
            found[number] = row.said()
    return [found[number] for number in sorted(found, key=int)]
