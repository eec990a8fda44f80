"""A policy as a page to be read: its figures, its rules, its matters of life, what it leaves open.

Everything comes out of the policy; the page adds an order: figures first, then what a person does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gongji.explain.names import Names
from gongji.explain.phrases import Phrases, Row, all_of, same
from gongji.explain.rules import CaseRead, Rules
from gongji.explain.summary import Section, summary_of
from gongji.policy.documents import Document
from gongji.policy.expression import names_of
from gongji.policy.model import (
    ABOUT,
    Benefit,
    Expression,
    Policy,
    Question,
    Refuse,
    Scope,
)
from gongji.policy.walk import destinations, uses_in_settlements
from gongji.web.library.sheets import Cell, Ref, Sheet, anchor_of, refs_in, refs_of, sheets_of
from gongji.wording import Bilingual, Language

__all__ = [
    "TOPICS",
    "Case",
    "Matter",
    "OpenPoint",
    "Part",
    "Reading",
    "Rule",
    "Topic",
    "reading_of",
]

TOPICS = {
    "enrolment": Bilingual("参保", "Enrolment"),
    "contribution": Bilingual("缴费", "Contributions"),
    "entitlement": Bilingual("享受待遇", "Being in benefit"),
    "account": Bilingual("个人账户", "Personal account"),
    "registration": Bilingual("登记备案", "Registrations"),
    "channel": Bilingual("就医和报销渠道", "Ways to be paid"),
    "papers": Bilingual("材料", "Papers"),
    "scope": Bilingual("管什么", "What is covered"),
    "check": Bilingual("核对和责任", "Checks and duties"),
    "office": Bilingual("到哪里办", "Offices"),
}
"""What questions are about, as a heading of the page."""

assert tuple(TOPICS) == ABOUT

_SUPPLIED = Bilingual(
    "由其他文件或按年公布，算的时候可以自己补", "published elsewhere; yours to supply"
)
_NOT_APPLIED = Bilingual("没有公布就不适用", "not applied unless published")


class Part(NamedTuple):
    """Tables that stand in one chapter of the document."""

    chapter: str
    sheets: tuple[Sheet, ...]


class Rule(NamedTuple):
    """A station on the way of a bill, sentence by sentence."""

    anchor: str
    title: Bilingual
    refs: tuple[Ref, ...]
    rows: tuple[Cell, ...]


class Case(NamedTuple):
    """One case of a matter: `when` is empty where it holds for all others, or always.

    `refs` are the clauses that all of its answers share.
    """

    when: tuple[Cell, ...]
    answers: tuple[tuple[Bilingual, Cell], ...]
    refuse: Cell | None
    because: Cell | None
    rest: tuple[Cell, ...]
    refs: tuple[Ref, ...]
    only: bool


class Matter(NamedTuple):
    """Something that a person does or asks: its cases; `papers` whether any needs papers."""

    anchor: str
    title: Bilingual
    refs: tuple[Ref, ...]
    cases: tuple[Case, ...]
    papers: bool


class Topic(NamedTuple):
    """Matters about the same, such as contributions."""

    name: str
    title: Bilingual
    matters: tuple[Matter, ...]


class OpenPoint(NamedTuple):
    """Something that the document does not state: which item leaves it open, and what."""

    anchor: str
    title: Bilingual
    what: Bilingual
    refs: tuple[Ref, ...]


class Choice(NamedTuple):
    """A reading: how a clause that leaves something open is read here, and what it leaves open."""

    ref: Ref
    place: str
    text: Bilingual
    doubt: str


class Reading(NamedTuple):
    """One version of a policy as its page shows it."""

    policy: Policy
    document: Document
    figures: tuple[Part, ...]
    rules: tuple[Rule, ...]
    other_figures: tuple[Part, ...]
    topics: tuple[Topic, ...]
    open: tuple[OpenPoint, ...]
    choices: tuple[Choice, ...]
    sections: tuple[Section, ...]

    @property
    def version(self) -> str:
        """The id of the version, `city/scheme@day`."""
        return f"{self.policy.id}@{self.policy.in_force.first}"

    def tables(self, language: Language) -> dict[str, str]:
        """Where the tables stand on the page, by their titles."""
        return {
            table.title.in_(language): f"#{anchor_of(f'table {name}')}"
            for name, table in self.policy.tables.items()
        }

    @property
    def printed(self) -> tuple[Ref, ...]:
        """The clauses that say from when to when it holds."""
        return refs_of([self.policy.in_force_mark])


def reading_of(policy: Policy, document: Document) -> Reading:
    """A version of a policy in the order of its page."""
    names = Names(policy, document)
    phrases = Phrases(policy, names)
    rules = Rules(phrases)
    settling = _settling(policy)
    return Reading(
        policy, document,
        figures=tuple(_parts(policy, phrases, settling)),
        rules=tuple(_rules(policy, rules, document.prefix)),
        other_figures=tuple(_parts(policy, phrases, policy.tables.keys() - settling)),
        topics=tuple(_topics(policy, rules, document.prefix)),
        open=tuple(_open(policy, phrases)),
        choices=tuple(_choices(policy, document)),
        sections=tuple(summary_of(policy, document)),
    )  # fmt: skip


# --- figures -------------------------------------------------------------------------------------


def _settling(policy: Policy) -> set[str]:
    """The tables whose figures a settlement uses, also by way of other tables and facts."""
    found: set[str] = set()
    waiting: list[Expression] = [use.expression for use in uses_in_settlements(policy)]
    waiting += [fact.of for fact in policy.derived.values() if fact.of is not None]
    while waiting:
        for path in names_of(waiting.pop()):
            name = path.partition(".")[0]
            table = policy.tables.get(name)
            if table is None or name in found:
                continue
            found.add(name)
            contents = (cell.content for cell in table.cells.values())
            waiting += [one for one in contents if not isinstance(one, str)]
    return found if policy.benefits else set()


def _parts(policy: Policy, phrases: Phrases, chosen: Iterable[str]) -> Iterator[Part]:
    wanted = set(chosen)
    for chapter, items in policy.chapters.items():
        names = [name for word, _, name in (one.partition(" ") for one in items)
                 if word in ("table", "value") and name in wanted]  # fmt: skip
        if names:
            yield Part(chapter, tuple(sheets_of(policy, names, phrases)))


# --- rules ---------------------------------------------------------------------------------------


def _rules(policy: Policy, rules: Rules, prefix: str) -> Iterator[Rule]:
    """The way of a bill, station by station in its order."""
    stations: list[Scope | Benefit] = [*policy.scopes, *policy.benefits]
    for one in stations:
        word = "scope" if isinstance(one, Scope) else "benefit"
        rows = rules.scope(one) if isinstance(one, Scope) else rules.benefit(one)
        yield Rule(
            anchor_of(f"{word} {one.name}"), one.title, refs_of([one.mark]), _cells(rows, prefix)
        )


def _cells(rows: Iterable[Row], prefix: str) -> tuple[Cell, ...]:
    return tuple(_cell(row, prefix) for row in rows)


def _cell(row: Row, prefix: str) -> Cell:
    return Cell(row[0], refs_in(row[1].zh, prefix))


# --- matters of life -----------------------------------------------------------------------------


def _topics(policy: Policy, rules: Rules, prefix: str) -> Iterator[Topic]:
    for name, title in TOPICS.items():
        matters = tuple(
            _matter(one, rules, prefix) for one in policy.questions.values() if one.about == name
        )
        if matters:
            yield Topic(name, title, matters)


def _matter(question: Question, rules: Rules, prefix: str) -> Matter:
    cases = tuple(
        _case(one, prefix, only=len(question.cases) == 1) for one in rules.cases(question)
    )
    papers = any(case.needs for case in question.cases)
    anchor = anchor_of(f"question {question.name}")
    return Matter(anchor, question.title, refs_of([question.mark]), cases, papers)


def _case(read: CaseRead, prefix: str, *, only: bool) -> Case:
    answers = [(title, _cell((words, mark), prefix)) for title, words, mark in read.answers]
    rest = _cells((*read.papers, *read.leaves), prefix)
    refuse = None if read.refuse is None else _cell(read.refuse, prefix)
    because = None if read.because is None else _cell(read.because, prefix)
    every = [*(cell for _, cell in answers), *rest, *(one for one in (refuse, because) if one)]
    shared = [ref for ref in every[0].refs if all(ref in one.refs for one in every)]

    def without(cell: Cell) -> Cell:
        return cell._replace(refs=tuple(ref for ref in cell.refs if ref not in shared))

    return Case(
        when=_cells((row for row in read.when if row[0].zh), prefix),
        answers=tuple((title, without(cell)) for title, cell in answers),
        refuse=without(refuse) if refuse else None,
        because=without(because) if because else None,
        rest=tuple(without(cell) for cell in rest),
        refs=tuple(shared),
        only=only,
    )


# --- what is open --------------------------------------------------------------------------------


def _open(policy: Policy, phrases: Phrases) -> Iterator[OpenPoint]:
    """Parameters, cells, rules and answers that the document leaves to others."""
    for name, given in policy.given.items():
        words = _NOT_APPLIED if given.absent is not None else _SUPPLIED
        yield OpenPoint(anchor_of(f"given {name}"), given.title, words, refs_of([given.mark]))
    for name, table in policy.tables.items():
        for (column, row, value), cell in table.cells.items():
            if cell.content == "not stated":
                parts = [phrases.value(fact, one) for fact, one in zip(table.by, row, strict=True)
                         if one != "any"]  # fmt: skip
                if value and table.across is not None:
                    parts.append(phrases.value(table.across, value))
                if column:
                    parts.append(table.columns[column].title)
                where = all_of(parts, "、") if parts else same("")
                yield OpenPoint(
                    anchor_of(f"table {name}"), table.title, where, refs_of([cell.mark])
                )
    for benefit in policy.benefits:
        for step in benefit.steps:
            for to in destinations(step):
                if isinstance(to.to, Refuse):
                    marks = refs_of([to.mark if to.mark is not None else benefit.mark])
                    yield OpenPoint(
                        anchor_of(f"benefit {benefit.name}"), benefit.title, to.to.why, marks
                    )
    for question in policy.questions.values():
        for case in question.cases:
            if case.refuse is not None:
                anchor = anchor_of(f"question {question.name}")
                yield OpenPoint(anchor, question.title, case.refuse, refs_of([case.mark]))


def _choices(policy: Policy, document: Document) -> Iterator[Choice]:
    for clause, reading in policy.readings.items():
        own = document.clauses[clause]
        yield Choice(Ref(clause, reading=True), own.place, reading.text, own.ambiguity)
