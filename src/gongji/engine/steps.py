"""The record of a settlement: what happened to the money, in the order it happened.

Each step holds its numbers and the printed figures behind them; sentences are made from steps,
never the other way round.  All amounts are fen.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, Union

from gongji.engine.figures import Source
from gongji.engine.meters import MeterKey
from gongji.policy.model import Mark
from gongji.policy.problems import Place

__all__ = [
    "Basis",
    "Borne",
    "Chosen",
    "Counted",
    "Drawn",
    "Entered",
    "LimitState",
    "Marked",
    "Paid",
    "Passed",
    "Scoped",
    "Share",
    "Step",
    "StoodIn",
    "Stretch",
    "sources_of",
]


class Basis(NamedTuple):
    """The clause that a step rests on besides its figures, and where its rule stands."""

    mark: Mark
    place: Place


class Chosen(NamedTuple):
    """A choice made for the person: what each value would leave them with, in fen."""

    station: str
    value: str
    left: tuple[tuple[str, int], ...]
    basis: Basis | None
    sources: tuple[Source, ...]


class Scoped(NamedTuple):
    """Cost that leaves the scope and is borne for `cause`; `rate` of `base` where it is a share."""

    station: str
    cause: str
    base: int
    rate: Fraction | None
    amount: int
    basis: Basis | None
    sources: tuple[Source, ...]


class Marked(NamedTuple):
    """In-scope cost beyond `edge` of an item, marked so that layers can leave it out."""

    station: str
    marked: str
    amount: int
    edge: int
    basis: Basis | None
    sources: tuple[Source, ...]


class Entered(NamedTuple):
    """In-scope cost that a benefit takes."""

    station: str
    amount: int
    basis: Basis | None
    sources: tuple[Source, ...]


class Drawn(NamedTuple):
    """Burden that a layer takes, by cause and benefit."""

    station: str
    amount: int
    parts: tuple[tuple[str, str, int], ...]
    basis: Basis | None
    sources: tuple[Source, ...]


class Counted(NamedTuple):
    """A meter rose, by fen or (with `visits`) by one."""

    station: str
    meter: MeterKey
    visits: bool
    before: int
    after: int
    basis: Basis | None
    sources: tuple[Source, ...]


class Stretch(NamedTuple):
    """Where money lies that is borne, paid or passed on, and the figures that bound it.

    It lies on `meter` from `start`, below `edge` (None: no upper bound) and above `over` (the
    limit or edge that it exceeds, None at the beginning).  With `first` the edge is how much of
    the stretch is meant, on no meter; `share` where that grows with the stretch itself.
    """

    edge: int | None = None
    over: int | None = None
    first: bool = False
    meter: MeterKey | None = None
    start: int = 0
    sources: tuple[Source, ...] = ()
    share: bool = False


class Borne(NamedTuple):
    """The person bears `amount` for `cause` (`same` in a layer: for what it was borne before)."""

    station: str
    cause: str
    amount: int
    where: Stretch
    basis: Basis | None
    sources: tuple[Source, ...]


class Share(NamedTuple):
    """Cost that a fund pays at one rate, and where it lies."""

    cost: int
    rate: Fraction
    where: Stretch
    sources: tuple[Source, ...]


class LimitState(NamedTuple):
    """A limit on payment as a payment met it: `before` paid already, of `limit`."""

    meter: MeterKey
    limit: int
    before: int
    reached: bool
    sources: tuple[Source, ...]


class Paid(NamedTuple):
    """A fund (or the account) pays `amount`: its shares together, rounded once."""

    station: str
    fund: str
    shares: tuple[Share, ...]
    amount: int
    limits: tuple[LimitState, ...]
    basis: Basis | None
    sources: tuple[Source, ...]


class Passed(NamedTuple):
    """Cost that goes on to another benefit."""

    station: str
    to: str
    amount: int
    where: Stretch
    basis: Basis | None
    sources: tuple[Source, ...]


class StoodIn(NamedTuple):
    """Someone pays in place of a fund."""

    station: str
    fund: str
    amount: int
    basis: Basis | None
    sources: tuple[Source, ...]


Step = Union[  # noqa: UP007
    Chosen, Scoped, Marked, Entered, Drawn, Counted, Borne, Paid, Passed, StoodIn
]


def sources_of(step: Step) -> tuple[Source, ...]:
    """Every printed figure behind a step: its own, and those of its stretch, shares and limits."""
    if isinstance(step, Borne | Passed):
        return (*step.where.sources, *step.sources)
    if not isinstance(step, Paid):
        return step.sources
    shares = [one for share in step.shares for one in share.sources]
    if len(step.shares) > 1:  # bands differ, so their edges matter
        shares += [one for share in step.shares for one in share.where.sources]
    limits = [one for limit in step.limits for one in limit.sources]
    return (*shares, *limits, *step.sources)
