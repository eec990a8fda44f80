"""Refusals over HTTP: problem details in two languages, and nothing personal in the log."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from api_place import CARD, House, house_at, key, ok, write
from gongji.api.problems import language_of
from gongji.api.shapes import SHAPES
from gongji.policy.versions import Library


@pytest.fixture
def house(tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(str(tmp_path / "book.db"), tmp_path, library) as found:
        yield found


VISIT: dict[str, Any] = {
    "person": 1, "institution": "H1", "day": "2024-03-01", "facts": {"setting": "inpatient"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh"), ("en", "en"), ("en-GB,en;q=0.9", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.3, zh;q=0.2", "en"), ("fr, en;q=0.5", "en"), ("en;q=0", "zh"), ("*", "zh"),
        ("en;q=nonsense", "zh"), ("\x00,,;;q=1", "zh"),
    ],
)  # fmt: skip
def test_the_language_that_is_asked_for(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def test_a_refusal_has_all_that_problem_details_have(house: House) -> None:
    with house.client("institution") as hospital:
        said = {**VISIT, "facts": {"setting": "impatient"}}
        answer = hospital.post("/visits", json=said, headers={**key(), "Accept-Language": "en"})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["content-language"] == "en"
        assert answer.headers["vary"] == "Accept-Language"
        assert answer.headers["cache-control"] == "no-store"
        found = answer.json()
        assert found["type"] == "urn:gongji:problem:unknown_value"
        assert (found["title"], found["status"], found["kind"]) == ("Refused", 422, "unknown_value")
        assert found["field"] == "facts.setting"
        assert found["detail"].startswith("facts.setting: “impatient” is no value of")
        assert "inpatient" in found["details"]["choices"]
        chinese = hospital.post("/visits", json=said, headers=key()).json()
        assert (chinese["title"], chinese["detail"][:23]) == (
            "不予办理", "facts.setting：changzhou",
        )  # fmt: skip


def test_every_pattern_of_a_field_has_words(house: House) -> None:
    with house.client("institution") as hospital:
        described = hospital.get(f"{house.url}/openapi.json").text
        patterns = {
            json.loads(one) for one in re.findall(r'"pattern":\s*("(?:[^"\\]|\\.)*")', described)
        }
        assert r"^[0-9]{1,13}\.[0-9]{2}$" in patterns
        assert patterns == set(SHAPES)
        english = {**key(), "Accept-Language": "en"}
        lines = {"lines": [{"in_scope": "-5"}]}
        refused = hospital.post("/visits/1/lines", json=lines, headers=english).json()
        assert refused["detail"] == (
            "lines[1].in_scope: expected yuan with two decimals, not negative, such as 100.00"
        )


def test_a_rule_that_is_not_stated_names_its_clause(house: House) -> None:
    with house.client("supervisor") as boss, house.client("clerk") as clerk:
        write(boss, "/areas", {"code": "530400", "name": {"zh": "玉溪", "en": "Yuxi"}})
        scheme = write(boss, "/schemes", {"area": "530400", "policy": "yuxi/employee"})["scheme"]
        user = {"name": "yuxi-clerk", "role": "clerk", "area": "530400", "password": "x1" * 8}
        write(boss, "/users", user)
        write(clerk, "/memberships/1/end", {"last": "2024-01-31"})
        token = house.token(clerk, "yuxi-clerk", "x1" * 8)
        clerk.headers["Authorization"] = f"Bearer {token}"
        facts = {"category": "active"}
        said = {"scheme": scheme, "since": "2024-02-01", "facts": facts}
        write(clerk, "/persons/1/memberships", said)
        visit = write(clerk, "/visits", VISIT)["visit"]
        write(clerk, f"/visits/{visit}/lines", {"lines": [{"in_scope": "10000.00"}]})
        refused = clerk.post(f"/visits/{visit}/settlement", headers=key())
        found = refused.json()
        assert (refused.status_code, found["kind"]) == (422, "not_stated")
        assert found["clauses"] == ["YX-004"]  # six kinds of care; inpatient is not among them
        assert clerk.get(f"/visits/{visit}/pre-settlement").json()["detail"] == found["detail"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({**VISIT, "person": "1"}, "person"),
        ({**VISIT, "person": 0}, "person"),
        ({**VISIT, "person": 1.5}, "person"),
        ({**VISIT, "person": 10**18}, "person"),
        ({**VISIT, "day": "2024-02-30"}, "day"),
        ({**VISIT, "day": "2024-03-01T00:00:00"}, "day"),
        ({**VISIT, "day": 20240301}, "day"),
        ({**VISIT, "day": "9999-12-31"}, "day"),
        ({**VISIT, "more": 1}, "more"),
        ({**VISIT, "facts": {"setting": 1}}, "facts.setting.str"),
        ({**VISIT, "facts": {"setting": "a\u0000b"}}, "facts.setting"),
        ({**VISIT, "facts": []}, "facts"),
        ({**VISIT, "institution": "H 1"}, "institution"),
        ({"person": 1, "day": "2024-03-01"}, "institution"),
        ([VISIT], "body"),
        (None, "body"),
    ],
)
def test_what_is_not_as_it_is_described(house_of_all: House, said: Any, field: str) -> None:
    with house_of_all.client("institution") as hospital:
        answer = hospital.post("/visits", json=said, headers=key())
        found = answer.json()
        assert (answer.status_code, found["kind"]) == (422, "bad_input"), found
        assert found["field"].startswith(field.removesuffix(".str"))
        assert found["errors"][0]["field"] == found["field"]


@pytest.fixture(scope="module")
def house_of_all(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with house_at(str(folder / "book.db"), folder, library) as found:
        yield found


@pytest.mark.parametrize("amount", ["1", "1.0", "1.000", "-1.00", "1e5", "０.00", "NaN", 100, ""])
def test_amounts_have_two_decimals_and_no_sign(house_of_all: House, amount: Any) -> None:
    with house_of_all.client("institution") as hospital:
        said = {"lines": [{"in_scope": "1.00"}, {"in_scope": amount}]}
        answer = hospital.post("/visits/1/lines", json=said, headers=key())
        assert (answer.status_code, answer.json()["field"]) == (422, "lines[2].in_scope")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "bad_json"),
        (b"\xff\xfe", 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
        (b'{"person": ' + b"9" * 5_000 + b"}", 400, "bad_json"),
        (b'{"person": NaN}', 422, "bad_input"),
        (b'"\\ud800"', 422, "bad_input"),
        (b'{"facts": {"setting": "\\ud800"}}', 422, "bad_input"),
        (b"x" * (16 * 2**20 + 1), 413, "too_large"),
    ],
)
def test_bodies_that_are_none(house_of_all: House, body: bytes, status: int, kind: str) -> None:
    with house_of_all.client("institution") as hospital:
        headers = {**key(), "Content-Type": "application/json"}
        answer = hospital.post("/visits", content=body, headers=headers)
        assert (answer.status_code, answer.json()["kind"]) == (status, kind)
        assert answer.headers["content-type"] == "application/problem+json"


def test_addresses_methods_and_keys_that_are_none(house_of_all: House) -> None:
    with house_of_all.client("institution") as hospital:
        nowhere = hospital.get("/nowhere")
        assert (nowhere.status_code, nowhere.json()["kind"]) == (404, "no_such_page")
        wrong = hospital.delete("/visits/1")
        assert (wrong.status_code, wrong.json()["kind"]) == (405, "wrong_method")
        assert wrong.headers["allow"] == "GET"
        assert hospital.patch("/visits").headers["allow"] == "GET, POST"
        bare = hospital.post("/visits", json=VISIT)
        assert (bare.status_code, bare.json()["kind"]) == (400, "missing_key")
        for bad in ("", "a b", "x" * 129):
            answer = hospital.post("/visits", json=VISIT, headers={"Idempotency-Key": bad})
            assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
        gone = hospital.get("/visits/99")
        assert (gone.status_code, gone.json()["kind"]) == (404, "unknown_visit")
        assert hospital.get("/visits?most=0").json()["field"] == "most"
        assert hospital.get("/visits?after=%00").json()["kind"] == "bad_cursor"


def test_an_amount_among_the_facts_is_refused(house_of_all: House) -> None:
    with house_of_all.client("institution") as hospital:
        visit = write(hospital, "/visits", VISIT)["visit"]
        said = {"lines": [{"in_scope": "1.00", "facts": {"total": "5"}}]}
        answer = hospital.post(f"/visits/{visit}/lines", json=said, headers=key())
        assert (answer.status_code, answer.json()["kind"]) == (422, "unknown_field")


def test_an_error_of_ours_tells_nothing_and_logs_no_person(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(f"secret {said}")

    def gone(*_: object) -> None:
        raise OperationalError("SELECT ...", {"card": CARD}, Exception(f"host {CARD}"))

    said = {"identity": CARD, "name": "张三"}
    with house.client("clerk") as clerk, caplog.at_level(logging.INFO):
        monkeypatch.setattr("gongji.api.persons.register", broken)
        answer = clerk.post("/persons", json=said, headers=key())
        found = answer.json()
        assert (answer.status_code, found["kind"]) == (500, "internal")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "secret" not in answer.text
        monkeypatch.setattr("gongji.api.persons.register", gone)
        answer = clerk.post("/persons", json=said, headers=key())
        assert (answer.status_code, answer.json()["kind"]) == (503, "busy")
        assert "retry-after" in answer.headers
        clerk.get(f"/persons/{CARD}")
        clerk.get(f"/{CARD}")
        clerk.post("/find-person", json={"identity": CARD})
        ok(clerk.get("/me"))
        while "GET see_me 200" not in caplog.text:  # lines are written when the answer has left
            time.sleep(0.01)
    lines = [one.getMessage() for one in caplog.records if one.name.startswith("gongji")]
    logged = "\n".join(lines)
    assert CARD not in logged
    assert "张三" not in logged
    assert f"{found['reference']}: ZeroDivisionError" in logged
    assert "persons.py" in logged
    for line in (
        "POST register_person 500", "POST register_person 503", "GET see_person 422",
        "GET (no such address) 404", "POST find_person 200",
    ):  # fmt: skip
        assert line in logged


def test_what_is_kept_of_a_request_is_no_number_and_no_name(house: House, tmp_path: Path) -> None:
    """Neither is in the file of the book: what is personal is encrypted there."""
    with house.client("clerk") as clerk:
        write(clerk, "/persons", {"identity": CARD, "name": "张三"})
        ok(clerk.post("/find-person", json={"identity": CARD}))
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("book.db*"))
    assert b"320400" in kept
    assert CARD.encode() not in kept
    assert "张三".encode() not in kept
    assert b"three plain words" not in kept
    assert json.dumps("张三").encode() not in kept
