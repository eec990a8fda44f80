"""Balances of an area: on a day, from day to day, and the entries behind each."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from gongji.policy.versions import Library
from gongji.web.amounts import fen_of
from gongji.web.door import Turned
from gongji.web.entrance.caller import DESK, Caller, for_callers
from gongji.web.form import Form
from gongji.web.lists import Listed, filters_of, listed
from gongji.web.money.named import account_title, entry_title, last_day_booked

__all__ = ["area_of", "balance_page", "days_page", "entries_page", "visit_entries_page"]


async def area_of(caller: Caller, form: Form) -> tuple[str, list[Any]]:
    """The area that is looked at, and those to choose from."""
    found = await caller.door.get("/areas", most=200)
    own = None if caller.who is None else caller.who.area
    areas = [one for one in found["items"] if own in (None, one["code"])]
    first = areas[0]["code"] if areas else "000000"
    return form.text("area") or first, areas


@for_callers(*DESK)
async def balance_page(caller: Caller) -> Response:
    """The trial balance of an area on a day: what accounts gained and lost comes to the same."""
    form = filters_of(caller, "area", "day")
    area, areas = await area_of(caller, form)
    form = form._replace(
        said={"area": area, "day": form.text("day") or caller.today.isoformat()}
    )  # fmt: skip
    shown: dict[str, Any] = {"areas": areas, "lines": [], "credit": 0, "debit": 0, "form": form}
    try:
        found = await caller.door.get(f"/areas/{area}/trial-balance", day=form.day("day"))
    except Turned as turned:
        return _wrong(caller, form, turned, "money/balance.html", shown)
    library: Library = caller.library
    for one in found["lines"]:
        fen = fen_of(one["amount"])
        shown["credit" if fen > 0 else "debit"] += abs(fen)
        said = {"area": area, "kind": one["kind"], "name": one["name"], "owner": one["owner"]}
        query = urlencode({name: text for name, text in said.items() if text})
        shown["lines"].append((account_title(library, one), fen, query))
    return caller.page("money/balance.html", shown)


@for_callers(*DESK)
async def days_page(caller: Caller) -> Response:
    """What every account gained or lost from day to day; the last month booked, unless asked."""
    form = filters_of(caller, "area", "first", "last")
    area, areas = await area_of(caller, form)
    if not form.text("first") or not form.text("last"):
        end = await last_day_booked(caller, area)
        said = {"area": area, "first": form.text("first") or end.replace(day=1).isoformat(),
                "last": form.text("last") or end.isoformat()}  # fmt: skip
        form = form._replace(said=said)
    days = form._replace(said={name: form.text(name) for name in ("first", "last")})
    found = await listed(caller, f"/areas/{area}/daily-balances", days, {"area": area})
    library: Library = caller.library
    titled = [(account_title(library, one), one) for one in found.items]
    form = found.form._replace(said={"area": area, **days.said})
    shown = {"areas": areas, "titled": titled, "form": form, "more": found.more}
    return caller.page("money/days.html", shown, found.status)


@for_callers(*DESK)
async def entries_page(caller: Caller) -> Response:
    """The entries of an area, such as those on one account."""
    form = filters_of(caller, "area", "first", "last", "kind", "name", "owner")
    area, areas = await area_of(caller, form)
    asked = form._replace(said={name: text for name, text in form.said.items() if name != "area"})
    found = await listed(caller, f"/areas/{area}/entries", asked, {"area": area})
    form = found.form._replace(said={**form.said, "area": area})
    account = {"kind": form.text("kind"), "name": form.text("name"), "owner": form.text("owner")}
    library: Library = caller.library
    shown = {
        "areas": areas, "form": form, "more": found.more,
        "entries": _titled(library, found), "account": account,
        "title": account_title(library, account) if account["kind"] else None,
    }  # fmt: skip
    return caller.page("money/entries.html", shown, found.status)


@for_callers("institution", *DESK)
async def visit_entries_page(caller: Caller) -> Response:
    """The entries of a visit, each balanced."""
    visit = caller.number("visit")
    found = await listed(caller, f"/visits/{visit}/entries", Form())
    library: Library = caller.library
    shown = {"visit": visit, "entries": _titled(library, found), "more": found.more}
    return caller.page("money/visit_entries.html", shown)


def _titled(library: Library, found: Listed) -> list[dict[str, Any]]:
    """Entries with what their kinds and accounts are called, and their sums in fen."""
    return [
        {
            **one, "title": entry_title(one["kind"]),
            "postings": [(account_title(library, line), fen_of(line["amount"]))
                         for line in one["postings"]],
        }
        for one in found.items
    ]  # fmt: skip


def _wrong(
    caller: Caller, form: Form, turned: Turned, template: str, shown: dict[str, Any]
) -> Response:
    """The page with what is wrong about its filter."""
    if not turned.fields:
        raise turned
    shown["form"] = form.refused(turned)
    return caller.page(template, shown, turned.status)


def month_of(day: date) -> str:
    """The month of a day, as it is asked for."""
    return f"{day:%Y-%m}"
