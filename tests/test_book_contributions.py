"""Contributions, and the benefit that follows from them: waiting, lapses, paying up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from book_place import TODAY, do, identity, new_at
from gongji.book.accounts.estates import record_death
from gongji.book.acts import Asked
from gongji.book.book import Book
from gongji.book.care.resettling import settle_anew
from gongji.book.care.settling import settled
from gongji.book.care.visits import add_lines, begin_visit
from gongji.book.contributions.declaring import carry_over, declare, owing, withdraw_due
from gongji.book.contributions.entitlement import Entitlement, entitlement_on
from gongji.book.contributions.files import declare_all, receive_all
from gongji.book.contributions.receipts import receive, take_back
from gongji.book.journal import trial_balance
from gongji.book.persons.people import change_facts, enrol, leave, member_on, register
from gongji.book.places import open_area, open_employer, open_institution, open_scheme
from gongji.book.proof.verify import differences
from gongji.book.rules import scheme_of
from gongji.book.sheets import Sheet, read_sheet
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

MONTHS = [f"2024-{month:02d}" for month in range(1, 11)]


class Town(NamedTuple):
    """A book with an employee, a flexible worker and a student, all since January 2024."""

    book: Book
    scheme: int
    students: int
    employee: int
    flexible: int
    student: int


@pytest.fixture
def town(address: str, tmp_path: Path, library: Library) -> Iterator[Town]:
    book = new_at(address, tmp_path, library)
    since = date(2024, 1, 1)
    bounds = {"base_floor": "4494", "base_ceiling": "24042"}

    def opened(act: Any) -> Town:
        open_area(act, "320400", Bilingual("常州", "Changzhou"))
        scheme = open_scheme(act, library, "320400", "changzhou/employee", bounds)
        students = open_scheme(act, library, "320400", "changzhou/student", {})
        open_employer(act, "320400", "E1", "enterprise", "一厂")
        open_institution(act, "320400", "H1", "一院", since, {"tier": "tier_3"})
        people = [register(act, identity("320402", "19800101", n), "张三") for n in range(3)]
        enrol(act, library, people[0], scheme, since,
              {"category": "active", "insured_as": "employee"}, "E1")  # fmt: skip
        enrol(act, library, people[1], scheme, since,
              {"category": "active", "insured_as": "flexible"})  # fmt: skip
        enrol(act, library, people[2], students, date(2023, 9, 1), {"entered": "autumn_2023"})
        return Town(book, scheme, students, *people)

    yield do(book, opened, day=since)
    book.close()


def pay(town: Town, person: int, months: dict[str, str], wage: str = "8000") -> None:
    """Declare months and book what arrived for them: by month, the day of arrival; "" is unpaid."""
    library = town.book.library

    def work(act: Any) -> None:
        facts = {"wage": wage} if person == town.employee else {}
        dues = {month: declare(act, library, person, town.scheme, month, facts) for month in months}
        owed = {due.number: due for due in owing(act.connection, town.scheme, "2024-12")}
        for month, day in months.items():
            if day:
                due = owed[dues[month]]
                fen = sum(due.unpaid.values())
                receive(act, library, town.scheme, date.fromisoformat(day), fen, [due.number])

    do(town.book, work)


def on(town: Town, person: int, day: str, known: str | None = None) -> Entitlement:
    with town.book.reading() as connection:
        known_on = date.fromisoformat(known) if known else None
        return entitlement_on(
            connection, town.book.library, person, date.fromisoformat(day), known_on
        )


def in_time(*months: str) -> dict[str, str]:
    return {month: f"{month}-15" for month in months}


def refusal(work: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.kind


# 8,000 a month: the employer 8.8 % = 704.00, the employee 2 % = 160.00.  A flexible worker pays
# 9 % of the lower bound: 4,494 x 9 % = 404.46.


def test_what_is_due_is_the_policys_answer(town: Town) -> None:
    pay(town, town.employee, {"2024-01": "2024-01-15", "2024-02": ""})
    pay(town, town.flexible, {"2024-01": ""})
    with town.book.reading() as connection:
        dues = owing(connection, town.scheme, "2024-12")
        lines = trial_balance(connection, "320400", TODAY)
    assert [(due.person, due.period, dict(due.unpaid)) for due in dues] == [
        (town.flexible, "2024-01", {"employee": 40_446}),
        (town.employee, "2024-02", {"employer": 70_400, "employee": 16_000}),
    ]
    assert {(one.account.kind, one.account.name): one.fen for one in lines} == {
        ("bank", ""): -86_400,
        ("fund", "changzhou/employee pool"): 86_400,
    }


def test_the_employees_of_an_employer_are_listed(town: Town) -> None:
    pay(town, town.employee, {"2024-01": "", "2024-02": ""})
    pay(town, town.flexible, {"2024-01": ""})
    with town.book.reading() as connection:
        assert [due.period for due in owing(connection, town.scheme, "2024-01", employer="E1")] == [
            "2024-01"
        ]


@pytest.mark.parametrize(
    ("day", "state"),
    [("2024-01-31", "none"), ("2024-02-01", "normal"), ("2024-11-30", "normal")],
)
def test_an_employee_is_in_benefit_from_the_next_month(town: Town, day: str, state: str) -> None:
    pay(town, town.employee, in_time(*MONTHS))
    assert on(town, town.employee, day).state == state


@pytest.mark.parametrize(
    ("day", "state"),
    [("2024-01-31", "none"), ("2024-02-29", "none"), ("2024-03-01", "normal")],
)
def test_a_flexible_worker_waits_two_months(town: Town, day: str, state: str) -> None:
    pay(town, town.flexible, in_time(*MONTHS))
    assert on(town, town.flexible, day).state == state


def test_a_break_within_the_wait_begins_it_anew(town: Town) -> None:
    # February is not paid, March and April are: the two months are March and April.
    pay(town, town.flexible, {**in_time("2024-01", "2024-03", "2024-04"), "2024-02": ""})
    assert [on(town, town.flexible, day).state for day in ("2024-04-30", "2024-05-01")] == [
        "none", "normal",
    ]  # fmt: skip


def test_nobody_is_in_benefit_who_never_paid(town: Town) -> None:
    pay(town, town.employee, {"2024-01": ""})
    found = on(town, town.employee, "2024-03-01")
    assert (found.entitled, found.state) == (False, "none")


def test_a_lapse_suspends_from_the_month_after(town: Town) -> None:
    pay(town, town.employee, {**in_time("2024-01", "2024-02"), "2024-03": "", "2024-04": ""})
    days = ("2024-03-31", "2024-04-01", "2024-05-01")
    assert [on(town, town.employee, day).state for day in days] == [
        "normal", "employer_arrears", "employer_arrears",
    ]  # fmt: skip
    pay(town, town.flexible, {**in_time("2024-01", "2024-02", "2024-03"), "2024-04": ""})
    assert on(town, town.flexible, "2024-04-30").state == "normal"
    assert on(town, town.flexible, "2024-05-01").state == "none"


def test_three_months_paid_up_are_covered_after_all(town: Town) -> None:
    late = dict.fromkeys(("2024-03", "2024-04", "2024-05"), "2024-06-20")
    pay(town, town.employee, {**in_time("2024-01", "2024-02", "2024-06"), **late})
    assert on(town, town.employee, "2024-04-10").state == "normal"


def test_four_months_paid_up_are_not(town: Town) -> None:
    late = dict.fromkeys(("2024-03", "2024-04", "2024-05", "2024-06"), "2024-07-20")
    pay(town, town.employee, {**in_time("2024-01", "2024-02", "2024-07"), **late})
    days = ("2024-04-01", "2024-07-20", "2024-07-21")
    assert [on(town, town.employee, day).state for day in days] == [
        "employer_arrears", "employer_arrears", "normal",
    ]  # fmt: skip


def test_a_flexible_worker_who_goes_on_after_four_months_waits_two(town: Town) -> None:
    unpaid = dict.fromkeys(("2024-04", "2024-05", "2024-06", "2024-07"), "")
    paid = in_time("2024-01", "2024-02", "2024-03", "2024-08", "2024-09", "2024-10")
    pay(town, town.flexible, {**paid, **unpaid})
    days = ("2024-05-01", "2024-09-30", "2024-10-01")
    assert [on(town, town.flexible, day).state for day in days] == ["none", "none", "normal"]


def test_a_short_gap_that_is_not_paid_up_is_not_ruled(town: Town) -> None:
    pay(town, town.flexible, {**in_time("2024-01", "2024-02", "2024-03", "2024-05"), "2024-04": ""})
    assert refusal(lambda: on(town, town.flexible, "2024-06-10")) == "not_stated"


def test_what_was_known_before_the_back_payment_can_be_asked(town: Town) -> None:
    pay(town, town.employee, in_time("2024-01", "2024-02"))

    def declared(act: Any) -> int:
        return declare(act, town.book.library, town.employee, town.scheme, "2024-03", {})

    due = do(town.book, declared, day=date(2024, 5, 2))
    paid = lambda act: receive(  # noqa: E731
        act, town.book.library, town.scheme, date(2024, 6, 20), 86_400, [due]
    )
    do(town.book, paid, day=date(2024, 6, 21))
    assert on(town, town.employee, "2024-04-10").state == "normal"
    # The contributions of January and February were booked on TODAY, after that day.
    assert on(town, town.employee, "2024-04-10", "2024-06-20").state == "none"


# A stay of 10,000 in a suspension: the employer bears what the pool would have paid,
# (10,000 - 1,000) x 90 % = 8,100, and 1,900 are the person's.  Paid up, the pool pays the 8,100.


def test_a_stay_in_a_suspension_is_settled_anew_once_it_is_paid_up(town: Town) -> None:
    library = town.book.library
    pay(town, town.employee, {**in_time("2024-01", "2024-02", "2024-04"), "2024-03": ""})

    def stay(act: Any) -> Any:
        said = {"setting": "inpatient"}
        visit = begin_visit(act, library, town.employee, "H1", date(2024, 4, 10), said)
        add_lines(act, library, visit, [{"in_scope": "10000"}])
        return settled(act, library, visit).settlement

    one = do(town.book, stay)
    assert (one.payments["employer"], one.person) == (810_000, 190_000)

    def paid_up(act: Any) -> Any:
        (due,) = owing(act.connection, town.scheme, "2024-12")
        receive(act, library, town.scheme, date(2024, 5, 20), 86_400, [due.number])
        return settle_anew(act, library, town.employee, town.scheme)

    (changed,) = do(town.book, paid_up)
    assert (changed.person_fen, dict(changed.payments)) == (
        0,
        {"employer": -810_000, "pool": 810_000},
    )
    with town.book.reading() as connection:
        assert list(differences(connection, library)) == []


def test_a_student_is_in_benefit_by_the_year_that_was_paid(town: Town) -> None:
    # Entered in 2023 and paid in that year: from 1 September 2023 to the end of 2024.
    library = town.book.library

    def work(act: Any) -> None:
        due = declare(act, library, town.student, town.students, "2024", {"hardship": "no"})
        (owed,) = owing(act.connection, town.students, "2024")
        fen = owed.unpaid["student"]
        receive(act, library, town.students, date(2023, 10, 8), fen, [due], ["student"])

    do(town.book, work)
    days = ("2023-09-01", "2024-06-01", "2024-12-31")
    assert [on(town, town.student, day).state for day in days] == ["normal"] * 3


def test_who_is_retired_owes_nothing(town: Town) -> None:
    def retired(act: Any) -> None:
        its = scheme_of(act.connection, town.scheme)
        since = date(2024, 1, 1)
        change_facts(act, town.book.library, town.employee, its, since, {"category": "retired"})

    do(town.book, retired)
    assert on(town, town.employee, "2024-03-01").entitled
    assert refusal(lambda: pay(town, town.employee, {"2024-03": ""})) == "nothing_due"


def test_facts_are_stated_only_where_a_scheme_insures(town: Town) -> None:
    def stated(scheme: int, since: date, facts: dict[str, str]) -> Callable[[], Any]:
        return lambda: do(
            town.book,
            lambda act: change_facts(
                act, town.book.library, town.employee, scheme_of(act.connection, scheme), since,
                facts,
            ),
        )  # fmt: skip

    entered = {"entered": "autumn_2023"}
    assert refusal(stated(town.students, date(2024, 3, 1), entered)) == "not_insured"
    retired = {"category": "retired"}
    with town.book.reading() as connection:
        member = member_on(connection, town.employee, date(2024, 3, 1)).number
    do(town.book, lambda act: leave(act, member, date(2024, 6, 30)))
    assert refusal(stated(town.scheme, date(2024, 7, 1), retired)) == "not_insured"
    stated(town.scheme, date(2024, 6, 30), retired)()


def test_money_for_a_month_after_the_death_is_refused(town: Town) -> None:
    pay(town, town.employee, {"2024-03": "", "2024-04": ""})
    do(town.book, lambda act: record_death(act, town.employee, date(2024, 3, 5)))
    with town.book.reading() as connection:
        march, april = (one.number for one in owing(connection, town.scheme, "2024-04"))

    def received(due: int) -> Callable[[], Any]:
        arrived = date(2024, 4, 10)
        return lambda: do(
            town.book,
            lambda act: receive(act, town.book.library, town.scheme, arrived, 86_400, [due]),
        )

    assert refusal(received(april)) == "died"
    received(march)()  # the month of the death was insured
    do(town.book, lambda act: withdraw_due(act, april))
    with town.book.reading() as connection:
        assert owing(connection, town.scheme, "2024-12") == []


def test_what_was_paid_before_the_book_counts(town: Town) -> None:
    def carried(act: Any) -> None:
        carry_over(act, town.flexible, town.scheme, date(2015, 3, 1), "2023-12", 106)

    do(town.book, carried)
    assert on(town, town.flexible, "2024-01-05").entitled


def test_months_that_the_book_declares_are_not_carried_over(town: Town) -> None:
    pay(town, town.flexible, {"2024-01": "2024-01-10", "2024-02": "", "2024-03": ""})
    for through, kind in (
        ("2024-03", "declared_already"), ("2024-01", "declared_already"), ("2099-12", "not_yet"),
    ):  # fmt: skip
        assert refusal(_carry(town, "2015-03-01", through, 1)) == kind
    _carry(town, "2015-03-01", "2023-12", 106)()
    assert not on(town, town.flexible, "2024-04-10").entitled  # February is unpaid as before


def _carry(town: Town, first: str, through: str, months: int) -> Callable[[], Any]:
    return lambda: do(
        town.book,
        lambda act: carry_over(
            act, town.flexible, town.scheme, date.fromisoformat(first), through, months
        ),
    )


def test_what_cannot_be_is_refused(town: Town) -> None:
    book, library = town.book, town.book.library
    pay(town, town.employee, {"2024-01": "2024-01-15"})

    def declared(period: str, **more: Any) -> Callable[[], Any]:
        return lambda: do(
            book, lambda act: declare(act, library, town.employee, town.scheme, period, {}, **more)
        )

    def received(fen: int, due: int, day: str = "2024-02-15") -> Callable[[], Any]:
        arrived = date.fromisoformat(day)
        return lambda: do(book, lambda act: receive(act, library, town.scheme, arrived, fen, [due]))

    assert refusal(declared("2024-01")) == "declared_already"
    assert refusal(declared("2024-13")) == "bad_period"
    assert refusal(declared("2024")) == "bad_period"
    assert refusal(declared("2023-12")) == "not_insured"
    assert refusal(declared("2024-02", amounts={"employer": "704.00", "employee": "1.00"})) == (
        "amount_differs"
    )
    with pytest.raises(Refused, match=r"the share of employee is 704\.00 yuan, due are 160\.00"):
        declared("2024-02", amounts={"employer": "160.00", "employee": "704.00"})()  # 864.00 too
    due = do(book, lambda act: declare(act, library, town.employee, town.scheme, "2024-02", {}))
    assert refusal(received(86_399, due)) == "amount_differs"
    with pytest.raises(Refused, match=r"what arrived is 863\.99 yuan, due are 864\.00"):
        received(86_399, due)()
    assert refusal(received(86_400, 99)) == "unknown_due"
    assert refusal(received(86_400, due, "2025-01-01")) == "not_yet"
    received(86_400, due)()
    assert refusal(received(86_400, due)) == "paid_already"
    assert refusal(lambda: do(book, lambda act: withdraw_due(act, due))) == "paid_already"
    assert refusal(_carry(town, "2015-03-01", "2015-02", 1)) == "bad_stretch"
    assert refusal(_carry(town, "2015-03-01", "2015-04", 3)) == "impossible_value"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("entitlement", "normal"),
        ("first_paid", "2010-01-10"),
        ("months_paid", "300"),
        ("months_owed", "0"),
        ("unpaid_from", "2024-03-01"),
        ("paid_up_on", "2024-03-01"),
        ("suspended_from", "2024-04-01"),
        ("restarted", "no"),
        ("resumed_on", "2024-03-01"),
    ],
)
def test_what_contributions_come_to_is_never_typed_in(town: Town, name: str, value: str) -> None:
    def typed(act: Any) -> None:
        its = scheme_of(act.connection, town.scheme)
        change_facts(act, town.book.library, town.employee, its, TODAY, {name: value})

    assert refusal(lambda: do(town.book, typed)) == "derived_fact"


def test_a_payment_that_bounced_is_due_again(town: Town) -> None:
    pay(town, town.employee, {"2024-01": "2024-01-15"})
    do(town.book, lambda act: take_back(act, 1))
    with town.book.reading() as connection:
        assert [due.period for due in owing(connection, town.scheme, "2024-12")] == ["2024-01"]
        assert [one.fen for one in trial_balance(connection, "320400", TODAY)] == [0, 0]
    again = lambda: do(town.book, lambda act: take_back(act, 1))  # noqa: E731
    assert refusal(again) == "unknown_receipt"
    assert not on(town, town.employee, "2024-03-01").entitled


def sheet(*lines: str) -> Sheet:
    return read_sheet("file.csv", "\n".join(lines).encode())


def declared_in(town: Town, *lines: str) -> Callable[[Any], Any]:
    return lambda act: declare_all(act, town.book.library, town.scheme, sheet(*lines))


def received_in(town: Town, *lines: str) -> Callable[[Any], Any]:
    return lambda act: receive_all(act, town.book.library, town.scheme, sheet(*lines))


def as_clerk(town: Town, work: Callable[[Any], Any]) -> Any:
    asked = Asked("test", {}, "clerk", datetime(2024, 11, 30, tzinfo=UTC), TODAY)
    return town.book.tried(asked, work)


HEAD = "identity,period,amount,arrived"
IDS = [identity("320402", "19800101", n) for n in range(3)]


def test_files_are_tried_and_then_done(town: Town) -> None:
    months = ["2024-01", "2024-02"]
    declared = declared_in(town, "身份证号,所属期,wage",
                           *(f"{IDS[0]},{month},8000" for month in months))  # fmt: skip
    assert [one.period for one in as_clerk(town, declared)] == months
    assert [one.period for one in as_clerk(town, declared)] == months  # the first left nothing
    do(town.book, declared)
    rows = [f"{IDS[0]},{month},864.00,{month}-20" for month in months]
    do(town.book, received_in(town, HEAD, *rows))
    assert on(town, town.employee, "2024-02-01").entitled


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([HEAD, "{0},2024-01,864,2024-01-20", "{0},2024-01,864,2024-01-20"],
         "第 3 行period：2024-01 没有应缴"),
        ([HEAD, "{0},2024-01,864.00"], "第 2 行"),
        ([HEAD, "{0},2024-01,863.99,2024-01-20"], "第 2 行amount：到账 863.99 元，应为 864.00 元"),
        ([HEAD, "320402198001019999,2024-01,1,2024-01-20"],
         "第 2 行identity：没有登记过"),
        ([HEAD, "{0},2024-1,864,2024-01-20"], "第 2 行period"),
        ([HEAD, "{0},2024-01,-864,2024-01-20"], "第 2 行amount"),
        ([HEAD, "{0},2024-01,864,2024-02-30"], "第 2 行arrived"),
        (["identity,period,amount,day", "{0},2024-01,864,2024-01-20"], "“day”"),
        (["identity,period,amount", "{0},2024-01,864"], "缺少这些列：arrived"),
    ],
)  # fmt: skip
def test_a_file_with_a_wrong_row_is_refused_as_a_whole(
    town: Town, lines: list[str], told: str
) -> None:
    pay(town, town.employee, {"2024-01": ""})
    written = [line.format(*IDS) for line in lines]
    with pytest.raises(Refused) as refused:
        do(town.book, received_in(town, *written))
    assert told in refused.value.message.zh
    with town.book.reading() as connection:
        assert [due.period for due in owing(connection, town.scheme, "2024-12")] == ["2024-01"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE receipt SET fen = fen + 1 WHERE id = 1",
         "receipt 1: it is kept as 864.01 yuan, the journal has moved 864.00, what it paid comes "
         "to 864.00"),
        ("DELETE FROM paid WHERE receipt = 1", "what it paid comes to 0.00"),
        ("UPDATE due SET shares = '{}' WHERE id = 1", "what it paid comes to 0.00"),
        ("UPDATE receipt SET ended = act WHERE id = 1", "whether it was taken back"),
        ("UPDATE receipt SET ended = NULL WHERE id = 2", "whether it was taken back"),
        ("DELETE FROM paid; DELETE FROM receipt WHERE id = 2",
         "it books a contribution, and there is no receipt of it"),
    ],
)  # fmt: skip
def test_a_receipt_changed_behind_the_book_shows(town: Town, change: str, told: str) -> None:
    pay(town, town.employee, {"2024-01": "2024-01-15", "2024-02": "2024-02-15"})
    do(town.book, lambda act: take_back(act, 2))

    def found() -> str:
        with town.book.reading() as connection:
            return "; ".join(differences(connection, town.book.library))

    assert found() == ""
    with town.book.store.writing() as connection:
        for one in change.split("; "):
            connection.execute(text(one))
    assert told in found()
