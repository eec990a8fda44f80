"""The trail: who did what, who saw what, and whether both are as they were written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.responses import Response

from gongji.book.acts import in_china
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.lists import filters_of, listed
from gongji.web.money.named import BROUGHT, service_titles
from gongji.wording import Bilingual

__all__ = ["audit_page", "chains_page"]

_OUTCOMES = {
    "done": Bilingual("已查看", "seen"),
    "tried": Bilingual("只是试算", "tried only"),
    "not_allowed": Bilingual("无权，被拒绝", "refused: not allowed"),
}


@for_callers("auditor")
async def audit_page(caller: Caller) -> Response:
    """What was done, or what was seen; by user, day, service, or person."""
    form = filters_of(caller, "what", "by", "service", "person", "first", "last")
    sights = form.text("what") == "sights" or bool(form.text("person"))
    titles = service_titles()
    names = ("by", "service", "person", "first", "last") if sights else (
        "by", "service", "first", "last"
    )  # fmt: skip
    said = {name: form.text(name) for name in names}
    path = "/sights" if sights else "/acts"
    what = {"what": "sights" if sights else "acts"}
    found = await listed(caller, path, form._replace(said=said), what, order="newest")
    shown = {
        "form": found.form._replace(said={**form.said, **what}), "sights": sights,
        "listed": found, "titles": titles, "outcomes": _OUTCOMES,
        "called": {**BROUGHT, **titles},
        "at": lambda text: f"{in_china(datetime.fromisoformat(text)):%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip
    return caller.page("money/audit.html", shown, found.status)


@for_callers("auditor")
async def chains_page(caller: Caller) -> Response:
    """Whether the chains of what was done and seen hold; every link is looked at."""
    found: Any = await caller.door.get("/chains")
    return caller.page("money/chains.html", {"chains": found})
