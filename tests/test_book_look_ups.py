"""Look-ups foreseen at one stroke give what they give one by one."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from book_place import new_at
from book_town import AREA, Place, filled
from gongji.book import look_ups
from gongji.book.contributions.record import record_look_ups, record_of
from gongji.book.look_ups import foreseen, looked_up
from gongji.book.persons.facts import facts_look_up, facts_on
from gongji.book.persons.people import member_look_up, member_on
from gongji.book.rules import scheme_look_up, scheme_of
from gongji.book.statements import Rows, sent
from gongji.book.years.closed import closed_look_up
from gongji.policy.versions import Library

DAY = date(2024, 3, 1)


def test_what_is_foreseen_is_what_would_be_found(
    address: str, tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
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

        def noted(connection: Connection, *look_up: Any) -> Rows:
            asked.append(look_up)
            return sent(connection, *look_up)

        with foreseen(connection, wanted):
            monkeypatch.setattr(look_ups, "sent", noted)
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
