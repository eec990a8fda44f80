"""Reading what a registration sets: facts, where and for which bills, and what else it rests on."""

from __future__ import annotations

from gongji.policy.context import Context
from gongji.policy.grammar import FORMS
from gongji.policy.model import Choices, Condition, Grant, Name
from gongji.policy.problems import Place
from gongji.policy.reader import fields, items, one_of, text
from gongji.policy.source import Node, entries_of
from gongji.wording import Bilingual, listed

__all__ = ["read_grant"]

_YES = ("yes", "true")


def read_grant(node: Node, where: str, condition: Condition | None, context: Context) -> Grant:
    """`grants:` of a case that holds on `condition`."""
    faults = context.faults
    found = fields(node, FORMS["grant"], where, faults)
    sets = _facts(found["sets"], f"{where} › sets", condition, context)
    only = _facts(found.get("for"), f"{where} › for", condition, context)
    at = ""
    if "at" in found:
        at = one_of(found["at"], ("institution", "area"), f"{where} › at", faults)
    for key in ("single", "renews"):
        if key in found:
            one_of(found[key], _YES, f"{where} › {key}", faults)
    rests_on = items(found["with"], f"{where} › with", faults) if "with" in found else ()
    of_bill = [name for name in sets if context.facts[name].of == "bill"]
    for key in ("at", "for"):
        if key in found and not of_bill:
            faults.add(
                found[key].place,
                f"{where} › {key}",
                Bilingual("只设定人的事实", "only facts of the person are set"),
                Bilingual("sets 里有单据的事实", "a fact of the bill among those set"),
                Bilingual(f"去掉 {key}", f"take `{key}` out"),
            )
    return Grant(
        sets,
        only,
        "institution" if at == "institution" else "area" if at == "area" else "",
        "single" in found,
        "renews" in found,
        tuple(text(one, f"{where} › with", faults) for one in rests_on),
    )


def _facts(
    node: Node | None, where: str, condition: Condition | None, context: Context
) -> dict[str, str | Name]:
    found: dict[str, str | Name] = {}
    for key, value in entries_of(node):
        if key.text not in context.facts:
            raise context.unknown(key.place, where, key.text, context.facts)
        if where.endswith("for") and context.facts[key.text].of != "bill":
            raise context.faults.add(
                key.place,
                f"{where} › {key.text}",
                Bilingual("是人的事实", "a fact of the person"),
                Bilingual("单据的事实", "a fact of the bill"),
            )
        found[key.text] = _value(key.text, value, f"{where} › {key.text}", condition, context)
    return found


def _value(
    name: str, node: Node, where: str, condition: Condition | None, context: Context
) -> str | Name:
    """A value of a fact, or another fact whose value it takes."""
    word = text(node, where, context.faults)
    target = context.facts[name]
    if target.kind == "set" and target.of == "bill":
        raise context.faults.add(
            node.place,
            where,
            Bilingual("单据的一组值", "a set of values of the bill"),
            Bilingual("单据的一个值", "a fact of the bill with one value"),
        )
    if word in target.values:
        return word
    if word not in context.facts and word not in context.derived:
        raise context.unknown(
            node.place, where, word, {**target.values, **context.facts, **context.derived}
        )
    if target.values:
        _check_values(name, word, node.place, where, condition, context)
    elif word not in context.facts or context.facts[word].kind != target.kind:
        raise context.faults.add(
            node.place,
            where,
            Bilingual(f"“{word}”是另一种事实", f"{word!r} is another kind of fact"),
            Bilingual(f"{target.kind} 类的事实", f"a fact of kind {target.kind}"),
        )
    return Name(word)


def _check_values(
    name: str, source: str, place: Place, where: str, condition: Condition | None, context: Context
) -> None:
    """Whatever the other fact says where the case holds is a value of the fact that is set."""
    values = set(context.titles_of(source) or ())
    if condition is not None:
        said = [dict(one.tests).get(source) for one in condition.alternatives]
        if all(isinstance(test, Choices) for test in said):
            values = {value for test in said if isinstance(test, Choices) for value in test.values}
    strange = sorted(values - set(context.facts[name].values))
    if strange or not values:
        raise context.faults.add(
            place,
            where,
            Bilingual(
                f"“{source}”可以是 {listed(strange) or '任何值'}",
                f"{source!r} can be {listed(strange) or 'anything'}",
            ),
            Bilingual(f"只取 {name} 的值", f"values of {name} only"),
            Bilingual("用 when 把情形收窄", "narrow the case by `when`"),
        )
