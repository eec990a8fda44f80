"""What waits at the desk, the box that finds anybody, and the list of persons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.responses import Response

from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.wording import Bilingual

__all__ = ["find_page", "home_page", "persons_page"]


class Task(NamedTuple):
    """What waits: its title, what is to be done, where, and how many there are of it."""

    title: Bilingual
    hint: Bilingual
    address: str
    many: int


_TASKS: Mapping[str, tuple[Bilingual, Bilingual, str]] = {
    "claims_to_check": (
        Bilingual("报销待审核", "Claims to check"),
        Bilingual("材料齐不齐、能不能报", "are the papers complete, is it covered"),
        "/desk/claims?state=received",
    ),
    "claims_to_settle": (
        Bilingual("报销待结算", "Claims to settle"),
        Bilingual("审核通过，算出应付", "accepted; work out what is paid"),
        "/desk/claims?state=accepted",
    ),
    "claims_to_pay": (
        Bilingual("报销待支付", "Claims to pay"),
        Bilingual("已结算，由主管支付", "settled; a supervisor pays them"),
        "/desk/claims?state=settled",
    ),
    "claims_returned": (
        Bilingual("报销已退回，等补件", "Claims returned"),
        Bilingual("等参保人补材料", "waiting for papers of the person"),
        "/desk/claims?state=returned",
    ),
    "registrations_pending": (
        Bilingual("登记待补材料", "Registrations that lack papers"),
        Bilingual("补齐即生效", "in force once they are complete"),
        "/desk/registrations?state=pending",
    ),
    "own_codes_to_judge": (
        Bilingual("院内编码待审核", "Hospitals' own codes to judge"),
        Bilingual("医院报来的对照", "what hospitals say their codes stand for"),
        "/desk/own-codes",
    ),
    "visits_unsettled": (
        Bilingual("就诊未结算", "Visits not settled"),
        Bilingual("已登记，还没有结算", "begun, and not settled yet"),
        "/desk/visits?state=open",
    ),
    "reconciliations_apart": (
        Bilingual("对账有差异", "Reconciliations with differences"),
        Bilingual("机构与账册不一致", "an institution and the book are apart"),
        "/desk/reconciliation",
    ),
    "years_to_close": (
        Bilingual("年度待年结", "Years to close"),
        Bilingual("已过完的年度", "years that are over"),
        "/desk/money/years",
    ),
}


@for_callers("institution", "clerk", "supervisor", "auditor")
async def home_page(caller: Caller) -> Response:
    """What waits for whoever is signed in."""
    found = (await caller.door.get("/waiting"))["items"]
    tasks = [Task(*_TASKS[one["kind"]], one["count"]) for one in found]
    return caller.page("desk/home.html", {"tasks": tasks})


_PLACES: Mapping[str, str] = {
    "person": "/desk/persons/{}",
    "visit": "/desk/visits/{}",
    "settlement": "/settlements/{}",
    "claim": "/desk/claims/{}",
    "registration": "/desk/registrations/{}",
    "receipt": "/desk/receipts/{}",
}
"""Where what was found is looked at."""


@for_callers("institution", "clerk", "supervisor", "auditor")
async def find_page(caller: Caller) -> Response:
    """Whom or what a text stands for; straight there where it is one thing alone."""
    text = caller.form.text("text")
    shown: dict[str, Any] = {"found": None, "more": False, "text": text}
    part = caller.request.headers.get("hx-request") == "true"
    template = "desk/found_part.html" if part else "desk/found.html"
    if caller.request.method == "GET" or (part and not text):
        return caller.page(template, shown)
    try:
        found = await caller.door.send("POST", "/find", {"text": text})
    except Turned as turned:
        if part and turned.status < 500:
            return caller.page(template, shown)
        return caller.refuse(turned, template, shown)
    hits = [{**one, "address": _address(caller, one)} for one in found["items"]]
    if len(hits) == 1 and not part:
        return caller.go(hits[0]["address"])
    return caller.page(template, {**shown, "found": hits, "more": found["more"]})


def _address(caller: Caller, one: Mapping[str, Any]) -> str:
    """Where to go; an institution begins a visit of the person whose card it holds."""
    if one["kind"] == "person" and caller.who is not None and caller.who.role == "institution":
        return f"/desk/visits/new?person={one['number']}"
    return _PLACES[one["kind"]].format(one["number"])


@for_callers("clerk", "supervisor", "auditor")
async def persons_page(caller: Caller) -> Response:
    """Persons of the area, a page at a time, masked."""
    found = await caller.door.get("/persons", after=caller.asked("after"), most=50)
    return caller.page("desk/persons.html", {"found": found})
