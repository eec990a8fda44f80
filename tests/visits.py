"""Random persons and visits of any policy, drawn from the facts that the policy itself declares."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

from hypothesis import strategies as st

from gongji.engine.bill import FactValue, Item, Person, Visit
from gongji.policy.expression import figures_of
from gongji.policy.model import Fact, Policy, Unit
from gongji.policy.reach import reached_by_settlements
from gongji.policy.walk import uses


@lru_cache(maxsize=64)
def edges_of(policy: Policy) -> list[int]:
    """Where rules change: every amount that stands in the policy, in fen."""
    figures = [
        figure
        for table in policy.tables.values()
        for cell in table.cells.values()
        if not isinstance(cell.content, str)
        for figure in figures_of(cell.content)
    ]
    figures += [figure for use in uses(policy) for figure in figures_of(use.expression)]
    found = {int(figure.value) for figure in figures if figure.unit is Unit.YUAN}
    return sorted(found | {0})


def amounts(policy: Policy) -> st.SearchStrategy[int]:
    """Amounts in fen, half of them at or beside a boundary of the policy."""
    near = st.builds(
        lambda edge, step: max(edge + step, 0),
        st.sampled_from(edges_of(policy)),
        st.integers(-2, 2),
    )
    return st.one_of(near, st.integers(0, 3_000_000_00), st.integers(0, 2_000_00))


def _value(fact: Fact, year: int) -> st.SearchStrategy[FactValue]:
    if fact.kind == "set":
        return st.frozensets(st.sampled_from(sorted(fact.values)), max_size=3)
    if fact.kind == "number":
        return st.integers(0, 12).map(Fraction)
    if fact.kind == "amount":
        return st.integers(0, 50_000_00).map(Fraction)
    if fact.kind == "text":
        return st.sampled_from(["X", "Y"])
    if fact.kind == "date":
        return st.dates(date(year - 3, 1, 1), date(year, 1, 1))
    # the default more often than not: most people are not in an odd situation
    usual = [fact.default] * len(fact.values) if fact.default else []
    return st.sampled_from([*usual, *fact.values])


def _facts(policy: Policy, of: str) -> list[Fact]:
    """The facts that can matter to a settlement."""
    reached = reached_by_settlements(policy)
    return [fact for name, fact in policy.facts.items() if fact.of == of and name in reached]


def persons(policy: Policy) -> st.SearchStrategy[Person]:
    """A person with every fact said that can matter."""
    year = policy.in_force.first.year
    facts = {fact.name: _value(fact, year) for fact in _facts(policy, "person")}
    return st.fixed_dictionaries(facts).map(Person)


def visits(policy: Policy, *, items: int = 3) -> st.SearchStrategy[Visit]:
    """A visit with every fact that can matter, of up to so many items that may differ in them."""
    first, last = policy.in_force.first, policy.in_force.last
    last = min(last, date(first.year, 12, 31)) if last else date(first.year, 12, 31)
    days = st.integers(0, (last - first).days).map(lambda n: first + timedelta(days=n))
    year = policy.in_force.first.year
    facts = {fact.name: _value(fact, year) for fact in _facts(policy, "bill")}
    parts = st.fixed_dictionaries(
        {"in_scope": amounts(policy)},
        optional={
            part: st.integers(0, 50_000_00)
            for part in ("out_of_catalogue", "over_price_cap", "prior_self_pay")
        },
    )
    some = st.fixed_dictionaries({}, optional=facts)
    item = st.builds(Item, parts, some)
    return st.builds(
        lambda day, every, said: Visit(day, tuple(every), said),
        days,
        st.lists(item, min_size=1, max_size=items),
        st.fixed_dictionaries(facts),
    )
