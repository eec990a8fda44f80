"""Benefits as code: what `engine.benefit` and `engine.till` do with a stretch of money.

A stretch is one piece of money after the other, each in the variable `fen`.  Every step takes some
of it from the left and sends it on its way; what a fund pays is summed exactly and rounded once,
when the benefit is done.  A piece goes through all steps before the next one begins; only where
two steps draw on the same fund or limit all pieces go through one step before the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import lcm
from typing import NamedTuple

from gongji.engine.meters import ACCOUNT
from gongji.kernel.figures import Figures
from gongji.kernel.lanes import LaneFacts
from gongji.kernel.meters import Readings
from gongji.kernel.number import LARGEST_FEN, ROOM, Number
from gongji.kernel.source import Source, Unsupported
from gongji.policy.expression import STRETCH, names_of
from gongji.policy.model import (
    ACCOUNT_FIRST,
    Along,
    Bear,
    Benefit,
    Condition,
    Count,
    Destination,
    First,
    Go,
    Limit,
    Pay,
    Policy,
    Refuse,
    Step,
)
from gongji.policy.walk import destinations

__all__ = ["Course", "Way", "rounded"]

_COPAY = "copay"


class Way(NamedTuple):
    """What a benefit does with money that leaves it: borne for a cause, sent on, or left over.

    `bear(fen, cause)`, `send(fen, benefit)` and `left(paid)` write the code for it; `left` is what
    a layer does with what was paid of a burden, None where a benefit is none.
    """

    bear: Callable[[str, str], None]
    send: Callable[[str, str], None]
    left: Callable[[str], None] | None


class Course:
    """The code of one benefit: `open`, then for every piece `piece` (or every `step`), `close`.

    `stretch` is code for all the money that has come to the benefit, where that is known.
    """

    def __init__(
        self,
        benefit: Benefit,
        facts: LaneFacts,
        figures: Figures,
        readings: Readings,
        way: Way,
    ) -> None:
        self.benefit = benefit
        self.policy: Policy = facts.policy
        self.facts = facts
        self.figures = figures
        self.readings = readings
        self.way = way
        self.src: Source = facts.src
        self.stretch = ""
        self.pays = tuple(_pays(benefit))
        self.funds = tuple(dict.fromkeys(pay.fund for pay in self.pays))
        self.limits = tuple(dict.fromkeys(limit.meter for pay in self.pays for limit in pay.limits))
        self.mixed = frozenset(
            fund
            for fund in self.funds
            if len({_meters(pay) for pay in self.pays if pay.fund == fund}) > 1
        )
        self.over = self._overs()
        self.positions: list[str] = []
        self.alongs = tuple(
            dict.fromkeys(one.meter for one in benefit.steps if isinstance(one, Along))
        )
        self.draws_twice = _draws_twice(benefit)
        self.goes_on = False  # whether what a limit leaves may go on to the next step

    # --- opening and closing ---------------------------------------------------------------------

    def open(self, lanes: str = "") -> None:
        """Begin: nothing is paid yet."""
        put = self.src.put
        for fund in self.funds:
            put(f"p_{fund} = 0")
            put(f"cost_{fund} = 0")
            put(f"done_{fund} = 0")
            put(f"now_{fund} = 0")
        for meter in self.limits:
            put(f"q_{meter} = 0")
            put(f"paid_{meter} = 0")
        for index, step in enumerate(self.benefit.steps):
            if isinstance(step, First):
                put(f"taken_{index} = 0")
            elif isinstance(step, Along):
                put(f"at_{step.meter} = 0")
                put(f"off_{step.meter} = 0")
            elif isinstance(step, Count) and self._counts_visits(step):
                put(f"counted_{step.meter} = 0")
        self.readings.load(self.benefit, lanes)

    def piece(self) -> None:
        """The way of the piece in `fen`, and what the funds paid of it."""
        for index in range(len(self.benefit.steps)):
            self._go(index)
        self._leave(self.funds)

    def step(self, index: int) -> None:
        """One step of the way of the piece in `fen`, and what the funds paid of it there."""
        self._go(index)
        paid = [
            one.to.fund
            for one in destinations(self.benefit.steps[index])
            if isinstance(one.to, Pay)
        ]
        self._leave(tuple(dict.fromkeys(paid)))

    def _leave(self, funds: Sequence[str]) -> None:
        """Give back what the funds took of a piece and did not pay."""
        for fund in funds:
            now = self.src.let("now", rounded(f"p_{fund}", self.over))
            paid = self.src.let("paid", f"{now} - now_{fund}")
            self.src.put(f"now_{fund} = {now}")
            if self.way.left is not None:
                self.way.left(paid)
                continue
            if fund == ACCOUNT.meter:
                self.src.put(f"im_{ACCOUNT_FIRST} += {paid}")
            rest = self.src.let("rest", f"cost_{fund} - {paid}")
            with self.src.block(f"if {rest} > 0"):
                self.way.bear(rest, _COPAY)
            self.src.put(f"cost_{fund} = 0")

    def close(self) -> None:
        """Move the meters, and say what was paid."""
        put = self.src.put
        for fund in self.funds:
            if fund == ACCOUNT.meter:
                self.readings.keep("row")
                put(f"{self.readings.account()} -= now_{fund}")
            put(f"y_{fund} += now_{fund}")
            if fund not in self.mixed:
                for meter in next(_meters(pay) for pay in self.pays if pay.fund == fund):
                    put(f"m_{meter} += now_{fund}")
        if self.mixed:
            for meter in self.limits:
                put(f"m_{meter} += paid_{meter}")
        for step in self.benefit.steps:
            if isinstance(step, Along) and step.meter in self.readings.loaded:
                put(f"m_{step.meter} -= off_{step.meter}")
        self.readings.store()

    # --- steps -----------------------------------------------------------------------------------

    def _go(self, index: int) -> None:
        step, before = self.benefit.steps[index], self.benefit.steps[:index]
        self.positions = [one.meter for one in self.benefit.steps[index:] if isinstance(one, Along)]
        if isinstance(step, Count) and self._counts_visits(step):
            if not all(isinstance(one, Count) for one in before):
                raise Unsupported(f"visits counted at the end of {self.benefit.name}")
            self._concerned(step, self._visit, index)
            return
        with self.src.block("if fen > 0"):
            self._concerned(step, self._step, index)

    def _concerned(self, step: Step, then: Callable[[Step, int], None], index: int) -> None:
        if not step.when.alternatives:
            then(step, index)
            return
        held = self.facts.holds(step.when)
        with self.src.block(f"if {held}"):
            then(step, index)

    def _counts_visits(self, step: Count) -> bool:
        return self.policy.meters[step.meter].counts == "visits"

    def _visit(self, step: Step, _: int) -> None:
        assert isinstance(step, Count)
        self.readings.need(step.meter)
        self.src.put(f"m_{step.meter} += 1 - counted_{step.meter}")
        self.src.put(f"counted_{step.meter} = 1")

    def _step(self, step: Step, index: int) -> None:
        if isinstance(step, Count):
            self.readings.need(step.meter)
            if step.meter in self.positions:
                self.src.put(f"at_{step.meter} = m_{step.meter}")
            self.src.put(f"m_{step.meter} += fen")
        elif isinstance(step, First):
            self._first(step, index)
        elif isinstance(step, Along):
            self._along(step)
        elif not _goes_on(step.destination):
            self.src.put("on = 0")
            self.goes_on = True
            self._deliver("fen", step.destination)
            self.goes_on = False
            self.src.put("fen = on")

    def _first(self, step: First, index: int) -> None:
        src = self.src
        if STRETCH in names_of(step.amount):
            self.figures.stretch = self._stretch(step, index)
        amount = self.figures.number(step.amount)
        self.figures.stretch = ""
        given = self._up_to(amount, f"taken_{index}")
        nothing = ""
        if isinstance(step.destination.to, Go | Refuse):  # told even of nothing
            nothing = f" or {amount.rounded('round').code} == 0"
        with src.block(f"if {given} > 0{nothing}"):
            self._deliver(given, step.destination)
        self._take(given)
        src.put(f"taken_{index} += {given}")

    def _stretch(self, step: First, index: int) -> str:
        """All the money that has come to a step."""
        if not self.stretch:
            return "fen"
        before = self.benefit.steps[:index]
        if step.when != Condition() or not all(isinstance(one, Count) for one in before):
            raise Unsupported(f"a share of what comes to a later step of {self.benefit.name}")
        return self.stretch

    def _along(self, step: Along) -> None:
        on = [cut for cut in step.cuts if _goes_on(cut.destination)]
        if len(on) > 1:
            raise Unsupported(f"two ways on in {self.benefit.name}")
        later = [meter for meter in dict.fromkeys(self.positions[1:]) if on]
        self.src.put("kept = 0")
        for meter in later:
            self.src.put(f"kept_{meter} = 0")
        self._cuts(step, 0, later)
        self.src.put("fen = kept")
        for meter in later:
            self.src.put(f"at_{meter} = kept_{meter}")

    def _cuts(self, step: Along, index: int, later: Sequence[str]) -> None:
        cut = step.cuts[index]
        given, endless = "fen", "True"
        if cut.to is not None:
            amount = self.figures.number(cut.to)
            given, endless = self._up_to(amount, f"at_{step.meter}"), amount.unlimited
        if _goes_on(cut.destination):
            self.src.put(f"kept = {given}")
            for meter in later:
                self.src.put(f"kept_{meter} = at_{meter}")
        else:
            with self.src.block(f"if {given} > 0"):
                if isinstance(cut.destination.to, Go) and endless:  # it uses nothing up here
                    with self.src.block(f"if {endless}"):
                        self.src.put(f"off_{step.meter} += {given}")
                self._deliver(given, cut.destination)
        if index + 1 < len(step.cuts):
            self._take(given)
            with self.src.block("if fen > 0"):
                self._cuts(step, index + 1, later)

    def _up_to(self, amount: Number, start: str) -> str:
        """How much of the money lies below an amount, counted from where it starts."""
        if amount.unlimited == "True":
            return self.src.let("given", "fen")
        edge = amount.rounded("round").code
        given = self.src.let("given", f"min(max({edge} - {start}, 0), fen)")
        if amount.unlimited:
            with self.src.block(f"if {amount.unlimited}"):
                self.src.put(f"{given} = fen")
        return given

    def _take(self, given: str) -> None:
        self.src.put(f"fen -= {given}")
        for meter in dict.fromkeys(self.positions):
            self.src.put(f"at_{meter} += {given}")

    # --- destinations ----------------------------------------------------------------------------

    def _deliver(self, fen: str, destination: Destination) -> None:
        to = destination.to
        if isinstance(to, Bear):
            if self.way.left is None:
                self.way.bear(fen, to.cause)
        elif isinstance(to, Pay):
            self._pay(fen, to)
        elif isinstance(to, Go):
            if to.to != "on":
                self.way.send(fen, to.to)
        elif isinstance(to, Refuse):
            self.facts.leave("not_stated", self.benefit.name)

    def _pay(self, fen: str, pay: Pay) -> None:
        src = self.src
        fund = pay.fund
        rooms = self._rooms(pay)
        if not rooms:
            each = self.figures.rate(pay.rate).scaled(self.over)
            src.put(f"p_{fund} += {fen}*{each.code}")
            src.put(f"cost_{fund} += {fen}")
            self._count_paid(pay, f"{fen}*{each.code}")
            return
        room = src.let("room", rooms[0] if len(rooms) == 1 else f"min({', '.join(rooms)})")
        cost, rest, exact = src.name("cost"), src.name("rest"), src.name("exact")
        src.put(f"{rest} = {fen}")
        with src.block(f"if {room} > 0"):
            each = self.figures.rate(pay.rate).scaled(self.over)
            src.put(f"{exact} = {fen}*{each.code}")
            src.put(f"{cost} = {fen}")
            with src.block(f"if {exact} >= {room}"):
                src.put(f"{exact} = {room}")
                src.put(f"{cost} = whole({room} + {each.code} - 1, {each.code})")
            src.put(f"p_{fund} += {exact}")
            src.put(f"cost_{fund} += {cost}")
            self._count_paid(pay, exact)
            src.put(f"{rest} = {fen} - {cost}")
        if pay.then is not None:
            with src.block(f"if {rest} > 0"):
                if not _goes_on(pay.then):
                    self._deliver(rest, pay.then)
                elif self.goes_on:
                    src.put(f"on = {rest}")
                else:
                    raise Unsupported(f"a way on behind a limit in {self.benefit.name}")

    def _count_paid(self, pay: Pay, exact: str) -> None:
        for meter in _meters(pay):
            self.src.put(f"q_{meter} += {exact}")
        if pay.fund in self.mixed:
            now = self.src.let("now", rounded(f"p_{pay.fund}", self.over))
            for meter in _meters(pay):
                self.src.put(f"paid_{meter} += {now} - done_{pay.fund}")
            self.src.put(f"done_{pay.fund} = {now}")

    def _rooms(self, pay: Pay) -> list[str]:
        if pay.fund == ACCOUNT.meter:
            return [f"({self.readings.account()}*{self.over} - p_{ACCOUNT.meter})"]
        return [code for limit in pay.limits for code in self._room(limit)]

    def _room(self, limit: Limit) -> Iterator[str]:
        """What may still be paid under a limit, over the shared denominator."""
        self.readings.need(limit.meter)
        amount = self.figures.number(limit.amount)
        if amount.unlimited == "True":
            return
        whole = amount.rounded("round")
        most = whole.code if whole.most <= LARGEST_FEN else f"min({whole.code}, {10 * LARGEST_FEN})"
        room = f"(max({most} - m_{limit.meter}, 0)*{self.over} - q_{limit.meter})"
        if amount.unlimited:
            room = self.src.let("room", room)
            with self.src.block(f"if {amount.unlimited}"):
                self.src.put(f"{room} = {ROOM}")
        yield room

    def _overs(self) -> int:
        """The denominator that all rates of this benefit share."""
        kept, self.facts.src = self.facts.src, self.src.aside()
        try:
            over = lcm(1, *(self.figures.rate(pay.rate).over for pay in self.pays))
        finally:
            self.facts.src = kept
        if over * LARGEST_FEN >= ROOM:
            raise Unsupported(f"rates of {self.benefit.name} over {over}")
        return over


def rounded(code: str, over: int) -> str:
    """An exact sum over a denominator, half up to whole fen; it is never below 0."""
    return code if over == 1 else f"whole(2*{code} + {over}, {2 * over})"


def _draws_twice(benefit: Benefit) -> bool:
    """Whether two steps of a benefit draw on the same fund, limit or counted meter."""
    seen: set[str] = set()
    for step in benefit.steps:
        if isinstance(step, Count):
            continue
        drawn = set()
        for destination in destinations(step):
            if isinstance(destination.to, Pay):
                drawn |= {f"fund {destination.to.fund}", *_meters(destination.to)}
        if seen & drawn:
            return True
        seen |= drawn
    counted = {step.meter for step in benefit.steps if isinstance(step, Count)}
    return bool(seen & counted)


def _pays(benefit: Benefit) -> Iterator[Pay]:
    for step in benefit.steps:
        for destination in destinations(step):
            if isinstance(destination.to, Pay):
                yield destination.to


def _meters(pay: Pay) -> tuple[str, ...]:
    return tuple(dict.fromkeys(limit.meter for limit in pay.limits))


def _goes_on(destination: Destination) -> bool:
    return isinstance(destination.to, Go) and destination.to.to == "on"
