"""Writing a program: lines, blocks, fresh names, and tables that stand beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

__all__ = ["Source", "Unsupported"]


class Unsupported(Exception):
    """What the kernel leaves to the engine, and why."""


class Source:
    """The text of a program in the making."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.arrays: dict[str, tuple[int, ...]] = {}
        self._depth = 0
        self._count = 0
        self._known: list[dict[object, str]] = [{}]

    def aside(self) -> Source:
        """A text of its own, to see what would be written; only the arrays are shared."""
        other = Source()
        other.arrays = self.arrays
        other._count = self._count
        return other

    @contextmanager
    def part(self, depth: int) -> Iterator[list[str]]:
        """Lines that are written now, at a depth, to be put in their place later."""
        kept = self.lines, self._depth
        self.lines, self._depth = [], depth
        yield self.lines
        self.lines, self._depth = kept

    def put(self, line: str) -> None:
        """One more line, in the block that is open."""
        self.lines.append("    " * self._depth + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """A block under its head, such as `if fen > 0`."""
        self.put(f"{head}:")
        self._depth += 1
        self._known.append({})
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.put("pass")
        self._known.pop()
        self._depth -= 1

    def known(self, what: object) -> str | None:
        """What was noted in this block, or in one around it."""
        return next((one[what] for one in self._known if what in one), None)

    def note(self, what: object, code: str) -> None:
        """Note something that holds from here to the end of the block."""
        self._known[-1][what] = code

    def name(self, stem: str) -> str:
        """A name that nothing else has."""
        self._count += 1
        return f"{stem}_{self._count}"

    def let(self, stem: str, value: str) -> str:
        """A fresh name for a value."""
        name = self.name(stem)
        self.put(f"{name} = {value}")
        return name

    def array(self, values: Sequence[int]) -> str:
        """The name of a constant array of whole numbers; alike arrays are one."""
        wanted = tuple(values)
        for name, known in self.arrays.items():
            if known == wanted:
                return name
        name = f"T_{len(self.arrays)}"
        self.arrays[name] = wanted
        return name
