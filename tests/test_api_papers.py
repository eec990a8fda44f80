"""Papers over HTTP: registrations, claims from receipt to payment, aid approved late and owed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api_place import House, house_at, key, ok, write
from gongji.book.proof.verify import differences
from gongji.policy.versions import Library


@pytest.fixture
def house(address: str, tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(address, tmp_path, library) as found:
        yield found


def clean(house: House) -> list[str]:
    with house.book.reading() as connection:
        return list(differences(connection, house.book.library))


APPLICATION: dict[str, Any] = {
    "question": "chronic_registration", "day": "2024-03-04",
    "facts": {"designated": "yes", "chronic_applied": "hypertension", "evidence_from": "community",
              "uploaded_on": "2024-03-01"},
}  # fmt: skip
CLAIM: dict[str, Any] = {
    "institution": "H1", "day": "2024-05-01", "lines": [{"in_scope": "10000.00"}],
    "facts": {"setting": "inpatient", "care_area": "unreferred"}, "receipts": ["N1"],
}  # fmt: skip


def test_a_registration_waits_for_papers_and_comes_into_force(house: House) -> None:
    me = f"/persons/{house.town.person}/registrations"
    with house.client("clerk") as clerk, house.client("insured") as insured:
        tried = write(clerk, f"{me}?try=yes", APPLICATION)
        assert tried["state"] == "pending"
        assert ok(insured.get(me))["items"] == []
        made = write(clerk, me, APPLICATION)
        (lacks, *_) = made["missing"]
        assert lacks["clauses"]
        assert lacks["title"]["zh"]
        number = made["registration"]
        papers = {"day": "2024-03-06", "papers": ["medical_record", "test_report"]}
        brought = write(clerk, f"/registrations/{number}/papers", papers)
        assert (brought["state"], brought["since"], brought["missing"]) == (
            "in_force", "2024-03-01", [],
        )  # fmt: skip
        assert brought["sets"] == {"chronic_diseases": ["hypertension"]}
        again = clerk.post(f"/registrations/{number}/papers", json=papers, headers=key())
        assert again.json()["kind"] == "not_pending"
        twice = clerk.post(me, json={**APPLICATION, **papers}, headers=key())
        assert (twice.status_code, twice.json()["kind"]) == (409, "registered_already")
        assert ok(insured.get(f"/registrations/{number}")) == brought
        ended = write(clerk, f"/registrations/{number}/end", {"last": "2024-06-30"})
        assert (ended["state"], ended["until"]) == ("ended", "2024-06-30")
        assert [one["state"] for one in ok(insured.get(me))["items"]] == ["ended"]
    assert clean(house) == []


def test_what_a_registration_sets_is_not_typed_in_over_http(house: House) -> None:
    said = {
        "scheme": house.town.scheme, "since": "2024-03-01",
        "facts": {"chronic_diseases": ["hypertension"]},
    }  # fmt: skip
    with house.client("clerk") as clerk:
        path = f"/persons/{house.town.person}/facts"
        refused = clerk.post(path, json=said, headers=key())
        assert (refused.status_code, refused.json()["kind"]) == (422, "registered_fact")
        assert "chronic_registration" in json.dumps(refused.json())
        held = ok(clerk.get(f"{path}?day=2024-03-01"))["facts"]
        assert "chronic_diseases" not in held
    assert clean(house) == []


def test_what_the_policy_denies_is_denied_with_its_clause(house: House) -> None:
    facts = {**APPLICATION["facts"], "designated": "no"}
    with house.client("clerk") as clerk:
        refused = clerk.post(
            f"/persons/{house.town.person}/registrations",
            json={**APPLICATION, "facts": facts}, headers=key(),
        )  # fmt: skip
        found = refused.json()
        assert (refused.status_code, found["kind"]) == (403, "not_allowed")
        assert found["clauses"]


# A stay elsewhere without a referral: (10,000 - 1,000) x (90 % - 20 points) = 6,300.


def test_a_claim_from_the_desk_to_the_bank(house: House) -> None:
    with house.client("clerk") as clerk, house.client("supervisor") as boss:
        claim = {**CLAIM, "papers": ["id", "receipt", "itemised_list", "discharge_summary"]}
        path = f"/persons/{house.town.person}/claims"
        number = write(clerk, path, claim)["claim"]
        twice = clerk.post(path, json=claim, headers=key())
        assert (twice.status_code, twice.json()["kind"]) == (409, "claimed_already")
        checked = write(clerk, f"/claims/{number}/check")
        assert (checked["state"], checked["reason"]) == ("returned", None)
        assert [one["names"] for one in checked["missing"]] == [["bank_card"]]
        write(clerk, f"/claims/{number}/papers", {"papers": ["bank_card"]})
        assert write(clerk, f"/claims/{number}/check")["state"] == "accepted"
        early = boss.post(f"/claims/{number}/payment", headers=key())
        assert early.json()["kind"] == "wrong_state"
        settled = write(clerk, f"/claims/{number}/settlement")
        paid = write(boss, f"/claims/{number}/payment")
        assert (paid["state"], paid["paid"]) == ("paid", "6300.00")
        waiting = ok(clerk.get("/claims?state=received"))["items"]
        assert (waiting, ok(clerk.get("/claims?state=paid"))["items"]) == ([], [paid])
    with house.client("insured") as insured, house.client("institution") as hospital:
        whole = ok(insured.get(f"/claims/{number}"))
        assert {name: whole[name] for name in paid} == paid
        assert [one["visit"] for one in ok(insured.get("/visits"))["items"]] == [settled["visit"]]
        # what a person claims is no business of an institution's
        assert ok(hospital.get("/visits"))["items"] == []
        assert hospital.get(f"/visits/{settled['visit']}").status_code == 404
    assert clean(house) == []


def test_a_claim_can_name_a_hospital_that_is_on_no_list(house: House) -> None:
    place = {"area": "320400", "name": "某县人民医院"}
    with house.client("clerk") as clerk:
        code = write(clerk, "/unlisted-institutions", place)["code"]
        assert write(clerk, "/unlisted-institutions", place)["code"] == code
        claim = {**CLAIM, "institution": code}
        made = write(clerk, f"/persons/{house.town.person}/claims", claim)
        assert (made["state"], made["institution"]) == ("received", code)
        back = write(clerk, f"/claims/{made['claim']}/withdraw")
        assert back["state"] == "withdrawn"
        again = write(clerk, f"/persons/{house.town.person}/claims", claim)
        assert again["claim"] != made["claim"]  # its receipt can be claimed again


# A stay of 10,000, tier 3: the pool pays 8,100.  Of the 1,900 left catastrophic insurance pays an
# aid recipient 60 % from the first yuan: 1,140; of the 760 that are left aid pays 80 %: 608.
# 1,748 less for the person.


def stay(client: httpx.Client, house: House, day: str) -> int:
    said = {"person": house.town.person, "institution": "H1", "day": day}
    visit: int = write(client, "/visits", {**said, "facts": {"setting": "inpatient"}})["visit"]
    write(client, f"/visits/{visit}/lines", {"lines": [{"in_scope": "10000.00"}]})
    write(client, f"/visits/{visit}/settlement")
    return visit


def test_aid_that_is_approved_late_is_owed_and_posted(house: House) -> None:
    person = house.town.person
    approval = {
        "facts": {"aid_category": "dibao"}, "since": "2024-03-01", "until": "2024-08-31",
        "office": "天宁区民政局", "reference": "2024-17", "papers": ["decision"],
    }  # fmt: skip
    with (
        house.client("institution") as hospital,
        house.client("clerk") as clerk,
        house.client("supervisor") as boss,
        house.client("insured") as insured,
    ):
        visit = stay(hospital, house, "2024-04-01")
        assert ok(clerk.get("/schemes/1/owed"))["items"] == []
        number = write(clerk, f"/persons/{person}/approvals", approval)["approval"]
        twice = clerk.post(f"/persons/{person}/approvals", json=approval, headers=key())
        assert twice.json()["kind"] == "approved_otherwise"
        (seen,) = ok(insured.get(f"/persons/{person}/approvals"))["items"]
        assert seen == {"approval": number, "person": person, **approval}
        (owed,) = ok(clerk.get("/schemes/1/owed"))["items"]
        assert (owed["person"], owed["bears_more"], owed["payments"]) == (
            person, "-1748.00", {"catastrophic": "1140.00", "aid": "608.00"},
        )  # fmt: skip
        assert [one["visit"] for one in owed["visits"]] == [visit]
        assert ok(insured.get(f"/persons/{person}/owed?scheme=1")) == owed
        none_since = ok(clerk.get("/schemes/1/owed?since=2024-05-01"))
        assert none_since == {"items": [], "next": None}
        anew = f"/persons/{person}/settle-anew"
        tried = write(boss, f"{anew}?try=yes", {"scheme": 1})["differences"]
        assert ok(clerk.get("/schemes/1/owed"))["items"] == [owed]
        (done,) = write(boss, anew, {"scheme": 1})["differences"]
        assert [tried[0][name] for name in ("visit", "person", "payments")] == [
            done[name] for name in ("visit", "person", "payments")
        ]
        assert ok(clerk.get("/schemes/1/owed"))["items"] == []
        write(clerk, f"/approvals/{number}/end", {"last": "2024-06-30"})
        (seen,) = ok(insured.get(f"/persons/{person}/approvals"))["items"]
        assert seen["until"] == "2024-06-30"
    assert clean(house) == []


# Changzhou: first stay 1,000, later 600; 90 %: 8,100 and 8,460.  Without the first, the second is
# the first: 360 less are paid.


def test_what_cancelling_changes_is_seen_before_it_is_done(house: House) -> None:
    with house.client("institution") as hospital, house.client("supervisor") as boss:
        stay(hospital, house, "2024-03-01")
        second = stay(hospital, house, "2024-05-01")
        first = ok(hospital.get("/settlements"))["items"][0]["settlement"]
        found = ok(boss.get(f"/settlements/{first}/cancellation"))
        assert {(one["kind"], one["amount"]) for one in found["back"]} == {
            ("fund", "8100.00"), ("cash", "1900.00"), ("institution", "-10000.00"),
        }  # fmt: skip
        (changed,) = found["differences"]
        assert (changed["visit"], changed["person"], changed["payments"]) == (
            second, "360.00", {"pool": "-360.00"},
        )  # fmt: skip
        assert ok(hospital.get(f"/settlements/{first}"))["stands"] is True
        done = write(boss, f"/settlements/{first}/cancel")["differences"]
        assert [one["person"] for one in done] == ["360.00"]
        gone = boss.get(f"/settlements/{first}/cancellation")
        assert (gone.status_code, gone.json()["kind"]) == (409, "cancelled_twice")
    assert clean(house) == []


def test_a_desk_is_told_what_waits_until_it_is_done(house: House) -> None:
    def waiting(client: httpx.Client) -> dict[str, int]:
        return {one["kind"]: one["count"] for one in ok(client.get("/waiting"))["items"]}

    me = f"/persons/{house.town.person}"
    with house.client("clerk") as clerk, house.client("institution") as hospital:
        assert waiting(clerk) == {}
        number = write(clerk, f"{me}/registrations", APPLICATION)["registration"]
        write(clerk, f"{me}/claims", CLAIM)
        visit = {"person": house.town.person, "institution": "H1", "day": "2024-03-02",
                 "facts": {"setting": "inpatient"}}  # fmt: skip
        write(hospital, "/visits", visit)
        assert waiting(clerk) == {
            "claims_to_check": 1, "registrations_pending": 1, "visits_unsettled": 1,
        }  # fmt: skip
        assert waiting(hospital) == {"visits_unsettled": 1}
        (pending,) = ok(clerk.get("/registrations?state=pending"))["items"]
        assert (pending["registration"], pending["person"]) == (number, house.town.person)
        papers = {"day": "2024-03-06", "papers": ["medical_record", "test_report"]}
        write(clerk, f"/registrations/{number}/papers", papers)
        assert "registrations_pending" not in waiting(clerk)
        assert ok(clerk.get("/registrations?state=pending"))["items"] == []
        assert len(ok(clerk.get("/registrations?state=in_force"))["items"]) == 1


def test_a_registration_tells_what_it_sets_on_bills(house: House) -> None:
    said = {
        "question": "filing", "day": "2024-03-04", "area": "310000",
        "facts": {"away_group": "long_term_resident", "filing_channel": "window"},
        "papers": ["id", "commitment"],
    }  # fmt: skip
    with house.client("clerk") as clerk:
        made = write(clerk, f"/persons/{house.town.person}/registrations", said)
        (bill,) = made["on_bills"]
        assert bill == {
            "fact": "care_area", "value": "long_term", "only": {}, "institution": None,
            "area": "310000",
        }  # fmt: skip
        assert ok(clerk.get(f"/registrations/{made['registration']}"))["on_bills"] == [bill]
