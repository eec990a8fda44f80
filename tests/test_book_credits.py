"""Credits to personal accounts: how much, for whom, once; what is refused; what is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from book_place import new_at
from gongji.book.accounts.credits import CreditRun, credit_accounts, reverse_credit
from gongji.book.accounts.statements import account_statement, balance_on
from gongji.book.book import Book
from gongji.book.contributions.declaring import declare
from gongji.book.contributions.receipts import receive
from gongji.book.persons.people import leave, member_on
from gongji.policy.versions import Library
from town_place import Town, opened, refusal

MARCH = date(2023, 3, 1)


@pytest.fixture
def book(address: str, tmp_path: Path, library: Library) -> Iterator[Book]:
    found = new_at(address, tmp_path, library)
    yield found
    found.close()


@pytest.fixture
def wuhan(book: Book) -> Town:
    return opened(book, "420100", "wuhan/employee", date(2023, 2, 1), date(2023, 4, 5))


def credit(town: Town, month: date, day: date | None = None, **more: Any) -> CreditRun:
    def work(act: Any) -> CreditRun:
        return credit_accounts(
            act, town.book.library, town.scheme, month, day or town.today, **more
        )  # fmt: skip

    found: CreditRun = town.do(work)
    return found


def fen_of(run: CreditRun) -> dict[int, int]:
    return {one.person: one.fen for one in run.credits}


# Wuhan: 2 % of the base for employees, 83 a month for the retired, nothing for flexible workers
# before retirement, 66 after it.  6,000.00 x 2 % = 120.00.


def test_everyone_is_credited_by_the_category(wuhan: Town) -> None:
    active = wuhan.insured(1, {"category": "active", "base": "6000"})
    retired = wuhan.insured(2, {"category": "retired"})
    flexible = wuhan.insured(3, {"category": "flexible", "base": "4000"})
    subsidised = wuhan.insured(4, {"category": "flexible_retired"})
    found = credit(wuhan, MARCH)
    assert fen_of(found) == {active: 12_000, retired: 8_300, flexible: 0, subsidised: 6_600}
    assert found.refused == ()
    assert wuhan.trial() == {
        ("account", ""): 26_900,
        ("fund", "wuhan/employee pool"): -26_900,
    }
    assert wuhan.clean() == []


def test_who_is_refused_is_listed_and_credited_later(wuhan: Town) -> None:
    first = wuhan.insured(1, {"category": "active", "base": "6000"})
    without = wuhan.insured(2, {"category": "active"})
    villager = wuhan.insured(3, {"category": "urban_village_pensioner"})
    run = credit(wuhan, MARCH)
    assert fen_of(run) == {first: 12_000}
    assert [(person, one.kind) for person, one in run.refused] == [
        (without, "missing_fact"), (villager, "not_stated"),
    ]  # fmt: skip
    wuhan.change(without, MARCH, {"base": "5000.25"})
    # 5,000.25 x 2 % = 100.005, half-up 100.01
    assert fen_of(credit(wuhan, MARCH)) == {without: 10_001}
    assert fen_of(credit(wuhan, MARCH)) == {}
    assert wuhan.balance(first) == 12_000
    assert wuhan.clean() == []


def test_a_month_that_is_declared_is_credited_once_it_is_paid(wuhan: Town) -> None:
    person = wuhan.insured(1, {"category": "active"})
    facts, amounts = {"base": "6000"}, {"employer": "480", "employee": "120"}

    def declares(act: Any) -> int:
        return declare(
            act, wuhan.book.library, person, wuhan.scheme, "2023-03", facts, amounts
        )  # fmt: skip

    due = wuhan.do(declares)
    ((whose, why),) = credit(wuhan, MARCH).refused
    assert (whose, why.kind) == (person, "unpaid")
    arrived = date(2023, 3, 28)
    wuhan.do(
        lambda act: receive(act, wuhan.book.library, wuhan.scheme, arrived, 60_000, [due])
    )  # fmt: skip
    assert fen_of(credit(wuhan, MARCH)) == {person: 12_000}
    # 600.00 came in, 120.00 of it went on to the account
    assert wuhan.trial() == {
        ("account", ""): 12_000,
        ("bank", ""): -60_000,
        ("fund", "wuhan/employee pool"): 48_000,
    }


def test_months_are_credited_apart_and_only_those_insured(wuhan: Town) -> None:
    stays = wuhan.insured(1, {"category": "active", "base": "6000"})
    late = wuhan.insured(2, {"category": "active", "base": "5000"}, since=date(2023, 3, 15))
    left = wuhan.insured(3, {"category": "retired"})

    def leaves(act: Any) -> None:
        leave(act, member_on(act.connection, left, MARCH).number, date(2023, 2, 28))

    wuhan.do(leaves)
    assert fen_of(credit(wuhan, date(2023, 2, 1))) == {stays: 12_000, left: 8_300}
    assert fen_of(credit(wuhan, date(2023, 3, 31))) == {stays: 12_000, late: 10_000}
    assert wuhan.balance(stays) == 24_000


def test_a_large_city_is_credited_in_several_acts(wuhan: Town) -> None:
    people = [wuhan.insured(serial, {"category": "retired"}) for serial in range(1, 6)]
    first = credit(wuhan, MARCH, most=2)
    assert (list(fen_of(first)), first.last) == (people[:2], people[1])
    second = credit(wuhan, MARCH, after=people[1], most=2)
    third = credit(wuhan, MARCH, after=people[3], most=2)
    assert (list(fen_of(second)), list(fen_of(third)), third.last) == (
        people[2:4], people[4:], None,
    )  # fmt: skip


def test_a_credit_is_corrected_by_taking_it_back(wuhan: Town) -> None:
    person = wuhan.insured(1, {"category": "active", "base": "6000"})
    (wrong,) = credit(wuhan, MARCH, date(2023, 3, 20)).credits
    wuhan.change(person, MARCH, {"base": "6500"})
    wuhan.do(lambda act: reverse_credit(act, wrong.number))
    # 6,500.00 x 2 % = 130.00
    assert fen_of(credit(wuhan, MARCH)) == {person: 13_000}
    with wuhan.book.reading() as connection:
        lines = account_statement(connection, wuhan.account(person))
        later = account_statement(connection, wuhan.account(person), since=date(2023, 4, 1))
        march = balance_on(connection, wuhan.account(person), date(2023, 3, 31))
    assert [(one.day, one.kind, one.fen, one.balance_fen) for one in lines] == [
        (date(2023, 3, 20), "credit", 12_000, 12_000),
        (date(2023, 4, 5), "credit_reversal", -12_000, 0),
        (date(2023, 4, 5), "credit", 13_000, 13_000),
    ]
    assert later == lines[1:]
    assert march == 12_000
    twice = lambda: wuhan.do(lambda act: reverse_credit(act, wrong.number))  # noqa: E731
    assert refusal(twice).kind == "reversed_twice"
    nobody = lambda: wuhan.do(lambda act: reverse_credit(act, 99))  # noqa: E731
    assert refusal(nobody).kind == "unknown_credit"
    assert wuhan.clean() == []


def test_days_that_cannot_be(wuhan: Town) -> None:
    wuhan.insured(1, {"category": "retired"})
    assert refusal(lambda: credit(wuhan, date(2023, 5, 1))).kind == "not_yet"
    assert refusal(lambda: credit(wuhan, MARCH, date(2023, 2, 28))).kind == "not_yet"
    assert refusal(lambda: credit(wuhan, MARCH, date(2023, 4, 6))).kind == "not_yet"
    nowhere = wuhan._replace(scheme=9)
    assert refusal(lambda: credit(nowhere, MARCH)).kind == "unknown_scheme"


def test_a_credit_changed_behind_the_book_shows(wuhan: Town) -> None:
    wuhan.insured(1, {"category": "retired"})
    credit(wuhan, MARCH)
    with wuhan.book.store.writing() as connection:
        connection.execute(text("UPDATE credit SET fen = 8400"))
    assert "kept as 84.00 yuan, the rules give 83.00" in wuhan.clean()[0]


def test_a_credit_deleted_behind_the_book_leaves_its_entry(wuhan: Town) -> None:
    """Also one that was taken back: two entries are kinds of credits, one reverses the first."""
    person = wuhan.insured(1, {"category": "retired"})
    (wrong,) = credit(wuhan, MARCH).credits
    wuhan.do(lambda act: reverse_credit(act, wrong.number))
    assert fen_of(credit(wuhan, MARCH)) == {person: 8_300}
    assert wuhan.clean() == []
    with wuhan.book.store.writing() as connection:
        entries = connection.scalars(text("SELECT entry FROM credit ORDER BY id")).all()
        connection.execute(text("DELETE FROM credit"))
    assert wuhan.clean() == [
        f"entry {entry}: it credits an account, and there is no credit of it" for entry in entries
    ]
    assert len(entries) == 2


def test_the_quota_of_a_year_is_credited_once(book: Book) -> None:
    town = opened(book, "310000", "shanghai/employee", date(2023, 7, 1), date(2024, 2, 5))
    facts = {"category": "retired", "retired_from": "2008-07-01"}
    # 75 on 1 July 2023: 1,890.00 for the year from that day; 74: 1,680.00
    old = town.insured(1, facts, born="19480701")
    younger = town.insured(2, facts, born="19480702")
    retires = town.insured(3, {"category": "active", "base": "10000"}, born="19631215")
    town.change(retires, date(2024, 1, 1), {"category": "retired", "retired_from": "2024-01-01"})
    assert fen_of(credit(town, date(2023, 7, 1))) == {
        old: 189_000, younger: 168_000, retires: 20_000,
    }  # fmt: skip
    # 10,000.00 x 2 % = 200.00 for each month before retirement, and the others have their year
    assert fen_of(credit(town, date(2023, 12, 1))) == {retires: 20_000}
    # retired from January: six of the twelve months are over, 1,680 - 1,680 / 12 x 6 = 840.00
    assert fen_of(credit(town, date(2024, 1, 1))) == {retires: 84_000}
    assert fen_of(credit(town, date(2024, 2, 1))) == {}
    assert town.clean() == []


def test_parameters_and_months_of_the_policy(book: Book) -> None:
    town = opened(book, "321100", "zhenjiang/employee", date(2023, 1, 1), date(2024, 3, 1))
    retired = town.insured(1, {"category": "retired", "credit_2022": "1200"})
    town.insured(2, {"category": "flexible", "base": "4000.25"})
    # 2023: the sum of 2022 over its months, 1,200 / 12 = 100.00; 4,000.25 x 2 % = 80.005, 80.01
    assert list(fen_of(credit(town, date(2023, 5, 1))).values()) == [10_000, 8_001]
    # 2024: 2.5 % of an average pension, which nobody has supplied
    ((person, why),) = credit(town, date(2024, 1, 1)).refused
    assert (person, why.kind) == (retired, "not_stated")
    assert "average_pension" in why.message.en


def test_a_policy_that_rules_no_credits(book: Book) -> None:
    town = opened(book, "320400", "changzhou/employee", date(2024, 1, 1), date(2024, 3, 1))
    person = town.insured(1, {"category": "active"})
    ((whose, why),) = credit(town, date(2024, 2, 1)).refused
    assert (whose, why.kind) == (person, "not_ruled")
