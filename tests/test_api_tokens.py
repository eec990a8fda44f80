"""Logging in: tokens that expire and end, passwords, and guessing that is slowed down."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from api_place import PASSWORD, House, house_at, key, ok, write
from gongji.policy.versions import Library


@pytest.fixture
def house(address: str, tmp_path: Path, library: Library) -> Iterator[House]:
    with house_at(address, tmp_path, library) as found:
        yield found


def log_in(client: httpx.Client, name: str, password: str) -> httpx.Response:
    return client.post("/tokens", json={"name": name, "password": password})


def test_a_token_is_good_for_a_working_day(house: House) -> None:
    with house.client() as client:
        found = ok(log_in(client, "the-clerk", PASSWORD))
        assert found["until"] == "2024-11-30T09:00:00+00:00"  # at 01:00 it was given
        assert found["user"] == {
            "name": "the-clerk", "role": "clerk", "area": "320400", "institution": None,
            "person": None,
        }  # fmt: skip
        client.headers["Authorization"] = f"Bearer {found['token']}"
        assert ok(client.get("/me")) == found["user"]
        house.clock.forward(hours=7, minutes=59)
        assert client.get("/me").status_code == 200
        house.clock.forward(minutes=1)
        refused = client.get("/me")
        assert (refused.status_code, refused.json()["kind"]) == (401, "bad_token")
        with house.book.reading() as connection:
            kept = connection.execute(text("SELECT hash FROM token")).scalars().all()
        assert found["token"].encode() not in b"".join(bytes(one) for one in kept)


def test_a_token_that_is_given_back_ends(house: House) -> None:
    with house.client("clerk") as clerk:
        assert clerk.get("/me").status_code == 200
        assert clerk.delete("/tokens/mine").status_code == 204
        assert clerk.get("/me").status_code == 401


def test_a_user_who_is_closed_is_out_at_once(house: House) -> None:
    with house.client("clerk") as clerk, house.client("supervisor") as boss:
        assert clerk.get("/me").status_code == 200
        users = {one["name"]: one["user"] for one in ok(boss.get("/users"))["items"]}
        write(boss, f"/users/{users['the-clerk']}/close")
        assert clerk.get("/me").status_code == 401
        assert log_in(clerk, "the-clerk", PASSWORD).status_code == 401
        again = boss.post(f"/users/{users['the-clerk']}/close", headers=key())
        assert (again.status_code, again.json()["kind"]) == (404, "unknown_user")
        said = {"name": "the-clerk", "role": "auditor", "password": PASSWORD}
        taken = boss.post("/users", json=said, headers=key())  # acts are signed with the name
        assert (taken.status_code, taken.json()["kind"]) == (409, "there_already")


def test_passwords_are_changed_and_reset(house: House) -> None:
    with house.client("clerk") as clerk, house.client("supervisor") as boss:
        wrong = {"old": "not the old one", "new": "four other plain words"}
        refused = clerk.put("/me/password", json=wrong, headers=key())
        assert (refused.status_code, refused.json()["kind"]) == (401, "wrong_password")
        said, same = {"old": PASSWORD, "new": "four other plain words"}, key()
        assert clerk.put("/me/password", json=said, headers=same).status_code == 200
        assert clerk.get("/me").status_code == 401
        assert log_in(clerk, "the-clerk", PASSWORD).status_code == 401
        clerk.headers["Authorization"] = (
            f"Bearer {house.token(clerk, 'the-clerk', 'four other plain words')}"
        )
        assert clerk.put("/me/password", json=said, headers=same).status_code == 200  # as before
        other = {**said, "new": "and yet another one"}
        used = clerk.put("/me/password", json=other, headers=same)
        assert (used.status_code, used.json()["kind"]) == (422, "key_used")
        short = boss.put("/users/3/password", json={"password": "short"}, headers=key())
        assert (short.status_code, short.json()["kind"]) == (422, "bad_password")
        reset = boss.put("/users/3/password", json={"password": PASSWORD}, headers=key())
        assert reset.status_code == 200
        assert clerk.get("/me").status_code == 401
        assert log_in(clerk, "the-clerk", PASSWORD).status_code == 201


def test_after_five_wrong_passwords_one_has_to_wait(house: House) -> None:
    with house.client() as client:
        for _ in range(5):
            assert log_in(client, "the-clerk", "a wrong password").status_code == 401
        refused = log_in(client, "the-clerk", PASSWORD)
        assert (refused.status_code, refused.json()["kind"]) == (429, "too_many_tries")
        assert refused.headers["retry-after"] == "900"
        assert log_in(client, "the-auditor", PASSWORD).status_code == 201
        house.clock.forward(minutes=16)
        assert log_in(client, "the-clerk", PASSWORD).status_code == 201
        for _ in range(4):
            assert log_in(client, "the-clerk", "a wrong password").status_code == 401
        assert log_in(client, "the-clerk", PASSWORD).status_code == 201
        assert log_in(client, "the-clerk", "a wrong password").status_code == 401  # from the start


def test_guesses_side_by_side_are_counted_too(house: House) -> None:
    with house.client() as client:

        def guess(number: int) -> int:
            return log_in(client, "the-clerk", f"guess number {number}").status_code

        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(guess, range(24)))
    assert found.count(401) <= 5
    assert set(found) <= {401, 429}


def test_one_address_cannot_try_name_after_name(house: House) -> None:
    with house.client() as client:
        found = [log_in(client, f"nobody-{one}", "some password").status_code for one in range(52)]
        assert found == [401] * 50 + [429] * 2
        assert log_in(client, "the-clerk", PASSWORD).status_code == 429


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"name": "n", "role": "clerk", "area": "320400"}, "bad_input"),
        ({"name": "320402198001010012", "role": "auditor"}, "bad_input"),
        ({"name": "new", "role": "king"}, "bad_input"),
        ({"name": "new", "role": "clerk"}, "bad_bond"),
        ({"name": "new", "role": "insured", "area": "320400"}, "bad_bond"),
        ({"name": "new", "role": "institution", "institution": "H1", "area": "320400"}, "bad_bond"),
        ({"name": "new", "role": "auditor", "area": "320400"}, "bad_bond"),
        ({"name": "new", "role": "clerk", "area": "999999"}, "unknown_area"),
        ({"name": "new", "role": "institution", "institution": "H9"}, "unknown_institution"),
        ({"name": "new", "role": "insured", "person": 99}, "unknown_person"),
    ],
)
def test_users_that_cannot_be(house_of_all: House, said: dict[str, str], kind: str) -> None:
    with house_of_all.client("supervisor") as boss:
        answer = boss.post("/users", json={**said, "password": PASSWORD}, headers=key())
        assert (answer.status_code, answer.json()["kind"]) == (422, kind)


@pytest.fixture(scope="module")
def house_of_all(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with house_at(str(folder / "book.db"), folder, library) as found:
        yield found


def test_an_auditor_is_bound_to_nothing(house: House) -> None:
    said = {"name": "new", "role": "auditor", "area": "320400", "password": "a long new password"}
    told = {}
    with house.client("supervisor") as supervisor:
        for language in ("zh", "en"):
            headers = {**key(), "Accept-Language": language}
            refused = supervisor.post("/users", json=said, headers=headers).json()
            assert refused["kind"] == "bad_bond"
            told[language] = refused["detail"]
    assert told == {
        "zh": "审计用户不绑定统筹区、机构或人员",
        "en": "a user of the role auditor is bound to no area, institution or person",
    }
