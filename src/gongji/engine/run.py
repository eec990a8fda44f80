"""One settlement in progress: where every fen of the bill is at the moment.

A fen waits for a benefit, was paid by a fund or the account, or is borne by the person for a
cause.  Nothing outside a settlement ever sees a `Run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gongji.engine.bill import Item, Visit
from gongji.engine.known import Known
from gongji.engine.meters import MeterKey, Meters, key_of
from gongji.engine.pieces import Piece
from gongji.engine.refusals import no_rule
from gongji.engine.steps import Basis, Step
from gongji.policy.model import Alternative, Benefit, Destination, Policy

__all__ = ["Run"]


@dataclass(slots=True)
class Run:
    """The state of one settlement; `live` are the meters as they move inside the visit."""

    policy: Policy
    visit: Visit
    items: tuple[Item, ...]
    known: tuple[Known, ...]
    before: Meters
    live: dict[MeterKey, int] = field(default_factory=dict)
    waiting: dict[str, list[Piece]] = field(default_factory=dict)
    borne: list[Piece] = field(default_factory=list)
    from_account: list[Piece] = field(default_factory=list)
    imposed: dict[str, int] = field(default_factory=dict)
    payments: dict[tuple[str, str], int] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    reached: dict[int, Destination] = field(default_factory=dict)  # by identity
    _keys: dict[tuple[str, int], MeterKey] = field(default_factory=dict)
    _ways_in: dict[tuple[str, int], Alternative] = field(default_factory=dict)

    def reading(self, key: MeterKey) -> int:
        """A meter as it stands inside the visit."""
        if key.window == "visit":
            return self.live.get(key, 0)
        return self.live.get(key, self.before[key])

    def key(self, name: str, item: int) -> MeterKey:
        """The key of a meter for one item: its window on this day, and what it is kept per."""
        key = self._keys.get((name, item))
        if key is None:
            meter = self.policy.meters[name]
            per = str(self.known[item][meter.per]) if meter.per else ""
            key = self._keys[(name, item)] = key_of(meter, per, self.visit.day)
        return key

    def entry(self, item: int) -> Benefit:
        """The first benefit that takes an item; raises `Refused` where no rule covers it."""
        for benefit in self.policy.benefits:
            if benefit.burden is None and self.admits(benefit, item):
                return benefit
        raise no_rule(self.policy, _said(self.known[item].said()))

    def admits(self, benefit: Benefit, item: int) -> bool:
        """Whether a benefit takes an item; the alternative that let it in is remembered."""
        if not benefit.condition.alternatives:
            return True
        way = self.known[item].way_in(benefit.condition)
        if way is not None:
            self._ways_in[(benefit.name, item)] = way
        return way is not None

    def way_in(self, benefit: Benefit, item: int) -> Alternative | None:
        """The alternative that let an item in, where it has a clause of its own."""
        way = self._ways_in.get((benefit.name, item))
        return way if way is not None and way.mark is not None else None

    def basis(self, benefit: Benefit, item: int) -> Basis:
        """What a benefit rests on for an item: its alternative's own clause, or its own."""
        way = self.way_in(benefit, item)
        if way is not None and way.mark is not None:
            return Basis(way.mark, way.place)
        return Basis(benefit.mark, benefit.place)

    def next_benefit(self, after: str, item: int) -> Benefit:
        """The next benefit in the order that takes an item."""
        names = [benefit.name for benefit in self.policy.benefits]
        for benefit in self.policy.benefits[names.index(after) + 1 :]:
            if benefit.burden is None and self.admits(benefit, item):
                return benefit
        raise no_rule(self.policy, _said(self.known[item].said()))

    def bear(self, piece: Piece) -> None:
        """The person bears a piece from now on."""
        if piece.fen:
            self.borne.append(piece)
            self.imposed[piece.cause] = self.imposed.get(piece.cause, 0) + piece.fen


def _said(facts: Mapping[str, object]) -> list[str]:
    return [f"{name}: {value}" for name, value in facts.items()]
