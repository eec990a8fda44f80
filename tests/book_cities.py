"""Two invented cities after half a year, with a desk: where each test of the model begins."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from pathlib import Path

from sqlalchemy import make_url

from book_desk import Desk
from book_held import LIBRARY
from book_model import EMPLOYEE, RESIDENT, Model
from book_place import new_at, put_copy
from gongji.book.book import Book
from gongji.book.sealed import Seal
from gongji.book.store import Store, address_of

__all__ = ["ACTIVE", "BABY", "BORN", "RETIRED", "WAGE", "Cities"]

WAGE = "4567.85"
ACTIVE, RETIRED, BABY = 0, 1, 2
BORN = {1: date(1980, 1, 1), 2: date(1955, 5, 5), 3: date(2024, 3, 10), 4: date(1990, 9, 9)}


def lived_in(desk: Desk) -> None:
    """Half a year of the cities: one who works and pays, one who is retired, and a child."""
    desk.opened()
    for serial in (1, 2):
        desk.register(serial, BORN[serial], f"甲{serial}")
    first = date(2024, 1, 1)
    desk.enrol(ACTIVE, EMPLOYEE, first, {"category": "active", "wage": WAGE})
    desk.enrol(RETIRED, EMPLOYEE, first, {"category": "retired"})
    for month in ("2024-01", "2024-02", "2024-03", "2024-04"):
        desk.model.today = date.fromisoformat(f"{month}-20")
        desk.declare(ACTIVE, month)
        desk.receive([len(desk.model.dues) - 1], date.fromisoformat(f"{month}-15"))
        desk.credit(EMPLOYEE, month, desk.model.today)
    desk.register(3, BORN[3], "甲3")
    desk.enrol(BABY, RESIDENT, BORN[3], {})
    desk.authorise(ACTIVE, BABY, "child", date(2024, 4, 1))
    desk.model.today = date(2024, 6, 15)


class Cities:
    """Where each life begins: a copy of the two cities after half a year."""

    def __init__(self, address: str, folder: Path) -> None:
        self.folder = folder
        self.desk = Desk(new_at(address, folder, LIBRARY), Model())
        lived_in(self.desk)
        self.desk.clean()
        self.desk.book.close()
        self.url = make_url(address_of(address))
        self.embedded = self.url.get_backend_name() == "sqlite"

    def desk_in_a_copy(self) -> Desk:
        """A desk of its own."""
        if self.embedded:
            address = str(self.folder / "copy.db")
            for end in ("", "-wal", "-shm"):
                Path(address + end).unlink(missing_ok=True)
        else:
            address = self.url.set(database="copy").render_as_string(hide_password=False)
        assert self.url.database is not None
        put_copy(self.url.database, address)
        book = Book(Store(address), Seal.from_file(self.folder / "book.key"), LIBRARY)
        desk = Desk(book, self.desk.model.copy())
        desk.schemes, desk.asked = self.desk.schemes, self.desk.asked
        desk.numbers, desk.done = deepcopy(self.desk.numbers), list(self.desk.done)
        return desk
