"""Lists of the API as a whole: page after page until there is no next."""

from __future__ import annotations

from typing import Any

from gongji.web.door import Door

__all__ = ["every"]

_A_PAGE = 200


async def every(door: Door, path: str, **asked: object) -> list[dict[str, Any]]:
    """All of a list that has an end, such as one of a person, or the places.  Raises `Turned`."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = await door.get(path, most=_A_PAGE, after=after, **asked)
        found += page["items"]
        after = page["next"]
        if after is None:
            return found
