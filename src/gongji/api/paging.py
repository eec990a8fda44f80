"""Lists in pages: each says where the next begins, so that none is skipped or shown twice.

A page begins after the key that the one before ended with; what is added meanwhile moves nothing.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

from fastapi import Depends, Query
from pydantic import Field
from sqlalchemy import Column, Connection, Row, Select

from gongji.api.fields import Answer
from gongji.wording import Bilingual, Refused

__all__ = [
    "EitherWay",
    "Page",
    "PageOf",
    "Paging",
    "begins_after",
    "cursor_of",
    "page_among",
    "page_from",
    "page_of",
]

_LONGEST = 200


class Page(NamedTuple):
    """Which page of a list is wanted."""

    after: str | None
    most: int
    newest: bool = False


async def _page(
    after: Annotated[
        str | None,
        Query(max_length=_LONGEST, description="`next` of the page before; the first without it"),
    ] = None,
    most: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 50,
) -> Page:
    return Page(after, most)


Paging = Annotated[Page, Depends(_page)]
"""The parameters `after` and `most` of a list."""


async def _either_way(
    page: Paging,
    order: Annotated[
        Literal["oldest", "newest"], Query(description="what comes first; `next` keeps to it")
    ] = "oldest",
) -> Page:
    return page._replace(newest=order == "newest")


EitherWay = Annotated[Page, Depends(_either_way)]
"""The parameters of a list that can begin with what came last."""


Item = TypeVar("Item")
Key = TypeVar("Key", int, str)


class PageOf(Answer, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next: Annotated[str | None, Field(description="where the next page begins; null at the end")]


def page_of(
    connection: Connection,
    wanted: Select[Any],
    by: Column[Any],
    page: Page,
    record: Callable[[Row[Any]], Mapping[str, Any]],
) -> dict[str, Any]:
    """A page of what is wanted, in the order of a column without equals, or against it.

    `record` shows a row.

    Raises `Refused` (`bad_cursor`).
    """
    if page.after is not None:
        key = _key(page.after, by.type.python_type)
        wanted = wanted.where(by < key if page.newest else by > key)
    ordered = wanted.order_by(by.desc() if page.newest else by)
    rows = connection.execute(ordered.limit(page.most + 1)).all()
    shown = rows[: page.most]
    more = len(rows) > page.most
    return {
        "items": [record(row) for row in shown],
        "next": cursor_of(getattr(shown[-1], by.key)) if more else None,
    }


def begins_after(page: Page, first: Key) -> Key:
    """The key after which a page begins; `first` where it is the first.

    Raises `Refused` (`bad_cursor`).
    """
    if page.after is None:
        return first
    found: Key = _key(page.after, type(first))
    return found


def page_among(
    found: Iterable[Item],
    key: Callable[[Item], Key],
    first: Key,
    page: Page,
    record: Callable[[Item], Mapping[str, Any]],
) -> dict[str, Any]:
    """A page among all that a service gives, in the order of a key above `first` without equals.

    Raises `Refused` (`bad_cursor`).
    """
    after = begins_after(page, first)
    return page_from((one for one in found if key(one) > after), key, page, record)


def page_from(
    found: Iterable[Item],
    key: Callable[[Item], Key],
    page: Page,
    record: Callable[[Item], Mapping[str, Any]],
) -> dict[str, Any]:
    """A page of what a service gives from where the page begins; one more shows that it goes on."""
    several = list(islice(found, page.most + 1))
    shown = several[: page.most]
    return {
        "items": [record(one) for one in shown],
        "next": cursor_of(key(shown[-1])) if len(several) > page.most else None,
    }


def cursor_of(key: object) -> str:
    """The `next` of a page that ended with a key."""
    return urlsafe_b64encode(json.dumps([key]).encode()).decode().rstrip("=")


def _can_be(key: object) -> bool:
    if isinstance(key, int):
        return 0 <= key < 2**63
    return isinstance(key, str) and key.isprintable() and len(key) < _LONGEST


def _key(cursor: str, kind: type) -> Any:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        (key,) = json.loads(urlsafe_b64decode(padded.encode("ascii")))
        if type(key) is kind and _can_be(key):
            return key
    except (ValueError, TypeError):
        pass
    raise Refused(
        "bad_cursor",
        Bilingual("after 不是上一页给出的 next", "after is no `next` of a page before"),
        {"field": "after"},
    )
