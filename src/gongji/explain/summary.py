"""A policy read aloud: its chapters with their tables, rules and readings, every number cited."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from gongji.engine.figures import constant
from gongji.explain.arithmetic import percent
from gongji.explain.names import Names
from gongji.explain.record import Record
from gongji.money import grouped_yuan, half_up
from gongji.policy.documents import Document
from gongji.policy.marks import written_mark
from gongji.policy.model import (
    Along,
    Bear,
    Benefit,
    Cell,
    Count,
    Destination,
    Expression,
    Fact,
    Figure,
    First,
    Go,
    Mark,
    Name,
    Operation,
    Pay,
    Policy,
    Refuse,
    Scope,
    Step,
    Table,
    Unit,
)
from gongji.wording import Bilingual

__all__ = ["Block", "Section", "summary_of", "summary_record"]

_SIGNS = {"*": "×", "/": "÷", "+": "+", "-": "-"}
_UNITS = {
    Unit.YUAN: Bilingual(" 元", " yuan"),
    Unit.POINTS: Bilingual(" 个百分点", " points"),
}
_KINDS = {
    "number": Bilingual("（数）", "(a number)"),
    "date": Bilingual("（日期）", "(a date)"),
    "set": Bilingual("（可多选）", "(any of)"),
}


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

    def general(self) -> Iterator[Block]:
        """What is asked, and in which order a bill is settled."""
        facts = [row for fact in self.policy.facts.values() for row in _asked(fact)]
        yield Block("facts", Bilingual("问什么", "What is asked"), (), tuple(facts), "")
        order: list[Scope | Benefit] = [*self.policy.scopes, *self.policy.benefits]
        rows = tuple(
            (_same(str(index + 1)), station.title, _cited(station.mark))
            for index, station in enumerate(order)
        )
        yield Block("order", Bilingual("支付顺序", "Order of payment"), (), rows, "")

    def block(self, item: str) -> Iterator[Block]:
        """The blocks of one `<word> <name>` of a chapter."""
        word, _, name = item.partition(" ")
        file = str(self.policy.places[item])
        if word in ("table", "value"):
            table = self.policy.tables[name]
            units = {column.unit for column in table.columns.values()}
            title = table.title + _in_unit(units.pop()) if len(units) == 1 else table.title
            yield Block(item, title, *self._table(table, in_head=bool(units)), file)
        elif word == "benefit":
            benefit = next(one for one in self.policy.benefits if one.name == name)
            yield Block(item, benefit.title, (), tuple(self._benefit(benefit)), file)
        elif word == "scope":
            scope = next(one for one in self.policy.scopes if one.name == name)
            rows = ((self._scope(scope), _cited(scope.mark)),)
            yield Block(item, scope.title, (), rows, file)
        elif word == "given":
            given = self.policy.given[name]
            words = Bilingual(
                f"参数 {name}：文件没有写明，由使用者提供",
                f"parameter {name}: not in the document, to be supplied",
            )
            yield Block(item, given.title, (), ((words, _cited(given.mark)),), file)
        elif word == "stand_in":
            yield self._stand_in(name, item, file)
        elif word == "reading":
            clause = f"{self.names.document.prefix}-{name}"
            reading = self.policy.readings[clause]
            title = Bilingual(f"读法 {clause}", f"reading of {clause}")
            yield Block(item, title, (), ((reading.text,),), file)

    def _stand_in(self, name: str, item: str, file: str) -> Block:
        stand_in = next(one for one in self.policy.stand_ins if one.payer == name)
        payer = self.names.fund(name)
        funds = [self.names.fund(one) for one in stand_in.funds]
        words = Bilingual(
            f"代{'、'.join(one.zh for one in funds)}支付",
            f"pays in place of: {', '.join(one.en for one in funds)}",
        )
        return Block(item, payer, (), ((words, _cited(stand_in.mark)),), file)

    def _table(
        self, table: Table, *, in_head: bool
    ) -> tuple[tuple[Bilingual, ...], tuple[tuple[Bilingual, ...], ...]]:
        heads: list[tuple[str, str]] = []
        for column, _, value in table.cells:
            if (column, value) not in heads:
                heads.append((column, value))
        titles = [
            self._head(table, column, value)
            + (_in_unit(table.columns[column].unit) if in_head else _same(""))
            for column, value in heads
        ]
        head = (Bilingual("", ""), *titles, Bilingual("条款", "clause"))
        rows = []
        for row in table.rows:
            cells = [
                (table.cells[(column, row, value)], table.columns[column].unit)
                for column, value in heads
            ]
            marks = list(dict.fromkeys(written_mark(cell.mark) for cell, _ in cells))
            rows.append(
                (
                    self._row_title(table, row),
                    *(self._cell(cell, unit) for cell, unit in cells),
                    _same(" ".join(marks)),
                )
            )
        plain = not table.by and len(heads) == 1
        return ((), tuple(one[1:] for one in rows)) if plain else (head, tuple(rows))

    def _head(self, table: Table, column: str, value: str) -> Bilingual:
        title = table.columns[column].title
        if not value or table.across is None:
            return title if column else Bilingual("", "")
        spread = self._value(table.across, value)
        if not column:
            return spread
        return Bilingual(f"{title.zh}·{spread.zh}", f"{title.en}, {spread.en}")

    def _row_title(self, table: Table, row: tuple[str, ...]) -> Bilingual:
        titles = [
            self._value(fact, value)
            for fact, value in zip(table.by, row, strict=True)
            if value != "any"
        ]
        return Bilingual("、".join(one.zh for one in titles), ", ".join(one.en for one in titles))

    def _value(self, fact: str, value: str) -> Bilingual:
        if fact in self.policy.derived:
            return self.policy.derived[fact].values[value]
        return self.names.value(fact, value)

    def _cell(self, cell: Cell, unit: Unit) -> Bilingual:
        if cell.content == "no limit":
            return Bilingual("不设限额", "no limit")
        if isinstance(cell.content, str):
            return Bilingual("文件没有写明", "not stated")
        value = constant(cell.content)
        if value is None:
            return self._expression(cell.content)
        return _same(_figure(value, unit).zh.partition(" ")[0])

    def _benefit(self, benefit: Benefit) -> Iterator[tuple[Bilingual, Bilingual]]:
        if benefit.burden is not None:
            causes = [self.names.cause(one) for one in benefit.burden.causes]
            sources = [self.names.station(one) for one in benefit.burden.benefits]
            yield (
                Bilingual(
                    f"取{'、'.join(one.zh for one in sources)}中由个人负担的："
                    f"{'、'.join(one.zh for one in causes)}",
                    f"takes what the person bears of {', '.join(one.en for one in sources)}: "
                    f"{', '.join(one.en for one in causes)}",
                ),
                _cited(benefit.mark),
            )
        for step in benefit.steps:
            yield from self._step(step, benefit.mark)

    def _step(self, step: Step, mark: Mark) -> Iterator[tuple[Bilingual, Bilingual]]:
        if isinstance(step, Count):
            meter = self.policy.meters[step.meter]
            words = Bilingual(f"计入：{meter.title.zh}", f"counts: {meter.title.en}")
            yield words, _cited(meter.mark)
        elif isinstance(step, First):
            amount, to = self._expression(step.amount), self._destination(step.destination)
            words = Bilingual(f"先是 {amount.zh}：{to.zh}", f"the first {amount.en}: {to.en}")
            yield words, _cited(step.destination.mark or mark)
        elif isinstance(step, Along):
            for cut in step.cuts:
                to = self._destination(cut.destination)
                if cut.to is None:
                    words = Bilingual(f"以上：{to.zh}", f"above: {to.en}")
                else:
                    edge = self._expression(cut.to)
                    words = Bilingual(f"至 {edge.zh}：{to.zh}", f"to {edge.en}: {to.en}")
                yield words, _cited(cut.destination.mark or mark)
        else:
            yield self._destination(step.destination), _cited(step.destination.mark or mark)

    def _destination(self, destination: Destination) -> Bilingual:
        to = destination.to
        if isinstance(to, Bear):
            if to.cause == "same":
                return Bilingual("仍由个人负担", "stays with the person")
            cause = self.names.cause(to.cause)
            return Bilingual(f"个人负担（{cause.zh}）", f"the person bears it ({cause.en})")
        if isinstance(to, Go):
            if to.to == "on":
                return Bilingual("进入下一步", "goes on to the next step")
            if to.to == "next":
                return Bilingual("转入下一个适用的待遇", "goes to the next benefit that takes it")
            title = self.names.station(to.to)
            return Bilingual(f"转入{title.zh}", f"goes to: {title.en}")
        if isinstance(to, Refuse):
            return to.why
        return self._pay(to)

    def _pay(self, pay: Pay) -> Bilingual:
        fund = self.names.fund(pay.fund)
        if pay.rate is None:
            return Bilingual(f"{fund.zh}支付至余额用完", f"the {fund.en} pays up to its balance")
        rate = self._expression(pay.rate)
        words = Bilingual(f"{fund.zh}支付 {rate.zh}", f"the {fund.en} pays {rate.en}")
        for limit in pay.limits:
            meter = self.policy.meters[limit.meter].title
            amount = self._expression(limit.amount)
            words += Bilingual(
                f"，{meter.zh}以 {amount.zh} 为限", f", {meter.en} up to {amount.en}"
            )
        if pay.then is not None:
            then = self._destination(pay.then)
            words += Bilingual(f"，其余{then.zh}", f"; the rest: {then.en}")
        return words

    def _scope(self, scope: Scope) -> Bilingual:
        if scope.parts:
            causes = [self.names.cause(part) for part in scope.parts]
            return Bilingual(
                f"个人负担：{'、'.join(one.zh for one in causes)}",
                f"the person bears: {', '.join(one.en for one in causes)}",
            )
        if scope.beyond is not None:
            amount = self._expression(scope.beyond.amount)
            return Bilingual(
                f"超过 {amount.zh} 的部分另作记号", f"what lies beyond {amount.en} is marked"
            )
        share = self._expression(scope.share) if scope.share is not None else _same("100%")
        cause = self.names.cause(scope.cause or "")
        return Bilingual(
            f"{share.zh} 由个人负担（{cause.zh}）", f"{share.en} borne by the person ({cause.en})"
        )

    def _expression(self, expression: Expression) -> Bilingual:
        if isinstance(expression, Name):
            return self._named(expression.path)
        if isinstance(expression, Figure):
            return _figure(expression.value, expression.unit)
        if isinstance(expression, Operation):
            left, right = self._expression(expression.left), self._expression(expression.right)
            if isinstance(expression.right, Figure) and expression.right.mark is None:
                unit = _UNITS[expression.right.unit]  # the unit given to a plain number
                return Bilingual(f"{left.zh}{unit.zh}", f"{left.en}{unit.en}")
            sign = _SIGNS[expression.operator]
            return Bilingual(f"{left.zh} {sign} {right.zh}", f"{left.en} {sign} {right.en}")
        inner = [self._expression(one) for one in expression.arguments]
        return Bilingual(
            f"{expression.function}({'，'.join(one.zh for one in inner)})",
            f"{expression.function}({', '.join(one.en for one in inner)})",
        )

    def _named(self, path: str) -> Bilingual:
        name, _, column = path.partition(".")
        if name not in self.policy.tables:
            title = self.names.fact(name)
            return Bilingual(f"“{title.zh}”", f"the {title.en}")
        table = self.policy.tables[name]
        if not table.by and not table.columns[column].across:
            cell = table.cells[(column, table.rows[0], "")]
            value = None if isinstance(cell.content, str) else constant(cell.content)
            unit = table.columns[column].unit
            return self._cell(cell, unit) if value is None else _figure(value, unit)
        title = table.title
        if column:
            head = table.columns[column].title
            title = Bilingual(f"{title.zh}·{head.zh}", f"{title.en}, {head.en}")
        return Bilingual(f"“{title.zh}”", f"[{title.en}]")


def _in_unit(unit: Unit) -> Bilingual:
    """The unit of a column or a table, for its head."""
    if unit is Unit.YUAN:
        return Bilingual("（元）", " (yuan)")
    return Bilingual("（百分点）", " (points)") if unit is Unit.POINTS else _same("")


def _figure(value: Fraction, unit: Unit) -> Bilingual:
    if unit is Unit.YUAN:
        return Bilingual(
            f"{grouped_yuan(half_up(value))} 元", f"{grouped_yuan(half_up(value))} yuan"
        )
    if unit is Unit.RATE:
        return _same(percent(value))
    if unit is Unit.POINTS:
        number = percent(value).removesuffix("%")
        return Bilingual(f"{number} 个百分点", f"{number} points")
    return _same(str(value))


def _asked(fact: Fact) -> Iterator[tuple[Bilingual, ...]]:
    """A fact, and what can be answered: as it is typed and as it is called, the default first."""
    yield _same(fact.name), _KINDS.get(fact.kind, _same("")), fact.title
    for name, title in sorted(fact.values.items(), key=lambda one: one[0] != fact.default):
        yield _same(""), _same(name), title


def _cited(mark: Mark) -> Bilingual:
    return _same(written_mark(mark))


def _same(text: str) -> Bilingual:
    return Bilingual(text, text)
