"""The steps that make the tables of a book come to what the program works with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gongji.book.migrate import check_current, migrated
from gongji.book.schema import METADATA
from gongji.book.store import Store
from gongji.wording import Refused


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    found = Store(address)
    yield found
    found.close()


def test_steps_come_to_the_tables_that_are_described(store: Store) -> None:
    assert migrated(store) == (None, "0001")
    with store.reading() as connection:
        check_current(connection)
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    assert migrated(store) == ("0001", "0001")


def test_what_is_no_book_is_said_to_be_none(store: Store) -> None:
    with store.reading() as connection, pytest.raises(Refused) as refused:
        check_current(connection)
    assert refused.value.kind == "no_book"
