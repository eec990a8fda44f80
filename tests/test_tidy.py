"""House rules that a reader would otherwise have to check by eye."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from gongji.cli.main import _ROOMS

ROOT = Path(__file__).parent.parent
CODE = sorted(path for path in (ROOT / "src").rglob("*.py") if path.parent.name != "versions")
FLOORS = sorted(path.parent for path in (ROOT / "src" / "gongji").glob("*/__init__.py"))
MOST_LINES = 70


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MOST_LINES
    ]
    assert long == []


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_float_comes_near(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)) or (
            node.value == 0.6  # how near a mistyped word must be
        )
        assert not (isinstance(node, ast.Name) and node.id == "float")


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor.name)
def test_every_room_stands_in_the_table_of_floors(floor: Path) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{floor.name}` |")]
    named = re.findall(r"`([^`]+)`", row.split("|")[2])
    rooms = {path.stem for path in floor.glob("*.py")} - {"__init__"}
    rooms |= {f"{path.parent.name}/" for path in floor.glob("*/__init__.py")}
    assert [one for one in rooms if not any(fnmatch(one, name) for name in named)] == []
    assert [name for name in named if not any(fnmatch(one, name) for one in rooms)] == []


@pytest.mark.parametrize("floor", ["api", "book", "cli"])
def test_people_are_told_yuan_and_no_fen(floor: str) -> None:
    spoken = re.compile(r"\} (fen\b|分)")  # an amount, and after it what it is counted in
    for path in CODE:
        if path.is_relative_to(ROOT / "src" / "gongji" / floor):
            assert not spoken.search(path.read_text(encoding="utf-8")), path


def test_no_city_is_named() -> None:
    policies = ROOT / "src" / "gongji" / "policies"
    cities = {path.name for path in policies.iterdir() if path.is_dir()} - {"national"}
    for path in CODE:
        text = path.read_text(encoding="utf-8").lower()
        assert [city for city in cities if city in text] == [], path


def test_no_eval_and_no_exec() -> None:
    """But for one room, which runs programs that the kernel has written itself."""
    for path in CODE:
        if path.relative_to(ROOT).as_posix() == "src/gongji/kernel/compiled.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Name) and node.id in ("eval", "exec")), path


def test_every_command_that_needs_more_is_set_up_with_it() -> None:
    """What only some commands need is installed for them when they are first run."""
    tree = ast.parse((ROOT / "dev" / "bootstrap.py").read_text(encoding="utf-8"))
    (named,) = [
        ast.literal_eval(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXTRAS"
    ]
    more = re.compile(r"gongji\.(book|api|demo|batch|generate|nhsa)\b")
    needing = {
        name
        for name, module in _ROOMS.items()
        if more.search((ROOT / "src" / f"{module.replace('.', '/')}.py").read_text("utf-8"))
    }
    assert needing == set(named)
