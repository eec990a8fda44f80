"""Stretches of money: pieces of whole fen, only ever split and moved, never made or lost.

A stretch is a list of pieces in order.  Everything a benefit does is cutting a stretch from the
left, so what goes in comes out again, to the fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gongji.engine.meters import MeterKey
from gongji.policy.model import Policy

__all__ = ["Piece", "gathered", "total"]


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


def gathered(pieces: Sequence[Piece], policy: Policy) -> list[Piece]:
    """The same fen with what differs only in its length in one piece, in one order.

    So it does not matter by which way, or in how many pieces, money came to a benefit: the order
    is that of the benefits it was borne in, of the items, of the marks.  Only for pieces that have
    passed no meter.
    """
    if len(pieces) == 1:
        return list(pieces)
    alike: dict[tuple[int, int, int, str], Piece] = {}
    for piece in pieces:
        kind = _rank(piece, policy)
        same = alike.get(kind)
        alike[kind] = piece if same is None else piece._replace(fen=piece.fen + same.fen)
    return [alike[kind] for kind in sorted(alike)]


def _rank(piece: Piece, policy: Policy) -> tuple[int, int, int, str]:
    benefits = [benefit.name for benefit in policy.benefits]
    marks = [scope.beyond.mark for scope in policy.scopes if scope.beyond is not None]
    return (
        benefits.index(piece.benefit) if piece.benefit else -1,
        piece.item,
        marks.index(piece.mark) if piece.mark else -1,
        piece.cause,
    )
