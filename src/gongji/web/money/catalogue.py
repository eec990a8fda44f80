"""The catalogue: files tried and loaded; what institutions mean by their own codes, judged."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from gongji.web.door import Turned
from gongji.web.entrance.caller import DESK, Caller, for_callers
from gongji.web.files import kept_file, sent_file
from gongji.web.form import Form
from gongji.web.lists import filters_of, listed
from gongji.web.names import institutions_of
from gongji.wording import Bilingual, Refused

__all__ = ["catalogue_page", "own_codes_page"]

_KINDS = (
    ("items", Bilingual("项目", "Items")),
    ("caps", Bilingual("限价", "Price caps")),
    ("rates", Bilingual("先行自付比例", "Shares borne first")),
    ("lists", Bilingual("名录", "Lists")),
)


@for_callers(*DESK)
async def catalogue_page(caller: Caller) -> Response:
    """Lists that no scheme uses; a supervisor loads a file, once it was tried."""
    template = "money/catalogue.html"
    unmapped = await caller.door.get("/catalogue/unmapped-lists")
    shown: dict[str, Any] = {
        "kinds": _KINDS, "unmapped": unmapped["lists"], "trial": None, "kept": None,
        "role": caller.role,
    }  # fmt: skip
    if caller.request.method == "GET":
        return caller.page(template, shown)
    caller.check_role("supervisor")
    path = f"/catalogue/{caller.form.text('kind') or '-'}/file"
    return await _loaded(caller, path, template, shown, "/desk/catalogue")


@for_callers("institution", *DESK)
async def own_codes_page(caller: Caller) -> Response:
    """What an institution means by its codes: it sends them, a clerk judges them."""
    places = await institutions_of(caller)
    asked = filters_of(caller, "institution") if caller.request.method == "GET" else caller.form
    chosen = asked.text("institution") or (places[0].code if places else "-")
    path, here = f"/institutions/{chosen}/own-codes", f"/desk/own-codes?institution={chosen}"
    shown: dict[str, Any] = {
        "places": places, "chosen": chosen, "trial": None, "kept": None,
        "listed": await listed(caller, path, Form()),
        "role": caller.role,
    }  # fmt: skip
    template, form = "money/own_codes.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    if form.text("step") not in ("approve", "turn-down"):
        caller.check_role("institution")
        return await _loaded(caller, f"{path}/file", template, shown, here)
    approved = form.text("step") == "approve"
    numbers = form.numbers("numbers")
    body = {"numbers": numbers, "approved": approved}
    try:
        made = await caller.door.send("POST", f"{path}/judge", body, form.once)
    except Turned as turned:
        return caller.refuse(turned, template, shown)
    words = Bilingual("通过", "approved") if approved else Bilingual("驳回", "turned down")
    done = Bilingual(f"已{words.zh} {made['judged']} 条", f"{made['judged']} {words.en}")
    return caller.go(here, done)


async def _loaded(
    caller: Caller, path: str, template: str, shown: dict[str, Any], then: str
) -> Response:
    """Try a file, and keep it in the page; load it once it was tried."""
    form = caller.form
    try:
        sent = sent_file(form)
    except Refused as refused:
        caller.form = form._replace(wrong={"file": caller.words(refused.message)})
        return caller.page(template, shown, 422)
    trial = None if form.text("step") == "do" else "yes"
    asked = {"file": sent.name, "whole_from": form.day("whole_from"), "try": trial}
    try:
        made = await caller.door.send_file(path, sent.content, sent.media, form.once, **asked)
    except Turned as turned:
        return caller.refuse(turned, template, shown)
    if trial is None:
        done = Bilingual(
            f"已载入 {made['rows']} 行：新增 {made['added']}，结束 {made['ended']}",
            f"{made['rows']} rows: {made['added']} began, {made['ended']} ended",
        )
        return caller.go(then, done)
    return caller.page(template, {**shown, "trial": made, "kept": kept_file(sent)})
