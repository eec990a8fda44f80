"""Reconciling with institutions: their totals or their rows of a period against the book's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import Answer, Body, Code, Day, Number, Yuan, example
from gongji.api.files import Upload, file_body
from gongji.api.paging import PageOf, Paging, begins_after, page_among, page_from
from gongji.api.theirs import own_institution
from gongji.book.acts import Act, Json
from gongji.book.clearing.reconciling import (
    Difference,
    Kept,
    reconcile_rows,
    reconcile_totals,
    reconciliations_of,
    rows_sent,
)
from gongji.book.clearing.span import Span, Totals, totals_of
from gongji.money import format_yuan, parse_yuan
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["clearing · 对账与拨付"])

_ROWS = "settlement,visit,refund,total,funds,account\n1,1,否,10000.00,8100.00,0.00\n"
_Setting = Annotated[str, Field(max_length=64)]
_TOTALS = {"rows": 1, "total": "10000.00", "funds": "8100.00", "account": "0.00"}
_SPAN: dict[str, Any] = {
    "first": "2024-03-01", "last": "2024-03-31", "scheme": None, "settings": [], "refunds": None,
}  # fmt: skip


class SaidTotals(Body):
    """How many rows an institution has, and their sums."""

    model_config = example(_TOTALS)

    rows: Annotated[int, Field(ge=0, le=10**9)]
    total: Yuan
    funds: Yuan
    account: Yuan


class NewReconciliation(Body):
    """A period, both days included, what of it is looked at, and what the institution makes it.

    Without a scheme all of them; without settings all; `refunds` true looks at what was taken back
    only, false at the rest only.
    """

    model_config = example({**_SPAN, "totals": _TOTALS})

    first: Day
    last: Day
    scheme: Number | None = None
    settings: Annotated[list[_Setting], Field(max_length=32)] = Field(default_factory=list)
    refunds: bool | None = None
    totals: SaidTotals


class SumOf(Answer):
    """How many rows there are, and their sums."""

    rows: int
    total: Yuan
    funds: Yuan
    account: Yuan


class Apart(Answer):
    """Where an institution and the book are apart.

    `missing_here`: the book has no such row; `missing_there`: the institution did not send it;
    `twice`: it sent it more than once; `differs`: both have it.

    `amount` is what is not the same: yuan of `total`, `funds` and `account`; numbers of `visit` and
    `rows`.
    """

    model_config = example(
        {"what": "differs", "settlement": 1, "refund": False, "amount": "funds",
         "theirs": "8100.00", "ours": "8460.00"}
    )  # fmt: skip

    what: Literal["missing_here", "missing_there", "differs", "twice"]
    settlement: Number | None
    refund: bool
    amount: str
    theirs: str | None
    ours: str | None


class Reconciliation(Answer):
    """A reconciliation: the period, what both sides make it, and how many differences there are."""

    model_config = example(
        {"reconciliation": 1, "institution": "H0001", **_SPAN, "theirs": _TOTALS, "ours": _TOTALS,
         "equal": True, "differences": 0}
    )  # fmt: skip

    reconciliation: Number
    institution: Code
    first: Day
    last: Day
    scheme: Number | None
    settings: list[str]
    refunds: bool | None
    theirs: SumOf
    ours: SumOf
    equal: bool
    differences: int


@room.post(
    "/institutions/{institution}/reconciliations", status_code=201, response_model=Reconciliation
)
def reconcile_institution(
    institution: Code,
    said: NewReconciliation,
    desk: Annotated[Desk, writing_for("institution", "clerk")],
) -> Response:
    """对总账 · Hold an institution's totals of a period against the book's; the answer is kept."""
    sums = said.totals
    theirs = Totals(sums.rows, _signed(sums.total), _signed(sums.funds), _signed(sums.account))
    span = Span(institution, said.first, said.last, said.scheme, tuple(said.settings), said.refunds)

    def work(act: Act) -> Json:
        own_institution(desk, act.connection, institution)
        return _shown(Kept(span, theirs, reconcile_totals(act, span, theirs)))

    return desk.done({"institution": institution, **said.model_dump(mode="json")}, work)


@room.post(
    "/institutions/{institution}/reconciliations/file", status_code=201,
    response_model=Reconciliation, openapi_extra=file_body(_ROWS),
)  # fmt: skip
def reconcile_institution_rows(
    institution: Code,
    first: Annotated[Day, Query()],
    last: Annotated[Day, Query()],
    sent: Upload,
    desk: Annotated[Desk, writing_for("institution", "clerk")],
    scheme: Annotated[Number | None, Query(description="of one scheme only")] = None,
) -> Response:
    """对明细账 · Hold an institution's rows of a period against the book's, each by settlement.

    The columns are `settlement`, `visit`, `refund`, `total`, `funds`, `account`; of refunds the
    amounts are below nothing.
    """
    rows = rows_sent(sent.sheet())
    span = Span(institution, first, last, scheme)

    def work(act: Act) -> Json:
        own_institution(desk, act.connection, institution)
        return _shown(Kept(span, totals_of(rows), reconcile_rows(act, span, rows)))

    request = {
        "institution": institution, "first": first.isoformat(), "last": last.isoformat(),
        "scheme": scheme, **sent.said,
    }  # fmt: skip
    return desk.done(request, work)


@room.get("/institutions/{institution}/reconciliations", response_model=PageOf[Reconciliation])
def list_reconciliations(
    institution: Code,
    page: Paging,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
) -> Response:
    """对账列表 · The reconciliations of an institution."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_institution(desk, connection, institution)
        found = reconciliations_of(
            connection, institution, after=begins_after(page, 0), most=page.most + 1
        )
        return page_from(found, lambda one: one.result.number, page, _shown)

    return desk.seen(read)


@room.get(
    "/institutions/{institution}/reconciliations/{reconciliation}", response_model=Reconciliation
)
def see_reconciliation(
    institution: Code,
    reconciliation: Number,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
) -> Response:
    """对账 · A reconciliation of an institution."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_institution(desk, connection, institution)
        return _shown(_kept(connection, institution, reconciliation))

    return desk.seen(read)


@room.get(
    "/institutions/{institution}/reconciliations/{reconciliation}/differences",
    response_model=PageOf[Apart],
)
def list_differences(
    institution: Code,
    reconciliation: Number,
    page: Paging,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
) -> Response:
    """对账差异 · Where an institution and the book were apart in a reconciliation."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_institution(desk, connection, institution)
        found = _kept(connection, institution, reconciliation).result.differences
        return page_among(
            list(enumerate(found, 1)), lambda one: one[0], 0, page, lambda one: _apart(one[1])
        )

    return desk.seen(read)


def _kept(connection: Connection, institution: str, number: int) -> Kept:
    found = reconciliations_of(connection, institution, after=number - 1, most=1)
    if not found or found[0].result.number != number:
        raise Refused(
            "unknown_reconciliation",
            Bilingual(f"没有编号为 {number} 的对账", f"there is no reconciliation {number}"),
            {"field": "reconciliation"},
        )
    return found[0]


def _shown(one: Kept) -> dict[str, Any]:
    span, result = one.span, one.result
    return {
        "reconciliation": result.number, "institution": span.institution,
        "first": span.first.isoformat(), "last": span.last.isoformat(), "scheme": span.scheme,
        "settings": list(span.settings), "refunds": span.refunds, "theirs": _sums(one.theirs),
        "ours": _sums(result.ours), "equal": result.equal, "differences": len(result.differences),
    }  # fmt: skip


def _sums(one: Totals) -> dict[str, Any]:
    return {
        "rows": one.rows, "total": format_yuan(one.total), "funds": format_yuan(one.funds),
        "account": format_yuan(one.account),
    }  # fmt: skip


def _apart(one: Difference) -> dict[str, Any]:
    def text(value: int | None) -> str | None:
        if value is None or one.amount in ("visit", "rows"):
            return None if value is None else str(value)
        return format_yuan(value)

    return {
        "what": one.what, "settlement": one.settlement, "refund": one.refund,
        "amount": one.amount, "theirs": text(one.theirs), "ours": text(one.ours),
    }  # fmt: skip


def _signed(text: str) -> int:
    """Fen of a sum that may be below nothing, as one of refunds is."""
    fen = parse_yuan(text.removeprefix("-"), "totals")
    return -fen if text.startswith("-") else fen
