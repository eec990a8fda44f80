"""What is due of a person and what arrived: declared, taken back, received, one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gongji.money import parse_yuan
from gongji.web.desk.asked import asked_to_declare, beside, payers_of, said_facts, shares_of
from gongji.web.desk.whose import whose
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.every import every
from gongji.web.form import Form
from gongji.wording import Bilingual

__all__ = [
    "carry_over_page",
    "declare_page",
    "dues_page",
    "receive_page",
    "take_back_page",
    "withdraw_page",
]

_TEMPLATE = "desk/dues.html"


@for_callers("clerk", "supervisor", "auditor")
async def dues_page(caller: Caller) -> Response:
    """What is due of a person, and what of it has arrived; a clerk declares and receives."""
    return caller.page(_TEMPLATE, await _shown(caller))


@for_callers("clerk")
async def declare_page(caller: Caller) -> Response:
    """Declare what is due for a month or a year."""
    shown, form = await _shown(caller), caller.form
    amounts = {name: form.amount(f"amounts.{name}") for name in shown["shares"]}
    said = {name: one for name, one in amounts.items() if one is not None}
    body = {
        "scheme": shown["whose"].member["scheme"], "period": form.text("period"),
        "facts": said_facts(form, shown["facts"]), "amounts": said or None,
    }  # fmt: skip
    number = shown["whose"].number
    try:
        await caller.door.send("POST", f"/persons/{number}/dues", body, form.once)
    except Turned as turned:
        return _again(
            caller, beside(caller, turned, shown["policy"], shown["facts"]), shown, "declaring"
        )
    return caller.go(
        f"/desk/persons/{number}/dues",
        Bilingual(f"{body['period']} 已申报。", f"{body['period']} is declared."),
    )


@for_callers("clerk")
async def receive_page(caller: Caller) -> Response:
    """Book money that arrived for some of what is due."""
    shown, form = await _shown(caller), caller.form
    dues = form.numbers("dues")
    body = {
        "scheme": shown["whose"].member["scheme"], "arrived": form.day("arrived") or "",
        "amount": form.amount("amount") or "", "dues": dues,
    }  # fmt: skip
    try:
        found = await caller.door.send("POST", "/receipts", body, form.once)
    except Turned as turned:
        return _again(caller, turned, shown, "receiving")
    number = found["receipt"]
    return caller.go(
        f"/desk/persons/{shown['whose'].number}/dues",
        Bilingual(f"已登记到账 A{number}，{body['amount']} 元。",
                  f"Receipt A{number} of {body['amount']} yuan is booked."),
    )  # fmt: skip


@for_callers("clerk")
async def carry_over_page(caller: Caller) -> Response:
    """Write down what a person had paid before the book began."""
    shown, form = await _shown(caller), caller.form
    body = {
        "scheme": shown["whose"].member["scheme"], "first_paid": form.day("first_paid") or "",
        "through": form.text("through"), "months": form.whole("months"),
    }  # fmt: skip
    number = shown["whose"].number
    try:
        await caller.door.send("POST", f"/persons/{number}/carry-over", body, form.once)
    except Turned as turned:
        return _again(caller, turned, shown, "carrying")
    return caller.go(
        f"/desk/persons/{number}/dues",
        Bilingual(f"已登记既往缴费：到 {body['through']} 共 {body['months']} 个月。",
                  f"Written down: {body['months']} months paid through {body['through']}."),
    )  # fmt: skip


@for_callers("clerk")
async def withdraw_page(caller: Caller) -> Response:
    """Take back what was declared and has not arrived."""
    due = caller.number("due")
    try:
        await caller.door.send("POST", f"/dues/{due}/withdraw", None, caller.form.once)
    except Turned as turned:
        return _again(caller, turned, await _shown(caller), "declaring")
    return caller.go(
        f"/desk/persons/{caller.number('person')}/dues",
        Bilingual("申报已撤回。", "The declaration is taken back."),
    )


@for_callers("clerk")
async def take_back_page(caller: Caller) -> Response:
    """Take a receipt back, such as a payment that bounced."""
    number = caller.number("receipt")
    await caller.door.send("POST", f"/receipts/{number}/take-back", None, caller.form.once)
    done = Bilingual(f"到账 A{number} 已退回。", f"Receipt A{number} is taken back.")
    return caller.go(f"/desk/receipts/{number}", done)


async def _shown(caller: Caller) -> dict[str, Any]:
    """The page: the dues, latest first, and forms that say nothing yet."""
    who = await whose(caller)
    policy, day = who.policy(caller.library, caller.today)
    declared = await every(caller.door, f"/persons/{who.number}/dues")
    dues = [{**one, **_sums(one)} for one in declared]
    dues.sort(key=lambda one: (one["period"], one["due"]), reverse=True)
    return {
        "whose": who, "policy": policy, "day": day, "dues": dues,
        "open": [one for one in reversed(dues) if one["unpaid"] and not one["withdrawn"]],
        "facts": asked_to_declare(policy), "shares": shares_of(policy),
        "payers": payers_of(policy),
        "declaring": Form(), "receiving": Form(), "carrying": Form(),
    }  # fmt: skip


def _sums(due: Mapping[str, Any]) -> dict[str, int]:
    """What is due in all, and what of it is waited for, in fen; government's is not."""
    fen = {name: parse_yuan(text, name) for name, text in due["shares"].items()}
    left = {name: one for name, one in fen.items() if name not in due["paid"]}
    left.pop("government", None)
    return {"total": sum(fen.values()), "unpaid": sum(left.values())}


def _again(caller: Caller, turned: Turned, shown: Mapping[str, Any], which: str) -> Response:
    """The page with the form that was refused as it was typed, and the other one empty."""
    caller.form = caller.form.refused(turned)
    return caller.page(_TEMPLATE, {**shown, which: caller.form, "form": Form()}, turned.status)
