"""Mappings: the built-in ones fit their policies, and others are said what is wrong in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gongji.nhsa.mapping import BUILT_IN, check_mappings, mappings
from gongji.policy.versions import Library
from gongji.wording import Refused

SOUND = """
schemes:
  changzhou/employee:
    insutype: "310"
    persons: [{psn_type: "11"}]
    kinds: {"11": {facts: {setting: pharmacy}, clearing: "41"}}
"""


def test_the_built_in_mappings_fit_all_versions(library: Library) -> None:
    check_mappings(mappings(), library)
    settled = {name for name in library.ids() if not name.startswith("national/")}
    left_out = {"wuxi/child", "wuxi/retired_cadre"}  # their documents settle nothing
    assert set(mappings().schemes) == settled - left_out


def test_a_mapping_of_ones_own_takes_the_place_of_the_built_in_one(
    tmp_path: Path, library: Library
) -> None:
    (tmp_path / "own.yaml").write_text(SOUND, encoding="utf-8")
    found = mappings(tmp_path)
    check_mappings(found, library)
    kind = found.schemes["changzhou/employee"].kind("11", {})
    assert kind is not None
    assert (kind.facts, kind.clearing) == ({"setting": "pharmacy"}, "41")
    assert found.schemes.keys() == mappings().schemes.keys()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("schemes:", "others:", "schemes 写得不对"),
        ('    insutype: "310"\n', "", "changzhou/employee 'insutype' 写得不对"),
        ('[{psn_type: "11"}]', "12", "changzhou/employee 写得不对"),
        (', clearing: "41"', "", "changzhou/employee 'clearing' 写得不对"),
        ("setting: pharmacy", "setting: moon", "没有 setting: moon"),
        ("setting: pharmacy", "moon: yes", "没有 moon: yes"),
    ],
)
def test_what_is_wrong_in_a_mapping_is_said(
    old: str, new: str, words: str, tmp_path: Path, library: Library
) -> None:
    assert old in SOUND
    (tmp_path / "own.yaml").write_text(SOUND.replace(old, new), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        check_mappings(mappings(tmp_path), library)
    assert refused.value.kind == "bad_mapping"
    assert words in refused.value.message.zh


def test_a_built_in_file_speaks_of_one_area() -> None:
    for path in BUILT_IN.glob("*.yaml"):
        assert path.stem == "national" or (path.stem.isdigit() and len(path.stem) == 6)
