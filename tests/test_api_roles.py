"""Every endpoint tried as every role, and without a token; each sees only what is theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import httpx
import pytest

from api_place import PASSWORD, House, house_at, key, ok, write
from api_table import ROWS, Tried, more_things, send
from book_place import identity
from gongji.book.access.users import Role
from gongji.book.proof.verify import differences
from gongji.policy.versions import Library

ROLES = get_args(Role)


# insured, institution, clerk, supervisor, auditor.  `{…}` is filled in with what `things` makes: a
# visit at H1 with a line (`visit`), a settled one (`settlement`), the person, a membership.  422:
# let in, and refused by the book for what was said; 404: not theirs, or not there.
TABLE: dict[str, Tried] = {
    "log_out": Tried("DELETE", "/tokens/mine", None, (204, 204, 204, 204, 204)),
    "see_me": Tried("GET", "/me", None, (200, 200, 200, 200, 200)),
    "change_password": Tried(
        "PUT", "/me/password", {"old": PASSWORD, "new": PASSWORD}, (200, 200, 200, 200, 200)
    ),
    "open_a_user": Tried(
        "POST", "/users", {"name": "another", "role": "auditor", "password": PASSWORD},
        (403, 403, 403, 201, 403),
    ),
    "list_users": Tried("GET", "/users", None, (403, 403, 403, 200, 200)),
    "close_a_user": Tried("POST", "/users/5/close", None, (403, 403, 403, 200, 403)),
    "reset_password": Tried(
        "PUT", "/users/1/password", {"password": PASSWORD}, (403, 403, 403, 200, 403)
    ),
    "open_an_area": Tried(
        "POST", "/areas", {"code": "321100", "name": {"zh": "镇江", "en": "Zhenjiang"}},
        (403, 403, 403, 201, 403),
    ),
    "list_areas": Tried("GET", "/areas", None, (200, 200, 200, 200, 200)),
    "open_a_scheme": Tried(
        "POST", "/schemes", {"area": "320400", "policy": "changzhou/student"},
        (403, 403, 403, 201, 403),
    ),
    "list_schemes": Tried("GET", "/schemes", None, (200, 200, 200, 200, 200)),
    "open_an_institution": Tried(
        "POST", "/institutions",
        {"area": "320400", "code": "H3", "name": "三院", "since": "2024-01-01"},
        (403, 403, 403, 201, 403),
    ),
    "list_institutions": Tried("GET", "/institutions", None, (200, 200, 200, 200, 200)),
    "see_institution_facts": Tried(
        "GET", "/institutions/H1/facts?day=2024-03-01", None, (403, 200, 200, 200, 200)
    ),
    "open_an_employer": Tried(
        "POST", "/employers",
        {"area": "320400", "code": "E1", "kind": "employer", "name": "某公司"},
        (403, 403, 201, 403, 403),
    ),
    "list_employers": Tried("GET", "/employers", None, (403, 403, 200, 200, 200)),
    "register_person": Tried(
        "POST", "/persons", {"identity": identity("320402", "19850505", 3), "name": "王五"},
        (403, 403, 201, 403, 403),
    ),
    "check_a_bill": Tried(
        "POST", "/pre-checks",
        {"person": 1, "institution": "H1", "day": "2024-03-01",
         "facts": {"setting": "inpatient"}, "lines": [{"in_scope": "100.00"}]},
        (403, 200, 200, 403, 403),
    ),
    "pre_settle_claim": Tried(
        "GET", "/claims/{claim}/pre-settlement", None, (403, 403, 200, 200, 200)
    ),
    "see_reconciliation": Tried(
        "GET", "/institutions/H1/reconciliations/{reconciliation}", None,
        (403, 200, 200, 200, 200),
    ),
    "see_chains": Tried("GET", "/chains", None, (403, 403, 403, 403, 200)),
    "list_area_entries": Tried(
        "GET", "/areas/320400/entries", None, (403, 403, 200, 200, 200)
    ),
    "find_person": Tried(
        "POST", "/find-person", {"identity": identity("320402", "19800101", 1)},
        (403, 200, 200, 200, 200),
    ),
    "find": Tried("POST", "/find", {"text": "V1"}, (403, 200, 200, 200, 200)),
    "list_persons": Tried("GET", "/persons", None, (403, 403, 200, 200, 200)),
    "see_person": Tried("GET", "/persons/{person}", None, (200, 403, 200, 200, 200)),
    "enrol_person": Tried(
        "POST", "/persons/{free}/memberships",
        {"scheme": 1, "since": "2024-02-01", "facts": {"category": "active"}},
        (403, 403, 201, 403, 403),
    ),
    "list_memberships": Tried(
        "GET", "/persons/{person}/memberships", None, (200, 403, 200, 200, 200)
    ),
    "end_membership": Tried(
        "POST", "/memberships/1/end", {"last": "2024-11-30"}, (403, 403, 200, 403, 403)
    ),
    "change_person_facts": Tried(
        "POST", "/persons/{person}/facts",
        {"scheme": 1, "since": "2024-10-01", "facts": {"category": "retired"}},
        (403, 403, 200, 403, 403),
    ),
    "see_person_facts": Tried(
        "GET", "/persons/{person}/facts?day=2024-02-01", None, (200, 403, 200, 200, 200)
    ),
    "see_history": Tried("GET", "/persons/{person}/history", None, (200, 403, 200, 200, 200)),
    "carry_months_over": Tried(
        "POST", "/persons/{person}/carry-over",
        {"scheme": 1, "first_paid": "2010-01-10", "through": "2023-12", "months": 168},
        (403, 403, 200, 403, 403),
    ),
    "declare_due": Tried(
        "POST", "/persons/{person}/dues",
        {"scheme": 1, "period": "2024-03", "facts": {"wage": "6000.00"}},
        (403, 403, 201, 403, 403),
    ),
    "list_dues": Tried("GET", "/persons/{person}/dues", None, (200, 403, 200, 200, 200)),
    "withdraw_a_due": Tried("POST", "/dues/{due}/withdraw", None, (403, 403, 200, 403, 403)),
    "receive_money": Tried(
        "POST", "/receipts",
        {"scheme": 1, "arrived": "2024-03-10", "amount": "864.00", "dues": [3]},
        (403, 403, 201, 403, 403),
    ),
    "take_receipt_back": Tried(
        "POST", "/receipts/{receipt}/take-back", None, (403, 403, 200, 403, 403)
    ),
    "see_entitlement": Tried(
        "GET", "/persons/{person}/entitlement?day=2024-03-01", None, (200, 403, 200, 200, 200)
    ),
    "begin_a_visit": Tried(
        "POST", "/visits", {"person": 1, "institution": "H1", "day": "2024-03-01"},
        (403, 201, 201, 403, 403),
    ),
    "list_visits": Tried("GET", "/visits", None, (200, 200, 200, 200, 200)),
    "see_visit": Tried("GET", "/visits/{visit}", None, (200, 200, 200, 200, 200)),
    "withdraw_a_visit": Tried(
        "POST", "/visits/{to_withdraw}/withdraw", None, (403, 200, 200, 403, 403)
    ),
    "upload_lines": Tried(
        "POST", "/visits/{visit}/lines", {"lines": [{"in_scope": "1.00"}]},
        (403, 201, 201, 403, 403),
    ),
    "list_lines": Tried("GET", "/visits/{visit}/lines", None, (200, 200, 200, 200, 200)),
    "withdraw_some_lines": Tried(
        "POST", "/visits/{to_shorten}/lines/withdraw", {"lines": [1]}, (403, 200, 200, 403, 403)
    ),
    "pre_settle": Tried("GET", "/visits/{visit}/pre-settlement", None, (200, 200, 200, 200, 200)),
    "settle_visit": Tried(
        "POST", "/visits/{to_settle}/settlement", None, (403, 201, 201, 403, 403)
    ),
    "list_settlements": Tried("GET", "/settlements", None, (200, 200, 200, 200, 200)),
    "see_settlement": Tried("GET", "/settlements/{settlement}", None, (200, 200, 200, 200, 200)),
    "state_settlement": Tried(
        "GET", "/settlements/{settlement}/statement", None, (200, 200, 200, 200, 200)
    ),
    "state_year": Tried(
        "GET", "/persons/{person}/statement?year=2024", None, (200, 403, 200, 200, 200)
    ),
    "cancel_settlement": Tried(
        "POST", "/settlements/{settlement}/cancel", None, (403, 403, 403, 200, 403)
    ),
    "see_trial_balance": Tried(
        "GET", "/areas/320400/trial-balance?day=2024-11-30", None, (403, 403, 200, 200, 200)
    ),
    "list_entries": Tried("GET", "/visits/{visit}/entries", None, (403, 200, 200, 200, 200)),
    "list_acts": Tried("GET", "/acts", None, (403, 403, 403, 403, 200)),
    "list_sights": Tried("GET", "/sights", None, (403, 403, 403, 403, 200)),
    "list_sights_of_person": Tried(
        "GET", "/persons/{person}/sights", None, (200, 403, 403, 403, 200)
    ),
    **ROWS,
}  # fmt: skip

OPEN_TO_ALL = {"log_in", "verify_statement"}


@pytest.fixture
def house(tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(str(tmp_path / "book.db"), tmp_path, library) as found:
        yield found


def things(house: House) -> dict[str, int]:
    """Visits with a line, of which one is settled, and a person whom nobody insures."""
    with house.client("institution") as hospital, house.client("clerk") as clerk:
        said = {
            "person": house.town.person, "institution": "H1", "day": "2024-03-01",
            "facts": {"setting": "inpatient"},
        }  # fmt: skip
        visits = [write(hospital, "/visits", said)["visit"] for _ in range(5)]
        for visit in visits:
            write(hospital, f"/visits/{visit}/lines", {"lines": [{"in_scope": "10000.00"}]})
        names = ("visit", "settled", "to_withdraw", "to_settle", "to_shorten")
        made = write(hospital, f"/visits/{visits[1]}/settlement")
        card = {"identity": identity("320402", "19990909", 9), "name": "赵六"}
        dues = [due_of(clerk, house, month) for month in ("2024-01", "2024-02", "2024-05")]
        arrived = {"scheme": 1, "arrived": "2024-03-10", "amount": "864.00", "dues": dues[:1]}
        there = {
            "due": dues[1], "receipt": write(clerk, "/receipts", arrived)["receipt"],
            **dict(zip(names, visits, strict=True)), "person": house.town.person,
            "settlement": made["settlement"], "free": write(clerk, "/persons", card)["person"],
        }  # fmt: skip
    return more_things(house, there)


def due_of(clerk: httpx.Client, house: House, month: str) -> int:
    """What is due for a month: 8.8 % and 2 % of 8,000, 864 together."""
    said = {"scheme": house.town.scheme, "period": month, "facts": {"wage": "8000"}}
    found: int = write(clerk, f"/persons/{house.town.person}/dues", said)["due"]
    return found


def operations(house: House) -> dict[str, tuple[str, str, list[str] | None]]:
    with house.client() as nobody:
        paths = ok(nobody.get(f"{house.url}/openapi.json"))["paths"]
    return {
        operation["operationId"]: (method.upper(), path, operation.get("x-roles"))
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def test_every_endpoint_stands_in_the_table(house: House) -> None:
    found = operations(house)
    assert set(found) == set(TABLE) | OPEN_TO_ALL
    for name, (method, _, roles) in found.items():
        if name in OPEN_TO_ALL:
            continue
        let_in = [
            role for role, status in zip(ROLES, TABLE[name].statuses, strict=True) if status != 403
        ]
        assert (method, roles and sorted(roles)) == (TABLE[name].method, sorted(let_in)), name


@pytest.mark.parametrize("role", ROLES)
def test_every_endpoint_as_every_role(house: House, role: str) -> None:
    there = things(house)
    found = {}
    wanted = {name: one.statuses[ROLES.index(role)] for name, one in TABLE.items()}
    last = ("log_out", "change_password")  # they end the token
    with house.client(role) as client:
        for name in [*(one for one in TABLE if one not in last), last[0]]:
            found[name] = send(client, TABLE[name], there).status_code
    with house.client(role) as client:
        found[last[1]] = send(client, TABLE[last[1]], there).status_code
    assert found == wanted


def test_every_endpoint_without_a_token_and_with_a_wrong_one(house: House) -> None:
    there = things(house)
    with house.client() as nobody:
        for name, one in TABLE.items():
            answer = send(nobody, one, there)
            assert (answer.status_code, answer.json()["kind"]) == (401, "no_token"), name
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        nobody.headers["Authorization"] = "Bearer made-up"
        for name, one in TABLE.items():
            answer = send(nobody, one, there)
            assert (answer.status_code, answer.json()["kind"]) == (401, "bad_token"), name


# --- what is theirs ------------------------------------------------------------------------------


@pytest.fixture
def others(house: House) -> Iterator[dict[str, httpx.Client]]:
    """Users of other areas, institutions and persons, each logged in."""
    with house.client("supervisor") as boss, house.client("clerk") as clerk:
        write(boss, "/areas", {"code": "321100", "name": {"zh": "镇江", "en": "Zhenjiang"}})
        card = {"identity": identity("320402", "19990909", 9), "name": "赵六"}
        person = write(clerk, "/persons", card)["person"]
        said = {"scheme": 1, "since": "2024-02-01", "facts": {"category": "active"}}
        write(clerk, f"/persons/{person}/memberships", said)
        users = {
            "insured": {"person": person}, "institution": {"institution": "H2"},
            "clerk": {"area": "321100"}, "supervisor": {"area": "321100"},
        }  # fmt: skip
        for role, bond in users.items():
            said = {"name": f"other-{role}", "role": role, "password": PASSWORD, **bond}
            write(boss, "/users", said)
    clients = {}
    for role in users:
        clients[role] = httpx.Client(base_url=f"{house.url}/v1", timeout=60)
        token = house.token(clients[role], f"other-{role}")
        clients[role].headers["Authorization"] = f"Bearer {token}"
    yield clients
    for client in clients.values():
        client.close()


@pytest.mark.parametrize("role", ["insured", "institution", "clerk", "supervisor"])
def test_what_is_not_theirs_is_not_there(
    house: House, others: dict[str, httpx.Client], role: str
) -> None:
    there = things(house)
    mine = others[role]
    for path in ("/visits", "/settlements"):
        assert ok(mine.get(path))["items"] == []
    theirs_alone = {
        "see_visit", "list_lines", "pre_settle", "list_entries", "see_settlement", "see_person",
        "state_settlement", "state_year",
        "list_memberships", "see_person_facts", "see_history", "list_sights_of_person",
        "see_institution_facts", "see_trial_balance", "list_registrations", "see_registration",
        "bring_papers", "end_a_registration", "list_approvals", "end_an_approval", "see_claim",
        "check_a_claim", "settle_a_claim", "pay_a_claim", "withdraw_a_claim", "complete_a_claim",
        "apply_for_registration", "write_approval_down", "receive_a_claim", "see_cancellation",
        "settle_person_anew", "see_owed", "see_entitlement", "list_credits", "see_accounts",
        "list_account_entries", "authorise_relative", "list_authorisations", "list_authorised_by",
        "pay_from_relative", "transfer_person_in", "transfer_person_out", "list_transfers",
        "assess_person", "take_top_up", "upload_coded_lines", "list_coded_lines",
        "withdraw_coded_lines", "change_institution_facts", "see_institution_history",
        "load_own_codes", "list_own_codes", "judge_own_codes", "reconcile_institution",
        "reconcile_institution_rows", "list_reconciliations", "list_differences",
 "withdraw_a_visit", "upload_lines",
        "withdraw_some_lines", "settle_visit", "cancel_settlement", "change_person_facts",
        "end_membership", "carry_months_over", "declare_due", "list_dues", "withdraw_a_due",
        "take_receipt_back", "see_year_of_entitlement", "see_left", "see_outstanding",
        "list_years_of_person",
    }  # fmt: skip
    for name in sorted(theirs_alone):
        one = TABLE[name]
        if one.statuses[ROLES.index(role)] == 403:
            continue
        answer = send(mine, one, there)
        assert answer.status_code == 404, (name, answer.text)
        gone = send(mine, one, dict.fromkeys(there, 999))
        words = [re.sub(r"\d+", "", each.json()["detail"]) for each in (answer, gone)]
        assert words[0] == words[1], name
    with house.book.reading() as connection:
        assert list(differences(connection, house.book.library)) == []


def test_a_hospital_begins_visits_at_itself_only(house: House) -> None:
    with house.client("institution") as hospital:
        said = {"person": house.town.person, "institution": "H2", "day": "2024-03-01"}
        answer = hospital.post("/visits", json=said, headers=key())
        assert (answer.status_code, answer.json()["kind"]) == (422, "not_theirs")


def test_a_desk_of_another_area_enrols_nobody_here(
    house: House, others: dict[str, httpx.Client]
) -> None:
    there = things(house)
    said = {"scheme": 1, "since": "2024-02-01", "facts": {"category": "active"}}
    path = f"/persons/{there['free']}/memberships"
    answer = others["clerk"].post(path, json=said, headers=key())
    assert (answer.status_code, answer.json()["kind"]) == (422, "not_theirs")
    employer = {"area": "320400", "code": "E1", "kind": "employer", "name": "某公司"}
    answer = others["clerk"].post("/employers", json=employer, headers=key())
    assert (answer.status_code, answer.json()["kind"]) == (422, "not_theirs")


def test_a_supervisor_of_an_area_opens_nobody_beyond_it(
    house: House, others: dict[str, httpx.Client]
) -> None:
    for bond in (
        {"role": "auditor"},
        {"role": "supervisor"},
        {"role": "supervisor", "area": "320400"},
        {"role": "clerk", "area": "320400"},
        {"role": "institution", "institution": "H1"},
        {"role": "insured", "person": 1},
    ):
        said = {"name": "climber", "password": PASSWORD, **bond}
        answer = others["supervisor"].post("/users", json=said, headers=key())
        assert (answer.status_code, answer.json()["kind"]) == (422, "unknown_user"), bond
    area = {"code": "320500", "name": {"zh": "某市", "en": "Some City"}}
    answer = others["supervisor"].post("/areas", json=area, headers=key())
    assert (answer.status_code, answer.json()["kind"]) == (422, "not_theirs")
    assert others["supervisor"].post("/users/1/close", headers=key()).status_code == 404
    answer = others["supervisor"].put(
        "/users/4/password", json={"password": PASSWORD}, headers=key()
    )
    assert answer.status_code == 404
    with house.client("auditor") as auditor:
        names = [one["name"] for one in ok(auditor.get("/users"))["items"]]
    assert "climber" not in names


def test_a_person_who_left_an_area_is_open_to_the_next(
    house: House, others: dict[str, httpx.Client]
) -> None:
    person = house.town.person
    assert others["clerk"].get(f"/persons/{person}").status_code == 404
    with house.client("clerk") as clerk:
        write(clerk, "/memberships/1/end", {"last": "2024-10-31"})
        assert clerk.get(f"/persons/{person}").status_code == 200
    assert others["clerk"].get(f"/persons/{person}").status_code == 200
