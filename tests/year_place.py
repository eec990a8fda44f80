"""The demo with nobody but those who have a story, served; any of them can sign in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from api_place import PASSWORD, ok, served
from gongji.api.application import application
from gongji.api.passwords import hash_of_password
from gongji.book.access.users import User, open_user
from gongji.book.acts import Act, Asked, day_in_china
from gongji.book.book import Book
from gongji.book.persons.people import person_with
from gongji.book.sealed import Seal
from gongji.book.store import Store
from gongji.demo.city import notes
from gongji.demo.crowd import named
from gongji.demo.invented import invented_identity
from gongji.demo.making import made_at
from gongji.policy.versions import Library
from gongji.web.site import site
from web_place import Browser

__all__ = ["Stories", "stories_at"]

NOW = datetime(2025, 1, 31, 1, tzinfo=UTC)


class Stories(NamedTuple):
    """A served demo: its address, persons by name, their identity numbers, passwords by user."""

    url: str
    numbers: Mapping[str, int]
    identities: Mapping[str, str]
    passwords: Mapping[str, str]

    @contextmanager
    def browser(self, user: str | None = None, language: str = "zh") -> Iterator[Browser]:
        """A browser in which a user is signed in: one of the demo's, a person by name, nobody."""
        headers = {"Accept-Language": language, "Origin": self.url}
        with httpx.Client(base_url=self.url, headers=headers, timeout=60) as client:
            browser = Browser(client)
            if user is not None:
                said = {"name": self.user(user), "password": self.passwords.get(user, PASSWORD)}
                assert browser.send("/sign-in", said).status_code == 303
            yield browser

    @contextmanager
    def client(self, user: str) -> Iterator[httpx.Client]:
        """A client of the API, logged in."""
        with httpx.Client(base_url=f"{self.url}/v1", timeout=60) as client:
            said = {"name": self.user(user), "password": self.passwords.get(user, PASSWORD)}
            token = ok(client.post("/tokens", json=said))["token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield client

    def user(self, name: str) -> str:
        """The name of a user: that of a person is by the person's number."""
        return f"person-{self.numbers[name]}" if name in self.numbers else name

    def settlements(self, who: str) -> list[dict[str, Any]]:
        """A person's settlements in the order in which they were made."""
        with self.client(who) as client:
            found: list[dict[str, Any]] = ok(client.get("/settlements"))["items"]
            return found


@contextmanager
def stories_at(folder: Path, library: Library) -> Iterator[Stories]:
    """The demo in a folder, with a user for everybody who has a story, at the end of January."""
    address, key = str(folder / "demo.db"), folder / "demo.key"
    made = made_at(address, key, library, 0, 1)
    book = Book(Store(address), Seal.from_file(key), library)
    identities = {
        one.name: invented_identity(one.born, one.serial) for one in named(notes("people"))
    }
    with book.reading() as connection:
        numbers = {
            name: person_with(connection, book.seal, one) or 0 for name, one in identities.items()
        }
    hashed = hash_of_password(PASSWORD)

    def open_them(act: Act) -> dict[str, str]:
        for number in numbers.values():
            open_user(act, User(f"person-{number}", "insured", person=number), hashed)
        open_user(act, User("elsewhere", "clerk", area="310000"), hashed)
        return {}

    book.do(Asked("test", {}, "test", NOW, date(2025, 1, 31)), open_them)
    pages = site(library, lambda: day_in_china(NOW), application(book, lambda: NOW))
    passwords = {one.name: one.password for one in made.users}
    with served(pages) as url:
        yield Stories(url, numbers, identities, passwords)
    book.close()
