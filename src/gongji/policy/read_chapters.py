"""Reading the chapters of a policy file: its items, each after those that it names.

Items stand in the order of the document; what may be named is read before what names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from gongji.policy.context import Context
from gongji.policy.grammar import ITEM_WORDS
from gongji.policy.model import Benefit, Best, DerivedFact, Question, Reading, Scope, StandIn
from gongji.policy.problems import Place
from gongji.policy.read_facts import read_derived_fact
from gongji.policy.read_questions import read_question
from gongji.policy.read_steps import (
    Scale,
    read_benefit,
    read_best,
    read_meter,
    read_scale,
    read_scope,
    read_stand_in,
)
from gongji.policy.read_values import read_given, read_table, read_value
from gongji.policy.reader import Faults, meant, unused
from gongji.policy.source import Mapping, Node, Scalar, entries_of
from gongji.policy.vocabulary import bilingual
from gongji.wording import Bilingual, listed

__all__ = ["CHAPTER", "Item", "Parts", "items_in", "read_items"]

CHAPTER = "chapter "
"""How a key of the file begins that opens a chapter of the document."""

T = TypeVar("T")


class Item(NamedTuple):
    """One `<word> <name>:` of a chapter."""

    word: str
    name: str
    node: Node
    place: Place
    chapter: str


@dataclass(slots=True)
class Parts:
    """What has been read of a policy so far, besides the names in `Context`."""

    readings: dict[str, Reading] = field(default_factory=dict)
    scales: dict[str, Scale] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    benefits: dict[str, Benefit] = field(default_factory=dict)
    stand_ins: list[StandIn] = field(default_factory=list)
    best: dict[str, Best] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)


def items_in(node: Node, faults: Faults) -> Iterator[Item]:
    """The items of all chapters, in the order of the file."""
    for key, block in entries_of(node):
        if not key.text.startswith(CHAPTER):
            continue
        chapter = key.text.removeprefix(CHAPTER).strip()
        for line, value in entries_of(block):
            word, _, name = line.text.partition(" ")
            if word in ITEM_WORDS and re.fullmatch(r"[a-z][a-z0-9_]*|\d+", name):
                yield Item(word, name, value, line.place, chapter)
            elif word in ITEM_WORDS:
                faults.add(
                    line.place,
                    f"chapter {chapter} › {line.text}",
                    Bilingual(f"“{name}”不是一个名称", f"{name!r} is not a name"),
                    Bilingual(
                        f"{word} 后一个名称：小写字母、数字、下划线",
                        f"one name after {word!r}: lower-case letters, digits, underscores",
                    ),
                )
            else:
                faults.add(
                    line.place,
                    f"chapter {chapter} › {line.text}",
                    Bilingual("读不懂的行", "a line that cannot be read"),
                    Bilingual(
                        f"<词> <名称>:，词为 {listed(ITEM_WORDS)}",
                        f"<word> <name>:, the word one of: {listed(ITEM_WORDS)}",
                    ),
                    meant(word, ITEM_WORDS),
                )


def read_items(found: list[Item], context: Context) -> Parts:
    """Read items in the order of their dependence: what may be named before what names it."""
    parts = Parts()
    faults = context.faults
    by_facts = [item for item in found if item.word == "given" and _goes_by_facts(item)]
    for item in _sorted_by_word(found, ("reading", "given", "meter")):
        if item in by_facts:
            continue
        with faults.go_on(item.name):
            if item.word == "reading":
                clause = f"{context.document.prefix}-{item.name}"
                words = bilingual(item.node, f"reading {item.name}", faults)
                _put(parts.readings, clause, Reading(clause, words, item.place), item, faults)
            elif item.word == "given":
                _read_given(item, context)
            else:
                meter = read_meter(item.name, item.node, context, item.place)
                _put(context.meters, item.name, meter, item, faults)
    _read_derived([item for item in found if item.word == "fact"], context)
    for item in by_facts:  # after the derived facts that they may go by
        with faults.go_on(item.name):
            _read_given(item, context)
    _read_tables([item for item in found if item.word in ("table", "value")], context)
    for item in _sorted_by_word(
        found, ("scale", "scope", "benefit", "best", "stand_in", "question")
    ):
        with faults.go_on(item.name):
            if item.word == "scale":
                scale = read_scale(item.name, item.node, context)
                _put(parts.scales, item.name, scale, item, faults)
            elif item.word == "scope":
                scope = read_scope(item.name, item.node, context, item.chapter, item.place)
                _put(parts.scopes, item.name, scope, item, faults)
            elif item.word == "benefit":
                benefit = read_benefit(
                    item.name, item.node, context, parts.scales, item.chapter, item.place
                )
                _put(parts.benefits, item.name, benefit, item, faults)
            elif item.word == "best":
                best = read_best(item.name, item.node, context, item.place)
                _put(parts.best, item.name, best, item, faults)
            elif item.word == "stand_in":
                parts.stand_ins.append(read_stand_in(item.name, item.node, context, item.place))
            else:
                question = read_question(item.name, item.node, context, item.chapter, item.place)
                _put(parts.questions, item.name, question, item, faults)
    _check_scales(found, faults)
    return parts


def _goes_by_facts(item: Item) -> bool:
    return any(key.text == "by" for key, _ in entries_of(item.node))


def _read_given(item: Item, context: Context) -> None:
    given = read_given(item.name, item.node, context, item.place)
    _put(context.given, item.name, given, item, context.faults)


def _check_scales(found: list[Item], faults: Faults) -> None:
    """A scale lives on only in the benefits that use it, so it is checked where it is written."""
    benefits = [item.node for item in found if item.word == "benefit"]
    for item in found:
        if item.word == "scale" and not any(_mentions(one, {item.name}) for one in benefits):
            unused(item.place, f"scale {item.name}", faults)


def _sorted_by_word(found: list[Item], words: tuple[str, ...]) -> list[Item]:
    return [item for word in words for item in found if item.word == word]


def _read_derived(found: list[Item], context: Context) -> None:
    """Derived facts may rest on each other: read those first that others name."""
    waiting = list(found)
    while waiting:
        names = {item.name for item in waiting}
        ready = [item for item in waiting if not _mentions(item.node, names - {item.name})]
        if not ready:
            context.faults.add(
                waiting[0].place,
                f"fact {waiting[0].name}",
                Bilingual(f"互相引用：{listed(names)}", f"in a circle: {listed(sorted(names))}"),
                Bilingual("不绕圈的推导", "facts that do not rest on each other"),
            )
            return
        for item in ready:
            with context.faults.go_on(item.name):
                fact: DerivedFact = read_derived_fact(item.name, item.node, context, item.place)
                _put(context.derived, item.name, fact, item, context.faults)
        waiting = [item for item in waiting if item not in ready]


def _read_tables(found: list[Item], context: Context) -> None:
    """Tables may name each other in formulas: read those first that others name."""
    waiting = list(found)
    while waiting:
        names = {item.name for item in waiting}
        ready = [item for item in waiting if not _mentions(item.node, names - {item.name})]
        ready = ready or waiting
        for item in ready:
            read = read_table if item.word == "table" else read_value
            with context.faults.go_on(item.name):
                table = read(item.name, item.node, context, item.place)
                _put(context.tables, item.name, table, item, context.faults)
        waiting = [item for item in waiting if item not in ready]


def _mentions(node: Node, names: set[str]) -> bool:
    if isinstance(node, Scalar):
        return bool(names & set(re.findall(r"[a-z][a-z0-9_]*", node.text)))
    if isinstance(node, Mapping):
        return any(
            key.text in names or _mentions(value, names)
            for key, value in node.entries
            if key.text not in ("title", "values")
        )
    return any(_mentions(one, names) for one in node.items)


def _put(known: dict[str, T], name: str, value: T, item: Item, faults: Faults) -> None:
    if name in known:
        faults.add(
            item.place,
            f"{item.word} {item.name}",
            Bilingual("这个名称已经用过", "this name is taken"),
            Bilingual("每个名称只用一次", "each name once"),
        )
    known[name] = value
