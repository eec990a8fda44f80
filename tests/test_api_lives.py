"""Accounts and turns of life over HTTP: credits, family, transfers, retirement, death, years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from api_place import PASSWORD, House, house_at, key, ok, write
from book_place import identity
from gongji.book.proof.verify import differences
from gongji.policy.versions import Library


@pytest.fixture
def house(address: str, tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(address, tmp_path, library) as found:
        yield found


class City:
    """Another area of the book, with a scheme by a policy, a hospital H9, a clerk and a boss."""

    def __init__(self, house: House, stack: ExitStack, area: str, policy: str, since: str) -> None:
        self._house, self._stack = house, stack
        self.area = area
        self.boss = stack.enter_context(house.client("supervisor"))
        names = {"zh": "某市", "en": "a city"}
        write(self.boss, "/areas", {"code": area, "name": names})
        self.scheme = write(self.boss, "/schemes", {"area": area, "policy": policy})["scheme"]
        facts = {"tier": "tier_1", "designated": "yes"}
        place = {"area": area, "code": "H9", "name": "一院", "since": since, "facts": facts}
        write(self.boss, "/institutions", place)
        self.clerk = self.user("city-clerk", "clerk", area=area)
        self.since = since

    def user(self, name: str, role: str, **bond: Any) -> httpx.Client:
        """A client of a new user."""
        write(self.boss, "/users", {"name": name, "role": role, "password": PASSWORD, **bond})
        client = self._stack.enter_context(self._house.client())
        client.headers["Authorization"] = f"Bearer {self._house.token(client, name)}"
        return client

    def insured(self, serial: int, facts: Mapping[str, str], **more: Any) -> int:
        """A person who is insured; those with odd serials are men."""
        card = {"identity": card_of(serial), "name": f"某{serial}"}
        person: int = write(self.clerk, "/persons", card)["person"]
        said = {"scheme": self.scheme, "since": self.since, "facts": facts, **more}
        write(self.clerk, f"/persons/{person}/memberships", said)
        return person

    def clean(self) -> list[str]:
        with self._house.book.reading() as connection:
            return list(differences(connection, self._house.book.library))


def card_of(serial: int) -> str:
    return identity("420102", "19800101", serial)


@pytest.fixture
def wuhan(house: House) -> Iterator[City]:
    with ExitStack() as stack:
        yield City(house, stack, "420100", "wuhan/employee", "2023-02-01")


@pytest.fixture
def yuxi(house: House) -> Iterator[City]:
    with ExitStack() as stack:
        yield City(house, stack, "530400", "yuxi/employee", "2023-01-01")


# Wuhan: 2 % of the base for employees, 83 a month for the retired: 6,000.00 x 2 % = 120.00.


def test_a_month_is_credited_once_and_shown_to_whom_it_is(wuhan: City) -> None:
    active = wuhan.insured(1, {"category": "active", "base": "6000"})
    retired = wuhan.insured(2, {"category": "retired"})
    without = wuhan.insured(3, {"category": "active"})
    run = {"month": "2023-03-01", "day": "2023-04-05"}
    path = f"/schemes/{wuhan.scheme}/credits"
    tried = write(wuhan.boss, f"{path}?try=yes", run)
    assert (tried["credited"], tried["amount"], tried["refused"]) == (2, "203.00", 1)
    assert [(one["person"], one["kind"]) for one in tried["told"]] == [(without, "missing_fact")]
    assert write(wuhan.boss, path, run) == tried
    assert write(wuhan.boss, path, run)["credited"] == 0
    me = wuhan.user("retired-one", "insured", person=retired)
    mine = f"/persons/{retired}/accounts"
    assert ok(me.get(mine))["accounts"] == [{"area": "420100", "balance": "83.00"}]
    assert ok(me.get(f"{mine}?day=2023-04-04"))["accounts"][0]["balance"] == "0.00"
    assert ok(me.get(f"{mine}?known_on=2024-11-29"))["accounts"][0]["balance"] == "0.00"
    (line,) = ok(me.get(f"{mine}/420100/entries"))["items"]
    assert (line["day"], line["kind"], line["amount"], line["balance"]) == (
        "2023-04-05", "credit", "83.00", "83.00",
    )  # fmt: skip
    (credit,) = ok(me.get(f"/persons/{retired}/credits"))["items"]
    assert write(wuhan.boss, f"/credits/{credit['credit']}/reverse")["entry"]
    twice = wuhan.boss.post(f"/credits/{credit['credit']}/reverse", headers=key())
    assert (twice.status_code, twice.json()["kind"]) == (409, "reversed_twice")
    pages = ok(me.get(f"{mine}/420100/entries?most=1"))
    assert [one["balance"] for one in pages["items"]] == ["83.00"]
    after = {"most": 1, "after": pages["next"]}
    (back,) = ok(me.get(f"{mine}/420100/entries", params=after))["items"]
    assert (back["amount"], back["balance"]) == ("-83.00", "0.00")
    assert me.get(f"/persons/{active}/accounts").status_code == 404
    assert wuhan.clean() == []


# Yuxi, tier 1: 30 first, then 60 % of the rest.  130.00: (130 - 30) x 60 % = 60.00; 70.00 in cash.

INSURED_IN = {"insured_in": "yunnan"}


def test_an_owner_lets_a_spouse_use_the_account(yuxi: City) -> None:
    owner = yuxi.insured(1, {"category": "active"})
    spouse = yuxi.insured(2, {"category": "active"})
    opening = {"day": "2023-01-01", "accounts": [{"person": owner, "amount": "50.00"}],
               "funds": {"pool": "900.00"}}  # fmt: skip
    assert write(yuxi.boss, f"/schemes/{yuxi.scheme}/opening-balances", opening) == {"entries": 2}
    mine = yuxi.user("the-owner", "insured", person=owner)
    hers = yuxi.user("the-spouse", "insured", person=spouse)
    said = {"relative": card_of(2), "relation": "spouse", "since": "2024-03-10",
            "facts": INSURED_IN}  # fmt: skip
    path = f"/persons/{owner}/authorisations"
    for wrong, kind in (
        ({"relative": card_of(9)}, "unknown_relative"),
        ({"relative": card_of(1)}, "bad_relation"),
        ({"relative": "320402198001010010"}, "bad_identity"),
        ({"relation": "other"}, "not_allowed"),
    ):
        refused = mine.post(path, json={**said, **wrong}, headers=key())
        assert refused.json()["kind"] == kind
        assert card_of(9) not in refused.text
    strangers = hers.post(path, json=said, headers=key())
    assert (strangers.status_code, strangers.json()["kind"]) == (404, "unknown_person")
    number = write(mine, path, said)["authorisation"]
    (seen,) = ok(hers.get(f"/persons/{spouse}/authorised-by"))["items"]
    assert (seen["owner"], seen["relation"], seen["until"]) == (owner, "spouse", None)
    assert ok(mine.get(path))["items"] == [seen]
    visit = {"person": spouse, "institution": "H9", "day": "2024-03-10",
             "facts": {"setting": "outpatient"}}  # fmt: skip
    hospital = yuxi.user("hospital-9", "institution", institution="H9")
    made = write(hospital, "/visits", visit)["visit"]
    write(hospital, f"/visits/{made}/lines", {"lines": [{"in_scope": "130.00"}]})
    payment = {"owner": owner, "amount": "40.00", "day": "2024-03-20", "facts": INSURED_IN}
    pay = f"/visits/{made}/family-payments"
    assert hospital.post(pay, json=payment, headers=key()).json()["kind"] == "not_settled"
    write(hospital, f"/visits/{made}/settlement")
    write(hospital, pay, payment)
    too_much = hospital.post(pay, json=payment, headers=key())
    assert too_much.json()["kind"] == "above_cash"
    (account,) = ok(mine.get(f"/persons/{owner}/accounts"))["accounts"]
    assert account["balance"] == "10.00"
    cannot = hers.post(f"/authorisations/{number}/revoke", json={"last": "2024-06-30"},
                       headers=key())  # fmt: skip
    assert cannot.status_code == 404  # it is the owner's
    write(mine, f"/authorisations/{number}/revoke", {"last": "2024-03-31"})
    assert ok(mine.get(path))["items"][0]["until"] == "2024-03-31"
    assert yuxi.clean() == []


# 100.00 in thirds: 33.33, 33.34 and 33.33.


def test_an_account_goes_to_the_heirs(yuxi: City) -> None:
    person = yuxi.insured(1, {"category": "active"})
    opening = {"day": "2023-01-01", "accounts": [{"person": person, "amount": "100.00"}]}
    write(yuxi.boss, f"/schemes/{yuxi.scheme}/opening-balances", opening)
    heirs = [
        {"identity": card_of(one), "name": f"继承人{one}", "share": "1/3"} for one in (3, 5, 7)
    ]
    inheritance = {"scheme": yuxi.scheme, "heirs": heirs, "day": "2024-11-30"}
    path = f"/persons/{person}/inheritance"
    alive = yuxi.boss.post(path, json=inheritance, headers=key())
    assert alive.json()["kind"] == "not_died"
    mistaken = write(yuxi.clerk, f"/persons/{person}/death", {"day": "2024-10-01"})["death"]
    write(yuxi.boss, f"/deaths/{mistaken}/take-back")
    assert ok(yuxi.clerk.get(f"/persons/{person}/death"))["day"] is None
    write(yuxi.clerk, f"/persons/{person}/death", {"day": "2024-11-05"})
    assert ok(yuxi.clerk.get(f"/persons/{person}/death"))["day"] == "2024-11-05"
    unequal = {**inheritance, "heirs": heirs[:2]}
    assert yuxi.boss.post(path, json=unequal, headers=key()).json()["kind"] == "bad_shares"
    assert write(yuxi.boss, f"{path}?try=yes", inheritance)["entry"]
    entry = write(yuxi.boss, path, inheritance)["entry"]
    entries = f"/persons/{person}/accounts/530400/entries"
    *_, last = ok(yuxi.clerk.get(entries))["items"]
    assert (last["entry"], last["amount"], last["balance"]) == (entry, "-100.00", "0.00")
    nothing = yuxi.boss.post(path, json=inheritance, headers=key())
    assert nothing.json()["kind"] == "nothing_there"
    assert yuxi.clean() == []


def test_who_moves_takes_a_record_and_money_only_through_a_supervisor(yuxi: City) -> None:
    person = yuxi.insured(1, {"category": "active"})
    opening = {"day": "2023-01-01", "accounts": [{"person": person, "amount": "100.00"}]}
    write(yuxi.boss, f"/schemes/{yuxi.scheme}/opening-balances", opening)
    leaving = {"last": "2024-10-31", "other": "昆明市", "months_paid": 22, "balance": "goes_along",
               "basis": "转移接续暂行办法"}  # fmt: skip
    path = f"/persons/{person}/transfers-out"
    clerks = yuxi.clerk.post(path, json=leaving, headers=key())
    assert (clerks.status_code, clerks.json()["kind"]) == (403, "not_allowed")
    assert write(yuxi.clerk, f"{path}?try=yes", leaving)["amount"] == "100.00"
    moved = write(yuxi.boss, path, leaving)
    assert (moved["direction"], moved["previous_end"], moved["amount"]) == (
        "out", "2024-10-01", "100.00",
    )  # fmt: skip
    twice = yuxi.boss.post(path, json={**leaving, "last": "2024-10-30"}, headers=key())
    assert (twice.status_code, twice.json()["kind"]) == (409, "transferred_already")
    coming = {"scheme": yuxi.scheme, "other": "昆明市", "months_paid": 1, "amount": "5.00",
              "previous_end": "2024-08-15", "arrived": "2024-11-20"}  # fmt: skip
    back = write(yuxi.clerk, f"/persons/{person}/transfers-in", coming)
    assert (back["gap_months"], back["amount"]) == (2, "5.00")  # September and October
    twice = yuxi.clerk.post(f"/persons/{person}/transfers-in", json=coming, headers=key())
    assert (twice.status_code, twice.json()["kind"]) == (409, "transferred_already")
    assert ok(yuxi.clerk.get(f"/persons/{person}/transfers"))["items"] == [moved, back]
    assert yuxi.clean() == []


# Changzhou: a man needs 300 months; 12 x 5,000.00 x 8 % = 4,800.00 for the twelve missing.


def test_who_lacks_months_pays_for_them_and_retires(house: House) -> None:
    person = house.town.person
    said = {"day": "2024-06-10", "months_paid": 288, "facts": {"retirement_age_reached": "yes"}}
    with house.client("clerk") as clerk:
        path = f"/persons/{person}/retirement"
        due = {"since": None, "due": "4800.00"}
        tried = write(clerk, f"{path}?try=yes", said)
        assert {name: tried[name] for name in due} == due
        made = write(clerk, path, said)
        assert {name: made[name] for name in due} == due
        top_up = {"day": "2024-06-20", "amount": "4700.00", "facts": said["facts"]}
        part = clerk.post(f"{path}/top-up", json=top_up, headers=key())
        assert (part.status_code, part.json()["kind"]) == (422, "bad_amount")
        paid = write(clerk, f"{path}/top-up", {**top_up, "amount": "4800.00"})
        assert (paid["since"], paid["due"]) == ("2024-06-20", None)
        facts = ok(clerk.get(f"/persons/{person}/facts?day=2024-06-20"))["facts"]
        assert facts["category"] == "retired"
        again = clerk.post(path, json=said, headers=key())
        assert (again.status_code, again.json()["kind"]) == (409, "retired_already")


def test_a_year_is_closed_seen_and_opened_again(yuxi: City) -> None:
    person = yuxi.insured(1, {"category": "active"})
    opening = {"day": "2023-01-01", "accounts": [{"person": person, "amount": "100.00"}],
               "funds": {"pool": "-20.00"}}  # fmt: skip
    path = f"/schemes/{yuxi.scheme}/opening-balances"
    write(yuxi.boss, path, opening)
    twice = yuxi.boss.post(path, json=opening, headers=key())
    assert (twice.status_code, twice.json()["kind"]) == (409, "opened_already")
    named = {**opening, "accounts": [*opening["accounts"]] * 2}
    assert yuxi.boss.post(path, json=named, headers=key()).json()["kind"] == "named_twice"
    year = "/areas/530400/years"
    tried = write(yuxi.boss, f"{year}/2023/close?try=yes")
    assert (tried["unsettled"], tried["refused"]) == (0, 0)
    assert ok(yuxi.clerk.get(year))["items"] == []
    closed = write(yuxi.boss, f"{year}/2023/close")
    assert closed["hash"] == tried["hash"]
    again = yuxi.boss.post(f"{year}/2023/close", headers=key())
    assert (again.status_code, again.json()["kind"]) == (409, "closed_already")
    late = {"day": "2023-12-31", "funds": {"large_amount": "1.00"}}
    assert yuxi.boss.post(path, json=late, headers=key()).json()["kind"] == "year_closed"
    early = yuxi.boss.post(f"{year}/2024/close", headers=key())
    assert early.json()["kind"] == "not_yet"
    write(yuxi.boss, f"{year}/2023/reopen", {"reason": "漏记一笔到账"})
    (seen,) = ok(yuxi.clerk.get(year))["items"]
    assert (seen["year"], seen["hash"], seen["reopened"]) == (2023, closed["hash"], True)
    write(yuxi.boss, path, late)
    assert yuxi.clean() == []


def test_a_desk_of_another_area_does_nothing_with_this_one(yuxi: City) -> None:
    """Schemes and areas are known to everybody; what is in them is not."""
    boss = yuxi.user("city-boss", "supervisor", area="530400")
    file = {"content": "identity,period,wage\n", "headers": {**key(), "Content-Type": "text/csv"}}
    run = {"json": {"month": "2024-01-01", "day": "2024-01-31"}}
    tries: list[tuple[httpx.Client, str, str, dict[str, Any]]] = [
        (yuxi.clerk, "POST", "/schemes/1/dues/file", file),
        (yuxi.clerk, "POST", "/schemes/1/receipts/file", file),
        (yuxi.clerk, "GET", "/schemes/1/owing?through=2024-12", {}),
        (yuxi.clerk, "GET", "/schemes/1/owed", {}),
        (yuxi.clerk, "GET", "/areas/320400/statements?month=2024-10", {}),
        (yuxi.clerk, "GET", "/areas/320400/years", {}),
        (yuxi.clerk, "GET", "/areas/320400/daily-balances?first=2024-01-01&last=2024-11-30", {}),
        (boss, "POST", "/areas/320400/payouts", {"json": {"month": "2024-10"}}),
        (boss, "POST", "/areas/320400/years/2023/close", {}),
        (boss, "POST", "/areas/320400/years/2023/reopen", {"json": {"reason": "x"}}),
        (boss, "POST", "/schemes/1/opening-balances", {"json": {"day": "2024-01-01"}}),
        (boss, "POST", "/schemes/1/credits", run),
        (boss, "POST", "/schemes/1/list-facts/file?since=2024-01-01",
         {**file, "content": "list,fact,value\na,item,blood\n"}),
    ]  # fmt: skip
    for client, method, path, said in tries:
        refused = client.request(method, path, **{"headers": key(), **said})
        assert (refused.status_code, refused.json()["kind"]) == (422, "not_theirs"), path
    assert ok(yuxi.clerk.get("/receipts"))["items"] == []
    assert ok(yuxi.clerk.get("/claims"))["items"] == []


def test_a_desk_sees_nothing_of_what_comes_after_a_person_left_it(house: House, yuxi: City) -> None:
    person = house.town.person
    with house.client("clerk") as before, house.client("insured") as insured:
        (member,) = ok(before.get(f"/persons/{person}/memberships"))["items"]
        due = {"scheme": house.town.scheme, "period": "2024-01", "facts": {"wage": "8000"}}
        write(before, f"/persons/{person}/dues", due)
        write(before, f"/memberships/{member['membership']}/end", {"last": "2024-06-30"})
        said = {"scheme": yuxi.scheme, "since": "2024-07-01", "facts": {"category": "active"}}
        write(yuxi.clerk, f"/persons/{person}/memberships", said)
        amounts = {"employer": "100.00"}
        after = {"scheme": yuxi.scheme, "period": "2024-07", "amounts": amounts}
        write(yuxi.clerk, f"/persons/{person}/dues", after)
        opening = {"day": "2024-07-01", "accounts": [{"person": person, "amount": "50.00"}]}
        write(yuxi.boss, f"/schemes/{yuxi.scheme}/opening-balances", opening)
        for client, periods, areas in (
            (before, ["2024-01"], []),
            (yuxi.clerk, ["2024-07"], ["530400"]),
            (insured, ["2024-01", "2024-07"], ["530400"]),
        ):
            dues = ok(client.get(f"/persons/{person}/dues"))["items"]
            assert [one["period"] for one in dues] == periods
            accounts = ok(client.get(f"/persons/{person}/accounts"))["accounts"]
            assert [one["area"] for one in accounts] == areas
        asked = before.get(f"/persons/{person}/entitlement?day=2024-07-15")
        assert (asked.status_code, asked.json()["kind"]) == (422, "not_theirs")
        assert ok(before.get(f"/persons/{person}/entitlement?day=2024-01-15"))["entitled"]
        death = before.post(f"/persons/{person}/death", json={"day": "2024-07-02"}, headers=key())
        assert (death.status_code, death.json()["kind"]) == (422, "not_theirs")
        write(yuxi.clerk, f"/persons/{person}/death", {"day": "2024-07-02"})
