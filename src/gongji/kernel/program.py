"""The whole program of a policy: one loop over claims, written as Python for the compiler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gongji.engine.bill import IN_SCOPE, FactValue
from gongji.engine.meters import ACCOUNT
from gongji.kernel.derived import ordinals_of
from gongji.kernel.draft import MOST_LINES, Draft, word
from gongji.kernel.facts import Reason
from gongji.kernel.layers import write_layer
from gongji.kernel.layout import Layout, layout_of
from gongji.kernel.meters import MOST_MOVES
from gongji.kernel.number import LARGEST_FEN
from gongji.kernel.possible import check_possible
from gongji.kernel.source import Unsupported
from gongji.kernel.stations import write_benefit, write_entry, write_scopes, write_stand_ins
from gongji.policy.model import OUT_OF_SCOPE, Expression, Interval, Policy
from gongji.policy.walk import uses_in_settlements

__all__ = ["PARTS", "Program", "Shape", "program_of"]

PARTS = (IN_SCOPE, *OUT_OF_SCOPE)
"""The amounts of a line, in the order of their columns."""


_LONG = 4000
"""Lines from which a program in which derived facts are worked out where needed is too long."""


class Shape(NamedTuple):
    """What a program is written for, besides its policy and parameters.

    `said` are the facts that have a column, `by_person` those of them whose column is of persons.
    `span` are the first and the last day of the claims, `parts` the amounts that have a column.
    `plain` claims are one line each, and all of them are the program's; with `lanes` they can have
    several.  `causes` are those of which columns say what they laid on the person; `steps` asks
    for what it takes to explain a claim: which benefits and layers it came to, its meters before.
    """

    said: frozenset[str]
    by_person: frozenset[str]
    span: Interval
    parts: frozenset[str] = frozenset(PARTS)
    plain: bool = False
    lanes: bool = False
    causes: tuple[str, ...] = ()
    steps: bool = False


class Program(NamedTuple):
    """The text of a policy's loop, what its arguments are, and what its statuses mean.

    Arguments are `first` and `last` (which lines), `way` (those of which `a_way` says so), `base`
    (the number of the person whose meters stand first), then `inputs`, then `outputs`, `status`
    first.  Status 0 is settled, `n` is `reasons[n - 1]`.  `arrays` are the constants of the text.
    """

    text: str
    layout: Layout
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    reasons: tuple[Reason, ...]
    arrays: Mapping[str, tuple[int, ...]]


def program_of(policy: Policy, parameters: Mapping[str, FactValue], shape: Shape) -> Program:
    """Write the program of a policy with these parameters.

    Raises `Unsupported` where the engine has to settle instead.
    """
    program = _Writer(policy, parameters, shape).program()
    if program.text.count("\n") > _LONG and not shape.lanes:
        program = _Writer(policy, parameters, shape, early=True).program()
    if program.text.count("moved += 1") > MOST_MOVES:
        raise Unsupported(f"a claim that moves more than {MOST_MOVES} meters")
    return program


class _Writer:
    """Writes a program; `early` works out every derived fact at once, not where it is needed."""

    def __init__(
        self,
        policy: Policy,
        parameters: Mapping[str, FactValue],
        shape: Shape,
        *,
        early: bool = False,
    ) -> None:
        if len(policy.best) > 1:
            raise Unsupported("more than one choice of the better way")
        if len(policy.benefits) > 62:
            raise Unsupported("more than 62 benefits")
        self.policy = policy
        self.shape = shape
        self.layout = layout_of(policy)
        self.choices = tuple(choice.fact for choice in policy.best)
        columns = {*shape.said, *self.choices}
        said = [fact.name for fact in self.layout.facts if fact.name in columns]
        draft = Draft(policy, self.layout, parameters, said, shape.span, lanes=shape.lanes)
        draft.facts.by_person = shape.by_person
        draft.facts.choices = self.choices
        draft.parts = shape.parts
        self.early = early
        self.draft = draft
        self.src = draft.src
        self.shown = [
            name
            for name, slot in self.layout.slots.items()
            if shape.steps and slot.meter.window != "visit"
        ]
        asked = dict.fromkeys(ordinals_of(_expressions(policy, self.layout)))
        self.before = tuple(dict.fromkeys([*asked, *self.shown]))
        draft.facts.ordinals = self.before

    def program(self) -> Program:
        """The program, its head written last: by then it is known what it needs."""
        with self.src.part(2) as body:
            self._claim()
        if not self.choices:
            body = self.draft.readings.without_keeping(body)
        lanes = self.shape.lanes
        head = f"def settle({', '.join(self._arguments())})"
        loop = "while r < last" if lanes else "for r in range(first, last)"
        with self.src.part(0) as whole, self.src.block(head):
            self._arrays()
            if lanes:
                self.src.put("r = first")
            with self.src.block(loop):
                if lanes:
                    self.src.put("count = a_lines[r]")
                with self.src.block("if True" if self.shape.plain else "if a_way[r] == way"):
                    self._settle(body)
                    self._end()
                if lanes:
                    self.src.put("r += count")
        return Program(
            "\n".join(whole) + "\n",
            self.layout,
            self._inputs(),
            self._outputs(),
            tuple(self.draft.facts.reasons),
            dict(self.src.arrays),
        )

    def _settle(self, body: Sequence[str]) -> None:
        """The way of a claim; where a choice is open, once for each value and then for the best."""
        put = self.src.put
        if not self.choices:
            self._begin()
            with self.src.block("while True"):
                self.src.lines += ["    " * 2 + line for line in body]
                put("break")
            return
        (name,) = self.choices
        count = len(self.policy.facts[name].values)
        for line in ("attempt = 0", "chosen = 0", "least = 0", "asked = 1"):
            put(line)
        at = "a_pv[r]" if name in self.shape.by_person else "r + line"
        lines = "count" if self.shape.lanes else "1"
        with (
            self.src.block(f"for line in range({lines})"),
            self.src.block(f"if c_{name}[{at}] >= 0"),
        ):
            put("asked = 0")
        with self.src.block("while True"):
            put(f"choice = attempt if attempt < {count} else chosen")
            self._begin()
            with self.src.block("while True"):
                self.src.lines += ["    " * 3 + line for line in body]
                put("break")
            with self.src.block(f"if asked == 0 or status or attempt == {count}"):
                put("break")
            put(f"left = {self._left()}")
            with self.src.block("if attempt == 0 or left < least"):
                put("chosen = attempt")
                put("least = left")
            self.draft.readings.undo()
            put("attempt += 1")

    def _left(self) -> str:
        """What is left of the bill for the person."""
        return " - ".join(["total", *(f"y_{fund}" for fund in self.layout.funds)])

    # --- what comes in and goes out --------------------------------------------------------------

    def _arguments(self) -> tuple[str, ...]:
        outputs = (f"o_{name}" for name in self._outputs())
        return ("first", "last", "way", "base", *self._inputs(), *outputs)

    def _inputs(self) -> tuple[str, ...]:
        return (
            *(() if self.shape.plain else ("a_way", "a_lines")),
            *("a_person", "a_pv", "a_day"),
            *(f"a_{part}" for part in PARTS if part in self.shape.parts),
            *(f"c_{name}" for name in self.draft.facts.said),
            *(key.column for key in self.layout.keys),
            *("s", "w"),
        )

    def _outputs(self) -> tuple[str, ...]:
        names = ["status", *(f"pay_{fund}" for fund in self.layout.funds), "person"]
        if self.layout.account:
            names.append("account")
        names += [f"imposed_{word(cause)}" for cause in self.shape.causes]
        if self.shape.steps:
            names.append("stations")
            if self.layout.account:
                names.append("balance_before")
            names += [f"before_{name}" for name in self.shown]
        return tuple(names)

    # --- the loop --------------------------------------------------------------------------------

    def _arrays(self) -> None:
        """Room to work in."""
        draft, put = self.draft, self.src.put
        lanes = draft.room
        for name in ("old_at", "old", "old_w"):
            put(f"{name} = np.zeros({MOST_MOVES}, np.int64)")
        if draft.layered:
            size = len(draft.keys) * (lanes if draft.lanes else 1)
            put(f"b = np.zeros({max(size, 1)}, np.int64)")
        if draft.stepwise:
            room = draft.room if draft.lanes else 1
            for name in (f"z_{meter}" for meter in draft.stepwise):
                put(f"{name} = np.zeros({room * max(len(draft.keys), 1)}, np.int64)")
        if draft.lanes:
            for name in ("f", "opened"):
                put(f"{name} = np.zeros({lanes}, np.int64)")
            put(f"n = np.zeros({lanes * len(draft.stations)}, np.int64)")
            per_line = ["entry_of", *(f"l_{name}" for name in self.layout.derived)]
            per_line += [f"l_before_{name}" for name in self.before]
            for name in per_line:
                put(f"{name} = np.zeros({MOST_LINES}, np.int64)")

    def _begin(self) -> None:
        put = self.src.put
        for line in ("status = 0", "moved = 0", "stations = 0"):
            put(line)
        self.draft.readings.begin()
        put("pv = a_pv[r]")
        put("day = a_day[r]")
        put(f"row = (a_person[r] - base)*{self.layout.width}")
        for fund in (*self.layout.funds, ACCOUNT.meter):
            put(f"y_{fund} = 0")
        for cause in self.layout.causes:
            put(f"im_{word(cause)} = 0")

    def _end(self) -> None:
        """Write what came of the claim, or put everything back."""
        put = self.src.put
        put("o_status[r] = status")
        with self.src.block("if status"):
            self.draft.readings.undo()
        with self.src.block("else"):
            for fund in self.layout.funds:
                put(f"o_pay_{fund}[r] = y_{fund}")
            if self.layout.account:
                put(f"o_account[r] = y_{ACCOUNT.meter}")
            put(f"o_person[r] = {self._left()}")
            for cause in self.shape.causes:
                known = cause in self.layout.causes
                put(f"o_imposed_{word(cause)}[r] = {f'im_{word(cause)}' if known else '0'}")
            if self.shape.steps:
                put("o_stations[r] = stations")
                if self.layout.account:
                    put("o_balance_before[r] = balance")
                for name in self.shown:
                    before = f"l_before_{name}[0]" if self.shape.lanes else f"before_{name}"
                    put(f"o_before_{name}[r] = {before}")

    def _claim(self) -> None:
        if self.shape.lanes:
            self._read_lines()
        else:
            self._read_line()
        write_scopes(self.draft)
        for benefit in self.policy.benefits:
            if benefit.burden is None:
                write_benefit(self.draft, benefit)
            else:
                write_layer(self.draft, benefit)
        write_stand_ins(self.draft)

    def _total(self, at: str) -> str:
        """All of a line's cost."""
        parts = [self.draft.part(part, at) for part in PARTS if part in self.shape.parts]
        return " + ".join(parts) or "0"

    def _read_line(self) -> None:
        src, draft = self.src, self.draft
        src.put("at = r")
        src.put(f"total = {self._total('r')}")
        with src.block(f"if total > {LARGEST_FEN}"):
            draft.facts.leave("too_large", "total")
        if not self.shape.plain:
            with src.block("if a_lines[r] != 1"):
                draft.facts.leave("several", "line")
        draft.facts.load("r")
        if self.shape.steps and self.layout.account:
            src.put("balance = s[row]")
        check_possible(draft.facts)
        for name in self.before:
            draft.readings.before(name)
        if self.early:
            for name in self.layout.derived:
                draft.facts.soft(name)
            draft.facts.eager = True
        write_entry(draft, "entry")
        if draft.layered:
            with src.block(f"for q in range({len(draft.keys)})"):
                src.put("b[q] = 0")
        src.put(f"fen = {draft.part(IN_SCOPE, 'r')}")

    def _read_lines(self) -> None:
        """Everything known of every line, and the benefit that takes it first."""
        src, draft = self.src, self.draft
        marks = len(draft.marks)
        with src.block(f"if count > {MOST_LINES}"):
            draft.facts.leave("too_large", "line")
        src.put(f"lanes = count * {marks}")
        if self.shape.steps and self.layout.account:
            src.put("balance = s[row]")
        src.put("total = 0")
        with src.block("for line in range(count)"):
            src.put("at = r + line")
            src.put(f"total += {self._total('at')}")
            draft.facts.load("at")
            check_possible(draft.facts)
        draft.facts.check()
        with src.block(f"if total > {LARGEST_FEN}"):
            draft.facts.leave("too_large", "total")
        with src.block("for line in range(count)"):
            src.put("at = r + line")
            draft.facts.load("at")
            draft.facts.eager = False
            for name in self.before:
                draft.readings.before(name)
                src.put(f"l_before_{name}[line] = before_{name}")
            for name in self.layout.derived:
                src.put(f"l_{name}[line] = {draft.facts.soft(name)}")
            draft.facts.eager = True
            src.put(f"f[line * {marks}] = {draft.part(IN_SCOPE, 'at')}")
            for mark in range(1, marks):
                src.put(f"f[line * {marks} + {mark}] = 0")
        draft.facts.check()
        with draft.each_lane(f"l % {marks} == 0"):
            write_entry(draft, "entry")
            src.put("entry_of[line] = entry")
        if draft.layered:
            with src.block(f"for q in range(lanes * {len(draft.keys)})"):
                src.put("b[q] = 0")


def _expressions(policy: Policy, layout: Layout) -> Iterator[Expression]:
    """Every expression that a settlement can come to."""
    yield from (use.expression for use in uses_in_settlements(policy))
    for name in layout.derived:
        of = policy.derived[name].of
        if of is not None:
            yield of
    for table in policy.tables.values():
        for cell in table.cells.values():
            if not isinstance(cell.content, str):
                yield cell.content
