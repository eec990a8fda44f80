"""Who saw what: written down before it is shown, chained by hash, and open to whom it concerns."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api_place import House, house_at, key, ok, write
from gongji.book.access.sights import Sight, Sights, broken_sights
from gongji.policy.versions import Library


@pytest.fixture
def house(address: str, tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(address, tmp_path, library) as found:
        yield found


def sights(house: House) -> list[Any]:
    with house.book.reading() as connection:
        return list(connection.execute(text("SELECT * FROM sight ORDER BY place")))


def broken(house: House) -> list[str]:
    with house.book.reading() as connection:
        return [one.en for one in broken_sights(connection)]


def test_every_look_is_written_down_with_who_and_what(house: House) -> None:
    person = house.town.person
    with house.client("clerk") as clerk, house.client("institution") as hospital:
        ok(clerk.get(f"/persons/{person}"))
        clerk.get("/persons/99")
        hospital.get(f"/persons/{person}")
        ok(clerk.get(f"/visits?person={person}"))
    found = [(one.by, one.service, one.about, one.person, one.outcome) for one in sights(house)]
    assert found == [
        ("the-clerk", "log_in", "", None, "done"),
        ("the-institution", "log_in", "", None, "done"),
        ("the-clerk", "see_person", f"person {person}", person, "done"),
        ("the-clerk", "see_person", "person 99", None, "unknown_person"),
        ("the-institution", "see_person", f"person {person}", None, "not_allowed"),
        ("the-clerk", "list_visits", "", person, "done"),
    ]
    with house.client("insured") as insured:
        mine = ok(insured.get(f"/persons/{person}/sights"))["items"]
        assert [(one["by"], one["service"]) for one in mine] == [
            ("the-clerk", "see_person"), ("the-clerk", "list_visits"), ("the-insured", "log_in"),
        ]  # fmt: skip
    with house.client("auditor") as auditor:
        assert len(ok(auditor.get("/sights"))["items"]) == 9
        acts = ok(auditor.get("/acts"))["items"]
        assert [(one["by"], one["service"], one["day"]) for one in acts] == [
            ("test", "test", "2024-11-30")
        ]
    assert broken(house) == []


def test_what_was_done_is_an_act_with_its_name(house: House) -> None:
    with house.client("institution") as hospital, house.client("auditor") as auditor:
        write(hospital, "/visits", {"person": 1, "institution": "H1", "day": "2024-03-01"})
        *_, last = ok(auditor.get("/acts"))["items"]
        assert (last["by"], last["service"]) == ("the-institution", "begin_a_visit")
        assert last["at"] == "2024-11-30T01:00:00+00:00"


def test_failed_log_ins_name_nobody_who_is_none(house: House) -> None:
    with house.client() as client:
        for name in ("the-clerk", "my password, by mistake"):
            client.post("/tokens", json={"name": name, "password": "wrong"})
    assert [(one.by, one.outcome) for one in sights(house)] == [
        ("the-clerk", "wrong_password"), ("nobody", "wrong_password"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE sight SET by = 'other' WHERE place = 2", "sight 2: it is not as it was written"),
        ("UPDATE sight SET person = NULL WHERE place = 3", "sight 3: it is not as it was written"),
        ("DELETE FROM sight WHERE place = 2", "sight 3: what came before it is not there"),
        ("DELETE FROM sight WHERE place = 4", "the last sights are not there"),
        ("UPDATE last_sight SET place = place + 1", "the last sights are not there"),
        ("DELETE FROM last_sight", "the last sights are not there"),
    ],
)
def test_an_edit_of_the_trail_shows(house: House, change: str, told: str) -> None:
    with house.client("clerk") as clerk:
        for _ in range(3):
            ok(clerk.get(f"/persons/{house.town.person}"))
    assert broken(house) == []
    with house.book.store.writing() as connection:
        connection.execute(text(change))
    assert told in broken(house)[0]


def test_many_looks_at_the_same_moment_hang_on_one_chain(house: House) -> None:
    with house.client("auditor") as auditor:

        def look(_: int) -> int:
            return auditor.get("/persons/1").status_code

        with ThreadPoolExecutor(12) as threads:
            assert set(threads.map(look, range(120))) == {200}
    assert len(sights(house)) == 121
    assert broken(house) == []


def test_looks_that_wait_are_written_together(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one is written nine come: two transactions write all ten."""
    store, written = house.book.store, 0
    trail, begun, go_on = Sights(store), threading.Event(), threading.Event()
    writing = type(store).writing

    def slow(self: Any) -> Any:
        nonlocal written
        written += 1
        begun.set()
        assert go_on.wait(30)
        return writing(self)

    monkeypatch.setattr(type(store), "writing", slow)
    one = Sight(datetime(2024, 11, 30, tzinfo=UTC), "somebody", "see", "x 1", None, "done")
    with ThreadPoolExecutor(10) as threads:
        first = threads.submit(trail.write, one)
        assert begun.wait(30)
        later = [threads.submit(trail.write, one) for _ in range(9)]
        while len(trail._line) < 9:
            pass
        go_on.set()
        for each in (first, *later):
            each.result()
    assert written == 2
    assert len(sights(house)) == 10
    assert broken(house) == []


def test_what_cannot_be_written_down_is_not_shown(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.client("clerk") as clerk:
        ok(clerk.get("/me"))

        def full(*_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr("gongji.book.access.sights._appended", full)
        answer = clerk.get(f"/persons/{house.town.person}")
        assert answer.status_code == 500
        assert "张三" not in answer.text
        monkeypatch.undo()
        ok(clerk.get(f"/persons/{house.town.person}"))
        assert clerk.put("/me/password", headers=key()).status_code == 422
