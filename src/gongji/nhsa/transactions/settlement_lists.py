"""Settlement lists: the clinical and cost summary of a settled case, held to its settlement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gongji.book.acts import Act
from gongji.book.exchange.case_settlements import CaseSettlement, settlement_with
from gongji.book.exchange.cases import Case, held_case
from gongji.book.exchange.settlement_lists import keep_list
from gongji.nhsa.care.cases import check_person
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.values import exact, fen_of, moment_of, read_value, yuan_of
from gongji.nhsa.services import Service, Work
from gongji.nhsa.tables import Field

__all__ = ["SERVICES"]

_SUMS = {"acct_pay": "acct_pay", "psn_cashpay": "psn_cash_pay"}
"""Sums of a list, where they are sent, and what a settlement calls them."""


def _keep(call: Call, act: Act) -> Output:
    """4101: a list is kept, encrypted; one that came before counts no longer."""
    given = call.one("setlinfo")
    case = held_case(act, given.number("mdtrt_id"), call.sender.code)
    check_person(given, case)
    if case.kind == "pharmacy":
        raise Rejected("setlinfo.mdtrt_id：药店购药不用上传结算清单")
    kept = settlement_with(act.connection, given.number("setl_id"), call.sender.code)
    if kept.case != case.number:
        raise Rejected("setlinfo.setl_id：不是这次就诊的结算")
    if not kept.stands:
        raise Rejected("setlinfo.setl_id：该结算已经撤销，不能上传结算清单")
    _check_days(given, case)
    _check_funds(call, kept)
    _check_sums(call, given, kept)
    said = {name: [row.said() for row in rows] for name, rows in call.nodes.items()}
    number = keep_list(act, kept.number, said)
    return {"data": {"setl_list_id": numbered(call.sender.area, number)}}


def _check_days(given: Given, case: Case) -> None:
    """Admission and discharge, where they are sent, have to be those of the stay."""
    if case.kind != "inpatient":
        return
    for name, ours in (("adm_time", case.now.first), ("dscg_time", case.now.last)):
        text = given.text(name)
        if not text:
            continue
        try:
            day = moment_of(text).date()
        except ValueError as unfit:
            raise Rejected(f"setlinfo.{name}：“{text[:24]}”{unfit}") from None
        if day != ours:
            raise Rejected(f"setlinfo.{name}：{day} 与就诊登记的 {ours or '（未出院）'} 不符")


def _check_funds(call: Call, kept: CaseSettlement) -> None:
    """What each fund paid has to be what its settlement says, and all of it has to be there.

    What the account paid is none of a fund's, and may be left out.
    """
    ours = {
        row["fund_pay_type"]: _settled(row["fund_payamt"]) for row in kept.answered["setldetail"]
    }
    theirs: Counter[str] = Counter()
    for row in call.many("payinfo"):
        theirs[row.needed("fund_pay_type")] += _amount(call, row, "fund_payamt")
    accounts = {one.account.code for one in call.mappings.schemes.values()}
    for code in sorted(ours.keys() | theirs.keys()):
        if code in theirs or code not in accounts:
            _check_same(
                f"payinfo.fund_payamt（基金支付金额）{code}", theirs[code], ours.get(code, 0)
            )


def _check_sums(call: Call, given: Given, kept: CaseSettlement) -> None:
    """The items of charge together are the whole bill; account and cash are those settled."""
    info: Mapping[str, Any] = kept.answered["setlinfo"]
    items = call.many("iteminfo")
    if items:
        total = sum(_amount(call, row, "amt") for row in items)
        _check_same("iteminfo.amt（金额）合计", total, _settled(info["medfee_sumamt"]))
    for name, there in _SUMS.items():
        if given.text(name):
            _check_same(f"setlinfo.{name}", _amount(call, given, name), _settled(info[there]))


def _check_same(what: str, sent: int, there: int) -> None:
    if sent != there:
        raise Rejected(
            f"{what}：清单为 {yuan_of(sent)}，结算为 {yuan_of(there)}，相差 {yuan_of(sent - there)}"
        )


def _settled(amount: str) -> int:
    """An amount that was answered, in fen."""
    return fen_of(exact(amount))


def _amount(call: Call, row: Given, name: str) -> int:
    """An amount that no table describes, in fen.  Raises `Rejected`."""
    field = Field(name, "金额", "N", 16, 2, "", True, True, "", (), "")
    value = read_value(field, row.needed(name), row.node, call.tables)
    assert isinstance(value, Decimal), "it is a number that is there"
    return fen_of(value)


SERVICES: Mapping[str, Service] = {"4101": Work(_keep)}
