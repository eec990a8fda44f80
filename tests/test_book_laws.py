"""Laws of the book: what is cancelled was never there, and persons do not touch each other."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from book_cities import ACTIVE, BABY, RETIRED, Cities
from book_desk import Desk
from book_town import times
from gongji.book.schema.journal import LEDGER, POSTING
from gongji.book.schema.visits import STANDING

Bill = tuple[int, int, int, str | None]
"""Whose, after how many days, of how many fen, and whether the account may pay."""

FIRST = date(2024, 3, 15)
BILLS = st.lists(
    st.tuples(
        st.sampled_from([ACTIVE, RETIRED, BABY]), st.integers(0, 90),
        st.integers(1, 100_000), st.sampled_from([None, "no"]),
    ),
    min_size=1, max_size=6,
)  # fmt: skip
some_examples = settings(
    max_examples=times(6),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

State = tuple[dict[Any, int], dict[Any, str]]


@pytest.fixture
def cities(address: str, tmp_path: Path) -> Cities:
    return Cities(address, tmp_path)


def treated(desk: Desk, bill: Bill, *, account: bool = True) -> int:
    """A visit that is settled; gives its place."""
    who, after, fen, use = bill
    visit = len(desk.model.visits)
    use = None if who == BABY else use if account else "no"
    desk.begin(who, FIRST + timedelta(days=after), use_account=use)
    desk.add_lines(visit, [(fen, 0)])
    desk.settle(visit)
    return visit


def state(desk: Desk) -> State:
    """What is booked on every account, and every person's meters; what is nothing left out.

    What a person paid at a desk and what they are owed is one.
    """
    with desk.book.reading() as connection:
        rows = connection.execute(
            select(LEDGER.c.area, LEDGER.c.kind, LEDGER.c.name, LEDGER.c.owner, POSTING.c.fen)
            .where(LEDGER.c.id == POSTING.c.ledger)
        ).all()  # fmt: skip
        standings = connection.execute(select(STANDING)).all()
    sums: Counter[Any] = Counter()
    for area, kind, name, owner, fen in rows:
        sums[("person",) if kind in {"cash", "person"} else (area, kind, name, owner)] += fen
    meters = {(one.person, one.scheme): one.meters for one in standings if one.meters != "{}"}
    return {account: fen for account, fen in sums.items() if fen}, meters


def test_what_is_cancelled_last_was_never_settled(cities: Cities) -> None:
    """Balances and meters are exactly as they were."""

    @some_examples
    @given(bills=BILLS, last=BILLS)
    def holds(bills: list[Bill], last: list[Bill]) -> None:
        desk = cities.desk_in_a_copy()
        for bill in bills:
            treated(desk, bill)
        before = state(desk)
        desk.cancel(treated(desk, last[0]))
        assert state(desk) == before
        desk.book.close()

    holds()


def test_what_is_cancelled_in_the_middle_was_never_settled(cities: Cities) -> None:
    """The end is the same as without it, where accounts are not touched."""

    @some_examples
    @given(bills=BILLS, at=st.integers(0, 5))
    def holds(bills: list[Bill], at: int) -> None:
        gone = at % len(bills)
        desk = cities.desk_in_a_copy()
        visits = [treated(desk, bill, account=False) for bill in bills]
        desk.cancel(visits[gone])
        found = state(desk)
        desk.book.close()
        desk = cities.desk_in_a_copy()
        for bill in bills[:gone] + bills[gone + 1 :]:
            treated(desk, bill, account=False)
        assert state(desk) == found
        desk.book.close()

    holds()


def test_settling_anew_by_what_is_known_already_changes_nothing(cities: Cities) -> None:
    @some_examples
    @given(bills=BILLS)
    def holds(bills: list[Bill]) -> None:
        desk = cities.desk_in_a_copy()
        for bill in bills:
            treated(desk, bill)
        before = state(desk)
        for who in (ACTIVE, RETIRED):
            desk.settle_anew(who)
        assert state(desk) == before
        desk.book.close()

    holds()


def test_the_order_of_persons_does_not_matter(cities: Cities) -> None:
    """However the visits of different persons lie between each other, the end is the same."""

    @some_examples
    @given(bills=BILLS)
    def holds(bills: list[Bill]) -> None:
        found = []
        for order in (bills, sorted(bills, key=lambda bill: bill[0])):
            desk = cities.desk_in_a_copy()
            for bill in order:
                treated(desk, bill)
            found.append(state(desk))
            desk.book.close()
        assert found[0] == found[1]

    holds()
