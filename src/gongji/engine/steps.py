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

__all__ = [
    "Borne",
    "Counted",
    "Drawn",
    "Entered",
    "LimitState",
    "Paid",
    "Passed",
    "Scoped",
    "Share",
    "Step",
    "StoodIn",
    "sources_of",
]


class Scoped(NamedTuple):
    """Cost that leaves the scope and is borne for `cause`; `rate` of `base` where it is a share."""

    station: str
    cause: str
    base: int
    rate: Fraction | None
    amount: int
    mark: Mark
    sources: tuple[Source, ...]


class Entered(NamedTuple):
    """In-scope cost that a benefit takes."""

    station: str
    amount: int
    mark: Mark
    sources: tuple[Source, ...]


class Drawn(NamedTuple):
    """Burden that a layer takes, by cause and benefit."""

    station: str
    amount: int
    parts: tuple[tuple[str, str, int], ...]
    mark: Mark
    sources: tuple[Source, ...]


class Counted(NamedTuple):
    """A meter rose, by fen or (with `visits`) by one."""

    station: str
    meter: MeterKey
    visits: bool
    before: int
    after: int
    mark: Mark
    sources: tuple[Source, ...]


class Borne(NamedTuple):
    """The person bears `amount` for `cause` (`same` in a layer: for what it was borne before).

    `edge` is the amount up to which (or, with `first`, of which) it is borne; `meter`, `start`
    and `end` are the stretch of the meter that it lies on, where it was cut along one.
    """

    station: str
    cause: str
    amount: int
    edge: int | None
    first: bool
    meter: MeterKey | None
    start: int
    end: int
    mark: Mark
    sources: tuple[Source, ...]


class Share(NamedTuple):
    """Cost that a fund pays at one rate."""

    cost: int
    rate: Fraction
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
    mark: Mark
    sources: tuple[Source, ...]


class Passed(NamedTuple):
    """Cost that goes on to another benefit."""

    station: str
    to: str
    amount: int
    mark: Mark
    sources: tuple[Source, ...]


class StoodIn(NamedTuple):
    """Someone pays in place of a fund."""

    station: str
    fund: str
    amount: int
    mark: Mark
    sources: tuple[Source, ...]


Step = Union[  # noqa: UP007
    Scoped, Entered, Drawn, Counted, Borne, Paid, Passed, StoodIn
]


def sources_of(step: Step) -> tuple[Source, ...]:
    """Every printed figure behind a step: its own, and those of shares and limits."""
    if not isinstance(step, Paid):
        return step.sources
    shares = tuple(source for share in step.shares for source in share.sources)
    limits = tuple(source for limit in step.limits for source in limit.sources)
    return (*shares, *limits, *step.sources)
