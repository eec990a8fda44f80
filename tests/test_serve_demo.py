"""`gongji serve` on a fresh machine: a demo with a sign-in for each role; real books stay alone."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from command import run
from gongji.book.access.users import ROLES
from gongji.book.book import Book, new_book
from gongji.book.sealed import Seal
from gongji.book.store import Store
from gongji.cli.demo_here import BOOK
from gongji.demo.making import made_at
from gongji.policy.versions import Library
from serve_place import serving

NAMES = {
    "insured": "insured", "hospital": "institution", "clerk": "clerk",
    "supervisor": "supervisor", "auditor": "auditor",
}  # fmt: skip
SECRET = re.compile(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}")
USUAL = "http://127.0.0.1:8000"
PASSWORD = "three plain words"


def shown_in_the_readme() -> list[str]:
    """What the README shows of the start, but for the last line, which comes after the address."""
    page = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    shown = page.partition("```\n演示账册")[2].partition("```")[0]
    lines = f"演示账册{shown}".splitlines()
    assert len(lines) == 12
    return lines[:-1]


def sign_ins(printed: str) -> dict[str, str]:
    """The users and passwords that a terminal shows."""
    return dict(re.findall(r"^  (\w+) +([a-z2-9]{4}(?:-[a-z2-9]{4}){3}) ", printed, re.MULTILINE))


def signed_in(url: str, name: str, password: str) -> httpx.Response:
    return httpx.post(f"{url}/v1/tokens", json={"name": name, "password": password})


def role_of(url: str, answer: httpx.Response) -> str:
    token = {"Authorization": f"Bearer {answer.json()['token']}"}
    return str(httpx.get(f"{url}/v1/me", headers=token).json()["role"])


def test_a_fresh_folder_opens_with_a_sign_in_for_each_role(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as (url, process, printed):
        first = sign_ins(printed)
        for line in shown_in_the_readme():
            assert line in SECRET.sub("xxxx-xxxx-xxxx-xxxx", printed.replace(url, USUAL))
        assert {name: role_of(url, signed_in(url, name, first[name])) for name in first} == NAMES
        assert set(NAMES.values()) == set(ROLES)
        for path in ("/", "/policies", "/sign-in", "/openapi.json"):
            assert httpx.get(url + path, follow_redirects=True).status_code == 200, path
        assert "启动时，终端里显示了" in httpx.get(f"{url}/sign-in").text
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 0
    assert error == "正在建演示账册 gongji-demo.db，约十秒，只做这一次\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == [BOOK, f"{BOOK}.key"]
    with serving("--lang", "en", folder=tmp_path) as (url, _, printed):
        assert "Open http://127.0.0.1:" in printed
        second = sign_ins(printed)
        assert {name: role_of(url, signed_in(url, name, second[name])) for name in NAMES} == NAMES
        assert [signed_in(url, name, first[name]).status_code for name in NAMES] == [401] * 5
    code, _, _ = run("book", "verify", "--book", str(tmp_path / BOOK))
    assert code == 0


def test_a_demo_that_is_named_keeps_its_passwords(tmp_path: Path, library: Library) -> None:
    file = tmp_path / BOOK
    made = made_at(str(file), tmp_path / f"{BOOK}.key", library, 0, 1)
    for words, environment in ((["--book", BOOK], {}), ([], {"GONGJI_BOOK": BOOK})):
        with serving(*words, folder=tmp_path, **environment) as (url, _, printed):
            assert sign_ins(printed) == {}
            assert "启动时，终端里显示了" not in httpx.get(f"{url}/sign-in").text
            for user in made.users:
                assert role_of(url, signed_in(url, user.name, user.password)) == user.role


def test_a_user_of_the_demo_who_was_closed_stays_so(tmp_path: Path, library: Library) -> None:
    made = made_at(str(tmp_path / BOOK), tmp_path / f"{BOOK}.key", library, 0, 1)
    (password,) = [user.password for user in made.users if user.role == "supervisor"]
    with serving("--book", BOOK, folder=tmp_path) as (url, *_):
        token = signed_in(url, "supervisor", password).json()["token"]
        with httpx.Client(base_url=f"{url}/v1") as client:
            client.headers["Authorization"] = f"Bearer {token}"
            users = {one["name"]: one["user"] for one in client.get("/users").json()["items"]}
            closed = client.post(f"/users/{users['clerk']}/close", headers={"Idempotency-Key": "1"})
            assert closed.status_code == 200
    with serving(folder=tmp_path) as (_, _, printed):
        assert set(sign_ins(printed)) == set(NAMES) - {"clerk"}


@pytest.mark.parametrize("named_alike", [False, True])
def test_a_real_book_of_that_name_is_left_alone(
    named_alike: bool, tmp_path: Path, library: Library
) -> None:
    """Even one whose users are called as those of the demo."""
    file, key = tmp_path / BOOK, tmp_path / f"{BOOK}.key"
    new_book(str(file), key)
    for name in NAMES if named_alike else ["director"]:
        code, _, _ = run("user", name, "--book", str(file), "--password", PASSWORD)
        assert code == 0
    before = file.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "gongji", "serve", "--port", "0"], cwd=tmp_path,
        capture_output=True, text=True, timeout=60, check=False, env={"LANG": "C.UTF-8"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "这不是演示账册，密码不会重设；要启动它，请用 --book 写明\n"
    assert file.read_bytes() == before
    book = Book(Store(str(file)), Seal.from_file(key), library)
    with book.reading() as connection:
        acts = connection.exec_driver_sql("SELECT service FROM act").scalars().all()
    book.close()
    assert acts == ["open_user"] * (5 if named_alike else 1)


def test_an_empty_book_is_no_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    new_book(BOOK, Path(f"{BOOK}.key"))
    code, out, error = run("serve", "--port", "0")
    assert (code, out, "不是演示账册" in error) == (2, "", True)


def test_a_demo_half_made_is_not_kept(tmp_path: Path) -> None:
    line = [sys.executable, "-m", "gongji", "serve", "--port", "0"]
    with subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(600):
            if list(tmp_path.glob(".gongji-demo.db-*/book.db")):
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert error.splitlines()[-1] == "已中断；没有写完的结果不保留"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "there", "told"),
    [
        (["--host", "192.0.2.1"], {}, "192.0.2.1 不是本机的地址"),
        (["--key", "mine.key"], {}, "缺少 --book"),
        (["--policies", "nowhere"], {}, "nowhere 不是文件夹"),
        ([], {BOOK: "no book at all"}, "读不到密钥文件"),
        ([], {BOOK: "no book at all", f"{BOOK}.key": "no key"}, "不是密钥文件"),
        ([], {BOOK: "no book at all", f"{BOOK}.key": f"{'A' * 43}=\n"}, "打不开"),
        ([], {f"{BOOK}.key": "mine"}, "密钥文件 gongji-demo.db.key 已经存在"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_sentence_and_leaves_all_as_it_was(
    words: list[str],
    there: dict[str, str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in there.items():
        Path(name).write_text(content)
    code, out, error = run("serve", "--port", "0", *words)
    assert (code, out) == (2, "")
    assert told in error.splitlines()[-1]
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == there


def test_a_port_that_is_taken_is_named_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        code, out, error = run("serve", "--port", port)
    assert (code, out) == (2, "")
    assert (
        error == f"端口 {port} 已被占用；请停掉占用它的程序，或用 --port 换一个，0 为任一空闲的\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/self").exists():
        monkeypatch.chdir("/")  # sealed on a Mac
    else:
        monkeypatch.chdir("/proc")  # nobody can write there, not even root
    code, out, error = run("serve", "--port", "0", "--lang", "en")
    assert (code, out) == (2, "")
    assert re.search(r"the demo cannot be made in /\w* \(.+\); go to a folder", error)
