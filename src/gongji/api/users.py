"""Users: opened, closed, given a new password.  Passwords go into no act, only their hashes do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import Row, select, true
from starlette.responses import Response

from gongji.api.desk import Desk, open_to, writing_for
from gongji.api.fields import Answer, AreaCode, Body, Code, Number, example
from gongji.api.paging import PageOf, Paging
from gongji.api.theirs import their_persons
from gongji.api.tokens import Password
from gongji.book.access.users import Role, User, close_user, open_user, set_password
from gongji.book.acts import Act, Json
from gongji.book.schema.people import PERSON
from gongji.book.schema.places import INSTITUTION
from gongji.book.schema.users import USER
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["users · 用户"])

_SHOWN = {
    "user": 3, "name": "clerk-wang", "role": "clerk", "area": "320400", "institution": None,
    "person": None, "closed": False,
}  # fmt: skip


class NewUser(Body):
    """A user, and what is theirs.

    Insured with a `person`, institution with an `institution`, clerk with an `area`, supervisor
    with an `area` or without one for the whole book, auditor with nothing.
    """

    model_config = example(
        {"name": "clerk-wang", "role": "clerk", "area": "320400", "password": "three plain words"}
    )

    name: Annotated[str, Field(max_length=32, pattern=r"^[a-z][a-z0-9._-]{1,31}$")]
    role: Role
    password: Password
    area: AreaCode | None = None
    institution: Code | None = None
    person: Number | None = None


class NewPassword(Body):
    """A password that a user shall have."""

    model_config = example({"password": "four other plain words"})

    password: Password


class UserNumber(Answer):
    """A user's number."""

    model_config = example({"user": 3})

    user: Number


class SeenUser(Answer):
    """A user, and what is theirs."""

    model_config = example(_SHOWN)

    user: Number
    name: str
    role: Role
    area: str | None
    institution: str | None
    person: Number | None
    closed: bool


@room.post("/users", status_code=201, response_model=UserNumber)
def open_a_user(said: NewUser, desk: Annotated[Desk, writing_for("supervisor")]) -> Response:
    """开用户 · Open a user.  A supervisor of an area opens users of that area."""
    hashed, mark = desk.hashed(said.password)
    user = User(said.name, said.role, said.area, said.institution, said.person)

    def work(act: Act) -> Json:
        number = open_user(act, user, hashed)
        _check_theirs(act, desk, number)
        return {"user": number}

    return desk.done({**user._asdict(), "password": mark}, work)


@room.get("/users", response_model=PageOf[SeenUser])
def list_users(page: Paging, desk: Annotated[Desk, open_to("supervisor", "auditor")]) -> Response:
    """用户列表 · Users, closed ones too."""
    return desk.listed(select(USER).where(_theirs(desk)), USER.c.id, page, _shown)


@room.post("/users/{user}/close", response_model=UserNumber)
def close_a_user(user: Number, desk: Annotated[Desk, writing_for("supervisor")]) -> Response:
    """停用用户 · Close a user, whose tokens end."""

    def work(act: Act) -> Json:
        _check_theirs(act, desk, user)
        close_user(act, user)
        return {"user": user}

    found = desk.done({"user": user}, work)
    desk.office.sessions.forget()
    return found


@room.put("/users/{user}/password", response_model=UserNumber)
def reset_password(
    user: Number, said: NewPassword, desk: Annotated[Desk, writing_for("supervisor")]
) -> Response:
    """重设密码 · Give a user another password; their tokens end."""
    hashed, mark = desk.hashed(said.password)

    def work(act: Act) -> Json:
        _check_theirs(act, desk, user)
        set_password(act, user, hashed)
        return {"user": user}

    found = desk.done({"user": user, "password": mark}, work)
    desk.office.sessions.forget()
    return found


def _theirs(desk: Desk) -> Any:
    """Users whom a supervisor may know of: all, or those bound to the area."""
    area = desk.user.area
    if area is None:
        return true()
    here = select(INSTITUTION.c.code).where(INSTITUTION.c.area == area)
    persons = select(PERSON.c.id).where(their_persons(desk.user, desk.day))
    return (USER.c.area == area) | USER.c.institution.in_(here) | USER.c.person.in_(persons)


def _check_theirs(act: Act, desk: Desk, user: int) -> None:
    """Make sure that a user is one to see to.  Raises `Refused` (`unknown_user`)."""
    wanted = select(USER.c.id).where((USER.c.id == user) & _theirs(desk))
    if act.connection.scalar(wanted) is None:
        raise Refused(
            "unknown_user",
            Bilingual("没有这个用户，或不属于您的统筹区",
                      "there is no such user, or it is not of your pooling area"),
            {"field": "user"},
        )  # fmt: skip


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "user": row.id, "name": row.name, "role": row.role, "area": row.area,
        "institution": row.institution, "person": row.person, "closed": row.ended is not None,
    }  # fmt: skip
