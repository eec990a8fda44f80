"""Evaluating the figures of a policy for what is known of an item, exactly and with their sources.

An amount comes out in fen, a rate or points as a fraction, both exact and not yet rounded; None is
`no limit`.  Beside every value stand the printed figures that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import NamedTuple, Union

from gongji.engine.known import Ground, Known
from gongji.engine.periods import begins_on
from gongji.engine.refusals import missing_parameter, no_divisor, not_stated
from gongji.money import half_up
from gongji.policy.expression import STRETCH, figures_of, names_of
from gongji.policy.model import (
    YES_NO,
    Call,
    Cell,
    Expression,
    Figure,
    Mark,
    Name,
    Operation,
    Policy,
    Table,
    Unit,
)
from gongji.policy.problems import Place
from gongji.wording import Bilingual

__all__ = [
    "Quantity",
    "Source",
    "amount_of",
    "constant",
    "is_share_of_stretch",
    "rate_of",
    "sources_of",
    "unheld_rate_of",
    "value_title",
    "written",
]


class Source(NamedTuple):
    """A printed figure, or a case by which a fact was derived, that took part in a result.

    `value` and `unit` are those of a figure (fen for 元), None of a case or of `no limit`.
    """

    label: Bilingual
    text: str
    value: Fraction | None
    unit: Unit | None
    mark: Mark
    place: Place | None


class Quantity(NamedTuple):
    """An exact value (None: no limit) and the figures behind it.

    `fixed` values depend on nothing but the choice of cells, so they are worked out once.
    """

    value: Fraction | None
    sources: tuple[Source, ...]
    fixed: bool = False


_NOTHING = Bilingual("", "")
_ROUNDED: Mapping[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round": half_up,
}
_ZERO, _ONE = Fraction(0), Fraction(1)
_ENDLESS = 10**15
"""Fen of a stretch that no bill has."""


def amount_of(expression: Expression, known: Known) -> Quantity:
    """An amount in fen, exact; the caller rounds it half-up where it uses it."""
    return _evaluate(expression, known)


def is_share_of_stretch(expression: Expression, known: Known) -> bool:
    """Whether an amount grows here with the money that came to the step.

    A share that is held between a least and a greatest amount does not where it is one of them.
    """
    if STRETCH not in names_of(expression):
        return False
    stretch, value = known.stretch, _evaluate(expression, known).value
    bounds = []
    for other in (0, _ENDLESS):
        known.stretch = other
        bounds.append(_evaluate(expression, known).value)
    known.stretch = stretch
    return value not in bounds


def rate_of(expression: Expression, known: Known) -> Quantity:
    """A rate, held to 0 to 1 after points were added or taken."""
    quantity = unheld_rate_of(expression, known)
    value = quantity.value
    assert value is not None, "a rate is never `no limit`: the loader sees to it"
    if value.numerator < 0 or value.numerator > value.denominator:
        return quantity._replace(value=min(max(value, _ZERO), _ONE))
    return quantity


def sources_of(expression: Expression) -> tuple[Source, ...]:
    """The figures written in an expression that comes to a day, or of which days are counted."""
    return tuple(source for one in figures_of(expression) for source in _figure(one).sources)


def unheld_rate_of(expression: Expression, known: Known) -> Quantity:
    """A rate as its points make it, even where that is below 0 or above 1."""
    return _evaluate(expression, known)


def written(expression: Expression) -> str:
    """An expression as the file writes it, without its marks."""
    if isinstance(expression, Figure):
        return expression.text
    if isinstance(expression, Name):
        return expression.path
    if isinstance(expression, Operation):
        return f"{written(expression.left)} {expression.operator} {written(expression.right)}"
    return f"{expression.function}({', '.join(written(one) for one in expression.arguments)})"


def constant(expression: Expression) -> Fraction | None:
    """The value of an expression that names nothing; None where it depends on facts."""
    if isinstance(expression, Figure):
        return expression.value
    if isinstance(expression, Operation):
        left, right = constant(expression.left), constant(expression.right)
        if left is not None and right is not None and (right or expression.operator != "/"):
            return _operated(expression.operator, left, right)
    return None


def _operated(operator: str, left: Fraction, right: Fraction) -> Fraction:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    return left * right if operator == "*" else left / right


def _evaluate(expression: Expression, known: Known) -> Quantity:
    if isinstance(expression, Name):
        return _named(expression.path, known)
    if isinstance(expression, Operation):
        return _operation(expression, known)
    if isinstance(expression, Figure):
        return _figure(expression)
    return _call(expression, known)


@lru_cache(maxsize=4096)
def _figure(figure: Figure) -> Quantity:
    if figure.mark is None:  # the unit that the loader gave a plain number
        return Quantity(figure.value, (), fixed=True)
    source = Source(_NOTHING, figure.text, figure.value, figure.unit, figure.mark, figure.place)
    return Quantity(figure.value, (source,), fixed=True)


def _operation(operation: Operation, known: Known) -> Quantity:
    left = _evaluate(operation.left, known)
    right = _evaluate(operation.right, known)
    if operation.operator == "/" and right.value == 0:
        raise no_divisor(known.policy, written(operation.right))
    if left.fixed and right.fixed:
        results = _results(known.policy)
        key = (id(operation), id(left), id(right))
        if key not in results:  # the operands are kept, so that their ids stay theirs
            results[key] = (_combined(operation.operator, left, right), left, right)
        return results[key][0]
    return _combined(operation.operator, left, right)


@lru_cache(maxsize=64)
def _results(_: Policy) -> dict[tuple[int, int, int], tuple[Quantity, Quantity, Quantity]]:
    """What operations on fixed values have come to under a policy."""
    return {}


def _combined(operator: str, left: Quantity, right: Quantity) -> Quantity:
    sources = left.sources + right.sources
    fixed = left.fixed and right.fixed
    if left.value is None or right.value is None:
        return Quantity(None, sources, fixed)
    return Quantity(_operated(operator, left.value, right.value), sources, fixed)


def _call(call: Call, known: Known) -> Quantity:
    if call.function not in ("min", "max", "floor", "ceil", "round"):
        return Quantity(Fraction(known.call(call)), sources_of(call))
    parts = [_evaluate(one, known) for one in call.arguments]
    sources = tuple(source for part in parts for source in part.sources)
    values = [part.value for part in parts if part.value is not None]
    if call.function == "min":
        return Quantity(min(values) if values else None, sources)
    if call.function == "max":
        return Quantity(max(values) if len(values) == len(parts) else None, sources)
    if not values:
        return Quantity(None, sources)
    return Quantity(Fraction(_ROUNDED[call.function](values[0])), sources)


def _named(path: str, known: Known) -> Quantity:
    if path == STRETCH:
        return Quantity(Fraction(known.stretch), ())
    grids = _grids(known.policy)
    if path in grids:
        return grids[path].look_up(known)
    if path in known.policy.given:
        return _parameter(path, known)
    value = known[path]
    assert isinstance(value, Fraction)
    return Quantity(value, ())


def _parameter(name: str, known: Known) -> Quantity:
    given = known.policy.given[name]
    values = [str(known[fact]) for fact in given.by]
    key = f"{name}[{' '.join(values)}]" if values else name
    title = titled(known.policy, given.title, dict(zip(given.by, values, strict=True)))
    value = known.parameters.get(key)
    if isinstance(value, Fraction):
        source = Source(title, key, value, given.unit, given.mark, given.place)
        return Quantity(value, (source,))
    if given.absent is None or given.absent_mark is None:
        raise missing_parameter(given, title, key, begins_on(known.parameters, key))
    known.assumed[key] = given.absent
    source = Source(title, key, None, None, given.absent_mark, given.place)
    return Quantity(None, (source,))


# --- tables --------------------------------------------------------------------------------------

_Tree = Union[Cell, dict[str, "_Tree"]]  # noqa: UP007 - recursive alias


class _Grid:
    """The cells of one column of a table, by the facts they depend on, one after another.

    A fact is asked for only where its value makes a difference: not in a row for `any`.
    """

    def __init__(self, policy: Policy, table: Table, column: str) -> None:
        self.policy = policy
        self.table = table
        self.unit = table.columns[column].unit
        self.title = table.title
        if len(table.columns) > 1 and column:
            head = table.columns[column].title
            self.title = Bilingual(f"{table.title.zh} {head.zh}", f"{table.title.en}, {head.en}")
        self.facts = table.by
        if table.columns[column].across and table.across is not None:
            self.facts = (*table.by, table.across)
        self.tree = self._tree(column)
        self.ready: dict[tuple[object, ...], Quantity] = {}

    def _tree(self, column: str) -> _Tree:
        if not self.facts:
            return self.table.cells[(column, (), "")]
        root: dict[str, _Tree] = {}
        for (name, row, value), cell in self.table.cells.items():
            if name != column:
                continue
            path = (*row, value)[: len(self.facts)]
            branch = root
            for step in path[:-1]:
                below = branch.setdefault(step, {})
                assert isinstance(below, dict)
                branch = below
            branch[path[-1]] = cell
        return _spread(root)

    def look_up(self, known: Known) -> Quantity:
        """The cell for what is known; raises `Refused` (`not_stated`) where there is none."""
        tree: _Tree | None = self.tree
        used: list[str] = []
        path: list[object] = []
        for fact in self.facts:
            assert isinstance(tree, dict)
            if len(tree) == 1 and "any" in tree:
                tree = tree["any"]
                continue
            value = str(known[fact])
            used.append(fact)
            path.append(value)
            if fact in known.grounds:
                path += [id(ground.mark) for ground in known.grounds[fact]]
            tree = tree.get(value) or tree.get("any")
            if tree is None:
                mark = next(iter(self.table.cells.values())).mark
                raise not_stated(self.policy, self._label(used, known), mark, self.table.name)
        assert isinstance(tree, Cell)
        key = tuple(path)
        ready = self.ready.get(key)
        if ready is None:
            ready = self._quantity(tree, used, known)
            if ready.fixed:
                self.ready[key] = ready
        return ready

    def _quantity(self, cell: Cell, used: Sequence[str], known: Known) -> Quantity:
        content = cell.content
        label = self._label(used, known)
        if content == "not stated":
            raise not_stated(self.policy, label, cell.mark, self.table.name)
        grounds = [ground for fact in used for ground in known.grounds.get(fact, ())]
        cases = tuple(_case(self.policy, ground) for ground in dict.fromkeys(grounds))
        if isinstance(content, str):
            own = Source(label, content, None, None, cell.mark, cell.place)
            return Quantity(None, (own, *cases), fixed=True)
        inner = _evaluate(content, known)
        own = Source(label, written(content), inner.value, self.unit, cell.mark, cell.place)
        if any(names_of(content)):
            return Quantity(inner.value, (own, *cases, *inner.sources))
        return Quantity(inner.value, (own, *cases), fixed=True)

    def _label(self, used: Sequence[str], known: Known) -> Bilingual:
        return titled(self.policy, self.title, {fact: str(known[fact]) for fact in used})


def _spread(tree: _Tree) -> _Tree:
    """A tree whose branches also hold what its `any` holds for them; rows never overlap."""
    if isinstance(tree, Cell):
        return tree
    anything = tree.get("any")
    return {
        value: _spread(_joined(anything, branch) if anything and value != "any" else branch)
        for value, branch in tree.items()
    }


def _joined(one: _Tree, other: _Tree) -> _Tree:
    """Two branches as one."""
    if isinstance(one, Cell) or isinstance(other, Cell):
        return other
    common = {value: _joined(one[value], other[value]) for value in one if value in other}
    return {**one, **other, **common}


@lru_cache(maxsize=64)
def _grids(policy: Policy) -> dict[str, _Grid]:
    """Every column of every table, by the path that expressions write."""
    return {
        f"{name}.{column}" if column else name: _Grid(policy, table, column)
        for name, table in policy.tables.items()
        for column in table.columns
    }


def _case(policy: Policy, ground: Ground) -> Source:
    title = policy.derived[ground.fact].title
    value = value_title(policy, ground.fact, ground.value)
    label = Bilingual(f"{title.zh}：{value.zh}", f"{title.en}: {value.en}")
    return Source(label, "", None, None, ground.mark, ground.place)


def titled(policy: Policy, title: Bilingual, values: Mapping[str, str]) -> Bilingual:
    """A title with the values of the facts that it was looked up by."""
    if not values:
        return title
    shown = [_answered(policy, fact, value) for fact, value in values.items()]
    return Bilingual(
        f"{title.zh}（{'、'.join(one.zh for one in shown)}）",
        f"{title.en} ({', '.join(one.en for one in shown)})",
    )


def _answered(policy: Policy, fact: str, value: str) -> Bilingual:
    """A value's title; of `yes` and `no` with the fact that it answers."""
    words = value_title(policy, fact, value)
    if value not in YES_NO:
        return words
    known = policy.facts if fact in policy.facts else policy.derived
    return known[fact].title + Bilingual("：", ": ") + words


def value_title(policy: Policy, fact: str, value: str) -> Bilingual:
    """What a value of a fact with listed values is called."""
    if fact in policy.facts:
        return policy.facts[fact].values[value]
    if fact in policy.derived:
        return policy.derived[fact].values[value]
    return policy.given[fact].fact.values[value]
