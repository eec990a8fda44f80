"""`gongji serve` and `gongji user` as they are started; the page about the API as it is read."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from api_place import CARD, key
from command import run
from gongji.book.book import new_book
from serve_place import serving

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture
def place(address: str, tmp_path: Path) -> list[str]:
    """The options that name a new book with a supervisor."""
    new_book(address, tmp_path / "book.key")
    options = ["--book", address, "--key", str(tmp_path / "book.key")]
    code, out, _ = run("user", "director", *options, "--password", "three plain words")
    assert (code, out) == (0, "已开用户 director（1）\n")
    return options


def test_it_serves_until_it_is_told_to_stop_and_logs_no_person(place: list[str]) -> None:
    with (
        serving(*place, "--log") as (url, process, _),
        httpx.Client(base_url=f"{url}/v1") as client,
    ):
        said = {"name": "director", "password": "three plain words"}
        token = client.post("/tokens", json=said).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get(f"/persons/{CARD}").status_code == 422
        assert client.get(f"/nothing/{CARD}?name=张三").status_code == 404
        area = {"code": "320400", "name": {"zh": "常州", "en": "Changzhou"}}
        assert client.post("/areas", json=area, headers=key()).status_code == 201
        assert client.get("/areas").headers.get("server") is None
        process.send_signal(signal.SIGTERM)
        _, logged = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "POST open_an_area 201" in logged
    assert "GET (no such address) 404" in logged
    assert CARD not in logged
    assert "three plain words" not in logged
    assert token not in logged
    assert "Traceback" not in logged


def test_what_the_page_says_comes_out(place: list[str]) -> None:
    """Changzhou, active, tier 3: (10,000 - 1,000) x 90 % = 8,100.

    Contributions of January on a wage of 8,000: 8.8 % and 2 %, 704 and 160.
    """
    (script,) = re.findall(r"```sh\n(log_in\(\).*?)```", PAGE, re.DOTALL)
    with serving(*place) as (url, *_):
        done = subprocess.run(
            ["sh", "-eu", "-c", script], env={"GONGJI": f"{url}/v1", "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one for one in answers if "kind" in one] == []
    assert answers[-1]["total"] == "10000.00"
    assert answers[-1]["payments"]["pool"] == "8100.00"
    assert answers[-2]["payments"] == answers[-1]["payments"]
    assert answers[-2]["steps"]


def test_python_on_the_page_is_what_stands_in_its_room() -> None:
    room = (Path(__file__).parent.parent / "src/gongji/api/persons.py").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for part in block.split("\n\n\n"):
        assert part.strip() in room


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["user", "x"], "用户名应为"),
        (["user", "director"], "已经有人用过"),
        (["user", "second", "--password", "short"], "密码至少"),
        (["serve", "--key", "nowhere"], "读不到密钥文件"),
    ],
)
def test_what_cannot_be_opened_or_served(place: list[str], words: list[str], told: str) -> None:
    name, *rest = words
    options = [*place, "--password", "three plain words"] if name == "user" else place
    code, _, error = run(name, *options, *rest)
    assert code == 2
    assert told in error
    assert error.count("\n") == 1
