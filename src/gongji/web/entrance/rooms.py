"""Signing in, signing out, another password."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gongji.book.access.users import ROLES
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, caller_of, for_callers, take_form
from gongji.web.entrance.session import begin, finish
from gongji.web.entrance.typed import Typed, typed_before
from gongji.wording import Bilingual

__all__ = ["home_of", "password_page", "sign_in_page", "sign_out"]

_SIGN_IN = "entrance/sign_in.html"
_HERE = re.compile(r"/(?!/)[^\\\x00-\x20]*", re.ASCII)


def home_of(role: str) -> str:
    """Where a user of a role begins."""
    return "/year" if role == "insured" else "/desk"


async def sign_in_page(request: Request) -> Response:
    """Sign in, and on to where one wanted to go."""
    caller = caller_of(request)
    if request.method == "GET":
        if caller.who is not None:
            return RedirectResponse(home_of(caller.who.role), 303)
        then = _then(caller.asked("then"))
        return caller.page(_SIGN_IN, _shown(request, then, Typed((), files=False)))
    caller.who = None
    await take_form(caller)
    typed = typed_before(caller.form)
    name, password = caller.form.text("name"), caller.form.said.get("password", "")
    then = _then(caller.form.given("then"))
    try:
        given = await caller.door.send("POST", "/tokens", {"name": name, "password": password})
    except Turned as turned:
        return caller.refuse(turned, _SIGN_IN, _shown(request, then, typed))
    response: Response = RedirectResponse(then or home_of(given["user"]["role"]), 303)
    if then and typed.fields:
        response = caller.page("entrance/go_on.html", {"then": then, "typed": typed})
    begin(request, response, given["token"])
    return response


@for_callers(*ROLES)
async def sign_out(caller: Caller) -> Response:
    """Sign out: the token ends, here and everywhere."""
    await caller.door.send("DELETE", "/tokens/mine")
    response = RedirectResponse("/sign-in", 303)
    finish(caller.request, response)
    return response


@for_callers(*ROLES)
async def password_page(caller: Caller) -> Response:
    """Another password; one signs in anew with it."""
    template, form = "entrance/password.html", caller.form
    if caller.request.method == "GET":
        return caller.page(template, {})
    new = form.said.get("new", "")
    if new != form.said.get("again", ""):
        words = Bilingual("两次写的新密码不一样", "the new password was not written the same twice")
        caller.form = form._replace(wrong={"again": caller.words(words)})
        return caller.page(template, {}, 422)
    body = {"old": form.said.get("old", ""), "new": new}
    try:
        await caller.door.send("PUT", "/me/password", body, form.once)
    except Turned as turned:
        return caller.refuse(turned, template, {})
    response = RedirectResponse("/sign-in", 303)
    finish(caller.request, response)
    return response


def _shown(request: Request, then: str, typed: Typed) -> dict[str, object]:
    return {"then": then, "typed": typed, "demo": request.app.state.demo}


def _then(said: str | None) -> str:
    """Where to go after signing in: only a place of this site."""
    return said if said is not None and _HERE.fullmatch(said) else ""
