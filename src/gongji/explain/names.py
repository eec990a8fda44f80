"""What things are called: the titles of a policy's benefits, funds, causes and meters."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from gongji.engine.bill import FactValue
from gongji.engine.figures import titled
from gongji.engine.meters import ACCOUNT, MeterKey
from gongji.money import exact_text, grouped_yuan
from gongji.policy.documents import Clause, Document
from gongji.policy.model import Benefit, Citation, Mark, Policy, Scope, Unit
from gongji.wording import Bilingual

__all__ = ["Cite", "Names"]

_WINDOWS = {
    "visit": Bilingual("本次", "of the visit "),
    "day": Bilingual("当日", "of the day "),
    "month": Bilingual("本月", "of the month "),
    "year": Bilingual("全年", "of the year "),
    "lifetime": Bilingual("", ""),
}


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

    def benefit(self, name: str) -> Benefit:
        """A benefit by its name."""
        return next(benefit for benefit in self.policy.benefits if benefit.name == name)

    def layers_without(self, mark: str) -> list[Bilingual]:
        """The titles of the layers that leave out what bears a mark."""
        return list(
            dict.fromkeys(
                one.title
                for one in self.policy.benefits
                if one.burden is not None and mark in one.burden.excepted
            )
        )

    def window(self, key: MeterKey) -> Bilingual:
        """Over which time a meter runs, as it stands before `deductible`."""
        return _WINDOWS[self.policy.meters[key.meter].window]

    def counts_payment(self, key: MeterKey) -> bool:
        """Whether a meter counts what a fund has paid."""
        return self.policy.meters[key.meter].counts == "payment"

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
        value = self.value(meter.per, key.per)
        return Bilingual(f"{meter.title.zh}（{value.zh}）", f"{meter.title.en} ({value.en})")

    def fact(self, name: str) -> Bilingual:
        """The title of a fact or a parameter; `name[value value]` of one figure of many."""
        name, bracket, rest = name.partition("[")
        if bracket:
            given = self.policy.given[name]
            values = rest.removesuffix("]").split()
            return titled(self.policy, given.title, dict(zip(given.by, values, strict=True)))
        if name in self.policy.facts:
            return self.policy.facts[name].title
        if name in self.policy.given:
            return self.policy.given[name].title
        return self.policy.derived[name].title

    def value(self, fact: str, value: str) -> Bilingual:
        """The title of a value of a fact or a parameter; numbers and dates are their own."""
        if fact in self.policy.facts:
            titles = self.policy.facts[fact].values
        elif fact in self.policy.derived:
            titles = self.policy.derived[fact].values
        else:
            titles = self.policy.given[fact].fact.values
        return titles.get(value, Bilingual(value, value))

    def parameter(self, name: str, value: FactValue) -> Bilingual:
        """A supplied parameter in its unit."""
        if not isinstance(value, Fraction):
            return self.value(name, str(value))
        unit = self.policy.given[name.partition("[")[0]].unit
        if unit is Unit.YUAN:
            yuan = grouped_yuan(int(value))
            return Bilingual(f"{yuan} 元", f"{yuan} yuan")
        text = exact_text(value * 100) + "%" if unit is Unit.RATE else exact_text(value)
        return Bilingual(text, text)

    def cites(self, marks: Iterable[tuple[Mark, str]], station: str) -> tuple[Cite, ...]:
        """The clauses behind marks, each once; a mark comes with its place in the policy file.

        Of a number printed twice, the clause in the chapter of the station is the one to show.
        """
        found: dict[str, Cite] = {}
        for mark, file in marks:
            for citation in self._near(mark, station):
                clause = self.document.clauses[citation.clause]
                before = found.get(clause.id)
                reading = citation.reading or (before is not None and before.reading)
                where = before.file if before is not None and before.file else file
                found[clause.id] = Cite(
                    clause.id, self.document.short, clause.place, reading, where
                )
        return tuple(found.values())

    def _near(self, mark: Mark, station: str) -> list[Citation]:
        own = [citation for citation in mark.citations if not citation.again]
        if len(own) == len(mark.citations):
            return own
        stations: list[Scope | Benefit] = [*self.policy.scopes, *self.policy.benefits]
        chapter = next((one.chapter for one in stations if one.name == station), "")
        for citations in (own, [one for one in mark.citations if one.again]):
            here = [one for one in citations if self._clause(one).stands_in(chapter)]
            if here:
                return here
        return own

    def _clause(self, citation: Citation) -> Clause:
        return self.document.clauses[citation.clause]
