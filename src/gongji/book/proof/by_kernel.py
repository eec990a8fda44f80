"""Settlements worked out anew by the compiled loop: which of them come out as they were kept.

Each is settled on a row of meters of its own, filled from the readings that it began on, so they
need not be in any order and none waits for another.  What the loop does not settle, and what does
not fit, is left to the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from gongji.book.proof.coding import Array, Coder
from gongji.book.proof.rulings import Ruling
from gongji.book.proof.sheet import NOT_STATED, Claims, Sheet
from gongji.book.proof.spots import Spots
from gongji.book.proof.stretch import Kept
from gongji.kernel.compiled import Ready, bits_of, compiled, interpreted
from gongji.kernel.facts import default_of
from gongji.kernel.layout import layout_of, missing_code
from gongji.kernel.program import PARTS, Shape
from gongji.kernel.source import Unsupported
from gongji.policy.walk import funds_of

__all__ = ["Loops"]


class Loops:
    """The loops of a ruling: one for bills of one line, one for those of several.

    They are compiled, or with `by` run by Python itself.  Raises `Unsupported` where the kernel
    cannot hold the policy's facts.
    """

    def __init__(self, ruling: Ruling, by: Literal["kernel", "python"] = "kernel") -> None:
        self.ruling = ruling
        self.make = compiled if by == "kernel" else interpreted
        policy = ruling.policy
        self.layout = layout_of(policy)
        self.coder = Coder(policy, self.layout)
        self.spots = Spots(policy, self.layout)
        self.funds = funds_of(policy)
        self.account_stated = policy.account_mark is None or policy.no_account
        self._ready: dict[bool, Ready | None] = {}

    def fitting(self, kept: Sequence[Kept]) -> Array:
        """Which settlements come out as they were kept; of the others nothing is known."""
        claims = self.columns(kept)
        fits = np.zeros(len(kept), bool)
        fits[claims.which] = self.settled_as_kept(claims)
        return fits

    def columns(self, kept: Sequence[Kept]) -> Claims:
        """Settlements as columns, those that only the engine can read left out; the last made."""
        self.coder.forget()
        sheet = Sheet(self.coder, self.spots, self.funds)
        for place, one in enumerate(kept):
            sheet.add(place, one)
        return sheet.claims()

    def settled_as_kept(self, claims: Claims) -> Array:
        """Settle the columns made last, and say of each whether it comes out as it was kept."""
        fits = np.zeros(len(claims.which), bool)
        known = self._in_force(claims)
        marked = self._settle(claims, np.flatnonzero(known & (claims.length == 1)), fits)
        several = np.flatnonzero(known & (claims.length > 1))
        self._settle(claims, np.concatenate([several, marked]), fits, lanes=True)
        return fits

    def _in_force(self, claims: Claims) -> Array:
        """The days for which the loops are written."""
        first, last = self.ruling.policy.in_force
        found: Array = claims.day >= first.toordinal()
        return found if last is None else found & (claims.day <= last.toordinal())

    def _settle(self, claims: Claims, places: Array, fits: Array, *, lanes: bool = False) -> Array:
        """Settle some, and note which of them fit; gives those of one line that want lanes."""
        ready = self._loop(lanes=lanes) if len(places) else None
        if ready is None:
            return places[:0]
        some = _Some(self, claims, places, lanes=lanes)
        outputs = {
            name: np.zeros(len(some.lines), f"i{bits_of(self.layout, f'o_{name}') // 8}")
            for name in ready.program.outputs
        }
        inputs = [some.column(name) for name in ready.program.inputs]
        ready.run(0, len(some.lines), 0, 0, [*inputs, *outputs.values()])
        made = {name: column[some.starts] for name, column in outputs.items()}
        fits[places] = self._as_kept(claims, some, made)
        marked = [False, *(reason.kind == "marked" for reason in ready.program.reasons)]
        found: Array = places[np.array(marked)[made["status"]]]
        return found

    def _as_kept(self, claims: Claims, some: _Some, made: Mapping[str, Array]) -> Array:
        """Which settlements have come out as they were kept, their meters too."""
        places = some.places
        total, person, account = claims.sums[places].T
        found: Array = made["status"] == 0
        found &= np.add.reduceat(claims.parts[some.lines].sum(axis=1), some.starts) == total
        found &= made["person"] == person
        if self.account_stated:
            found &= made.get("account", np.zeros_like(person)) == account
        else:
            found &= account == NOT_STATED
        for number, fund in enumerate(self.funds):
            found &= made[f"pay_{fund}"] == claims.paid[places, number]
        after = some.readings(some.s)
        found &= (after == claims.after[places]).all(axis=1)
        found &= (after != claims.before[places]).sum(axis=1) == claims.moves[places]
        return found

    def _loop(self, *, lanes: bool) -> Ready | None:
        """The loop for bills of several lines, or of one; None where the engine has to settle."""
        if lanes not in self._ready:
            facts = self.layout.facts
            shape = Shape(
                frozenset(fact.name for fact in facts),
                frozenset(fact.name for fact in facts if fact.of == "person"),
                self.ruling.policy.in_force, plain=not lanes, lanes=lanes,
            )  # fmt: skip
            try:
                ready = self.make(self.ruling.policy, self.ruling.parameters, shape)
            except Unsupported:
                self._ready[lanes] = None
            else:
                self._ready[lanes] = ready
        return self._ready[lanes]


class _Some:
    """Some of the settlements as the columns of a loop; `s` and `w` are their meters.

    The readings of persons come first, row after row, then those of texts.
    """

    def __init__(self, loops: Loops, claims: Claims, places: Array, *, lanes: bool) -> None:
        self.loops = loops
        self.layout = loops.layout
        self.claims = claims
        self.places = places
        length = claims.length[places]
        self.starts: Array = np.cumsum(length) - length
        self.lines_of: Array = np.zeros(int(length.sum()), np.int64)
        self.lines_of[self.starts] = length
        self.whose: Array = np.repeat(np.arange(len(places)), length)
        self.lines: Array = np.arange(len(self.whose)) + np.repeat(
            claims.first[places] - self.starts, length
        )
        if lanes:
            self.lines = self.lines[self._ranked()]
        self.s = self._flat(claims.before[places])
        self.w = self._flat(claims.windows[places])

    def _flat(self, table: Array) -> Array:
        width = self.layout.width
        return np.concatenate([table[:, :width].ravel(), table[:, width:].ravel()])

    def readings(self, flat: Array) -> Array:
        """Meters as a table again, a row for each settlement."""
        count, width = len(self.places), self.layout.width
        own, of_texts = flat[: count * width], flat[count * width :]
        return np.concatenate([own.reshape(count, width), of_texts.reshape(count, -1)], axis=1)

    def _ranked(self) -> Array:
        """The lines of every bill in the order in which the engine takes them."""
        codes = self.loops.coder.lines
        said = self.claims.said[self.lines]
        keys: list[Array] = []
        for fact in codes.facts:
            column = codes.column(fact.name)[said]
            if fact.default is not None:
                default = default_of(fact)
                day = self.claims.day[self.places][self.whose]
                missing = column == missing_code(fact)
                column = np.where(missing, day if default is None else default, column)
            keys.append(column)
            if fact.kind == "text":
                texts = [dict(one).get(fact.name, "") for one in codes.texts]
                keys.append(np.array(texts)[said])
        keys += list(self.claims.parts[self.lines].T)
        order: Array = np.lexsort([*reversed(keys), self.whose])
        return order

    def column(self, name: str) -> Array:
        """An input of a loop, of the width that it wants."""
        kind = f"i{bits_of(self.layout, name) // 8}"
        if name in ("s", "w"):
            return self.s if name == "s" else self.w
        if name.startswith("k_"):
            return self._of_texts(name)
        if name.startswith("c_"):
            codes = self.loops.coder.lines
            if name[2:] in (fact.name for fact in codes.facts):
                return codes.column(name[2:])[self.claims.said[self.lines]].astype(kind)
            return self.loops.coder.persons.column(name[2:]).astype(kind)
        if name == "a_way":
            return np.zeros(len(self.lines), kind)
        if name == "a_lines":
            return self.lines_of.astype(kind)
        if name == "a_person":
            return self.whose.astype(kind)
        if name in ("a_pv", "a_day"):
            column = self.claims.person if name == "a_pv" else self.claims.day
            return column[self.places][self.whose].astype(kind)
        return np.ascontiguousarray(self.claims.parts[self.lines, PARTS.index(name[2:])])

    def _of_texts(self, name: str) -> Array:
        """Where the readings of each line's text begin; -1 where it names none."""
        (key,) = (one for one in self.layout.keys if one.column == name)
        coder, claims, spots = self.loops.coder, self.claims, self.loops.spots
        per_row = claims.before.shape[1] - self.layout.width
        begin = len(self.places) * self.layout.width + spots.first_of[name]
        found: Array = np.full(len(self.lines), -1, np.int64)
        for place, (line, row) in enumerate(
            zip(self.lines.tolist(), self.whose.tolist(), strict=True)
        ):
            claim = int(self.places[row])
            said = {
                **dict(coder.persons.texts[int(claims.person[claim])]),
                **dict(coder.lines.texts[int(claims.said[line])]),
            }
            if key.fact in said:
                text = claims.texts[claim][key.fact, said[key.fact]]
                found[place] = begin + row * per_row + text * spots.per_text
        return found
