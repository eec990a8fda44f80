"""A site over a book for tests: signed in as any role, forms filled in as a browser would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from starlette.types import ASGIApp

from api_place import PASSWORD, Clock, House, house_at
from gongji.api.application import application
from gongji.book.acts import day_in_china
from gongji.book.book import Book
from gongji.policy.versions import Library
from gongji.web.site import site

__all__ = ["Browser", "Site", "hidden_in", "site_at", "told_in", "words_of"]

_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


class Browser:
    """A client that keeps cookies and sends forms with what is hidden in them."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str) -> httpx.Response:
        """A page."""
        return self.client.get(path)

    def send(self, page: str, said: Mapping[str, Any], to: str = "", **more: Any) -> httpx.Response:
        """Open a page, fill in its form and send it, to itself unless said otherwise."""
        opened = self.client.get(page)
        return self.again(opened, said, to or page, **more)

    def again(
        self, opened: httpx.Response, said: Mapping[str, Any], to: str, **more: Any
    ) -> httpx.Response:
        """Fill in the form of a page that is open, and send it."""
        return self.client.post(to, data={**hidden_in(opened), **said}, **more)


class Site(NamedTuple):
    """A served site: the book behind it, its address, its clock."""

    house: House

    @contextmanager
    def browser(self, role: str | None = None, language: str = "zh") -> Iterator[Browser]:
        """A browser in which a role is signed in, or nobody."""
        headers = {"Accept-Language": language, "Origin": self.house.url}
        with httpx.Client(base_url=self.house.url, headers=headers, timeout=60) as client:
            browser = Browser(client)
            if role is not None:
                said = {"name": f"the-{role}", "password": PASSWORD}
                assert browser.send("/sign-in", said).status_code == 303
            yield browser


@contextmanager
def site_at(address: str, folder: Path, library: Library) -> Iterator[Site]:
    """The book of `house_at`, with pages before it."""
    with house_at(address, folder, library, _with_pages) as house:
        yield Site(house)


def _with_pages(book: Book, clock: Clock) -> ASGIApp:
    return site(book.library, lambda: day_in_china(clock()), application(book, clock))


def hidden_in(page: httpx.Response) -> dict[str, str]:
    """What is hidden in the forms of a page."""
    inputs = [dict(_ATTRIBUTE.findall(one)) for one in _INPUT.findall(page.text)]
    return {
        one["name"]: unescape(one.get("value", ""))
        for one in inputs
        if one.get("type") == "hidden" and "name" in one
    }


def words_of(page: httpx.Response) -> str:
    """What a page says, without its markup, each blank once."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text))).strip()


def told_in(page: httpx.Response) -> list[str]:
    """What a page says is wrong."""
    return [unescape(one) for one in re.findall(r'class="problem"[^>]*>([^<]*)', page.text)]
