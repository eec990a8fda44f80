"""Persons come, change and go: registered, insured, what is true of them, the end of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gongji.policy.model import Policy
from gongji.web.desk.asked import asked_at_enrolment, asked_of_person, beside, said_facts
from gongji.web.desk.whose import latest_day, whose
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.every import every
from gongji.web.form import whole_of
from gongji.web.names import own_schemes
from gongji.wording import Bilingual, Refused

__all__ = ["end_page", "enrol_page", "facts_page", "membership_page"]


@for_callers("clerk")
async def enrol_page(caller: Caller) -> Response:
    """Write a person down as on the card, and go on to insure them."""
    template, form = "desk/enrol.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, {})
    body = {"identity": form.text("identity"), "name": form.text("name")}
    try:
        found = await caller.door.send("POST", "/persons", body, form.once)
    except Turned as turned:
        return caller.refuse(turned, template, {})
    done = Bilingual("已登记。", "Registered.")
    if found["warning"] is not None:
        done += Bilingual(f"{found['warning']['zh']}。", f" {found['warning']['en']}.")
    return caller.go(f"/desk/persons/{found['person']}/memberships/new", done)


@for_callers("clerk")
async def membership_page(caller: Caller) -> Response:
    """Insure a person in a scheme of the area: what its policy goes by is asked."""
    who, employers = await asyncio.gather(whose(caller), _employers(caller))
    form, template = caller.form, "desk/membership.html"
    theirs = own_schemes(caller, who.schemes)
    said = (form.given("scheme") if form.said else caller.asked("scheme")) or ""
    wanted = whole_of(said) or 0
    chosen = wanted if wanted in theirs else next(iter(theirs))
    library = caller.library
    scheme = theirs[chosen]
    day = latest_day(library, scheme.policy, caller.today)
    policy = library.policy(scheme.policy, day)
    facts = asked_at_enrolment(policy)
    shown: dict[str, Any] = {
        "whose": who, "schemes": theirs, "chosen": chosen, "facts": facts, "employers": employers,
        "day": day,
    }  # fmt: skip
    if caller.request.method == "GET" or form.text("step") == "choose":
        return caller.page(template, shown)
    body = {
        "scheme": chosen, "since": form.day("since") or "", "employer": form.given("employer"),
        "facts": said_facts(form, facts),
    }  # fmt: skip
    try:
        await caller.door.send("POST", f"/persons/{who.number}/memberships", body, form.once)
    except Turned as turned:
        return caller.refuse(beside(caller, turned, policy, facts), template, shown)
    return caller.go(
        f"/desk/persons/{who.number}",
        Bilingual(f"已参保：{scheme.title.zh}。", f"Enrolled: {scheme.title.en}."),
    )


@for_callers("clerk")
async def end_page(caller: Caller) -> Response:
    """End a membership with its last day."""
    who = await whose(caller)
    number = caller.number("membership")
    member = next((one for one in who.memberships if one["membership"] == number), None)
    if member is None:
        raise Refused(
            "unknown_membership",
            Bilingual(f"此人没有编号为 {number} 的参保关系",
                      f"this person has no membership {number}"),
        )  # fmt: skip
    shown = {"whose": who, "member": member, "scheme": who.schemes[member["scheme"]]}
    template, form = "desk/end.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    body = {"last": form.day("last") or ""}
    try:
        await caller.door.send("POST", f"/memberships/{number}/end", body, form.once)
    except Turned as turned:
        return caller.refuse(turned, template, shown)
    return caller.go(
        f"/desk/persons/{who.number}",
        Bilingual(f"已停保，最后一天 {body['last']}。", f"Ended with {body['last']}."),
    )


@for_callers("clerk")
async def facts_page(caller: Caller) -> Response:
    """State what is true of a person from a day on; what was left empty stays as it is."""
    who = await whose(caller)
    policy, day = who.policy(caller.library, caller.today)
    usual = asked_at_enrolment(policy)
    rest = tuple(one for one in asked_of_person(policy) if one not in usual)
    on_record, history = await asyncio.gather(
        caller.door.get(f"/persons/{who.number}/facts", day=day),
        caller.door.get(f"/persons/{who.number}/history"),
    )
    shown = {
        "whose": who, "facts": usual, "rest": rest, "on_record": on_record["facts"], "day": day,
        "history": _history(policy, history["stretches"]),
        "policy": policy,
    }  # fmt: skip
    template, form = "desk/facts.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, shown)
    facts = (*usual, *rest)
    body = {
        "scheme": who.member and who.member["scheme"], "since": form.day("since") or "",
        "until": form.day("until"), "facts": said_facts(form, facts),
    }  # fmt: skip
    try:
        await caller.door.send("POST", f"/persons/{who.number}/facts", body, form.once)
    except Turned as turned:
        return caller.refuse(beside(caller, turned, policy, facts), template, shown)
    words = Bilingual(
        f"已登记，自 {body['since']} 起。已结算的就诊如受影响，由主管重新结算。",
        f"Stated from {body['since']} on. Where settled visits go by it, a supervisor settles "
        "them anew.",
    )
    return caller.go(f"/desk/persons/{who.number}/facts", words)


def _history(policy: Policy, found: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What held from when until when, the latest first, in the words of the policy."""
    rows = [one for one in found if one["name"] in policy.facts]
    return sorted(rows, key=lambda one: str(one["since"]), reverse=True)


async def _employers(caller: Caller) -> list[tuple[str, str]]:
    """Employers and schools of the area, by code."""
    found = await every(caller.door, "/employers")
    return [(one["code"], f"{one['name']}（{one['code']}）") for one in found]
