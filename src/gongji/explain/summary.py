"""A policy read aloud: its chapters with their tables, rules and readings, every number cited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gongji.explain.names import Names
from gongji.explain.phrases import Phrases, all_of, marked, same
from gongji.explain.record import Record
from gongji.explain.rules import Rules
from gongji.explain.tables import head_and_rows, table_title
from gongji.policy.documents import Document
from gongji.policy.expression import TODAY, names_of
from gongji.policy.model import Benefit, DerivedFact, Fact, Given, Policy, Scope
from gongji.wording import Bilingual

__all__ = ["Block", "Section", "summary_of", "summary_record"]

_KINDS = {
    "number": Bilingual("（数）", "(a number)"),
    "amount": Bilingual("（金额）", "(an amount)"),
    "date": Bilingual("（日期）", "(a date)"),
    "text": Bilingual("（名称）", "(a name)"),
    "set": Bilingual("（可多选）", "(any of)"),
}
_COUNTS = {
    "visits": Bilingual("次数", "visits"),
    "cost": Bilingual("费用", "cost"),
    "payment": Bilingual("基金支付额", "payments"),
    "burden": Bilingual("个人负担", "what the person bears"),
}
_WINDOWS = {
    "visit": Bilingual("每次就医", "within a visit"),
    "day": Bilingual("每日", "a day"),
    "month": Bilingual("每月", "a month"),
    "year": Bilingual("每年", "a year"),
    "lifetime": Bilingual("终身", "for life"),
}
_DEFAULT = Bilingual("（默认）", " (default)")


class Block(NamedTuple):
    """One table, rule or reading of a policy: a title, rows, and where it stands in the file."""

    name: str
    title: Bilingual
    head: tuple[Bilingual, ...]
    rows: tuple[tuple[Bilingual, ...], ...]
    file: str


class Section(NamedTuple):
    """A chapter of the document and what the policy makes of it."""

    heading: Bilingual
    blocks: tuple[Block, ...]


def summary_of(policy: Policy, document: Document) -> list[Section]:
    """A policy chapter by chapter; first what it asks for and the order of payment."""
    reader = _Reader(policy, Names(policy, document))
    sections = [Section(Bilingual("总则", "In general"), tuple(reader.general()))]
    for chapter, names in policy.chapters.items():
        blocks = tuple(block for name in names for block in reader.block(name))
        if blocks:
            sections.append(Section(Bilingual(chapter, chapter), blocks))
    return sections


def summary_record(
    policy: Policy, document: Document, sections: list[Section]
) -> dict[str, Record]:
    """The summary for machines: the same blocks, cells as text in both languages."""
    last = policy.in_force.last

    def cells(row: tuple[Bilingual, ...]) -> list[Record]:
        return [{"zh": cell.zh, "en": cell.en} for cell in row]

    return {
        "policy": policy.id,
        "title": {"zh": policy.title.zh, "en": policy.title.en},
        "document": {
            "id": document.id,
            "title": document.title,
            "number": document.number or None,
            "issuer": document.issuer or None,
            "published": document.published or None,
        },
        "from": policy.in_force.first.isoformat(),
        "to": last.isoformat() if last else None,
        "digest": policy.digest,
        "file": policy.file,
        "sections": [
            {
                "heading": section.heading.zh,
                "blocks": [
                    {
                        "name": block.name,
                        "title": {"zh": block.title.zh, "en": block.title.en},
                        "file": block.file,
                        "head": cells(block.head),
                        "rows": [cells(row) for row in block.rows],
                    }
                    for block in section.blocks
                ],
            }
            for section in sections
        ],
    }


class _Reader:
    def __init__(self, policy: Policy, names: Names) -> None:
        self.policy = policy
        self.names = names
        self.phrases = Phrases(policy, names)
        self.rules = Rules(self.phrases)

    def general(self) -> Iterator[Block]:
        """What is asked, and in which order a bill is settled."""
        facts = [row for fact in self.policy.facts.values() for row in _asked(fact)]
        yield Block("facts", Bilingual("问什么", "What is asked"), (), tuple(facts), "")
        order: list[Scope | Benefit] = [*self.policy.scopes, *self.policy.benefits]
        rows = tuple(
            (same(str(index + 1)), station.title, marked(station.mark))
            for index, station in enumerate(order)
        )
        if rows:
            yield Block("order", Bilingual("支付顺序", "Order of payment"), (), rows, "")

    def block(self, item: str) -> Iterator[Block]:
        """The blocks of one `<word> <name>` of a chapter."""
        word, _, name = item.partition(" ")
        file = str(self.policy.places[item])
        if word in ("table", "value"):
            table = self.policy.tables[name]
            yield Block(item, table_title(table), *head_and_rows(table, self.phrases), file)
        elif word == "fact":
            derived = self.policy.derived[name]
            yield Block(item, derived.title, (), tuple(self._derived(derived)), file)
        elif word == "meter":
            meter = self.policy.meters[name]
            words = Bilingual(
                f"累计项 {name}：{_COUNTS[meter.counts].zh}，{_WINDOWS[meter.window].zh}",
                f"meter {name}: {_COUNTS[meter.counts].en}, {_WINDOWS[meter.window].en}",
            )
            if meter.first_day != (1, 1):
                month, day = meter.first_day
                words += Bilingual(
                    f"（{month} 月 {day} 日起）", f" (from {month:02d}-{day:02d} on)"
                )
            if meter.per:
                per = self.names.fact(meter.per)
                words += Bilingual(f"，按{per.zh}分别累计", f", apart for each {per.en}")
            if meter.shared:
                words += Bilingual("，相同的人合并累计", ", one total for all who share it")
            yield Block(item, meter.title, (), ((words, marked(meter.mark)),), file)
        elif word == "benefit":
            benefit = self.names.benefit(name)
            yield Block(item, benefit.title, (), tuple(self.rules.benefit(benefit)), file)
        elif word == "scope":
            scope = next(one for one in self.policy.scopes if one.name == name)
            yield Block(item, scope.title, (), tuple(self.rules.scope(scope)), file)
        elif word == "given":
            given = self.policy.given[name]
            yield Block(item, given.title, (), tuple(_given(given)), file)
        elif word == "question":
            question = self.policy.questions[name]
            yield Block(item, question.title, (), tuple(self.rules.question(question)), file)
        elif word == "stand_in":
            yield self._stand_in(name, item, file)
        elif word == "best":
            yield self._best(name, item, file)
        elif word == "reading":
            clause = f"{self.names.document.prefix}-{name}"
            reading = self.policy.readings[clause]
            title = Bilingual(f"理解 {clause}", f"reading of {clause}")
            yield Block(item, title, (), ((reading.text,),), file)

    def _derived(self, derived: DerivedFact) -> Iterator[tuple[Bilingual, ...]]:
        """A fact that follows from others: each value and when it is that."""
        for case in derived.cases:
            start = derived.values[case.value] + Bilingual("：", ": ")
            if case.test is not None:
                assert derived.of is not None
                marks = (case.mark, *self.phrases.marks(derived.of))
                yield start + self.phrases.test_of(derived.of, case.test), marked(*marks)
            elif case.unsaid:
                assert derived.of is not None
                named = (name for name in names_of(derived.of) if name != TODAY)
                titles = all_of((self.phrases.title(name) for name in named), "、")
                words = Bilingual(f"没有说明{titles.zh}", f"not said: {titles.en}")
                yield start + words, marked(case.mark)
            elif case.condition is None:
                yield start + Bilingual("其余", "otherwise"), marked(case.mark)
            else:
                for words, mark in self.phrases.condition(case.condition):
                    yield start + words, mark if mark.zh else marked(case.mark)
                    start = Bilingual("　或：", "  or: ")

    def _best(self, name: str, item: str, file: str) -> Block:
        """A choice that is made for the person where it is not said."""
        best = next(one for one in self.policy.best if one.fact == name)
        title = self.names.fact(name)
        values = all_of(
            (self.names.value(name, one) for one in self.policy.facts[name].values), "、"
        )
        words = Bilingual(
            f"没有说明时，取{values.zh}中个人负担最少的；相同时取在前的",
            f"where it is not said: of {values.en} the one that leaves the person least; of equals "
            "the first",
        )
        return Block(item, title, (), ((words, marked(best.mark)),), file)

    def _stand_in(self, name: str, item: str, file: str) -> Block:
        stand_in = next(one for one in self.policy.stand_ins if one.payer == name)
        payer = self.names.fund(name)
        funds = [self.names.fund(one) for one in stand_in.funds]
        words = Bilingual(
            f"代{'、'.join(one.zh for one in funds)}支付",
            f"pays in place of: {', '.join(one.en for one in funds)}",
        )
        rows = (*self.rules.applies(stand_in.condition), (words, marked(stand_in.mark)))
        return Block(item, payer, (), rows, file)


def _given(given: Given) -> Iterator[tuple[Bilingual, ...]]:
    """A parameter: what it is called, and what holds without it."""
    yield (
        Bilingual(
            f"参数 {given.name}：文件没有写明，由使用者提供",
            f"parameter {given.name}: not in the document, to be supplied",
        ),
        marked(given.mark),
    )
    if given.by:
        by = f"{given.name}[{' '.join(given.by)}]"
        yield Bilingual(f"每种情形各一个数，写 {by}", f"a figure for each case, {by}"), same("")
    if given.absent is not None:
        words = Bilingual("未提供时：不适用", "without it: not applied")
        yield words, marked(given.absent_mark)
    for value, title in given.fact.values.items():
        default = _DEFAULT if value == given.fact.default else same("")
        yield same(f"{value}  ") + title + default, same("")


def _asked(fact: Fact) -> Iterator[tuple[Bilingual, ...]]:
    """A fact, and what can be answered: as it is typed and as it is called, the default first."""
    yield same(fact.name), _KINDS.get(fact.kind, same("")), fact.title
    for name, title in sorted(fact.values.items(), key=lambda one: one[0] != fact.default):
        default = _DEFAULT if name == fact.default else same("")
        yield same(""), same(name), title + default
