"""Reading figures, expressions, tables and parameters; every figure ends up with a citation."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal, cast

from gongji.policy.context import Context, merged
from gongji.policy.expression import STRETCH, TODAY, ExpressionError, parse_expression, unit_of
from gongji.policy.grammar import FORMS
from gongji.policy.marks import split_mark
from gongji.policy.model import (
    Call,
    Cell,
    Column,
    Expression,
    Fact,
    Figure,
    Given,
    Mark,
    Operation,
    Table,
    Unit,
)
from gongji.policy.problems import Place
from gongji.policy.reader import fields, items, one_of, text
from gongji.policy.source import Node, Scalar, Sequence, entries_of
from gongji.policy.vocabulary import bilingual
from gongji.wording import Bilingual, listed

__all__ = ["read_expression", "read_given", "read_table", "read_value", "require_unit"]

_HEAD = re.compile(r"([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?(?:\s+(元|%|百分点|number))?")
_SAME = "same as "
_ROW = re.compile(r"(?:same as|(\d+(?:\.\d+)?%) of) ([a-z][a-z0-9_]*(?: [a-z][a-z0-9_]*)*)")
_UNIT_WORDS = {
    Unit.YUAN: Bilingual("金额", "an amount"),
    Unit.RATE: Bilingual("比例", "a rate"),
    Unit.POINTS: Bilingual("百分点", "points"),
    Unit.NUMBER: Bilingual("没有单位的数", "a number without a unit"),
    Unit.DATE: Bilingual("日期", "a date"),
    Unit.MONTHS: Bilingual("月数", "a number of months"),
    Unit.DAYS: Bilingual("天数", "a number of days"),
    Unit.SET: Bilingual("一组取值", "a set of values"),
}
_FACT_UNITS = {
    "number": Unit.NUMBER,
    "amount": Unit.YUAN,
    "date": Unit.DATE,
    "set": Unit.SET,
}
_UNIT_EXAMPLES = {
    Unit.YUAN: Bilingual("，如 800 或 1.5万元", ", such as 800 or 1.5万元"),
    Unit.RATE: Bilingual("，如 60%", ", such as 60%"),
    Unit.POINTS: Bilingual("，如 5百分点", ", such as 5百分点"),
}
_PLAIN_COMMAS = Bilingual("逗号请用半角 ,", "write plain commas ,")
_ONE: dict[Unit, Figure] = {
    Unit.YUAN: Figure(Fraction(100), Unit.YUAN, "1元", None),
    Unit.POINTS: Figure(Fraction(1, 100), Unit.POINTS, "1百分点", None),
}


# --- expressions ---------------------------------------------------------------------------------


def read_expression(
    node: Node, where: str, context: Context, outer: Mark | None
) -> tuple[Expression, Mark | None]:
    """An expression and the mark at its end; a figure takes the nearest mark outward.

    A figure that finds none is a fault: every number carries its citation.
    """
    words, written = split_mark(text(node, where, context.faults))
    mark = context.mark(written, node.place, where) if written else None
    expression = _parsed(words, node.place, where, context)
    return _cited(expression, merged(mark) or outer, node.place, where, context), mark


def _parsed(words: str, place: Place, where: str, context: Context) -> Expression:
    try:
        return parse_expression(words, context.document.prefix)
    except ExpressionError as error:
        raise context.faults.add(place, where, error.found, error.expected) from None


def _cited(
    expression: Expression, mark: Mark | None, place: Place, where: str, context: Context
) -> Expression:
    if isinstance(expression, Figure):
        if expression.mark is not None:
            for clause in expression.mark.clauses:
                if clause not in context.document.clauses:
                    raise context.unknown(place, where, clause, context.document.clauses)
            return expression._replace(place=place)
        if mark is None:
            raise context.faults.add(
                place,
                where,
                Bilingual(f"“{expression.text}”没有条款", f"{expression.text!r} has no citation"),
                Bilingual("每个数后有条款标记", "a citation mark behind every number"),
                Bilingual(f"写成 {expression.text} ^…", f"write {expression.text} ^…"),
            )
        return expression._replace(mark=mark, place=place)
    if isinstance(expression, Operation):
        return Operation(
            expression.operator,
            _cited(expression.left, mark, place, where, context),
            _cited(expression.right, mark, place, where, context),
        )
    if isinstance(expression, Call):
        return Call(
            expression.function,
            tuple(_cited(one, mark, place, where, context) for one in expression.arguments),
        )
    return expression


def require_unit(
    expression: Expression, unit: Unit, place: Place, where: str, context: Context
) -> Expression:
    """The expression in `unit`: a plain number counts as that unit, anything else must be it."""
    try:
        found = unit_of(expression, lambda path: _unit_of_name(path, place, where, context))
    except ExpressionError as error:
        raise context.faults.add(place, where, error.found, error.expected) from None
    if found is unit:
        return expression
    if found is Unit.NUMBER and unit in _ONE:
        if isinstance(expression, Figure):
            value = expression.value * _ONE[unit].value
            return expression._replace(value=value, unit=unit)
        return Operation("*", expression, _ONE[unit])
    raise context.faults.add(
        place,
        where,
        _UNIT_WORDS[found],
        _UNIT_WORDS[unit] + _UNIT_EXAMPLES.get(unit, Bilingual("", "")),
    )


def _unit_of_name(path: str, place: Place, where: str, context: Context) -> Unit:
    name, _, column = path.partition(".")
    if name in context.tables:
        columns = context.tables[name].columns
        if column in columns:
            return columns[column].unit
        raise context.unknown(place, where, path, {f"{name}.{one}": 0 for one in columns})
    if name in context.given and not column and context.given[name].unit is not None:
        return cast(Unit, context.given[name].unit)
    fact = context.facts.get(path)
    if path == TODAY:
        return Unit.DATE
    if path == STRETCH:
        if where.endswith("› first"):
            return Unit.YUAN
        raise context.faults.add(
            place,
            where,
            Bilingual("stretch 写在了 first 以外", "`stretch` outside `first`"),
            Bilingual(
                "只在一步的 first 中写 stretch：到这一步的费用",
                "`stretch` in `first:` of a step only, the cost that comes to that step",
            ),
        )
    if fact is not None and fact.kind in _FACT_UNITS:
        return _FACT_UNITS[fact.kind]
    facts = {name: one for name, one in context.facts.items() if one.kind in _FACT_UNITS}
    if path in context.facts or path in context.derived:
        raise context.faults.add(
            place,
            where,
            Bilingual(f"“{path}”不是可以计算的数", f"{path!r} is nothing to calculate with"),
            Bilingual(
                f"数、金额、日期或集合：{listed(facts)}；按取值各有一个数的，写成 table",
                f"a number, an amount, a date or a set: {listed(facts) or 'none is declared'}; a "
                "figure for each of its values is a `table`",
            ),
        )
    raise context.unknown(place, where, path, {**context.tables, **context.given, **facts})


# --- tables --------------------------------------------------------------------------------------


def read_value(name: str, node: Node, context: Context, place: Place) -> Table:
    """`value <name>:`, a table with one cell."""
    where = f"value {name}"
    found = fields(node, FORMS["value"], where, context.faults)
    outer = context.cite(found, where)
    expression, mark = read_expression(found["is"], f"{where} › is", context, outer)
    try:
        unit = unit_of(
            expression, lambda path: _unit_of_name(path, found["is"].place, where, context)
        )
    except ExpressionError as error:
        raise context.faults.add(found["is"].place, where, error.found, error.expected) from None
    cell_mark = merged(mark, outer)
    cell = Cell(expression, _some(cell_mark, found["is"].place, where, context), found["is"].place)
    title = bilingual(found["title"], f"{where} › title", context.faults)
    column = Column("", title, unit, across=False)
    return Table(name, title, (), None, {"": column}, {("", (), ""): cell}, ((),), place)


def read_table(name: str, node: Node, context: Context, place: Place) -> Table:
    """`table <name>:` with its columns and rows."""
    where = f"table {name}"
    faults = context.faults
    found = fields(node, FORMS["table"], where, faults)
    by = tuple(
        _dimension(one, f"{where} › by", context)
        for one in (items(found["by"], f"{where} › by", faults) if "by" in found else ())
    )
    across = (
        _dimension(found["across"], f"{where} › across", context) if "across" in found else None
    )
    heads = _heads(found, across, where, context)
    columns = _columns(heads, context)
    rows = _Rows(name, by, heads, context.cite(found, where), context)
    rows_node = found["rows"]
    for key, value in entries_of(rows_node):
        with faults.go_on():
            rows.read(key, value)
    if not rows.cells:
        faults.add(
            rows_node.place,
            f"{where} › rows",
            Bilingual("没有读出一行", "no row could be read"),
            Bilingual("{行名: [数, …, ^条款]}", "{row: [figure, ..., ^clause]}"),
        )
    title = bilingual(found["title"], f"{where} › title", faults)
    return Table(name, title, by, across, columns, rows.cells, tuple(rows.order), place)


def _dimension(node: Node, where: str, context: Context) -> str:
    name = text(node, where, context.faults)
    if context.titles_of(name) is None:
        known = {**context.facts, **context.derived, **context.given}
        raise context.unknown(node.place, where, name, known)
    return name


_Head = tuple[str, str, Unit]  # column, value of `across`, unit


def _heads(found: dict[str, Node], across: str | None, where: str, context: Context) -> list[_Head]:
    faults = context.faults
    units = {unit.value: unit for unit in Unit}
    common = None
    if "unit" in found:
        common = units[
            one_of(found["unit"], ("元", "%", "百分点", "number"), f"{where} › unit", faults)
        ]
    if "columns" not in found:
        if common is None:
            raise faults.add(
                found["rows"].place,
                where,
                Bilingual("没有 columns，也没有 unit", "neither `columns` nor `unit`"),
                Bilingual("unit: 元、% 或 百分点", "unit: 元, % or 百分点"),
            )
        return [("", "", common)]
    spread = context.titles_of(across) or {} if across else {}
    heads: list[_Head] = []
    for one in items(found["columns"], f"{where} › columns", faults):
        head = _HEAD.fullmatch(text(one, f"{where} › columns", faults))
        unit = units[head[3]] if head and head[3] else common
        if head is None or unit is None:
            raise faults.add(
                one.place,
                f"{where} › columns",
                Bilingual("读不懂的列名", "a column head that cannot be read"),
                Bilingual(
                    "列名和单位，如 limit 元、rate.primary %", "such as limit 元, rate.primary %"
                ),
            )
        column, value = head[1], head[2] or ""
        if not value and column in spread:
            column, value = "", column
        if value and value not in spread:
            raise context.unknown(one.place, f"{where} › columns", value, spread)
        heads.append((column, value, unit))
    return heads


def _columns(heads: list[_Head], context: Context) -> dict[str, Column]:
    titles = context.vocabulary.columns
    return {
        name: Column(name, titles.get(name, Bilingual(name, name)), unit, across=bool(value))
        for name, value, unit in heads
    }


class _Rows:
    """The rows of one table as they are read; a later row may be the same as an earlier one."""

    def __init__(
        self,
        name: str,
        by: tuple[str, ...],
        heads: list[_Head],
        outer: Mark | None,
        context: Context,
    ) -> None:
        self.name = name
        self.by = by
        self.heads = heads
        self.outer = outer
        self.context = context
        self.cells: dict[tuple[str, tuple[str, ...], str], Cell] = {}
        self.order: list[tuple[str, ...]] = []

    def read(self, key: Scalar, node: Node) -> None:
        where = f"table {self.name} › {key.text}"
        row = self._row(key, where)
        written = node.items if isinstance(node, Sequence) else (node,)
        mark = self.outer
        if isinstance(node, Sequence) and written:
            words, last = split_mark(text(written[-1], where, self.context.faults))
            if not words and last is not None:
                mark = self.context.mark(last, written[-1].place, where)
                written = written[:-1]
        if len(written) == 1 and self._row_after(row, written[0], where):
            self.order.append(row)
            return
        if len(written) != len(self.heads):
            raise self.context.faults.add(
                node.place,
                where,
                Bilingual(f"{len(written)} 个数", f"{len(written)} figures"),
                Bilingual(f"{len(self.heads)} 个数，末尾条款", f"{len(self.heads)} and a mark"),
                _PLAIN_COMMAS
                if any("，" in one.text for one in written if isinstance(one, Scalar))
                else None,
            )
        for index, one in enumerate(written):
            self._cell(row, index, one, mark, where)
        self.order.append(row)

    def _row(self, key: Scalar, where: str) -> tuple[str, ...]:
        parts = tuple(key.text.split()) if self.by else ()
        if not self.by and key.text != "all":
            raise self.context.unknown(key.place, where, key.text, {"all": 0})
        if len(parts) != len(self.by):
            raise self.context.faults.add(
                key.place,
                where,
                Bilingual(f"行名“{key.text}”", f"the row name {key.text!r}"),
                Bilingual(
                    f"{len(self.by)} 个词：{listed(self.by)}",
                    f"{len(self.by)} words: {listed(self.by)}",
                ),
            )
        for fact, value in zip(self.by, parts, strict=True):
            known = {**(self.context.titles_of(fact) or {}), "any": 0}
            if value not in known:
                raise self.context.unknown(key.place, where, value, known)
        for other in self.order:
            if all(a == b or "any" in (a, b) for a, b in zip(parts, other, strict=True)):
                raise self.context.faults.add(
                    key.place,
                    where,
                    Bilingual(
                        f"与“{' '.join(other)}”一行重叠", f"overlaps the row {' '.join(other)!r}"
                    ),
                    Bilingual("每种情形只有一行", "one row for each case"),
                    Bilingual("把 any 换成具体的值", "write the values that `any` stands for"),
                )
        return parts

    def _row_after(self, row: tuple[str, ...], node: Node, where: str) -> bool:
        """Read `same as <row>` or `50% of <row>`; False where the row is figures."""
        words, written = split_mark(text(node, where, self.context.faults))
        found = _ROW.fullmatch(words)
        if found is None or not self.by:
            return False
        source = tuple(found[2].split())
        if source not in self.order:
            known = {" ".join(one): 0 for one in self.order}
            raise self.context.unknown(node.place, where, " ".join(source), known)
        mark = self.context.mark(written, node.place, where) if written else None
        for column, value, _ in self.heads:
            cell = self.cells[(column, source, value)]
            content = cell.content
            if found[1] and not isinstance(content, str):
                factor = _cited(
                    _parsed(found[1], node.place, where, self.context),
                    mark or self.outer,
                    node.place,
                    where,
                    self.context,
                )
                content = Operation("*", factor, content)
            own = _some(merged(mark, cell.mark), node.place, where, self.context)
            self.cells[(column, row, value)] = Cell(content, own, node.place)
        return True

    def _cell(
        self, row: tuple[str, ...], index: int, node: Node, outer: Mark | None, where: str
    ) -> None:
        column, value, unit = self.heads[index]
        words, written = split_mark(text(node, where, self.context.faults))
        own = self.context.mark(written, node.place, where) if written else None
        mark = merged(own) or outer
        if words.startswith(_SAME):
            cell = self.cells.get((column, row, words.removeprefix(_SAME)))
            if cell is None:
                known = {head[1]: 0 for head in self.heads[:index]}
                raise self.context.unknown(node.place, where, words, known)
            both = _some(merged(own, cell.mark), node.place, where, self.context)
            self.cells[(column, row, value)] = Cell(cell.content, both, node.place)
            return
        content: Expression | Literal["no limit", "not stated"]
        if words in ("no limit", "not stated"):
            content = cast(Literal["no limit", "not stated"], words)
        else:
            parsed = _parsed(words, node.place, where, self.context)
            cited = _cited(parsed, mark, node.place, where, self.context)
            content = require_unit(cited, unit, node.place, where, self.context)
        cell_mark = _some(mark, node.place, where, self.context)
        self.cells[(column, row, value)] = Cell(content, cell_mark, node.place)


def _some(mark: Mark | None, place: Place, where: str, context: Context) -> Mark:
    if mark is not None:
        return mark
    raise context.faults.add(
        place,
        where,
        Bilingual("没有条款", "no citation"),
        Bilingual("行末或数后的条款标记", "a citation mark at the row's end or behind the number"),
    )


# --- parameters ----------------------------------------------------------------------------------


def read_given(name: str, node: Node, context: Context, place: Place) -> Given:
    """`given <name>:`, a parameter that is supplied from outside."""
    where = f"given {name}"
    faults = context.faults
    found = fields(node, FORMS["given"], where, faults)
    title = bilingual(found["title"], f"{where} › title", faults)
    titles: dict[str, Bilingual] = {}
    for key, value in entries_of(found.get("values")):
        titles[key.text] = bilingual(value, f"{where} › {key.text}", faults)
    if bool(titles) == ("unit" in found):
        raise faults.add(
            node.place,
            where,
            Bilingual("values 和 unit 应只写一个", "both or neither of `values` and `unit`"),
            Bilingual(
                "unit（数）或 values（选项）", "`unit` for a figure or `values` for a choice"
            ),
        )
    unit = None
    if "unit" in found:
        unit = Unit(one_of(found["unit"], ("元", "%", "number"), f"{where} › unit", faults))
    default, mark = None, context.cite(found, where)
    if "default" in found:
        words, written = split_mark(text(found["default"], where, faults))
        if words not in titles:
            raise context.unknown(found["default"].place, f"{where} › default", words, titles)
        default = words
        own = context.mark(written, found["default"].place, where) if written else None
        mark = merged(mark, own)
    absent_mark = None
    if "absent" in found:
        absent_mark = context.phrase(found["absent"], "not applied", f"{where} › absent")
    by: list[str] = []
    for one in items(found["by"], f"{where} › by", faults) if "by" in found else ():
        by.append(text(one, f"{where} › by", faults))
        if context.titles_of(by[-1]) is None or unit is None:
            raise context.unknown(
                one.place, f"{where} › by", by[-1], {**context.facts, **context.derived}
            )
    aliases = {word: key for key, one in titles.items() for word in (one.zh, one.en)}
    fact = Fact(name, "bill", "choice" if titles else "number", title, titles, aliases, default)
    return Given(
        name,
        title,
        unit,
        fact,
        _some(merged(mark, absent_mark), node.place, where, context),
        "not applied" if "absent" in found else None,
        absent_mark,
        place,
        tuple(by),
    )
