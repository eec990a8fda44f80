"""Visits: looked up, begun with what a bill of the policy needs, settled once all can be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from starlette.responses import Response

from gongji.engine.inputs import read_day
from gongji.policy.model import Policy
from gongji.web.cases.bills import COLUMNS, beside_rows, lines_said, rows_of
from gongji.web.cases.facts import (
    Needed,
    facts_told,
    insuring_on,
    needed_for_bill,
    policy_of,
    with_facts,
)
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.explained.told import told
from gongji.web.form import Form
from gongji.web.lists import filters_of, listed
from gongji.web.names import institutions_of
from gongji.wording import Bilingual, Refused

__all__ = ["STATES", "known_of_place", "new_visit_page", "visits_page"]

STATES = (
    ("open", Bilingual("未结算", "Open")),
    ("settled", Bilingual("已结算", "Settled")),
    ("withdrawn", Bilingual("已撤回", "Withdrawn")),
)


class Whose(NamedTuple):
    """Who had the care, where and when, as far as it is known; what the bill then needs."""

    person: Mapping[str, Any]
    policy: Policy
    day: date
    needed: Needed


@for_callers("institution", "clerk", "supervisor", "auditor")
async def visits_page(caller: Caller) -> Response:
    """Visits, by person, institution, day and how they stand."""
    form = filters_of(caller, "person", "institution", "first", "last", "state")
    found, places = await asyncio.gather(
        listed(caller, "/visits", form, order="newest"), institutions_of(caller)
    )
    shown = {
        "form": found.form, "listed": found, "states": STATES, "places": places,
        "names": {one.code: one.name for one in places},
    }  # fmt: skip
    return caller.page("cases/visits.html", shown, found.status)


@for_callers("institution", "clerk")
async def new_visit_page(caller: Caller) -> Response:
    """Begin a visit: who, then what the bill needs, then what it comes to, then it is written."""
    places = await institutions_of(caller)
    shown: dict[str, Any] = {
        "places": places, "columns": COLUMNS, "rows": 1, "whose": None, "comes_to": None,
    }  # fmt: skip
    template = "cases/new_visit.html"
    if caller.request.method == "GET":
        said = {name: caller.asked(name) or "" for name in ("person", "institution", "day")}
        said["day"] = said["day"] or caller.today.isoformat()
        if caller.who is not None and caller.who.institution is not None:
            said["institution"] = caller.who.institution
        caller.form = Form(said=said)
        return caller.page(template, shown)
    shown["rows"] = rows_of(caller.form)
    whose: Whose | None = None
    try:
        shown["whose"] = whose = await _whose(caller)
        if caller.form.text("step") == "try":
            found = await caller.door.send("POST", "/pre-checks", _bill(caller, whose))
            shown["comes_to"] = told(caller.library, found)
        if caller.form.text("step") == "do":
            return await _begin(caller, whose)
    except Turned as turned:
        names = () if whose is None else whose.policy.facts
        caller.form = beside_rows(with_facts(caller.form, turned, names), caller.words)
        if whose is not None:
            shown["whose"] = await _whose(caller)
        return caller.page(template, shown, turned.status)
    except Refused as refused:
        field = str(refused.details.get("field", ""))
        caller.form = caller.form.wrong_at(field, caller.words(refused.message))
        return caller.page(template, shown, 422)
    return caller.page(template, shown)


async def known_of_place(caller: Caller, institution: str, day: date) -> Mapping[str, Any]:
    """What the book knows of an institution on a day; nothing of one that is not theirs."""
    try:
        found = await caller.door.get(
            f"/institutions/{institution}/facts", day=day.isoformat()
        )  # fmt: skip
    except Turned:
        return {}
    facts: Mapping[str, Any] = found["facts"]
    return facts


async def _whose(caller: Caller) -> Whose:
    """Who is meant, and what the bill needs.  Raises `Refused` and `Turned` with the field."""
    form = caller.form
    day = read_day(form.day("day") or "", "day")
    if form.given("person") is None and form.given("identity") is None:
        raise Refused(
            "missing_fact",
            Bilingual("请填身份证号或人员编号", "give an identity number or a person's number"),
            {"field": "identity"},
        )
    if form.given("person") is None or caller.who is None or caller.who.role == "institution":
        person = await _found(caller, day)
    else:
        person = await _numbered(caller, day)
    if person["scheme"] is None:
        raise Refused(
            "not_insured",
            Bilingual(f"此人在 {day} 没有参保", f"the person is not insured on {day}"),
            {"field": "day"},
        )
    policy = await policy_of(caller, person["scheme"], day)
    known = await known_of_place(caller, form.text("institution"), day)
    return Whose(person, policy, day, needed_for_bill(caller, policy, day, known))


async def _found(caller: Caller, day: date) -> dict[str, Any]:
    """A person by the identity number, which goes from form to form and into no address."""
    body = {"identity": caller.form.text("identity"), "day": day.isoformat()}
    found: dict[str, Any] = await caller.door.send("POST", "/find-person", body)
    return found


async def _numbered(caller: Caller, day: date) -> dict[str, Any]:
    """A person by number, and the scheme that insures them on a day."""
    number = caller.form.whole("person")
    if not isinstance(number, int):
        raise Refused(
            "bad_input",
            Bilingual("人员编号应为整数，如 6", "expected a person's number, such as 6"),
            {"field": "person"},
        )
    try:
        found, members = await asyncio.gather(
            caller.door.get(f"/persons/{number}"),
            caller.door.get(f"/persons/{number}/memberships"),
        )
    except Turned as turned:
        turned.fields = {"person": turned.detail}
        raise
    return {**found, "scheme": insuring_on(members["items"], day)}


def _bill(caller: Caller, whose: Whose) -> dict[str, Any]:
    lines = [{**line, "facts": {}} for line in lines_said(caller.form)]
    return {**_visit(caller, whose), "lines": lines or [{"facts": {}}]}


def _visit(caller: Caller, whose: Whose) -> dict[str, Any]:
    form = caller.form
    return {
        "person": whose.person["person"], "institution": form.text("institution"),
        "day": whose.day.isoformat(), "since": form.day("since"),
        "facts": facts_told(form, whose.policy),
    }  # fmt: skip


async def _begin(caller: Caller, whose: Whose) -> Response:
    """Write the visit down, and the lines that were typed; what was done before is not twice."""
    key, lines = caller.form.once, [{**line, "facts": {}} for line in lines_said(caller.form)]
    if lines:  # a bill that would be refused begins no visit
        await caller.door.send("POST", "/pre-checks", _bill(caller, whose))
    begun = await caller.door.send("POST", "/visits", _visit(caller, whose), key)
    number = begun["visit"]
    if lines:
        path = f"/visits/{number}/lines"
        await caller.door.send("POST", path, {"lines": lines}, f"{key}-lines")
    done = Bilingual(f"就诊 {number} 已登记", f"visit {number} is begun")
    return caller.go(f"/desk/visits/{number}", done)
