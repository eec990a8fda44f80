"""Reading facts, conditions over them, and facts derived by cases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction

from gongji.policy.context import Context
from gongji.policy.expression import TODAY, names_of
from gongji.policy.grammar import FORMS
from gongji.policy.marks import split_mark
from gongji.policy.model import (
    YES_NO,
    Alternative,
    Call,
    Case,
    Choices,
    Condition,
    DerivedFact,
    Expression,
    Fact,
    Mark,
    Name,
    Range,
    Said,
    SetTest,
    Test,
    Unit,
)
from gongji.policy.problems import Place
from gongji.policy.read_values import read_expression, require_unit
from gongji.policy.reader import fields, meant, text
from gongji.policy.source import Mapping, Node, Scalar, Sequence, entries_of
from gongji.policy.vocabulary import bilingual, read_fact, select_values
from gongji.wording import Bilingual, listed

__all__ = ["check_limits", "read_asked_fact", "read_condition", "read_derived_fact", "read_range"]

_UP_TO = re.compile(r"to (\d{1,9}(?:\.\d{1,6})?)", re.ASCII)

RangeReader = Callable[[str, Place, str, Context], Range]

_OF = {
    "": ("number", "date"),
    "ordinal": (),
    "years_since": ("date",),
    "months_between": ("date",),
    "days_between": ("date",),
    "month_of": ("date",),
    "size": ("set",),
}
"""What the ranges of a derived fact can be of: a function, and the kinds of fact it takes."""

_LIMITS = {
    "least": ("number",),
    "most": ("number",),
    "whole": ("number",),
    "not_above": ("number", "amount"),
    "not_before": ("date",),
    "not_after": ("date",),
    "falls_on": ("date",),
}
"""What a fact of its own may be held to, and the kinds of fact that it is said of."""

_DAY = r"(\d{4}-\d{2}-\d{2})"
_DAYS = re.compile(rf"from {_DAY}|to {_DAY}|{_DAY} to {_DAY}", re.ASCII)
_RANGE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(?:(\+)|-(\d{1,9}(?:\.\d{1,6})?))?", re.ASCII)


def read_asked_fact(name: str, node: Node, context: Context) -> Fact:
    """A fact under `facts:`: a kind word, the values distinguished, or a fact of its own."""
    faults = context.faults
    where = f"facts › {name}"
    if isinstance(node, Mapping):
        return read_fact(name, node, faults)
    shared = context.vocabulary.facts.get(name)
    if shared is None:
        raise faults.add(
            node.place,
            where,
            Bilingual("词汇表里没有这个事实", "the vocabulary has no such fact"),
            Bilingual(
                "词汇表里的一个，或写出 of、title、values",
                "one of the vocabulary, or its own `of`, `title` and `values`",
            ),
            meant(name, context.vocabulary.facts),
        )
    if isinstance(node, Sequence):
        names = [text(one, where, faults) for one in node.items]
        for index, value in enumerate(names):
            if value not in shared.values:
                raise context.unknown(node.items[index].place, where, value, shared.values)
        return select_values(shared, names)
    kind = text(node, where, faults)
    if kind != shared.kind or kind not in ("yes_no", "number", "amount", "date", "text"):
        expected = shared.kind if not shared.values or shared.kind == "yes_no" else "[…]"
        raise faults.add(
            node.place,
            where,
            Bilingual(f"“{kind}”", f"{kind!r}"),
            Bilingual(expected, expected),
        )
    return shared


def check_limits(name: str, node: Node, context: Context) -> None:
    """A limit is of its kind of fact, and names facts of that kind.  Called once all are read."""
    fact = context.facts.get(name)
    if fact is None or not isinstance(node, Mapping):
        return
    for key, value in node.entries:
        if key.text not in _LIMITS:
            continue
        where = f"facts › {name} › {key.text}"
        kinds = _LIMITS[key.text]
        if fact.kind not in kinds:
            context.faults.add(
                key.place,
                where,
                Bilingual(f"{key.text} 用于 {fact.kind}", f"{key.text} of a {fact.kind}"),
                Bilingual(f"kind: {' 或 '.join(kinds)}", f"kind: {' or '.join(kinds)}"),
            )
        elif key.text.startswith("not_"):
            known: dict[str, object] = {
                one: fact
                for one, fact in context.facts.items()
                if fact.kind == context.facts[name].kind and one != name
            }
            if fact.kind == "date":
                known[TODAY] = None
            for one in getattr(fact, key.text):
                if one not in known:
                    context.unknown(value.place, where, one, known)


def read_condition(node: Node, where: str, context: Context) -> Condition:
    """`{fact: test, ...}`, or a list of such alternatives."""
    nodes = node.items if isinstance(node, Sequence) else (node,)
    return Condition(tuple(_alternative(one, where, context) for one in nodes))


def _alternative(node: Node, where: str, context: Context) -> Alternative:
    if not isinstance(node, Mapping):
        raise context.faults.add(
            node.place,
            where,
            Bilingual("不是条件", "not a condition"),
            Bilingual("{事实: 值, …}", "{fact: value, ...}"),
        )
    tests = []
    mark: Mark | None = None
    for key, value in node.entries:
        if key.text == "cite":
            mark = context.mark(text(value, where, context.faults), value.place, where)
        else:
            tests.append((key.text, _test(key, value, f"{where} › {key.text}", context)))
    return Alternative(tuple(tests), mark, node.place)


def _test(key: Scalar, node: Node, where: str, context: Context) -> Test:
    fact = context.facts.get(key.text)
    said = _said_test(fact, node) if fact is not None else None
    if said is not None:
        return said
    if fact is not None and fact.kind == "set":
        return _set_test(fact, node, where, context)
    if fact is not None and fact.kind == "number":
        return read_range(text(node, where, context.faults), node.place, where, context)
    titles = context.titles_of(key.text)
    if titles is None:
        known = {**context.facts, **context.derived, **context.given}
        raise context.unknown(key.place, where, key.text, known)
    written = node.items if isinstance(node, Sequence) else (node,)
    chosen: set[str] = set()
    for one in written:
        value = text(one, where, context.faults)
        negated = value.startswith("not ")
        name = value.removeprefix("not ").strip()
        if name not in titles:
            raise context.unknown(one.place, where, name, titles)
        if negated and len(written) > 1:
            raise context.faults.add(
                one.place,
                where,
                Bilingual(f"列表里写了“{value}”", f"{value!r} in a list"),
                Bilingual("列出成立的值", "the values that hold"),
            )
        chosen |= set(titles) - {name} if negated else {name}
    return Choices(frozenset(chosen))


def _said_test(fact: Fact, node: Node) -> Said | None:
    """`said`, `not said`, or `said no`: a test that never asks for the fact."""
    if not isinstance(node, Scalar):
        return None
    if node.text in ("said", "not said"):
        return Said(node.text == "said")
    value = node.text.removeprefix("said ")
    return Said(True, frozenset({value})) if value != node.text and value in fact.values else None


def _set_test(fact: Fact, node: Node, where: str, context: Context) -> SetTest:
    if not isinstance(node, Mapping):
        raise context.faults.add(
            node.place,
            where,
            Bilingual("不是集合的条件", "not a test of a set"),
            Bilingual("{with, without, others, count}", "{with, without, others, count}"),
        )
    has: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    others: bool | None = None
    size: Range | None = None
    for key, value in node.entries:
        if key.text == "count":
            size = read_range(text(value, where, context.faults), value.place, where, context)
        elif key.text == "others":
            others = text(value, where, context.faults) == "yes"
        elif key.text in ("with", "without"):
            nodes = value.items if isinstance(value, Sequence) else (value,)
            members = [text(one, where, context.faults) for one in nodes]
            for member in members:
                if member not in fact.values:
                    raise context.unknown(value.place, where, member, fact.values)
            if key.text == "with":
                has = frozenset(members)
            else:
                lacks = frozenset(members)
        else:
            known = dict.fromkeys(("with", "without", "others", "count"))
            raise context.unknown(key.place, where, key.text, known)
    return SetTest(has, lacks, others, size)


def read_range(written: str, place: Place, where: str, context: Context) -> Range:
    """`2`, `2+`, `to 3` or `0-69`: numbers with both ends included."""
    up_to = _UP_TO.fullmatch(written)
    if up_to is not None:
        return Range(None, Fraction(up_to[1]))
    found = _RANGE.fullmatch(written)
    if found is None or (found[3] is not None and Fraction(found[3]) < Fraction(found[1])):
        raise context.faults.add(
            place,
            where,
            Bilingual(f"“{written}”", f"{written!r}"),
            Bilingual("数的区间：2、2+、to 3 或 0-69", "a range of numbers: 2, 2+, to 3 or 0-69"),
        )
    low = Fraction(found[1])
    if found[2]:
        return Range(low, None)
    return Range(low, Fraction(found[3]) if found[3] else low)


def _read_days(written: str, place: Place, where: str, context: Context) -> Range:
    """`from 2001-01-01`, `to 2000-12-31`, or `2001-01-01 to 2005-12-31`: both ends included."""
    found = _DAYS.fullmatch(written)
    try:
        first, last = (
            None if one is None else Fraction(date.fromisoformat(one).toordinal())
            for one in ((found[1] or found[3], found[2] or found[4]) if found else ("", ""))
        )
    except ValueError:
        raise context.faults.add(
            place,
            where,
            Bilingual(f"“{written}”", f"{written!r}"),
            Bilingual(
                "日期的区间：from 2001-01-01、to 2000-12-31",
                "a range of days: from 2001-01-01, or to 2000-12-31",
            ),
        ) from None
    return Range(first, last)


def read_derived_fact(name: str, node: Node, context: Context, place: Place) -> DerivedFact:
    """`fact <name>:` with its cases."""
    faults = context.faults
    where = f"fact {name}"
    found = fields(node, FORMS["fact"], where, faults)
    mark = context.cite(found, where)
    of = _number_source(found["of"], f"{where} › of", context) if "of" in found else None
    cases_node = found["cases"]
    if not isinstance(cases_node, Mapping):
        raise faults.add(
            cases_node.place,
            f"{where} › cases",
            Bilingual("不是各取值的情形", "not cases"),
            Bilingual("{取值: 情形, …}", "{value: case, ...}"),
        )
    read = _range_reader(of, context)
    cases = tuple(
        _case(key.text, value, f"{where} › {key.text}", context, mark, read)
        for key, value in cases_node.entries
    )
    names = [case.value for case in cases]
    values = _value_titles(found.get("values", cases_node), names, where, context)
    for case in cases[:-1]:
        if case.is_rest:
            faults.add(
                cases_node.place,
                f"{where} › {case.value}",
                Bilingual("otherwise 不在最后", "`otherwise` is not the last case"),
                Bilingual("只有最后一项可写 otherwise", "`otherwise` on the last case only"),
            )
    title = bilingual(found["title"], f"{where} › title", faults)
    return DerivedFact(name, title, values, of, cases, place)


def _range_reader(of: Expression | None, context: Context) -> RangeReader | None:
    """How the ranges of a derived fact are written: numbers, days, or not at all."""
    if of is None:
        return None
    if isinstance(of, Name) and of.path in context.given:
        return _no_range
    of_days = isinstance(of, Name) and (of.path == TODAY or context.facts[of.path].kind == "date")
    return _read_days if of_days else read_range


def _no_range(written: str, place: Place, where: str, context: Context) -> Range:
    """Of a parameter only whether it was supplied can be asked."""
    raise context.faults.add(
        place,
        where,
        Bilingual(f"“{written}”", f"{written!r}"),
        Bilingual("unsaid（没有提供）或 otherwise", "`unsaid` or `otherwise`"),
    )


def _number_source(node: Node, where: str, context: Context) -> Expression:
    """A function of a meter of visits or of days, or the name of a number, date or parameter."""
    expression, _ = read_expression(node, where, context, None)
    arguments = expression.arguments if isinstance(expression, Call) else (expression,)
    function = expression.function if isinstance(expression, Call) else ""
    of_days = "date" in _OF.get(function, ()) and function != ""
    if function not in _OF or not (of_days or all(isinstance(one, Name) for one in arguments)):
        raise context.faults.add(
            node.place,
            where,
            Bilingual("不是可分区间的数", "not a number with ranges"),
            Bilingual(
                f"{listed(one for one in _OF if one)} 之一，或一个数、一个日期的名称",
                f"one of {listed(one for one in _OF if one)}, or the name of a number or a date",
            ),
        )
    kinds = _OF[function]
    known: dict[str, object] = {
        name: one for name, one in context.facts.items() if one.kind in kinds
    }
    if function == "ordinal":
        known = {name: one for name, one in context.meters.items() if one.counts == "visits"}
    elif "date" in kinds:
        known[TODAY] = None
    if not function:
        known |= {name: one for name, one in context.given.items() if not one.by}
    for name in names_of(expression):
        if name not in known:
            raise context.unknown(node.place, where, name, known)
    return (
        require_unit(expression, Unit.NUMBER, node.place, where, context) if of_days else expression
    )


def _case(
    value: str,
    node: Node,
    where: str,
    context: Context,
    outer: Mark | None,
    read: RangeReader | None,
) -> Case:
    if isinstance(node, Scalar):
        words, written = split_mark(node.text)
        mark = context.mark(written, node.place, where) if written else outer
        if words == "otherwise":
            return Case(value, None, None, mark)
        if words == "unsaid" and read is not None:
            return Case(value, None, None, mark, unsaid=True)
        if read is not None:
            if mark is None:
                context.faults.add(
                    node.place,
                    where,
                    Bilingual(f"“{words}”没有条款", f"{words!r} has no citation"),
                    Bilingual("数后加条款标记，如 2+ ^038", "a mark after it, such as 2+ ^038"),
                )
            return Case(value, None, read(words, node.place, where, context), mark)
    if read is not None:
        raise context.faults.add(
            node.place,
            where,
            Bilingual("不是数的区间", "not a range of numbers"),
            Bilingual("如 1 ^037 或 2+ ^038", "such as 1 ^037 or 2+ ^038"),
        )
    return Case(value, read_condition(node, where, context), None, outer)


def _value_titles(
    node: Node, names: list[str], where: str, context: Context
) -> dict[str, Bilingual]:
    if set(names) <= set(YES_NO):
        return {name: YES_NO[name] for name in names}
    titles: dict[str, Bilingual] = {}
    for key, value in entries_of(node):
        titles[key.text] = bilingual(value, f"{where} › values › {key.text}", context.faults)
    if set(titles) != set(names):
        context.faults.add(
            node.place,
            f"{where} › values",
            Bilingual(listed(titles), listed(titles) or "nothing"),
            Bilingual(
                f"与 cases 相同的取值：{listed(names)}", f"the values of `cases`: {listed(names)}"
            ),
        )
    return {name: titles.get(name, Bilingual(name, name)) for name in names}
