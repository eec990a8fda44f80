"""Claims for what people paid themselves: from papers to payment, and back with the reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

from starlette.responses import Response

from gongji.engine.inputs import read_day
from gongji.policy.model import PAPERS, Policy
from gongji.web.cases.bills import COLUMNS, beside_rows, lines_said, rows_of
from gongji.web.cases.facts import (
    facts_told,
    insuring_on,
    needed_for_claim,
    policy_of,
    with_facts,
)
from gongji.web.cases.visits import known_of_place
from gongji.web.desk.asked import said_facts
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.estimate.questions import Asked
from gongji.web.explained.told import Told, told
from gongji.web.form import Form
from gongji.web.lists import filters_of, listed
from gongji.web.names import facts_in_words, institutions_of, names_of_places
from gongji.wording import Bilingual, Refused

__all__ = ["STATES", "claim_page", "claims_page", "new_claim_page", "notice_page"]

STATES: Mapping[str, Bilingual] = {
    "received": Bilingual("已受理，待审核", "Taken in, to be checked"),
    "returned": Bilingual("已退回，待补件", "Returned, waiting for papers"),
    "accepted": Bilingual("已通过，待结算", "Accepted, to be settled"),
    "settled": Bilingual("已结算，待支付", "Settled, to be paid"),
    "paid": Bilingual("已支付", "Paid"),
    "withdrawn": Bilingual("已退还，不再办理", "Given back"),
}
_BEFORE_SETTLED = ("received", "returned", "accepted")
_ON_THE_WAY = (*_BEFORE_SETTLED, "settled")


@for_callers("clerk", "supervisor", "auditor")
async def claims_page(caller: Caller) -> Response:
    """Claims, by person and by how they stand."""
    found = await listed(caller, "/claims", filters_of(caller, "person", "state"), order="newest")
    shown = {
        "form": found.form, "listed": found, "states": STATES,
        "waited": {one["claim"]: _waited(caller, one) for one in found.items},
    }  # fmt: skip
    return caller.page("cases/claims.html", shown, found.status)


@for_callers("clerk")
async def new_claim_page(caller: Caller) -> Response:
    """Take a claim in: where and when, what the policy asks, the bill, receipts, papers."""
    person, template = caller.number("person"), "cases/new_claim.html"
    who, places = await asyncio.gather(
        caller.door.get(f"/persons/{person}"), institutions_of(caller)
    )
    shown: dict[str, Any] = {
        "person": who, "places": places, "columns": COLUMNS, "rows": rows_of(caller.form),
        "needed": None, "papers": (), "areas": await caller.door.get("/areas", most=200),
    }  # fmt: skip
    if caller.request.method == "GET":
        return caller.page(template, shown)
    form = caller.form
    policy: Policy | None = None
    known: Mapping[str, Any] = {}
    try:
        if form.text("step") == "unlisted":
            return await _unlisted(caller, template, shown)
        policy, known = await _asked(caller, person)
        shown |= _questions(caller, policy, known)
        if form.text("step") == "do":
            return await _take_in(caller, person, policy)
    except Turned as turned:
        names = () if policy is None else policy.facts
        caller.form = beside_rows(with_facts(form, turned, names), caller.words)
        if policy is not None:
            shown |= _questions(caller, policy, known)
        return caller.page(template, shown, turned.status)
    except Refused as refused:
        field = str(refused.details.get("field", ""))
        caller.form = form.wrong_at(field, caller.words(refused.message))
        return caller.page(template, shown, 422)
    return caller.page(template, shown)


@for_callers("clerk", "supervisor", "auditor")
async def claim_page(caller: Caller) -> Response:
    """A claim: how it stands, what it would come to or came to, and the next step."""
    number, checked = caller.number("claim"), None
    if caller.request.method == "POST":
        step = caller.form.text("step")
        try:
            if step == "try":
                checked = await _sent(caller, number, "check", "yes")
            elif step in _STEPS:
                return await _STEPS[step](caller, number)
        except Turned as turned:
            shown = await _shown(caller, number)
            caller.form = with_facts(caller.form, turned, shown["policy"].facts)
            asked = [_open(shown["policy"], name) for name in _named(caller.form, shown["policy"])]
            return caller.page("cases/claim.html", {**shown, "asked": asked}, turned.status)
    shown = await _shown(caller, number)
    shown["checked"] = checked
    return caller.page("cases/claim.html", shown)


@for_callers("clerk", "supervisor", "auditor")
async def notice_page(caller: Caller) -> Response:
    """The notice of return, to be printed: what lacks, why, and where the rule stands."""
    number = caller.number("claim")
    shown = await _shown(caller, number)
    if shown["claim"]["state"] != "returned":
        raise Refused(
            "unknown_notice",
            Bilingual(f"申请 {number} 没有被退回，没有退件通知",
                      f"claim {number} is not returned, so there is no notice"),
        )  # fmt: skip
    return caller.page("cases/notice.html", {**shown, "today": caller.today})


# --- taking in -----------------------------------------------------------------------------------


async def _asked(caller: Caller, person: int) -> tuple[Policy, Mapping[str, Any]]:
    """The policy of the day of care, and what the book knows of the place.  Raises `Refused`."""
    day = read_day(caller.form.day("day") or "", "day")
    members = await caller.door.get(f"/persons/{person}/memberships")
    scheme = insuring_on(members["items"], day)
    if scheme is None:
        raise Refused(
            "not_insured",
            Bilingual(f"此人在 {day} 没有参保", f"the person is not insured on {day}"),
            {"field": "day"},
        )
    policy = await policy_of(caller, scheme, day)
    return policy, await known_of_place(caller, caller.form.text("institution"), day)


def _questions(caller: Caller, policy: Policy, known: Mapping[str, Any]) -> dict[str, Any]:
    day = read_day(caller.form.day("day") or "", "day")
    return {
        "needed": needed_for_claim(caller, policy, day, known), "papers": _papers(policy),
    }  # fmt: skip


def _papers(policy: Policy) -> list[tuple[str, Bilingual]]:
    """The papers that claims can need, by name; those of other questions are left out."""
    titles = policy.facts[PAPERS].values if PAPERS in policy.facts else {}
    wanted = {
        name
        for question in policy.questions.values()
        if any(case.claim for case in question.cases)
        for case in question.cases
        for need in case.needs
        for name in need.names
    }
    return [(name, title) for name, title in titles.items() if name in wanted]


async def _take_in(caller: Caller, person: int, policy: Policy) -> Response:
    form = caller.form
    body = {
        "institution": form.text("institution"), "day": form.day("day"),
        "facts": facts_told(form, policy),
        "lines": [{**line, "facts": {}} for line in lines_said(form)] or [{"facts": {}}],
        "receipts": form.text("receipts").replace("，", " ").replace(",", " ").split(),
        "papers": list(form.several.get("papers", ())),
    }  # fmt: skip
    made = await caller.door.send("POST", f"/persons/{person}/claims", body, form.once)
    done = Bilingual(f"申请 {made['claim']} 已受理", f"claim {made['claim']} is taken in")
    return caller.go(f"/desk/claims/{made['claim']}", done)


async def _unlisted(caller: Caller, template: str, shown: dict[str, Any]) -> Response:
    """Give an institution on no list a code, and go on with it in the form."""
    form = caller.form
    body = {"area": form.text("area"), "name": form.text("name")}
    made = await caller.door.send("POST", "/unlisted-institutions", body, f"{form.once}-place")
    caller.form = form._replace(said={**form.said, "institution": made["code"]})
    return caller.page(template, shown)


# --- one claim -----------------------------------------------------------------------------------


async def _shown(caller: Caller, number: int) -> dict[str, Any]:
    claim = await caller.door.get(f"/claims/{number}")
    day = date.fromisoformat(claim["day"])
    policy, person, names = await asyncio.gather(
        policy_of(caller, claim["scheme"], day), caller.door.get(f"/persons/{claim['person']}"),
        names_of_places(caller.door, [claim["institution"]]),
    )  # fmt: skip
    split, settlement, refused = await _comes_to(caller, claim)
    titles = policy.facts[PAPERS].values if PAPERS in policy.facts else {}
    return {
        "claim": claim, "names": names, "person": person, "policy": policy, "states": STATES,
        "split": split, "settlement": settlement, "refused": refused, "checked": None, "asked": [],
        "facts": facts_in_words(policy, claim["facts"]), "papers": _papers(policy),
        "brought": [titles.get(one, Bilingual(one, one)) for one in claim["papers"]],
        "columns": COLUMNS, "waited": _waited(caller, claim),
        "role": caller.role,
    }  # fmt: skip


async def _comes_to(
    caller: Caller, claim: Mapping[str, Any]
) -> tuple[Told | None, int | None, Turned | None]:
    """What a claim came to, or would now; the settlement that stands; why it cannot be said."""
    get, library = caller.door.get, caller.library
    try:
        if claim["state"] in _BEFORE_SETTLED:
            found = await get(f"/claims/{claim['claim']}/pre-settlement")
            return told(library, found), None, None
        if claim["visit"] is not None:
            visit = await get(f"/visits/{claim['visit']}")
            if visit["settlement"] is not None:
                found = await get(f"/settlements/{visit['settlement']}")
                return told(library, found["explained"]), visit["settlement"], None
    except Turned as turned:
        return None, None, turned
    return None, None, None


def _waited(caller: Caller, claim: Mapping[str, Any]) -> int | None:
    """Days since a claim came in that is still on its way."""
    if claim["state"] not in _ON_THE_WAY:
        return None
    return (caller.today - date.fromisoformat(claim["received"])).days


async def _sent(caller: Caller, number: int, what: str, trial: str | None = None) -> Any:
    path = f"/claims/{number}/{what}"
    return await caller.door.send("POST", path, None, caller.form.once, **{"try": trial})


async def _check(caller: Caller, number: int) -> Response:
    made = await _sent(caller, number, "check")
    if made["state"] == "accepted":
        done = Bilingual("审核通过，可以结算", "accepted; it can be settled")
    else:
        done = Bilingual("已退回，退件通知可以打印", "returned; the notice can be printed")
    return caller.go(f"/desk/claims/{number}", done)


async def _bring(caller: Caller, number: int) -> Response:
    form = caller.form
    claim = await caller.door.get(f"/claims/{number}")
    policy = await policy_of(caller, claim["scheme"], date.fromisoformat(claim["day"]))
    facts = said_facts(form, policy.facts.values())
    body = {"papers": list(form.several.get("papers", ())), "facts": facts}
    await caller.door.send("POST", f"/claims/{number}/papers", body, form.once)
    done = Bilingual("材料已补，请再审核", "the papers are in; check the claim again")
    return caller.go(f"/desk/claims/{number}", done)


async def _settle(caller: Caller, number: int) -> Response:
    await _sent(caller, number, "settlement")
    done = Bilingual("已结算，等主管支付", "settled; a supervisor pays it")
    return caller.go(f"/desk/claims/{number}", done)


async def _pay(caller: Caller, number: int) -> Response:
    made = await _sent(caller, number, "payment")
    done = Bilingual(f"已支付，共 {made['paid']} 元", f"paid, {made['paid']} yuan in all")
    return caller.go(f"/desk/claims/{number}", done)


async def _give_back(caller: Caller, number: int) -> Response:
    await _sent(caller, number, "withdraw")
    done = Bilingual("申请已退还，票据可以再报", "given back; its receipts can be claimed again")
    return caller.go(f"/desk/claims/{number}", done)


def _named(form: Form, policy: Policy) -> list[str]:
    """The facts that a refusal was about."""
    names = [name.removeprefix("facts.") for name in form.wrong]
    return [name for name in dict.fromkeys(names) if name in policy.facts]


def _open(policy: Policy, name: str) -> Asked:
    return Asked(policy.facts[name], "", "open")


_STEPS: Mapping[str, Callable[[Caller, int], Awaitable[Response]]] = {
    "check": _check, "bring": _bring, "settle": _settle, "pay": _pay, "give-back": _give_back,
}  # fmt: skip
