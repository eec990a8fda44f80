"""Which rules hold on which day: the version of a policy, and the parameters of that period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from threading import Lock
from typing import Literal, NamedTuple

import numpy as np

from gongji.batch.arrays import Array
from gongji.engine.bill import FactValue
from gongji.engine.periods import parameters_on
from gongji.kernel.compiled import Ready, compiled, interpreted
from gongji.kernel.layout import Layout, layout_of
from gongji.kernel.program import Shape
from gongji.kernel.source import Unsupported
from gongji.policy.model import Interval, Policy
from gongji.policy.versions import Library
from gongji.policy.walk import causes_of
from gongji.wording import Refused

__all__ = ["Options", "Regime", "Regimes", "Shown"]


class Options(NamedTuple):
    """Which columns are written, and what settles: compiled programs, Python, or the engine."""

    causes: bool = False
    steps: bool = False
    by: Literal["kernel", "python", "engine"] = "kernel"


class Shown(NamedTuple):
    """What tables have columns for: facts, those of persons among them, parts of a bill.

    Where they are `plain`, every claim is one line.
    """

    said: frozenset[str]
    by_person: frozenset[str]
    parts: frozenset[str]
    plain: bool


class Regime(NamedTuple):
    """Rules that hold unchanged from a day on."""

    policy: Policy
    parameters: Mapping[str, FactValue]


class Regimes:
    """The regimes of all days that claims have, oldest first; -1 where nothing is in force."""

    def __init__(
        self,
        library: Library,
        policy_id: str,
        parameters: Mapping[str, FactValue],
        days: Array,
    ) -> None:
        self.policies = library
        self.list: list[Regime] = []
        self.days = np.sort(days)
        self.of_day = np.full(len(days), -1, np.int16)
        known: dict[tuple[str, str], int] = {}
        for place, number in enumerate(self.days.tolist()):
            day = date.fromordinal(number)
            try:
                policy = library.policy(policy_id, day)
            except Refused as refused:
                if refused.kind != "out_of_force":
                    raise
                continue
            given = parameters_on(parameters, day)
            said = str(sorted((name, str(value)) for name, value in given.items()))
            key = (policy.digest, said)
            if key not in known:
                known[key] = len(self.list)
                self.list.append(Regime(policy, given))
            self.of_day[place] = known[key]
        self._ready: dict[tuple[int, bool], Ready | None] = {}
        self._making = Lock()

    def of(self, day: Array) -> Array:
        """The number of the regime of each day."""
        if len(self.list) == 1 and (self.of_day == 0).all():
            return np.zeros(len(day), np.int16)
        found: Array = self.of_day[np.searchsorted(self.days, day)]
        return found

    @property
    def layouts(self) -> list[Layout]:
        """How meters lie in each regime.  Raises `Unsupported`."""
        return [layout_of(regime.policy) for regime in self.list]

    def ready(
        self,
        place: int,
        table: Shown,
        options: Options,
        *,
        lanes: bool,
    ) -> Ready | None:
        """The program of a regime; None where the engine has to settle instead.

        Threads that want the same one at a time wait for the one that makes it.
        """
        key = (place, lanes)
        with self._making:
            if key not in self._ready:
                self._ready[key] = self._made(place, table, options, lanes=lanes)
            return self._ready[key]

    def _made(self, place: int, table: Shown, options: Options, *, lanes: bool) -> Ready | None:
        policy, parameters = self.list[place]
        mine = self.days[self.of_day == place]
        span = Interval(date.fromordinal(int(mine[0])), date.fromordinal(int(mine[-1])))
        causes = tuple(causes_of(policy)) if options.causes else ()
        plain = table.plain and not lanes and len(self.list) == 1 and not (self.of_day < 0).any()
        shape = Shape(
            table.said, table.by_person, span, table.parts, plain, lanes, causes, options.steps
        )
        make = interpreted if options.by == "python" else compiled
        try:
            return make(policy, parameters, shape)
        except Unsupported:
            return None
