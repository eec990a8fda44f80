"""Reading nodes against forms, collecting every fault with its file, line and field."""

from __future__ import annotations

from collections.abc import Iterable

from gongji.policy.grammar import Form
from gongji.policy.problems import FileRefused, Place, Problem
from gongji.policy.source import Mapping, Node, Scalar, Sequence
from gongji.wording import Bilingual, listed, nearest

__all__ = ["Faults", "Unreadable", "fields", "items", "meant", "one_of", "text", "unused"]


class Unreadable(Exception):
    """A part of a file could not be read; what is wrong with it is already in `Faults`."""


class _GoOn:
    def __init__(self, faults: Faults, name: str) -> None:
        self.faults = faults
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        if kind is None or not issubclass(kind, Unreadable):
            return False
        self.faults.unread.add(self.name)
        return True


class Faults:
    """The faults found so far in one file."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unread: set[str] = set()  # names whose own faults are told; others may rest on them

    def add(
        self,
        place: Place,
        field: str,
        found: Bilingual,
        expected: Bilingual,
        remedy: Bilingual | None = None,
    ) -> Unreadable:
        """Note a fault; the returned exception ends the reading of its part when raised."""
        problem = Problem(place, field, found, expected, remedy)
        if problem not in self.problems:
            self.problems.append(problem)
        return Unreadable()

    def go_on(self, name: str = "") -> _GoOn:
        """Read a part; where it is unreadable, note its name and go on with what follows it."""
        return _GoOn(self, name)

    def raise_all(self) -> None:
        """Raise `FileRefused` with every fault in the order of the file, if there is any."""
        if self.problems:
            raise FileRefused(sorted(self.problems, key=lambda one: one.place.line))


def text(node: Node, field: str, faults: Faults) -> str:
    """The text of a scalar that is not empty."""
    if isinstance(node, Scalar) and node.text.strip():
        return node.text.strip()
    raise faults.add(
        node.place,
        field,
        _shape(node),
        Bilingual("一段文字", "a piece of text"),
    )


def items(node: Node, field: str, faults: Faults) -> tuple[Node, ...]:
    """The items of a list."""
    if isinstance(node, Sequence):
        return node.items
    raise faults.add(
        node.place,
        field,
        Bilingual("不是列表", "not a list"),
        Bilingual("一个列表，如 [a, b]", "a list, such as [a, b]"),
    )


def one_of(node: Node, choices: Iterable[str], field: str, faults: Faults) -> str:
    """The text of a scalar that is one of `choices`."""
    names = list(choices)
    value = text(node, field, faults)
    if value in names:
        return value
    raise faults.add(
        node.place,
        field,
        Bilingual(f"“{value}”", f"{value!r}"),
        Bilingual(f"其中之一：{listed(names)}", f"one of: {listed(names)}"),
        meant(value, names),
    )


def fields(node: Node, form: Form, field: str, faults: Faults) -> dict[str, Node]:
    """The keys of a mapping, checked against its form; unknown and missing keys are faults."""
    if not isinstance(node, Mapping):
        raise faults.add(
            node.place,
            field,
            _shape(node),
            Bilingual(f"若干字段：{listed(form.keys)}", f"a block of fields: {listed(form.keys)}"),
        )
    found: dict[str, Node] = {}
    for key, value in node.entries:
        if key.text in form.keys:
            found[key.text] = value
        else:
            faults.add(
                key.place,
                f"{field} › {key.text}",
                Bilingual("没有这个字段", "there is no such field"),
                Bilingual(f"其中之一：{listed(form.keys)}", f"one of: {listed(form.keys)}"),
                meant(key.text, form.keys),
            )
    missing = [name for name, key in form.keys.items() if key.required and name not in found]
    if missing:
        raise faults.add(
            node.place,
            field,
            Bilingual(f"缺少 {listed(missing)}", f"{listed(missing)} missing"),
            Bilingual(f"字段 {listed(missing)}", f"the fields {listed(missing)}"),
        )
    return found


def unused(place: Place, field: str, faults: Faults) -> None:
    """Say that something is declared and no rule uses it."""
    faults.add(
        place,
        field,
        Bilingual("没有一条规则用到它", "no rule uses it"),
        Bilingual("用到的名称", "a name in use"),
        Bilingual("删去，或补上用它的规则", "remove it, or add the rule that uses it"),
    )


def meant(word: str, choices: Iterable[str]) -> Bilingual | None:
    """A remedy that names the nearest choice, where one is near."""
    near = nearest(word, choices)
    return Bilingual(f"改为 {near}", f"write {near}") if near else None


def _shape(node: Node) -> Bilingual:
    if isinstance(node, Scalar):
        shown = node.text.strip()
        return Bilingual(f"“{shown}”", f"{shown!r}") if shown else Bilingual("空", "nothing")
    if isinstance(node, Sequence):
        return Bilingual("一个列表", "a list")
    return Bilingual("若干字段", "a block of fields")
