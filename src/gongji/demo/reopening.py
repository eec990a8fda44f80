"""A demo that is there already: how it is known as one, and new passwords for its users."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from gongji.api.passwords import hash_of_password
from gongji.book.access.users import User, set_password, user_with
from gongji.book.acts import Act, Asked, Json, day_in_china
from gongji.book.book import Book
from gongji.book.schema.acts import ACT
from gongji.demo.city import notes
from gongji.demo.desk import Desk
from gongji.demo.users import LogIn, new_password
from gongji.wording import Bilingual, Refused

__all__ = ["begun", "reopened"]

_SERVICE, _BY = "begin_the_demo", "gongji demo"
"""The first act of every demo.  No user can have such a name, so no real book begins with it."""


def begun(desk: Desk, persons: int, seed: int) -> None:
    """Begin an empty book as a demo."""
    desk.do(_SERVICE, {"persons": persons, "seed": seed}, lambda _: {}, by=_BY)


def reopened(book: Book, at: datetime) -> list[LogIn]:
    """Give the demo's users other passwords, at a moment in UTC; those that were closed stay so.

    Raises `Refused` (`no_demo`) where the book was not begun as a demo; nothing is changed then.
    """
    _check_demo(book)
    found = []
    for note in notes("users"):
        with book.reading() as connection:
            row = user_with(connection, note["name"])
        if row is None:
            continue
        user = User(row.name, row.role, row.area, row.institution, row.person)
        password = new_password()
        hashed = hash_of_password(password)

        def work(act: Act, number: int = row.id, hashed: str = hashed) -> Json:
            set_password(act, number, hashed)
            return {"user": number}

        book.do(Asked("reset_password", {"user": row.id}, _BY, at, day_in_china(at)), work)
        found.append(LogIn.of(user, note.get("person"), password))
    return found


def _check_demo(book: Book) -> None:
    """Make sure that a book was begun as a demo."""
    with book.reading() as connection:
        first = connection.execute(
            select(ACT.c.service, ACT.c.by).order_by(ACT.c.id).limit(1)
        ).one_or_none()
    if first is None or tuple(first) != (_SERVICE, _BY):
        raise Refused(
            "no_demo",
            Bilingual(
                "这不是演示账册，密码不会重设；要启动它，请用 --book 写明",
                "this book is no demo, and its passwords are not set anew; to serve it, name it "
                "with --book",
            ),
            {"field": "--book"},
        )
