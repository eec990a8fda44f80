"""From a policy file to a `Policy`: read, then checked as a whole.

Everything that is wrong is collected and raised together as `FileRefused`; a policy that loads is
complete, cited and consistent as far as its checks go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from gongji.policy.checks import check_policy
from gongji.policy.context import Context
from gongji.policy.documents import Document
from gongji.policy.grammar import FORMS, POLICY, Form, Key
from gongji.policy.marks import split_mark
from gongji.policy.model import (
    FINDINGS,
    Benefit,
    Interval,
    Known,
    Mark,
    Policy,
    Scope,
)
from gongji.policy.problems import Place
from gongji.policy.read_chapters import CHAPTER, Item, Parts, items_in, read_items
from gongji.policy.read_facts import check_limits, read_asked_fact
from gongji.policy.read_services import read_services
from gongji.policy.reader import Faults, fields, items, meant, one_of, text
from gongji.policy.source import Mapping, Node, entries_of, read_file
from gongji.policy.vocabulary import Vocabulary, bilingual, read_answer_title
from gongji.wording import Bilingual

__all__ = ["load_policy", "read_header"]

_DAY = r"\d{4}-\d{2}-\d{2}"
_IN_FORCE = re.compile(rf"({_DAY}) (?:to ({_DAY})|onwards)")


class Header(NamedTuple):
    """The first lines of a policy file: enough to list it and to pick it by date.

    `city` is the name of the pooling area, or the folder's where the file gives its code alone.
    """

    id: str
    title: Bilingual
    area: str
    city: Bilingual
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
    found = list(items_in(node, faults))
    parts = read_items(found, context)
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
        if key.text.startswith(CHAPTER):
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
        name = text(top["policy"], "policy", faults)
        header = Header(
            name,
            bilingual(top["title"], "title", faults),
            *_area(top["area"], name.partition("/")[0], faults),
            text(top["scheme"], "scheme", faults),
            text(top["document"], "document", faults),
            interval,
            mark,
        )
    faults.raise_all()
    assert header is not None, "a header is missing only where a fault says why"
    return header


def _area(node: Node, folder: str, faults: Faults) -> tuple[str, Bilingual]:
    """The code of the area, and its name."""
    named = fields(node, FORMS["area"], "area", faults) if isinstance(node, Mapping) else None
    code = node if named is None else named["code"]
    area = text(code, "area", faults)
    if named is None:
        name = Bilingual(folder, folder)
    else:
        name = Bilingual(
            text(named["zh"], "area › zh", faults), text(named["en"], "area › en", faults)
        )
    if re.fullmatch(r"\d{6}", area):
        return area, name
    raise faults.add(
        code.place,
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


def _assembled(
    top: dict[str, Node],
    header: Header,
    found: list[Item],
    parts: Parts,
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
        idle=frozenset(_idle(top.get("idle"), context)),
        services=read_services(top.get("services"), parts.questions, context),
    )


def _list(node: Node | None, faults: Faults) -> tuple[Node, ...]:
    return () if node is None else items(node, "known", faults)


def _idle(node: Node | None, context: Context) -> Iterator[str]:
    """`idle:`, facts of the policy that only its other versions use."""
    for one in () if node is None else items(node, "idle", context.faults):
        name = text(one, "idle", context.faults)
        if name not in context.facts:
            raise context.unknown(one.place, "idle", name, context.facts)
        yield name


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


def _check_order(order: list[str], parts: Parts, place: Place, faults: Faults) -> None:
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
