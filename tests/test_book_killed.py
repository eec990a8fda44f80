"""Whoever writes is killed at any moment: what was acknowledged is there, nothing is half done.

Bounded in CI; with `GONGJI_TEST_TIMES=100` a hundred times as much is done.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import Table, func, select

from book_place import Server, database_of, new_at
from book_town import Lives, Place, Request, asked, filled, opened, started, times, works
from gongji.book.acts import Act, Json
from gongji.book.book import Book
from gongji.book.proof.verify import verified
from gongji.book.schema.acts import ACT
from gongji.book.schema.visits import SETTLEMENT, VISIT
from gongji.policy.versions import Library

KILLS, CRASHES = 12, 4
WORKERS = 2
MOST_MILLISECONDS = 25
"""Longer than an act takes, so that each moment of one is met."""

Told = list[tuple[Request, Json | None]]
"""What a worker told: each request before it is done, and again with the answer."""


def town_at(address: str, folder: Path, library: Library) -> Place:
    book = new_at(address, folder, library)
    place = filled(book, Place(address, folder / "book.key"), persons=3)
    book.close()
    return place


def heard(worker: Lives, most: int) -> Iterator[tuple[Request, Json | None]]:
    """What a worker tells, at most so many times, or until it is gone."""
    with suppress(EOFError, ConnectionResetError):
        for _ in range(most):
            yield worker.told.recv()


def worked(place: Place, draw: random.Random, seed: str, end: Server | None) -> list[Told]:
    """Have workers work for a while and be killed, or their server crash."""
    with ExitStack() as stack:
        workers = [stack.enter_context(started(place, f"{seed}.{one}")) for one in range(WORKERS)]
        told = [list(heard(worker, draw.randrange(2, 16))) for worker in workers]
        sleep(draw.randrange(MOST_MILLISECONDS * 1000) / 1_000_000)
        if end is not None:
            end.crash()
            end.start()
        for worker in workers:
            if end is None:
                worker.process.kill()
        return [
            begun + list(heard(worker, 1_000_000))
            for begun, worker in zip(told, workers, strict=True)
        ]


def hold(place: Place, told: list[Told], acts: int) -> int:
    """Hold a book to what its workers were told.  Gives how many acts it has now."""
    book = opened(place)
    with book.reading() as connection:
        report = verified(connection, book.library)
        keys = set(connection.scalars(select(ACT.c.key)))
    assert report.difference is None, report.difference
    answered = [(request, answer) for one in told for request, answer in one if answer]
    asks = [one[-1][0] for one in told if one and one[-1][1] is None]
    assert report.acts == acts + len(answered) + sum(request.key in keys for request in asks)
    for request, answer in answered:
        assert book.do(asked(request), unasked) == answer
        hold_effect(book, request, answer["number"])
    for request in asks:  # nobody was told: sent again it is done once, whether it was or not
        again = works(book, request)
        assert book.do(asked(request), unasked) == again
        hold_effect(book, request, again["number"])
    book.close()
    return acts + len(answered) + len(asks)


def unasked(_: Act) -> Json:
    pytest.fail("what was done is done again")


def hold_effect(book: Book, request: Request, number: int) -> None:
    """What a request did is there, once, and by its own act."""
    act = select(ACT.c.id).where(ACT.c.key == request.key).scalar_subquery()
    table: Table = VISIT if request.what == "visit" else SETTLEMENT
    by = table.c.ended if request.what == "cancel" else table.c.act
    mine = (by == act) & (table.c.id == number)
    with book.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(table).where(mine)) == 1


def test_writers_are_killed(address: str, tmp_path: Path, library: Library) -> None:
    place = town_at(address, tmp_path, library)
    acts = 1
    for kill in range(times(KILLS)):
        draw = random.Random(kill)
        acts = hold(place, worked(place, draw, f"{kill}", None), acts)


def test_the_server_crashes(tmp_path: Path, library: Library) -> None:
    server = Server()
    try:
        place = town_at(database_of(server.address), tmp_path, library)
        acts = 1
        for crash in range(times(CRASHES)):
            draw = random.Random(crash)
            acts = hold(place, worked(place, draw, f"{crash}", server), acts)
    finally:
        server.stop()
