"""What is answered to a settlement: tried, for good, and when it is cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from gongji.book.acts import Act
from gongji.book.care.cancelling import cancelled
from gongji.book.care.settling import locked_meters, standing_of
from gongji.book.care.visits import withdraw_visit
from gongji.book.exchange.case_lines import CaseLine
from gongji.book.exchange.case_settlements import (
    CaseSettlement,
    cancel_kept,
    keep_answer,
    keep_settlement,
)
from gongji.book.exchange.cases import Case
from gongji.book.persons.facts import facts_on
from gongji.book.rules import scheme_of
from gongji.book.schema.visits import VISIT
from gongji.money import format_yuan
from gongji.nhsa.care.amounts import AMOUNTS
from gongji.nhsa.care.lines import line_results
from gongji.nhsa.care.settling import (
    Asked,
    Begun,
    balance_of,
    begun,
    pre_settled_sums,
    set_info,
    settled_sums,
)
from gongji.nhsa.messages.call import Call
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.messages.refusals import Rejected

__all__ = [
    "cancelled_answer", "pre_settled_answer", "settled_answer", "tried_visit", "visit_results",
]  # fmt: skip

Answer = dict[str, Any]


def visit_results(call: Call, act: Act, visit: Begun) -> list[Answer]:
    """What is answered to the lines of a visit that was begun."""
    facts = facts_on(act.connection, "institution", call.sender.code, visit.day)
    place = (call.sender.area, str(facts.get("tier", "")))
    return line_results(act.connection, visit.insured.member.scheme, place, visit.lines)


def tried_visit(
    call: Call, act: Act, case: Case, lines: Sequence[CaseLine], asked: Asked, days: Any = None
) -> tuple[Begun, list[Answer]]:
    """The visit that lines would make, as well as what is answered to them; it is undone."""
    with act.connection.begin_nested() as tried:
        visit = begun(call, act, case, lines, asked, days)
        results = visit_results(call, act, visit)
        tried.rollback()
    return visit, results


def pre_settled_answer(
    call: Call, act: Act, case: Case, visit: Begun, asked: Asked, given: Given
) -> Answer:
    """What a settlement would come to; the numbers that it would get are empty."""
    sums = pre_settled_sums(call, act, visit, asked)
    numbers = {
        "mdtrt_id": numbered(call.sender.area, case.number), "setl_id": None, "setl_time": None,
        "clr_optins": None, "clr_way": None, "med_type": asked.med_type,
    }  # fmt: skip
    return {"setlinfo": set_info(call, visit, sums, given, numbers), "setldetail": sums.rows()}


def settled_answer(
    call: Call, act: Act, case: Case, batch: str, visit: Begun, asked: Asked, given: Given
) -> Answer:
    """Settle a visit that was begun, keep that it was, and answer with its sums."""
    sums = settled_sums(call, act, visit, asked)
    number = keep_settlement(act, case.number, batch, visit.visit, call.message, call.day)
    numbers = {
        "mdtrt_id": numbered(call.sender.area, case.number),
        "setl_id": numbered(call.sender.area, number), "setl_time": call.moment,
        "clr_optins": visit.insured.member.scheme.area, "clr_way": "1", "med_type": asked.med_type,
    }  # fmt: skip
    answer = {"setlinfo": set_info(call, visit, sums, given, numbers), "setldetail": sums.rows()}
    keep_answer(act, number, answer)
    return answer


def cancelled_answer(call: Call, act: Act, case: Case, kept: CaseSettlement) -> Answer:
    """Cancel a settlement in the book and here, and answer with its amounts below nothing.

    The amounts are those that were answered when it was made; the batch can be settled again.  What
    was cancelled in the book already, at a desk, is cancelled here alone; no money moves then.
    Raises `Rejected` where it is cancelled already, or is not of the case.
    """
    if kept.case != case.number:
        raise Rejected("setl_id：不是这次就诊的结算")
    if not kept.stands:
        raise Rejected("setl_id：该结算已经撤销，不能再次撤销")
    area = _cancel_in_the_book(call, act, kept.visit)
    cancel_kept(act, kept.number)
    number = keep_settlement(
        act, case.number, kept.batch, kept.visit, call.message, call.day, kept.number
    )
    before: Mapping[str, Any] = kept.answered["setlinfo"]
    info = {
        **before, **{name: _negative(before[name]) for name in AMOUNTS},
        "setl_id": numbered(call.sender.area, number), "setl_time": call.moment,
        "medins_setl_id": call.message,
        "balc": format_yuan(balance_of(act.connection, area, case.person)),
    }  # fmt: skip
    details = [
        {**row, "fund_payamt": _negative(row["fund_payamt"]),
         "inscp_scp_amt": _negative(row["inscp_scp_amt"])}
        for row in kept.answered["setldetail"]
    ]  # fmt: skip
    answer = {"setlinfo": info, "setldetail": details}
    keep_answer(act, number, answer)
    return answer


def _cancel_in_the_book(call: Call, act: Act, visit: int) -> str:
    """Cancel what stands of a visit in the book, and withdraw it.  Gives the area of its scheme."""
    wanted = select(VISIT).where(VISIT.c.id == visit)
    row = act.connection.execute(wanted).one()
    locked_meters(act.connection, row.person, row.scheme)  # no desk cancels it meanwhile
    standing = standing_of(act.connection, visit)
    if standing is not None:
        cancelled(act, call.library, standing.id)
    if act.connection.execute(wanted).one().ended is None:
        withdraw_visit(act, visit)
    return scheme_of(act.connection, row.scheme).area


def _negative(amount: str) -> str:
    """An amount below nothing; of nothing nothing."""
    if amount.startswith("-"):
        return amount[1:]
    return f"-{amount}" if amount.strip("0.") else amount
