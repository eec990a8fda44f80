"""Contributions of many at once: a file is looked at row by row, then booked as a whole."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gongji.policy.model import Policy
from gongji.web.desk.asked import asked_to_declare, payers_of, shares_of
from gongji.web.desk.whose import latest_day
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.files import kept_file, sent_file
from gongji.web.form import Form, whole_of
from gongji.web.names import Schemes, own_schemes, schemes_of
from gongji.wording import Bilingual, Refused

__all__ = ["bulk_page", "receipt_page", "template_file"]

_TEMPLATE = "desk/contributions.html"
_SHOWN = 300
_KINDS = ("dues", "receipts")
_TITLES = {
    "dues": Bilingual("批量申报", "Declare by file"),
    "receipts": Bilingual("批量到账", "Receive by file"),
}
_MEDIA = "application/octet-stream"


@for_callers("clerk", "supervisor", "auditor")
async def bulk_page(caller: Caller) -> Response:
    """Files of what is due or arrived, and who still owes; a file is previewed, then confirmed."""
    shown = await _shown(caller)
    form = caller.form
    if caller.request.method == "GET":
        return caller.page(_TEMPLATE, shown)
    if caller.who is None or caller.who.role != "clerk":
        raise Refused("not_allowed", Bilingual("缴费由经办人员办理。", "A clerk does this."))
    try:
        sent = sent_file(form)
    except Refused as refused:
        words = caller.words(refused.message)
        caller.form = form._replace(problem=words, wrong={"file": words})
        return caller.page(_TEMPLATE, shown, 422)
    scheme, kind = shown["scheme"], shown["kind"]
    path, name = f"/schemes/{scheme}/{kind}/file", sent.name
    try:
        if form.text("step") == "do":
            done = await caller.door.send_file(path, sent.content, _MEDIA, form.once, file=name)
            return caller.go(f"/desk/contributions?scheme={scheme}&kind={kind}", _done(kind, done))
        ahead = await caller.door.send_file(
            f"{path}/preview", sent.content, _MEDIA, form.once, file=name, most=_SHOWN
        )
    except Turned as turned:
        turned.fields = {"file": turned.detail}
        return caller.refuse(turned, _TEMPLATE, shown)
    return caller.page(_TEMPLATE, {**shown, "ahead": ahead, "kept": kept_file(sent)})


@for_callers("clerk", "supervisor", "auditor")
async def template_file(caller: Caller) -> Response:
    """An empty file with the columns that a scheme takes."""
    schemes = await _theirs(caller)
    scheme, kind = _chosen(caller, schemes)
    policy = _policy(caller, schemes, scheme)
    heads = ["身份证号", "所属期"]
    if kind == "dues":
        heads += [one.title.zh for one in asked_to_declare(policy)]
        heads += [title.zh for title in shares_of(policy).values()]
    else:
        heads += ["金额", "到账日", "缴纳方"]
    text = io.StringIO()
    csv.writer(text).writerow(heads)
    return Response(
        text.getvalue().encode("utf-8-sig"), media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{kind}-{scheme}.csv"',
            "Cache-Control": "no-store",
        },
    )  # fmt: skip


@for_callers("clerk", "supervisor", "auditor")
async def receipt_page(caller: Caller) -> Response:
    """Money that arrived: how much, when, for what."""
    number = caller.number("receipt")
    receipt, schemes = await asyncio.gather(
        caller.door.get(f"/receipts/{number}"), schemes_of(caller)
    )
    policy = _policy(caller, schemes, receipt["scheme"])
    shown = {
        "receipt": receipt, "scheme": schemes[receipt["scheme"]], "payers": payers_of(policy),
    }  # fmt: skip
    return caller.page("desk/receipt.html", shown)


# --- within --------------------------------------------------------------------------------------


async def _shown(caller: Caller) -> dict[str, Any]:
    schemes = await _theirs(caller)
    scheme, kind = _chosen(caller, schemes)
    policy = _policy(caller, schemes, scheme)
    day = latest_day(caller.library, policy.id, caller.today)
    since = caller.asked("since") or f"{day.year}-01"
    through = caller.asked("through") or f"{day:%Y-%m}"
    person = caller.asked("person")
    shown: dict[str, Any] = {
        "schemes": schemes, "scheme": scheme, "kind": kind, "kinds": _TITLES, "policy": policy,
        "facts": asked_to_declare(policy), "shares": shares_of(policy), "payers": payers_of(policy),
        "since": since,
        "through": through, "owing": None, "owing_trouble": "", "ahead": None, "kept": None,
        "blank": Form(),
    }  # fmt: skip
    try:
        shown["owing"] = await caller.door.get(
            f"/schemes/{scheme}/owing", since=since, through=through, person=person,
            employer=caller.asked("employer"), after=caller.asked("after"), most=100,
        )  # fmt: skip
    except Turned as turned:
        shown["owing_trouble"] = turned.detail
    return shown


def _chosen(caller: Caller, schemes: Schemes) -> tuple[int, str]:
    """The scheme and the kind of file that were asked for; else the first of each."""
    said = caller.form.given("scheme") or caller.asked("scheme") or ""
    scheme = whole_of(said) or 0
    kind = caller.form.given("kind") or caller.asked("kind")
    return scheme if scheme in schemes else next(iter(schemes)), kind if kind in _KINDS else "dues"


async def _theirs(caller: Caller) -> Schemes:
    found = own_schemes(caller, await schemes_of(caller))
    if not found:
        raise Refused("unknown_scheme", Bilingual("本统筹区还没有登记险种。",
                                                  "No scheme of your area is open."))  # fmt: skip
    return found


def _policy(caller: Caller, schemes: Schemes, scheme: int) -> Policy:
    library, name = caller.library, schemes[scheme].policy
    return library.policy(name, latest_day(library, name, caller.today))


def _done(kind: str, found: Mapping[str, Any]) -> Bilingual:
    if kind == "receipts":
        return Bilingual(f"已登记到账 {found['rows']} 行，共 {found['amount']} 元。",
                         f"{found['rows']} rows are booked, {found['amount']} yuan.")  # fmt: skip
    return Bilingual(f"已申报 {found['rows']} 行。", f"{found['rows']} rows are declared.")
