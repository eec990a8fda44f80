"""The catalogue over HTTP: loaded, looked up, lines by code, reconciled and paid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api_place import PASSWORD, House, house_at, key, ok, write
from api_table import send_file
from gongji.book.proof.verify import differences
from gongji.policy.versions import Library

FILES = {
    "items": "code,name,kind,item_class,since\n"
    "XA01,阿司匹林肠溶片,drug,甲,2024-01-01\nXB02,头孢呋辛酯片,drug,乙,2024-01-01\n",
    "caps": "item,cap,since,tier\nXB02,11.5,2024-01-01,tier_3\n",
    "rates": "item,rate,since,policy\nclass_b,10%,2024-01-01,changzhou/employee\n",
    "lists": "item,list,since\nXB02,rare_desease,2024-01-01\n",
}


@pytest.fixture
def house(address: str, tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(address, tmp_path, library) as found:
        with found.client("supervisor") as boss:
            for kind, text in FILES.items():
                ok(send_file(boss, f"/catalogue/{kind}/file", text))
        yield found


def clean(house: House) -> list[str]:
    with house.book.reading() as connection:
        return list(differences(connection, house.book.library))


def stay(client: httpx.Client, house: House, day: str) -> int:
    said = {"person": house.town.person, "institution": "H1", "day": day}
    visit: int = write(client, "/visits", {**said, "facts": {"setting": "inpatient"}})["visit"]
    return visit


def test_items_are_found_and_their_terms_told(house: House) -> None:
    with house.client("insured") as insured, house.client("supervisor") as boss:
        found = ok(insured.get("/items", params={"text": "头孢", "day": "2024-03-01"}))
        assert [one["code"] for one in found["items"]] == ["XB02"]
        first = ok(insured.get("/items?most=1"))
        assert [one["code"] for one in first["items"]] == ["XA01"]
        rest = ok(insured.get("/items", params={"most": 1, "after": first["next"]}))
        assert ([one["code"] for one in rest["items"]], rest["next"]) == (["XB02"], None)
        at = "/items/terms?code=XB02&institution=H1&scheme=1&day=2024-03-01"
        terms = ok(insured.get(at))
        assert (terms["cap"], terms["rate"], terms["gone"]) == ("11.5", "0.1", None)
        assert terms["lists"] == ["*", "class_b", "drug", "rare_desease"]
        assert ok(boss.get("/catalogue/unmapped-lists")) == {"lists": ["rare_desease"]}
        nobody = insured.get("/items/history?code=ZZ99")
        assert (nobody.status_code, nobody.json()["kind"]) == (422, "unknown_item")
        last = (
            "code,name,kind,item_class,since,until\n"
            "XB02,头孢呋辛酯片,drug,乙,2024-01-01,2024-06-30\n"
        )
        path = "/catalogue/items/file"
        assert ok(send_file(boss, f"{path}?try=yes", last)) == {"rows": 1, "added": 1, "ended": 1}
        assert ok(insured.get("/items?text=XB02&day=2024-07-01"))["items"] != []
        ok(send_file(boss, path, last))
        assert ok(insured.get("/items?text=XB02&day=2024-07-01"))["items"] == []
        assert (
            ok(insured.get("/items/terms?code=XB02&institution=H1&scheme=1&day=2024-07-02"))["gone"]
            == "2024-07-01"
        )
        (history,) = ok(insured.get("/items/history?code=XB02"))["stretches"]
        assert history["until"] == "2024-06-30"


def test_what_lists_mean_is_a_table_of_the_scheme(house: House) -> None:
    table = "list,fact,value\nrare_desease,drug_list,rare_disease\n"
    with house.client("supervisor") as boss, house.client("institution") as hospital:
        path = "/schemes/1/list-facts/file?since=2024-01-01"
        assert ok(send_file(boss, path, table)) == {"rows": 1, "added": 1, "ended": 0}
        rows = ok(hospital.get("/schemes/1/list-facts?day=2024-03-01"))["rows"]
        assert [(one["list"], one["fact"], one["value"]) for one in rows] == [
            ("rare_desease", "drug_list", "rare_disease")
        ]
        wrong = send_file(boss, path, table.replace("drug_list", "drug_lists"))
        assert wrong.json()["kind"] == "bad_file"
        assert ok(boss.get("/catalogue/unmapped-lists")) == {"lists": []}


def test_a_supervisor_of_an_area_loads_that_area_only(house: House) -> None:
    said = {"name": "here", "role": "supervisor", "area": "320400", "password": PASSWORD}
    with house.client("supervisor") as boss, house.client() as here:
        write(boss, "/users", said)
        here.headers["Authorization"] = f"Bearer {house.token(here, 'here')}"
        every = "code,name,kind,item_class,since,area\nXC03,某药,drug,甲,2024-01-01,{}\n"
        path = "/catalogue/items/file"
        refused = send_file(here, path, every.format(""))
        assert (refused.status_code, refused.json()["kind"]) == (422, "not_theirs")
        assert ok(send_file(here, path, every.format("320400")))["added"] == 1


# 3 of class B at 12.345: 37.035, 37.04 in fen; above the cap of 11.50 3 x 0.845 = 2.535, 2.54; of
# the 34.50 that are left 10 % first, 3.45; 31.05 are in scope.

LINE: dict[str, Any] = {"serial": "A1", "day": "2024-03-01", "quantity": "3", "price": "12.345"}
PARTS = {
    "out_of_catalogue": "0.00", "over_price_cap": "2.54", "prior_self_pay": "3.45",
    "in_scope": "31.05",
}  # fmt: skip


def test_own_codes_are_approved_before_lines_come_by_them(house: House) -> None:
    codes = "own,name,item,since\nY001,头孢0.25g,XB02,2024-01-01\n"
    mine = "/institutions/H1/own-codes"
    with house.client("institution") as hospital, house.client("clerk") as clerk:
        visit = stay(hospital, house, "2024-03-01")
        lines = {"lines": [{**LINE, "own": "Y001", "total": "37.04"}]}
        path = f"/visits/{visit}/coded-lines"
        unmapped = hospital.post(path, json=lines, headers=key())
        assert unmapped.json()["kind"] == "unmapped_item"
        assert ok(send_file(hospital, f"{mine}/file", codes))["added"] == 1
        assert hospital.post(path, json=lines, headers=key()).json()["kind"] == "not_approved"
        (waits,) = ok(clerk.get(mine))["items"]
        assert waits["approved"] is None
        write(clerk, f"{mine}/judge", {"numbers": [waits["number"]], "approved": True})
        tried = write(hospital, f"{path}?try=yes", lines)
        assert ok(hospital.get(path))["items"] == []
        assert write(hospital, path, lines) == tried
        (line,) = tried["lines"]
        assert line == {"serial": "A1", "line": 1, "total": "37.04", "parts": PARTS}
        differs = {"lines": [{**LINE, "serial": "A2", "code": "XB02", "total": "37.03"}]}
        assert hospital.post(path, json=differs, headers=key()).json()["kind"] == "total_differs"
        back = {**LINE, "serial": "R1", "quantity": "-3", "own": "Y001", "returns": "A1"}
        write(hospital, path, {"lines": [back]})
        seen = ok(hospital.get(path))["items"]
        assert [(one["serial"], one["quantity"], one["total"]) for one in seen] == [
            ("A1", "3", "37.04"), ("R1", "-3", "-37.04"),
        ]  # fmt: skip
        assert (seen[0]["cap"], seen[0]["rate"], seen[0]["price"]) == ("11.5", "0.1", "12.345")
        write(hospital, f"{path}/withdraw", {"serials": ["R1"]})
        assert [one["serial"] for one in ok(hospital.get(path))["items"]] == ["A1"]
        anew = ok(hospital.get(f"/visits/{visit}/lines?most=1"))
        rest = ok(hospital.get(f"/visits/{visit}/lines", params={"after": anew["next"]}))["items"]
        both = [(one["number"], one["withdrawn"]) for one in (*anew["items"], *rest)]
        assert both == [(1, True), (1, False)]  # also where a page ends between them
        other = hospital.get("/institutions/H2/own-codes")
        assert (other.status_code, other.json()["kind"]) == (404, "unknown_institution")
    assert clean(house) == []


# Changzhou, tier 3: (10,000 - 1,000) x 90 % = 8,100 of the pool; the person pays 1,900 in cash at
# the hospital, which is owed the other 8,100.


def test_a_month_is_reconciled_and_paid(house: House) -> None:
    totals = {"rows": 1, "total": "10000.00", "funds": "8100.00", "account": "0.00"}
    span = {"first": "2024-11-01", "last": "2024-11-30"}
    mine = "/institutions/H1/reconciliations"
    with house.client("institution") as hospital, house.client("clerk") as clerk:
        visit = stay(hospital, house, "2024-11-04")
        line = {**LINE, "day": "2024-11-04", "code": "XA01", "quantity": "1", "price": "10000"}
        write(hospital, f"/visits/{visit}/coded-lines", {"lines": [line]})
        settlement = write(hospital, f"/visits/{visit}/settlement")["settlement"]
        same = write(hospital, mine, {**span, "totals": totals})
        assert (same["equal"], same["ours"]) == (True, totals)
        apart = write(hospital, mine, {**span, "totals": {**totals, "funds": "8100.01"}})
        path = f"{mine}/{apart['reconciliation']}/differences"
        assert ok(hospital.get(path))["items"] == [
            {"what": "differs", "settlement": None, "refund": False, "amount": "funds",
             "theirs": "8100.01", "ours": "8100.00"}
        ]  # fmt: skip
        rows = f"settlement,visit,total,funds,account\n{settlement},{visit},10000,8100,0\n"
        sent = f"{mine}/file?first=2024-11-01&last=2024-11-30"
        assert ok(send_file(hospital, sent, rows))["equal"] is True
        assert ok(send_file(hospital, sent, rows + "999,9,1,1,0\n"))["differences"] == 1
        assert [one["equal"] for one in ok(clerk.get(mine))["items"]] == [True, False, True, False]
        other = hospital.post(
            "/institutions/H2/reconciliations", json={**span, "totals": totals}, headers=key()
        )
        assert other.status_code == 404
    house.clock.forward(days=2)
    with house.client("supervisor") as boss, house.client("institution") as hospital:
        month = {"month": "2024-11"}
        tried = write(boss, "/areas/320400/payouts?try=yes", month)
        assert (tried["month"], tried["institutions"], tried["paid"]) == ("2024-11", 1, "8100.00")
        (planned,) = tried["statements"]
        assert (planned["billed"], planned["cash"], planned["paid"]) == (
            "10000.00", "1900.00", "8100.00",
        )  # fmt: skip
        assert ok(hospital.get("/areas/320400/statements?month=2024-11"))["items"] == []
        assert write(boss, "/areas/320400/payouts", month) == {**tried, "statements": []}
        again = boss.post("/areas/320400/payouts", json=month, headers=key())
        assert (again.status_code, again.json()["kind"]) == (409, "paid_already")
        (paid,) = ok(hospital.get("/areas/320400/statements?month=2024-11"))["items"]
        assert (paid["billed"], paid["cash"], paid["paid"], paid["left"]) == (
            "10000.00", "1900.00", "8100.00", "0.00",
        )  # fmt: skip
        days = ok(boss.get("/areas/320400/daily-balances?first=2024-11-01&last=2024-12-02"))
        moved = [(one["day"], one["kind"], one["moved"]) for one in days["items"]]
        assert ("2024-12-02", "bank", "8100.00") in moved
        assert ("2024-11-04", "fund", "-8100.00") in moved
    assert clean(house) == []


def test_an_institution_changes_its_tier(house: House) -> None:
    change = {"since": "2024-07-01", "facts": {"tier": "tier_2"}}
    with house.client("supervisor") as boss, house.client("institution") as hospital:
        path = "/institutions/H1/facts"
        write(boss, path, change)
        assert ok(hospital.get(f"{path}?day=2024-06-30"))["facts"]["tier"] == "tier_3"
        assert ok(hospital.get(f"{path}?day=2024-07-01"))["facts"]["tier"] == "tier_2"
        tiers = [
            (one["value"], one["since"], one["until"])
            for one in ok(hospital.get("/institutions/H1/history"))["stretches"]
            if one["name"] == "tier"
        ]
        assert tiers == [("tier_3", "2024-01-01", "2024-06-30"), ("tier_2", "2024-07-01", None)]
        for facts, kind in (
            ({"teir": "tier_2"}, "unknown_fact"),
            ({"tier": "tier_9"}, "unknown_value"),
            ({"category": "active"}, "unknown_fact"),
        ):
            refused = boss.post(path, json={**change, "facts": facts}, headers=key())
            assert (refused.status_code, refused.json()["kind"]) == (422, kind)
