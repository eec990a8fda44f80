"""What holding the book to its model has found, each fault with the day's figures by hand.

Xiaohe: of the cost of a year the first 100.00 are the person's, up to 500.00 the fund pays 60 % (of
the retired 70 %), above 80 %, at most 600.00 a year; the account pays the rest.  Of a wage of
4,567.85 the employer pays 8 %, 365.43, and the person 2 %, 91.36, which is credited, too: four
months give 365.44.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from book_cities import ACTIVE, BORN, Cities
from book_desk import Desk
from book_held import LIBRARY, NOBODY
from book_model import EMPLOYEE, RESIDENT
from book_place import do
from gongji.book.care.resettling import settle_anew
from gongji.book.care.settling import settled, standing_of
from gongji.book.contributions.declaring import declare
from gongji.book.contributions.entitlement import entitlement_on
from gongji.book.contributions.receipts import receive
from gongji.book.persons.people import change_facts, leave, member_on
from gongji.book.rules import scheme_of
from gongji.book.schema.contributions import DUE
from gongji.wording import Refused
from town_place import refusal

JUNE = date(2024, 6, 15)


@pytest.fixture
def desk(address: str, tmp_path: Path) -> Iterator[Desk]:
    found = Cities(address, tmp_path).desk_in_a_copy()
    yield found
    found.compare([date(2024, month, 10) for month in range(1, 12)])
    found.clean()
    found.book.close()


def kind(desk: Desk, work: Callable[[Any], Any]) -> str:
    """How something that is asked today is refused."""
    return refusal(lambda: do(desk.book, work, day=desk.model.today)).kind


def in_benefit(desk: Desk, who: int, day: date, known: date | None = None) -> bool:
    person = desk.known_as("person", who)
    with desk.book.reading() as connection:
        return entitlement_on(connection, LIBRARY, person, day, known).entitled


def works_in_xiaohe(desk: Desk, since: date) -> int:
    """Another person, who earns 8,000.00: 640.00 and 160.00 a month."""
    desk.register(4, BORN[4], "甲4")
    desk.enrol(3, EMPLOYEE, since, {"category": "active", "wage": "8000.00"})
    return 3


def treated(desk: Desk, who: int, day: date, fen: int, use_account: str | None = None) -> int:
    """A visit that is settled."""
    visit = len(desk.model.visits)
    desk.begin(who, day, use_account=use_account)
    desk.add_lines(visit, [(fen, 0)])
    desk.settle(visit)
    return visit


def from_account(desk: Desk, *visits: int) -> list[int | None]:
    """What the account paid of visits."""
    with desk.book.reading() as connection:
        rows = [standing_of(connection, desk.known_as("visit", one)) for one in visits]
    return [row and row.account_fen for row in rows]


def test_who_is_not_there_has_no_facts(desk: Desk) -> None:
    def states(act: Any) -> None:
        its = scheme_of(act.connection, desk.schemes[EMPLOYEE])
        change_facts(act, LIBRARY, NOBODY, its, date(2024, 2, 1), {"category": "active"})

    assert kind(desk, states) == "unknown_person"


def test_who_is_not_there_is_not_settled_anew(desk: Desk) -> None:
    scheme = desk.schemes[EMPLOYEE]
    assert kind(desk, lambda act: settle_anew(act, LIBRARY, NOBODY, scheme)) == "unknown_person"
    person = desk.known_as("person", ACTIVE)
    assert kind(desk, lambda act: settle_anew(act, LIBRARY, person, NOBODY)) == "unknown_scheme"


def test_a_membership_that_ended_does_not_end_later(desk: Desk) -> None:
    # Or it would run on beside the next one, and nobody is insured twice.
    desk.leave(ACTIVE, 0, date(2024, 4, 30))
    desk.enrol(ACTIVE, RESIDENT, date(2024, 5, 1), {})
    person = desk.known_as("person", ACTIVE)
    with desk.book.reading() as connection:
        first = member_on(connection, person, date(2024, 4, 30)).number
    assert kind(desk, lambda act: leave(act, first, date(2024, 5, 31))) == "bad_stretch"
    desk.leave(ACTIVE, 0, date(2024, 3, 31))  # earlier is no harm


def test_who_was_insured_as_known_is_asked_of_memberships_too(desk: Desk) -> None:
    desk.model.today = date(2024, 8, 1)
    desk.leave(ACTIVE, 0, date(2024, 3, 31))
    assert in_benefit(desk, ACTIVE, date(2024, 4, 10), JUNE)
    with pytest.raises(Refused, match="not insured"):
        in_benefit(desk, ACTIVE, date(2024, 4, 10))


def test_who_comes_in_the_middle_of_a_month_is_declared_for_it(desk: Desk) -> None:
    # Nothing is known of the first day of May, on which they were not insured.
    who = works_in_xiaohe(desk, date(2024, 5, 20))
    desk.declare(who, "2024-05")
    assert desk.model.dues[-1]["shares"] == {"employer": 64_000, "employee": 16_000}
    with desk.book.reading() as connection:
        shares = connection.scalar(select(DUE.c.shares).order_by(DUE.c.id.desc()).limit(1))
    assert shares == '{"employee":16000,"employer":64000}'


def test_a_month_of_which_nothing_is_due_is_not_declared(desk: Desk) -> None:
    # Nothing would ever arrive for it, and so it would be unpaid for ever.
    desk.change(ACTIVE, EMPLOYEE, date(2024, 5, 1), {"wage": "0.00"})
    person, scheme = desk.known_as("person", ACTIVE), desk.schemes[EMPLOYEE]
    assert kind(desk, lambda act: declare(act, LIBRARY, person, scheme, "2024-05", {})) == (
        "nothing_due"
    )


def test_what_is_due_is_not_paid_twice_by_the_same_money(desk: Desk) -> None:
    # 365.43 + 91.36 = 456.79
    desk.declare(ACTIVE, "2024-05")
    due, scheme = desk.known_as("due", 4), desk.schemes[EMPLOYEE]
    for fen, dues, shares in (
        (2 * 45_679, [due, due], None),
        (2 * 9_136, [due], ["employee", "employee"]),
    ):
        assert kind(
            desk, lambda act: receive(act, LIBRARY, scheme, JUNE, fen, dues, shares)  # noqa: B023
        ) == "paid_twice"  # fmt: skip


def test_paying_an_earlier_month_takes_no_benefit_away(desk: Desk) -> None:
    # February is paid first, so benefit begins in March, also once January is paid in April.
    who = works_in_xiaohe(desk, date(2024, 1, 1))
    desk.declare(who, "2024-01")
    desk.declare(who, "2024-02")
    desk.receive([5], date(2024, 2, 20))
    assert in_benefit(desk, who, date(2024, 3, 10))
    desk.receive([4], date(2024, 4, 10))
    assert in_benefit(desk, who, date(2024, 3, 10))


def test_paying_up_a_later_gap_does_not_make_up_for_an_earlier_one(desk: Desk) -> None:
    # May is unpaid, June is paid in time; July, paid up in August, is a gap of its own.
    for month in ("2024-05", "2024-06", "2024-07"):
        desk.declare(ACTIVE, month)
    desk.model.today = date(2024, 10, 1)
    desk.receive([5], date(2024, 6, 10))
    assert not in_benefit(desk, ACTIVE, date(2024, 9, 10))
    desk.receive([6], date(2024, 8, 10))
    assert not in_benefit(desk, ACTIVE, date(2024, 9, 10))
    desk.receive([4], date(2024, 9, 30))
    assert in_benefit(desk, ACTIVE, date(2024, 9, 10))


def test_a_visit_is_not_settled_by_a_scheme_that_no_longer_insures(desk: Desk) -> None:
    desk.begin(ACTIVE, date(2024, 5, 20))
    desk.add_lines(0, [(50_000, 0)])
    desk.leave(ACTIVE, 0, date(2024, 4, 30))
    desk.enrol(ACTIVE, RESIDENT, date(2024, 5, 1), {})
    visit = desk.known_as("visit", 0)
    assert kind(desk, lambda act: settled(act, LIBRARY, visit)) == "not_insured"


def test_what_goes_back_to_an_account_pays_for_the_rest_of_a_cancellation(desk: Desk) -> None:
    # 365.44 on the account.  First 100.00, without it: all deductible.  Then 200.00: 40 % of it,
    # 80.00, from the account.  Then 777.77, of which the fund pays 200 x 60 % + 577.77 x 80 %, at
    # most 600 - 120 = 480.00, and the account the 285.44 that it has left of the 297.77.
    # Without the first the second bears 100.00 + 40 % of 100.00 = 140.00, 60.00 more than the
    # account still holds; but of the third it pays 365.44 - 140.00 = 225.44, 60.00 less.
    day = date(2024, 4, 20)
    first = treated(desk, ACTIVE, day, 10_000, use_account="no")
    second, third = treated(desk, ACTIVE, day, 20_000), treated(desk, ACTIVE, day, 77_777)
    assert from_account(desk, second, third) == [8_000, 28_544]
    desk.cancel(first)
    assert from_account(desk, second, third) == [14_000, 22_544]
    assert desk.model.account(ACTIVE) == 0


def test_a_relative_pays_no_more_than_the_patient_still_bears(desk: Desk) -> None:
    # 200.00 in Xiaohe: 100.00 deductible, 40 % of the rest: 140.00 in cash.  Retired after all:
    # 30 % of the rest, 130.00; the 10.00 are owed to the patient, and are not the relative's.
    who = works_in_xiaohe(desk, date(2024, 1, 1))
    for month in (1, 2, 3):
        desk.declare(who, f"2024-{month:02d}")
        desk.receive([3 + month], date(2024, month, 20))
    visit = treated(desk, who, date(2024, 5, 20), 20_000)
    desk.change(who, EMPLOYEE, date(2024, 1, 1), {"category": "retired"})
    desk.settle_anew(who)
    desk.authorise(ACTIVE, who, "spouse", date(2024, 1, 1))
    desk.pay_for_relative(visit, ACTIVE, 13_001, JUNE)
    assert desk.model.account(ACTIVE) == 36_544
    desk.pay_for_relative(visit, ACTIVE, 13_000, JUNE)
    assert desk.model.account(ACTIVE) == 23_544
