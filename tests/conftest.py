from __future__ import annotations

import os
from pathlib import Path

import pytest

from gongji.policy.versions import Library

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
