"""Clause ledgers: a published document cut into numbered clauses.

A ledger says for each clause where it stands in the document, what it rules, what it leaves open,
and which numbers its text prints.  Policies cite clauses; the loader holds each number of a policy
against the numbers that its clause prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gongji.policy.grammar import DOCUMENT, FORMS
from gongji.policy.reader import Faults, fields, items, text
from gongji.policy.source import Mapping as MappingNode
from gongji.policy.source import Node, read_file
from gongji.wording import Bilingual

__all__ = ["Clause", "Document", "read_document"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered clause: its place in the document and what it rules, in our words.

    `numbers` are the figures its text states, in digits or in words (免除 is 0), as plain numbers
    (`150000`) or percentages (`90%`);
    `ambiguity` says what the text leaves open, and is empty where it leaves nothing open.
    """

    id: str
    place: str
    kind: str
    numbers: frozenset[str]
    rule: str
    ambiguity: str


@dataclass(frozen=True, slots=True)
class Document:
    """A published document and its clauses; `published` is empty where it is not stated."""

    id: str
    title: str
    short: str
    number: str
    issuer: str
    published: str
    prefix: str
    clauses: Mapping[str, Clause]


def read_document(path: Path, shown: str | None = None) -> Document:
    """Read a clause ledger.  Raises `FileRefused` with every problem found in it."""
    faults = Faults()
    node = read_file(path, shown)
    top = fields(node, DOCUMENT, "document", faults) if isinstance(node, MappingNode) else {}
    faults.raise_all()
    words = {
        name: text(top[name], name, faults) if name in top else ""
        for name in ("document", "title", "short", "number", "issuer", "published", "prefix")
    }
    clauses: dict[str, Clause] = {}
    block = top["clauses"]
    for key, value in block if isinstance(block, MappingNode) else ():
        with faults.go_on():
            clause = _clause(f"{words['prefix']}-{key.text}", value, faults)
            clauses[clause.id] = clause
    if not clauses:
        faults.add(
            block.place,
            "clauses",
            Bilingual("没有条款", "no clauses"),
            Bilingual("至少一条，如 '001': {...}", "at least one, such as '001': {...}"),
        )
    faults.raise_all()
    identity = words.pop("document")
    return Document(id=identity, clauses=clauses, **words)


def _clause(identity: str, node: Node, faults: Faults) -> Clause:
    found = fields(node, FORMS["clause"], f"clauses › {identity}", faults)

    def word(name: str) -> str:
        return text(found[name], f"{identity} › {name}", faults) if name in found else ""

    numbers = items(found["numbers"], f"{identity} › numbers", faults) if "numbers" in found else ()
    return Clause(
        id=identity,
        place=word("place"),
        kind=word("kind"),
        numbers=frozenset(text(one, f"{identity} › numbers", faults) for one in numbers),
        rule=word("rule"),
        ambiguity=word("ambiguity"),
    )
