"""The claims of one bucket settled: by the kernel, and what it leaves, by the engine.

Persons whose claims the one-line program cannot do (bills of several lines, high-cost parts) go
through the program for lines, all their claims together; persons of whom a claim is beyond the
kernel altogether go through the engine, person by person.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event, Lock
from typing import NamedTuple

import numpy as np

from gongji.batch.arrays import Array
from gongji.batch.by_engine import settled_by_engine
from gongji.batch.claims import Claims
from gongji.batch.order import lines_in_order, person_numbers, same_as_before
from gongji.batch.places import Places
from gongji.batch.refusals import Why
from gongji.batch.regimes import Options, Regimes, Shown
from gongji.batch.rows import taken
from gongji.batch.unfit import unfit_facts, unfit_lines
from gongji.kernel.compiled import Column, Ready, bits_of
from gongji.kernel.draft import MOST_LINES
from gongji.kernel.facts import default_of
from gongji.kernel.layout import Layout, layout_of, missing_code
from gongji.kernel.number import LARGEST_FEN
from gongji.kernel.program import PARTS
from gongji.kernel.source import Unsupported
from gongji.policy.model import Fact

__all__ = ["Outcome", "Settler"]

_BY_LINES = ("several", "marked")
_BY_ENGINE = ("late", "apart", "too_large")


class Outcome(NamedTuple):
    """What came of claims, at their first lines.

    `why` is the number of the reason where a claim was rejected, 0 where it was settled.
    """

    values: dict[str, Array]
    why: Array


class Settler:
    """Settles buckets; `reasons` is the list that reasons are numbered by, and grows.

    Once `stopped` is set nobody waits for the result, and what takes long is left.
    """

    def __init__(
        self,
        regimes: Regimes,
        facts: Mapping[str, Fact],
        table: Shown,
        options: Options,
        reasons: list[Why],
        stopped: Event | None = None,
    ) -> None:
        self.regimes = regimes
        self.facts = facts
        self.table = table
        self.by_person = table.by_person
        self.options = options
        self.reasons = reasons
        self.stopped = stopped or Event()
        self.alike = _alike(regimes)
        self.unfit = [unfit_facts(facts, regime.policy) for regime in regimes.list]
        self._lock = Lock()

    def settle(self, claims: Claims) -> Outcome:
        """Settle claims that are in order; the lines of a claim may change places."""
        regime = self.regimes.of(claims.rows["day"])
        why = self._unfit(claims, regime)
        if not why.any():
            return self._settled(claims, regime)
        outcome = Outcome({}, why)
        known = np.flatnonzero(why == 0)
        some = self._settled(claims.taken(known), regime[known])
        why[known] = some.why
        for name, column in some.values.items():
            outcome.values[name] = np.zeros(claims.size, np.int64)
            outcome.values[name][known] = column
        return outcome

    def _unfit(self, claims: Claims, regime: Array) -> Array:
        """Why claims have nothing to be settled by: no rules, or values that they do not know.

        The reason of a claim's first line that has one is that of all its lines.
        """
        why = np.zeros(claims.size, np.int16)
        if (regime < 0).any():
            why[regime < 0] = self._number(Why("out_of_force"))
        for number, facts in enumerate(self.unfit):
            for fact in facts.values():
                bad = unfit_lines(claims, fact, self.facts[fact.name])
                bad &= (regime == number) & (why == 0)
                if bad.any():
                    why[bad] = self._number(Why("unknown_value", fact.name))
        if why.any() and (claims.lines != 1).any():
            claim = np.cumsum(claims.lines > 0) - 1
            bad = np.flatnonzero(why)
            first, places = np.unique(claim[bad], return_index=True)
            of_claim = np.zeros(int(claim[-1]) + 1, np.int16)
            of_claim[first] = why[bad[places]]
            why = of_claim[claim]
        return why

    def _settled(self, claims: Claims, regime: Array) -> Outcome:
        """Settle claims of which every day has its rules."""
        count = claims.size
        outcome = Outcome({}, np.zeros(count, np.int16))
        if not count:
            return outcome
        if (claims.lines > 1).any():
            for number in range(len(self.regimes.list)):
                self._rank_lines(claims, number, regime == number)
        group = _groups(claims)
        left = self._mixed(regime, group)  # the groups that the engine settles
        left[group[claims.lines > MOST_LINES]] = True
        left[group[self._too_large(claims)]] = True
        every = np.arange(count)
        if self.options.by == "engine":
            left[:] = True
        else:
            self._through(claims, regime, outcome, every, lanes=False)
        again = np.zeros_like(left)
        again[group[self._any_of(outcome.why, _BY_LINES)]] = True
        left[group[self._any_of(outcome.why, _BY_ENGINE)]] = True
        places = every[(again & ~left)[group]]
        if len(places):
            self._through(claims.taken(places), regime[places], outcome, places, lanes=True)
            left[group[self._any_of(outcome.why, _BY_ENGINE)]] = True
        places = every[left[group]]
        if len(places):
            self._by_engine(claims.taken(places), regime[places], outcome, places)
        return outcome

    def _too_large(self, claims: Claims) -> Array:
        """Lines with an amount, other than of the bill, beyond what the kernel reckons with."""
        found = np.zeros(claims.size, bool)
        for name, fact in self.facts.items():
            column = claims.said(name) if fact.kind == "amount" else None
            if column is not None:
                found |= column > LARGEST_FEN
        if claims.persons is not None:
            found |= (claims.persons["balance"] > LARGEST_FEN)[claims.person_at]
        return found

    # --- reasons ---------------------------------------------------------------------------------

    def _number(self, why: Why) -> int:
        with self._lock:
            if why not in self.reasons:
                self.reasons.append(why)
            return self.reasons.index(why)

    def _any_of(self, codes: Array, kinds: tuple[str, ...]) -> Array:
        """Which of the codes are of reasons of some kinds."""
        numbers = [place for place, why in enumerate(self.reasons) if why.kind in kinds]
        return np.isin(codes, numbers) if numbers else np.zeros(len(codes), bool)

    def _mixed(self, regime: Array, group: Array) -> Array:
        """Groups that the kernel's meters do not carry from one regime into another."""
        mixed = np.zeros(int(group[-1]) + 1, bool)
        if len(self.regimes.list) > 1:
            same = group[1:] == group[:-1]
            changes = regime[1:] < regime[:-1] if self.alike else regime[1:] != regime[:-1]
            mixed[group[1:][same & changes]] = True
        return mixed

    # --- the kernel ------------------------------------------------------------------------------

    def _through(
        self, claims: Claims, regime: Array, outcome: Outcome, places: Array, *, lanes: bool
    ) -> None:
        """Settle claims by the programs of their regimes; what comes of them goes to `places`."""
        state: Places | None = None
        for number in np.unique(regime).tolist():
            ready = self.regimes.ready(number, self.table, self.options, lanes=lanes)
            mine = regime == number
            if ready is None:
                outcome.why[places[mine]] = self._number(Why("too_large"))
                continue
            if state is None or not self.alike:
                several = self.alike and len(self.regimes.list) > 1
                state = Places(claims, ready.program.layout, several=several)
            self._run(ready, claims, state, number, regime, outcome, places)

    def _run(
        self,
        ready: Ready,
        claims: Claims,
        state: Places,
        number: int,
        regime: Array,
        outcome: Outcome,
        places: Array,
    ) -> None:
        inputs, outputs = self.columns(ready, claims, state)
        if "a_way" in ready.program.inputs:
            inputs["a_way"] = regime
        columns: list[Column] = []
        for first, last in state.blocks:
            state.enter(first)
            if not columns or inputs["s"] is not state.s:
                inputs |= {"s": state.s, "w": state.w}
                columns = [inputs[name] for name in ready.program.inputs]
                columns += outputs.values()
            ready.run(first, last, number, state.base(first), columns)
            state.leave(first)
        done = np.flatnonzero(outputs["status"] >= 0)
        numbers = [0, *(self._number(Why(*reason)) for reason in ready.program.reasons)]
        outcome.why[places[done]] = np.array(numbers, np.int16)[outputs.pop("status")[done]]
        for name, column in outputs.items():
            if name not in outcome.values:
                outcome.values[name] = np.zeros(len(outcome.why), np.int64)
            if len(done) == len(outcome.why):
                outcome.values[name] = column
            else:
                outcome.values[name][places[done]] = column[done]

    def columns(
        self, ready: Ready, claims: Claims, state: Places
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """What a program reads, but for `a_way`, `s` and `w`, and the columns that it writes."""
        layout = ready.program.layout
        inputs = {
            name: self._column(name, claims, state, layout)
            for name in ready.program.inputs
            if name not in ("s", "w", "a_way")
        }
        outputs = {
            name: np.zeros(claims.size, f"i{bits_of(layout, f'o_{name}') // 8}")
            for name in ready.program.outputs
        }
        outputs["status"][:] = -1
        return inputs, outputs

    def _column(self, name: str, claims: Claims, state: Places, layout: Layout) -> Array:
        """An input of a program, of the width that it wants."""
        kind = f"i{bits_of(layout, name) // 8}"
        if name == "a_lines":
            return claims.lines
        if name == "a_person":
            return state.persons
        if name == "a_pv":
            return claims.person_at.astype(kind, copy=False)
        if name == "a_day":
            return claims.rows["day"].astype(kind, copy=False)
        if name.startswith("k_"):
            return state.keys[name]
        if name.startswith("a_"):
            found = claims.rows.get(name)
            return np.zeros(claims.size, kind) if found is None else found
        fact = next(one for one in layout.facts if one.name == name[2:])
        where = claims.rows
        if fact.name in self.by_person and claims.persons is not None:
            where = claims.persons
        if name not in where:
            return np.full(len(where["person"]), missing_code(fact), kind)
        return self._recoded(where[name], fact).astype(kind, copy=False)

    def _recoded(self, column: Array, fact: Fact) -> Array:
        """Codes by the values of all versions as codes by those of one; unknown there: missing."""
        every, mine = list(self.facts[fact.name].values), list(fact.values)
        if every == mine or not mine:
            return column
        if fact.kind == "set":
            found = np.zeros(len(column), np.int64)
            for place, value in enumerate(every):
                if value in mine:
                    found |= ((column >> place) & 1) << mine.index(value)
            return np.where(column < 0, column, found)
        places = [mine.index(value) if value in mine else -1 for value in every]
        recoded: Array = np.array([*places, -1], np.int64)[column]
        return recoded

    def _rank_lines(self, claims: Claims, number: int, mine: Array) -> None:
        """Put the lines of every claim into the order in which the engine takes them."""
        rows = claims.rows
        places = np.flatnonzero((claims.lines != 1) & mine)
        some = taken(rows, places)
        keys: list[Array] = []
        for fact in layout_of(self.regimes.list[number].policy).facts:
            if f"c_{fact.name}" not in some or fact.name in self.by_person:
                continue
            column = self._recoded(some[f"c_{fact.name}"], fact)
            if fact.default is not None:
                missing = column == missing_code(fact)
                column = np.where(missing, _default(fact, some["day"]), column)
            keys.append(column)
            if fact.kind == "text":
                keys.append(some[f"t_{fact.name}"])
        keys += [some[f"a_{part}"] for part in PARTS if f"a_{part}" in some]
        order = places[lines_in_order(claims.lines[places], keys)]
        moved = order != places
        to, whence = places[moved], order[moved]
        for column in rows.values():
            column[to] = column[whence]

    # --- the engine ------------------------------------------------------------------------------

    def _by_engine(self, claims: Claims, regime: Array, outcome: Outcome, places: Array) -> None:
        by_engine = settled_by_engine(
            claims, regime, self.regimes, self.facts, self.by_person, self.options
        )
        for place, (values, why) in zip(places[claims.lines > 0].tolist(), by_engine, strict=True):
            if self.stopped.is_set():
                raise InterruptedError
            outcome.why[place] = self._number(why) if why is not None else 0
            for name in {**values, **outcome.values}:
                if name not in outcome.values:
                    outcome.values[name] = np.zeros(len(outcome.why), np.int64)
                outcome.values[name][place] = values.get(name, 0)


def _default(fact: Fact, day: Array) -> Array | int:
    found = default_of(fact)
    return day if found is None else found


def _alike(regimes: Regimes) -> bool:
    """Whether meters stand in the same places in all regimes."""
    try:
        layouts = regimes.layouts
    except Unsupported:
        return False
    first = layouts[0] if layouts else None
    return all(_standing(one) == _standing(first) for one in layouts if first is not None)


def _standing(layout: Layout) -> object:
    slots = [
        (name, slot.first, slot.width, slot.key, slot.meter.window, slot.meter.first_day)
        for name, slot in layout.slots.items()
    ]
    return slots, layout.width, dict(layout.keys)


def _groups(claims: Claims) -> Array:
    """The number of each line's person, or household, from 0."""
    if "home" in claims.rows:
        return np.cumsum(~same_as_before(claims.rows, ["home"])) - 1
    return person_numbers(claims.rows)
