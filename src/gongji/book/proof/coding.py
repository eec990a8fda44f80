"""What was said of persons and bills as the numbers of the kernel, each thing said coded once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gongji.engine.amounts import divided
from gongji.engine.bill import FactValue
from gongji.engine.inputs import read_person, read_visit
from gongji.kernel.layout import Layout, coded
from gongji.kernel.program import PARTS
from gongji.kernel.source import Unsupported
from gongji.money import parse_yuan
from gongji.policy.model import Fact, Policy
from gongji.wording import Refused

__all__ = ["Array", "Coder", "Codes", "Texts", "parts_of"]

Array = NDArray[Any]
Said = Mapping[str, Any]
Texts = tuple[tuple[str, str], ...]

_MOST = 1 << 16
"""Different things said that are remembered at a time."""

_SOME_DAY = "2024-01-01"
_ONE_LINE = {"in_scope": "0"}


class Codes:
    """Rows of codes by what was said: a column for each of some facts."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self.facts = facts
        self.places: dict[object, int] = {}
        self.rows: list[list[int]] = []
        self.texts: list[Texts] = []
        self._table: Array = np.zeros((0, len(facts)), np.int64)

    def add(self, said: object, values: Mapping[str, FactValue]) -> int:
        """The place of a row.  Raises `Unsupported` for a number that the kernel does not take."""
        self.rows.append([coded(fact, values.get(fact.name)) for fact in self.facts])
        self.texts.append(
            tuple((fact.name, str(values[fact.name])) for fact in self.facts
                  if fact.kind == "text" and fact.name in values)
        )  # fmt: skip
        self.places[said] = len(self.rows) - 1
        return len(self.rows) - 1

    def column(self, name: str) -> Array:
        """The codes of a fact, row after row."""
        new = self.rows[len(self._table) :]
        if new:
            self._table = np.concatenate([self._table, np.array(new, np.int64)])
        found: Array = self._table[:, [fact.name for fact in self.facts].index(name)]
        return found


class Coder:
    """Codes what settlements by one version of a policy were made of."""

    def __init__(self, policy: Policy, layout: Layout) -> None:
        self.policy = policy
        self.persons = Codes(tuple(fact for fact in layout.facts if fact.of == "person"))
        self.lines = Codes(tuple(fact for fact in layout.facts if fact.of == "bill"))
        self._bills: dict[object, int] = {}

    def forget(self) -> None:
        """Begin anew where too much was said to be remembered; no place holds any longer then."""
        if len(self.persons.rows) > _MOST:
            self.persons = Codes(self.persons.facts)
        if len(self.lines.rows) > _MOST:
            self.lines = Codes(self.lines.facts)
            self._bills.clear()

    def person(self, text: str, said: Said) -> int | None:
        """The place of a person's row; None where the engine has to look."""
        place = self.persons.places.get(text)
        if place is None:
            try:
                place = self.persons.add(text, read_person(self.policy, said).facts)
            except (Refused, Unsupported):
                return None
        return place

    def bill(self, said: Said) -> int:
        """The number of what is said of all lines of a bill."""
        return self._bills.setdefault(_key(said), len(self._bills))

    def line(self, bill: int, said: Said, own: Said) -> int | None:
        """The place of a line's row; `said` of all lines of the bill, `own` of this one."""
        key = (bill, _key(own))
        place = self.lines.places.get(key)
        if place is None:
            item = {**own, **_ONE_LINE}
            try:
                visit = read_visit(self.policy, {**said, "date": _SOME_DAY, "items": [item]})
                place = self.lines.add(key, {**visit.facts, **visit.items[0].facts})
            except (Refused, Unsupported):
                return None
        return place


def _key(said: Said) -> object:
    """What tells things said apart."""
    key = tuple(said.items())
    try:
        hash(key)
    except TypeError:  # lists among them
        return str(said)
    return key


def parts_of(amounts: Said) -> list[int] | None:
    """The parts of a line in fen, in the order of `PARTS`; None where the engine has to look."""
    try:
        parts, _ = divided({name: parse_yuan(text, name) for name, text in amounts.items()}, "")
    except (Refused, TypeError):  # lists among them
        return None
    return [parts.get(part, 0) for part in PARTS]
