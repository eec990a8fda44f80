"""Stretches of money: pieces of whole fen, only ever split and moved, never made or lost.

A stretch is a list of pieces in order.  Everything a benefit does is cutting a stretch from the
left, so what goes in comes out again, to the fen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gongji.engine.meters import MeterKey

__all__ = ["Piece", "total"]


class Piece(NamedTuple):
    """Some fen of one item of a bill.

    `item` is the index of the item, `mark` what a scope marked it with.  `benefit` and `cause`
    say for what the person bears it, once it is borne.  `positions` are where its first fen lies
    on the meters it has passed.
    """

    fen: int
    item: int
    mark: str = ""
    benefit: str = ""
    cause: str = ""
    positions: tuple[tuple[MeterKey, int], ...] = ()

    def borne(self, benefit: str, cause: str) -> Piece:
        """The same fen, borne by the person in this benefit for this cause."""
        return Piece(self.fen, self.item, self.mark, benefit, cause)

    def passing(self, key: MeterKey, position: int) -> Piece:
        """The same fen, having passed a meter at this position."""
        positions = (*self.positions, (key, position))
        return Piece(self.fen, self.item, self.mark, self.benefit, self.cause, positions)

    def position(self, key: MeterKey) -> int:
        """Where its first fen lies on a meter that it has passed."""
        for passed, position in self.positions:
            if passed == key:
                return position
        raise AssertionError(f"{key} was cut along before it was counted")

    def split(self, fen: int) -> tuple[Piece, Piece]:
        """The first `fen` of it and the rest, which lies further on every meter passed."""
        _, item, mark, benefit, cause, positions = self
        assert 0 <= fen <= self.fen
        moved = tuple([(key, position + fen) for key, position in positions])
        return (
            Piece(fen, item, mark, benefit, cause, positions),
            Piece(self.fen - fen, item, mark, benefit, cause, moved),
        )


def total(pieces: Iterable[Piece]) -> int:
    """The fen of all pieces together."""
    return sum([piece.fen for piece in pieces])
