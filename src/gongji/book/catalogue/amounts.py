"""The amounts of a line, worked out of quantity, price, cap and rate: exact, and pure.

Quantities are ten-thousandths, prices and caps millionths of a yuan, rates ten-thousandths; a
product is rounded half-up to the fen once.
"""

from __future__ import annotations

from typing import NamedTuple

from gongji.engine.amounts import Raw
from gongji.money import MAX_FEN, format_yuan, half_up_ratio

__all__ = ["QUANTITY_PLACES", "Amounts", "amounts_of", "cost_fen"]

QUANTITY_PLACES = 4
_QUANTITY_BY_PRICE = 10**8
"""A ten-thousandth by a millionth of a yuan, of which a fen has so many."""
_WHOLE = 10**4


class Amounts(NamedTuple):
    """The parts of a line in fen; together they are its total."""

    out_of_catalogue: int = 0
    over_price_cap: int = 0
    prior_self_pay: int = 0
    in_scope: int = 0

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(self)

    def plus(self, other: Amounts) -> Amounts:
        """Each part with the other's."""
        return Amounts(*(one + two for one, two in zip(self, other, strict=True)))

    def less(self, other: Amounts) -> Amounts:
        """What is left of each part."""
        return Amounts(*(one - two for one, two in zip(self, other, strict=True)))

    def parts(self) -> list[tuple[str, int]]:
        """The parts by name."""
        return list(self._asdict().items())

    def said(self) -> dict[str, Raw]:
        """The parts as a bill states them: yuan; a part of nothing is left out."""
        return {name: format_yuan(fen) for name, fen in self.parts() if fen or name == "in_scope"}


def cost_fen(quantity: int, price: int) -> int:
    """What a quantity costs at a price."""
    return half_up_ratio(quantity * price, _QUANTITY_BY_PRICE)


def amounts_of(
    quantity: int, price: int, *, covered: bool, cap: int | None, rate: int
) -> Amounts | None:
    """The parts of a line; nothing where it costs more than any amount may.

    Not covered is all out of catalogue, and so is what is borne whole by its rate.  What the price
    is above the cap is over it; of the rest a share is borne first, and what is left is in scope.
    """
    total = cost_fen(quantity, price)
    if total > MAX_FEN:
        return None
    if not covered or rate == _WHOLE:
        return Amounts(out_of_catalogue=total)
    over = 0 if cap is None or price <= cap else cost_fen(quantity, price - cap)
    prior = half_up_ratio(rate * (total - over), _WHOLE)
    return Amounts(0, over, prior, total - over - prior)
