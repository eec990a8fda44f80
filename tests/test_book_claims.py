"""Claims for what people paid: received, returned, accepted, settled, paid; and withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from book_place import TODAY, do, identity
from gongji.book.care.cancelling import cancelled
from gongji.book.care.settling import standing_of
from gongji.book.claims.claiming import (
    Claim,
    Claimed,
    check_claim,
    claim_with,
    claims_of,
    complete_claim,
    receive_claim,
)
from gongji.book.claims.elsewhere import unlisted_institution
from gongji.book.claims.moves import owed_to_person
from gongji.book.claims.paying import pay_claim, settle_claim, withdraw_claim
from gongji.book.journal import Account, trial_balance
from gongji.book.persons.people import register
from gongji.book.proof.verify import differences
from gongji.book.rules import Scheme
from gongji.policy.versions import Library
from paper_place import EXAMPLES, Town, opened_town, refused

PAPERS = ("id", "receipt", "itemised_list", "discharge_summary", "bank_card")
STAY = {"setting": "inpatient", "care_area": "unreferred"}
LINES = ({"in_scope": "10000"},)


@pytest.fixture
def town(address: str, tmp_path: Path, library: Library) -> Iterator[Town]:
    who = {"category": "active", "insured_as": "employee"}
    yield from opened_town(address, tmp_path, library, "changzhou/employee", who)


def receive(
    town: Town,
    said: Mapping[str, Any] = STAY,
    papers: Collection[str] = PAPERS,
    *,
    receipts: Collection[str] = ("N1",),
    day: str = "2024-05-01",
    at: str = "S1",
    known: date = TODAY,
) -> Claim:
    claimed = Claimed(at, date.fromisoformat(day), said, LINES, tuple(receipts), papers)
    found: Claim = do(
        town.book, lambda act: receive_claim(act, town.library, town.person, claimed), day=known
    )
    return found


def check(town: Town, claim: int, known: date = TODAY) -> Claim:
    found: Claim = do(town.book, lambda act: check_claim(act, town.library, claim), day=known)
    return found


def settle(town: Town, claim: int, known: date = TODAY) -> Claim:
    found: Claim = do(town.book, lambda act: settle_claim(act, town.library, claim), day=known)
    return found


def pay(town: Town, claim: int) -> Claim:
    found: Claim = do(town.book, lambda act: pay_claim(act, claim))
    return found


def booked(town: Town, day: date = TODAY) -> dict[tuple[str, str], int]:
    with town.book.reading() as connection:
        lines = trial_balance(connection, "320400", day)
    return {(one.account.kind, one.account.name): one.fen for one in lines}


# A stay elsewhere without a referral: (10,000 - 1,000) x (90 % - 20 points) = 6,300.  In the city
# (10,000 - 1,000) x 90 % = 8,100 as the first stay, (10,000 - 600) x 90 % = 8,460 as the second.


def test_a_claim_from_receipt_to_payment(town: Town) -> None:
    one = receive(town)
    assert (one.state, one.received, one.day) == ("received", TODAY, date(2024, 5, 1))
    assert check(town, one.number).state == "accepted"
    done = settle(town, one.number)
    assert done.state == "settled"
    # the person has paid the hospital, and is owed what the fund pays; the hospital is owed nothing
    fund = ("fund", "changzhou/employee pool")
    assert booked(town) == {fund: -6300_00, ("person", ""): 6300_00}
    paid = pay(town, one.number)
    assert (paid.state, paid.paid_fen) == ("paid", 6300_00)
    assert booked(town) == {fund: -6300_00, ("person", ""): 0, ("bank", ""): 6300_00}
    assert refused(lambda: pay(town, one.number)).kind == "nothing_owed"
    # its stay was the first of the year
    second = town.visit("2024-06-01", {"setting": "inpatient"}, LINES)
    assert second.payments["pool"] == 8460_00
    assert town.clean() == []


def test_a_claim_turned_into_another_ones_is_named(town: Town) -> None:
    """The money went to the one who was treated; the claim says that somebody else asked."""
    one = receive(town)
    check(town, one.number)
    visit = settle(town, one.number).visit
    other = do(town.book, lambda act: register(act, identity("320402", "19800101", 2), "李四"))
    for column, value in (("person", other), ("institution", "'H1'"), ("day", "'2024-05-02'")):
        with town.book.store.engine.connect() as connection:
            connection.execute(text(f"UPDATE claim SET {column} = {value}"))
            found = list(differences(connection, town.library))
        assert found == [
            f"claim {one.number}: its person, scheme, institution or day is not that of visit "
            f"{visit}, which it was settled as"
        ]
    assert town.clean() == []


def test_missing_papers_return_it_and_are_brought(town: Town) -> None:
    said = {**STAY, "by_agent": "yes"}
    one = receive(town, said, ["id", "receipt", "itemised_list", "discharge_summary"])
    back = check(town, one.number)
    assert (back.state, back.reason) == ("returned", None)
    assert [(paper.names, paper.clauses) for paper in back.missing] == [
        (("bank_card",), ("CZE-140",)),
        (("agent_id",), ("CZE-141",)),
    ]
    assert [paper.title.zh for paper in back.missing] == ["本人银行借记卡", "代办人身份证"]

    def brought(act: Any) -> Claim:
        return complete_claim(act, town.library, one.number, ["bank_card", "agent_id"])

    assert do(town.book, brought).state == "received"
    assert check(town, one.number).state == "accepted"
    assert refused(lambda: do(town.book, brought)).kind == "wrong_state"


def test_what_the_policy_does_not_pay_is_returned_with_its_reason(town: Town) -> None:
    one = receive(town, {"setting": "outpatient", "care_area": "unreferred"})
    back = check(town, one.number)
    assert (back.state, back.missing) == ("returned", ())
    assert back.reason is not None
    assert "未办转诊的，普通门诊和慢性病费用不报销" in back.reason.zh
    assert "CZE-134" in back.reason.en
    assert refused(lambda: settle(town, one.number)).kind == "wrong_state"


def test_what_the_document_does_not_state_is_returned_too(town: Town) -> None:
    one = receive(town, {"setting": "inpatient", "care_area": "local"}, at="H1")
    back = check(town, one.number)
    assert back.state == "returned"
    assert back.reason is not None
    assert "CZE-131" in back.reason.zh


def test_a_claim_for_care_that_was_to_be_filed(town: Town) -> None:
    one = receive(town, {"setting": "inpatient", "care_area": "long_term"})
    back = check(town, one.number)
    assert back.reason is not None
    assert "没有有效的登记或备案" in back.reason.zh
    living = {"away_group": "long_term_resident", "filing_channel": "window"}
    town.apply("filing", "2024-04-01", living, ["id", "commitment"], area="310000")
    do(town.book, lambda act: complete_claim(act, town.library, one.number, []))
    assert check(town, one.number).state == "accepted"
    settle(town, one.number)
    assert booked(town)["person", ""] == 8100_00
    assert town.clean() == []


def test_a_receipt_is_claimed_once(town: Town) -> None:
    one = receive(town, receipts=["N1", "N2"])
    again = refused(lambda: receive(town, receipts=["N3", "N2"], day="2024-05-02"))
    assert (again.kind, again.details["claim"]) == ("claimed_already", str(one.number))
    assert receive(town, receipts=["N2"], at="H2").state == "received"  # another hospital's number
    do(town.book, lambda act: withdraw_claim(act, one.number))
    assert receive(town, receipts=["N2"]).state == "received"
    assert refused(lambda: check(town, one.number)).kind == "wrong_state"
    twice = lambda: do(town.book, lambda act: withdraw_claim(act, one.number))  # noqa: E731
    assert refused(twice).kind == "wrong_state"


def test_a_cancelled_claim_settles_the_later_visits_again(town: Town) -> None:
    one = receive(town)
    check(town, one.number)
    visit = settle(town, one.number).visit
    pay(town, one.number)
    town.visit("2024-06-01", {"setting": "inpatient"}, LINES)
    assert visit is not None
    with town.book.reading() as connection:
        standing = standing_of(connection, visit)
    assert standing is not None
    give_back = lambda: do(town.book, lambda act: withdraw_claim(act, one.number))  # noqa: E731
    assert refused(give_back).kind == "wrong_state"
    (changed,) = do(town.book, lambda act: cancelled(act, town.library, standing.id))
    # the later stay is the first now: 8,100 instead of 8,460
    assert (changed.person_fen, dict(changed.payments)) == (360_00, {"pool": -360_00})
    # the person owes the 6,300 back, and 360 of the later stay
    assert booked(town)["person", ""] == -6660_00
    assert refused(give_back).kind == "wrong_state"
    assert town.clean() == []


def test_a_cancelled_claim_that_was_not_paid_can_be_withdrawn(town: Town) -> None:
    one = receive(town)
    check(town, one.number)
    visit = settle(town, one.number).visit
    assert visit is not None
    with town.book.reading() as connection:
        standing = standing_of(connection, visit)
    assert standing is not None
    do(town.book, lambda act: cancelled(act, town.library, standing.id))
    assert refused(lambda: pay(town, one.number)).kind == "nothing_owed"
    done = do(town.book, lambda act: withdraw_claim(act, one.number))
    assert done.state == "withdrawn"
    assert receive(town).state == "received"
    assert town.clean() == []


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"day": "2024-12-01"}, "not_yet"),
        ({"day": "1979-12-31"}, "before_birth"),
        ({"day": "2023-12-31"}, "not_insured"),
        ({"at": "S9"}, "unknown_institution"),
        ({"receipts": []}, "no_receipts"),
        ({"receipts": ["N1", " N1"]}, "bad_receipt"),
        ({"receipts": ["N" * 41]}, "bad_receipt"),
        ({"receipts": [" "]}, "bad_receipt"),
        ({"papers": ["passport"]}, "unknown_value"),
        ({"said": {"setting": "impatient"}}, "unknown_value"),
        ({"said": {"category": "active"}}, "unknown_field"),
    ],
)
def test_claims_that_cannot_be(town: Town, change: dict[str, Any], kind: str) -> None:
    assert refused(lambda: receive(town, **change)).kind == kind
    with town.book.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM claim")) == 0
        assert connection.scalar(text("SELECT count(*) FROM claim_receipt")) == 0


@pytest.mark.parametrize(
    ("lines", "kind"), [((), "no_lines"), (({"in_scope": "-1"},), "bad_amount")]
)
def test_bills_that_cannot_be(town: Town, lines: Any, kind: str) -> None:
    claimed = Claimed("S1", date(2024, 5, 1), STAY, lines, ("N1",), PAPERS)
    work = lambda act: receive_claim(act, town.library, town.person, claimed)  # noqa: E731
    assert refused(lambda: do(town.book, work)).kind == kind


def test_a_claim_that_says_too_little_stays_as_it_is(town: Town) -> None:
    one = receive(town, {"care_area": "unreferred"})
    assert refused(lambda: check(town, one.number)).kind == "missing_fact"  # the setting
    with town.book.reading() as connection:
        assert claim_with(connection, one.number).state == "received"
    assert refused(lambda: check(town, 99)).kind == "unknown_claim"


def test_what_was_known_of_a_claim_can_be_asked_later(town: Town) -> None:
    one = receive(town, known=date(2024, 9, 1))
    check(town, one.number, known=date(2024, 10, 1))
    with town.book.reading() as connection:
        for day, states in (
            (date(2024, 8, 31), []),
            (date(2024, 9, 30), ["received"]),
            (date(2024, 10, 1), ["accepted"]),
        ):
            assert [c.state for c in claims_of(connection, town.person, day)] == states


def test_an_institution_that_is_on_no_list(town: Town) -> None:
    named = lambda act: unlisted_institution(act, "310104", " 徐汇 诊所 ")  # noqa: E731
    code = do(town.book, named)
    assert do(town.book, lambda act: unlisted_institution(act, "310104", "徐汇 诊所")) == code
    assert do(town.book, lambda act: unlisted_institution(act, "310104", "别家")) != code
    one = receive(town, {**STAY, "tier": "tier_3", "provider": "hospital"}, at=code)
    check(town, one.number)
    settle(town, one.number)
    assert booked(town)["person", ""] == 6300_00
    nowhere = lambda act: unlisted_institution(act, "999999", "x")  # noqa: E731
    assert refused(lambda: do(town.book, nowhere)).kind == "unknown_area"
    nameless = lambda act: unlisted_institution(act, "310104", "  ")  # noqa: E731
    assert refused(lambda: do(town.book, nameless)).kind == "bad_name"


# --- a deadline -----------------------------------------------------------------------------------
# Baihe: while 11 full months or fewer have passed since the day of care.


@pytest.mark.parametrize(
    ("received", "state", "clause"),
    [
        (date(2026, 3, 9), "accepted", ""),
        (date(2026, 3, 10), "returned", "BR-021"),
    ],
)
def test_a_claim_that_comes_too_late(
    address: str, tmp_path: Path, received: date, state: str, clause: str
) -> None:
    who = {"household": "H1"}
    opened = date(2025, 1, 1)
    for town in opened_town(address, tmp_path, EXAMPLES, "baihe/resident", who, opened):
        said = {"setting": "outpatient", "care_area": "unreferred", "tier": "tier_3"}
        claimed = Claimed(
            "S1", date(2025, 3, 10), said, ({"in_scope": "100"},), ("N1",), ("id", "receipts")
        )
        one = do(
            town.book,
            lambda act: receive_claim(act, town.library, town.person, claimed),  # noqa: B023
            day=received,
        )
        # it is looked at much later: that does not make it late
        found = check(town, one.number, known=date(2026, 8, 1))
        assert found.state == state
        assert (found.reason is None) is (not clause)
        if found.reason is not None:
            assert clause in found.reason.zh
            assert "十二个月" in found.reason.zh


def test_where_a_policy_rules_no_claims_none_is_received(address: str, tmp_path: Path) -> None:
    opened = date(2025, 1, 1)
    for town in opened_town(address, tmp_path, EXAMPLES, "baihe/special", {}, opened):
        work = lambda: receive(town, {}, [], day="2025-03-01", known=date(2025, 4, 1))  # noqa: B023, E731
        assert refused(work).kind == "no_claims"


def test_what_the_own_account_pays_is_owed_too() -> None:
    scheme = Scheme(1, "320400", "town/employee", {})
    # 300 of the pool and 50 of the account are owed; the rest of the bill the person has paid
    assert owed_to_person(scheme, 7, {"pool": 300_00, "aid": 0}, 50_00) == {
        Account("320400", "fund", "town/employee pool"): -300_00,
        Account("320400", "fund", "town/employee aid"): 0,
        Account("320400", "account", "", "7"): -50_00,
        Account("320400", "person", "", "7"): 350_00,
    }


def test_a_paper_that_nobody_knows_is_told_where_it_was_sent(town: Town) -> None:
    found = refused(lambda: receive(town, papers=["passport"]))
    assert found.details["field"] == "papers"
    assert "papers.papers" not in found.message.en
