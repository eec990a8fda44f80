"""A town to be worked in by many at once: hospitals of every tier and insured persons.

What the workers do, they do in processes of their own, which can be killed at any moment.
"""

from __future__ import annotations

import multiprocessing
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, NamedTuple

from book_place import TODAY, at_nine, do, identity
from gongji.book.acts import Act, Asked, Json
from gongji.book.book import Book
from gongji.book.care.cancelling import cancelled
from gongji.book.care.settling import locked_meters, open_visit, settled, standing_of
from gongji.book.care.visits import add_lines, begin_visit
from gongji.book.contributions.declaring import carry_over
from gongji.book.persons.people import enrol, register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.book.sealed import Seal
from gongji.book.store import Store
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = [
    "Lives",
    "Place",
    "Request",
    "asked",
    "filled",
    "opened",
    "settled_by_many",
    "started",
    "times",
    "works",
]

OPENED = date(2024, 1, 1)
AREA = "320400"
HOSPITALS = {"H1": "tier_1", "H2": "tier_2", "H3": "tier_3", "H4": "tier_3"}


class Place(NamedTuple):
    """Where a town's book lies; and who is insured there."""

    address: str
    key: Path
    persons: tuple[int, ...] = ()
    policy: str = "changzhou/employee"
    facts: Mapping[str, str] = {"category": "active", "insured_as": "employee"}


class Request(NamedTuple):
    """What a worker asks for: to open a `visit` of a person, to `settle` or `cancel` a visit."""

    key: str
    what: str
    about: int
    institution: str = ""
    amount: str = ""
    said: Mapping[str, str] = {}


def times(number: int) -> int:
    """So many in CI; `GONGJI_TEST_TIMES` times as many on demand."""
    return number * int(os.environ.get("GONGJI_TEST_TIMES", "1"))


def opened(place: Place) -> Book:
    """A town's book."""
    return Book(Store(place.address), Seal.from_file(place.key), Library())


def filled(book: Book, place: Place, persons: int) -> Place:
    """A town with hospitals, and persons insured from the first day on, who paid for 14 years."""
    library = book.library

    def work(act: Act) -> list[int]:
        open_area(act, AREA, Bilingual("某市", "a city"))
        scheme = open_scheme(act, library, AREA, place.policy, {})
        for code, tier in HOSPITALS.items():
            facts = {"provider": "hospital", "tier": tier, "designated": "yes"}
            open_institution(act, AREA, code, code, OPENED, facts)
        found = []
        for serial in range(persons):
            number = register(act, identity("320402", "19800101", serial), f"甲{serial}")
            enrol(act, library, number, scheme, OPENED, dict(place.facts))
            carry_over(act, number, scheme, date(2010, 1, 10), "2023-12", 168)
            found.append(number)
        return found

    return place._replace(persons=tuple(do(book, work, day=OPENED)))


def asked(request: Request) -> Asked:
    """A request as the book takes it."""
    return Asked(request.what, request._asdict(), "hospital", at_nine(TODAY), TODAY, request.key)


def works(book: Book, request: Request) -> Json:
    """Do what a request asks for.  Gives the number of the visit or the settlement."""

    def work(act: Act) -> Json:
        if request.what == "visit":
            day = date(2024, 3, 1)
            said = {"setting": "outpatient", **request.said}
            where = request.institution
            number = begin_visit(act, book.library, request.about, where, day, said)
            add_lines(act, book.library, number, [{"in_scope": request.amount}])
            return {"number": number}
        if request.what == "settle":
            return {"number": settled(act, book.library, request.about).number}
        visit = open_visit(act.connection, request.about)
        locked_meters(act.connection, visit.person, visit.scheme)  # others settle it again
        standing = standing_of(act.connection, visit.id)
        assert standing is not None
        cancelled(act, book.library, standing.id)
        return {"number": standing.id}

    return book.do(asked(request), work, strand=request.about)


# --- processes -----------------------------------------------------------------------------------


class Lives(NamedTuple):
    """A worker's process, and where it tells what it asks for and what it was answered."""

    process: Any
    told: Pipe


@contextmanager
def started(place: Place, seed: str) -> Iterator[Lives]:
    """A worker that goes on until it is killed."""
    processes = _processes()
    told, tells = processes.Pipe(duplex=False)
    process = processes.Process(target=_work, args=(place, seed, tells), daemon=True)
    process.start()
    tells.close()
    try:
        yield Lives(process, told)
    finally:
        process.kill()
        process.join()
        told.close()


def settled_by_many(place: Place, visits: Sequence[int], processes: int, threads: int) -> None:
    """Have visits settled at once by threads of several processes."""
    of_them = _processes()
    workers = [
        of_them.Process(target=_settle, args=(place, visits[one::processes], threads))
        for one in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0


def _settle(place: Place, visits: Sequence[int], threads: int) -> None:
    book = opened(place)
    with ThreadPoolExecutor(threads) as pool:
        requests = [Request(f"settle {visit}", "settle", visit) for visit in visits]
        list(pool.map(lambda request: works(book, request), requests))


def _processes() -> Any:
    """Processes that begin with everything imported, without threads of whoever starts them."""
    here = str(Path(__file__).parent)
    if here not in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(
            [here, *filter(None, [os.environ.get("PYTHONPATH")])]
        )
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["book_town"])
    return processes


def _work(place: Place, seed: str, tells: Pipe) -> None:
    """Open visits, settle them, cancel some; tell of each before and after, until killed."""
    draw = random.Random(seed)
    book = opened(place)
    visits: list[int] = []
    settled_visits: list[int] = []
    for number in range(1_000_000):
        request = _next(draw, place, f"{seed} {number}", visits, settled_visits)
        tells.send((request, None))
        try:
            answer = works(book, request)
        except Refused as refused:
            if refused.kind not in {"cut_off", "no_book"}:
                raise
            return  # the server is gone, and whether it was done is not known
        tells.send((request, answer))
        if request.what == "visit":
            visits.append(answer["number"])
        elif request.what == "settle":
            settled_visits.append(request.about)


def _next(
    draw: random.Random, place: Place, key: str, visits: list[int], settled_visits: list[int]
) -> Request:
    what = draw.choice(["visit", "settle", "settle", "cancel"])
    if what == "settle" and visits:
        return Request(key, what, visits.pop(draw.randrange(len(visits))))
    if what == "cancel" and settled_visits and draw.random() < 0.3:
        return Request(key, what, settled_visits.pop(draw.randrange(len(settled_visits))))
    amount = f"{draw.randrange(1, 300_000) // 100}.{draw.randrange(100):02}"
    where = draw.choice(list(HOSPITALS))
    return Request(key, "visit", draw.choice(place.persons), where, amount)
