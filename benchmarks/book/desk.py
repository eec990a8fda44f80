"""A desk that settles: a book with a hospital, persons whose visits wait, and a server over it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from time import sleep
from uuid import uuid4

from gongji.api.passwords import hash_of_password
from gongji.book.access.users import User, open_user
from gongji.book.acts import Act, Asked, Json
from gongji.book.book import Book, new_book
from gongji.book.care.settling import settled
from gongji.book.care.visits import add_lines, begin_visit
from gongji.book.contributions.declaring import carry_over
from gongji.book.persons.people import enrol, register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.book.sealed import Seal
from gongji.book.store import Store
from gongji.policy.versions import Library
from gongji.wording import Bilingual

__all__ = ["Desk", "desk_of"]

AREA, POLICY = "320400", "changzhou/employee"
OPENED, DAY = date(2024, 1, 1), date(2024, 3, 1)
NAME, PASSWORD = "desk", "three plain words"
MANY = 50

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Desk:
    """A book, and the way to it over HTTP; each thread keeps its own connection."""

    def __init__(self, book: Book, port: int) -> None:
        self.book = book
        self.port = port
        self.server = 0
        """The process that serves."""
        self._persons = 0
        self._own = threading.local()
        self._scheme = int(self.do(_opened)["scheme"])
        self._token = ""

    def let_in(self) -> None:
        """Log in."""
        said = {"name": NAME, "password": PASSWORD}
        self._token = str(self.sent("/v1/tokens", said)["token"])

    def visits(self, number: int, persons: int = MANY) -> list[int]:
        """So many visits that wait to be settled, turn by turn of persons who are new."""
        found: list[int] = []

        def work(act: Act) -> Json:
            some = [self._person(act) for _ in range(persons)]
            for one in range(number):
                said = {"setting": "outpatient"}
                library, person = self.book.library, some[one % persons]
                found.append(begin_visit(act, library, person, "H1", DAY, said))
                add_lines(act, library, found[-1], [{"in_scope": "123.45"}])
            return {}

        self.do(work)
        return found

    def settle(self, visit: int) -> None:
        """Settle a visit as the service does."""
        asked = _asked("settle_visit", {"visit": visit})
        self.book.do(
            asked, lambda act: {"number": settled(act, self.book.library, visit).number}, visit
        )

    def ask(self, visit: int) -> None:
        """Have a visit settled over HTTP."""
        self.sent(f"/v1/visits/{visit}/settlement", None)

    def persons(self, number: int) -> list[int]:
        """So many persons who are new."""
        found: list[int] = []

        def work(act: Act) -> Json:
            found.extend(self._person(act) for _ in range(number))
            return {}

        self.do(work)
        return found

    def who(self) -> None:
        """Ask over HTTP who one is."""
        connection = self._connection()
        connection.request("GET", "/v1/me", headers={"Authorization": f"Bearer {self._token}"})
        assert connection.getresponse().read()

    def sent(self, path: str, said: Json | None) -> Json:
        """Send a request that writes, and give its record."""
        connection = self._connection()
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        content = None if said is None else json.dumps(said)
        try:
            connection.request("POST", path, content, headers)
            answer = connection.getresponse()
        except http.client.RemoteDisconnected:  # it was idle for long
            connection.close()
            connection.request("POST", path, content, headers)
            answer = connection.getresponse()
        text = answer.read()
        assert answer.status in (200, 201), text
        record: Json = json.loads(text)
        return record

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        found: http.client.HTTPConnection = self._own.connection
        return found

    def _person(self, act: Act) -> int:
        self._persons += 1
        identity = _identity(self._persons)
        number = register(act, identity, "甲")
        facts = {"category": "active", "insured_as": "employee"}
        enrol(act, self.book.library, number, self._scheme, OPENED, facts)
        carry_over(act, number, self._scheme, date(2010, 1, 10), "2023-12", 168)
        return number

    def do(self, work: object) -> Json:
        """Do something in the book, beside the server."""
        return self.book.do(_asked("fill", {}), work)  # type: ignore[arg-type]


@contextmanager
def desk_of(address: str, folder: Path) -> Iterator[Desk]:
    """A new book in an empty database, and `gongji serve` over it."""
    key = folder / "book.key"
    new_book(address, key)
    book = Book(Store(address), Seal.from_file(key), Library())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    desk = Desk(book, port)
    words = ["serve", "--book", address, "--key", str(key), "--port", str(port)]
    gongji = Path(sys.executable).parent / "gongji"
    server = subprocess.Popen([str(gongji), *words], stderr=subprocess.DEVNULL)
    desk.server = server.pid
    try:
        _wait_for(port)
        desk.let_in()
        yield desk
    finally:
        server.terminate()
        server.wait()
        book.close()


def _opened(act: Act) -> Json:
    library = Library()
    open_area(act, AREA, Bilingual("某市", "a city"))
    scheme = open_scheme(act, library, AREA, POLICY, {})
    facts = {"provider": "hospital", "tier": "tier_3", "designated": "yes"}
    open_institution(act, AREA, "H1", "第一医院", OPENED, facts)
    open_user(act, User(NAME, "institution", institution="H1"), hash_of_password(PASSWORD))
    return {"scheme": scheme}


def _asked(service: str, request: Json) -> Asked:
    at = datetime.now(UTC)
    return Asked(service, request, NAME, at, at.date(), uuid4().hex)


def _identity(serial: int) -> str:
    day = date(1950, 1, 1).toordinal() + serial // 1000
    front = f"320402{date.fromordinal(day):%Y%m%d}{serial % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(front, _WEIGHTS, strict=True))
    return front + "10X98765432"[total % 11]


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(1 / 10)
    raise SystemExit(os.strerror(111))
