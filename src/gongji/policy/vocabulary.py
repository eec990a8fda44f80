"""The shared words of all policies: facts with their values, funds, causes of burden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple, cast

from gongji.policy.expression import TODAY
from gongji.policy.grammar import FORMS, VOCABULARY
from gongji.policy.model import RECORD_FIELDS, YES_NO, AnswerTitle, Fact
from gongji.policy.reader import Faults, fields, one_of, text
from gongji.policy.source import Node, Sequence, entries_of, read_file
from gongji.wording import Bilingual

__all__ = [
    "YES_NO",
    "Vocabulary",
    "bilingual",
    "read_answer_title",
    "read_fact",
    "read_vocabulary",
    "select_values",
]

_YES_NO_ALIASES = {"true": "yes", "false": "no", "是": "yes", "否": "no", "1": "yes", "0": "no"}


_BRACKET = re.compile(r"\s*[（(].*?[）)]")


_ANSWER_KINDS = ("yes_no", "choice", "amount", "rate", "number", "date", "text", "list")


class Vocabulary(NamedTuple):
    """Shared words by name, and the text they were read from."""

    facts: Mapping[str, Fact]
    funds: Mapping[str, Bilingual]
    causes: Mapping[str, Bilingual]
    columns: Mapping[str, Bilingual]
    source: bytes
    answers: Mapping[str, AnswerTitle]


def read_vocabulary(path: Path) -> Vocabulary:
    """Read the vocabulary file.  Raises `FileRefused` with every problem found in it."""
    faults = Faults()
    top = fields(read_file(path), VOCABULARY, "vocabulary", faults)
    facts: dict[str, Fact] = {}
    for key, node in entries_of(top["facts"]):
        with faults.go_on():
            facts[key.text] = read_fact(key.text, node, faults)
    funds, causes = _titles(top["funds"], faults), _titles(top["causes"], faults)
    columns = _titles(top["columns"], faults)
    answers = {
        key.text: read_answer_title(key.text, value, faults)
        for key, value in entries_of(top["answers"])
    }
    faults.raise_all()
    return Vocabulary(facts, funds, causes, columns, path.read_bytes(), answers)


def _titles(node: Node, faults: Faults) -> dict[str, Bilingual]:
    return {key.text: bilingual(value, key.text, faults) for key, value in entries_of(node)}


def bilingual(node: Node, field: str, faults: Faults) -> Bilingual:
    """A text in both languages: `{zh: ..., en: ...}`."""
    found = fields(node, FORMS["bilingual"], field, faults)
    return Bilingual(
        text(found["zh"], f"{field} › zh", faults), text(found["en"], f"{field} › en", faults)
    )


def read_fact(name: str, node: Node, faults: Faults) -> Fact:
    """A fact in its full form, as the vocabulary and a policy's own facts write it."""
    found = fields(node, FORMS["own_fact"], name, faults)
    kinds = ("choice", "yes_no", "number", "amount", "date", "set", "text")
    kind = one_of(found["kind"], kinds, f"{name} › kind", faults) if "kind" in found else "choice"
    titles: dict[str, Bilingual] = {}
    aliases: dict[str, str] = {}
    for key, value in entries_of(found.get("values")):
        entry = fields(value, FORMS["value_title"], f"{name} › {key.text}", faults)
        words = Bilingual(
            text(entry["zh"], f"{name} › {key.text}", faults),
            text(entry["en"], f"{name} › {key.text}", faults),
        )
        titles[key.text] = words
        also = entry.get("also")
        others = also.items if isinstance(also, Sequence) else ()
        bare = (_BRACKET.sub("", words.zh), _BRACKET.sub("", words.en))
        written = (text(one, f"{name} › also", faults) for one in others)
        for alias in (words.zh, words.en, *bare, *written):
            aliases.setdefault(alias, key.text)
    if kind == "yes_no":
        titles, aliases = dict(YES_NO), dict(_YES_NO_ALIASES)
    if kind in ("choice", "set") and not titles:
        raise faults.add(
            node.place,
            f"{name} › values",
            Bilingual("没有取值", "no values"),
            Bilingual("每个取值及其中英文名称", "each value with its names"),
        )
    default = text(found["default"], f"{name} › default", faults) if "default" in found else None
    if default is not None and titles and kind != "set" and default not in titles:
        one_of(found["default"], titles, f"{name} › default", faults)
    if default is not None and kind == "date":
        one_of(found["default"], {TODAY: None}, f"{name} › default", faults)
    return Fact(
        name=name,
        of=cast(
            Literal["person", "bill"],
            one_of(found["of"], ("person", "bill"), f"{name} › of", faults),
        ),
        kind=cast(Literal["choice", "yes_no", "number", "amount", "date", "set", "text"], kind),
        title=bilingual(found["title"], f"{name} › title", faults),
        values=titles,
        aliases=aliases,
        default=default,
        least=_bound(found, "least", name, faults) or Fraction(0),
        better_first=_order(found.get("better_first"), titles, name, faults),
        most=_bound(found, "most", name, faults),
        whole="whole" in found
        and one_of(found["whole"], YES_NO, f"{name} › whole", faults) == "yes",
        not_above=_names(found.get("not_above"), f"{name} › not_above", faults),
        not_before=_names(found.get("not_before"), f"{name} › not_before", faults),
        not_after=_names(found.get("not_after"), f"{name} › not_after", faults),
        falls_on=_day_of_year(found.get("falls_on"), f"{name} › falls_on", faults),
    )


def read_answer_title(name: str, node: Node, faults: Faults) -> AnswerTitle:
    """What an answer is called and how it is written: `{zh, en, kind}`."""
    if name in RECORD_FIELDS:
        raise faults.add(
            node.place,
            name,
            Bilingual("与结果的字段同名", "the name of a field that every result has"),
            Bilingual("另一个名称", "another name"),
        )
    found = fields(node, FORMS["answer"], name, faults)
    kind = (
        one_of(found["kind"], _ANSWER_KINDS, f"{name} › kind", faults)
        if "kind" in found
        else "yes_no"
    )
    title = Bilingual(
        text(found["zh"], f"{name} › zh", faults), text(found["en"], f"{name} › en", faults)
    )
    return AnswerTitle(
        title,
        cast(Literal["yes_no", "choice", "amount", "rate", "number", "date", "text", "list"], kind),
    )


def _order(
    node: Node | None, titles: Mapping[str, Bilingual], name: str, faults: Faults
) -> tuple[str, ...]:
    nodes = node.items if isinstance(node, Sequence) else ()
    return tuple(one_of(one, titles, f"{name} › better_first", faults) for one in nodes)


def _bound(found: Mapping[str, Node], key: str, name: str, faults: Faults) -> Fraction | None:
    if key not in found:
        return None
    written = text(found[key], f"{name} › {key}", faults)
    if written.isascii() and written.isdigit():
        return Fraction(written)
    raise faults.add(
        found[key].place,
        f"{name} › {key}",
        Bilingual(f"“{written}”", f"{written!r}"),
        Bilingual("不小于 0 的整数", "a whole number, not negative"),
    )


def _day_of_year(node: Node | None, where: str, faults: Faults) -> str:
    """A day of every year, MM-DD; empty where none is written."""
    if node is None:
        return ""
    written = text(node, where, faults)
    try:
        if len(written) == len("MM-DD"):
            date.fromisoformat(f"2000-{written}")
            return written
    except ValueError:
        pass
    raise faults.add(
        node.place,
        where,
        Bilingual(f"“{written}”", f"{written!r}"),
        Bilingual("月和日，如 07-01", "month and day, such as 07-01"),
    )


def _names(node: Node | None, where: str, faults: Faults) -> tuple[str, ...]:
    if node is None:
        return ()
    nodes = node.items if isinstance(node, Sequence) else (node,)
    return tuple(text(one, where, faults) for one in nodes)


def select_values(fact: Fact, values: Iterable[str]) -> Fact:
    """The same fact with only these of its values, in this order."""
    names = list(values)
    kept = {name: fact.values[name] for name in names}
    return fact._replace(
        values=kept,
        aliases={alias: value for alias, value in fact.aliases.items() if value in kept},
        default=fact.default if fact.default in kept or fact.kind == "set" else None,
        better_first=tuple(value for value in fact.better_first if value in kept),
    )
