"""Who pays what of a bill, from its total down to the cash: the bars of the waterfall."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gongji.engine.settlement import BurdenLine
from gongji.explain.names import Names
from gongji.wording import Bilingual

__all__ = ["Bar", "bars"]


class Bar(NamedTuple):
    """A part of the bill in fen; `start` is what stands before it, out of `total`.

    `kind` is who pays: a `fund`, the `account`, or the person in `cash`; `why` says what the part
    is for where the person bears it.
    """

    kind: str
    title: Bilingual
    fen: int
    start: int
    total: int

    @property
    def left_share(self) -> str:
        """Where the bar begins, in thousandths of the total."""
        return str(self.start * 1000 // self.total if self.total else 0)

    @property
    def width_share(self) -> str:
        """How long the bar is, in thousandths of the total; never nothing."""
        return str(max(4, self.fen * 1000 // self.total) if self.total else 0)


def bars(
    total: int, payments: Mapping[str, int], burden: Iterable[BurdenLine], names: Names
) -> tuple[Bar, ...]:
    """The funds that pay, then what the person bears by its cause, account before cash."""
    found: list[Bar] = []
    start = 0

    def add(kind: str, title: Bilingual, fen: int) -> None:
        nonlocal start
        if fen:
            found.append(Bar(kind, title, fen, start, total))
            start += fen

    for fund, fen in payments.items():
        add("fund", names.fund(fund), fen)
    by_cause: dict[str, int] = {}
    from_account = 0
    for line in burden:
        by_cause[line.cause] = by_cause.get(line.cause, 0) + line.amount - line.from_account
        from_account += line.from_account
    add("account", Bilingual("个人账户", "personal account"), from_account)
    for cause, fen in by_cause.items():
        add("cash", names.cause(cause), fen)
    return tuple(found)
