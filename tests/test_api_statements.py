"""Statements and their codes: what a paper says, and whether it still holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api_place import CARD, House, house_at, ok, write
from gongji.book.access.sights import broken_sights
from gongji.policy.versions import Library

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@pytest.fixture
def house(address: str, tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(address, tmp_path, library) as found:
        yield found


@pytest.fixture
def boss(house: House) -> Iterator[httpx.Client]:
    with house.client("supervisor") as found:
        yield found


@pytest.fixture
def anybody(house: House) -> Iterator[httpx.Client]:
    with house.client() as found:
        yield found


def stay(house: House, day: str) -> int:
    """A stay of 10,000 in a hospital of tier 3, settled."""
    said = {
        "person": house.town.person, "institution": "H1", "day": day,
        "facts": {"setting": "inpatient"},
    }  # fmt: skip
    with house.client("institution") as hospital:
        visit = write(hospital, "/visits", said)["visit"]
        lines = [{"total": "10200.00", "in_scope": "10000.00", "out_of_catalogue": "200.00"}]
        write(hospital, f"/visits/{visit}/lines", {"lines": lines})
        found: int = write(hospital, f"/visits/{visit}/settlement")["settlement"]
    return found


def sheet(client: httpx.Client, settlement: int) -> Any:
    return ok(client.get(f"/settlements/{settlement}/statement"))


def year(client: httpx.Client, **asked: str) -> Any:
    return ok(client.get("/persons/1/statement", params={"year": "2024", **asked}))


def check(client: httpx.Client, number: str, code: str) -> Any:
    kind = "year" if number.startswith("Y") else "settlement"
    said = {"kind": kind, "number": number, "code": code}
    return ok(client.post("/statements/verify", json=said))


def stands(client: httpx.Client, number: str, code: str) -> str:
    found: str = check(client, number, code)["stands"]
    return found


def lines_of(record: Any) -> dict[str, str | None]:
    return {one["line"]: one["amount"] for one in record["lines"]}


def test_a_stay_as_worked_out_by_hand(house: House, boss: httpx.Client) -> None:
    """200 nobody pays for; of 10,000 the first 1,000, then 90 % of 9,000 is 8,100.

    What is borne: 200 + 1,000 + 900 = 2,100.
    """
    record = sheet(boss, stay(house, "2024-03-01"))
    assert lines_of(record) == {
        "total": "10200.00", "out_of_catalogue": "200.00", "over_price_cap": "0.00",
        "prior_self_pay": "0.00", "in_scope": "10000.00", "deductible": "1000.00",
        "fund pool": "8100.00", "fund large_amount": "0.00", "fund catastrophic": "0.00",
        "fund aid": "0.00", "fund tilt_aid": "0.00", "fund employer": "0.00",
        "person": "2100.00", "account": None, "cash": None,
    }  # fmt: skip
    assert (record["state"], record["by"], record["day"]) == ("in_force", None, "2024-03-01")
    masked = f"320402********{CARD[-4:]}"
    assert record["holder"] == {"person": 1, "name": "张三", "masked": masked}
    assert record["policy"]["version"] == "2024-01-01"
    assert "9,000.00 × 90% = 8,100.00" in [one["arithmetic"] for one in record["steps"]]
    assert all(one["citations"] for one in record["steps"])


def test_a_code_stays_until_something_changes(house: House, boss: httpx.Client) -> None:
    number = stay(house, "2024-03-01")
    first = sheet(boss, number)
    house.clock.forward(minutes=90)
    again = sheet(boss, number)
    assert first["code"] == again["code"]
    assert first["issued_at"] != again["issued_at"]
    groups = first["code"].split("-")
    assert [len(one) for one in groups] == [4] * 5
    assert set("".join(groups)) <= set(SIGNS)
    assert sheet(boss, stay(house, "2024-04-01"))["code"] != first["code"]
    write(boss, f"/settlements/{number}/cancel")
    ended = sheet(boss, number)
    assert (ended["state"], ended["by"]) == ("cancelled", None)
    assert ended["code"] != first["code"]


def test_a_paper_holds_until_it_is_cancelled(
    house: House, boss: httpx.Client, anybody: httpx.Client
) -> None:
    number = stay(house, "2024-03-01")
    code = sheet(boss, number)["code"]
    told = {
        "kind": "settlement", "number": f"S{number}", "stands": "now", "state": "in_force",
        "total": "10200.00", "funds": "8100.00", "person": "2100.00",
    }  # fmt: skip
    assert check(anybody, f"S{number}", code) == told
    write(boss, f"/settlements/{number}/cancel")
    assert check(anybody, f"S{number}", code) == {**told, "stands": "before", "state": "cancelled"}
    ended = sheet(boss, number)["code"]
    assert check(anybody, f"S{number}", ended) == {**told, "state": "cancelled"}


def test_a_settlement_that_was_made_again_names_the_other(
    house: House, boss: httpx.Client, anybody: httpx.Client
) -> None:
    """The second stay has a deductible of 600; once the first is cancelled it is 1,000."""
    first, second = stay(house, "2024-03-01"), stay(house, "2024-04-01")
    old = sheet(boss, second)
    assert (lines_of(old)["deductible"], old["person"]) == ("600.00", "1740.00")
    (changed,) = write(boss, f"/settlements/{first}/cancel")["differences"]
    new = sheet(boss, second)
    assert (new["state"], new["by"]) == ("superseded", changed["settlement"])
    assert lines_of(new) == lines_of(old)
    assert stands(anybody, f"S{second}", old["code"]) == "before"
    again = sheet(boss, changed["settlement"])
    assert (again["state"], again["person"]) == ("in_force", "2100.00")


def test_every_forged_sign_is_found_out(
    house: House, boss: httpx.Client, anybody: httpx.Client
) -> None:
    number = stay(house, "2024-03-01")
    code = sheet(boss, number)["code"]
    for place in (at for at, sign in enumerate(code) if sign != "-"):
        other = SIGNS[(SIGNS.index(code[place]) + 1) % 32]
        forged = f"{code[:place]}{other}{code[place + 1 :]}"
        found = check(anybody, f"S{number}", forged)
        assert (found["stands"], found["total"]) == ("no", None)
        house.clock.forward(minutes=16)


def test_a_code_belongs_to_its_number(
    house: House, boss: httpx.Client, anybody: httpx.Client
) -> None:
    one, other = stay(house, "2024-03-01"), stay(house, "2024-04-01")
    code = sheet(boss, one)["code"]
    assert stands(anybody, f"S{other}", code) == stands(anybody, "S999", code) == "no"
    assert stands(anybody, f"S{one}", year(boss)["code"]) == "no"


def test_codes_are_read_as_people_copy_them(
    house: House, boss: httpx.Client, anybody: httpx.Client
) -> None:
    number = stay(house, "2024-03-01")
    code = sheet(boss, number)["code"]
    wide = code.translate({ord(one): ord(one) + 0xFEE0 for one in SIGNS})
    alike = code.replace("0", "o").replace("1", "l")
    for said in (code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} ", wide, alike):
        assert stands(anybody, f" s{number} ", said) == "now", said


def test_guessing_is_slowed_down(house: House, boss: httpx.Client, anybody: httpx.Client) -> None:
    number = stay(house, "2024-03-01")
    code = sheet(boss, number)["code"]
    said = {"kind": "settlement", "number": f"S{number}", "code": "0" * 20}
    for _ in range(3):
        assert stands(anybody, f"S{number}", code) == "now"  # what is right does not count
    for _ in range(5):
        assert ok(anybody.post("/statements/verify", json=said))["stands"] == "no"
    answer = anybody.post("/statements/verify", json={**said, "code": code})
    assert (answer.status_code, answer.json()["kind"]) == (429, "too_many_tries")
    assert answer.headers["Retry-After"] == "900"
    assert "验证码" in answer.json()["detail"]
    with house.client("clerk") as clerk:  # logging in is not slowed down by it
        ok(clerk.get("/me"))
    house.clock.forward(minutes=16)
    assert stands(anybody, f"S{number}", code) == "now"


@pytest.mark.parametrize(
    ("said", "kind", "field"),
    [
        ({"code": ""}, "bad_input", "code"), ({"code": "ABC"}, "bad_code", "code"),
        ({"code": "U" * 20}, "bad_code", "code"), ({"code": "0" * 21}, "bad_code", "code"),
        ({"code": "0" * 10**6}, "bad_input", "code"), ({"code": "0\x00"}, "bad_input", "code"),
        ({"number": "V1"}, "bad_number", "number"), ({"number": "S0x1"}, "bad_number", "number"),
        ({"number": "S" + "9" * 16}, "bad_number", "number"),
        ({"number": "1-2024-320400-1"}, "bad_number", "number"),
        ({"kind": "year", "number": "S1"}, "bad_number", "number"),
        ({"kind": "year", "number": "Y1-0000-320400-1"}, "bad_number", "number"),
        ({"kind": "year", "number": "Y1-9999-320400-1"}, "bad_number", "number"),
        ({"kind": "visit"}, "bad_input", "kind"), ({"number": 1}, "bad_input", "number"),
    ],
)  # fmt: skip
def test_what_can_be_no_paper_is_refused(
    anybody: httpx.Client, said: dict[str, Any], kind: str, field: str
) -> None:
    body = {"kind": "settlement", "number": "S1", "code": "0" * 20, **said}
    found = anybody.post("/statements/verify", json=body).json()
    assert (found["status"], found["kind"], found["field"]) == (422, kind, field)


def test_numbers_that_nobody_has_are_no_papers(anybody: httpx.Client) -> None:
    for number in (
        "S999999999999999",
        "Y999999999999999-2024-320400-999999999999999",
        "Y1-2024-999999-1",
        "Y1-2999-320400-1",
    ):
        assert stands(anybody, number, "0" * 20) == "no", number


def test_a_hospital_is_not_told_the_name_and_has_the_same_code(
    house: House, boss: httpx.Client
) -> None:
    number = stay(house, "2024-03-01")
    with house.client("institution") as hospital, house.client("insured") as insured:
        theirs, mine = sheet(hospital, number), sheet(insured, number)
    assert (theirs["holder"]["name"], mine["holder"]["name"]) == ("*三", "张三")
    assert theirs["code"] == mine["code"] == sheet(boss, number)["code"]


def test_who_checked_a_paper_is_written_down(
    house: House, boss: httpx.Client, anybody: httpx.Client
) -> None:
    number = stay(house, "2024-03-01")
    check(anybody, f"S{number}", sheet(boss, number)["code"])
    check(anybody, f"S{number}", "0" * 20)
    with house.book.reading() as connection:
        rows = connection.execute(
            text("SELECT by, about, person, outcome FROM sight WHERE service = 'verify_statement'")
        ).all()
        assert [tuple(one) for one in rows] == [
            ("nobody", f"S{number}", 1, "done"), ("nobody", f"S{number}", None, "wrong_code"),
        ]  # fmt: skip
        assert list(broken_sights(connection)) == []


# --- years ---------------------------------------------------------------------------------------


def test_a_year_as_worked_out_by_hand(house: House, boss: httpx.Client) -> None:
    """Two stays of 10,200: 8,100 + (10,000 - 600) x 90 % = 8,460, which is 16,560 together.

    Borne: 2,100 + 200 + 600 + 940 = 3,840.  Of a wage of 8,000: 8.8 % and 2 %, 864.
    """
    stay(house, "2024-03-01")
    stay(house, "2024-04-01")
    stay(house, "2024-05-01")
    with house.client("clerk") as clerk:
        dues = []
        for month in ("2024-03", "2024-04"):
            said = {"scheme": 1, "period": month, "facts": {"wage": "8000"}}
            dues.append(write(clerk, "/persons/1/dues", said)["due"])
        arrived = {"scheme": 1, "arrived": "2024-03-10", "amount": "864.00", "dues": dues[:1]}
        write(clerk, "/receipts", arrived)
    write(boss, "/settlements/3/cancel")
    record = year(boss)
    assert [(one["number"], one["funds"], one["person"]) for one in record["settlements"]] == [
        (1, "8100.00", "2100.00"), (2, "8460.00", "1740.00"),
    ]  # fmt: skip
    sums = {name: record[name] for name in ("total", "person", "cash", "account")}
    assert sums == {"total": "20400.00", "person": "3840.00", "cash": None, "account": None}
    assert record["payments"]["pool"] == "16560.00"
    assert [(one["period"], one["due"], one["paid"]) for one in record["contributions"]] == [
        ("2024-03", "864.00", "864.00"), ("2024-04", "864.00", "0.00"),
    ]  # fmt: skip
    assert record["insured"] == [
        {"policy": "changzhou/employee", "since": "2024-01-01", "until": "2024-12-31"}
    ]


def test_a_year_that_went_on_held_once(
    house: House, boss: httpx.Client, anybody: httpx.Client
) -> None:
    number = stay(house, "2024-03-01")
    stay(house, "2024-04-01")
    first = year(boss)
    assert year(boss)["code"] == first["code"]
    paper = f"Y{first['number']}"
    assert check(anybody, paper, first["code"]) == {
        "kind": "year", "number": paper, "stands": "now", "state": None, "total": "20400.00",
        "funds": "16560.00", "person": "3840.00",
    }  # fmt: skip
    write(boss, f"/settlements/{number}/cancel")  # and the other is settled again
    second = year(boss)
    assert (second["total"], second["person"]) == ("10200.00", "2100.00")
    assert first["number"] != second["number"]
    found = check(anybody, paper, first["code"])
    assert (found["stands"], found["total"], found["person"]) == ("before", "20400.00", "3840.00")
    assert stands(anybody, f"Y{second['number']}", second["code"]) == "now"
    assert stands(anybody, f"Y{second['number']}", first["code"]) == "no"


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("year=2019", "not_insured"), ("year=2024&area=321100", "not_insured"), ("", "bad_input"),
        ("year=24", "bad_input"), ("year=2024.5", "bad_input"), ("year=3000", "bad_input"),
        ("year=2024&area=x", "bad_input"),
    ],
)  # fmt: skip
def test_years_that_cannot_be_stated(boss: httpx.Client, asked: str, kind: str) -> None:
    found = boss.get(f"/persons/1/statement?{asked}").json()
    assert (found["status"], found["kind"]) == (422, kind)


def test_a_year_without_anything_is_stated_too(boss: httpx.Client) -> None:
    record = year(boss)
    assert (record["settlements"], record["contributions"]) == ([], [])
    assert (record["account"], record["payments"]) == (None, {})
    assert (record["total"], record["person"]) == ("0.00", "0.00")
