"""Persons drawn from a plan: who they are, how often they see a doctor, what is known of them."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gongji.generate.chance import (
    Integers,
    Words,
    bell,
    lengths,
    octaves,
    parts_of,
    places,
    step_of,
    words,
)
from gongji.generate.habits import ACCOUNT, LONGEST_AGO
from gongji.generate.plan import Column, Default, Plan

__all__ = [
    "FIRST_VISIT",
    "MOST_VISITS",
    "People",
    "ages",
    "balances",
    "days_past",
    "default_places",
    "draw_people",
    "fact_word",
    "numbers",
    "set_places",
]

FIRST_VISIT = 256
"""The number, among a person's questions, of their first visit; what is below asks of them."""

MOST_VISITS = 400

_KIND, _AGE, _VISITS, _MORE_VISITS, _BALANCE, _MORE_BALANCE, _FACTS = range(7)

_VISIT_SPREAD = 25
"""One standard deviation multiplies the number of visits by so many tenths."""


class People(NamedTuple):
    """Persons in the order of their numbers: `first` and those after it.

    `keys` are what chance depends on, `kind` the kind of person, `born` the day of birth (a number
    from 1970 on), `visits` the number of bills.
    """

    first: int
    keys: Words
    kind: Integers
    born: Integers
    visits: Integers


def draw_people(plan: Plan, first: int, count: int) -> People:
    """The persons with the numbers from `first` on, `count` of them."""
    keys = places(plan.key, first, count)
    kind = plan.persons.draw(np.zeros(count, dtype=np.int64), words(keys, _KIND))
    chance = bell(words(keys, _VISITS), words(keys, _MORE_VISITS))
    fine = 10 * 4096  # so that a number below 1 is not lost before it is rounded down
    visits = lengths(plan.visits[kind] + fine, step_of(_VISIT_SPREAD), chance) >> 10
    born = _born(plan, kind, words(keys, _AGE))
    return People(first, keys, kind, born, np.minimum(visits, MOST_VISITS))


def _born(plan: Plan, kind: Integers, word: Words) -> Integers:
    """Days of birth before the year: ages are triangular between the youngest and the oldest."""
    low, middle, high = plan.youngest[kind], plan.likeliest[kind], plan.oldest[kind] + 1
    near = np.minimum(parts_of(word, 0), parts_of(word, 1))
    younger = parts_of(word, 2) * (high - low) < (middle - low) << 16
    reach = np.where(younger, low - middle, high - middle) * 365
    days = middle * 365 + ((reach * near) >> 16)
    return _year_start(plan) - 1 - days


def _year_start(plan: Plan) -> int:
    return (date(plan.window.first.year, 1, 1) - date(1970, 1, 1)).days


def balances(people: People) -> Integers:
    """What the persons' accounts hold before the first bill, in fen."""
    median, spread, empty = ACCOUNT
    word, more = words(people.keys, _BALANCE), words(people.keys, _MORE_BALANCE)
    fen = lengths(octaves(median * 100), step_of(spread), bell(word, more))
    none = words(people.keys, _MORE_BALANCE + 100) < np.uint64((empty << 64) // 100)
    fen[none] = 0
    return fen


def fact_word(people: People, number: int) -> Words:
    """Even bits for the `number`th fact that is drawn of persons."""
    return words(people.keys, _FACTS + number)


def default_places(default: Default, word: Words) -> Integers:
    """The place of a value in `default.values`, or -1 for the default."""
    found = np.searchsorted(default.edges, parts_of(word, 0), side="right")
    found[found == len(default.values)] = -1
    return found


def ages(plan: Plan, people: People) -> Integers:
    """Whole years of age on the first day of the year."""
    eve = (people.born - 1).astype("datetime64[D]")  # the first of January is a birthday itself
    years = eve.astype("datetime64[Y]").astype(np.int64) + 1970
    return plan.window.first.year - 1 - years


def numbers(column: Column, said: Integers, word: Words) -> Integers:
    """Whole numbers, small ones more often; those that are fixed as they are."""
    small = np.minimum(parts_of(word, 0), parts_of(word, 1))
    drawn = column.least + ((small * (column.most - column.least + 1)) >> 16)
    return np.where(said > 0, said, drawn)


def set_places(column: Column, word: Words) -> Integers:
    """Places in the list of sets: one value in two of three, otherwise two values."""
    one = (parts_of(word, 0) * len(column.values)) >> 16
    pairs = len(column.values) * (len(column.values) - 1) // 2
    two = len(column.values) + ((parts_of(word, 1) * pairs) >> 16)
    return np.where((parts_of(word, 2) < 43690) | (pairs == 0), one, two)


def days_past(plan: Plan, people: People, word: Words) -> NDArray[np.int64]:
    """A day of a person's past: within the last years, those of the old not before they were 50."""
    start = _year_start(plan)
    age = start - people.born
    farthest = np.where(plan.youngest[people.kind] >= 50, age - 50 * 365, age - 1)
    farthest = np.clip(farthest, 1, LONGEST_AGO * 365)
    return start - 1 - ((parts_of(word, 0) * farthest) >> 16)
