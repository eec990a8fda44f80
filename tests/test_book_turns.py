"""The turns of a life: retirement, moving between areas, death and inheritance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from book_place import identity, new_at
from gongji.book.accounts.credits import credit_accounts
from gongji.book.accounts.estates import Heir, inherit, record_death, take_back_death
from gongji.book.book import Book
from gongji.book.care.visits import begin_visit
from gongji.book.contributions.declaring import carry_over, declare
from gongji.book.persons.deaths import check_alive, died_on
from gongji.book.persons.facts import facts_on
from gongji.book.persons.people import enrol, member_on
from gongji.book.turns.retiring import Assessment, assess_retirement, pay_top_up
from gongji.book.turns.transfers import Balance, transfer_in, transfer_out, transfers_of
from gongji.book.years.year_end import open_balances
from gongji.policy.versions import Library
from town_place import Town, opened, refusal

HEIRS = [identity("420102", f"1990010{n}", 7) for n in (1, 2, 3)]


@pytest.fixture
def book(address: str, tmp_path: Path, library: Library) -> Iterator[Book]:
    found = new_at(address, tmp_path, library)
    yield found
    found.close()


@pytest.fixture
def yuxi(book: Book) -> Town:
    return opened(book, "530400", "yuxi/employee", date(2023, 1, 1), date(2024, 3, 20))


def holding(town: Town, fen: int, **facts: Any) -> int:
    """A person with something on the account."""
    person = town.insured(1, {"category": "active", **facts})
    town.do(
        lambda act: open_balances(
            act, town.book.library, town.scheme, town.since, {}, {person: fen}
        )
    )
    return person


# --- death and inheritance -----------------------------------------------------------------------


def dies(town: Town, person: int, day: date, **more: Any) -> Any:
    return town.do(lambda act: record_death(act, person, day), **more)


def inherits(town: Town, person: int, *shares: str, **more: Any) -> int:
    def work(act: Any) -> int:
        heirs = [
            Heir(who, f"继承人{at}", share)
            for at, (who, share) in enumerate(zip(HEIRS, shares, strict=False))
        ]  # fmt: skip
        words = {"day": town.today, **more}
        return inherit(act, town.book.library, person, town.scheme, heirs, **words)

    found: int = town.do(work)
    return found


def test_after_a_death_nothing_is_done_for_the_person(yuxi: Town) -> None:
    person, died = holding(yuxi, 10_000), date(2024, 3, 5)
    late = yuxi.visit(person, date(2024, 3, 8), "130", {"setting": "outpatient"})
    found = dies(yuxi, person, died)
    assert (found.visits, found.credits) == ((late,), ())

    def visit(day: date) -> Any:
        return yuxi.do(
            lambda act: begin_visit(
                act, yuxi.book.library, person, "H1", day, {"setting": "outpatient"}
            )
        )

    refused = refusal(lambda: visit(date(2024, 3, 6)))
    assert refused.kind == "died"
    assert "2024-03-05" in refused.message.zh
    visit(died)  # the day of the death is one on which the person lived
    again = lambda: yuxi.do(  # noqa: E731
        lambda act: enrol(act, yuxi.book.library, person, yuxi.scheme, date(2024, 3, 6), {})
    )
    assert refusal(again).kind == "died"
    declares = lambda: yuxi.do(  # noqa: E731
        lambda act: declare(act, yuxi.book.library, person, yuxi.scheme, "2024-04", {})
    )
    assert refusal(declares).kind == "died"
    with yuxi.book.reading() as connection:
        assert member_on(connection, person, died).until == died
        assert died_on(connection, person) == died
        assert died_on(connection, person, date(2024, 3, 19)) is None
        assert died_on(connection, person, yuxi.today) == died
        check_alive(connection, person, died)
    assert refusal(lambda: dies(yuxi, person, died)).kind == "died"


def test_a_death_by_mistake_is_taken_back(yuxi: Town) -> None:
    person = holding(yuxi, 10_000)
    found = dies(yuxi, person, date(2024, 3, 5))
    yuxi.do(lambda act: take_back_death(act, found.number))
    with yuxi.book.reading() as connection:
        assert died_on(connection, person) is None
    gone = lambda: yuxi.do(lambda act: take_back_death(act, found.number))  # noqa: E731
    assert refusal(gone).kind == "unknown_death"
    after = dies(yuxi, person, date(2024, 3, 6))
    inherits(yuxi, person, "1")
    gone = lambda: yuxi.do(lambda act: take_back_death(act, after.number))  # noqa: E731
    assert refusal(gone).kind == "inherited_already"


@pytest.mark.parametrize(
    ("day", "kind"), [(date(1979, 12, 31), "before_birth"), (date(2024, 3, 21), "not_yet")]
)
def test_deaths_that_cannot_be(yuxi: Town, day: date, kind: str) -> None:
    person = holding(yuxi, 10_000)
    assert refusal(lambda: dies(yuxi, person, day)).kind == kind
    assert refusal(lambda: dies(yuxi, 99, date(2024, 3, 1))).kind == "unknown_person"


def test_the_account_goes_to_the_heirs_to_the_fen(yuxi: Town) -> None:
    person = holding(yuxi, 10_000)
    dies(yuxi, person, date(2024, 3, 5))
    inherits(yuxi, person, "1/3", "1/3", "1/3")
    with yuxi.book.reading() as connection:
        rows = connection.execute(text("SELECT fen, masked FROM heir ORDER BY id")).all()
    # 100.00 in thirds: up to 33.33, 66.67 and 100.00, so 33.33, 33.34 and 33.33
    assert [row.fen for row in rows] == [3_333, 3_334, 3_333]
    assert [row.masked for row in rows] == [f"{one[:6]}********{one[14:]}" for one in HEIRS]
    assert yuxi.balance(person) == 0
    assert yuxi.trial()["bank", ""] == 0  # 100.00 came in with the opening and went out
    assert refusal(lambda: inherits(yuxi, person, "1")).kind == "nothing_there"
    assert yuxi.clean() == []


@pytest.mark.parametrize(
    "shares", [(), ("1/2", "1/3"), ("1/2", "1/2", "1/2"), ("0", "1"), ("-1", "2"), ("1/0",),
               ("half", "1/2"), ("0.5", "0.5"), ("1/2/2",)],
)  # fmt: skip
def test_shares_that_do_not_add_up(yuxi: Town, shares: tuple[str, ...]) -> None:
    person = holding(yuxi, 10_000)
    dies(yuxi, person, date(2024, 3, 5))
    assert refusal(lambda: inherits(yuxi, person, *shares)).kind == "bad_shares"
    assert yuxi.balance(person) == 10_000


def test_nobody_inherits_from_the_living_or_before_all_is_settled(yuxi: Town) -> None:
    person = holding(yuxi, 10_000)
    assert refusal(lambda: inherits(yuxi, person, "1")).kind == "not_died"
    died = date(2024, 3, 5)
    open_one = yuxi.do(
        lambda act: begin_visit(act, yuxi.book.library, person, "H1", died, {"setting": "chronic"})
    )
    dies(yuxi, person, died)
    refused = refusal(lambda: inherits(yuxi, person, "1"))
    assert (refused.kind, str(open_one) in refused.message.zh) == ("unsettled", True)


def test_a_document_that_leaves_inheritance_to_other_rules(book: Book) -> None:
    town = opened(book, "420100", "wuhan/employee", date(2023, 2, 1), date(2023, 4, 5))
    person = holding(town, 10_000)
    dies(town, person, date(2023, 3, 5))
    refused = refusal(lambda: inherits(town, person, "1"))
    assert refused.kind == "not_stated"
    assert "继承按武汉市个人账户管理相关规定执行" in refused.message.zh
    inherits(town, person, "1", basis="武汉市个人账户管理规定")
    assert town.balance(person) == 0


# --- moving between areas ------------------------------------------------------------------------


def leaves(town: Town, person: int, balance: Balance, **more: Any) -> Any:
    def work(act: Any) -> Any:
        words = {"last": date(2024, 2, 29), "other": "成都市", "months_paid": 100, **more}
        return transfer_out(act, town.book.library, person, balance=balance, **words)

    return town.do(work)


def test_who_leaves_takes_a_record_along(yuxi: Town) -> None:
    person = holding(yuxi, 10_000)
    found = leaves(yuxi, person, "goes_along", basis="转移接续暂行办法")
    assert (found.months_paid, found.previous_end, found.balance_fen) == (
        100, date(2024, 2, 1), 10_000,
    )  # fmt: skip
    assert yuxi.balance(person) == 0
    with yuxi.book.reading() as connection:
        assert member_on(connection, person, date(2024, 2, 29)).until == date(2024, 2, 29)
        assert transfers_of(connection, person) == [found]
        assert transfers_of(connection, person, date(2024, 3, 19)) == []
    assert refusal(lambda: leaves(yuxi, person, "stays", last=date(2024, 3, 1))).kind == (
        "not_insured"
    )
    assert yuxi.clean() == []


def test_a_balance_that_cannot_follow_is_paid_out(yuxi: Town) -> None:
    person = holding(yuxi, 10_000)
    assert refusal(lambda: leaves(yuxi, person, "goes_along")).kind == "no_basis"
    assert leaves(yuxi, person, "paid_out").balance_fen == 10_000
    assert yuxi.balance(person) == 0


def test_a_balance_stays_where_nothing_rules_it(book: Book) -> None:
    town = opened(book, "321100", "zhenjiang/employee", date(2023, 1, 1), date(2024, 3, 20))
    person = holding(town, 10_000)
    assert refusal(lambda: leaves(town, person, "paid_out")).kind == "not_ruled"
    with book.reading() as connection:
        assert member_on(connection, person, date(2024, 3, 20)).until is None
    assert leaves(town, person, "stays").balance_fen == 0
    assert town.balance(person) == 10_000


def arrives(town: Town, person: int, **more: Any) -> Any:
    words = {
        "other": "成都市", "months_paid": 100, "previous_end": date(2023, 11, 30),
        "arrived": date(2024, 3, 10), "balance_fen": 12_345, **more,
    }  # fmt: skip
    return town.do(lambda act: transfer_in(act, person, town.scheme, **words))


def test_who_comes_brings_months_and_a_balance(yuxi: Town) -> None:
    person = yuxi.insured(1, {"category": "active"}, since=date(2024, 3, 1))
    found = arrives(yuxi, person)
    assert (found.previous_end, found.arrived) == (date(2023, 11, 1), date(2024, 3, 10))
    assert found.gap_months == 3  # December, January and February
    assert yuxi.balance(person) == 12_345
    assert refusal(lambda: arrives(yuxi, person)).kind == "transferred_already"
    assert arrives(yuxi, person, previous_end=date(2024, 2, 3), balance_fen=0).gap_months == 0
    assert yuxi.clean() == []


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ({"months_paid": -1}, "bad_count"),
        ({"months_paid": 1201}, "bad_count"),
        ({"months_paid": 528}, "before_birth"),  # January 1980 to November 2023 are 527
        ({"previous_end": date(2024, 4, 1)}, "bad_stretch"),
        ({"arrived": date(2024, 3, 21)}, "not_yet"),
        ({"balance_fen": -1}, "bad_amount"),
        ({"other": " "}, "bad_input"),
    ],
)
def test_records_that_cannot_be(yuxi: Town, words: dict[str, Any], kind: str) -> None:
    person = yuxi.insured(1, {"category": "active"})
    assert refusal(lambda: arrives(yuxi, person, **words)).kind == kind


# --- retirement ----------------------------------------------------------------------------------

# Changzhou: a man needs 25 years, 300 months; the lump sum is the months missing times the monthly
# base times 8 %.  288 months: 12 x 5,000.00 x 8 % = 4,800.00.

REACHED = {"retirement_age_reached": "yes"}


@pytest.fixture
def changzhou(book: Book) -> Town:
    return opened(
        book, "320400", "changzhou/employee", date(2024, 1, 1), date(2024, 6, 30),
        top_up_base="5000",
    )  # fmt: skip


def assessed(town: Town, person: int, months: int, day: date, **said: str) -> Assessment:
    words = {**REACHED, **said}

    def work(act: Any) -> Assessment:
        return assess_retirement(act, town.book.library, person, day, months, words)

    found: Assessment = town.do(work)
    return found


def topped_up(town: Town, person: int, day: date, fen: int) -> Assessment:
    def work(act: Any) -> Assessment:
        return pay_top_up(act, town.book.library, person, day, fen, REACHED)

    found: Assessment = town.do(work)
    return found


def category(town: Town, person: int, day: date) -> object:
    with town.book.reading() as connection:
        return facts_on(connection, "person", str(person), day)["category"]


def test_with_the_years_complete_a_person_retires_at_once(changzhou: Town) -> None:
    man = changzhou.insured(1, {"category": "active"}, born="19640101")
    found = assessed(changzhou, man, 300, date(2024, 6, 10))
    assert (found.since, found.due_fen) == (date(2024, 6, 10), None)
    assert category(changzhou, man, date(2024, 6, 9)) == "active"
    assert category(changzhou, man, date(2024, 6, 10)) == "retired"
    again = lambda: assessed(changzhou, man, 300, date(2024, 6, 11))  # noqa: E731
    assert refusal(again).kind == "retired_already"


def test_missing_months_are_paid_in_one_sum_first(changzhou: Town) -> None:
    man = changzhou.insured(1, {"category": "active"}, born="19640101")
    nothing = lambda: topped_up(changzhou, man, date(2024, 6, 20), 480_000)  # noqa: E731
    assert refusal(nothing).kind == "not_assessed"
    found = assessed(changzhou, man, 288, date(2024, 6, 10))
    assert (found.since, found.due_fen) == (None, 480_000)
    assert category(changzhou, man, date(2024, 6, 30)) == "active"
    part = lambda: topped_up(changzhou, man, date(2024, 6, 20), 470_000)  # noqa: E731
    assert refusal(part).kind == "bad_amount"
    early = lambda: topped_up(changzhou, man, date(2024, 6, 9), 480_000)  # noqa: E731
    assert refusal(early).kind == "not_assessed"
    assert topped_up(changzhou, man, date(2024, 6, 20), 480_000).since == date(2024, 6, 20)
    assert category(changzhou, man, date(2024, 6, 19)) == "active"
    assert category(changzhou, man, date(2024, 6, 20)) == "retired"
    assert changzhou.trial() == {
        ("fund", "changzhou/employee pool"): 480_000, ("bank", ""): -480_000,
    }  # fmt: skip
    assert changzhou.clean() == []


def test_months_on_record_count_with_those_that_came_along(changzhou: Town) -> None:
    man = changzhou.insured(1, {"category": "active"}, born="19640101")

    def before(act: Any) -> None:
        first = date(2014, 1, 5)
        carry_over(act, man, changzhou.scheme, first, "2023-12", 120)
        end, arrived = date(2013, 12, 1), date(2024, 1, 5)
        transfer_in(act, man, changzhou.scheme, "无锡市", 170, end, arrived)

    changzhou.do(before)

    def work(act: Any) -> Assessment:
        day = date(2024, 6, 10)
        return assess_retirement(act, changzhou.book.library, man, day, said=REACHED)

    # 120 months here and 170 before are 290: 10 are missing, 10 x 5,000.00 x 8 % = 4,000.00
    assert changzhou.do(work).due_fen == 400_000


def test_a_woman_needs_fewer_years(changzhou: Town) -> None:
    woman = changzhou.insured(2, {"category": "active"}, born="19690101")
    assert assessed(changzhou, woman, 240, date(2024, 6, 10)).since == date(2024, 6, 10)


def test_before_the_age_nothing_is_due(changzhou: Town) -> None:
    man = changzhou.insured(1, {"category": "active"}, born="19740101")
    found = assessed(changzhou, man, 288, date(2024, 6, 10), retirement_age_reached="no")
    assert (found.since, found.due_fen) == (None, None)
    assert found.because is not None
    assert "Retirement age is not reached." in found.because.en


def test_assessments_that_cannot_be(changzhou: Town) -> None:
    man = changzhou.insured(1, {"category": "active"}, born="19640101")
    retired = changzhou.insured(3, {"category": "retired"}, born="19500101")
    day = date(2024, 6, 10)
    assert refusal(lambda: assessed(changzhou, man, -1, day)).kind == "bad_count"
    assert refusal(lambda: assessed(changzhou, man, 1201, day)).kind == "bad_number"
    assert refusal(lambda: assessed(changzhou, man, 300, date(2024, 7, 1))).kind == "not_yet"
    assert refusal(lambda: assessed(changzhou, man, 300, date(2023, 12, 31))).kind == "not_insured"
    assert refusal(lambda: assessed(changzhou, 99, 300, day)).kind == "unknown_person"
    assert refusal(lambda: assessed(changzhou, retired, 300, day)).kind == "not_ruled"


def test_retired_from_the_month_after_the_formalities(book: Book) -> None:
    town = opened(book, "420100", "wuhan/employee", date(2023, 2, 1), date(2023, 4, 5))
    person = town.insured(1, {"category": "active", "base": "6000"}, born="19630201")
    said = {"retirement_age": "yes", "years_enough": "yes"}

    def work(act: Any) -> Assessment:
        return assess_retirement(act, book.library, person, date(2023, 3, 10), 360, said)

    assert town.do(work).since == date(2023, 4, 1)

    # 6,000.00 x 2 % = 120.00 for March, 83.00 as retired for April
    def credited(act: Any) -> list[int]:
        months = (date(2023, 3, 1), date(2023, 4, 1))
        runs = [credit_accounts(act, book.library, town.scheme, one, town.today) for one in months]
        return [one.fen for run in runs for one in run.credits]

    assert town.do(credited) == [12_000, 8_300]
