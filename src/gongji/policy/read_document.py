"""Reading clause ledgers."""

from __future__ import annotations

from pathlib import Path

from gongji.policy.documents import Clause, Document
from gongji.policy.grammar import DOCUMENT, FORMS
from gongji.policy.reader import Faults, fields, items, text
from gongji.policy.source import Node, entries_of, read_file
from gongji.policy.vocabulary import bilingual
from gongji.wording import Bilingual

__all__ = ["read_document"]


def read_document(path: Path, shown: str | None = None) -> Document:
    """Read a clause ledger.  Raises `FileRefused` with every problem found in it."""
    faults = Faults()
    node = read_file(path, shown)
    top: dict[str, Node] = {}
    with faults.go_on():
        top = fields(node, DOCUMENT, "document", faults)
    faults.raise_all()
    words = {
        name: text(top[name], name, faults) if name in top else ""
        for name in ("document", "title", "short", "number", "issuer", "published", "prefix")
    }
    clauses: dict[str, Clause] = {}
    block = top["clauses"]
    for key, value in entries_of(block):
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
        informational=(
            bilingual(found["informational"], f"{identity} › informational", faults)
            if "informational" in found
            else None
        ),
    )
