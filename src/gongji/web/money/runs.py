"""What runs over a whole area: accounts credited, institutions paid, years closed; tried first."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from gongji.policy.versions import Library
from gongji.web.door import Turned
from gongji.web.entrance.caller import DESK, Caller, for_callers
from gongji.web.form import Form
from gongji.web.lists import filters_of, listed
from gongji.web.money.balances import area_of, month_of
from gongji.web.money.named import fund_title, last_day_booked
from gongji.web.names import own_schemes, schemes_of
from gongji.wording import Bilingual

__all__ = ["credits_page", "payouts_page", "years_page"]

_DAY = timedelta(days=1)


@for_callers("supervisor")
async def credits_page(caller: Caller) -> Response:
    """Credit the personal accounts of a scheme for a month; each person once."""
    schemes = own_schemes(caller, await schemes_of(caller))
    shown: dict[str, Any] = {"schemes": schemes, "run": None}
    template, form = "money/credits.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    month = form.day("month") or ""
    body = {
        "month": f"{month}-01" if len(month) == 7 else month, "day": form.day("day"),
        "after": form.whole("after") or 0,
    }  # fmt: skip
    trial = None if form.text("step") == "do" else "yes"
    path = f"/schemes/{form.text('scheme') or 0}/credits"
    try:
        run = await caller.door.send("POST", path, body, form.once, **{"try": trial})
    except Turned as turned:
        return caller.refuse(turned, template, shown)
    if trial == "yes" or run["last"] is not None:
        return caller.page(template, {**shown, "run": run, "done": trial is None})
    done = Bilingual(f"已为 {run['credited']} 人计入 {run['amount']} 元",
                     f"{run['amount']} yuan credited to {run['credited']} persons")  # fmt: skip
    return caller.go("/desk/money/credits", done)


@for_callers("institution", *DESK)
async def payouts_page(caller: Caller) -> Response:
    """What institutions were paid for a month; a supervisor pays them, once it was tried."""
    form = filters_of(caller, "area", "month") if caller.request.method == "GET" else caller.form
    area, areas = await area_of(caller, form)
    if not form.text("month"):
        role = caller.role
        end = caller.today if role == "institution" else await last_day_booked(caller, area)
        before = end.replace(day=1) - _DAY  # a month is paid for once it is over
        form = form._replace(said={"area": area, "month": month_of(before)})
    caller.form = form
    shown: dict[str, Any] = {
        "areas": areas, "area": area, "trial": None, "more": "", "statements": [],
        "role": caller.role, "fund_title": _titles(caller),
    }  # fmt: skip
    template, month = "money/payouts.html", form.text("month")
    if caller.request.method == "POST":
        trial = None if form.text("step") == "do" else "yes"
        body, path = {"month": month}, f"/areas/{area}/payouts"
        try:
            made = await caller.door.send("POST", path, body, form.once, **{"try": trial})
        except Turned as turned:
            return caller.refuse(turned, template, shown)
        if trial is None:
            done = Bilingual(
                f"已向 {made['institutions']} 家机构拨付 {made['paid']} 元",
                f"{made['paid']} yuan paid to {made['institutions']} institutions",
            )
            return caller.go(f"/desk/money/payouts?area={area}&month={month}", done)
        return caller.page(template, {**shown, "trial": made, "statements": made["statements"]})
    found = await listed(
        caller, f"/areas/{area}/statements", Form(said={"month": month}), {"area": area}
    )
    caller.form = found.form._replace(said=form.said)
    return caller.page(
        template, {**shown, "statements": found.items, "more": found.more}, found.status
    )  # fmt: skip


@for_callers(*DESK)
async def years_page(caller: Caller) -> Response:
    """Years that were closed; a supervisor closes one, once it was tried, or opens it again."""
    form = filters_of(caller, "area") if caller.request.method == "GET" else caller.form
    area, areas = await area_of(caller, form)
    template = "money/years.html"
    shown: dict[str, Any] = {
        "areas": areas, "area": area, "trial": None,
        "role": caller.role,
    }  # fmt: skip
    problem: Turned | None = None
    if caller.request.method == "POST":
        try:
            shown["trial"] = trial = await _year_step(caller, area)
        except Turned as turned:
            problem = turned
        else:
            if isinstance(trial, Bilingual):
                return caller.go(f"/desk/money/years?area={area}", trial)
    found, last = await asyncio.gather(
        caller.door.get(f"/areas/{area}/years", most=200), last_day_booked(caller, area)
    )
    shown |= {"closings": found["items"][::-1], "year": last.year}
    return caller.page(template, shown) if problem is None else caller.refuse(
        problem, template, shown
    )  # fmt: skip


async def _year_step(caller: Caller, area: str) -> Any:
    """Close a year, try to, or open it again; words where it was done."""
    form = caller.form
    year, step = form.whole("year"), form.text("step")
    path = f"/areas/{area}/years/{year}"
    if step == "reopen":
        body = {"reason": form.text("reason")}
        await caller.door.send("POST", f"{path}/reopen", body, form.once)
        return Bilingual(f"{year} 年已重新开账", f"{year} is open again")
    trial = None if step == "do" else "yes"
    found = await caller.door.send("POST", f"{path}/close", None, form.once, **{"try": trial})
    if trial is None:
        return Bilingual(f"{year} 年已结账", f"{year} is closed")
    return found


def _titles(caller: Caller) -> Any:
    """What a part of what an institution is due is called: a fund's or the accounts'."""
    library: Library = caller.library
    return lambda name: fund_title(library, name)
