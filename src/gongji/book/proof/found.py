"""What does not come out as it was kept: where it is, and in words."""

from __future__ import annotations

from typing import NamedTuple

from gongji.wording import Bilingual

__all__ = ["AFTER_ALL", "Found", "Place", "earliest"]

AFTER_ALL = 1 << 62
"""A scheme, or a place, after all that there are."""


class Place(NamedTuple):
    """Where something is, in the order in which a book is proved.

    Persons by their numbers, the settlements of each by scheme and place, what is said of one by
    `check`; what is said of all of a person's visits comes after them.
    """

    person: int
    scheme: int
    place: int
    check: int = 0


class Found(NamedTuple):
    """A difference, and where it is."""

    at: Place
    words: Bilingual


def earliest(found: list[Found]) -> Found | None:
    """The first of some differences."""
    return min(found, key=lambda one: one.at, default=None)
