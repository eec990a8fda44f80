"""Users: opened, closed, given a new password."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from gongji.book.access.users import ROLE_TITLES
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.form import Form
from gongji.web.lists import listed
from gongji.web.names import institutions_of
from gongji.wording import Bilingual

__all__ = ["users_page"]


@for_callers("supervisor", "auditor")
async def users_page(caller: Caller) -> Response:
    """Users, closed ones too; a supervisor opens and closes them, and sets passwords."""
    form, problem = caller.form, None
    if caller.request.method == "POST":
        try:
            return caller.go("/desk/users", await _done(caller, form))
        except Turned as turned:
            problem = turned
    found, areas, places = await asyncio.gather(
        listed(caller, "/users", Form()), caller.door.get("/areas", most=200),
        institutions_of(caller),
    )  # fmt: skip
    names = {one.code: f"{one.name}（{one.code}）" for one in places}
    for one in areas["items"]:
        title = caller.words(Bilingual(one["name"]["zh"], one["name"]["en"]))
        names[one["code"]] = f"{title}（{one['code']}）"
    shown: dict[str, Any] = {
        "names": names,
        "listed": found, "roles": ROLE_TITLES, "areas": areas["items"], "places": places,
        "role": caller.role,
    }  # fmt: skip
    template = "money/users.html"
    return caller.page(template, shown) if problem is None else caller.refuse(
        problem, template, shown
    )  # fmt: skip


async def _done(caller: Caller, form: Form) -> Bilingual:
    """Do what was asked; gives what it was.  Raises `Turned`."""
    step, user = form.text("step"), form.whole("user") or 0
    if step == "close":
        await caller.door.send("POST", f"/users/{user}/close", None, form.once)
        return Bilingual(f"用户 {user} 已停用", f"user {user} is closed")
    password = form.said.get("password", "")
    if step == "password":
        path = f"/users/{user}/password"
        await caller.door.send("PUT", path, {"password": password}, form.once)
        return Bilingual(f"用户 {user} 已有新密码", f"user {user} has a new password")
    body = {
        "name": form.text("name"), "role": form.text("role"), "password": password,
        "area": form.given("area"), "institution": form.given("institution"),
        "person": form.whole("person"),
    }  # fmt: skip
    made = await caller.door.send("POST", "/users", body, form.once)
    return Bilingual(f"已开用户 {made['user']}", f"user {made['user']} is open")
