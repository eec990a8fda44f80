"""What things are called: the titles of a policy's benefits, funds, causes and meters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gongji.engine.meters import ACCOUNT, MeterKey
from gongji.policy.documents import Document
from gongji.policy.model import Mark, Policy
from gongji.wording import Bilingual

__all__ = ["Cite", "Names"]


class Cite(NamedTuple):
    """A clause behind a figure: where it stands in the document and in the policy file."""

    clause: str
    document: str
    place: str
    reading: bool
    file: str

    def text(self) -> str:
        """The citation as people read it: document, place, clause."""
        return f"{self.document} {self.place}〔{self.clause}〕"


class Names(NamedTuple):
    """The titles and citations of one policy and its document."""

    policy: Policy
    document: Document

    def station(self, name: str) -> Bilingual:
        """The title of a benefit, a scope station or a stand-in."""
        titles = {scope.name: scope.title for scope in self.policy.scopes}
        titles.update({benefit.name: benefit.title for benefit in self.policy.benefits})
        return titles[name] if name in titles else self.fund(name)

    def fund(self, name: str) -> Bilingual:
        """The title of a fund, or of the personal account."""
        if name == "account":
            return Bilingual("个人账户", "personal account")
        return self.policy.funds[name]

    def cause(self, name: str) -> Bilingual:
        """The title of a cause of burden."""
        return self.policy.causes[name]

    def meter(self, key: MeterKey) -> Bilingual:
        """The title of a meter, with the value that it is kept apart for."""
        if key == ACCOUNT:
            return Bilingual("个人账户余额", "balance of the personal account")
        meter = self.policy.meters[key.meter]
        if meter.per is None or not key.per:
            return meter.title
        value = self.policy.facts[meter.per].values[key.per]
        return Bilingual(f"{meter.title.zh}（{value.zh}）", f"{meter.title.en} ({value.en})")

    def fact(self, name: str) -> Bilingual:
        """The title of a fact or a parameter."""
        if name in self.policy.facts:
            return self.policy.facts[name].title
        if name in self.policy.given:
            return self.policy.given[name].title
        return self.policy.derived[name].title

    def value(self, fact: str, value: str) -> Bilingual:
        """The title of a fact's value; numbers and dates are their own."""
        titles = (
            self.policy.facts[fact].values
            if fact in self.policy.facts
            else self.policy.given[fact].fact.values
        )
        return titles.get(value, Bilingual(value, value))

    def cites(self, marks: Iterable[tuple[Mark, str]]) -> tuple[Cite, ...]:
        """The clauses behind marks, each once; a mark comes with its place in the policy file.

        A clause that only prints a number again is left out.
        """
        found: dict[str, Cite] = {}
        for mark, file in marks:
            for citation in mark.citations:
                if citation.again:
                    continue
                clause = self.document.clauses[citation.clause]
                before = found.get(clause.id)
                reading = citation.reading or (before is not None and before.reading)
                where = file or (before.file if before is not None else "")
                found[clause.id] = Cite(
                    clause.id, self.document.short, clause.place, reading, where
                )
        return tuple(found.values())
