"""Backups of a book that others write in meanwhile, restored elsewhere: one state, a clean one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from book_place import TODAY, at_nine, database_of, new_at
from book_town import Place, Request, filled, opened, times, works
from gongji.book.backups.backup import backed_up
from gongji.book.backups.restoring import restored
from gongji.book.proof.verify import verified
from gongji.book.schema import METADATA
from gongji.book.schema.acts import ACT
from gongji.book.sealed import Seal
from gongji.policy.versions import Library

BACKUPS = 2


def quiet(*_: object) -> None:
    """Nobody watches."""


class Writing:
    """Somebody who opens and settles visits until told to stop."""

    def __init__(self, place: Place) -> None:
        self.done = 0
        self._place = place
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        book = opened(self._place)
        while not self._stop.is_set():
            person = self._place.persons[self.done % len(self._place.persons)]
            key = f"visit {self.done}"
            visit = works(book, Request(key, "visit", person, "H1", "50.00"))["number"]
            works(book, Request(f"settle {self.done}", "settle", visit))
            self.done += 1
        book.close()

    def __enter__(self) -> Writing:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_a_backup_taken_while_others_write_is_one_state_of_the_book(
    into: str, address: str, tmp_path: Path, library: Library, server: str
) -> None:
    book = new_at(address, tmp_path, library)
    place = filled(book, Place(address, tmp_path / "book.key"), persons=3)
    with Writing(place) as writing:
        for number in range(times(BACKUPS)):
            while writing.done < 3 * number + 2:
                threading.Event().wait(1 / 100)
            file = tmp_path / f"{number}.zip"
            before = writing.done
            made = backed_up(book.store, file, at_nine(TODAY), quiet)
            after = writing.done
            assert 1 + 2 * before <= made.rows["act"] <= 1 + 2 * (after + 1)
            target = str(tmp_path / f"{number}.db")
            if into == "postgresql":
                target = database_of(server)
            restored(file, target, Seal.from_file(place.key), quiet)
            copy = opened(place._replace(address=target))
            with copy.reading() as connection:
                report = verified(connection, library)
                assert (report.difference, report.acts) == (None, made.rows["act"])
                assert report.settlements >= before
            person = place.persons[0]
            works(copy, Request(f"goes on {number}", "visit", person, "H1", "1.00"))
            copy.close()
    book.close()


def test_what_is_restored_is_the_same_row_by_row(
    address: str, tmp_path: Path, library: Library, server: str
) -> None:
    book = new_at(address, tmp_path, library)
    place = filled(book, Place(address, tmp_path / "book.key"), persons=2)
    for number in range(4):
        person = place.persons[number % 2]
        visit = works(book, Request(f"v{number}", "visit", person, "H1", "700.00"))["number"]
        works(book, Request(f"s{number}", "settle", visit))
    works(book, Request("cancel", "cancel", 1))
    file = tmp_path / "backup.zip"
    made = backed_up(book.store, file, at_nine(TODAY), quiet)
    assert made.rows["entry"] >= 5
    for target in (str(tmp_path / "again.db"), database_of(server)):
        restored(file, target, Seal.from_file(place.key), quiet)
        copy = opened(place._replace(address=target))
        with book.reading() as one, copy.reading() as other:
            for table in METADATA.sorted_tables:
                rows = select(table).order_by(*table.primary_key)
                assert one.execute(rows).all() == other.execute(rows).all(), table.name
            assert other.scalar(select(func.count()).select_from(ACT)) == made.rows["act"]
        copy.close()
    book.close()
