"""Institutions: what they say of a period held against the book, and what they are paid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from book_place import do
from catalogue_place import Town, line, sheet, stay, town_at, upload
from gongji.book.care.cancelling import cancelled
from gongji.book.care.settling import settled, standing_of
from gongji.book.clearing.daily import daily_balances
from gongji.book.clearing.paying import broken_payments, pay_institutions, statements_of
from gongji.book.clearing.reconciling import (
    Difference,
    Reconciled,
    reconcile_rows,
    reconcile_totals,
    reconciliations_of,
    rows_sent,
)
from gongji.book.clearing.span import Done, Span, Totals, done_in
from gongji.book.journal import Account, posted, trial_balance
from gongji.book.proof.verify import differences
from gongji.policy.versions import Library
from gongji.wording import Refused

MARCH = Span("H1", date(2024, 3, 1), date(2024, 3, 31))
APRIL = Span("H1", date(2024, 4, 1), date(2024, 4, 30))
AREA = "320400"


@pytest.fixture
def town(address: str, tmp_path: Path, library: Library) -> Iterator[Town]:
    found = town_at(address, tmp_path, library)
    yield found
    found.book.close()


def refusal(work: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value


def settle(town: Town, day: str, cost: str, on: str | None = None, **more: Any) -> tuple[int, int]:
    """A visit of a day with one line of class A, settled on a day.  Gives settlement and visit."""
    done_on = date.fromisoformat(on or day)
    visit = stay(town, day, day, day=done_on, **more)
    upload(town, visit, line("1", "XA01", "1", cost, day=day), day=done_on)
    made = do(town.book, lambda act: settled(act, town.book.library, visit), day=done_on)
    return made.number, visit


def cancel(town: Town, settlement: int, day: str) -> None:
    work = lambda act: cancelled(act, town.book.library, settlement)  # noqa: E731
    do(town.book, work, day=date.fromisoformat(day))


def pay(town: Town, month: str, day: str) -> list[Any]:
    found: list[Any] = do(
        town.book, lambda act: pay_institutions(act, AREA, month), day=date.fromisoformat(day)
    )
    return found


def clean(town: Town) -> list[str]:
    with town.book.reading() as connection:
        return list(differences(connection, town.book.library))


# Changzhou, active, tier 3: first stay 1,000, later 600; 90 %.
# 10,000: (10,000 - 1,000) x 90 % = 8,100.  The second: (10,000 - 600) x 90 % = 8,460.
FIRST, SECOND = 810_000, 846_000


# --- reconciling ---------------------------------------------------------------------------------


def totals(town: Town, span: Span, theirs: Totals) -> Reconciled:
    found: Reconciled = do(town.book, lambda act: reconcile_totals(act, span, theirs))
    return found


def rows(town: Town, span: Span, *theirs: Done) -> Reconciled:
    found: Reconciled = do(town.book, lambda act: reconcile_rows(act, span, theirs))
    return found


def test_totals_of_a_month_are_equal_or_told_apart(town: Town) -> None:
    settle(town, "2024-03-01", "10000")
    settle(town, "2024-03-05", "10000")
    assert totals(town, MARCH, Totals(2, 2_000_000, FIRST + SECOND, 0)).equal
    apart = totals(town, MARCH, Totals(2, 2_000_000, FIRST + SECOND + 1, 0))
    assert apart.differences == [
        Difference("differs", None, False, "funds", FIRST + SECOND + 1, FIRST + SECOND)
    ]
    assert totals(town, APRIL, Totals(0, 0, 0, 0)).equal
    with town.book.reading() as connection:
        kept = reconciliations_of(connection, "H1")
        assert reconciliations_of(connection, "H1", after=apart.number) == kept[2:]
        assert reconciliations_of(connection, "H2") == []
    assert [(one.span, one.result.equal) for one in kept] == [
        (MARCH, True), (MARCH, False), (APRIL, True),
    ]  # fmt: skip
    assert kept[1].result == apart
    assert kept[1].theirs.funds == FIRST + SECOND + 1


def test_the_day_counts_on_which_it_was_done(town: Town) -> None:
    """A visit of March that is settled in April, and one of March that is taken back then."""
    early, _ = settle(town, "2024-03-05", "10000")
    late, _ = settle(town, "2024-03-01", "10000", on="2024-04-02")
    cancel(town, late, "2024-04-20")
    with town.book.reading() as connection:
        march, april = done_in(connection, MARCH), done_in(connection, APRIL)
    assert [(one.settlement, one.refund, one.funds) for one in march] == [(early, False, FIRST)]
    assert [(one.settlement, one.refund, one.funds) for one in april] == [
        (late, False, SECOND), (late, True, -SECOND),
    ]  # fmt: skip


def test_what_is_settled_again_is_the_same_to_the_hospital(town: Town) -> None:
    first, _ = settle(town, "2024-03-01", "10000")
    second, visit = settle(town, "2024-03-05", "10000")
    cancel(town, first, "2024-04-02")  # the second is the first stay now, which is the person's
    april = rows(town, APRIL, Done(first, visit - 1, True, -1_000_000, -FIRST, 0))
    assert april.equal
    with town.book.reading() as connection:
        standing = standing_of(connection, visit)
    assert standing is not None
    assert (standing.id > second, standing.person_fen) == (True, 190_000)
    cancel(town, standing.id, "2024-04-03")
    with town.book.reading() as connection:
        (_, back) = done_in(connection, APRIL)
    assert back == Done(second, visit, True, -1_000_000, -SECOND, 0)


def test_a_claim_is_the_persons(town: Town) -> None:
    settle(town, "2024-03-01", "10000", channel="claim")
    with town.book.reading() as connection:
        assert done_in(connection, MARCH) == []
    assert pay(town, "2024-03", "2024-04-01") == []


def test_what_relatives_paid_is_paid_by_accounts(town: Town) -> None:
    """60.00 of the 90.00 in cash of a drug, from the account of the patient's wife."""
    number, visit = settle(town, "2024-03-01", "300", setting="dual_channel")
    cash = Account(AREA, "cash", "", "H1")

    def pays(act: Any) -> int:
        moves = {Account(AREA, "account", "", "9"): 6_000, Account(AREA, "bank"): -6_000}
        posted(act, date(2024, 3, 1), "credit", moves)
        moves = {Account(AREA, "account", "", "9"): -6_000, cash: 6_000}
        return posted(act, date(2024, 3, 1), "family_payment", moves, visit=visit)

    do(town.book, pays, day=date(2024, 3, 1))
    assert rows(town, MARCH, Done(number, visit, False, 30_000, 21_000, 6_000)).equal
    (one,) = pay(town, "2024-03", "2024-04-01")
    assert (one.cash, one.paid) == (3_000, 27_000)
    assert one.due == {"account": 6_000, "fund changzhou/employee pool": 21_000}
    cancel(town, number, "2024-04-02")
    assert rows(town, APRIL, Done(number, visit, True, -30_000, -21_000, -6_000)).equal


def test_a_clearing_kind_is_some_settings(town: Town) -> None:
    settle(town, "2024-03-01", "10000")
    settle(town, "2024-03-02", "300", setting="dual_channel")  # 70 %: 210
    settle(town, "2024-03-02", "50", setting="dual_channel", institution="H2")
    drugs = MARCH._replace(settings=("dual_channel", "pharmacy"))
    assert totals(town, drugs, Totals(1, 30_000, 21_000, 0)).equal
    assert totals(town, drugs._replace(refunds=True), Totals(0, 0, 0, 0)).equal
    assert totals(town, MARCH._replace(scheme=town.scheme), Totals(2, 1_030_000, 831_000, 0)).equal
    assert totals(town, MARCH._replace(scheme=town.scheme + 1), Totals(0, 0, 0, 0)).equal


def test_rows_are_told_apart_one_by_one(town: Town) -> None:
    first, visit = settle(town, "2024-03-01", "10000")
    second, other = settle(town, "2024-03-05", "10000")
    third, _ = settle(town, "2024-03-06", "300", setting="dual_channel")
    cancel(town, third, "2024-03-20")
    right = Done(first, visit, False, 1_000_000, FIRST, 0)
    found = rows(
        town, MARCH,
        right, right,
        Done(second, other, False, 1_000_000, SECOND - 100, 0),
        Done(third, visit, False, 30_000, 21_000, 0),  # under the number of another visit
        Done(999, 7, False, 500, 300, 0),
    )  # fmt: skip
    assert found.differences == [
        Difference("twice", first, False, "rows", 2, 1),
        Difference("differs", second, False, "funds", SECOND - 100, SECOND),
        Difference("differs", third, False, "visit", visit, other + 1),
        Difference("missing_there", third, True, "total", None, -30_000),
        Difference("missing_here", 999, False, "total", 500, None),
    ]
    assert found.ours == Totals(4, 2_000_000, FIRST + SECOND, 0)


def test_rows_come_in_a_file(town: Town) -> None:
    number, visit = settle(town, "2024-03-01", "10000")
    cancel(town, number, "2024-03-02")
    table = sheet(
        "结算编号,就诊编号,退费,医疗费总额,基金支付,个人账户支付\n"
        f"{number},{visit},否,10000.00,8100,0\n{number},{visit},是,-10000.00,-8100,0\n"
    )
    assert rows(town, MARCH, *rows_sent(table)).equal
    wrong = sheet(f"settlement,visit,total,funds,account\n{number},x,1.234,1,\n")
    refused = refusal(lambda: rows_sent(wrong))
    assert "3 problems" in refused.message.en


@pytest.mark.parametrize(
    ("span", "kind"),
    [
        (MARCH._replace(institution="H9"), "unknown_institution"),
        (MARCH._replace(last=date(2024, 2, 1)), "bad_stretch"),
        (MARCH._replace(last=date(2024, 12, 1)), "not_yet"),
    ],
)
def test_periods_that_cannot_be(town: Town, span: Span, kind: str) -> None:
    assert refusal(lambda: totals(town, span, Totals(0, 0, 0, 0))).kind == kind
    assert refusal(lambda: rows(town, span)).kind == kind


# --- paying --------------------------------------------------------------------------------------


def test_a_month_is_paid_once_and_what_comes_later_with_the_next(town: Town) -> None:
    first, _ = settle(town, "2024-03-01", "10000")
    settle(town, "2024-03-08", "10000", institution="H2")
    # The second is at tier 2: (10,000 - 360) x 90 % = 8,676.
    (one, other) = pay(town, "2024-03", "2024-04-03")
    assert one == (
        "H1", "2024-03", 1_000_000, 190_000, {"fund changzhou/employee pool": FIRST}, 0, FIRST, 0,
    )  # fmt: skip
    assert (other.institution, other.paid) == ("H2", 867_600)
    with town.book.reading() as connection:
        books = {(*line.account[1:],): line.fen for line in trial_balance(connection, AREA, TODAY)}
        assert list(broken_payments(connection)) == []
    assert books["bank", "", ""] == FIRST + 867_600
    assert books["institution", "", "H1"] == 190_000  # what it has in cash
    assert refusal(lambda: pay(town, "2024-03", "2024-04-03")).kind == "paid_already"

    # A bill of March that is settled in April, and the first stay taken back in May.
    settle(town, "2024-03-20", "10000", on="2024-04-10")
    (april, _) = pay(town, "2024-04", "2024-05-02")
    assert (april.billed, april.carried, april.paid) == (1_000_000, 0, SECOND)
    cancel(town, first, "2024-05-06")
    (may, other) = pay(town, "2024-05", "2024-06-03")
    # The stay at H2 is the first now, and 216.00 more is the person's: H2 keeps what it was paid.
    assert (may.billed, may.paid, may.left) == (-1_000_000, 0, -FIRST)
    assert (other.billed, other.cash, other.due, other.left) == (0, 0, {}, 0)
    settle(town, "2024-06-02", "20000")  # (20,000 - 600) x 90 % = 17,460
    (june, _) = pay(town, "2024-06", "2024-07-01")
    assert (june.carried, june.billed, june.paid) == (-FIRST, 2_000_000, 1_746_000 - FIRST)
    assert clean(town) == []
    with town.book.reading() as connection:
        assert statements_of(connection, AREA, "2024-05", "H1") == [may]
        assert statements_of(connection, AREA, "2024-07") == []


TODAY = date(2024, 11, 30)


@pytest.mark.parametrize(
    ("area", "month", "kind"),
    [
        ("110000", "2024-03", "unknown_area"),
        (AREA, "2024-13", "bad_month"),
        (AREA, "March", "bad_month"),
        (AREA, "2024-11", "month_not_over"),  # today is its last day
        (AREA, "2024-12", "month_not_over"),
        (AREA, "2024-06", "month_skipped"),
        (AREA, "2024-04", "paid_already"),
    ],
)
def test_months_that_cannot_be_paid(town: Town, area: str, month: str, kind: str) -> None:
    settle(town, "2024-03-01", "10000")
    pay(town, "2024-04", "2024-05-01")
    work = lambda act: pay_institutions(act, area, month)  # noqa: E731
    assert refusal(lambda: do(town.book, work, day=TODAY)).kind == kind


def test_two_who_pay_at_the_same_moment_pay_once(town: Town) -> None:
    settle(town, "2024-03-01", "10000")

    def one(_: int) -> str:
        try:
            return str(pay(town, "2024-03", "2024-04-01")[0].paid)
        except Refused as refused:
            return refused.kind

    with ThreadPoolExecutor(4) as threads:
        found = sorted(threads.map(one, range(4)))
    assert found == [str(FIRST), "paid_already", "paid_already", "paid_already"]
    assert clean(town) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payout SET paid_fen = paid_fen + 1",
        "DELETE FROM payout",
        "UPDATE payout SET entry = NULL",
    ],
)
def test_payments_that_were_changed_behind_the_book_show(town: Town, change: str) -> None:
    settle(town, "2024-03-01", "10000")
    pay(town, "2024-03", "2024-04-01")
    with town.book.store.writing() as connection:
        connection.execute(text(change))
        assert list(broken_payments(connection))


# --- the trial balance ---------------------------------------------------------------------------


def test_the_trial_balance_of_each_day(town: Town) -> None:
    settle(town, "2024-03-01", "10000")
    settle(town, "2024-03-08", "10000")
    pay(town, "2024-03", "2024-04-01")
    pool, cash = Account(AREA, "fund", "changzhou/employee pool"), Account(AREA, "cash")
    hospital, bank = Account(AREA, "institution", "", "H1"), Account(AREA, "bank")
    with town.book.reading() as connection:
        lines = daily_balances(connection, AREA, date(2024, 3, 2), date(2024, 4, 30))
    eighth, paid = date(2024, 3, 8), date(2024, 4, 1)
    assert lines == [
        (eighth, cash, -190_000, -154_000, -344_000),
        (eighth, pool, -FIRST, -SECOND, -FIRST - SECOND),
        (eighth, hospital, 1_000_000, 1_000_000, 2_000_000),
        (paid, bank, 0, FIRST + SECOND, FIRST + SECOND),
        (paid, hospital, 2_000_000, -FIRST - SECOND, 344_000),
    ]
