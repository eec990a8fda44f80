"""Persons and claims as Arrow tables, whole or block by block.

    persons, claims = generate(policy, persons=100_000, seed=1, year=2024)
    for persons, claims in blocks(plan_for(policy, seed=1, year=2024), 100_000_000): ...

A block holds the same persons whatever their number, so more persons never change the first ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from gongji.generate.bills import Bills, Order, draw_bills
from gongji.generate.chance import Integers, Words, bell, lengths, octaves, step_of, words
from gongji.generate.habits import DRUGS
from gongji.generate.people import (
    People,
    ages,
    balances,
    days_past,
    default_places,
    draw_people,
    fact_word,
    numbers,
    set_places,
)
from gongji.generate.plan import Column, Default, Plan, plan_for
from gongji.policy.model import Policy
from gongji.wording import Bilingual, Refused

__all__ = ["BLOCK", "block", "blocks", "generate", "some"]

BLOCK = 1 << 16
"""Persons in a block; claims are in order within it."""

_CLAIMS = 1000
"""Claim 3 of person 17 is number 17003."""

_NAMES = 40
"""The first of the questions asked of a bill besides those of `bills`: one for each fact drawn."""


def generate(
    policy: Policy,
    persons: int,
    seed: int,
    year: int,
    order: Order = "date",
    line_share: int = 30,
) -> tuple[pa.Table, pa.Table]:
    """Invented persons and their claims of a year (1970 to 2100), as `gongji batch` takes them.

    `persons` is how many, `seed` from 0 to 2^64 - 1, `line_share` how many of 1,000 bills have
    several lines where the policy tells lines apart.  The same arguments always give the same
    tables.  Amounts are whole fen.  Raises `Refused` where the policy settles no visit
    (`nothing_to_settle`) and where there is nobody (`bad_number`).
    """
    made = list(blocks(plan_for(policy, seed, year, line_share), persons, order))
    whole = [pa.concat_tables(tables).unify_dictionaries() for tables in zip(*made, strict=True)]
    return whole[0], whole[1]


def blocks(plan: Plan, persons: int, order: Order = "date") -> Iterator[tuple[pa.Table, pa.Table]]:
    """The persons and claims of a population, so many persons at a time that memory stays small.

    Raises `Refused` as `some` does.
    """
    for first in range(0, some(persons), BLOCK):
        yield block(plan, first, min(BLOCK, persons - first), order)


def some(persons: int) -> int:
    """So many persons, of whom there is one at least.  Raises `Refused` (`bad_number`)."""
    if persons < 1:
        raise Refused(
            "bad_number",
            Bilingual(
                f"persons：{persons}；至少要有 1 人",
                f"persons: {persons}; expected 1 or more",
            ),
            {"field": "persons"},
        )
    return persons


def block(plan: Plan, first: int, count: int, order: Order = "date") -> tuple[pa.Table, pa.Table]:
    """The persons and claims of `count` persons from place `first` on; person 1 is at place 0."""
    people = draw_people(plan, first, count)
    bills = draw_bills(plan, people, order)
    return _persons_table(plan, people), _claims_table(plan, people, bills)


# --- persons -------------------------------------------------------------------------------------


def _persons_table(plan: Plan, people: People) -> pa.Table:
    columns: dict[str, Any] = {
        "person": pa.array(np.arange(len(people.kind)) + people.first + 1),
    }
    if plan.birth is not None:
        columns[plan.birth.name] = _dates(people.born)
    for index, column in enumerate(plan.of_persons):
        said = column.said[people.kind]
        name, values = _of_person(plan, people, column, said, fact_word(people, index))
        columns[name] = values
    for index, default in enumerate(plan.defaults):
        word = fact_word(people, len(plan.of_persons) + index)
        columns[default.fact.name] = _default(default, word)
    if plan.has_account:
        columns["account_balance_fen"] = pa.array(balances(people))
    return pa.table(columns)


def _default(default: Default, word: Words) -> pa.Array:
    return _chosen(default_places(default, word), default.values)


def _of_person(
    plan: Plan, people: People, column: Column, said: Integers, word: Words
) -> tuple[str, pa.Array]:
    """A fact of persons: the name of its column, and its values."""
    kind, name, unsaid = column.fact.kind, column.fact.name, said < 0
    if not column.drawn:
        return name, _chosen(said, column.values)
    if kind == "date":
        return name, _dates(days_past(plan, people, word), unsaid)
    if kind == "set":
        sets = _sets(column.values)
        places = set_places(column, word) + 1 if column.least else np.zeros_like(said)
        return name, _chosen(np.where(unsaid, -1, places), sets)
    if kind == "text":
        households = (np.arange(len(said)) + people.first) // 3 + 1
        return name, _texts(name, households, unsaid)
    if kind == "amount":
        fen = lengths(octaves(6000 * 100), step_of(17), bell(word, words(word, 0)))
        return f"{name}_fen", pa.array(fen, mask=unsaid)
    drawn = numbers(column, said, word)
    if "年" in column.fact.title.zh:  # years of something: not more than the person has lived
        drawn = np.minimum(drawn, ages(plan, people))
    return name, pa.array(drawn, mask=unsaid)


def _sets(values: tuple[str, ...]) -> tuple[str, ...]:
    """None, every value, every two of them: as they are written in a table."""
    pairs = [f"{one},{other}" for i, one in enumerate(values) for other in values[i + 1 :]]
    return ("none", *values, *pairs)


# --- claims --------------------------------------------------------------------------------------


def _claims_table(plan: Plan, people: People, bills: Bills) -> pa.Table:
    person = bills.who + (people.first + 1)
    columns: dict[str, Any] = {"claim": pa.array(person * _CLAIMS + bills.number)}
    if bills.line is not None:
        columns["line"] = pa.array(bills.line.astype(np.int16))
    columns["person"] = pa.array(person)
    columns["date"] = _dates(bills.day)
    for index, column in enumerate(plan.of_bills):
        name, values = _of_bill(column, column.said[bills.kind], bills, index)
        columns[name] = values
    columns["total_fen"] = pa.array(bills.total)
    for part, fen in bills.parts.items():
        columns[f"{part}_fen"] = pa.array(fen)
    return pa.table(columns)


def _of_bill(column: Column, said: Integers, bills: Bills, index: int) -> tuple[str, pa.Array]:
    """A fact of bills: the name of its column, and its values."""
    kind, name = column.fact.kind, column.fact.name
    if not column.drawn:
        return name, _chosen(said, column.values)
    unsaid = said < 0
    word = words(bills.words, _NAMES + index)
    if kind == "date":
        back = (word >> np.uint64(48)).view(np.int64) * 15 >> 16
        return name, _dates(bills.day - back, unsaid)
    if kind == "text":
        which = (word >> np.uint64(48)).view(np.int64) * DRUGS >> 16
        names = tuple(f"{name}-{number + 1:02}" for number in range(DRUGS))
        return name, _chosen(np.where(unsaid, -1, which), names)
    if kind == "amount":
        return f"{name}_fen", pa.array(bills.total, mask=unsaid)
    if kind == "set":
        return name, _chosen(
            np.where(unsaid, -1, set_places(column, word) + 1), _sets(column.values)
        )
    return name, pa.array(numbers(column, said, word), mask=unsaid)


# --- arrays --------------------------------------------------------------------------------------


def _chosen(places: Integers, values: tuple[str, ...]) -> pa.Array:
    """A column of texts by their places; -1 is null."""
    small = places.astype(np.int16)
    said = pa.array(small, mask=small < 0)
    return pa.DictionaryArray.from_arrays(said, pa.array(values, pa.string()))


def _dates(days: Integers, unsaid: Any = None) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=unsaid).view(pa.date32())


def _texts(name: str, numbers_: Integers, unsaid: Any) -> pa.Array:
    import pyarrow.compute as pc

    written = pa.array(numbers_, mask=unsaid).cast(pa.string())
    return pc.binary_join_element_wise(name, written, "-")
