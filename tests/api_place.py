"""A book that is served over HTTP for tests, with a user of every role."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import uvicorn
from starlette.types import ASGIApp

from book_place import identity, new_at
from gongji.api.application import application
from gongji.api.passwords import hash_of_password
from gongji.book.access.users import User, open_user
from gongji.book.acts import Act, Asked
from gongji.book.book import Book
from gongji.book.contributions.declaring import carry_over
from gongji.book.persons.people import enrol, register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.policy.versions import Library
from gongji.wording import Bilingual

__all__ = ["CARD", "PASSWORD", "Clock", "House", "Town", "house_at", "key", "ok", "served", "write"]

PASSWORD = "three plain words"
BOUNDS = {"base_floor": "4494", "base_ceiling": "24042", "top_up_base": "5000"}
"""What notices give each year: the least and the most base of contributions, that of a top-up."""

CARD = identity("320402", "19800101", 1)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = datetime(2024, 11, 30, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: int) -> None:
        self.now += timedelta(**by)


class House(NamedTuple):
    """A served book: requests by role, the clock, the numbers of what is there."""

    book: Book
    url: str
    clock: Clock
    town: Town

    @contextmanager
    def client(self, role: str | None = None) -> Iterator[httpx.Client]:
        """A client of a role that is logged in, or of nobody."""
        with httpx.Client(base_url=f"{self.url}/v1", timeout=60) as client:
            if role is not None:
                client.headers["Authorization"] = f"Bearer {self.token(client, f'the-{role}')}"
            yield client

    def token(self, client: httpx.Client, name: str, password: str = PASSWORD) -> str:
        """The token of a user who logs in."""
        said = {"name": name, "password": password}
        token: str = ok(client.post("/tokens", json=said))["token"]
        return token


class Town(NamedTuple):
    """What every book of these tests begins with."""

    person: int
    scheme: int


def key() -> dict[str, str]:
    """The header of a new request that writes."""
    return {"Idempotency-Key": uuid4().hex}


def ok(answer: httpx.Response) -> Any:
    """The record of an answer that is none of a refusal."""
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def write(client: httpx.Client, path: str, said: Mapping[str, Any] | None = None) -> Any:
    """Send a request that writes, and give its record."""
    return ok(client.post(path, json=said, headers=key()))


@contextmanager
def house_at(
    address: str,
    folder: Path,
    library: Library,
    make: Callable[[Book, Clock], ASGIApp] = application,
) -> Iterator[House]:
    """A book with an area, a scheme, two hospitals, an insured person, and a user of each role.

    `make` gives what is served; without it the API.
    """
    book = new_at(address, folder, library)
    clock = Clock()
    town: list[Town] = []

    def work(act: Act) -> dict[str, str]:
        town.append(_town(act, library))
        return {}

    book.do(Asked("test", {}, "test", datetime(2024, 1, 1, tzinfo=UTC), clock.now.date()), work)
    with served(make(book, clock)) as url:
        yield House(book, url, clock, town[0])
    book.close()


def _town(act: Act, library: Library) -> Town:
    opened = date(2024, 1, 1)
    open_area(act, "320400", Bilingual("常州", "Changzhou"))
    scheme = open_scheme(act, library, "320400", "changzhou/employee", BOUNDS)
    facts = {"provider": "hospital", "tier": "tier_3", "designated": "yes"}
    open_institution(act, "320400", "H1", "常州一院", opened, facts)
    open_institution(act, "320400", "H2", "常州二院", opened, facts)
    person = register(act, CARD, "张三")
    facts = {"category": "active", "insured_as": "employee"}
    enrol(act, library, person, scheme, opened, facts)
    carry_over(act, person, scheme, date(2010, 1, 10), "2023-12", 168)
    hashed = hash_of_password(PASSWORD)
    for user in (
        User("the-insured", "insured", person=person),
        User("the-institution", "institution", institution="H1"),
        User("the-clerk", "clerk", area="320400"),
        User("the-supervisor", "supervisor"),
        User("the-auditor", "auditor"),
    ):
        open_user(act, user, hashed)
    return Town(person, scheme)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """A real server of an application, in a thread; gives its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
