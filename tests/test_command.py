"""The command as a process: usage errors, odd terminals, readers that leave, full disks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CASE = "examples/zhenjiang-agency-example.yaml"
GONGJI = (sys.executable, "-m", "gongji")


def run(
    *words: str, env: dict[str, str] | None = None, out: int | str = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    target = os.open(out, os.O_WRONLY) if isinstance(out, str) else out
    return subprocess.run(
        [*GONGJI, *words],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=target,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "words", [("settle", "--colour"), ("settle", "a", "b"), ("settel",), ("test",)]
)
def test_a_usage_error_is_one_sentence(words: tuple[str, ...]) -> None:
    done = run(*words, "--lang", "en") if words[0] != "settel" else run(*words)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "--help" in done.stderr


def test_a_usage_error_for_machines() -> None:
    done = run("settle", "--json", "--lang", "fr")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["kind"] == "bad_usage"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
def test_any_encoding_of_the_terminal_will_do(encoding: str) -> None:
    done = subprocess.run(
        [*GONGJI, "settle", CASE],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert b"9,200.00" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_full_disk_is_said(more: tuple[str, ...]) -> None:
    done = run("settle", CASE, *more, out="/dev/full")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_do_no_harm(redirection: str) -> None:
    line = f"{sys.executable} -m gongji settle {CASE} --json {redirection}"
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_a_reader_that_leaves_early_ends_the_run_quietly() -> None:
    with subprocess.Popen(
        [*GONGJI, "policy", "changzhou/employee", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(1) == b"{"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (0, -signal.SIGPIPE)


def test_a_user_without_a_home_is_served() -> None:
    env = {name: value for name, value in os.environ.items() if name != "GONGJI_CACHE"}
    done = run("settle", CASE, "--json", env={**env, "HOME": "/nonexistent"})
    assert done.returncode == 0


def test_the_wrapper_works_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "lnk"
    link.symlink_to(ROOT / "gongji")
    done = subprocess.run(
        ["/bin/sh", str(link), "--version"], capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
