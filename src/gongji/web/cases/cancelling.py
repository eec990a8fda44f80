"""What was settled taken back or settled anew: the consequences first, then the deed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from gongji.money import format_yuan
from gongji.web.amounts import fen_of
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.lists import Listed, filters_of, listed
from gongji.web.money.named import account_title, funds_of
from gongji.web.names import own_schemes, schemes_of
from gongji.wording import Bilingual

__all__ = ["anew_page", "cancel_page", "owed_page"]

_OWED_AT_A_TIME = 20


@for_callers("clerk", "supervisor", "auditor")
async def cancel_page(caller: Caller) -> Response:
    """What cancelling a settlement would do; a supervisor does it, with the reason."""
    number, get = caller.number("settlement"), caller.door.get
    template = "cases/cancel.html"
    kept = await get(f"/settlements/{number}")
    shown: dict[str, Any] = {
        "number": number, "kept": kept, "fund_titles": funds_of(
            caller.library, kept["explained"]["policy"]
        ), "would": None, "back": [], "funds": {}, "bears": "0.00",
        "role": caller.role,
        "visit": await get(f"/visits/{kept['visit']}"),
    }  # fmt: skip
    if caller.request.method == "POST":
        return await _cancel(caller, number, template, shown)
    if kept["stands"]:
        shown |= await _would(caller, number)
    return caller.page(template, shown)


async def _would(caller: Caller, number: int) -> dict[str, Any]:
    try:
        would = await caller.door.get(f"/settlements/{number}/cancellation")
    except Turned as turned:
        return {"refused": turned}
    library = caller.library
    back = [(account_title(library, one), one["amount"], one["kind"]) for one in would["back"]]
    return {"would": would, "back": back, **_sums(would["differences"])}


async def _cancel(caller: Caller, number: int, template: str, shown: dict[str, Any]) -> Response:
    reason = caller.form.text("reason")
    path = f"/settlements/{number}/cancel"
    try:
        await caller.door.send("POST", path, {"reason": reason}, caller.form.once)
    except Turned as turned:
        if shown["kept"]["stands"]:
            shown |= await _would(caller, number)
        return caller.refuse(turned, template, shown)
    done = Bilingual(f"结算 {number} 已撤销", f"settlement {number} is cancelled")
    return caller.go(f"/desk/visits/{shown['kept']['visit']}", done)


@for_callers("clerk", "supervisor", "auditor")
async def anew_page(caller: Caller) -> Response:
    """What a person is owed or owes by what is known now; a supervisor books it."""
    person, template = caller.number("person"), "cases/anew.html"
    get = caller.door.get
    who, members, schemes = await asyncio.gather(
        get(f"/persons/{person}"), get(f"/persons/{person}/memberships"), schemes_of(caller)
    )
    theirs = own_schemes(caller, schemes)
    insured = dict.fromkeys(one["scheme"] for one in members["items"] if one["scheme"] in theirs)
    shown: dict[str, Any] = {
        "person": who, "trial": None, "owed": [],
        "schemes": theirs,
        "fund_titles": {one: funds_of(caller.library, theirs[one].policy) for one in insured},
        "role": caller.role,
    }  # fmt: skip
    problem: Turned | None = None
    if caller.request.method == "POST":
        body = {"scheme": caller.form.whole("scheme")}
        trial = "yes" if caller.form.text("step") == "try" else None
        path = f"/persons/{person}/settle-anew"
        try:
            made = await caller.door.send("POST", path, body, caller.form.once, **{"try": trial})
        except Turned as turned:
            problem = turned
        else:
            if trial is None:
                done = Bilingual(f"已重新结算，{len(made['differences'])} 次就诊有变动",
                                 f"settled anew; {len(made['differences'])} visits came out "
                                 "otherwise")  # fmt: skip
                return caller.go(f"/desk/persons/{person}/settle-anew", done)
            shown["trial"] = {**made, **_sums(made["differences"]), **body}
    found = await asyncio.gather(
        *(get(f"/persons/{person}/owed", scheme=one) for one in insured)
    )  # fmt: skip
    shown["owed"] = list(zip(insured, found, strict=True))
    return caller.page(template, shown) if problem is None else caller.refuse(
        problem, template, shown
    )  # fmt: skip


@for_callers("clerk", "supervisor", "auditor")
async def owed_page(caller: Caller) -> Response:
    """Who is owed and who owes in a scheme, by what is known now; nothing is booked."""
    schemes = own_schemes(caller, await schemes_of(caller))
    form = filters_of(caller, "scheme", "since")
    since = form._replace(said={"since": form.text("since")})
    found = Listed(since, [])
    if form.text("scheme"):  # everybody is worked out anew, so only where it is asked for
        path = f"/schemes/{form.whole('scheme')}/owed"
        found = await listed(
            caller, path, since, {"scheme": form.text("scheme")}, most=_OWED_AT_A_TIME
        )
    kept = found.form._replace(said={**form.said})
    shown = {"form": kept, "listed": found, "schemes": schemes}
    return caller.page("cases/owed.html", shown, found.status)


def _sums(differences: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What later settlements come to otherwise in all, by fund and for the person."""
    funds: dict[str, int] = {}
    bears = 0
    for one in differences:
        bears += fen_of(one["person"])
        for fund, amount in one["payments"].items():
            funds[fund] = funds.get(fund, 0) + fen_of(amount)
    return {
        "funds": {fund: format_yuan(fen) for fund, fen in funds.items() if fen},
        "bears": format_yuan(bears),
    }  # fmt: skip
