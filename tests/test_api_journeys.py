"""Journeys over HTTP: enrolled, treated, settled, cancelled; pages; the same request twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from api_place import CARD, House, house_at, key, ok, write
from book_place import identity
from gongji.book.proof.verify import differences
from gongji.policy.versions import Library


@pytest.fixture
def house(address: str, tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(address, tmp_path, library) as found:
        yield found


def stay(client: httpx.Client, house: House, day: str) -> int:
    """A stay with a bill of 10,000.00 in scope."""
    said = {"person": house.town.person, "institution": "H1", "day": day}
    visit: int = write(client, "/visits", {**said, "facts": {"setting": "inpatient"}})["visit"]
    write(client, f"/visits/{visit}/lines", {"lines": [{"in_scope": "10000.00"}]})
    return visit


def paid(record: Any) -> dict[str, str]:
    """What funds paid, those that paid anything."""
    return {fund: yuan for fund, yuan in record["payments"].items() if yuan != "0.00"}


def clean(house: House) -> list[str]:
    with house.book.reading() as connection:
        return list(differences(connection, house.book.library))


# Changzhou, active, tier 3: first stay 1,000, later 600; 90 % to 150,000 of the year.
# 10,000: (10,000 - 1,000) x 90 % = 8,100.  Then 10,000: (10,000 - 600) x 90 % = 8,460.
# Without the first, the second is the first: 8,100, and 360 less are paid.


def test_from_the_hospital_to_the_supervisor(house: House) -> None:
    with house.client("institution") as hospital, house.client("supervisor") as supervisor:
        first, second = stay(hospital, house, "2024-03-01"), stay(hospital, house, "2024-05-01")
        before = ok(hospital.get(f"/visits/{first}/pre-settlement"))
        assert paid(before) == {"pool": "8100.00"}
        made = write(hospital, f"/visits/{first}/settlement")
        assert paid(made) == {"pool": "8100.00"}
        assert (made["visit"], made["total"], made["person"]) == (first, "10000.00", "1900.00")
        assert (made["account"], made["cash"]) == (None, None)  # the document does not say
        assert paid(write(hospital, f"/visits/{second}/settlement")) == {"pool": "8460.00"}
        told = ok(hospital.get(f"/settlements/{made['settlement']}"))
        assert told["explained"] == before
        assert any(step["citations"] for step in before["steps"])
        again = hospital.get(f"/visits/{first}/pre-settlement")  # it is on the meters already
        assert (again.status_code, again.json()["kind"]) == (409, "settled_already")
        back = write(supervisor, f"/settlements/{made['settlement']}/cancel")
        (changed,) = back["differences"]
        assert (changed["visit"], changed["person"], changed["payments"]) == (
            second, "360.00", {"pool": "-360.00"},
        )  # fmt: skip
        kept = ok(hospital.get(f"/settlements/{made['settlement']}"))
        assert (kept["stands"], kept["explained"]) == (False, before)
    assert clean(house) == []


def test_from_the_card_to_the_facts_as_they_were_known(house: House) -> None:
    card = identity("320412", "20000229", 12)
    with house.client("clerk") as clerk:
        person = write(clerk, "/persons", {"identity": card, "name": "李四"})["person"]
        assert write(clerk, "/persons", {"identity": card, "name": "李四"})["person"] == person
        said = {"scheme": house.town.scheme, "since": "2024-02-01", "facts": {"category": "active"}}
        membership = write(clerk, f"/persons/{person}/memberships", said)["membership"]
    house.clock.forward(days=1)
    with house.client("clerk") as clerk:
        change = {**said, "since": "2024-09-01", "facts": {"category": "retired"}}
        write(clerk, f"/persons/{person}/facts", change)
        path = f"/persons/{person}/facts?day=2024-10-01"
        assert ok(clerk.get(path))["facts"] == {"category": "retired"}
        known = ok(clerk.get(f"{path}&known_on=2024-11-30"))
        assert known == {
            "day": "2024-10-01", "known_on": "2024-11-30", "facts": {"category": "active"},
        }  # fmt: skip
        stretches = ok(clerk.get(f"/persons/{person}/history"))["stretches"]
        assert [one["value"] for one in stretches] == ["active", "retired"]
        write(clerk, f"/memberships/{membership}/end", {"last": "2024-10-31"})
        (one,) = ok(clerk.get(f"/persons/{person}/memberships"))["items"]
        assert (one["since"], one["until"]) == ("2024-02-01", "2024-10-31")
        assert ok(clerk.get(f"/persons/{person}"))["name"] == "李四"
        found = ok(clerk.post("/find-person", json={"identity": card}))
        assert found == {
            "person": person, "masked": f"320412********{card[14:]}", "born": "2000-02-29",
            "sex": "female", "scheme": None,
        }  # fmt: skip
    assert clean(house) == []


def test_what_is_paid_brings_benefit(house: House) -> None:
    # 8.8 % and 2 % of a wage of 8,000: 704 and 160.  Carried over up to December 2023.
    with house.client("clerk") as clerk, house.client("insured") as insured:
        me = f"/persons/{house.town.person}"
        said = {"scheme": house.town.scheme, "period": "2024-01", "facts": {"wage": "8000"}}
        due = write(clerk, f"{me}/dues", said)["due"]
        (shown,) = ok(insured.get(f"{me}/dues"))["items"]
        assert (shown["shares"], shown["paid"]) == (
            {"employer": "704.00", "employee": "160.00"}, [],
        )  # fmt: skip
        arrived = {
            "scheme": house.town.scheme, "arrived": "2024-01-15", "amount": "863.99",
            "dues": [due],
        }  # fmt: skip
        refused = clerk.post("/receipts", json=arrived, headers=key())
        assert (refused.status_code, refused.json()["kind"]) == (422, "amount_differs")
        receipt = write(clerk, "/receipts", {**arrived, "amount": "864.00"})["receipt"]
        (shown,) = ok(insured.get(f"{me}/dues"))["items"]
        assert sorted(shown["paid"]) == ["employee", "employer"]
        assert ok(insured.get(f"{me}/entitlement?day=2024-01-20"))["state"] == "normal"
        paid = clerk.post(f"/dues/{due}/withdraw", headers=key())
        assert (paid.status_code, paid.json()["kind"]) == (409, "paid_already")
        write(clerk, f"/receipts/{receipt}/take-back")
        write(clerk, f"/dues/{due}/withdraw")
        twice = clerk.post(f"/receipts/{receipt}/take-back", headers=key())
        assert (twice.status_code, twice.json()["kind"]) == (404, "unknown_receipt")
    assert clean(house) == []


def test_places_are_opened_and_seen(house: House) -> None:
    with house.client("supervisor") as supervisor, house.client("clerk") as clerk:
        write(supervisor, "/areas", {"code": "321100", "name": {"zh": "镇江", "en": "Zhenjiang"}})
        scheme = {"area": "321100", "policy": "zhenjiang/employee", "parameters": {}}
        number = write(supervisor, "/schemes", scheme)["scheme"]
        said = {
            "area": "321100", "code": "Z1", "name": "镇江一院", "since": "2024-01-01",
            "facts": {"tier": "tier_3"},
        }  # fmt: skip
        write(supervisor, "/institutions", said)
        facts = ok(supervisor.get("/institutions/Z1/facts?day=2024-02-01"))["facts"]
        assert facts == {"tier": "tier_3"}
        assert {"scheme": number, **scheme} in ok(clerk.get("/schemes"))["items"]
        assert len(ok(clerk.get("/areas"))["items"]) == 2
        assert [one["code"] for one in ok(clerk.get("/institutions"))["items"]] == [
            "H1",
            "H2",
            "Z1",
        ]
        employer = {"area": "320400", "code": "E1", "kind": "employer", "name": "某公司"}
        write(clerk, "/employers", employer)
        assert ok(clerk.get("/employers"))["items"] == [employer]


def test_money_of_a_visit_and_of_a_day(house: House) -> None:
    with house.client("institution") as hospital, house.client("auditor") as auditor:
        visit = stay(hospital, house, "2024-03-01")
        write(hospital, f"/visits/{visit}/settlement")
        moved = {
            ("cash", ""): "-1900.00", ("fund", "changzhou/employee pool"): "-8100.00",
            ("institution", ""): "10000.00",
        }  # fmt: skip
        (entry,) = ok(hospital.get(f"/visits/{visit}/entries"))["items"]
        assert {(one["kind"], one["name"]): one["amount"] for one in entry["postings"]} == moved
        trial = ok(auditor.get("/areas/320400/trial-balance?day=2024-11-30"))
        assert {(one["kind"], one["name"]): one["amount"] for one in trial["lines"]} == moved
        before = ok(auditor.get("/areas/320400/trial-balance?day=2024-02-29"))
        assert before["lines"] == []


def test_lines_are_withdrawn_and_a_visit_too(house: House) -> None:
    with house.client("institution") as hospital:
        visit = stay(hospital, house, "2024-03-01")
        more = {"lines": [{"total": "5.00", "out_of_catalogue": "5.00"}, {"in_scope": "1.00"}]}
        assert write(hospital, f"/visits/{visit}/lines", more) == {"lines": [2, 3]}
        write(hospital, f"/visits/{visit}/lines/withdraw", {"lines": [1, 3]})
        lines = ok(hospital.get(f"/visits/{visit}/lines"))["items"]
        assert [(one["number"], one["withdrawn"]) for one in lines] == [
            (1, True), (2, False), (3, True),
        ]  # fmt: skip
        write(hospital, f"/visits/{visit}/withdraw")
        assert ok(hospital.get(f"/visits/{visit}"))["withdrawn"] is True
        assert hospital.get(f"/visits/{visit}/pre-settlement").status_code == 404


def test_a_list_goes_on_where_the_page_before_ended(house: House) -> None:
    with house.client("clerk") as clerk:
        for serial in range(2, 9):
            card = identity("320402", "19900101", serial)
            write(clerk, "/persons", {"identity": card, "name": f"人{serial}"})
        seen: list[int] = []
        after: dict[str, Any] = {}
        while True:
            page = ok(clerk.get("/persons", params={"most": 3, **after}))
            seen += [one["person"] for one in page["items"]]
            assert len(page["items"]) <= 3
            if page["next"] is None:
                break
            after = {"after": page["next"]}
            if len(seen) == 3:  # what comes meanwhile is not skipped, and nothing is shown twice
                card = identity("320402", "19900101", 99)
                write(clerk, "/persons", {"identity": card, "name": "后来"})
        assert len(seen) == len(set(seen)) == 9
        refused = clerk.get("/persons", params={"after": "WyJhIl0"})  # ["a"]
        assert (refused.status_code, refused.json()["kind"]) == (422, "bad_cursor")


def test_the_same_request_has_one_effect(house: House) -> None:
    with house.client("institution") as hospital:
        visit = stay(hospital, house, "2024-03-01")
        same = key()

        def send(_: int) -> httpx.Response:
            return hospital.post(f"/visits/{visit}/settlement", headers=same)

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(send, range(16)))
        assert {one.status_code for one in answers} == {201}
        assert len({one.text for one in answers}) == 1
        assert len(ok(hospital.get(f"/settlements?visit={visit}"))["items"]) == 1
        again = hospital.post(f"/visits/{visit}/withdraw", headers=same)
        assert (again.status_code, again.json()["kind"]) == (422, "key_used")
        other = hospital.post(f"/visits/{visit}/settlement", headers=key())
        assert (other.status_code, other.json()["kind"]) == (409, "settled_already")
    assert clean(house) == []


def test_many_hospitals_settle_one_person_at_the_same_moment(house: House) -> None:
    with house.client("institution") as hospital:
        visits = [stay(hospital, house, "2024-03-01") for _ in range(8)]

        def send(visit: int) -> httpx.Response:
            return hospital.post(f"/visits/{visit}/settlement", headers=key())

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(send, visits))
        pool = sorted(paid(ok(one))["pool"] for one in answers)
    assert pool == ["8100.00"] + ["8460.00"] * 7  # 1,000 once, 600 seven times
    assert clean(house) == []


def test_nobody_finds_another_persons_number_in_an_address(house: House) -> None:
    with house.client("clerk") as clerk:
        refused = clerk.get(f"/persons/{CARD}")
        assert (refused.status_code, refused.json()["kind"]) == (422, "bad_input")
        assert CARD not in refused.text
