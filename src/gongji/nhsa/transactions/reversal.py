"""Reversal (2601): an institution that never had its answer takes the transaction back.

It names the message that it sent.  What that message did is cancelled as its own cancellation
would do it; where nothing came of the message, the answer says so, and there is nothing to undo.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongji.book.acts import Act, Json, answered_before
from gongji.book.exchange.case_settlements import settlement_with
from gongji.book.exchange.cases import Case, held_case
from gongji.nhsa.care.settlements import cancelled_answer
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import number_in
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Service, Work
from gongji.nhsa.transactions.pharmacies import taken_back
from gongji.nhsa.transactions.wards import withdraw_admission

__all__ = ["SERVICES"]

_REVERSIBLE = ("2102", "2207", "2304", "2401")


def _reverse(call: Call, act: Act) -> Output:
    """2601: what a message did is undone."""
    given = call.one("data")
    infno = given.needed("oinfno").removesuffix("A")
    if infno not in _REVERSIBLE:
        raise Rejected(
            f"data.oinfno（原交易编号）：{given.text('oinfno')} 不能冲正，可冲正的交易是 "
            f"{'、'.join(_REVERSIBLE)}"
        )
    output = _done_by(act, infno, given)
    said: Mapping[str, Any] = output["result" if infno == "2401" else "setlinfo"]
    case = held_case(act, number_in(said["mdtrt_id"], "mdtrt_id"), call.sender.code)
    if given.number("psn_no") != case.person:
        raise Rejected(f"data.psn_no：原交易 {given.text('omsgid')} 不是这位参保人的")
    if infno == "2401":
        _not_admitted(act, case)
    else:
        _not_settled(call, act, case, said["setl_id"])
    return None


def _done_by(act: Act, infno: str, given: Given) -> Json:
    """What the original message was answered; it may have been sent by either name."""
    original = given.needed("omsgid")
    for name in (infno, f"{infno}A"):
        answer = answered_before(act, f"{name} {original}")
        if answer is not None:
            output: Json = answer["output"]
            return output
    raise Rejected(
        f"data.omsgid：没有收到过报文 {original} 的 {infno} 交易，或该交易没有办成；账上没有它，"
        "无需冲正",
        "unknown_message",
    )


def _not_admitted(act: Act, case: Case) -> None:
    if case.now.state == "withdrawn":
        raise Rejected("冲正失败：冲正的入院登记已经撤销，不能办理冲正交易")
    withdraw_admission(act, case)


def _not_settled(call: Call, act: Act, case: Case, setl_id: str) -> None:
    kept = settlement_with(act.connection, number_in(setl_id, "setl_id"), call.sender.code)
    if not kept.stands:
        raise Rejected(
            "冲正失败：冲正的结算信息退费结算标志不为未退费，不能办理冲正交易"
            f"（结算 {setl_id} 已经撤销）"
        )
    if case.kind == "pharmacy":
        taken_back(call, act, case, kept)
    else:
        cancelled_answer(call, act, case, kept)


SERVICES: Mapping[str, Service] = {"2601": Work(_reverse)}
