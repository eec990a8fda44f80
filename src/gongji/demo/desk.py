"""A desk that does one act after the other, each a little later, on the days that it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from gongji.book.acts import Act, Asked, Json, day_in_china
from gongji.book.book import Book

__all__ = ["Desk"]

_OPENS = timedelta(hours=1)
"""Nine in the morning in China, in UTC."""


class Desk:
    """Works in a book with a clock of its own."""

    def __init__(self, book: Book, day: date, apart: timedelta) -> None:
        self.book = book
        self._apart = apart
        self._at = _opening(day)

    def go_on_to(self, day: date) -> None:
        """Go on to the morning of a later day."""
        self._at = max(self._at, _opening(day))

    def do(
        self, service: str, request: Json, work: Callable[[Act], Json], *, by: str, strand: int = 0
    ) -> Json:
        """Do some work as one act.  Gives its answer, raises what it raises."""
        self._at += self._apart
        asked = Asked(service, request, by, self._at, day_in_china(self._at))
        return self.book.do(asked, work, strand)


def _opening(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + _OPENS
