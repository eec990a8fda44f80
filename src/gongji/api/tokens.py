"""Logging in and out, and who one is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from gongji.api.desk import Bearer, Desk, answered, office_of, open_to, writing_for
from gongji.api.fields import Answer, Body, Code, Moment, Number, example
from gongji.api.passwords import fits
from gongji.book.access.sights import Sight
from gongji.book.access.users import ROLES, Role, set_password, user_with
from gongji.book.acts import Act, Json
from gongji.wording import Bilingual, Refused

__all__ = ["Password", "room"]

room = APIRouter(tags=["log in · 登录"])

Password = Annotated[str, Field(min_length=1, max_length=128)]


class Credentials(Body):
    """A name and its password."""

    model_config = example({"name": "hospital-1", "password": "three plain words"})

    name: Annotated[str, Field(max_length=64)]
    password: Password


class Me(Answer):
    """A user, and what is theirs."""

    model_config = example(
        {"name": "hospital-1", "role": "institution", "area": None, "institution": "H0001",
         "person": None}
    )  # fmt: skip

    name: str
    role: Role
    area: str | None
    institution: Code | None
    person: Number | None


class Token(Answer):
    """A token for the header `Authorization: Bearer …`."""

    model_config = example(
        {"token": "Zq3kJ…", "until": "2024-03-01T17:00:00+00:00", "user": Me.model_config[
            "json_schema_extra"]["examples"][0]}  # type: ignore[index]
    )  # fmt: skip

    token: str
    until: Moment
    user: Me


class Passwords(Body):
    """The password that stands, and the new one."""

    model_config = example({"old": "three plain words", "new": "four other plain words"})

    old: Password
    new: Password


@room.post("/tokens", status_code=201, response_model=Token)
def log_in(request: Request, said: Credentials) -> Response:
    """登录 · Log in: a token that is good for eight hours.

    Five failures in a quarter of an hour and the name has to wait.
    """
    office = office_of(request)
    at = office.clock()
    address = request.client.host if request.client else ""
    try:
        given = office.sessions.log_in(said.name, said.password, address, at)
    except Refused as refused:
        with office.book.reading() as connection:
            there = user_with(connection, said.name) is not None
        name = said.name if there else "nobody"  # it may be anything, a password too
        office.sights.write(Sight(at, name, "log_in", "", None, refused.kind))
        raise
    user = given.user
    office.sights.write(Sight(at, user.name, "log_in", "", user.person, "done"))
    record = {"token": given.token, "until": given.until.isoformat(), "user": user._asdict()}
    return answered(record, 201)


@room.delete("/tokens/mine", status_code=204)
def log_out(bearer: Bearer, desk: Annotated[Desk, open_to(*ROLES)]) -> Response:
    """退出 · Log out: the token ends."""
    assert bearer is not None
    desk.office.sessions.log_out(bearer.credentials)
    desk.noted("done")
    return Response(status_code=204)


@room.get("/me", response_model=Me)
def see_me(desk: Annotated[Desk, open_to(*ROLES)]) -> Response:
    """我是谁 · Who one is."""
    return answered(desk.user._asdict())


@room.put("/me/password", response_model=Me)
def change_password(said: Passwords, desk: Annotated[Desk, writing_for(*ROLES)]) -> Response:
    """改密码 · Change one's password; all tokens end, this one too."""
    hashed, mark = desk.hashed(said.new, "new")

    def work(act: Act) -> Json:
        row = user_with(act.connection, desk.user.name)
        if row is None or not fits(row.password, said.old):
            raise Refused(
                "wrong_password",
                Bilingual("原密码不对", "the old password is wrong"),
                {"field": "old"},
            )
        set_password(act, row.id, hashed)
        return desk.user._asdict()

    found = desk.done({"password": mark}, work)
    desk.office.sessions.forget()
    return found
