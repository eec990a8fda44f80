"""The disk cache of checked policies: right or absent, never wrong, never in the way."""

from __future__ import annotations

import os
import shutil
import time
from datetime import date
from pathlib import Path

import pytest

from gongji.policy.model import Figure
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

OWN = Path(__file__).parent / "policies"
DAY = date(2024, 3, 1)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("GONGJI_CACHE", str(folder))
    return folder


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_kept_policy_settles_like_the_file(cache: Path) -> None:
    first = Library().policy("zhenjiang/employee", DAY)
    assert list(cache.glob("*.policy"))
    again = Library().policy("zhenjiang/employee", DAY)
    assert again is not first
    assert (again.digest, again.tables, again.benefits) == (
        first.digest,
        first.tables,
        first.benefits,
    )


def test_an_edit_of_the_policy_or_its_ledger_is_seen_at_once(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(OWN, folder)
    folders = (BUILT_IN, folder)
    Library(folders).policy("linshui/employee", DAY)
    edit(folder, "linshui/documents/rules-2024.yaml", "[500, 1, 2, 250]", "[501, 1, 2, 250]")
    with pytest.raises(Refused, match="500 is not among the numbers"):
        Library(folders).policy("linshui/employee", DAY)
    edit(folder, "linshui/employee/2024-01-01.yaml", "first: 500 ^002", "first: 501 ^002")
    policy = Library(folders).policy("linshui/employee", DAY)
    content = policy.tables["deductible"].cells[("", ("first",), "")].content
    assert isinstance(content, Figure)
    assert content.text == "501"


def test_what_was_kept_long_ago_is_removed(cache: Path) -> None:
    Library().policy("zhenjiang/employee", DAY)
    (old,) = cache.glob("*.policy")
    long_ago = time.time() - 61 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    Library().policy("wuhan/employee", date(2023, 3, 1))
    assert len(list(cache.iterdir())) == 1
    assert not old.exists()


@pytest.mark.parametrize("damage", [b"", b"short", b"\x00" * 500])
def test_a_damaged_file_is_read_anew(cache: Path, damage: bytes) -> None:
    Library().policy("wuhan/employee", date(2023, 3, 1))
    (kept,) = cache.glob("*.policy")
    whole = kept.read_bytes()
    for wrong in (damage, whole[:-1], whole[:32] + b"x" + whole[33:]):
        kept.write_bytes(wrong)
        assert Library().policy("wuhan/employee", date(2023, 3, 1)).id == "wuhan/employee"


def test_without_a_place_to_keep_anything_all_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGJI_CACHE", "off")
    assert Library().policy("zhenjiang/employee", DAY).id == "zhenjiang/employee"
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("GONGJI_CACHE", str(blocked / "cache"))
    assert Library().policy("zhenjiang/employee", DAY).id == "zhenjiang/employee"
