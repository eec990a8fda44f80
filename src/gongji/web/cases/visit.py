"""One visit: its bill by amounts or by codes, what it comes to, settled, paid by a relative."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any

from starlette.responses import Response

from gongji.money import format_yuan, parse_yuan
from gongji.web.amounts import fen_of
from gongji.web.cases.bills import COLUMNS, beside_rows, lines_said, rows_of
from gongji.web.cases.facts import policy_of
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.explained.told import Told, told
from gongji.web.names import facts_in_words, names_of_places
from gongji.wording import Bilingual, Refused

__all__ = ["items_page", "visit_page"]

_TEMPLATE = "cases/visit.html"


@for_callers("institution", "clerk", "supervisor", "auditor")
async def visit_page(caller: Caller) -> Response:
    """A visit with its lines and what it comes to; what is done with it, is done here."""
    number = caller.number("visit")
    trial = None
    if caller.request.method == "POST":
        step = _STEPS.get(caller.form.text("step"))
        try:
            if step is not None:
                return await step(caller, number)
            if caller.form.text("step") == "code-try":
                trial = await _coded(caller, number, "yes")
            if caller.form.text("step") == "family-try":
                trial = await _family_trial(caller, number)
        except Turned as turned:
            caller.form = beside_rows(caller.form.refused(_by_last_name(turned)), caller.words)
            shown = await _shown(caller, number, None)
            return caller.page(_TEMPLATE, shown, turned.status)
    return caller.page(_TEMPLATE, await _shown(caller, number, trial))


@for_callers("institution", "clerk", "supervisor", "auditor")
async def items_page(caller: Caller) -> Response:
    """Items of the catalogue by code, by words of the name or its initials."""
    text = caller.asked("text") or caller.asked("code") or ""
    found = await caller.door.get("/items", text=text[:100], day=caller.asked("day"), most=20)
    part = caller.request.headers.get("hx-request") == "true"
    template = "cases/item_options.html" if part else "cases/items.html"
    return caller.page(template, {"items": found["items"], "text": text})


async def _shown(caller: Caller, number: int, trial: Any) -> dict[str, Any]:
    """Everything of a visit that its reader may see."""
    get, path = caller.door.get, f"/visits/{number}"
    visit, lines, coded, entries = await asyncio.gather(
        get(path),
        get(f"{path}/lines", most=200),
        get(f"{path}/coded-lines", most=200),
        get(f"{path}/entries", most=200),
    )
    policy, names = await asyncio.gather(
        policy_of(caller, visit["scheme"], date.fromisoformat(visit["day"])),
        names_of_places(caller.door, [visit["institution"]]),
    )
    standing = [one for one in lines["items"] if not one["withdrawn"]]
    split, refused = await _comes_to(caller, visit, standing)
    cash = _cash_due(split, entries["items"]) if split and visit["settlement"] else 0
    role = caller.role
    return {
        "visit": visit, "names": names, "lines": standing, "coded": coded["items"],
        "entries": entries["items"],
        "facts": facts_in_words(policy, visit["facts"]), "policy": policy, "split": split,
        "refused": refused, "trial": trial, "columns": COLUMNS, "rows": rows_of(caller.form),
        "desk": role in ("institution", "clerk"), "role": role, "cash": cash,
    }  # fmt: skip


async def _comes_to(
    caller: Caller, visit: Mapping[str, Any], lines: Sequence[Any]
) -> tuple[Told | None, Turned | None]:
    """What a visit came to, or would now; why it cannot be said."""
    try:
        if visit["settlement"] is not None:
            found = await caller.door.get(f"/settlements/{visit['settlement']}")
            return told(caller.library, found["explained"]), None
        if lines and not visit["withdrawn"]:
            found = await caller.door.get(f"/visits/{visit['visit']}/pre-settlement")
            return told(caller.library, found), None
    except Turned as turned:
        return None, turned
    return None, None


async def _add_lines(caller: Caller, number: int) -> Response:
    said = {"lines": [{**line, "facts": {}} for line in lines_said(caller.form)]}
    await caller.door.send("POST", f"/visits/{number}/lines", said, caller.form.once)
    return _on(caller, number, Bilingual("明细已录入", "the lines are on the bill"))


async def _drop_line(caller: Caller, number: int) -> Response:
    body = {"lines": [caller.form.whole("line")]}
    await caller.door.send("POST", f"/visits/{number}/lines/withdraw", body, caller.form.once)
    return _on(caller, number, Bilingual("明细已撤回", "the line is taken back"))


async def _coded(caller: Caller, number: int, trial: str | None) -> Any:
    form = caller.form
    line = {
        "serial": form.text("serial"), "day": form.day("day"), "quantity": form.text("quantity"),
        "price": form.text("price"), "code": form.given("code"), "own": form.given("own"),
        "approved": form.text("approved") == "yes" or None,
    }  # fmt: skip
    said = {"lines": [{name: value for name, value in line.items() if value is not None}]}
    path = f"/visits/{number}/coded-lines"
    return await caller.door.send("POST", path, said, form.once, **{"try": trial})


async def _add_coded(caller: Caller, number: int) -> Response:
    await _coded(caller, number, None)
    return _on(caller, number, Bilingual("明细已录入", "the line is on the bill"))


async def _drop_coded(caller: Caller, number: int) -> Response:
    body = {"serials": [caller.form.text("serial")]}
    path = f"/visits/{number}/coded-lines/withdraw"
    await caller.door.send("POST", path, body, caller.form.once)
    return _on(caller, number, Bilingual("明细已撤回", "the line is taken back"))


async def _settle(caller: Caller, number: int) -> Response:
    path = f"/visits/{number}/settlement"
    made = await caller.door.send("POST", path, None, caller.form.once)
    done = Bilingual(
        f"已结算，结算编号 {made['settlement']}", f"settled, as settlement {made['settlement']}"
    )
    return _on(caller, number, done)


async def _withdraw(caller: Caller, number: int) -> Response:
    await caller.door.send("POST", f"/visits/{number}/withdraw", None, caller.form.once)
    return _on(caller, number, Bilingual("就诊已撤回", "the visit is taken back"))


async def _family(caller: Caller, number: int) -> Response:
    form = caller.form
    body = {"owner": form.whole("owner"), "amount": form.amount("amount")}
    await caller.door.send("POST", f"/visits/{number}/family-payments", body, form.once)
    return _on(caller, number, Bilingual("已用亲属账户支付", "paid out of the relative's account"))


async def _family_trial(caller: Caller, number: int) -> dict[str, str]:
    """What the person still pays in cash after a relative has paid.  Raises `Turned`."""
    visit = await caller.door.get(f"/visits/{number}")
    kept, entries = await asyncio.gather(
        caller.door.get(f"/settlements/{visit['settlement']}"),
        caller.door.get(f"/visits/{number}/entries", most=200),
    )
    cash = _cash_due(told(caller.library, kept["explained"]), entries["items"])
    said = caller.form.amount("amount") or ""
    try:
        amount = parse_yuan(said, "amount")
    except Refused as refused:
        raise _turned(caller.words(refused.message), "amount") from None
    if amount > cash or not amount:
        words = Bilingual(
            f"现金应付 {format_yuan(cash)}，亲属支付应在 0.01 与它之间",
            f"{format_yuan(cash)} is due in cash; a relative pays between 0.01 and that",
        )
        raise _turned(caller.words(words), "amount")
    return {"before": format_yuan(cash), "amount": said, "after": format_yuan(cash - amount)}


def _cash_due(split: Told, entries: Sequence[Mapping[str, Any]]) -> int:
    """What of a settled visit the person still pays in cash, in fen, relatives having paid."""
    return split.person - (split.account or 0) - sum(
        fen_of(one["amount"])
        for entry in entries if entry["kind"].startswith("family_")
        for one in entry["postings"] if one["kind"] == "cash"
    )  # fmt: skip


def _turned(words: str, field: str) -> Turned:
    return Turned(
        {"status": 422, "kind": "bad_input", "title": "", "detail": words, "field": field}
    )  # fmt: skip


def _by_last_name(turned: Turned) -> Turned:
    """With what is wrong of a coded line under the name of its field."""
    turned.fields = {
        **{name.rpartition(".")[2]: words for name, words in turned.fields.items()},
        **turned.fields,
    }
    return turned


def _on(caller: Caller, number: int, done: Bilingual) -> Response:
    return caller.go(f"/desk/visits/{number}", done)


_STEPS: Mapping[str, Callable[[Caller, int], Awaitable[Response]]] = {
    "lines": _add_lines, "drop": _drop_line, "code": _add_coded, "drop-coded": _drop_coded,
    "settle": _settle, "withdraw": _withdraw, "family": _family,
}  # fmt: skip
