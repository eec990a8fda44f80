"""The year card: what a year's deductibles, limits and bands have left, pot by pot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gongji.engine.left import Left
from gongji.explain.explanation import Explanation
from gongji.explain.names import Names
from gongji.money import grouped_yuan as yuan
from gongji.wording import Bilingual

__all__ = ["Group", "Pot", "year_card"]

_TITLES = {
    "deductible": Bilingual("起付标准", "Deductible"),
    "limit_of_cost": Bilingual("费用限额", "Limit on cost"),
    "limit_of_payment": Bilingual("支付限额", "Limit on payment"),
}


class Pot(NamedTuple):
    """Something that fills in the course of a year: `used` of `edge` fen, `left` still to go.

    `title` is empty of what has no amounts of its own; `text` then says it.
    """

    title: Bilingual | None
    meter: Bilingual | None
    used: int
    edge: int
    left: int
    text: Bilingual

    @property
    def share(self) -> str:
        """How full it is, in thousandths."""
        return str(min(1000, self.used * 1000 // self.edge if self.edge else 1000))

    @property
    def full(self) -> bool:
        """Whether nothing is left."""
        return self.left == 0


class Group(NamedTuple):
    """The pots of one benefit."""

    title: Bilingual
    pots: tuple[Pot, ...]


def year_card(explanation: Explanation) -> tuple[Group, ...]:
    """What is left after a visit, by benefit, in the order of payment."""
    found: dict[str, list[Pot]] = {}
    for one, text in explanation.left:
        found.setdefault(one.benefit, []).append(_pot(one, text, explanation.names))
    return tuple(
        Group(explanation.names.station(name), _sorted(pots)) for name, pots in found.items()
    )


def _pot(one: Left, text: Bilingual, names: Names) -> Pot:
    title = _TITLES.get(one.kind)
    meter = names.meter(one.meter) if one.meter is not None else None
    head = names.station(one.benefit)
    words = Bilingual(text.zh.removeprefix(f"{head.zh}："), text.en.removeprefix(f"{head.en}: "))
    if title is None:
        return Pot(None, meter, 0, 0, one.left, words)
    if one.start:
        title = Bilingual(
            f"{yuan(one.start)} 至 {yuan(one.edge)} 元这一段",
            f"Between {yuan(one.start)} and {yuan(one.edge)} yuan",
        )
        used = max(min(one.reading, one.edge) - one.start, 0)
        whole = one.edge - one.start
        return Pot(title, meter, used, whole, whole - used, words)
    if one.kind == "limit_of_payment" and one.fund:
        fund = names.fund(one.fund)
        title = Bilingual(f"{fund.zh}{title.zh}", f"{title.en} by the {fund.en}")
    used = min(one.reading, one.edge)
    return Pot(title, meter, used, one.edge, one.left, words)


def _sorted(pots: Sequence[Pot]) -> tuple[Pot, ...]:
    """Those with amounts first."""
    return tuple(sorted(pots, key=lambda one: one.title is None))
