"""The end of a year: what is frozen, what carries over, what a city brings along."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from book_place import new_at
from gongji.book.accounts.credits import credit_accounts
from gongji.book.book import Book
from gongji.book.care.visits import begin_visit
from gongji.book.persons.facts import facts_on
from gongji.book.schema.journal import ENTRY
from gongji.book.years.year_end import Closing, close_year, open_balances, reopen_year
from gongji.policy.versions import Library
from town_place import Town, opened, refusal

YUXI = "530400"


@pytest.fixture
def book(address: str, tmp_path: Path, library: Library) -> Iterator[Book]:
    found = new_at(address, tmp_path, library)
    yield found
    found.close()


@pytest.fixture
def yuxi(book: Book) -> Town:
    return opened(book, YUXI, "yuxi/employee", date(2023, 1, 1), date(2024, 1, 5))


def close(town: Town, year: int = 2023, area: str = YUXI) -> Closing:
    found: Closing = town.do(lambda act: close_year(act, town.book.library, area, year))
    return found


def reopen(town: Town, year: int = 2023) -> None:
    town.do(lambda act: reopen_year(act, YUXI, year))


def credit(town: Town, month: date, day: date) -> Any:
    return town.do(
        lambda act: credit_accounts(act, town.book.library, town.scheme, month, day)
    ).credits  # fmt: skip


# Yuxi: 2 % of the base; 6,000.00 x 2 % = 120.00 a month.


def test_a_closed_year_takes_no_entries(yuxi: Town) -> None:
    person = yuxi.insured(1, {"category": "active", "base": "6000"})
    credit(yuxi, date(2023, 12, 1), date(2023, 12, 31))
    found = close(yuxi)
    assert (found.unsettled, found.refused) == ((), ())
    refused = refusal(lambda: credit(yuxi, date(2023, 11, 1), date(2023, 12, 30)))
    assert refused.kind == "year_closed"
    assert "2023 年已经年结" in refused.message.zh
    credit(yuxi, date(2023, 11, 1), date(2024, 1, 5))  # late, and booked in the year that runs
    assert yuxi.balance(person) == 24_000
    assert yuxi.clean() == []


def test_what_is_left_of_accounts_is_stated_of_each_person(yuxi: Town) -> None:
    person = yuxi.insured(1, {"category": "active", "base": "6000"})
    other = yuxi.insured(2, {"category": "active", "base": "5000"})
    credit(yuxi, date(2023, 12, 1), date(2023, 12, 31))
    credit(yuxi, date(2024, 1, 1), date(2024, 1, 2))
    close(yuxi)
    with yuxi.book.reading() as connection:
        last = date(2023, 12, 31)
        assert facts_on(connection, "person", str(person), last)["balance"] == "120.00"
        assert facts_on(connection, "person", str(other), last)["balance"] == "100.00"
        assert "balance" not in facts_on(connection, "person", str(person), date(2024, 1, 1))
    assert yuxi.balance(person) == 24_000  # carried over, with January's credit


def test_visits_that_wait_are_listed(yuxi: Town) -> None:
    person = yuxi.insured(1, {"category": "active"})
    said = {"setting": "outpatient"}
    yuxi.visit(person, date(2023, 12, 1), "130", said)

    def waiting(act: Any) -> list[int]:
        days = (date(2023, 12, 31), date(2024, 1, 1))
        return [begin_visit(act, yuxi.book.library, person, "H1", day, said) for day in days]

    waits, later = yuxi.do(waiting)
    assert waits < later
    assert close(yuxi).unsettled == (waits,)


def test_a_visit_of_a_closed_year_is_booked_when_it_is_settled(yuxi: Town) -> None:
    person = yuxi.insured(1, {"category": "active"})
    close(yuxi)
    visit = yuxi.visit(person, date(2023, 12, 31), "130", {"setting": "outpatient"})
    with yuxi.book.reading() as connection:
        row = connection.execute(select(ENTRY.c.day).where(ENTRY.c.visit == visit)).one()
    assert row.day == date(2024, 1, 5)
    assert yuxi.clean() == []


def test_years_are_closed_and_opened_in_their_order(yuxi: Town) -> None:
    yuxi.insured(1, {"category": "active", "base": "6000"})
    credit(yuxi, date(2023, 12, 1), date(2023, 12, 31))
    later = yuxi._replace(today=date(2025, 1, 5))
    assert refusal(lambda: close(yuxi, 2024)).kind == "not_yet"
    assert refusal(lambda: close(later, 2024)).kind == "earlier_open"
    first = close(yuxi)
    assert refusal(lambda: close(yuxi)).kind == "closed_already"
    close(later, 2024)
    assert refusal(lambda: reopen(later)).kind == "later_closed"
    reopen(later, 2024)
    reopen(later)
    assert refusal(lambda: reopen(later)).kind == "not_closed"
    credit(yuxi, date(2023, 11, 1), date(2023, 12, 30))
    assert close(yuxi).hash != first.hash
    assert yuxi.clean() == []


def test_areas_and_years_that_cannot_be(yuxi: Town) -> None:
    assert refusal(lambda: close(yuxi, area="999999")).kind == "unknown_area"
    assert refusal(lambda: close(yuxi, 23)).kind == "bad_year"
    assert refusal(lambda: close(yuxi, 10_000)).kind == "bad_year"


def test_a_closed_year_that_was_changed_shows(yuxi: Town) -> None:
    yuxi.insured(1, {"category": "active", "base": "6000"})
    credit(yuxi, date(2023, 12, 1), date(2023, 12, 31))
    close(yuxi)
    with yuxi.book.store.writing() as connection:
        connection.execute(text("UPDATE entry SET day = '2024-01-02'"))
    assert any("closed with another trial balance" in one for one in yuxi.clean())


def test_one_of_two_who_close_at_once_does(yuxi: Town) -> None:
    def kind(_: int) -> str:
        try:
            return close(yuxi).hash and "closed"
        except Exception as error:  # noqa: BLE001 - what it was is what is asked
            return getattr(error, "kind", repr(error))

    with ThreadPoolExecutor(3) as threads:
        found = sorted(threads.map(kind, range(3)))
    assert found == ["closed", "closed_already", "closed_already"]


def test_a_city_moves_in_with_balances(yuxi: Town) -> None:
    one, other = (yuxi.insured(serial, {"category": "active"}) for serial in (1, 2))
    day = date(2024, 1, 1)

    def opens(funds: dict[str, int], accounts: dict[int, int]) -> Any:
        return yuxi.do(
            lambda act: open_balances(act, yuxi.book.library, yuxi.scheme, day, funds, accounts)
        )

    opens({"pool": 1_000_000}, {one: 5_000, other: 0})
    assert yuxi.trial() == {
        ("fund", "yuxi/employee pool"): 1_000_000, ("account", ""): 5_000, ("bank", ""): -1_005_000,
    }  # fmt: skip
    assert refusal(lambda: opens({}, {other: 700, one: 1})).kind == "opened_already"
    assert yuxi.balance(other) == 0  # as a whole, or not at all
    assert refusal(lambda: opens({"pool": 1}, {})).kind == "opened_already"
    assert refusal(lambda: opens({}, {other: -1})).kind == "bad_amount"
    assert refusal(lambda: opens({}, {99: 1})).kind == "unknown_person"
    mistyped = refusal(lambda: opens({"poool": 1}, {other: 700}))
    assert (mistyped.kind, mistyped.details["field"]) == ("unknown_field", "funds.poool")
    assert "the nearest is pool" in mistyped.message.en
    opens({}, {other: 700})
    assert yuxi.clean() == []


def test_two_runs_at_once_credit_everyone_once(yuxi: Town) -> None:
    people = [yuxi.insured(serial, {"category": "active", "base": "6000"}) for serial in (1, 2, 3)]
    day = date(2024, 1, 5)
    with ThreadPoolExecutor(3) as threads:
        runs = list(threads.map(lambda _: credit(yuxi, date(2024, 1, 1), day), range(3)))
    assert sorted(len(run) for run in runs) == [0, 0, 3]
    assert [yuxi.balance(person) for person in people] == [12_000] * 3
