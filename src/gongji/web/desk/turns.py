"""Turns of life: retired, moved, approved for aid, died; what follows is shown before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gongji.book.persons.set_elsewhere import AID_FACTS
from gongji.policy.model import Fact, Policy
from gongji.policy.reach import reached_by_question
from gongji.web.desk.asked import beside, said_facts
from gongji.web.desk.whose import whose
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.wording import Bilingual

__all__ = [
    "approvals_page", "death_page", "end_approval_page", "retirement_page", "top_up_page",
    "transfer_in_page", "transfer_out_page",
]  # fmt: skip


@for_callers("clerk")
async def retirement_page(caller: Caller) -> Response:
    """Assess a person for retirement: first what the policy answers, then it is written down."""
    who = await whose(caller)
    policy, day = who.policy(caller.library, caller.today)
    facts = _asked_at(policy, "retirement", "top_up")
    shown: dict[str, Any] = {
        "whose": who, "policy": policy, "day": day, "facts": facts, "ahead": None,
    }  # fmt: skip
    template, form = "desk/retirement.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    body = {
        "day": form.day("day") or "", "months_paid": form.whole("months_paid"),
        "facts": said_facts(form, facts),
    }  # fmt: skip
    doing = form.text("step") == "do"
    try:
        found = await caller.door.send(
            "POST", f"/persons/{who.number}/retirement", body, form.once,
            **({} if doing else {"try": "yes"}),
        )  # fmt: skip
    except Turned as turned:
        return caller.refuse(beside(caller, turned, policy, facts), template, shown)
    if not doing:
        return caller.page(template, {**shown, "ahead": found})
    if found["due"] is not None:
        return caller.go(
            f"/desk/persons/{who.number}/retirement/top-up?amount={found['due']}",
            Bilingual(f"已核定：一次性补缴 {found['due']} 元后退休。",
                      f"Assessed: retired once {found['due']} yuan are paid."),
        )  # fmt: skip
    return caller.go(f"/desk/persons/{who.number}", _assessed(found))


@for_callers("clerk")
async def top_up_page(caller: Caller) -> Response:
    """Take the lump sum for missing months."""
    who = await whose(caller)
    policy, day = who.policy(caller.library, caller.today)
    facts = _asked_at(policy, "retirement", "top_up")
    amount = caller.asked("amount") or ""
    shown = {"whose": who, "day": day, "facts": facts, "amount": amount}
    template, form = "desk/top_up.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    body = {
        "day": form.day("day") or "", "amount": form.amount("amount") or "",
        "facts": said_facts(form, facts),
    }  # fmt: skip
    path = f"/persons/{who.number}/retirement/top-up"
    try:
        found = await caller.door.send("POST", path, body, form.once)
    except Turned as turned:
        return caller.refuse(beside(caller, turned, policy, facts), template, shown)
    return caller.go(f"/desk/persons/{who.number}", _assessed(found))


@for_callers("clerk")
async def death_page(caller: Caller) -> Response:
    """Write a death down, once it was shown what it ends and what is to be looked at."""
    who = await whose(caller)
    shown: dict[str, Any] = {"whose": who, "ahead": None}
    template, form = "desk/death.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    body = {"day": form.day("day") or ""}
    doing = form.text("step") == "do"
    path = f"/persons/{who.number}/death"
    try:
        found = await caller.door.send(
            "POST", path, body, form.once, **({} if doing else {"try": "yes"})
        )
    except Turned as turned:
        return caller.refuse(turned, template, shown)
    if not doing:
        return caller.page(template, {**shown, "ahead": {**found, **body}})
    return caller.go(
        f"/desk/persons/{who.number}",
        Bilingual(f"已登记：{body['day']} 死亡，参保关系到这一天为止。",
                  f"Written down: died on {body['day']}, insured until then."),
    )  # fmt: skip


@for_callers("clerk", "supervisor")
async def transfer_out_page(caller: Caller) -> Response:
    """End a membership and issue the record, once it was shown what leaves with it."""
    who = await whose(caller)
    policy, day = who.policy(caller.library, caller.today)
    facts = _asked_at(policy, "refund")
    shown: dict[str, Any] = {"whose": who, "facts": facts, "day": day, "ahead": None}
    template, form = "desk/transfer_out.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    body = {
        "last": form.day("last") or "", "other": form.text("other"),
        "months_paid": form.whole("months_paid"), "balance": form.text("balance"),
        "facts": said_facts(form, facts), "basis": form.given("basis"),
    }  # fmt: skip
    doing = form.text("step") == "do"
    path = f"/persons/{who.number}/transfers-out"
    try:
        found = await caller.door.send(
            "POST", path, body, form.once, **({} if doing else {"try": "yes"})
        )
    except Turned as turned:
        return caller.refuse(beside(caller, turned, policy, facts), template, shown)
    if not doing:
        return caller.page(template, {**shown, "ahead": found})
    done = Bilingual(f"已转出到{body['other']}。", f"Transferred out to {body['other']}.")
    return caller.go(f"/desk/persons/{who.number}", done)


@for_callers("clerk")
async def transfer_in_page(caller: Caller) -> Response:
    """Take the record of a person who came from another area, and what came along."""
    who = await whose(caller)
    policy, day = who.policy(caller.library, caller.today)
    before = await caller.door.get(f"/persons/{who.number}/transfers", most=200)
    shown = {"whose": who, "day": day, "before": before["items"], "policy": policy}
    template, form = "desk/transfer_in.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    body = {
        "scheme": who.member and who.member["scheme"], "other": form.text("other"),
        "months_paid": form.whole("months_paid"), "previous_end": form.day("previous_end") or "",
        "arrived": form.day("arrived") or "", "amount": form.amount("amount") or "0.00",
    }  # fmt: skip
    path = f"/persons/{who.number}/transfers-in"
    try:
        await caller.door.send("POST", path, body, form.once)
    except Turned as turned:
        return caller.refuse(turned, template, shown)
    done = Bilingual(f"已从{body['other']}转入。", f"Transferred in from {body['other']}.")
    return caller.go(f"/desk/persons/{who.number}", done)


@for_callers("clerk")
async def approvals_page(caller: Caller) -> Response:
    """Write down that an office approved aid for a person, from a day on."""
    return await _approvals(caller, None)


@for_callers("clerk")
async def end_approval_page(caller: Caller) -> Response:
    """End an approval of aid with its last day."""
    return await _approvals(caller, caller.number("approval"))


async def _approvals(caller: Caller, ending: int | None) -> Response:
    path = f"/persons/{caller.number('person')}/approvals"
    who, found = await asyncio.gather(whose(caller), caller.door.get(path, most=200))
    policy, day = who.policy(caller.library, caller.today)
    facts = tuple(policy.facts[name] for name in AID_FACTS if name in policy.facts)
    shown: dict[str, Any] = {
        "whose": who, "facts": facts, "day": day, "approvals": found["items"], "ending": ending,
        "policy": policy,
    }  # fmt: skip
    template, form = "desk/approvals.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    here = f"/desk/persons/{who.number}/approvals"
    try:
        if ending is not None:
            body: Mapping[str, Any] = {"last": form.day("last") or ""}
            await caller.door.send("POST", f"/approvals/{ending}/end", body, form.once)
            return caller.go(here, Bilingual("认定已结束。", "The approval is ended."))
        body = {
            "facts": said_facts(form, facts), "since": form.day("since") or "",
            "until": form.day("until"), "office": form.text("office"),
            "reference": form.text("reference"),
        }  # fmt: skip
        await caller.door.send("POST", f"/persons/{who.number}/approvals", body, form.once)
    except Turned as turned:
        return caller.refuse(beside(caller, turned, policy, facts), template, shown)
    return caller.go(here, Bilingual("认定已登记。", "The approval is written down."))


def _asked_at(policy: Policy, *services: str) -> tuple[Fact, ...]:
    """What some services ask for that the book does not fill in and nobody enrols with."""
    found: dict[str, None] = {}
    for one in (one for name in services for one in policy.services.get(name, ())):
        names = reached_by_question(policy, policy.questions[one.question])
        found |= dict.fromkeys(name for name in names if name not in {*one.fill, *one.say})
    filled = {fact for some in policy.services.values() for one in some for fact in one.fill}
    return tuple(
        policy.facts[name] for name in found if name in policy.facts and name not in filled
    )


def _assessed(found: Mapping[str, Any]) -> Bilingual:
    """What became of an assessment."""
    if found["since"] is not None:
        return Bilingual(f"已核定，自 {found['since']} 起退休。",
                         f"Assessed: retired from {found['since']} on.")  # fmt: skip
    because = found["because"] or {"zh": "", "en": ""}
    return Bilingual(
        f"已核定：现在不能退休。{because['zh']}", f"Assessed: no retirement now. {because['en']}"
    )
