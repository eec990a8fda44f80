"""The same visit over HTTP as JSON of our own, and by the national interface: the same journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from api_place import PASSWORD, ok, served, write
from book_place import do
from gongji.api.application import application
from gongji.api.passwords import hash_of_password
from gongji.book.access.users import User, open_user
from gongji.book.schema.journal import ENTRY, LEDGER, POSTING
from gongji.book.schema.visits import SETTLEMENT
from gongji.policy.versions import Library
from nhsa_place import HOSPITAL, Agency, agency_at, fee
from nhsa_visits import asked, registered

LINES = [("1", "XA01", "30", "20", "600.00"), ("2", "XB02", "10", "12", "120.00"),
         ("3", "S04", "1", "50", "50.00")]  # fmt: skip


def journal(agency: Agency) -> list[tuple[Any, ...]]:
    """Every posting with its entry, as it is kept."""
    with agency.book.reading() as connection:
        rows = connection.execute(
            select(
                ENTRY.c.id, ENTRY.c.day, ENTRY.c.kind, ENTRY.c.visit, LEDGER.c.kind, LEDGER.c.name,
                LEDGER.c.owner, POSTING.c.fen,
            )
            .where((POSTING.c.entry == ENTRY.c.id) & (LEDGER.c.id == POSTING.c.ledger))
            .order_by(ENTRY.c.id, LEDGER.c.kind, LEDGER.c.name)
        )  # fmt: skip
        return [tuple(row) for row in rows]


def settlements(agency: Agency) -> list[tuple[Any, ...]]:
    """What went into settlements and came out of them; acts and moments aside."""
    names = (
        "visit", "person", "scheme", "place", "day", "person_said", "bill", "before", "moved",
        "payments", "total_fen", "person_fen", "account_fen",
    )  # fmt: skip
    with agency.book.reading() as connection:
        rows = connection.execute(select(*(SETTLEMENT.c[name] for name in names)))
        return [tuple(row) for row in rows]


def by_rest(agency: Agency) -> None:
    user = User("the-institution", "institution", institution=HOSPITAL)
    do(agency.book, lambda act: {"user": open_user(act, user, hash_of_password(PASSWORD))})
    with (
        served(application(agency.book, agency.clock)) as url,
        httpx.Client(base_url=f"{url}/v1", timeout=60) as client,
    ):
        said = {"name": "the-institution", "password": PASSWORD}
        client.headers["Authorization"] = f"Bearer {ok(client.post('/tokens', json=said))['token']}"
        visit = {
            "person": agency.person, "institution": HOSPITAL, "day": "2024-11-30",
            "facts": {"setting": "outpatient"},
        }  # fmt: skip
        number = write(client, "/visits", visit)["visit"]
        lines = [
            {"serial": serial, "day": "2024-11-30", "code": code, "quantity": count,
             "price": price, "total": total, "approved": True}
            for serial, code, count, price, total in LINES
        ]  # fmt: skip
        write(client, f"/visits/{number}/coded-lines", {"lines": lines})
        write(client, f"/visits/{number}/settlement")


def by_interface(agency: Agency) -> None:
    software = agency.software()
    case = registered(software)
    software.ask("2204", feedetail=[fee(case, *line) for line in LINES])
    said = asked(software, case)
    software.ask("2206", data=said)
    software.ask("2207", data=said)


def test_both_ways_leave_the_same_journal(tmp_path: Path, library: Library) -> None:
    found = []
    for way in (by_rest, by_interface):
        folder = tmp_path / way.__name__
        folder.mkdir()
        agency = agency_at(str(folder / "book.db"), folder, library)
        way(agency)
        found.append((journal(agency), settlements(agency)))
        assert agency.clean() == []
        agency.book.close()
    assert found[0] == found[1]
    entries, made = found[0]
    assert len(made) == 1
    assert sum(fen for *_, fen in entries) == 0
    assert ("institution", "", HOSPITAL, 77000) in [row[4:] for row in entries]
