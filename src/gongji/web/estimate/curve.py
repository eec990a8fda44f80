"""The curve: what the person bears as the bill grows, with every corner found exactly."""

from __future__ import annotations

import json
from typing import NamedTuple

from gongji.check.visit import Start
from gongji.check.walk import Segment, Walks
from gongji.engine.settlement import Settlement
from gongji.money import grouped_yuan
from gongji.wording import Bilingual

__all__ = ["Corner", "Curve", "Marked", "curve_of"]

_LEAST = 100_000_00

_CLIFF = 100
"""A jump of more fen than this between two bills a fen apart is a cliff."""

_ALL = 1000
"""The whole of a further yuan, in thousandths."""


class Corner(NamedTuple):
    """A bill in fen where another rule begins, what the person bears of it, and of the next fen.

    `per_mille` is the share of a further yuan; `cliff` is what a further fen costs, or saves, at
    once; `longer` where the stretch is more than what rounding makes.  The stretch goes on to
    `last`, of which the person bears `person_at_last`.
    """

    bill: int
    person: int
    per_mille: int
    cliff: int
    longer: bool
    last: int
    person_at_last: int

    @property
    def share(self) -> str:
        """The share of a further yuan, in percent."""
        whole, rest = divmod(abs(self.per_mille), 10)
        sign = "-" if self.per_mille < 0 else ""
        return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


class Marked(NamedTuple):
    """A corner that is worth a number on the drawing, and what happens there.

    `bill` is the last bill before it, of which the person bears `person`; rounding may put some
    fen between it and the corner.
    """

    number: int
    bill: int
    person: int
    cliff: int
    text: Bilingual


class Curve(NamedTuple):
    """The corners up to a bill, the first of nothing; between them the curve is straight."""

    corners: tuple[Corner, ...]
    end: int
    person_at_end: int

    @property
    def top(self) -> int:
        """The most that the person bears of a bill on the curve."""
        return max(self.person_at_end, *(one.person for one in self.corners), 1)

    def line(self, width: int, height: int) -> str:
        """The curve as the points of a drawing, nothing paid at its lower left."""
        points = [(0, 0)]
        for one in self.corners:
            points += [(one.bill, one.person), (one.last, one.person_at_last)]
        return " ".join(f"{x},{y}" for x, y in (self.at(*one, width, height) for one in points))

    def at(self, bill: int, person: int, width: int, height: int) -> tuple[int, int]:
        """Where a bill lies on a drawing."""
        return bill * width // self.end, height - person * height // self.top

    @property
    def marked(self) -> tuple[Marked, ...]:
        """The corners where something changes for the person, numbered from the left."""
        found: list[Marked] = []
        before: Corner | None = None
        for one in self.corners:
            if not (one.longer or one.cliff):
                continue
            if before is not None and (one.per_mille != before.per_mille or one.cliff):
                text = _change(before, one, first=before is self.corners[0])
                number = len(found) + 1
                found.append(Marked(number, before.last, before.person_at_last, one.cliff, text))
            before = one if one.longer or before is None else before
        return tuple(found)

    @property
    def json(self) -> str:
        """The stretches and marks for a script: amounts in fen, shares in thousandths."""
        return json.dumps(
            {
                "end": self.end,
                "stretches": [
                    [one.bill, one.person, one.last, one.person_at_last, one.per_mille]
                    for one in self.corners
                ],
                "marks": [[one.number, one.bill, one.person, one.cliff] for one in self.marked],
            }
        )  # fmt: skip


def _change(before: Corner, now: Corner, *, first: bool) -> Bilingual:
    """What is different from a corner on, for the one who pays; `first` after the first stretch."""
    jump = grouped_yuan(abs(now.cliff))
    if now.cliff > 0:
        said = Bilingual(f"费用再多一分，自付一下多出 {jump} 元；",
                         f"a fen more, and you pay {jump} yuan more at once; ")  # fmt: skip
    elif now.cliff < 0:
        said = Bilingual(f"费用再多一分，自付反而少 {jump} 元；",
                         f"a fen more, and you pay {jump} yuan less; ")  # fmt: skip
    else:
        said = Bilingual("", "")
    if not now.longer or now.per_mille == before.per_mille:
        return said + Bilingual(f"此后每多一元自付 {before.share}%",
                                f"then {before.share}% of every further yuan")  # fmt: skip
    if now.per_mille >= _ALL:
        return said + Bilingual("到限额了，再多的全部自付",
                                "a limit is reached; all beyond it is yours")  # fmt: skip
    if now.per_mille == 0:
        return said + Bilingual("从这里起，再多的不用自付",
                                "from here on you pay nothing more")  # fmt: skip
    if before.per_mille >= _ALL:
        begins = Bilingual("起付的部分满了，开始报销", "the deductible is met")
        again = Bilingual("全部自付的一段到此为止", "the part that is all yours ends")
        return said + (begins if first else again) + Bilingual(
            f"：每多一元自付 {now.share}%", f"; then {now.share}% of every further yuan"
        )  # fmt: skip
    return said + Bilingual(f"每多一元的自付由 {before.share}% 变为 {now.share}%",
                            f"your share of a further yuan goes from {before.share}% to "
                            f"{now.share}%")  # fmt: skip


def curve_of(settlement: Settlement) -> Curve:
    """The curve of bills in scope like the one settled, on the meters that it found.

    It goes to twice the bill, and not below 100,000 yuan.  Raises `Refused` where the policy does
    not settle such a bill.
    """
    most = max(2 * settlement.total, _LEAST)
    start = Start(settlement.before, (), settlement.day, settlement.parameters)
    facts = {
        name: settlement.facts[name] for name in settlement.facts if name in settlement.policy.facts
    }
    walk = Walks(settlement.policy).of(facts, start)
    shown = [one for one in walk.segments if one.first <= most]
    end = min(most, shown[-1].last)
    corners = tuple(
        _corner(one, shown[at - 1] if at else None, end) for at, one in enumerate(shown)
    )
    return Curve(corners, end, corners[-1].person_at_last)


def _corner(one: Segment, before: Segment | None, end: int) -> Corner:
    jump = 0 if before is None else one.at_first.person - before.at_last.person
    cliff = jump if abs(jump) > _CLIFF else 0
    last = min(one.last, end)
    return Corner(one.first, one.at_first.person, _share(one), cliff, one.last - one.first > _CLIFF,
                  last, _at(one, last))  # fmt: skip


def _share(one: Segment) -> int:
    grown = one.last - one.first
    more = one.at_last.person - one.at_first.person
    return _nearest(1000 * more, grown) if grown else 0


def _at(one: Segment, bill: int) -> int:
    """What the person bears of a bill on a segment, to the fen but for rounding."""
    grown = one.last - one.first
    more = one.at_last.person - one.at_first.person
    return one.at_first.person + (_nearest(more * (bill - one.first), grown) if grown else 0)


def _nearest(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)
