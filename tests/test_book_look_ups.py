"""Look-ups foreseen at one stroke give what they give one by one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import event

from book_place import do, new_at
from book_town import AREA, Place, Request, filled, works
from gongji.book.contributions.record import record_look_ups, record_of
from gongji.book.look_ups import LookUp, foreseen, looked_up, together
from gongji.book.persons.facts import facts_look_up, facts_on
from gongji.book.persons.people import member_look_up, member_on
from gongji.book.rules import scheme_look_up, scheme_of
from gongji.book.schema.places import AREA as AREAS
from gongji.book.years.closed import closed_look_up
from gongji.policy.versions import Library

DAY = date(2024, 3, 1)


def test_what_is_foreseen_is_what_would_be_found(
    address: str, tmp_path: Path, library: Library
) -> None:
    book = new_at(address, tmp_path, library)
    (person,) = filled(book, Place(address, tmp_path / "book.key"), persons=1).persons
    wanted = [
        facts_look_up("person", str(person), DAY),
        facts_look_up("institution", "H1", DAY),
        facts_look_up("institution", "H9", DAY),
        facts_look_up("person", str(person), DAY, date(2023, 12, 31)),
        member_look_up(person, DAY),
        *record_look_ups(person, 1),
        scheme_look_up(1),
        closed_look_up(AREA, 2024),
    ]
    with book.reading() as connection:
        one_by_one = [[tuple(row) for row in looked_up(connection, one)] for one in wanted]
        facts = facts_on(connection, "person", str(person), DAY)
        member, scheme = member_on(connection, person, DAY), scheme_of(connection, 1)
        record = record_of(connection, person, 1, member.since)
        asked: list[object] = []
        with foreseen(connection, wanted):
            event.listen(book.store.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
            at_once = [[tuple(row) for row in looked_up(connection, one)] for one in wanted]
            if connection.dialect.name == "postgresql":
                assert asked == []
            assert facts_on(connection, "person", str(person), DAY) == facts
            assert (member_on(connection, person, DAY), scheme_of(connection, 1)) == (
                member,
                scheme,
            )
            assert record_of(connection, person, 1, member.since) == record
            facts_on(connection, "person", str(person), date(2024, 3, 2))  # not foreseen: asked
            assert asked
        assert at_once == one_by_one
        assert [len(rows) for rows in at_once] == [2, 3, 0, 0, 1, 0, 1, 1, 0]
    book.close()


def test_what_is_done_together_is_done_in_its_order(
    address: str, tmp_path: Path, library: Library
) -> None:
    book = new_at(address, tmp_path, library)
    filled(book, Place(address, tmp_path / "book.key"), persons=1)
    renamed = AREAS.update().where(AREAS.c.code == AREA).values(en="renamed")
    names = AREAS.select().with_only_columns(AREAS.c.en)

    def work(act: object) -> list[list[str]]:
        connection = act.connection  # type: ignore[attr-defined]
        asked = [LookUp(names, {}), LookUp(renamed, {}), LookUp(names, {})]
        return [[row.en for row in rows] for rows in together(connection, asked)]

    assert do(book, work) == [["a city"], [], ["renamed"]]
    assert works(book, Request("v", "visit", 1, "H1", "1.00"))["number"] == 1
    book.close()
