"""Whether every settlement comes out again as it was kept, by the kernel or by the engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from gongji.book.proof.by_engine import engine_difference
from gongji.book.proof.found import Found
from gongji.book.proof.rulings import Ruling, Rulings
from gongji.book.proof.stretch import Kept

if TYPE_CHECKING:
    from gongji.book.proof.by_kernel import Loops

__all__ = ["By", "Settling"]

By = Literal["kernel", "python", "engine"]

_WORTH = 1000
"""Settlements from which on it is quicker to compile their rules than to ask the engine."""

_NEEDED = ("numpy", "llvmlite")


class Settling:
    """Works settlements out anew; `counts` says how many there are of each rules.

    With `by` they all go one way; without it rules that many were settled by are compiled, where
    what that takes is installed.
    """

    def __init__(self, rulings: Rulings, counts: Mapping[int, int], by: By | None = None) -> None:
        self.rulings = rulings
        self.counts = counts
        self.by = by
        self.compiles = by in ("kernel", "python") or (
            by is None and all(find_spec(name) for name in _NEEDED)
        )
        self.by_engine = 0
        self._loops: dict[int, Loops | None] = {}
        if self.compiles and any(map(self._many, counts)):
            import gongji.book.proof.by_kernel  # noqa: F401 - once, before processes are copied

    def differences(self, kept: Sequence[Kept]) -> Iterator[Found]:
        """Settlements that come out otherwise, in their order."""
        for one in self._left(kept):
            self.by_engine += 1
            words = engine_difference(self.rulings, one)
            if words is not None:
                yield Found(one.at(3), words)

    def _left(self, kept: Sequence[Kept]) -> list[Kept]:
        """What the loops do not settle, or not as it was kept, in order."""
        if not self.compiles:
            return list(kept)
        of_ruling: dict[int, list[int]] = defaultdict(list)
        left: list[int] = []
        for place, one in enumerate(kept):
            ruling = self.rulings.ruling(one)
            if ruling is None or not self._many(one.rules):
                left.append(place)
                continue
            if ruling.number not in self._loops:
                self._loops[ruling.number] = self._made(ruling)
            of_ruling[ruling.number].append(place)
        for number, places in of_ruling.items():
            loops = self._loops[number]
            if loops is None:
                left += places
            else:
                fits = loops.fitting([kept[place] for place in places]).tolist()
                left += [place for place, well in zip(places, fits, strict=True) if not well]
        return [kept[place] for place in sorted(left)]

    def _many(self, rules: int) -> bool:
        """Whether so many were settled by some rules that it is worth to compile them."""
        return self.by is not None or self.counts.get(rules, 0) >= _WORTH

    def _made(self, ruling: Ruling) -> Loops | None:
        from gongji.book.proof.by_kernel import Loops
        from gongji.kernel.source import Unsupported

        try:
            return Loops(ruling, "python" if self.by == "python" else "kernel")
        except Unsupported:
            return None
