"""Days worked out inside a count of days, and what nobody said: an invented city, by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gongji.cases.ask import ask_case
from gongji.cases.case import Case
from gongji.engine.answer import Answer
from gongji.policy.problems import FileRefused, Place
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused

OWN = Path(__file__).parent / "policies"

FACTS = """\
facts:
  born_on:
    of: person
    title: {zh: 出生日期, en: date of birth}
    kind: date
"""

RULES = """\
  given most_days:
    title: {zh: 最多天数, en: most days}
    unit: 元
    cite: ^002
    absent: not applied ^002~
  fact time:
    title: {zh: 办理时间, en: time of applying}
    of: days_between(born_on + 7天 ^002, today)
    values:
      unknown: {zh: 没有说明, en: not said}
      in_time: {zh: 七天内, en: within seven days}
      late: {zh: 七天后, en: later}
    cases:
      unknown: unsaid ^002
      in_time: to 0 ^002~
      late: 1+ ^002~
  fact age:
    title: {zh: 出生天数, en: days since birth}
    of: days_between(born_on, today)
    values: {unknown: {zh: 没有说明, en: not said}, born: {zh: 已出生, en: born}}
    cases:
      unknown: unsaid ^002
      born: 0+ ^002
  fact most:
    title: {zh: 是否提供最多天数, en: whether the most is supplied}
    of: most_days
    cases:
      no: unsaid ^002
      yes: otherwise
  question time:
    title: {zh: 办理时间, en: time of applying}
    about: check
    cite: ^002
    cases:
    - when: {age: [unknown, born], time: in_time}
      answer: {allowed: yes}
    - when: {age: [unknown, born], time: late}
      answer: {allowed: no}
    - when: {age: [unknown, born], time: unknown}
      answer: {direct: yes}
  question most:
    title: {zh: 是否提供, en: whether supplied}
    about: check
    cite: ^002
    cases:
    - when: {most: yes}
      answer: {allowed: yes}
    - when: {most: no}
      answer: {allowed: no}
  reading 002:
    zh: 第七天也算。
    en: The seventh day is included.
"""


def library(folder: Path, *edits: tuple[str, str]) -> Library:
    """The invented city with the rules above, after some edits."""
    shutil.copytree(OWN / "linshui", folder / "linshui", dirs_exist_ok=True)
    path = folder / "linshui/rights/2024-01-01.yaml"
    text = path.read_text(encoding="utf-8").replace("facts:\n", FACTS) + RULES
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return Library((BUILT_IN, folder))


def asked(one: Library, what: str, day: str, born_on: str = "", **parameters: str) -> Answer:
    event = {"what": what, "date": day, **({"born_on": born_on} if born_on else {})}
    case = Case("", "", "linshui/rights", {}, (), event, parameters, None, (), Place("", 0))
    return ask_case(case, one).answer


@pytest.mark.parametrize(
    ("born_on", "day", "values"),
    [
        ("2024-02-25", "2024-03-03", {"allowed": "yes"}),  # 25 February + 7 = 3 March
        ("2024-02-25", "2024-03-04", {"allowed": "no"}),
        ("2024-02-25", "2024-02-25", {"allowed": "yes"}),
        ("", "2024-02-25", {"direct": "yes"}),
    ],
)
def test_days_are_counted_from_a_day_worked_out(
    tmp_path: Path, born_on: str, day: str, values: dict[str, str]
) -> None:
    assert asked(library(tmp_path), "time", day, born_on).values == values


def test_days_in_the_wrong_order_are_named(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        asked(library(tmp_path), "time", "2024-03-03", "2024-03-04")
    assert refused.value.kind == "impossible_value"
    assert "2024-03-03 comes before 2024-03-04" in refused.value.message.en


def test_a_day_after_the_last_of_the_calendar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="outside the years 1 to 9999"):
        asked(library(tmp_path), "time", "9999-12-30", "9999-12-28")


def test_a_parameter_supplied_or_not(tmp_path: Path) -> None:
    one = library(tmp_path)
    without = asked(one, "most", "2024-03-03")
    assert (without.values, without.assumed) == ({"allowed": "no"}, {"most_days": "not applied"})
    assert asked(one, "most", "2024-03-03", most_days="3").values == {"allowed": "yes"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("born_on + 7天 ^002, today", "born_on + 7天, today", "'7天' has no citation"),
        ("born_on + 7天 ^002, today", "born_on + 8天 ^002, today", "8 is not among the numbers"),
        ("born_on + 7天 ^002, today", "born_no + 7天 ^002, today", "no 'born_no'"),
        ("born_on + 7天 ^002, today", "born_on + 7天 ^002", "not a date"),
        ("born_on + 7天 ^002, today", "days, today", "no 'days'"),
        ("born_on + 7天 ^002, today", "born_on + 7 ^002, today", "has no meaning"),
        ("born_on + 7天 ^002, today", "born_on + min(7天 ^002, 7天 ^002), today", "a length of"),
        ("of: most_days", "of: most_day", "no 'most_day'"),
        ("yes: otherwise", "yes: 3+ ^002~", "`unsaid` or `otherwise`"),
    ],
)
def test_what_the_loader_refuses(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(FileRefused) as refused:
        asked(library(tmp_path, (old, new)), "time", "2024-03-03")
    assert words in str(refused.value.problems)
