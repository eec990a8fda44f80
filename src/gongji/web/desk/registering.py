"""Registrations: what is asked, which papers, what it would grant and change; then applied for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.responses import Response

from gongji.policy.model import Policy, Question
from gongji.web.desk.asked import asked_by, beside, granting, papers_of, resting_on, said_facts
from gongji.web.desk.effect import TYPICAL, Effect, effect_of
from gongji.web.desk.whose import Whose, latest_day, whose
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.names import institutions_of, schemes_of
from gongji.wording import Bilingual, Refused

__all__ = ["apply_page", "bring_page", "end_page", "registration_page", "registrations_page"]

_STATES = ("pending", "in_force", "ended")


@for_callers("clerk", "supervisor", "auditor")
async def registrations_page(caller: Caller) -> Response:
    """Registrations of the area, those that lack papers first."""
    state = caller.asked("state") or "pending"
    if state not in (*_STATES, "all"):
        state = "pending"
    found = await caller.door.get(
        "/registrations", state=None if state == "all" else state, after=caller.asked("after")
    )
    shown = {"found": found, "state": state, "titles": await _titles(caller)}
    return caller.page("desk/registrations.html", shown)


@for_callers("clerk")
async def apply_page(caller: Caller) -> Response:
    """Choose what to apply for, answer its question, tick the papers; tried, then done."""
    who = await whose(caller)
    library, form = caller.library, caller.form
    policy, day = who.policy(library, caller.today)
    said_day = form.day("day") or caller.asked("day")
    policy, day = _policy_on(caller, who, said_day) or (policy, day)
    name = form.given("question") or caller.asked("question")
    chosen = next((one for one in granting(policy) if one.name == name), None)
    if chosen is None:
        shown = {"whose": who, "questions": granting(policy), "policy": policy}
        return caller.page("desk/apply_choose.html", shown)
    return await _applied(caller, who, policy, chosen, day)


async def _applied(
    caller: Caller, who: Whose, policy: Policy, question: Question, day: date
) -> Response:
    form, template = caller.form, "desk/apply.html"
    questions = resting_on(policy, question)
    every = asked_by(policy, questions)
    known, institutions = await asyncio.gather(
        caller.door.get(f"/persons/{who.number}/facts", day=day),
        institutions_of(caller),
    )
    there = {one.name for one in every} & {*known["facts"]}
    facts = tuple(one for one in every if one.name not in there)
    shown: dict[str, Any] = {
        "whose": who, "policy": policy, "question": question, "day": day,
        "facts": [one for one in facts if one.default is None],
        "more": [one for one in facts if one.default is not None],
        "known": [policy.facts[name] for name in sorted(there)], "on_record": known["facts"],
        "papers": papers_of(policy, questions), "at": _places(question),
        "institutions": institutions, "ahead": None, "effect": None,
    }  # fmt: skip
    if caller.request.method == "GET":
        return caller.page(template, shown)
    body = {
        "question": question.name, "day": form.day("day") or "", "facts": said_facts(form, facts),
        "papers": list(form.several.get("papers", ())), "area": form.text("area"),
        "institutions": form.text("institutions").replace(",", " ").replace("，", " ").split(),
    }  # fmt: skip
    path = f"/persons/{who.number}/registrations"
    try:
        if form.text("step") == "do":
            done = await caller.door.send("POST", path, body, form.once)
            return caller.go(f"/desk/registrations/{done['registration']}", _outcome(done))
        ahead = await caller.door.send("POST", path, body, form.once, **{"try": "yes"})
        granted = await _granted(caller, path, body, ahead)
    except Turned as turned:
        return caller.refuse(beside(caller, turned, policy, facts), template, shown)
    effect = _effect(caller, who, policy, day, known["facts"], granted)
    return caller.page(template, {**shown, "ahead": ahead, "effect": effect, "granted": granted})


@for_callers("clerk", "supervisor", "auditor")
async def registration_page(caller: Caller) -> Response:
    """A registration: how it stands, what it sets, what it lacks."""
    return caller.page("desk/registration.html", await _registration(caller))


@for_callers("clerk")
async def bring_page(caller: Caller) -> Response:
    """Bring papers that lacked; a day that was said before can be said anew with them."""
    number, form = caller.number("registration"), caller.form
    shown = await _registration(caller)
    body = {
        "day": form.day("day") or "", "papers": list(form.several.get("papers", ())),
        "facts": said_facts(form, shown["days"]),
    }  # fmt: skip
    try:
        path = f"/registrations/{number}/papers"
        found = await caller.door.send("POST", path, body, form.once)
    except Turned as turned:
        turned = beside(caller, turned, shown["policy"], shown["days"])
        return caller.refuse(turned, "desk/registration.html", shown)
    return caller.go(f"/desk/registrations/{number}", _outcome(found))


@for_callers("clerk")
async def end_page(caller: Caller) -> Response:
    """End a registration with its last day, or withdraw one that is pending."""
    number, form = caller.number("registration"), caller.form
    body = {"last": form.day("last") or ""}
    try:
        await caller.door.send("POST", f"/registrations/{number}/end", body, form.once)
    except Turned as turned:
        return caller.refuse(turned, "desk/registration.html", await _registration(caller))
    done = Bilingual("登记已结束。", "The registration is ended.")
    return caller.go(f"/desk/registrations/{number}", done)


# --- within --------------------------------------------------------------------------------------


async def _registration(caller: Caller) -> dict[str, Any]:
    number = caller.number("registration")
    found = await caller.door.get(f"/registrations/{number}")
    caller.request.path_params["person"] = str(found["person"])
    who = await whose(caller)
    policy, day = who.policy(caller.library, caller.today)
    question = policy.questions.get(found["question"])
    asked = () if question is None else asked_by(policy, resting_on(policy, question))
    return {
        "days": [one for one in asked if one.kind == "date" and one.default is None],
        "whose": who, "registration": found, "policy": policy, "day": day, "question": question,
        "titles": await _titles(caller),
    }  # fmt: skip


async def _granted(
    caller: Caller, path: str, body: Mapping[str, Any], ahead: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What it sets; of one that would wait for papers, what it would set with them."""
    if ahead["state"] != "pending":
        return ahead
    papers = {*body["papers"], *(one["names"][0] for one in ahead["missing"])}
    whole = {**body, "papers": sorted(papers)}
    found: Mapping[str, Any] = await caller.door.send(
        "POST", path, whole, caller.form.once, **{"try": "yes"}
    )
    return found


def _effect(
    caller: Caller, who: Whose, policy: Policy, day: date, known: Mapping[str, Any],
    granted: Mapping[str, Any],
) -> Effect | None:  # fmt: skip
    """The effect on a bill, of the amount and the kind that were said for it."""
    form = caller.form
    bill = {
        name.removeprefix("bill."): text.strip()
        for name, text in form.said.items()
        if name.startswith("bill.") and text.strip() and name.removeprefix("bill.") in policy.facts
    }
    since = granted["since"]
    on = max(day, date.fromisoformat(since)) if since else day
    if not policy.in_force.covers(on):
        on = day
    parameters = {} if who.scheme is None else who.scheme.parameters
    amount = form.amount("bill_amount") or TYPICAL
    return effect_of(caller.library, policy, on, parameters, known, granted, bill, amount)


def _policy_on(caller: Caller, who: Whose, said: str | None) -> tuple[Policy, date] | None:
    """The policy on a day that somebody said, where there is one."""
    if said is None or who.scheme is None:
        return None
    try:
        day = date.fromisoformat(said)
        return caller.library.policy(who.scheme.policy, day), day
    except (ValueError, Refused):
        return None


def _places(question: Question) -> set[str]:
    """Whether an institution or an area is named, in any of its cases."""
    return {case.grant.at for case in question.cases if case.grant is not None and case.grant.at}


def _outcome(found: Mapping[str, Any]) -> Bilingual:
    number = found["registration"]
    if found["state"] == "pending":
        zh = "、".join(one["title"]["zh"] for one in found["missing"])
        en = ", ".join(one["title"]["en"] for one in found["missing"])
        return Bilingual(f"登记 R{number} 已受理，待补：{zh}。",
                         f"Registration R{number} waits for: {en}.")  # fmt: skip
    return Bilingual(f"登记 R{number} 已生效，自 {found['since']} 起。",
                     f"Registration R{number} is in force from {found['since']}.")  # fmt: skip


async def _titles(caller: Caller) -> Mapping[str, Bilingual]:
    """Questions of all schemes by name, as people call them."""
    library = caller.library
    found: dict[str, Bilingual] = {}
    for one in (await schemes_of(caller)).values():
        policy = library.policy(one.policy, latest_day(library, one.policy, caller.today))
        found |= {question.name: question.title for question in granting(policy)}
    return found
