"""Moments as the interface writes them: `yyyy-MM-dd HH:mm:ss` in the time of China.

Apart from the book, so that a client needs none.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

__all__ = ["CHINA", "MOMENT", "moment_text"]

CHINA = timezone(timedelta(hours=8))
"""The time of every moment of the interface."""

MOMENT = "%Y-%m-%d %H:%M:%S"
"""How a moment is written, for `strptime`."""


def moment_text(at: datetime) -> str:
    """A moment as it is written; without a zone it is in the time of China already."""
    return (at if at.tzinfo is None else at.astimezone(CHINA)).strftime(MOMENT)
