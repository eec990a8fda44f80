"""Reconciling with institutions: what they make it beside what the book does."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from gongji.web.door import Turned
from gongji.web.entrance.caller import DESK, Caller, for_callers
from gongji.web.form import Form
from gongji.web.lists import filters_of, listed
from gongji.web.names import institutions_of, names_of_places, own_schemes, schemes_of
from gongji.wording import Bilingual, Refused

__all__ = ["reconciled_page", "reconciliation_page"]

_SUMS = ("rows", "total", "funds", "account")


@for_callers("institution", *DESK)
async def reconciliation_page(caller: Caller) -> Response:
    """The reconciliations of an institution; another one by totals or by a file of rows."""
    places, schemes = await asyncio.gather(institutions_of(caller), schemes_of(caller))
    asked = filters_of(caller, "institution") if caller.request.method == "GET" else caller.form
    chosen = asked.text("institution") or (places[0].code if places else "")
    shown: dict[str, Any] = {
        "places": places, "chosen": chosen, "schemes": own_schemes(caller, schemes), "listed": None,
        "role": caller.role,
    }  # fmt: skip
    template, problem = "money/reconciliation.html", None
    if caller.request.method == "POST":
        try:
            made = await _held(caller, chosen)
        except Turned as turned:
            turned.fields = {
                name.rpartition(".")[2]: words for name, words in turned.fields.items()
            }  # fmt: skip
            problem = turned
        else:
            done = Bilingual("已对账，结果如下", "reconciled; this is how it came out")
            number = made["reconciliation"]
            return caller.go(f"/desk/reconciliation/{chosen}/{number}", done)
    shown["listed"] = await listed(caller, f"/institutions/{chosen or '-'}/reconciliations", Form())
    return caller.page(template, shown) if problem is None else caller.refuse(
        problem, template, shown
    )  # fmt: skip


@for_callers("institution", *DESK)
async def reconciled_page(caller: Caller) -> Response:
    """A reconciliation: both sides' sums, and every difference, theirs beside ours."""
    institution, number = caller.request.path_params["institution"], caller.number("number")
    if not institution.replace("-", "").isalnum() or len(institution) > 32:
        raise Refused(
            "unknown_institution",
            Bilingual("没有这家定点机构", "there is no such institution"),
        )
    path = f"/institutions/{institution}/reconciliations/{number}"
    made = await caller.door.get(path)
    found = await listed(caller, f"{path}/differences", Form())
    names = await names_of_places(caller.door, [institution])
    shown = {
        "made": made, "listed": found, "sums": _SUMS, "name": names[institution],
    }  # fmt: skip
    return caller.page("money/reconciled.html", shown)


async def _held(caller: Caller, institution: str) -> Any:
    """Hold what was typed, or the file that was sent, against the book."""
    form = caller.form
    path = f"/institutions/{institution or '-'}/reconciliations"
    sent = form.files.get("file")
    if sent is not None and sent.name:
        return await caller.door.send_file(
            f"{path}/file", sent.content, sent.media, form.once, file=sent.name,
            first=form.day("first") or "", last=form.day("last") or "",
            scheme=form.given("scheme"),
        )  # fmt: skip
    totals = {name: form.amount(name) for name in _SUMS if name != "rows"}
    refunds = {"yes": True, "no": False}.get(form.text("refunds"))
    body = {
        "first": form.day("first"), "last": form.day("last"), "scheme": form.whole("scheme"),
        "refunds": refunds, "totals": {"rows": form.whole("rows"), **totals},
    }  # fmt: skip
    return await caller.door.send("POST", path, body, form.once)
