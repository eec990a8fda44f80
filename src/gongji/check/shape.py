"""What a settlement went through: its rules without its amounts, or its numbers without clauses.

Two bills of the same shape lie on one straight line; two settlements of the largest bill with the
same numbers settle every smaller bill alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from gongji.engine.meters import MeterKey
from gongji.engine.settlement import Settlement
from gongji.engine.steps import (
    Borne,
    Chosen,
    Drawn,
    Entered,
    Paid,
    Passed,
    Scoped,
    Step,
    Stretch,
)

__all__ = ["drawn_by", "likely_ends", "likely_ends_in_layers", "moves", "numbers_of", "shape_of"]


def shape_of(one: Settlement) -> tuple[object, ...]:
    """What a settlement went through, without its amounts."""
    return tuple(_shape(step) for step in one.steps)


def _shape(step: Step) -> tuple[object, ...]:
    if isinstance(step, Paid):
        shares = tuple((one.rate, *_edges(one.where)) for one in step.shares)
        reached = tuple(limit.reached for limit in step.limits)
        return "paid", step.station, step.fund, shares, reached
    if isinstance(step, Borne):
        return "borne", step.station, step.cause, *_edges(step.where)
    if isinstance(step, Passed):
        return "passed", step.station, step.to
    if isinstance(step, Drawn):
        return "drawn", step.station, tuple((cause, benefit) for cause, benefit, _ in step.parts)
    if isinstance(step, Chosen):
        return "chosen", step.station, step.value
    if isinstance(step, Entered):
        return "entered", step.station
    return type(step).__name__, step.station


_MOVES = "moves"


def _edges(where: Stretch) -> tuple[int | str | None, int | None]:
    """The edges of a stretch; one that is a share of the bill moves with it.

    Such a share that is held to a figure stands at that figure, which is among its sources.
    """
    if not where.share or any(source.value == where.edge for source in where.sources):
        return where.edge, where.over
    return _MOVES, where.over


def moves(shape: tuple[object, ...]) -> bool:
    """Whether an edge of a shape moves with the bill."""
    return any(isinstance(step, tuple) and _MOVES in step for step in shape)


def numbers_of(one: Settlement) -> tuple[object, ...]:
    """Every number and name that a settlement went through."""
    return tuple(_numbers(step) for step in one.steps)


def _numbers(part: object) -> object:
    """A step, or a part of one, without the clauses and printed figures that it rests on."""
    if isinstance(part, MeterKey) or not isinstance(part, tuple):
        return part
    names = getattr(part, "_fields", ("",) * len(part))
    kept = zip(names, part, strict=True)
    return (
        type(part).__name__,
        *(_numbers(one) for name, one in kept if name not in {"basis", "sources"}),
    )


# --- where a rule may well begin -----------------------------------------------------------------


def likely_ends(largest: Settlement, layers: frozenset[str]) -> Iterator[int]:
    """Bills at which the stretches of the largest end, if each follows on the one before."""
    scoped = sum(step.amount for step in largest.steps if isinstance(step, Scoped))
    left = Fraction(largest.total - scoped, largest.total)
    if not left:
        return
    position = 0
    for station, lengths in _stretches(largest).items():
        if station not in layers:
            for length in lengths:
                position += length
                yield int(position / left)


def likely_ends_in_layers(
    largest: Settlement, layer: str, drawn: list[tuple[int, int]]
) -> Iterator[int]:
    """Bills at which the stretches of a layer may end; `drawn` is what it takes of some bills."""
    position = 0
    for length in _stretches(largest).get(layer, ()):
        position += length
        for (low, least), (high, most) in pairwise(drawn):
            if least <= position < most:
                yield low + (position - least) * (high - low) // (most - least)


def drawn_by(one: Settlement, layer: str) -> int:
    """What a layer takes of a bill, in fen."""
    return sum(
        step.amount for step in one.steps if isinstance(step, Drawn) and step.station == layer
    )


def _stretches(one: Settlement) -> dict[str, list[int]]:
    """The stretches of each station, in fen, in the order of their steps."""
    found: dict[str, list[int]] = {}
    for step in one.steps:
        lengths = found.setdefault(step.station, [])
        if isinstance(step, Borne):
            lengths.append(step.amount)
        elif isinstance(step, Paid):
            lengths += [share.cost for share in step.shares]
    return found
