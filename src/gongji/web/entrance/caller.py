"""A caller: who asks for a page, in which language, with the door to the book behind it.

`for_callers` lets users of some roles in to a page; anybody else is asked to sign in, or told that
the page is not theirs.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gongji.book.access.users import Role
from gongji.policy.versions import Library
from gongji.web.door import Door, Turned
from gongji.web.entrance.session import (
    Who,
    browser_of,
    is_mark,
    keep,
    mark_of,
    pass_on,
    passed_on,
    take_up,
    token_of,
)
from gongji.web.entrance.typed import typed_in
from gongji.web.form import Form, read_form, whole_of
from gongji.web.guard import check_origin
from gongji.web.page import language_of, page
from gongji.wording import Bilingual, Language, Refused

__all__ = ["DESK", "Caller", "Page", "caller_of", "for_callers", "take_form"]

DESK: tuple[Role, ...] = ("clerk", "supervisor", "auditor")
"""Who the desk is open to; some of its pages are for institutions as well."""

_WRITES = {"POST", "PUT", "DELETE"}
_SENT_BEFORE = Bilingual(
    "这张表单已经提交办理过一次，现在的内容和那次不同，没有再办。请先看那次办了什么；要另办一次，再提交一次。",
    "This form was sent and done once, and says something else now; nothing more was done. See "
    "first what was done; to do another one, send it once more.",
)
Page = Callable[[Request], Awaitable[Response]]


class Caller:
    """Somebody who asks for a page; `form` is what they sent, empty where they only look."""

    def __init__(self, request: Request, who: Who | None) -> None:
        self.request = request
        self.who = who
        self.browser = browser_of(request)
        self.language: Language = language_of(request)
        self.form = Form()
        address = request.client.host if request.client else ""
        self.door = Door(request.app.state.api, token_of(request), self.language, address)

    @property
    def role(self) -> str:
        """The role of the caller; empty where nobody is signed in."""
        return "" if self.who is None else self.who.role

    def check_role(self, *roles: Role) -> None:
        """Make sure that a page, or what it does, is open to the caller.  Raises `Refused`."""
        if self.role not in roles:
            raise Refused(
                "not_allowed",
                Bilingual("这一页不对您的角色开放。", "This page is not open to your role."),
            )

    @property
    def today(self) -> date:
        """The day in China."""
        found: date = self.request.app.state.today()
        return found

    @property
    def library(self) -> Library:
        """The policies that the site reads."""
        found: Library = self.request.app.state.library
        return found

    def asked(self, name: str) -> str | None:
        """What the address says under a name; nothing where it says nothing."""
        return self.request.query_params.get(name, "").strip() or None

    def number(self, name: str) -> int:
        """A number in the path.  Raises `Refused` (`unknown_page`) where it is none."""
        text = self.request.path_params[name]
        found = whole_of(text)
        if not found:
            raise Refused(
                "unknown_page",
                Bilingual(f"地址里的“{text[:20]}”不是编号", f"“{text[:20]}” is no number"),
            )
        return found

    def words(self, words: Bilingual) -> str:
        """Words in the caller's language."""
        return words.in_(self.language)

    def page(self, template: str, shown: Mapping[str, Any], status: int = 200) -> Response:
        """A page for the caller, whose forms are the caller's own."""
        seal = self.request.app.state.seal
        said = passed_on(self.request)
        response = page(
            self.request, template,
            {
                "form": self.form, "mark": mark_of(seal, self.who, self.browser),
                "told": None if said is None else _told(said), **shown,
            },
            status,
        )  # fmt: skip
        response.headers["Cache-Control"] = "no-store"
        keep(self.request, response, self.who, self.browser)
        take_up(self.request, response)
        return response

    def refuse(self, turned: Turned, template: str, shown: Mapping[str, Any]) -> Response:
        """The page with the form as it was typed, and what is wrong beside its fields."""
        self.form = self.form.refused(turned)
        if turned.kind == "key_used":  # gone back to and changed: sent again, it is another one
            self.form = self.form._replace(key="", wrong={}, problem=self.words(_SENT_BEFORE))
        return self.page(template, shown, turned.status)

    def go(self, path: str, done: Bilingual | None = None) -> Response:
        """On to another page, which tells what was done."""
        response = RedirectResponse(path, 303)
        keep(self.request, response, self.who, self.browser)
        if done is not None:
            told = quote(json.dumps([done.zh, done.en], ensure_ascii=False))
            pass_on(self.request, response, told)
        return response


def for_callers(*roles: Role) -> Callable[[Callable[[Caller], Awaitable[Response]]], Page]:
    """A page for users of some roles who are signed in, and a form only where it is theirs."""

    def let_in(write: Callable[[Caller], Awaitable[Response]]) -> Page:
        async def asked(request: Request) -> Response:
            caller = caller_of(request)
            if caller.who is None:
                if request.method in _WRITES:
                    return await _ended(caller)
                if request.headers.get("hx-request") == "true":
                    return _away(request)
                then = quote(f"{request.url.path}?{request.url.query}".rstrip("?"))
                return RedirectResponse(f"/sign-in?then={then}", 303)
            caller.check_role(*roles)
            if request.method in _WRITES:
                await take_form(caller)
            return await write(caller)

        asked.__name__ = write.__name__
        asked.__doc__ = write.__doc__
        return asked

    return let_in


async def take_form(caller: Caller) -> None:
    """Read what the caller sent.  Raises `Refused` (`foreign_form`) where it is not theirs."""
    check_origin(caller.request)
    caller.form = await read_form(caller.request)
    seal = caller.request.app.state.seal
    if not is_mark(seal, caller.who, caller.browser, caller.form.mark):
        raise Refused(
            "foreign_form",
            Bilingual(
                "这张表单不是您在这个浏览器里打开的，没有办理；请重新打开页面再填。",
                "You did not open this form in this browser, and nothing was done; open the page "
                "again and fill it in.",
            ),
        )


def caller_of(request: Request) -> Caller:
    """The caller of a request, signed in or not."""
    return Caller(request, request.scope.get("gongji.who"))


async def _ended(caller: Caller) -> Response:
    """Nothing is done once the session has ended; what was typed goes along through a sign-in."""
    request = caller.request
    if request.url.path == "/sign-out":
        return RedirectResponse("/sign-in", 303)
    if request.headers.get("hx-request") == "true":
        return _away(request)
    check_origin(request)
    caller.form = await read_form(request)
    shown = {
        "then": request.url.path, "typed": typed_in(caller.form), "demo": request.app.state.demo,
    }  # fmt: skip
    caller.form = Form()
    return caller.page("entrance/sign_in.html", shown, 401)


def _away(request: Request) -> Response:
    """A part of a page is asked for where the session has ended: the whole page signs in."""
    then = quote(urlsplit(request.headers.get("hx-current-url", "")).path)
    return Response(status_code=204, headers={"HX-Redirect": f"/sign-in?then={then}"})


def _told(said: str) -> Bilingual | None:
    try:
        match json.loads(unquote(said)):
            case [str(zh), str(en)]:
                return Bilingual(zh, en)
    except (ValueError, RecursionError):
        pass
    return None
