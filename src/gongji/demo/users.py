"""Users of every role, with passwords that are made anew each time and shown once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from gongji.api.passwords import hash_of_password
from gongji.book.access.users import User, open_user
from gongji.book.acts import Act, Json
from gongji.demo.town import Town

__all__ = ["LogIn", "new_password", "signs_of", "with_users"]

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that is taken for another."""
_PARTS, _PART = 4, 4


class LogIn(NamedTuple):
    """A user, whose they are, and the password."""

    name: str
    role: str
    bound: str
    password: str

    @classmethod
    def of(cls, user: User, named: str | None, password: str) -> LogIn:
        """That of a user, who may be a person that has a name in the notes."""
        bound = named or user.institution or user.area or ""
        return cls(user.name, user.role, bound, password)


def new_password() -> str:
    """A password that nobody can guess, and that is easily copied by hand."""
    parts = ("".join(secrets.choice(_LETTERS) for _ in range(_PART)) for _ in range(_PARTS))
    return "-".join(parts)


def signs_of(notes: list[Mapping[str, Any]]) -> dict[str, str]:
    """The users who sign for an institution or an area, by its code."""
    codes = {one["name"]: one.get("institution", one.get("area")) for one in notes}
    return {code: name for name, code in codes.items() if code is not None}


def with_users(town: Town, notes: list[Mapping[str, Any]], by: str) -> list[LogIn]:
    """Open a user of each role.  Gives their passwords, which are kept nowhere."""
    found = []
    for note in notes:
        named = note.get("person")
        person = None if named is None else town.persons[town.resident(named).serial]
        user = User(note["name"], note["role"], note.get("area"), note.get("institution"), person)
        password = new_password()
        hashed = hash_of_password(password)

        def work(act: Act, user: User = user, hashed: str = hashed) -> Json:
            return {"user": open_user(act, user, hashed)}

        town.desk.do("open_a_user", user._asdict(), work, by=by)
        found.append(LogIn.of(user, named, password))
    return found
