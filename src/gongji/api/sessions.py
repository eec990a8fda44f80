"""Who is logged in: passwords become tokens, tokens become users.

A token is a random word that says nothing; the book keeps its keyed hash.  What a token was found
to be is remembered for a few seconds, so that most requests ask the book nothing about it; within
those seconds it ends in every process where it was given back elsewhere.
"""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta
from typing import NamedTuple

from gongji.api.passwords import fits
from gongji.book.access.sessions import Tries, forget_token, holder_of, keep_token
from gongji.book.access.users import User, user_with
from gongji.book.acts import moment_of
from gongji.book.book import Book
from gongji.wording import Bilingual, Refused

__all__ = ["Given", "Sessions"]

_GOOD_FOR = timedelta(hours=8)
_REMEMBERED_SECONDS = 5
_MOST_REMEMBERED = 10_000


class Given(NamedTuple):
    """A token that was given, until when it is good, and whose it is."""

    token: str
    until: datetime
    user: User


class _Found(NamedTuple):
    user: User
    until: int
    forgotten: int


class Sessions:
    """The log-ins of a book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._found: dict[bytes, _Found] = {}

    def log_in(self, name: str, password: str, address: str, at: datetime) -> Given:
        """A token for a name and its password, good for a working day.

        Raises `Refused`: `wrong_password`, `too_many_tries`.
        """
        store, seal = self._book.store, self._book.seal
        tries = Tries.of(seal, name, address)
        tries.note(store, at)
        with store.reading() as connection:
            row = user_with(connection, name)
        if not fits(None if row is None else row.password, password):
            raise Refused(
                "wrong_password",
                Bilingual("用户名或密码不对", "the name or the password is wrong"),
                {"field": "password"},
            )
        assert row is not None
        tries.forget(store, at)
        token, until = secrets.token_urlsafe(32), at + _GOOD_FOR
        keep_token(store, seal.hash(token), row.id, at, until)
        user = User(row.name, row.role, row.area, row.institution, row.person)
        return Given(token, until, user)

    def remembered(self, token: str, at: datetime) -> User | None:
        """Whose token it is, where that was found a moment ago; asks nobody."""
        found = self._found.get(self._book.seal.hash(token))
        if found is None or found.forgotten < time.monotonic_ns() or found.until <= moment_of(at):
            return None
        return found.user

    def user_of(self, token: str, at: datetime) -> User:
        """Whose token it is.  Raises `Refused` (`bad_token`)."""
        hashed = self._book.seal.hash(token)
        holder = holder_of(self._book.store, hashed, at)
        if holder is None:
            raise Refused(
                "bad_token",
                Bilingual("令牌无效或已过期，请重新登录",
                          "the token is not good or has run out; log in again"),
            )  # fmt: skip
        if len(self._found) >= _MOST_REMEMBERED:
            self._found.clear()
        forgotten = time.monotonic_ns() + _REMEMBERED_SECONDS * 10**9
        self._found[hashed] = _Found(*holder, forgotten)
        return holder[0]

    def log_out(self, token: str) -> None:
        """Give a token back."""
        hashed = self._book.seal.hash(token)
        forget_token(self._book.store, hashed)
        self._found.pop(hashed, None)

    def forget(self) -> None:
        """Ask the book again about every token: a user was closed, or has another password."""
        self._found.clear()
