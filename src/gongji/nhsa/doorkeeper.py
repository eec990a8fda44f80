"""The doorkeeper: whose a request is, by its dialect and key; each signature is let in once.

What is turned away is logged with its dialect, the reason and, where a key was found, whose it is;
and of those the book keeps a sight, so that an institution whose name is abused shows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from gongji.book.access.sights import Sight, Sights
from gongji.book.book import Book
from gongji.book.exchange.keys import KeptKey, key_kept
from gongji.book.exchange.marks import used_first
from gongji.nhsa.dialects import tokens
from gongji.nhsa.dialects.every import DIALECTS, dialect_of
from gongji.nhsa.dialects.keys import Key
from gongji.nhsa.dialects.traffic import (
    Denied,
    Dialect,
    HttpAnswer,
    HttpAsked,
    Opened,
    denied_in_envelope,
)

__all__ = ["Doorkeeper", "LetIn", "key_of"]

_LOG = logging.getLogger("gongji.nhsa")
_REMEMBERED_SECONDS = 5
_MOST_REMEMBERED = 10_000
_AT_ONCE = timedelta(seconds=2)
"""How long after a moment other requests of it may still arrive."""

_REPLAYED = "签名已经使用过，请重新签名!"


class LetIn(NamedTuple):
    """A request whose sender is known: what it holds, and by which dialect it is answered."""

    opened: Opened
    dialect: Dialect


class _Found(NamedTuple):
    key: Key | None
    forgotten: int


class Doorkeeper:
    """Lets requests in by the keys of a book; a key that is closed ends within seconds."""

    def __init__(self, book: Book, sights: Sights, clock: Callable[[], datetime]) -> None:
        self._book, self._sights, self._clock = book, sights, clock
        self._found: dict[tuple[str, str], _Found] = {}

    def let_in(self, request: HttpAsked) -> LetIn:
        """Whose a request is.  Raises `Denied`, in the words and shape of its dialect."""
        name = dialect_of(request)
        asked: list[Key] = []
        try:
            opened = DIALECTS[name].check(request, self._noting(asked), self._clock)
            self._check_first_use(opened)
        except Denied as denied:
            self._note(name, denied, asked)
            raise
        return LetIn(opened, DIALECTS[name])

    def token(self, request: HttpAsked) -> HttpAnswer:
        """The token of OAuth that a client asks for.  Raises `Denied`."""
        asked: list[Key] = []
        try:
            return tokens.grant(request, self._noting(asked), self._clock)
        except Denied as denied:
            self._note("oauth", denied, asked)
            raise

    def _noting(self, asked: list[Key]) -> Callable[[str, str], Key | None]:
        """The keys of the book; those that are found are noted."""

        def key(dialect: str, name: str) -> Key | None:
            found = self._key(dialect, name)
            if found is not None:
                asked.append(found)
            return found

        return key

    def _key(self, dialect: str, name: str) -> Key | None:
        remembered = self._found.get((dialect, name))
        if remembered is not None and remembered.forgotten > time.monotonic_ns():
            return remembered.key
        with self._book.reading() as connection:
            kept = key_kept(connection, self._book.seal, dialect, name)
        key = None if kept is None else key_of(kept)
        if len(self._found) >= _MOST_REMEMBERED:
            self._found.clear()
        until = time.monotonic_ns() + _REMEMBERED_SECONDS * 10**9
        self._found[dialect, name] = _Found(key, until)
        return key

    def _check_first_use(self, opened: Opened) -> None:
        """Make sure that a signature was not used before.  Raises `Denied`.

        Where it can be that of two requests of one moment, another request may bear it as long as
        that moment has hardly passed.
        """
        if not opened.mark:
            return
        assert opened.remember_until is not None, "what is signed can be forgotten some day"
        now, marks = self._clock(), [opened.mark]
        if opened.of_its_moment:
            marks.append(opened.of_its_moment)
        first, *whole = used_first(self._book.store, marks, opened.remember_until, now)
        at_once = opened.claimed is not None and abs(now - opened.claimed) <= _AT_ONCE
        if not (first or (at_once and any(whole))):
            raise denied_in_envelope(401, _REPLAYED)

    def _note(self, dialect: str, denied: Denied, asked: list[Key]) -> None:
        whose = asked[-1].institution if asked else "-"
        _LOG.warning("%s %s turned away: %s", dialect, whose, denied.message)
        if asked:
            self._sights.write(
                Sight(
                    self._clock(), f"nhsa {whose}", "nhsa_denied", f"dialect {dialect}", None,
                    "denied",
                )
            )  # fmt: skip


def key_of(kept: KeptKey) -> Key:
    """A key of the book as the dialects take it."""
    said: dict[str, Any] = dict(kept.said)
    return Key(dialect=kept.dialect, name=kept.name, institution=kept.institution, **said)
