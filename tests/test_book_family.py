"""Family use of an account: authorised, paid, never overdrawn, given back when a visit is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from book_place import new_at
from gongji.book.accounts.family import (
    authorisations,
    authorise,
    family_reversed,
    pay_for_relative,
    revoke,
)
from gongji.book.accounts.statements import account_statement
from gongji.book.book import Book
from gongji.book.care.cancelling import cancelled
from gongji.book.care.settling import standing_of
from gongji.book.years.year_end import open_balances
from gongji.policy.versions import Library
from gongji.wording import Refused
from town_place import Town, opened, refusal

OPENED = date(2023, 1, 1)
TODAY = date(2024, 3, 20)
VISITED = date(2024, 3, 10)


class Family(NamedTuple):
    """A town with the owner of an account of 50.00, a spouse, and a visit of the spouse."""

    town: Town
    owner: int
    spouse: int
    visit: int

    def authorise(self, **more: Any) -> int:
        """The owner lets the spouse use the account from the day of the visit on."""
        words = {"relation": "spouse", "since": VISITED, "said": {"insured_in": "yunnan"}, **more}

        def work(act: Any) -> int:
            return authorise(act, self.town.book.library, self.owner, self.spouse, **words)

        found: int = self.town.do(work)
        return found

    def pay(self, fen: int, **more: Any) -> int:
        """Pay for the visit out of the owner's account."""
        words = {"day": TODAY, "said": {"insured_in": "yunnan"}, **more}

        def work(act: Any) -> int:
            return pay_for_relative(
                act, self.town.book.library, self.visit, self.owner, fen, **words
            )

        found: int = self.town.do(work)
        return found


@pytest.fixture
def book(address: str, tmp_path: Path, library: Library) -> Iterator[Book]:
    found = new_at(address, tmp_path, library)
    yield found
    found.close()


# Yuxi, tier 1: 30 first, then 60 % of the rest.  130.00: (130 - 30) x 60 % = 60.00, the spouse
# bears 70.00, and has nothing on an account of their own.


@pytest.fixture
def family(book: Book) -> Family:
    town = opened(book, "530400", "yuxi/employee", OPENED, TODAY)
    owner = town.insured(1, {"category": "active"})
    spouse = town.insured(2, {"category": "active"})
    town.do(
        lambda act: open_balances(
            act, town.book.library, town.scheme, OPENED, {"pool": 90_000}, {owner: 5_000}
        )
    )
    visit = town.visit(spouse, VISITED, "130", {"setting": "outpatient"})
    return Family(town, owner, spouse, visit)


def test_an_authorised_account_pays_what_was_left_in_cash(family: Family) -> None:
    town = family.town
    family.authorise()
    entry = family.pay(4_000)
    assert town.balance(family.owner) == 1_000
    assert town.trial()["cash", ""] == -3_000  # 70.00 borne, 40.00 of it by the account
    with town.book.reading() as connection:
        opening, line = account_statement(connection, town.account(family.owner))
    assert opening[2:] == ("opening", None, 5_000, 5_000)
    assert line == (entry, TODAY, "family_payment", family.visit, -4_000, 1_000)
    assert town.clean() == []


def test_never_more_than_the_account_or_the_cash(family: Family) -> None:
    family.authorise()
    assert refusal(lambda: family.pay(5_001)).kind == "account_overdrawn"
    assert refusal(lambda: family.pay(7_001)).kind == "above_cash"
    assert refusal(lambda: family.pay(0)).kind == "bad_amount"
    assert refusal(lambda: family.pay(-100)).kind == "bad_amount"
    family.pay(5_000)
    assert refusal(lambda: family.pay(2_001)).kind == "above_cash"
    assert refusal(lambda: family.pay(1)).kind == "account_overdrawn"
    assert family.town.balance(family.owner) == 0


def test_what_is_too_much_is_told_in_yuan(family: Family) -> None:
    family.authorise()
    account, cash = refusal(lambda: family.pay(5_001)), refusal(lambda: family.pay(7_001))
    assert account.message.zh == "个人账户余额 50.00 元，不够付 50.01 元"
    assert account.message.en == "the personal account holds 50.00 yuan, which do not cover 50.01"
    assert cash.message.en.endswith("70.00 yuan are left in cash, which 70.01 exceed")
    assert cash.details["field"] == "amount"


def test_without_an_authorisation_the_policy_says_why_not(family: Family) -> None:
    refused = refusal(lambda: family.pay(100, relation="spouse"))
    assert refused.kind == "not_allowed"
    assert "名单" in refused.message.zh
    assert "YX-052" in refused.details["clauses"]
    stranger = refusal(lambda: family.pay(100))
    assert "For the person, the spouse, parents and children only." in stranger.message.en
    family.authorise(since=TODAY)
    assert refusal(lambda: family.pay(100, day=VISITED)).kind == "not_allowed"
    family.pay(100)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ({"relation": "other"}, "not_allowed"),
        ({"relation": "cousin"}, "bad_relation"),
        ({"said": {"insured_in": "elsewhere"}}, "not_allowed"),
        ({"said": {}}, "missing_fact"),
        ({"said": {"insured_in": "beijing"}}, "unknown_value"),
        ({"said": {"insured": "yunnan"}}, "unknown_field"),
        ({"until": date(2024, 3, 1)}, "bad_stretch"),
        ({"since": date(2022, 12, 31)}, "not_insured"),
    ],
)
def test_authorisations_that_cannot_be(family: Family, words: dict[str, Any], kind: str) -> None:
    assert refusal(lambda: family.authorise(**words)).kind == kind
    with family.town.book.reading() as connection:
        assert authorisations(connection, family.owner) == []


def test_persons_that_cannot_authorise(family: Family) -> None:
    assert refusal(family._replace(spouse=family.owner).authorise).kind == "bad_relation"
    assert refusal(family._replace(spouse=99).authorise).kind == "unknown_person"
    family.authorise()
    assert refusal(family.authorise).kind == "authorised_already"
    own = family._replace(owner=family.spouse)
    assert refusal(lambda: own.pay(100)).kind == "bad_relation"
    assert refusal(lambda: family._replace(visit=99).pay(100)).kind == "unknown_visit"
    assert refusal(lambda: family.pay(100, day=date(2024, 3, 9))).kind == "not_yet"
    assert refusal(lambda: family.pay(100, day=date(2024, 3, 21))).kind == "not_yet"


def test_a_revoked_authorisation_pays_no_longer(family: Family) -> None:
    number = family.authorise()
    town = family.town
    assert refusal(lambda: town.do(lambda act: revoke(act, number, date(2024, 3, 1)))).kind == (
        "bad_stretch"
    )
    town.do(lambda act: revoke(act, number, date(2024, 3, 15)))
    assert refusal(lambda: family.pay(100)).kind == "not_allowed"
    family.pay(100, day=date(2024, 3, 15))
    again = lambda: town.do(lambda act: revoke(act, number, TODAY))  # noqa: E731
    assert refusal(again).kind == "unknown_authorisation"
    family.authorise(since=date(2024, 3, 16))
    family.pay(100)


def test_what_was_paid_comes_back_with_the_settlement(family: Family) -> None:
    town = family.town
    family.authorise()
    family.pay(4_000)
    family.pay(500)
    with town.book.reading() as connection:
        standing = standing_of(connection, family.visit)
    assert standing is not None
    town.do(lambda act: cancelled(act, town.book.library, standing.id))
    assert town.balance(family.owner) == 5_000
    assert town.trial()["cash", ""] == 0
    assert town.do(lambda act: family_reversed(act, family.visit)) == []
    assert refusal(lambda: family.pay(100)).kind == "not_settled"
    assert town.clean() == []


def test_a_payment_that_stays_behind_shows(family: Family) -> None:
    family.authorise()
    family.pay(4_000)
    with family.town.book.store.writing() as connection:
        connection.execute(text("UPDATE settlement SET ended = 1"))
    assert any("a relative's account has paid for it" in one for one in family.town.clean())


def test_two_who_pay_at_once_do_not_overdraw(family: Family) -> None:
    town = family.town
    child = town.insured(3, {"category": "active"}, born="20000101")
    other = town.visit(child, VISITED, "130", {"setting": "outpatient"})
    family.authorise()
    family._replace(spouse=child).authorise(relation="child")
    payers = [family, family._replace(spouse=child, visit=other)] * 4

    def pay(one: Family) -> str:
        try:
            one.pay(1_500)
        except Refused as refused:
            return refused.kind
        return "paid"

    with ThreadPoolExecutor(4) as threads:
        found = Counter(threads.map(pay, payers))
    assert found == {"paid": 3, "account_overdrawn": 5}  # 50.00 hold 15.00 three times
    assert town.balance(family.owner) == 500
    assert town.clean() == []


def test_a_policy_that_rules_no_family_use(book: Book) -> None:
    town = opened(book, "320200", "wuxi/employee", date(2019, 1, 1), date(2019, 7, 1))
    owner = town.insured(1, {"category": "active"})
    spouse = town.insured(2, {"category": "active"})

    def work(act: Any) -> int:
        return authorise(act, book.library, owner, spouse, "spouse", town.today)

    refused = refusal(lambda: town.do(work))
    assert refused.kind == "not_ruled"
    assert "wuxi/employee" in refused.message.zh


def test_a_pharmacy_is_asked_about_as_one(book: Book) -> None:
    town = opened(book, "530400", "yuxi/employee", OPENED, TODAY)
    owner = town.insured(1, {"category": "active"})
    parent = town.insured(2, {"category": "retired"}, born="19550101")
    town.do(
        lambda act: open_balances(act, town.book.library, town.scheme, OPENED, {}, {owner: 5_000})
    )
    said = {"setting": "outpatient", "provider": "pharmacy", "pharmacy_purchase": "other",
            "national_code": "no"}  # fmt: skip
    visit = town.visit(parent, VISITED, "40", said)
    family = Family(town, owner, parent, visit)
    family.authorise(relation="parent")
    refused = refusal(lambda: family.pay(4_000))
    assert "No national medical-insurance code." in refused.message.en
