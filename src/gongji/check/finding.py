"""A finding of the check: its kind and severity, what it is about, and an example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, NamedTuple

from gongji.check.visit import Earlier, Start
from gongji.engine.bill import FactValue
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Step, sources_of
from gongji.money import grouped_yuan
from gongji.policy.model import FINDINGS, KnownFinding, Mark, Policy
from gongji.policy.problems import Place
from gongji.wording import Bilingual

__all__ = [
    "SEVERITIES",
    "TITLES",
    "Example",
    "Finding",
    "Kind",
    "Severity",
    "changed_steps",
    "cited",
    "places_of",
    "severity_of",
]

Kind = KnownFinding | Literal["unpaid", "not_stated"]
"""What can be known of a policy, and what is only noted."""

Severity = Literal["error", "warning", "note"]

SEVERITIES: Mapping[Severity, Bilingual] = {
    "error": Bilingual("错误", "error"),
    "warning": Bilingual("警告", "warning"),
    "note": Bilingual("提示", "note"),
}
TITLES: Mapping[Kind, Bilingual] = {
    "rate_outside": Bilingual("比例不在 0 到 100% 之间", "rate outside 0 to 100 %"),
    "no_figure": Bilingual("算不出的情形", "combination that cannot be worked out"),
    "gap": Bilingual("没有基金支付的区间", "stretch that no fund pays"),
    "no_rule": Bilingual("没有规定管的情形", "combination that no rule covers"),
    "overlap": Bilingual(
        "两项待遇都管，只凭先后", "two benefits for one bill, told by order alone"
    ),
    "cliff": Bilingual("多一分钱，负担大变", "one fen more changes much"),
    "worse_pays_more": Bilingual("差的反而负担少", "the worse off bears less"),
    "never_entered": Bilingual("用不到的待遇", "benefit that nothing enters"),
    "never_reached": Bilingual("用不到的规定", "rule that nothing reaches"),
    "limit_never_reached": Bilingual("用不满的限额", "limit that nothing reaches"),
    "unpaid": Bilingual("全部由个人负担", "nothing paid by any fund"),
    "not_stated": Bilingual("文件没有写明", "not stated"),
}
_ERRORS = frozenset(("rate_outside", "no_figure"))


class Example(NamedTuple):
    """A visit that shows a finding: its facts, its bill in fen, and the visits before it."""

    facts: Mapping[str, FactValue]
    fen: int | None = None
    earlier: tuple[Earlier, ...] = ()

    @classmethod
    def at(cls, facts: Mapping[str, FactValue], start: Start, fen: int | None) -> Example:
        """A visit from a start."""
        return cls(facts, fen, start.earlier)


class Finding(NamedTuple):
    """One thing found: `item` is what it is about, `what` says it, `example` shows it.

    `clauses` and `place` are those of the rule behind it; `also` says what else was found of the
    same kind and item, each by its own example.
    """

    kind: Kind
    item: str
    what: Bilingual
    clauses: tuple[str, ...] = ()
    place: Place | None = None
    example: Example | None = None
    also: tuple[Finding, ...] = ()

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return severity_of(self.kind)

    def text(self, policy: Policy) -> Bilingual:
        """What was found, with its example in words."""
        if self.example is None or not (self.example.facts or self.example.earlier):
            return self.what
        shown = _shown(policy, self.example)
        return Bilingual(f"{self.what.zh}（{shown.zh}）", f"{self.what.en} ({shown.en})")


def severity_of(kind: Kind) -> Severity:
    """Errors and warnings must be mended or listed as known; notes tell of the document."""
    return "error" if kind in _ERRORS else "warning" if kind in FINDINGS else "note"


# --- citation ------------------------------------------------------------------------------------


def cited(marks: Iterable[Mark]) -> tuple[str, ...]:
    """The clauses of some marks, each once."""
    return tuple(dict.fromkeys(clause for mark in marks for clause in mark.clauses))


def places_of(steps: Iterable[Step]) -> tuple[tuple[Mark, Place | None], ...]:
    """The marks behind some steps, with where their rules and figures stand in the file."""
    found: list[tuple[Mark, Place | None]] = []
    for step in steps:
        if step.basis is not None:
            found.append((step.basis.mark, step.basis.place))
        found += [(source.mark, source.place) for source in sources_of(step)]
    return tuple(found)


# --- words ---------------------------------------------------------------------------------------


def _shown(policy: Policy, example: Example) -> Bilingual:
    """The facts of an example, and the visits before it, in words."""
    here = _said(policy, example.facts)
    if not example.earlier:
        return here
    before = [_visit(policy, one, example.facts) for one in example.earlier]
    return Bilingual(
        f"{here.zh}；此前 {'，再 '.join(one.zh for one in before)}",
        f"{here.en}; after {', then '.join(one.en for one in before)}",
    )


def _visit(policy: Policy, one: Earlier, now: Mapping[str, FactValue]) -> Bilingual:
    """An earlier visit, by what is not known from the visit that it comes before."""
    other = {name: value for name, value in one.facts.items() if now.get(name) != value}
    said = _said(policy, other) if other else Bilingual("同样情形", "the same")
    bill = grouped_yuan(one.fen)
    return Bilingual(f"{bill} 元（{said.zh}）", f"{bill} ({said.en})")


def _said(policy: Policy, facts: Mapping[str, FactValue]) -> Bilingual:
    parts = []
    for name, value in facts.items():
        fact = policy.facts[name]
        if isinstance(value, frozenset):
            titles = [fact.values[one] for one in sorted(value)]
            words = Bilingual(
                "、".join(one.zh for one in titles) or "无",
                ", ".join(one.en for one in titles) or "none",
            )
        elif isinstance(value, date):
            words = Bilingual(value.isoformat(), value.isoformat())
        else:
            words = fact.values.get(str(value), Bilingual(str(value), str(value)))
        parts.append(Bilingual(f"{fact.title.zh} {words.zh}", f"{fact.title.en} {words.en}"))
    return Bilingual("，".join(one.zh for one in parts), ", ".join(one.en for one in parts))


def changed_steps(one: Settlement, other: Settlement) -> tuple[Step, ...]:
    """The steps of the second that the first did not take."""
    taken = set(one.steps)
    return tuple(step for step in other.steps if step not in taken)
