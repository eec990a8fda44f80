"""What the writers of a program's parts share: its facts, figures and meters, burden, and lines.

A bill of one line is code over plain names.  A bill of several lines is the same code inside loops
over lanes: a lane is a line, or the part of a line that a scope has marked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from gongji.engine.bill import FactValue
from gongji.kernel.benefits import Course
from gongji.kernel.figures import Figures
from gongji.kernel.lanes import LaneFacts
from gongji.kernel.layout import Layout
from gongji.kernel.meters import Readings
from gongji.kernel.source import Source
from gongji.policy.model import Interval, Policy
from gongji.policy.walk import causes_left_by

__all__ = ["MOST_LINES", "Draft", "word"]

MOST_LINES = 64
"""The engine settles bills of more lines."""


class Draft:
    """A program in the making."""

    def __init__(
        self,
        policy: Policy,
        layout: Layout,
        parameters: Mapping[str, FactValue],
        said: Collection[str],
        span: Interval,
        *,
        lanes: bool,
    ) -> None:
        self.policy = policy
        self.layout = layout
        self.lanes = lanes
        self.src = Source()
        self.facts = LaneFacts(policy, layout, self.src, parameters, said)
        self.facts.eager = lanes
        self.figures = Figures(self.facts)
        self.readings = Readings(self.facts, layout, span)
        self.stations = [one for one in policy.benefits if one.burden is None]
        self.layered = len(self.stations) < len(policy.benefits)
        self.marks = ["", *dict.fromkeys(one.beyond.mark for one in policy.scopes if one.beyond)]
        self.facts.marks = len(self.marks)
        self.parts: Collection[str] = ()
        self.keys = self._keys()
        self.stepwise: dict[str, None] = {}  # meters of benefits taken step by step

    def _keys(self) -> list[tuple[str, str]]:
        """Every benefit and cause that burden can be kept for."""
        scoped = [
            cause
            for scope in self.policy.scopes
            for cause in (*scope.parts, *((scope.cause,) if scope.cause else ()))
        ]
        keys = [
            (station.name, cause)
            for station in self.stations
            for cause in (*scoped, *causes_left_by(station))
            if cause != "same"
        ]
        return list(dict.fromkeys(keys))

    def part(self, name: str, at: str) -> str:
        """An amount of a line; 0 where there is no column of it."""
        return f"a_{name}[{at}]" if name in self.parts else "0"

    # --- lanes -----------------------------------------------------------------------------------

    @property
    def head(self) -> str:
        """The head of a loop over all lanes."""
        return "for l in range(lanes)"

    @contextmanager
    def each_lane(self, condition: str = "") -> Iterator[None]:
        """Code for every lane, or for the one line that there is."""
        if not self.lanes:
            yield
            return
        with self.src.block(self.head):
            if condition:
                with self.src.block(f"if {condition}"):
                    self.facts.load_lane()
                    yield
            else:
                self.facts.load_lane()
                yield
        self.facts.check()

    def waiting(self, station: str) -> str:
        """How much waits for a benefit (-1: nothing has come to it)."""
        if not self.lanes:
            return f"n_{station}"
        names = [one.name for one in self.stations]
        return f"n[{names.index(station) * self.room} + l]"

    @property
    def room(self) -> int:
        """The most lanes of a bill."""
        return MOST_LINES * len(self.marks)

    def through(
        self,
        course: Course,
        pieces: Callable[[], AbstractContextManager[None]],
        money: str,
        place: str,
    ) -> None:
        """Send several pieces through a benefit; `pieces` opens the loop over them.

        `money` is what a piece has when it comes, `place` its number inside the loop.
        """
        put = self.src.put
        if not course.draws_twice:
            with pieces():
                put(f"fen = {money}")
                course.piece()
            return
        self.stepwise.update(dict.fromkeys(["", *course.alongs]))
        with pieces():
            put(f"z_[{place}] = {money}")
        for index in range(len(course.benefit.steps)):
            with pieces():
                put(f"fen = z_[{place}]")
                for meter in course.alongs:
                    put(f"at_{meter} = z_{meter}[{place}]")
                course.step(index)
                put(f"z_[{place}] = fen")
                for meter in course.alongs:
                    put(f"z_{meter}[{place}] = at_{meter}")

    def aside(self, work: Callable[[], int]) -> int:
        """What comes of writing something that is thrown away."""
        kept, self.facts.src = self.facts.src, self.src.aside()
        try:
            return work()
        finally:
            self.facts.src = kept

    # --- burden ----------------------------------------------------------------------------------

    def bear(self, fen: str, station: str, cause: str) -> None:
        """The person bears so much, in a benefit, for a cause."""
        self.src.put(f"im_{word(cause)} += {fen}")
        if self.layered:
            self.src.put(f"{self.burden(str(self.keys.index((station, cause))))} += {fen}")

    def bear_at_entry(self, fen: str, cause: str) -> None:
        """The person bears so much before the benefit that takes the line."""
        self.src.put(f"im_{word(cause)} += {fen}")
        if self.layered:
            places = [self.keys.index((one.name, cause)) for one in self.stations]
            entry = "entry_of[line]" if self.lanes else "entry"
            self.src.put(f"{self.burden(f'{self.src.array(places)}[{entry}]')} += {fen}")

    def burden(self, place: str) -> str:
        """Where the burden of a key is kept."""
        return f"b[l*{len(self.keys)} + {place}]" if self.lanes else f"b[{place}]"


def word(cause: str) -> str:
    """A cause as part of a name."""
    return cause.replace(".", "__")
