"""Running totals as code: where a reading stands, reading it, moving it, taking the move back.

`s` holds the readings of all persons, `w` the window that each belongs to: a reading of an earlier
window counts as 0, and a claim of an earlier window than its meter has reached is left to the
engine.  What a claim moved is written down, so that one left unsettled leaves all as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from gongji.engine.meters import key_of
from gongji.kernel.lanes import LaneFacts
from gongji.kernel.layout import Layout
from gongji.kernel.source import Source, Unsupported
from gongji.policy.model import Benefit, Interval, Meter, Policy
from gongji.policy.walk import meters_of

__all__ = ["MOST_MOVES", "Readings", "has_one_window"]

MOST_MOVES = 256
"""Meters that a claim can move; the engine settles what may move more."""


class Readings:
    """The meters of one benefit, each in a local variable from `load` to `store`.

    `span` are the first and the last day that claims can have: a meter that has one window only
    in that time needs no look at its window.
    """

    def __init__(self, facts: LaneFacts, layout: Layout, span: Interval) -> None:
        self.facts = facts
        self.policy: Policy = facts.policy
        self.layout = layout
        self.src: Source = facts.src
        self.span = span
        self.loaded: tuple[str, ...] = ()

    def begin(self) -> None:
        """Before a visit: what is counted for it alone stands at 0."""
        for name, slot in self.layout.slots.items():
            if slot.meter.window == "visit":
                self.src.put(f"visit_{name} = 0")

    def account(self) -> str:
        """The balance of the person's account."""
        return "s[row]"

    def live(self, meter: str) -> str:
        """A meter as it moves inside the visit."""
        return f"m_{meter}"

    def load(self, benefit: Benefit, lanes: str = "") -> None:
        """Read every meter that a benefit counts or holds limits against.

        With several lines on a bill, `lanes` is code that is true of those concerned.
        """
        used = dict.fromkeys(name for step in benefit.steps for name in meters_of(step))
        self.loaded = tuple(used)
        for name in self.loaded:
            meter = self.layout.slots[name].meter
            if meter.window == "visit":
                if meter.per is not None:
                    raise Unsupported(f"{name}, of a visit, is kept apart")
                self.src.put(f"m_{name} = visit_{name}")
                continue
            self._find(name, lanes if meter.per is not None else "")
            if self._may_miss(meter):
                self.src.put(f"m_{name} = 0")
                if not self.one_window(meter):
                    self.src.put(f"window_{name} = 0")
                with self.src.block(f"if at_row_{name} >= 0"):
                    self._read(meter)
            else:
                self._read(meter)

    def _read(self, meter: Meter) -> None:
        """A reading into its variable; 0 where it belongs to an earlier window."""
        name = meter.name
        self.src.put(f"m_{name} = s[at_row_{name}]")
        if self.one_window(meter):
            return
        window = self.src.let("window", self._window(meter))
        with self.src.block(f"if w[at_row_{name}] != {window}"):
            with self.src.block(f"if w[at_row_{name}] > {window}"):
                self.facts.leave("late", name)
            self.src.put(f"m_{name} = 0")
        self.src.put(f"window_{name} = {window}")

    def need(self, name: str) -> None:
        """A step uses a meter: what it is kept per must be known."""
        per = self.policy.meters[name].per
        if per is not None:
            self.facts.require(per)

    def _may_miss(self, meter: Meter) -> bool:
        return meter.per is not None and self.facts.may_miss(meter.per)

    def _find(self, name: str, lanes: str) -> None:
        """Where a meter stands for the claim; lines that keep it in different places part ways."""
        at = f"at_row_{name}"
        if not lanes:
            self.src.put(f"{at} = {self.place(name)}")
            return
        self.src.put(f"{at} = -1")
        with self.src.block("for l in range(lanes)"), self.src.block(f"if {lanes}"):
            self.facts.load_lane()
            place = self.src.let("place", self.place(name))
            with self.src.block(f"if {place} >= 0 and {at} >= 0 and {at} != {place}"):
                self.facts.leave("apart", name)
            self.src.put(f"{at} = max({at}, {place})")
        self.facts.check()

    def store(self) -> None:
        """Write every meter back."""
        for name in self.loaded:
            meter = self.policy.meters[name]
            if meter.window == "visit":
                self.src.put(f"visit_{name} = m_{name}")
                continue
            at = f"at_row_{name}"
            known = f"if {at} >= 0" if self._may_miss(meter) else "if True"
            with self.src.block(known):
                self.keep(at)
                self.src.put(f"s[{at}] = m_{name}")
                if not self.one_window(meter):
                    self.src.put(f"w[{at}] = window_{name}")

    def keep(self, at: str) -> None:
        """Note what stands at a place before it is changed."""
        self.src.put(f"old_at[moved] = {at}")
        self.src.put(f"old[moved] = s[{at}]")
        self.src.put(f"old_w[moved] = w[{at}]")
        self.src.put("moved += 1")

    @staticmethod
    def without_keeping(lines: Sequence[str]) -> list[str]:
        """The lines of a program, without keeping anything where nothing could be put back.

        That is so where no claim is left any more once a meter was written.
        """
        kept = [place for place, line in enumerate(lines) if _keeps(line)]
        left = [place for place, line in enumerate(lines) if line.lstrip().startswith("status = ")]
        if not kept or max(left, default=0) > kept[0]:
            return list(lines)
        return [line for line in lines if not _keeps(line)]

    def undo(self) -> None:
        """Put everything back that the claim has moved."""
        with self.src.block("while moved > 0"):
            self.src.put("moved -= 1")
            self.src.put("s[old_at[moved]] = old[moved]")
            self.src.put("w[old_at[moved]] = old_w[moved]")

    def place(self, name: str) -> str:
        """Where a meter's reading stands for this line; -1 where what it is per is not known."""
        slot = self.layout.slots[name]
        per = slot.meter.per
        if per is None:
            return f"row + {slot.first}"
        code = self.facts.soft(per)
        place = f"row + {slot.first} + {code}"
        if slot.key is not None:
            place = f"{slot.key.column}[at] + {slot.first}"
        return f"({place} if {code} >= 0 else -1)" if self.facts.may_miss(per) else place

    def before(self, name: str) -> None:
        """Read a meter as it stands when the visit comes in; 0 where what it is per is not known.

        Whoever asks for it asks for that first.
        """
        slot = self.layout.slots[name]
        value = f"before_{name}"
        self.src.put(f"{value} = 0")
        known = "True"
        place = f"row + {slot.first}"
        if slot.meter.per is not None:
            code = self.facts.soft(slot.meter.per)
            known = f"{code} >= 0"
            place = f"{place} + {code}"
        if slot.key is not None:
            place = f"{slot.key.column}[at] + {slot.first}"
        with self.src.block(f"if {known}"):
            at = self.src.let("place", place)
            self.src.put(f"{value} = s[{at}]")
            if not self.one_window(slot.meter):
                window = self.src.let("window", self._window(slot.meter))
                with self.src.block(f"if w[{at}] < {window}"):
                    self.src.put(f"{value} = 0")
                with self.src.block(f"if w[{at}] > {window}"):
                    self.facts.leave("late", name)

    def reading(self, name: str) -> str:
        """A meter kept once a person, in the window of the claim, as it stands now."""
        slot = self.layout.slots[name]
        value = f"s[row + {slot.first}]"
        if self.one_window(slot.meter):
            return value
        return f"({value} if w[row + {slot.first}] == {self._window(slot.meter)} else 0)"

    def _window(self, meter: Meter) -> str:
        """The number of the window that the day lies in."""
        if meter.window == "lifetime":
            return "1"
        if meter.window == "day":
            return "day"
        if meter.window == "month":
            return self._of_day("month", "month_number(day)")
        month, first = meter.first_day
        if (month, first) == (1, 1):
            return self._of_day("year", "civil_year(day)")
        return self._of_day(f"year_{month}_{first}", f"year_number(day, {month}, {first})")

    def _of_day(self, stem: str, code: str) -> str:
        """A number that hangs on the day alone, worked out once a block."""
        known = self.src.known(code)
        if known is None:
            known = self.src.let(stem, code)
            self.src.note(code, known)
        return known

    def one_window(self, meter: Meter) -> bool:
        """Whether a meter has one window only while claims can come."""
        return has_one_window(meter, self.span)


def has_one_window(meter: Meter, span: Interval) -> bool:
    """Whether all days from a first to a last lie in the same window of a meter."""
    if meter.window == "lifetime":
        return True
    first, last = span
    return last is not None and key_of(meter, "", first) == key_of(meter, "", last)


def _keeps(line: str) -> bool:
    return line.lstrip().startswith(("old_at[moved]", "old[moved]", "old_w[moved]", "moved += 1"))
