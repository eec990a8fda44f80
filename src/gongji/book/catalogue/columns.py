"""What the files of a catalogue hold: their columns, and how each is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select

from gongji.book.catalogue.initials import plain
from gongji.book.schema.catalogue import ITEM, LISTED, OWN_ITEM, PRICE_CAP, PRIOR_RATE
from gongji.book.schema.places import AREA, SCHEME
from gongji.book.sheets import Column, NotSo, day_of, decimal_of, yes_or_no
from gongji.policy.versions import Library
from gongji.wording import Bilingual, listed, nearest, shortened

__all__ = [
    "BY_NATURE", "CLASSES", "EVERYTHING", "FILES", "KINDS", "PRICE_PLACES", "RATE_PLACES", "File",
    "Words", "columns_of", "item_code", "words_of",
]  # fmt: skip

PRICE_PLACES = 6
"""Decimals of a price in yuan."""
RATE_PLACES = 4

KINDS = {
    "drug": ("药品", "西药", "中成药", "中药饮片"),
    "service": ("诊疗项目", "医疗服务", "医疗服务项目"),
    "material": ("耗材", "医用耗材", "材料"),
}
CLASSES = {
    "class_a": ("甲", "甲类", "a"),
    "class_b": ("乙", "乙类", "b"),
    "class_c": ("丙", "丙类", "c", "自费"),
}
EVERYTHING = "*"
BY_NATURE = (*KINDS, *CLASSES, EVERYTHING)
"""Lists that an item is on without being put there: its kind, its class, and that of everything."""

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]{0,49}", re.ASCII)
_LIST = re.compile(r"[0-9a-z_]{1,64}", re.ASCII)


class File(NamedTuple):
    """A kind of file: its rows say `values` of a `key`.

    `beside` goes with them.  A file that is the whole of it ends what is not in it within the
    `scope` of its rows.
    """

    table: Table
    key: tuple[str, ...]
    values: tuple[str, ...]
    beside: tuple[str, ...]
    scope: tuple[str, ...]


FILES: Mapping[str, File] = {
    "items": File(
        ITEM, ("code", "area"),
        ("name", "kind", "item_class", "unit", "fee_kind", "restricted"), ("seek", "initials"),
        ("area", "kind"),
    ),
    "caps": File(PRICE_CAP, ("item", "area", "tier"), ("cap",), (), ("area",)),
    "rates": File(PRIOR_RATE, ("item", "area", "policy"), ("rate",), (), ("area", "policy")),
    "lists": File(LISTED, ("item", "area", "list"), (), (), ("area", "list")),
    "own_items": File(
        OWN_ITEM, ("institution", "own"), ("name", "item"), ("approved",), ("institution",)
    ),
}  # fmt: skip


class Words(NamedTuple):
    """The words that a file may use: those of the book, and of the policies that it settles by."""

    areas: Collection[str]
    policies: Mapping[str, str]
    tiers: Mapping[str, str]


def words_of(connection: Connection, library: Library) -> Words:
    """The areas and the policies of a book, and the tiers that those policies distinguish."""
    areas = list(connection.scalars(select(AREA.c.code)))
    policies: dict[str, str] = {}
    tiers: dict[str, str] = {}
    for (name,) in connection.execute(select(SCHEME.c.policy)):
        for header in library.versions(name):
            policy = library.policy(f"{name}@{header.in_force.first}", header.in_force.first)
            policies |= {name: name, policy.title.zh: name, policy.title.en: name}
            fact = policy.facts.get("tier")
            for value, title in fact.values.items() if fact else ():
                tiers |= {value: value, title.zh: value, title.en: value}
    return Words(areas, policies, tiers)


def columns_of(kind: str, words: Words) -> list[Column[Any]]:
    """The columns of a kind of file; their names in English or in Chinese head them."""
    since = Column("since", "开始日期", day_of)
    until = Column("until", "结束日期", day_of, None, needed=False)
    area = Column("area", "统筹区", partial(_area, words=words), "", needed=False)
    item = Column("item", "医疗目录编码", item_code)
    if kind == "items":
        return [
            Column("code", "医疗目录编码", item_code),
            Column("name", "名称", _name),
            Column("kind", "种类", lambda text: _one_of(text, KINDS)),
            Column("item_class", "甲乙丙类", lambda text: _one_of(text, CLASSES)),
            since, until, area,
            Column("unit", "计价单位", _name, "", needed=False),
            Column("fee_kind", "收费项目类别", _name, "", needed=False),
            Column("restricted", "限制使用", yes_or_no, empty=False, needed=False),
            Column("initials", "拼音助记码", plain, "", needed=False),
        ]  # fmt: skip
    if kind == "caps":
        cap = Column("cap", "限价", lambda text: decimal_of(text, PRICE_PLACES))
        tier = Column("tier", "医院级别", partial(_word, words=words.tiers), "", needed=False)
        return [item, cap, since, until, area, tier]
    if kind == "rates":
        policy = Column("policy", "险种", partial(_word, words=words.policies), "", needed=False)
        concerned = Column("item", "医疗目录编码", _code_or_class)
        return [concerned, Column("rate", "先行自付比例", _rate), since, until, area, policy]
    if kind == "lists":
        return [item, Column("list", "名录", _list), since, until, area]
    own = Column("own", "院内编码", _name)
    return [own, Column("name", "院内名称", _name), item, since, until]


def item_code(text: str) -> str:
    """An item's code.  Raises `NotSo`."""
    code = unicodedata.normalize("NFKC", text).strip()
    if _CODE.fullmatch(code) and code not in BY_NATURE:
        return code
    raise NotSo(
        Bilingual(f"“{shortened(text)}”不是项目编码，应为至多 50 位字母、数字、点、短横",
                  f"“{shortened(text)}” is no code of an item; expected at most 50 letters, "
                  "digits, dots or hyphens")
    )  # fmt: skip


def _code_or_class(text: str) -> str:
    for name, words in CLASSES.items():
        if text == name or text in words[:2]:
            return name
    return item_code(text)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > 150 or not name.isprintable():
        raise NotSo(Bilingual("超过 150 个字，或有不能显示的字符",
                              "has more than 150 characters, or some not to be shown"))  # fmt: skip
    return name


def _rate(text: str) -> int:
    """A share: `10%` or `0.1`, in ten-thousandths."""
    number = unicodedata.normalize("NFKC", text).strip()
    percent = number.endswith("%")
    places = RATE_PLACES - 2 if percent else RATE_PLACES
    rate = decimal_of(number.removesuffix("%").strip(), places)
    if rate <= 10**RATE_PLACES:
        return rate
    raise NotSo(
        Bilingual(f"“{shortened(text)}”超过 100%；十分之一写 10% 或 0.1",
                  f"“{shortened(text)}” is more than 100 %; a tenth is 10% or 0.1")
    )  # fmt: skip


def _list(text: str) -> str:
    if _LIST.fullmatch(text) and text not in BY_NATURE:
        return text
    raise NotSo(
        Bilingual(f"“{shortened(text)}”不能作名录的名称，应为小写字母、数字、下划线",
                  f"“{shortened(text)}” cannot name a list; expected small letters, digits, "
                  "underscores")
    )  # fmt: skip


def _area(text: str, words: Words) -> str:
    if text in words.areas:
        return text
    raise _unknown(text, words.areas)


def _word(text: str, words: Mapping[str, str]) -> str:
    if text in words:
        return words[text]
    raise _unknown(text, words)


def _one_of(text: str, choices: Mapping[str, tuple[str, ...]]) -> str:
    small = plain(text)
    for name, words in choices.items():
        if small == name or small in words:
            return name
    raise _unknown(text, [f"{name} {words[0]}" for name, words in choices.items()])


def _unknown(text: str, choices: Collection[str]) -> NotSo:
    near = nearest(text, choices)
    hint = Bilingual(f"；是否指 {near}", f"; did you mean {near}?") if near else Bilingual("", "")
    told = Bilingual(
        f"没有“{shortened(text)}”，应为：{listed(choices)}",
        f"“{shortened(text)}” is none of: {listed(choices)}",
    )
    return NotSo(told + hint)
