from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings

from batch_place import POLICY
from book_place import database_of, postgres
from gongji.generate.tables import generate
from gongji.policy.versions import Library

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from browser_place import DemoSite, Windows

settings.register_profile("as ever", derandomize=True)
if "GONGJI_TEST_TIMES" not in os.environ:  # what is drawn in CI is the same every time
    settings.load_profile("as ever")

CASES = Path(__file__).parent / "cases"


@pytest.fixture(scope="session")
def library() -> Library:
    return Library()


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither read nor fill the cache of the person who runs them; processes share one."""
    folder = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder = folder.parent
    os.environ["GONGJI_CACHE"] = str(folder / "cache")
    os.environ.pop("GONGJI_LANG", None)


@pytest.fixture(scope="module")
def tables() -> tuple[pa.Table, pa.Table]:
    """Persons and their claims of a year."""
    policy = Library().policy(POLICY, date(2024, 1, 1))
    return generate(policy, 400, 5, 2024)


@pytest.fixture
def files(tables: tuple[pa.Table, pa.Table], tmp_path: Path) -> Path:
    """A folder with the tables as Parquet."""
    pq.write_table(tables[0], tmp_path / "persons.parquet")
    pq.write_table(tables[1], tmp_path / "claims.parquet")
    return tmp_path


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    with postgres() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a book can be made: in a file, and in a new database of the server."""
    if request.param == "sqlite":
        return str(tmp_path / "book.db")
    return database_of(request.getfixturevalue("server"))


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[DemoSite]:
    """A demo that is served, with a user of every role; what tests do in it stays for the next."""
    from browser_place import demo_site

    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    with demo_site(tmp_path_factory.mktemp("site"), shared, library) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real browser."""
    from browser_place import browser

    with browser() as found:
        yield found


@pytest.fixture
def windows(browser: Browser, demo_site: DemoSite) -> Iterator[Windows]:
    """Windows onto the demo; what goes wrong in one of them fails the test."""
    from browser_place import Windows

    found = Windows(browser, demo_site.url)
    yield found
    found.close()
    assert found.wrong == [], "\n".join(found.wrong)
