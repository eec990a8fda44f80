"""What is wrong with a table, and why a claim in it is not settled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from gongji.policy.model import Policy
from gongji.wording import Bilingual, Refused, listed, nearest

__all__ = [
    "Why",
    "broken_file",
    "no_column",
    "no_name",
    "unknown_column",
    "words_of",
    "wrong_table",
    "wrong_type",
]


class Why(NamedTuple):
    """Why a claim is rejected: a kind, as refusals have it, and the name it is about."""

    kind: str
    about: str = ""


def no_column(table: str, name: str, found: Iterable[str], other: str = "") -> Refused:
    """A column that a table must have; `other` would do as well."""
    columns = list(found)
    wanted = Bilingual(f"“{name}”", repr(name))
    if other:
        wanted += Bilingual(f"或“{other}”", f" or {other!r}")
    near = nearest(name, columns)
    hint = Bilingual(f"；是不是 {near}？", f"; is it {near!r}?") if near else Bilingual("", "")
    return Refused(
        "missing_column",
        Bilingual(
            f"{table}：没有{wanted.zh}这一列；现有：{listed(columns, 30) or '无'}",
            f"{table}: there is no column {wanted.en}; there are: {listed(columns, 30) or 'none'}",
        )
        + hint,
        {"table": table, "field": name},
    )


def unknown_column(table: str, name: str, known: Iterable[str]) -> Refused:
    """A column that nothing of the policy goes by."""
    near = nearest(name, known)
    hint = Bilingual(f"；最接近的是 {near}", f"; the nearest is {near}") if near else None
    message = Bilingual(
        f"{table}：“{name}”这一列，政策里没有这个名称；改名，或用 --ignore {name} 跳过",
        f"{table}: the policy has no such name as the column {name!r}; rename it, or leave it out "
        f"with --ignore {name}",
    )
    return Refused(
        "unknown_column", message + hint if hint else message, {"table": table, "field": name}
    )


def no_name(table: str, place: int) -> Refused:
    """A column without a name; `place` counts from 1."""
    return Refused(
        "unknown_column",
        Bilingual(
            f"{table}：第 {place} 列没有列名；pandas 导出时加 index=False，或用 --ignore '' 跳过",
            f"{table}: column {place} has no name; give it one, export with index=False where it "
            "is the index of pandas, or leave it out with --ignore ''",
        ),
        {"table": table, "field": ""},
    )


def wrong_table(table: str, name: str, place: str) -> Refused:
    """A column that belongs into the other table, `place`: claims or persons."""
    return Refused(
        "wrong_table",
        Bilingual(
            f"{table}：“{name}”这一列属于 --{place} 的表；移到那里，或用 --ignore '*' 跳过这样的列",
            f"{table}: the column {name!r} belongs into the table of {place} (--{place}); move it "
            "there, or leave out all such columns with --ignore '*'",
        ),
        {"table": table, "field": name},
    )


_OF_PANDAS = Bilingual(
    "；pandas 把有空格的整数列变成浮点数，convert_dtypes() 变回整数",
    "; where some are missing pandas turns whole numbers into floats, convert_dtypes() turns them "
    "back",
)


def wrong_type(table: str, name: str, found: object, expected: Bilingual) -> Refused:
    """A column of a type that cannot hold what its name says."""
    message = Bilingual(
        f"{table}：“{name}”这一列的类型是 {found}；应为{expected.zh}",
        f"{table}: the column {name!r} is of type {found}; expected {expected.en}",
    )
    floating = isinstance(found, pa.DataType) and pa.types.is_floating(found)
    return Refused(
        "wrong_type",
        message + _OF_PANDAS if floating else message,
        {"table": table, "field": name},
    )


def broken_file(table: str, path: Path, error: Exception) -> Refused:
    """A file that cannot be read."""
    found = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Refused(
        "broken_file",
        Bilingual(
            f"{table}：{path.name} 读不出来（{found}）；文件可能没有写完，请重新导出",
            f"{table}: {path.name} cannot be read ({found}); it may have been cut off, export it "
            "again",
        ),
        {"field": table},
    )


_WORDS: Mapping[str, Bilingual] = {
    "missing_value": Bilingual("“{}”是空的", "“{}” is empty"),
    "bad_date": Bilingual("“{}”不是日期，应为 YYYY-MM-DD", "“{}” is not a date, YYYY-MM-DD"),
    "bad_amount": Bilingual(
        "“{}”不是不小于 0、至多两位小数的金额", "“{}” is no amount: not negative, two decimals"
    ),
    "bad_number": Bilingual(
        "“{}”不是至多 18 位的整数", "“{}” is no whole number of up to 18 digits"
    ),
    "missing_amount": Bilingual(
        "没有金额：要有 in_scope 或 total", "no amount: in_scope or total is needed"
    ),
    "parts_exceed_total": Bilingual(
        "各部分之和超过总费用", "the parts add up to more than the total"
    ),
    "unknown_value": Bilingual("政策的“{}”没有这个值", "the policy has no such value of “{}”"),
    "out_of_force": Bilingual("这一天没有生效的版本", "no version is in force on that day"),
    "claim_twice": Bilingual(
        "这个单据号不止一次；每张单据一行，多行的要有 line 一列",
        "the claim id is there more than once; one row a claim, or a column `line`",
    ),
    "line_twice": Bilingual("同一单据的 line 有重复", "a line of the claim is there twice"),
    "lines_differ": Bilingual(
        "同一单据各行的人（或其情况）、日期或次序不一致",
        "lines of the claim name different persons, or differ in what they say of the person, in "
        "dates or in places in the order",
    ),
    "other_line": Bilingual("同一单据的另一行有错", "another line of the claim cannot be read"),
    "unknown_person": Bilingual("persons 中没有这个人", "the person has no row in persons"),
    "person_twice": Bilingual(
        "这个人在 persons 中同一日期不止一行", "the person has more than one row of the same day"
    ),
    "not_yet": Bilingual(
        "就医日期早于这个人在 persons 中的第一行",
        "the claim is earlier than the person's first row",
    ),
    "missing_fact": Bilingual("还需要知道“{}”", "“{}” must be known"),
    "not_stated": Bilingual("文件没有写明：{}", "not stated in the document: {}"),
    "missing_parameter": Bilingual(
        "文件没有写明“{}”；请提供参数", "not stated: the parameter “{}”; supply it"
    ),
    "no_rule": Bilingual("没有适用于这种费用的规定", "no rule covers such cost"),
    "impossible_value": Bilingual("“{}”不可能如此", "“{}” cannot be so"),
    "said_twice": Bilingual(
        "“{}”要算出的部分，单据上已经写了", "what “{}” works out is stated on the bill as well"
    ),
}


def words_of(why: Why, policy: Policy | None) -> Bilingual:
    """A reason in words, with the title of what it is about."""
    words = _WORDS.get(why.kind, Bilingual("“{}”", "“{}”"))
    title = _title(why.about, policy)
    return Bilingual(words.zh.format(title.zh), words.en.format(title.en))


def _title(name: str, policy: Policy | None) -> Bilingual:
    if policy is not None:
        bare = name.partition("[")[0]
        for known in (policy.facts, policy.derived, policy.given, policy.tables, policy.meters):
            if bare in known:
                title = known[bare].title
                return Bilingual(f"{title.zh}（{name}）", f"{title.en} ({name})")
        for benefit in policy.benefits:
            if benefit.name == name:
                return benefit.title
        for scope in policy.scopes:
            if scope.name == name:
                return scope.title
    return Bilingual(name, name)
