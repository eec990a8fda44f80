"""One visit through the kernel, on the meters that the engine has before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gongji.engine.bill import FactValue, Item, Person, Visit
from gongji.engine.meters import ACCOUNT, MeterKey, Meters
from gongji.engine.settlement import Settlement
from gongji.kernel.compiled import Column, Ready, bits_of, interpreted
from gongji.kernel.facts import Reason
from gongji.kernel.layout import Key, Layout, Slot, coded
from gongji.kernel.program import PARTS, Shape
from gongji.policy.model import Meter, Policy
from gongji.policy.walk import causes_of

__all__ = ["ELSEWHERE", "Outcome", "differences", "through_kernel"]

ELSEWHERE = ("several", "marked", "late", "apart", "too_large")
"""Reasons for which a claim is settled in another way, which says nothing of it."""

_TEXTS = 4


class Outcome(NamedTuple):
    """What the kernel made of a visit: outputs by name, or why it left it; meters afterwards."""

    values: Mapping[str, int]
    reason: Reason | None
    meters: Mapping[MeterKey, int]


def through_kernel(
    policy: Policy,
    person: Person,
    meters: Meters,
    visit: Visit,
    parameters: Mapping[str, FactValue],
    *,
    lanes: bool,
) -> Outcome:
    """Settle one visit by the interpreted program.  Raises `Unsupported`."""
    ready = _ready(policy, tuple(sorted(parameters.items(), key=lambda one: one[0])), lanes)
    layout = ready.program.layout
    state = _State(policy, layout, person, meters, visit)
    columns = [state.column(name) for name in ready.program.inputs]
    outputs = {
        name: np.zeros(len(visit.items), np.int64 if name != "status" else np.int16)
        for name in ready.program.outputs
    }
    ready.run(0, len(visit.items) if lanes else 1, 0, 0, [*columns, *outputs.values()])
    values = {name: int(column[0]) for name, column in outputs.items()}
    reason = ready.program.reasons[values["status"] - 1] if values["status"] else None
    return Outcome(values, reason, state.meters())


@lru_cache(maxsize=400)
def _ready(policy: Policy, parameters: tuple[tuple[str, FactValue], ...], lanes: bool) -> Ready:
    from gongji.kernel.layout import layout_of

    facts = frozenset(fact.name for fact in layout_of(policy).facts)
    causes = tuple(causes_of(policy))
    shape = Shape(facts, frozenset(), policy.in_force, lanes=lanes, causes=causes, steps=True)
    return interpreted(policy, dict(parameters), shape)


class _State:
    """The columns of one claim, and the readings of its person."""

    def __init__(
        self, policy: Policy, layout: Layout, person: Person, meters: Meters, visit: Visit
    ) -> None:
        self.policy, self.layout, self.visit = policy, layout, visit
        self.items = _in_order(layout, person, visit)
        self.texts: dict[tuple[Key, str], int] = {}
        for key in layout.keys:
            for facts, _ in self.items:
                if key.fact in facts:
                    self.texts.setdefault((key, str(facts[key.fact])), len(self.texts))
            for one in meters:
                slot = layout.slots.get(one.meter)
                if slot is not None and slot.key == key:
                    self.texts.setdefault((key, one.per), len(self.texts))
        self.per_text = max(layout.keys.values(), default=0)
        size = layout.width + self.per_text * len(self.texts)
        self.s, self.w = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.names: dict[tuple[str, str], str] = {}
        for one in meters:
            self._open(one, meters[one])

    def _open(self, one: MeterKey, reading: int) -> None:
        if one == ACCOUNT:
            if self.layout.account:
                self.s[0] = reading
            return
        slot = self.layout.slots.get(one.meter)
        if slot is None:
            return
        window = _window(slot, one.window)
        at = self._at(slot, one.per)
        now = window_number(slot.meter, self.visit.day)
        if window >= self.w[at] and (window == now or not self._single(slot)):
            self.w[at], self.s[at] = window, reading

    def _single(self, slot: Slot) -> bool:
        first, last = self.policy.in_force
        return last is not None and window_number(slot.meter, first) == window_number(
            slot.meter, last
        )

    def _at(self, slot: Slot, per: str) -> int:
        if slot.key is not None:
            return self._place(slot.key, per) + slot.first
        if not slot.meter.per:
            return slot.first
        name = slot.meter.per
        known = self.policy.facts.get(name) or self.policy.derived[name]
        return slot.first + list(known.values).index(per)

    def _place(self, key: Key, text: str) -> int:
        return self.layout.width + self.per_text * self.texts[(key, text)]

    def column(self, name: str) -> Column:
        """An input of the program."""
        count = len(self.items)
        if name in ("s", "w"):
            return self.s if name == "s" else self.w
        if name.startswith("k_"):
            key = next(one for one in self.layout.keys if one.column == name)
            texts = [facts.get(key.fact) for facts, _ in self.items]
            return np.array([-1 if t is None else self._place(key, str(t)) for t in texts])
        if name.startswith("c_"):
            fact = next(one for one in self.layout.facts if one.name == name[2:])
            values = [coded(fact, facts.get(fact.name)) for facts, _ in self.items]
            return np.array(values, f"i{bits_of(self.layout, name) // 8}")
        if name in ("a_lines", "a_day", "a_way", "a_person", "a_pv"):
            value = {"a_lines": count, "a_day": self.visit.day.toordinal()}.get(name, 0)
            return np.full(count, value, f"i{bits_of(self.layout, name) // 8}")
        return np.array([item.parts.get(name[2:], 0) for _, item in self.items], np.int64)

    def meters(self) -> Mapping[MeterKey, int]:
        """The readings that the kernel leaves, of the windows that the visit lies in."""
        from gongji.engine.meters import key_of

        found = {ACCOUNT: int(self.s[0])} if self.layout.account else {}
        for name, slot in self.layout.slots.items():
            if slot.meter.window == "visit":
                continue
            now = window_number(slot.meter, self.visit.day)
            for per in self._pers(slot):
                at = self._at(slot, per)
                if self._single(slot) or self.w[at] == now or slot.meter.window == "lifetime":
                    found[key_of(slot.meter, per, self.visit.day)] = int(self.s[at])
            assert name == slot.meter.name
        return found

    def _pers(self, slot: Slot) -> list[str]:
        if slot.key is not None:
            return [text for key, text in self.texts if key == slot.key]
        if not slot.meter.per:
            return [""]
        known = self.policy.facts.get(slot.meter.per) or self.policy.derived[slot.meter.per]
        return list(known.values)


def _in_order(
    layout: Layout, person: Person, visit: Visit
) -> list[tuple[Mapping[str, FactValue], Item]]:
    """The lines of a bill by what is known of them, then by their amounts."""
    lines = [({**person.facts, **visit.facts, **item.facts}, item) for item in visit.items]

    def rank(line: tuple[Mapping[str, FactValue], Item]) -> tuple[list[object], list[int]]:
        facts, item = line
        places: list[object] = []
        for fact in layout.facts:
            value = facts.get(fact.name)
            if value is None and fact.default is not None:
                number = fact.kind in ("number", "amount")
                value = Fraction(fact.default) if number else fact.default
                value = visit.day if fact.kind == "date" else value
            text = value if fact.kind == "text" and isinstance(value, str) else ""
            places.append((coded(fact, value), text))
        return places, [item.parts.get(part, 0) for part in PARTS]

    return sorted(lines, key=rank)


def _window(slot: Slot, window: str) -> int:
    if window == "lifetime":
        return 1
    if "/" in window:
        return int(window[:4])
    parts = [int(part) for part in window.split("-")]
    if len(parts) == 3:
        return date(*parts).toordinal()
    return parts[0] * 12 + parts[1] if len(parts) == 2 else parts[0]


def differences(outcome: Outcome, one: Settlement) -> list[str]:
    """Where the kernel and the engine differ in a settled visit."""
    pairs = [(f"pay_{fund}", fen) for fund, fen in one.payments.items()]
    pairs.append(("person", one.person))
    if one.account is not None and "account" in outcome.values:
        pairs.append(("account", one.account))
    causes = [name.removeprefix("imposed_") for name in outcome.values if "imposed_" in name]
    imposed = {name.replace(".", "__"): fen for name, fen in one.imposed.items()}
    pairs += [(f"imposed_{cause}", imposed.get(cause, 0)) for cause in causes]
    found = [
        f"{name}: kernel {outcome.values[name]}, engine {fen}"
        for name, fen in pairs
        if outcome.values[name] != fen
    ]
    for key, reading in outcome.meters.items():
        if reading != one.meters[key]:
            found.append(f"{key}: kernel {reading}, engine {one.meters[key]}")
    unknown = [
        str(key)
        for key in one.meters
        if key not in outcome.meters and one.meters[key] != one.before[key]
    ]
    return found + [f"{key}: moved by the engine alone" for key in unknown]


def window_number(meter: Meter, day: date) -> int:
    """The number of the window that a day lies in, as the program counts it."""
    if meter.window == "day":
        return day.toordinal()
    if meter.window == "month":
        return day.year * 12 + day.month
    if meter.window == "year":
        return day.year - ((day.month, day.day) < meter.first_day)
    return 1
