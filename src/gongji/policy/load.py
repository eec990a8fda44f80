"""From a policy file to a `Policy`: read, then checked as a whole.

Everything that is wrong is collected and raised together as `FileRefused`; a policy that loads is
complete, cited and consistent as far as its checks go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from gongji.policy.checks import check_policy
from gongji.policy.context import Context
from gongji.policy.documents import Document
from gongji.policy.grammar import FORMS, ITEM_WORDS, POLICY, Form, Key
from gongji.policy.marks import split_mark
from gongji.policy.model import (
    FINDINGS,
    Benefit,
    Best,
    DerivedFact,
    Interval,
    Known,
    Mark,
    Policy,
    Question,
    Reading,
    Scope,
    StandIn,
)
from gongji.policy.problems import Place
from gongji.policy.read_facts import check_limits, read_asked_fact, read_derived_fact
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
from gongji.policy.reader import Faults, fields, items, meant, one_of, text, unused
from gongji.policy.source import Mapping, Node, Scalar, entries_of, read_file
from gongji.policy.vocabulary import Vocabulary, bilingual, read_answer_title
from gongji.wording import Bilingual, listed

__all__ = ["load_policy", "read_header"]

_DAY = r"\d{4}-\d{2}-\d{2}"
_IN_FORCE = re.compile(rf"({_DAY}) (?:to ({_DAY})|onwards)")
_CHAPTER = "chapter "

T = TypeVar("T")


class Item(NamedTuple):
    """One `<word> <name>:` of a chapter."""

    word: str
    name: str
    node: Node
    place: Place
    chapter: str


@dataclass(slots=True)
class _Parts:
    """What has been read of a policy so far, besides the names in `Context`."""

    readings: dict[str, Reading] = field(default_factory=dict)
    scales: dict[str, Scale] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    benefits: dict[str, Benefit] = field(default_factory=dict)
    stand_ins: list[StandIn] = field(default_factory=list)
    best: dict[str, Best] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)


class Header(NamedTuple):
    """The first lines of a policy file: enough to list it and to pick it by date."""

    id: str
    title: Bilingual
    area: str
    scheme: str
    document: str
    in_force: Interval
    in_force_mark: str


def read_header(path: Path, shown: str) -> Header:
    """The header of a policy file, without its rules."""
    faults = Faults()
    node = read_file(path, shown)
    top = _top(node, faults)
    faults.raise_all()
    return _header(top, faults)


def load_policy(
    path: Path,
    shown: str,
    vocabulary: Vocabulary,
    document_of: Callable[[str], Document],
) -> Policy:
    """Load a policy file; `document_of` finds the clause ledger that its header names.

    Raises `FileRefused` with every problem found, each with file, line and field.
    """
    faults = Faults()
    node = read_file(path, shown)
    top = _top(node, faults)
    faults.raise_all()
    header = _header(top, faults)
    context = Context(faults, document_of(header.document), vocabulary)
    _names(top, context)
    found = list(_items(node, faults))
    parts = _read_items(found, context)
    faults.raise_all()
    _check_name(path, header, top["policy"].place, faults)
    assembled: list[Policy] = []
    with faults.go_on():
        assembled.append(_assembled(top, header, found, parts, context, shown, path))
    faults.raise_all()
    (policy,) = assembled
    check_policy(policy, context.document, faults)
    faults.raise_all()
    return policy


def _top(node: Node, faults: Faults) -> dict[str, Node]:
    keys = dict(POLICY.keys)
    for key, _ in entries_of(node):
        if key.text.startswith(_CHAPTER):
            keys[key.text] = Key({}, Bilingual("", ""))
    form = Form("policy", POLICY.help, keys)
    top: dict[str, Node] = {}
    with faults.go_on():
        top.update(fields(node, form, "policy", faults))
    return top


def _header(top: dict[str, Node], faults: Faults) -> Header:
    header: Header | None = None
    with faults.go_on():
        words, mark = split_mark(text(top["in_force"], "in_force", faults))
        found = _IN_FORCE.fullmatch(words)
        interval = _interval(found) if found else None
        if interval is None or mark is None:
            raise faults.add(
                top["in_force"].place,
                "in_force",
                Bilingual(f"“{words}”", f"{words!r}"),
                Bilingual(
                    "2024-01-01 to 2024-12-31 ^001，或 2023-01-01 onwards ^088",
                    "2024-01-01 to 2024-12-31 ^001, or 2023-01-01 onwards ^088",
                ),
            )
        header = Header(
            text(top["policy"], "policy", faults),
            bilingual(top["title"], "title", faults),
            _area(top["area"], faults),
            text(top["scheme"], "scheme", faults),
            text(top["document"], "document", faults),
            interval,
            mark,
        )
    faults.raise_all()
    assert header is not None, "a header is missing only where a fault says why"
    return header


def _area(node: Node, faults: Faults) -> str:
    area = text(node, "area", faults)
    if re.fullmatch(r"\d{6}", area):
        return area
    raise faults.add(
        node.place,
        "area",
        Bilingual(f"“{area}”", f"{area!r}"),
        Bilingual("六位行政区划代码，如 320400", "a division code of six digits, such as 320400"),
    )


def _interval(found: re.Match[str]) -> Interval | None:
    try:
        first = date.fromisoformat(found[1])
        last = date.fromisoformat(found[2]) if found[2] else None
    except ValueError:
        return None
    return Interval(first, last) if last is None or first <= last else None


def _check_name(path: Path, header: Header, place: Place, faults: Faults) -> None:
    """A policy is found by its file's name, so the name must say what the file says."""
    named = f"{path.parent.parent.name}/{path.parent.name}/{path.stem}"
    said = f"{header.id}/{header.in_force.first}"
    if named != said:
        faults.add(
            place,
            "policy",
            Bilingual(f"文件名是 {named}.yaml", f"the file is named {named}.yaml"),
            Bilingual(f"…/{said}.yaml", f".../{said}.yaml"),
            Bilingual("改文件名，或改 policy 和 in_force", "rename the file, or mend its header"),
        )


def _names(top: dict[str, Node], context: Context) -> None:
    context.funds.update(context.vocabulary.funds)
    context.causes.update(context.vocabulary.causes)
    for own, known in (("funds", context.funds), ("causes", context.causes)):
        block = top.get(own)
        for key, value in entries_of(block):
            with context.faults.go_on():
                known[key.text] = bilingual(value, f"{own} › {key.text}", context.faults)
    context.answers.update(context.vocabulary.answers)
    for key, value in entries_of(top.get("answers")):
        with context.faults.go_on(key.text):
            context.answers[key.text] = read_answer_title(key.text, value, context.faults)
    block = top["facts"]
    for key, value in entries_of(block):
        with context.faults.go_on(key.text):
            context.facts[key.text] = read_asked_fact(key.text, value, context)
    for key, value in entries_of(block):
        with context.faults.go_on(key.text):
            check_limits(key.text, value, context)


def _items(node: Node, faults: Faults) -> Iterator[Item]:
    for key, block in entries_of(node):
        if not key.text.startswith(_CHAPTER):
            continue
        chapter = key.text.removeprefix(_CHAPTER).strip()
        for line, value in entries_of(block):
            word, _, name = line.text.partition(" ")
            if word in ITEM_WORDS and re.fullmatch(r"[a-z][a-z0-9_]*|\d+", name):
                yield Item(word, name, value, line.place, chapter)
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


def _read_items(found: list[Item], context: Context) -> _Parts:
    """Read items in the order of their dependence: what may be named before what names it."""
    parts = _Parts()
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


def _assembled(
    top: dict[str, Node],
    header: Header,
    found: list[Item],
    parts: _Parts,
    context: Context,
    shown: str,
    path: Path,
) -> Policy:
    faults = context.faults
    nodes = items(top["order"], "order", faults) if "order" in top else ()
    order = [text(one, "order", faults) for one in nodes]
    _check_order(order, parts, top.get("order", top["policy"]).place, faults)
    account: Mark | None = None
    no_account = False
    if "account" in top:
        words = split_mark(text(top["account"], "account", faults))[0]
        no_account = words == "none"
        phrase = "none" if no_account else "not stated"
        account = context.phrase(top["account"], phrase, "account")
    chapters: dict[str, tuple[str, ...]] = {}
    for item in found:
        chapters[item.chapter] = (*chapters.get(item.chapter, ()), f"{item.word} {item.name}")
    digest = sha256(path.read_bytes().replace(b"\r\n", b"\n"))
    digest.update(context.vocabulary.source.replace(b"\r\n", b"\n"))
    return Policy(
        id=header.id,
        title=header.title,
        area=header.area,
        scheme=header.scheme,
        document=header.document,
        in_force=header.in_force,
        in_force_mark=context.mark(header.in_force_mark, top["in_force"].place, "in_force"),
        facts=context.facts,
        derived=context.derived,
        tables=context.tables,
        given=context.given,
        meters=context.meters,
        scopes=tuple(parts.scopes[name] for name in order if name in parts.scopes),
        benefits=tuple(parts.benefits[name] for name in order if name in parts.benefits),
        stand_ins=tuple(parts.stand_ins),
        account_mark=account,
        no_account=no_account,
        readings=parts.readings,
        chapters=chapters,
        funds=context.funds,
        causes=context.causes,
        file=shown,
        digest=digest.hexdigest(),
        places=_places(top, found),
        questions=parts.questions,
        answers=context.answers,
        known=tuple(_known(node, faults) for node in _list(top.get("known"), faults)),
        best=tuple(parts.best.values()),
    )


def _list(node: Node | None, faults: Faults) -> tuple[Node, ...]:
    return () if node is None else items(node, "known", faults)


def _known(node: Node, faults: Faults) -> Known:
    """`known:` entries, findings of the check that are true of the document."""
    found = fields(node, FORMS["known"], "known", faults)
    return Known(
        one_of(found["finding"], FINDINGS, "known › finding", faults),
        text(found["item"], "known › item", faults),
        bilingual(found["because"], "known › because", faults),
        node.place,
    )


def _places(top: dict[str, Node], found: list[Item]) -> dict[str, Place]:
    """Where things are written, by `<word> <name>`; keys of the head by their name."""
    places = {name: node.place for name, node in top.items()}
    places.update((f"facts {key.text}", key.place) for key, _ in entries_of(top["facts"]))
    places.update((f"{item.word} {item.name}", item.place) for item in found)
    return places


def _check_order(order: list[str], parts: _Parts, place: Place, faults: Faults) -> None:
    stations: dict[str, Scope | Benefit] = {**parts.scopes, **parts.benefits}
    for name in order:
        if name not in stations:
            faults.add(
                place,
                f"order › {name}",
                Bilingual("没有这一站", "there is no such station"),
                Bilingual("scope 或 benefit 的名称", "the name of a scope or a benefit"),
                meant(name, stations),
            )
    for name, station in stations.items():
        if order.count(name) != 1:
            faults.add(
                station.place,
                f"order › {name}",
                Bilingual(
                    f"在 order 中出现 {order.count(name)} 次",
                    f"stands {order.count(name)} times in `order`",
                ),
                Bilingual("每一站恰好一次", "each station exactly once"),
            )
    first_benefit = next((at for at, name in enumerate(order) if name in parts.benefits), 0)
    for name in order[first_benefit:]:
        if name in parts.scopes:
            faults.add(
                place,
                f"order › {name}",
                Bilingual("scope 在待遇之后", "a scope after a benefit"),
                Bilingual("所有 scope 在待遇之前", "every scope before the benefits"),
            )
