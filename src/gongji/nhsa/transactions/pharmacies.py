"""Purchases at pharmacies: one message holds the whole, which is tried, settled or taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from gongji.book.acts import Act
from gongji.book.exchange.case_lines import CaseLine, end_lines, keep_lines, lines_of_case
from gongji.book.exchange.case_settlements import CaseSettlement, settlement_with
from gongji.book.exchange.cases import Case, CaseState, move_case, open_case
from gongji.book.persons.facts import facts_on
from gongji.nhsa.care.cases import case_meant, check_insutype, is_stay
from gongji.nhsa.care.lines import case_lines, with_results
from gongji.nhsa.care.people import insured_on, person_named
from gongji.nhsa.care.settlements import (
    cancelled_answer,
    pre_settled_answer,
    settled_answer,
    visit_results,
)
from gongji.nhsa.care.settling import Asked, Begun, asked_of, begun, check_total
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Service, Trial, Work

__all__ = ["SERVICES", "taken_back"]

_BATCH = "1"
"""The only batch of a purchase."""

_NOT_KEPT = 0
"""The number of a purchase that is only tried; none is given out for it."""


class _Purchase(NamedTuple):
    """A purchase that was begun in the book, and what is answered to its lines."""

    given: Given
    case: Case
    asked: Asked
    visit: Begun
    lines: list[CaseLine]
    results: list[dict[str, Any]]


def _pre_settle(call: Call, act: Act) -> Output:
    """2101: what a purchase would come to."""
    one = _purchase(call, act)
    answer = pre_settled_answer(call, act, one.case, one.visit, one.asked, one.given)
    return {**answer, "detlcutinfo": one.results}


def _settle(call: Call, act: Act) -> Output:
    """2102: a purchase is settled, and the money booked."""
    one = _purchase(call, act)
    number = open_case(
        act, call.sender.code, one.case.person, "pharmacy", one.case.own_number, one.case.now
    )
    keep_lines(act, number, with_results(one.lines, one.results))
    case = one.case._replace(number=number)
    answer = settled_answer(call, act, case, _BATCH, one.visit, one.asked, one.given)
    return {**answer, "detlcutinfo": one.results}


def _cancel(call: Call, act: Act) -> Output:
    """2103: a purchase is taken back; every amount is answered below nothing."""
    given = call.one("data")
    kept = settlement_with(act.connection, given.number("setl_id"), call.sender.code)
    if not kept.stands:
        raise Rejected("data.setl_id：该结算已经撤销，不能再次撤销")
    return taken_back(call, act, case_meant(call, act, given, "pharmacy"), kept)


def taken_back(call: Call, act: Act, case: Case, kept: CaseSettlement) -> Output:
    """Take a purchase back with its lines; nothing else can become of it."""
    answer = cancelled_answer(call, act, case, kept)
    end_lines(
        act, case.number, [line.serial for line in lines_of_case(act.connection, case.number)]
    )
    move_case(act, case, state="withdrawn")
    return answer


def _check_pharmacy(call: Call, act: Act, day: date) -> None:
    """Only a pharmacy settles without a registered visit.  Raises `Rejected`."""
    there = facts_on(act.connection, "institution", call.sender.code, day)
    if not call.mappings.is_pharmacy(call.sender.code, there):
        raise Rejected(
            f"fixmedins_code：{call.sender.name} 不是定点零售药店，不能用药店结算；"
            "门诊请用 2201 至 2207"
        )


def _purchase(call: Call, act: Act) -> _Purchase:
    """Begin a purchase in the book.  Raises `Rejected`.

    The pharmacy has no number of its own for it, so the message's stands for one.
    """
    given = call.one("druginfo")
    person = person_named(call, act.connection, given)
    day = given.needed_day("begntime")
    if day > call.day:
        raise Rejected(f"druginfo.begntime（开始时间）：{day} 晚于今天（{call.day}）")
    check_insutype(given, insured_on(call, act.connection, person, day).mapping.insutype)
    _check_pharmacy(call, act, day)
    med_type = given.needed("med_type")
    if is_stay(med_type):
        raise Rejected(f"druginfo.med_type（医疗类别）：{med_type} 是住院类，不能用于药店购药")
    rows = call.many("drugdetail")
    lines = case_lines(act.connection, call.sender.code, rows, (day, call.day), _BATCH)
    state = CaseState("open", day, max((one.day for one in lines), default=day), med_type,
                      given.said(), [])  # fmt: skip
    case = Case(_NOT_KEPT, call.sender.code, person.id, "pharmacy", call.message, state)
    asked = asked_of(given, case)
    visit = begun(call, act, case, lines, asked)
    check_total(visit, given)
    return _Purchase(given, case, asked, visit, lines, visit_results(call, act, visit))


SERVICES: Mapping[str, Service] = {
    "2101": Trial(_pre_settle), "2102": Work(_settle), "2103": Work(_cancel),
}  # fmt: skip
