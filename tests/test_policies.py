"""The policies that come with gongji, as files: valid, complete, and only in files."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from gongji.explain.summary import summary_of
from gongji.policy.schema import policy_schema
from gongji.policy.versions import BUILT_IN, Library
from gongji.policy.vocabulary import read_vocabulary
from gongji.wording import Bilingual

FILES = sorted(path for path in BUILT_IN.glob("*/*/*.yaml") if path.parent.name != "documents")
OWN = Path(__file__).parent / "policies" / "linshui"
FILES += [OWN / "officer/2024-07-01.yaml", OWN / "employee/2024-01-01.yaml"]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(policy_schema())


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
def test_files_fit_the_schema_that_editors_use(path: Path) -> None:
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    errors = list(Draft202012Validator(policy_schema()).iter_errors(content))
    assert [error.message for error in errors] == []


def test_the_schema_tells_a_misspelt_word() -> None:
    validator = Draft202012Validator(policy_schema())
    good = yaml.load(FILES[-1].read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    bad = json.loads(json.dumps(good).replace('"fact admission"', '"fcat admission"'))
    assert list(validator.iter_errors(good)) == []
    assert list(validator.iter_errors(bad))


def test_every_version_loads_and_can_be_read_aloud(library: Library) -> None:
    for name in library.ids():
        for header in library.versions(name):
            policy = library.policy(name, header.in_force.first)
            sections = summary_of(policy, library.document(policy.document))
            assert len(sections) > 1  # a version that only refuses has little more than a head


def test_the_autumn_of_first_year_students_has_the_rules_of_their_year() -> None:
    """What two versions of one outline share is the same to the letter."""
    folder = BUILT_IN / "changzhou" / "student"
    autumn, year = (
        (folder / f"{day}.yaml").read_text(encoding="utf-8") for day in ("2023-09-01", "2024-01-01")
    )
    shared = "chapter 三(一) 住院医疗待遇:"
    assert autumn.partition(shared)[2] == year.partition(shared)[2] != ""


def test_the_vocabulary_is_whole() -> None:
    vocabulary = read_vocabulary(BUILT_IN / "vocabulary.yaml")
    for fact in vocabulary.facts.values():
        assert fact.title.zh
        assert fact.title.en
        assert fact.kind in ("number", "date") or fact.values


def test_a_rule_of_a_city_is_in_a_file_and_never_in_python() -> None:
    cities = {path.parts[-3] for path in FILES} - {"national"}
    cities |= {"常州", "镇江", "武汉", "无锡", "上海", "玉溪"}
    cities |= {"CZE-", "CZS-", "ZJE-", "WH-", "WX-", "SH-", "YX-", "NAT-", "N23-"}
    for path in BUILT_IN.parent.rglob("*.py"):
        code = re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text(encoding="utf-8"))
        found = sorted(city for city in cities if city in code)
        assert found == [], path


def test_a_version_in_a_folder_of_ones_own_replaces_the_built_in_one(tmp_path: Path) -> None:
    own = tmp_path / "zhenjiang" / "employee" / "2023-01-01.yaml"
    own.parent.mkdir(parents=True)
    text = (BUILT_IN / "zhenjiang" / "employee" / "2023-01-01.yaml").read_text(encoding="utf-8")
    own.write_text(text.replace("zh: 镇江市职工基本医疗保险,", "zh: 修改稿,"), encoding="utf-8")
    library = Library((BUILT_IN, tmp_path))
    assert [one.title.zh for one in library.versions("zhenjiang/employee")] == ["修改稿"]
    for name in ("zhenjiang/employee", "zhenjiang/employee@2023-01-01"):
        assert library.policy(name, date(2023, 6, 1)).title.zh == "修改稿"


def test_a_city_is_chosen_by_its_name(library: Library) -> None:
    assert library.versions("wuxi/resident")[-1].city == Bilingual("无锡市", "Wuxi")
    assert library.versions("wuxi/resident")[-1].area == "320200"


def test_an_area_without_a_name_goes_by_its_folder() -> None:
    folder = Path(__file__).parent / "policies"
    header = Library((folder,)).versions("xiaohe/employee")[-1]
    assert (header.area, header.city) == ("999903", Bilingual("xiaohe", "xiaohe"))
