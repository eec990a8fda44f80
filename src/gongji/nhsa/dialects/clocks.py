"""The times that requests claim, and how far they may be from the clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gongji.nhsa.dialects.keys import Key
from gongji.nhsa.messages.moments import CHINA, MOMENT

__all__ = [
    "Clock",
    "Moment",
    "from_milliseconds",
    "from_seconds",
    "from_text",
    "milliseconds",
    "seconds",
]

Clock = Callable[[], datetime]
"""The time of now, with its zone."""

_BOUND = timedelta(minutes=30)
"""What CSB prints; the other dialects print no bound, so theirs is the same."""

_LENIENT_BOUND = timedelta(days=1)
"""For clients whose clock is in another zone; a signature is remembered that much longer."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = re.compile(r"-?[0-9]{1,14}", re.ASCII)
_SECONDS = re.compile(r"-?[0-9]{1,11}", re.ASCII)


class Moment:
    """The time that a request claims; what cannot be read as one is never in time."""

    def __init__(self, at: datetime | None, *, backwards: bool = False) -> None:
        self.at = at
        self.backwards = backwards
        """Whether it was written with a minus before it."""

    def in_time(self, key: Key | None, now: datetime) -> bool:
        """Whether it is near enough to `now`, for this key."""
        lenient = key is not None and key.lenient_clock
        if self.at is None or (self.backwards and not lenient):
            return False
        return abs(now - self.at) <= (_LENIENT_BOUND if lenient else _BOUND)

    def until(self, key: Key) -> datetime | None:
        """When it will be too old."""
        if self.at is None:
            return None
        return self.at + (_LENIENT_BOUND if key.lenient_clock else _BOUND)


def from_milliseconds(text: str) -> Moment:
    """A time in milliseconds since 1970, as CSB writes it."""
    if not _MILLISECONDS.fullmatch(text):
        return Moment(None)
    return Moment(_EPOCH + timedelta(milliseconds=abs(int(text))), backwards=text[0] == "-")


def from_seconds(text: str) -> Moment:
    """A time in seconds since 1970."""
    if not _SECONDS.fullmatch(text):
        return Moment(None)
    return Moment(_EPOCH + timedelta(seconds=abs(int(text))), backwards=text[0] == "-")


def from_text(text: str) -> Moment:
    """A time as envelopes write it, `yyyy-MM-dd HH:mm:ss` in China's time."""
    try:
        return Moment(datetime.strptime(text, MOMENT).replace(tzinfo=CHINA))
    except ValueError:
        return Moment(None)


def milliseconds(at: datetime) -> str:
    """A time as CSB writes it."""
    return str((at - _EPOCH) // timedelta(milliseconds=1))


def seconds(at: datetime) -> str:
    """A time in whole seconds since 1970."""
    return str((at - _EPOCH) // timedelta(seconds=1))
