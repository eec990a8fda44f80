"""Reading `services:`, which question each service of the book asks, and how it asks it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gongji.policy.context import Context
from gongji.policy.grammar import FORMS
from gongji.policy.model import FILLS, SERVICES, Question, Service
from gongji.policy.read_facts import read_condition
from gongji.policy.reader import fields, items, one_of, text
from gongji.policy.source import Node, entries_of
from gongji.wording import Bilingual

__all__ = ["read_services"]

_WHAT_IT_SAYS = {
    "due": ("every", "fund"),
    "credit": ("every", "amount", "fund"),
    "refund": ("amount",),
    "retirement": ("states",),
    "top_up": ("amount", "fund"),
    "year_end": ("amount",),
}
"""The fields that entries of a service must have."""

_EVERY = re.compile(r"month|year|year from \d\d-\d\d", re.ASCII)


def read_services(
    node: Node | None, questions: Mapping[str, Question], context: Context
) -> dict[str, tuple[Service, ...]]:
    """`services:` by name, in the order written."""
    found: dict[str, tuple[Service, ...]] = {}
    for key, value in entries_of(node):
        where = f"services › {key.text}"
        with context.faults.go_on():
            if key.text not in SERVICES:
                raise context.unknown(key.place, "services", key.text, dict.fromkeys(SERVICES))
            nodes = items(value, where, context.faults)
            found[key.text] = tuple(
                _service(one, where, _WHAT_IT_SAYS.get(key.text, ()), questions, context)
                for one in nodes
            )
    return found


def _service(
    node: Node,
    where: str,
    needed: tuple[str, ...],
    questions: Mapping[str, Question],
    context: Context,
) -> Service:
    found = fields(node, FORMS["service"], where, context.faults)
    for name in needed:
        if name not in found:
            raise context.faults.add(
                node.place,
                f"{where} › {name}",
                Bilingual("缺少", "missing"),
                Bilingual(f"{where} 要写 {name}", f"{where} says `{name}`"),
            )
    words = {
        name: text(found[name], f"{where} › {name}", context.faults)
        for name in ("question", "every", "amount", "fund")
        if name in found
    }
    amounts = {name: one.title for name, one in context.answers.items() if one.kind == "amount"}
    known: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("question", questions), ("amount", amounts), ("fund", context.funds),
    )  # fmt: skip
    for name, names in known:
        if name in words and words[name] not in names:
            raise context.unknown(found[name].place, f"{where} › {name}", words[name], names)
    if "every" in words and not _EVERY.fullmatch(words["every"]):
        raise context.faults.add(
            found["every"].place,
            f"{where} › every",
            Bilingual(f"“{words['every']}”", repr(words["every"])),
            Bilingual("month、year 或 year from 07-01", "month, year, or year from 07-01"),
        )
    return Service(
        question=words["question"],
        condition=read_condition(found["for"], where, context) if "for" in found else None,
        every=words.get("every"),
        say=_said(found.get("say"), f"{where} › say", context),
        fill=_filled(found.get("fill"), f"{where} › fill", context),
        amount=words.get("amount"),
        fund=words.get("fund"),
        states=_said(found.get("states"), f"{where} › states", context),
        place=node.place,
    )


def _said(node: Node | None, where: str, context: Context) -> dict[str, str]:
    """Facts and the values that are said of them."""
    found = {}
    for key, value in entries_of(node):
        fact = context.facts.get(key.text)
        if fact is None:
            raise context.unknown(key.place, where, key.text, context.facts)
        word = text(value, where, context.faults)
        if fact.values and word not in fact.values:
            raise context.unknown(value.place, f"{where} › {key.text}", word, fact.values)
        found[key.text] = word
    return found


def _filled(node: Node | None, where: str, context: Context) -> dict[str, str]:
    """Facts and what the book fills them with, which must be of their kind."""
    found = {}
    for key, value in entries_of(node):
        fact = context.facts.get(key.text)
        if fact is None:
            raise context.unknown(key.place, where, key.text, context.facts)
        word = one_of(value, FILLS, f"{where} › {key.text}", context.faults)
        if FILLS[word] != fact.kind:
            raise context.faults.add(
                value.place,
                f"{where} › {key.text}",
                Bilingual(f"{word} 是 {FILLS[word]}", f"{word}, of the kind {FILLS[word]}"),
                Bilingual(f"{fact.kind} 的一项", f"one that is a {fact.kind}"),
            )  # fmt: skip
        found[key.text] = word
    return found
