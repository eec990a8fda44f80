"""The pages of a person: by themselves at /year, by the desk at /desk/persons/{number}."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from gongji.book.access.users import Role
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.person.actions import actions_for
from gongji.web.person.family import asked_facts
from gongji.web.person.parts import PARTS, Part, parts_for
from gongji.web.person.subject import Subject, subject_of
from gongji.wording import Bilingual

__all__ = ["ROUTES"]

_FACT = "fact."
_YEAR, _DESK = "/year", "/desk/persons"


async def _subject(caller: Caller) -> Subject:
    """Whom the page is about: the caller, or the person in the path."""
    assert caller.who is not None
    if caller.who.role == "insured":
        assert caller.who.person is not None
        return await subject_of(caller, caller.who.person, _YEAR)
    number = caller.number("person")
    return await subject_of(caller, number, f"{_DESK}/{number}")


def _shown(caller: Caller, subject: Subject, part: Part) -> dict[str, Any]:
    """What stands around every part."""
    assert caller.who is not None
    role = caller.who.role
    return {
        "subject": subject, "part": part, "parts": parts_for(role),
        "actions": actions_for(role),
        "frame": "person/mine.html" if subject.mine else "person/theirs.html",
    }  # fmt: skip


async def _page(caller: Caller, part: Part) -> Response:
    subject = await _subject(caller)
    read = await part.read(caller, subject)
    return caller.page(part.template, {**_shown(caller, subject, part), **read})


def _part_page(part: Part) -> Callable[[Caller], Awaitable[Response]]:
    async def part_page(caller: Caller) -> Response:
        return await _page(caller, part)

    return part_page


_FAMILY = next(one for one in PARTS if one.path == "family")


async def _give(caller: Caller) -> Response:
    """Let a relative use the account; what the policy still asks is asked on the same form."""
    subject, form = await _subject(caller), caller.form
    facts = {name.removeprefix(_FACT): text for name, text in form.said.items()
             if name.startswith(_FACT) and text}  # fmt: skip
    body = {
        "relative": form.text("relative"), "relation": form.text("relation"),
        "since": form.day("since"), "until": form.day("until"), "facts": facts,
    }  # fmt: skip
    try:
        await caller.door.send("POST", f"/persons/{subject.person}/authorisations", body, form.once)
    except Turned as turned:
        return await _family_again(caller, subject, turned, facts)
    done = Bilingual("已经授权，这位亲属可以用您的账户了。" if subject.mine else "已经授权。",
                     "Done: the relative may use the account.")  # fmt: skip
    return caller.go(f"{subject.base}/family", done)


async def _revoke(caller: Caller) -> Response:
    """End an authorisation with a last day."""
    subject, form = await _subject(caller), caller.form
    number = caller.number("authorisation")
    try:
        await caller.door.send(
            "POST", f"/authorisations/{number}/revoke", {"last": form.day("last")}, form.once
        )
    except Turned as turned:
        return await _family_again(caller, subject, turned, {})
    done = Bilingual("授权已经结束。", "The authorisation has ended.")
    return caller.go(f"{subject.base}/family", done)


async def _family_again(
    caller: Caller, subject: Subject, turned: Turned, facts: Mapping[str, str]
) -> Response:
    """The page of the family with the form as it was typed, and what is wrong beside its fields."""
    lacks = next(iter(turned.fields), "").rsplit(".", 1)[-1]
    asked = asked_facts(caller, subject, (*facts, lacks))
    read = await _FAMILY.read(caller, subject)
    if any(one.name == lacks for one in asked):
        turned.fields = {**turned.fields, f"{_FACT}{lacks}": turned.detail}
    shown = {**_shown(caller, subject, _FAMILY), **read, "facts": asked}
    return caller.refuse(turned, _FAMILY.template, shown)


def _routes() -> tuple[Route, ...]:
    """Each part by the insured and by the desk; forms where the API lets them."""
    desk: tuple[Role, ...] = ("clerk", "supervisor", "auditor")
    found = []
    for part in parts_for("auditor"):
        path, write = part.path and f"/{part.path}", _part_page(part)
        sees: tuple[Role, ...] = desk if part in PARTS else ("auditor",)
        found.append(Route(f"{_YEAR}{path}", for_callers("insured")(write)))
        found.append(Route(f"{_DESK}/{{person}}{path}", for_callers(*sees)(write)))
    forms: tuple[tuple[str, Role], ...] = ((_YEAR, "insured"), (f"{_DESK}/{{person}}", "clerk"))
    for base, role in forms:
        let_in = for_callers(role)
        revoke = f"{base}/family/{{authorisation}}/revoke"
        found.append(Route(f"{base}/family", let_in(_give), methods=["POST"]))
        found.append(Route(revoke, let_in(_revoke), methods=["POST"]))
    return tuple(found)


ROUTES = _routes()
