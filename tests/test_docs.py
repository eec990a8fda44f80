"""What the pages say is so: quotations, cases, commands, links, the reference of the format."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from command import run
from gongji.cases.read import read_cases
from gongji.cases.run import run_case
from gongji.cli.questions import COMMANDS as QUESTIONS
from gongji.policy.versions import BUILT_IN, Library

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
QUOTED = re.compile(
    r"^(?:From|[^\n]*出自) `([^`]+)`[:：]\n```yaml\n(.*?)```", re.MULTILINE | re.DOTALL
)
CASE = re.compile(r"```yaml\n((?:id|policy): .*?)```", re.DOTALL)


@pytest.mark.parametrize(
    "page", ["policy-format.md", "policy-format.zh.md", "new-city.md", "check.md"]
)
def test_quotations_of_policies_stand_in_their_files(page: str) -> None:
    found = QUOTED.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert found
    for file, block in found:
        folder = ROOT if file.startswith("examples/") else BUILT_IN
        assert block in (folder / file).read_text(encoding="utf-8"), f"{file}:\n{block}"


@pytest.mark.parametrize(("page", "number"), [("cases.md", 3), ("life.md", 1)])
def test_cases_on_the_page_come_out_as_they_say(
    page: str, number: int, tmp_path: Path, library: Library
) -> None:
    found = CASE.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert len(found) == number
    for index, block in enumerate(found):
        path = tmp_path / f"{index}.yaml"
        path.write_text(block, encoding="utf-8")
        (case,) = read_cases(path)
        assert run_case(case, library).differences == ()


COMMANDS = [
    line
    for page in PAGES
    for line in page.read_text(encoding="utf-8").splitlines()
    if line.startswith("./gongji ")
    and line != "./gongji serve"  # which goes on until it is stopped
]


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_on_the_pages_run(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code, _, error = run(*shlex.split(line)[1:])
    assert (code, error) == (0, "")


SHOWN = re.compile(r"(\./gongji [^\n]+)\n```\n\n```\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize(
    ("line", "shown"), SHOWN.findall((ROOT / "docs" / "life.md").read_text(encoding="utf-8"))
)
def test_what_a_page_shows_of_a_command_is_what_it_prints(line: str, shown: str) -> None:
    code, out, _ = run(*shlex.split(line)[1:])
    assert code == 0
    printed = iter(out.splitlines())
    for one in shown.splitlines():
        assert one == "…" or any(one == other.rstrip() for other in printed), one


def test_every_asking_command_is_shown() -> None:
    commands = {line.split()[1] for line in COMMANDS}
    assert {*QUESTIONS, "ask"} <= commands


def test_python_on_the_pages_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (block,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "cases.md").read_text(encoding="utf-8"), re.DOTALL
    )
    exec(block, {})
    assert "5993.60" in capsys.readouterr().out


def test_what_the_readme_shows_of_the_main_command_is_what_it_prints() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text.partition("```\n镇江市")[2].partition("```")[0]
    code, out, _ = run("settle", "examples/zhenjiang-agency-example.yaml", "--lang", "zh")
    printed = {line.rstrip() for line in out.splitlines()}
    assert code == 0
    for line in f"镇江市{shown}".splitlines():
        assert line.strip() == "…" or line.rstrip() in printed, line


LINKED = [*PAGES, *sorted((ROOT / "docs" / "reference").glob("*.md"))]


@pytest.mark.parametrize("page", LINKED, ids=[str(page.relative_to(ROOT)) for page in LINKED])
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize(
    ("script", "page"),
    [
        ("policy_words.py", "policy-words.md"),
        ("api_endpoints.py", "api-endpoints.md"),
        ("nhsa_pages.py", "nhsa-transactions.md"),
    ],
)
def test_a_reference_is_what_the_program_says_of_itself(script: str, page: str) -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "dev" / script)],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert made.stdout == (ROOT / "docs" / page).read_text(encoding="utf-8")


def test_the_reference_pages_are_as_policies_clauses_and_cases_make_them() -> None:
    script = ROOT / "dev" / "reference_pages.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_pages_name_what_there_is() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for policy in Library().ids():
        assert f"`{policy}`" in text
    for path in re.findall(r"`(tests/[a-z/_.]+|[a-z]+/[a-z_]+\.py|examples/[a-z.-]+)`", text):
        known = [ROOT / path, ROOT / "src" / "gongji" / path]
        assert any(one.exists() for one in known), path
