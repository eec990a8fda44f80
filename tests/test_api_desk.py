"""What a desk asks first: bills before visits, lists by state and day, the latest at the top."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_place import CARD, House, house_at, key, ok, write
from gongji.policy.versions import Library

STAY = {"person": 1, "institution": "H1", "day": "2024-03-01", "facts": {"setting": "inpatient"}}


@pytest.fixture
def house(tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(str(tmp_path / "book.db"), tmp_path, library) as found:
        yield found


def test_a_bill_is_checked_without_a_trace_but_that_of_the_look(house: House) -> None:
    with house.client("institution") as hospital, house.client("auditor") as auditor:
        bill = {**STAY, "lines": [{"in_scope": "10000.00"}]}
        found = ok(hospital.post("/pre-checks", json=bill))
        assert found["payments"]["pool"] == "8100.00"  # (10,000 - 1,000) x 90 %
        assert ok(hospital.get("/visits"))["items"] == []
        lacks = hospital.post("/pre-checks", json={**bill, "facts": {}})
        assert lacks.status_code == 422
        assert lacks.json()["kind"] == "missing_fact"
        other = hospital.post("/pre-checks", json={**bill, "institution": "H2"})
        assert other.json()["kind"] == "not_theirs"
        seen = ok(auditor.get("/sights", params={"service": "check_a_bill"}))["items"]
        assert [one["outcome"] for one in seen] == ["tried", "missing_fact", "not_theirs"]
        assert {one["person"] for one in seen} == {1}


def test_a_person_is_found_with_the_scheme_of_a_day(house: House) -> None:
    with house.client("institution") as hospital:
        on = ok(hospital.post("/find-person", json={"identity": CARD, "day": "2024-03-01"}))
        before = ok(hospital.post("/find-person", json={"identity": CARD, "day": "2023-12-31"}))
    assert (on["scheme"], before["scheme"]) == (1, None)


def test_visits_are_listed_by_state_and_day_and_the_latest_first(house: House) -> None:
    with house.client("clerk") as clerk:
        for day in ("2024-03-01", "2024-04-01", "2024-05-01"):
            write(clerk, "/visits", {**STAY, "day": day})
        write(clerk, "/visits/1/lines", {"lines": [{"in_scope": "10000.00"}]})
        write(clerk, "/visits/1/settlement")
        write(clerk, "/visits/2/withdraw")

        def listed(**asked: str) -> list[int]:
            return [one["visit"] for one in ok(clerk.get("/visits", params=asked))["items"]]

        assert [listed(state=one) for one in ("settled", "withdrawn", "open")] == [[1], [2], [3]]
        assert listed(first="2024-04-01") == [2, 3]
        assert listed(last="2024-04-01") == [1, 2]
        assert listed(institution="H2") == []
        first = ok(clerk.get("/visits", params={"order": "newest", "most": 2}))
        assert [one["visit"] for one in first["items"]] == [3, 2]
        assert listed(order="newest", after=first["next"]) == [1]
        assert ok(clerk.get("/visits/1"))["settlement"] == 1


def test_what_a_claim_would_come_to_is_told_before_it_is_settled_only(house: House) -> None:
    papers = ["id", "receipt", "itemised_list", "discharge_summary", "bank_card",
              "emergency_certificate"]  # fmt: skip
    claim = {
        "institution": "H2", "day": "2024-05-03",
        "facts": {"setting": "inpatient", "care_area": "emergency"},
        "lines": [{"in_scope": "12000.00"}], "receipts": ["N1"], "papers": papers,
    }  # fmt: skip
    with house.client("clerk") as clerk:
        write(clerk, "/persons/1/claims", claim)
        whole = ok(clerk.get("/claims/1"))
        assert (whole["receipts"], whole["papers"]) == (["N1"], sorted(papers))
        assert whole["facts"] == claim["facts"]
        found = ok(clerk.get("/claims/1/pre-settlement"))
        assert found["payments"]["pool"] == "9900.00"  # (12,000 - 1,000) x 90 %
        assert ok(clerk.get("/visits"))["items"] == []
        write(clerk, "/claims/1/check")
        write(clerk, "/claims/1/settlement")
        late = clerk.get("/claims/1/pre-settlement")
        assert late.json()["kind"] == "wrong_state"


def test_a_cancellation_tells_meters_and_what_relatives_get_back_and_keeps_its_reason(
    house: House,
) -> None:
    with house.client("clerk") as clerk, house.client("supervisor") as boss:
        write(clerk, "/visits", STAY)
        write(clerk, "/visits/1/lines", {"lines": [{"in_scope": "10000.00"}]})
        write(clerk, "/visits/1/settlement")
        would = ok(clerk.get("/settlements/1/cancellation"))
        moved = {(one["kind"], one["owner"]): one["amount"] for one in would["back"]}
        assert moved[("fund", "")] == "8100.00"
        assert moved[("cash", "H1")] == "1900.00"
        before = {one["before"] for one in would["meters"]}
        assert "1" in before  # a stay is counted, and none afterwards
        assert all(one["after"] in ("0", "0.00") for one in would["meters"])
        empty = boss.post("/settlements/1/cancel", json={"reason": ""}, headers=key())
        assert empty.status_code == 422
        write(boss, "/settlements/1/cancel", {"reason": "录错"})


def test_entries_are_found_by_account_and_the_trail_by_user_and_day(house: House) -> None:
    with house.client("clerk") as clerk, house.client("auditor") as auditor:
        write(clerk, "/visits", STAY)
        write(clerk, "/visits/1/lines", {"lines": [{"in_scope": "10000.00"}]})
        write(clerk, "/visits/1/settlement")

        def entries(**asked: str) -> list[int]:
            found = ok(clerk.get("/areas/320400/entries", params=asked))["items"]
            return [one["visit"] for one in found]

        assert entries(kind="institution", owner="H1") == [1]
        assert entries(kind="institution", owner="H2") == []
        assert entries(first="2024-03-02") == []
        done = ok(auditor.get("/acts", params={"by": "the-clerk", "order": "newest"}))["items"]
        assert [one["service"] for one in done] == ["settle_visit", "upload_lines", "begin_a_visit"]
        assert ok(auditor.get("/acts", params={"first": "2024-12-01"}))["items"] == []
        chains = ok(auditor.get("/chains"))
        assert chains["broken"] == []
        assert chains["acts"] >= 3
