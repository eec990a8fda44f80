"""What was before is so again after every way to take a settlement back, where an account paid.

Zhenjiang employees in 2024; a hospital of tier 2, a pharmacy, an active person with 1,300.00 on the
account.  XA01 is 20.00, class A, all in scope.  What the pool leaves the account pays, then cash.

Before all of it one visit of 15, 300.00: within the deductible of 800 (ZJE-008), all by the
account.  1,000.00 are left on it, and 500.00 of the deductible.

- Outpatient, 50 at 20.00: 1,000.00.  500.00 are deductible, of 500.00 the pool pays 75 % (ZJE-014),
  375.00; the person bears 625.00, all by the account: 375.00 are left on it.
- A stay, 200 at 20.00: 4,000.00.  800.00 are deductible (ZJE-042), of 3,200.00 the pool pays 85 %
  (ZJE-046), 2,720.00; the person bears 1,280.00: the account's 1,000.00, and 280.00 in cash.
- A purchase without a prescription, 10 at 20.00: 200.00, which the pool does not pay (ZJE-019);
  the account does, and 800.00 are left on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

from book_place import do, insured, new_at
from catalogue_place import ITEMS, OPENED, Town, sheet
from gongji.book.care.settling import meters_now
from gongji.book.catalogue.loading import load_catalogue
from gongji.book.journal import Account, account_balance, trial_balance
from gongji.book.persons.people import register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.book.schema.acts import ACT
from gongji.book.schema.journal import ENTRY, POSTING
from gongji.book.schema.visits import VISIT
from gongji.book.years.year_end import open_balances
from gongji.policy.versions import Library
from gongji.wording import Bilingual
from nhsa_care import admitted, asked, discharged, drug, purchase
from nhsa_place import CARD, HOSPITAL, PERSON, PHARMACY, Agency, Software, fee
from nhsa_visits import asked as asked_of_visit
from nhsa_visits import registered, settled

AREA = "321100"


@pytest.fixture
def agency(tmp_path: Path, library: Library) -> Iterator[Agency]:
    book = new_at(str(tmp_path / "book.db"), tmp_path, library)

    def opened(act: Any) -> Town:
        open_area(act, AREA, Bilingual("镇江", "Zhenjiang"))
        scheme = open_scheme(act, library, AREA, "zhenjiang/employee", {})
        here = {"provider": "hospital", "tier": "tier_2", "designated": "yes"}
        open_institution(act, AREA, HOSPITAL, "镇江二院", OPENED, here)
        there = {"provider": "pharmacy", "tier": "unrated", "designated": "yes"}
        open_institution(act, AREA, PHARMACY, "安和大药房", OPENED, there)
        person = register(act, CARD, "张三")
        who = {
            "category": "active", "start": "by_employer", "registered_on": "2010-01-01",
            "paid_in_full_on": "2010-01-01",
        }  # fmt: skip
        insured(act, library, person, scheme, OPENED, who)
        load_catalogue(act, library, "items", sheet(ITEMS))
        open_balances(act, library, scheme, OPENED, {"pool": 10_000_000}, {person: 130_000})
        return Town(book, person, scheme)

    found = Agency(do(book, opened, day=OPENED))
    found.clock.now = datetime(2024, 11, 30, 1, tzinfo=UTC)
    yield found
    book.close()


class Standing(NamedTuple):
    """All that a settlement moves: meters, the account in fen, what is booked, running totals."""

    meters: dict[str, int]
    account: int
    booked: dict[Account, int]
    totals: list[Any]
    told: Any


def standing(agency: Agency) -> Standing:
    with agency.book.reading() as connection:
        meters = meters_now(connection, agency.person, agency.scheme)
        account = Account(AREA, "account", "", str(agency.person))
        today = agency.clock.now.date()
        booked = {one.account: one.fen for one in trial_balance(connection, AREA, today) if one.fen}
        return Standing(
            {str(key): meters[key] for key in meters if meters[key]},
            account_balance(connection, account),
            booked,
            agency.software().ask("5206", data={"psn_no": PERSON})["cuminfo"],
            agency.software().ask("1101", data=CARD_SHOWN)["insuinfo"][0]["balc"],
        )


CARD_SHOWN = {"mdtrt_cert_type": "02", "mdtrt_cert_no": CARD}


def entries(agency: Agency) -> list[dict[int, int]]:
    """The entries of the journal in their order: by the ledger what each moved, in fen."""
    with agency.book.reading() as connection:
        numbers = connection.scalars(select(ENTRY.c.id).order_by(ENTRY.c.id)).all()
        rows = connection.execute(select(POSTING.c.entry, POSTING.c.ledger, POSTING.c.fen)).all()
    return [{row.ledger: row.fen for row in rows if row.entry == number} for number in numbers]


def kept(agency: Agency) -> list[int]:
    """How much there is of what an act, a visit and an entry leave."""
    with agency.book.reading() as connection:
        return [
            connection.scalar(select(func.count()).select_from(one)) or 0
            for one in (ACT, VISIT, ENTRY, POSTING)
        ]


class Way(NamedTuple):
    """A way to settle: the numbers of its transactions, what is sent, and what it comes to."""

    tried: str
    settles: str
    cancels: str
    place: str
    begun: Callable[[Software], dict[str, Any]]
    sums: dict[str, str]


def outpatient(software: Software) -> dict[str, Any]:
    case = registered(software, "20241130-2")
    software.ask("2204", feedetail=[fee(case, "1", "XA01", "50", "20", "1000.00")])
    return {"data": asked_of_visit(software, case, medfee_sumamt="1000.00")}


def inpatient(software: Software) -> dict[str, Any]:
    case = admitted(software)
    when = {"fee_ocur_time": "2024-11-21 08:00:00", "med_type": "21"}
    software.ask("2301", feedetail=[fee(case, "1", "XA01", "200", "20", "4000.00", **when)])
    discharged(software, case)
    return {"data": asked(case, "4000.00")}


def at_the_pharmacy(_: Software) -> dict[str, Any]:
    lines = [drug("1", "XA01", "10", "20", "200.00")]
    return {"druginfo": purchase(medfee_sumamt="200.00"), "drugdetail": lines}


WAYS = {
    "outpatient": Way("2206", "2207", "2208", HOSPITAL, outpatient, {
        "medfee_sumamt": "1000", "act_pay_dedc": "500", "hifp_pay": "375", "psn_part_amt": "625",
        "acct_pay": "625", "psn_cash_pay": "0", "balc": "375",
    }),
    "inpatient": Way("2303", "2304", "2305", HOSPITAL, inpatient, {
        "medfee_sumamt": "4000", "act_pay_dedc": "800", "hifp_pay": "2720", "psn_part_amt": "1280",
        "acct_pay": "1000", "psn_cash_pay": "280", "balc": "0",
    }),
    "pharmacy": Way("2101", "2102", "2103", PHARMACY, at_the_pharmacy, {
        "medfee_sumamt": "200", "act_pay_dedc": "0", "hifp_pay": "0", "psn_part_amt": "200",
        "acct_pay": "200", "psn_cash_pay": "0", "balc": "800",
    }),
}  # fmt: skip


@pytest.mark.parametrize("reversed_", [False, True], ids=["cancelled", "reversed"])
@pytest.mark.parametrize("name", WAYS)
def test_all_is_as_it_was_when_a_settlement_is_taken_back(
    agency: Agency, name: str, reversed_: bool
) -> None:
    way = WAYS[name]
    assert settled(agency.software(), "20241130-1", "XA01", "15", "20", "300.00")["balc"] == 1000
    software = agency.software(way.place)
    said = way.begun(software)
    before, there = standing(agency), kept(agency)
    assert (before.account, before.told) == (100_000, 1000)
    tried = software.ask(way.tried, **said)["setlinfo"]
    assert (standing(agency), kept(agency)) == (before, there)
    done = software.ask(way.settles, **said)
    sent, info = software.last, done["setlinfo"]
    wanted = {one: Decimal(amount) for one, amount in way.sums.items()}
    assert {one: info[one] for one in wanted} == wanted
    assert {one: tried[one] for one in wanted} == wanted
    paid = {row["fund_pay_type"]: row["fund_payamt"] for row in done["setldetail"]}
    assert paid["310200"] == wanted["acct_pay"]
    after = standing(agency)
    assert after.account == after.told * 100 == wanted["balc"] * 100
    assert after.booked != before.booked
    numbers = {"setl_id": info["setl_id"], "mdtrt_id": info["mdtrt_id"], "psn_no": PERSON}
    if reversed_:
        of_message = {"psn_no": PERSON, "omsgid": sent, "oinfno": way.settles}
        assert software.ask("2601", data=of_message) is None
    else:
        undone = software.ask(way.cancels, data=numbers)
        assert undone["setlinfo"]["balc"] == 1000
        assert undone["setlinfo"]["acct_pay"] == -wanted["acct_pay"]
        assert {row["fund_pay_type"]: -row["fund_payamt"] for row in undone["setldetail"]} == paid
    assert standing(agency) == before
    *_, settling, reversing = entries(agency)
    assert reversing == {ledger: -fen for ledger, fen in settling.items()}
    assert agency.clean() == []
