"""What the readers of a policy's parts share: the names known so far, and how numbers are cited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gongji.policy.documents import Document
from gongji.policy.marks import read_mark, split_mark
from gongji.policy.model import AnswerTitle, Citation, DerivedFact, Fact, Given, Mark, Meter, Table
from gongji.policy.problems import Place
from gongji.policy.reader import Faults, Unreadable, meant, text
from gongji.policy.source import Node
from gongji.policy.vocabulary import Vocabulary
from gongji.wording import Bilingual, listed

__all__ = ["Context", "merged"]


@dataclass(slots=True)
class Context:
    """The policy being read: its document and the names read so far."""

    faults: Faults
    document: Document
    vocabulary: Vocabulary
    funds: dict[str, Bilingual] = field(default_factory=dict)
    causes: dict[str, Bilingual] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    derived: dict[str, DerivedFact] = field(default_factory=dict)
    given: dict[str, Given] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    answers: dict[str, AnswerTitle] = field(default_factory=dict)

    def titles_of(self, fact: str) -> Mapping[str, Bilingual] | None:
        """The values of a fact that conditions may name, with titles; None where it has none."""
        if fact in self.facts:
            return self.facts[fact].values or None
        if fact in self.derived:
            return self.derived[fact].values
        if fact in self.given and self.given[fact].unit is None:
            return self.given[fact].fact.values
        return None

    def mark(self, written: str, place: Place, where: str) -> Mark:
        """A mark whose clauses all stand in the document."""
        mark = read_mark(written, self.document.prefix)
        if mark is None:
            raise self.faults.add(
                place,
                where,
                Bilingual(f"“{written}”", f"{written!r}"),
                Bilingual("条款标记，如 ^039 或 ^039~", "a citation mark, such as ^039 or ^039~"),
            )
        for clause in mark.clauses:
            if clause not in self.document.clauses:
                raise self.faults.add(
                    place,
                    where,
                    Bilingual(f"没有条款 {clause}", f"there is no clause {clause}"),
                    Bilingual(f"{self.document.id} 中的一条", f"a clause of {self.document.id}"),
                    meant(clause, self.document.clauses),
                )
        return mark

    def cite(self, found: Mapping[str, Node], where: str) -> Mark | None:
        """The mark under `cite`, if there is one."""
        if "cite" not in found:
            return None
        return self.mark(
            text(found["cite"], f"{where} › cite", self.faults), found["cite"].place, where
        )

    def phrase(self, node: Node, phrase: str, where: str) -> Mark:
        """The mark of a scalar that is `phrase` and a mark, such as `no limit ^101`."""
        words, mark = split_mark(text(node, where, self.faults))
        if words == phrase and mark is not None:
            return self.mark(mark, node.place, where)
        raise self.faults.add(
            node.place,
            where,
            Bilingual(f"“{words} {mark or ''}”".strip(), repr(f"{words} {mark or ''}".strip())),
            Bilingual(f"{phrase} 加条款标记", f"{phrase!r} and a citation mark"),
        )

    def unknown(
        self, place: Place, where: str, name: str, known: Mapping[str, object]
    ) -> Exception:
        """A fault for a name that nothing in the policy declares.

        Where the name is declared but could not be read, its own fault says enough.
        """
        if name.partition(".")[0] in self.faults.unread:
            return Unreadable()
        titles = {one.zh: key for key, one in known.items() if isinstance(one, Bilingual)}
        return self.faults.add(
            place,
            where,
            Bilingual(f"没有“{name}”", f"there is no {name!r}"),
            Bilingual(
                f"其中之一：{listed(known) or '（还没有声明）'}",
                f"one of: {listed(known) or 'none is declared'}",
            ),
            meant(titles.get(name, name), known),
        )


def merged(*marks: Mark | None) -> Mark | None:
    """One mark with the citations of several, each once; None where there are none."""
    citations: dict[str, Citation] = {}
    for mark in marks:
        for citation in mark.citations if mark else ():
            before = citations.get(citation.clause)
            if before is None or (citation.reading and not before.reading):
                citations[citation.clause] = citation
    return Mark(tuple(citations.values())) if citations else None
