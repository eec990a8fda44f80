"""A year of bills drawn for persons: when, of which kind, at what cost, in which order."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from gongji.generate.chance import Integers, Words, bell, lengths, octaves, parts_of, words
from gongji.generate.people import FIRST_VISIT, People
from gongji.generate.plan import Plan

__all__ = ["ORDERS", "Bills", "Order", "draw_bills"]

Order = Literal["date", "person", "random"]
ORDERS: tuple[str, ...] = get_args(Order)
"""By day across persons, as a feed comes in; by person and day; or in none."""

_KIND, _COST, _MORE_COST, _PARTS, _ORDER, _LINE = range(6)

_SMALLEST = 100
"""The least that a bill or a line comes to, in fen."""

_LINE_COST = octaves(2, 5)
"""A further line costs two fifths of what a bill of its own would."""


class Bills(NamedTuple):
    """Bills, or lines of bills where `line` is not None, one an entry.

    `who` is the place of the person among the people, `number` that of the bill among the
    person's, `day` counts from 1970 on, `total` and `parts` are fen.
    """

    who: Integers
    number: Integers
    line: Integers | None
    day: Integers
    kind: Integers
    total: Integers
    parts: dict[str, Integers]
    words: Words


def draw_bills(plan: Plan, people: People, order: Order) -> Bills:
    """All bills of the year of these persons, in the order asked for."""
    who = np.repeat(np.arange(len(people.visits)), people.visits)
    before = np.cumsum(people.visits) - people.visits
    number = np.arange(len(who)) - before[who]
    keys = words(people.keys[who], (number + FIRST_VISIT).view(np.uint64))
    word = words(keys, _KIND)
    day = plan.days[parts_of(word, 0)]
    sorted_by = _places_in(order, who, day, keys)
    who, number, day = who[sorted_by], number[sorted_by], day[sorted_by]
    keys, word = keys[sorted_by], word[sorted_by]
    kind = plan.bills.draw(people.kind[who], word)
    line = None
    base = plan.cost[kind]
    if plan.line_share:
        rows, line = _lines(plan, kind, parts_of(word, 1))
        who, number, day, kind, keys = who[rows], number[rows], day[rows], kind[rows], keys[rows]
        further = line > 1
        keys[further] = words(keys[further], (line[further] + _LINE).view(np.uint64))
        kind[further] = _other_kinds(plan, kind[further], keys[further])
        base = plan.cost[kind] + further * _LINE_COST
    chance = bell(words(keys, _COST), words(keys, _MORE_COST))
    total = np.maximum(lengths(base, plan.spread[kind], chance), _SMALLEST)
    word = words(keys, _PARTS)
    return Bills(who, number + 1, line, day, kind, total, _parts(plan, total, word), word)


def _places_in(order: Order, who: Integers, day: Integers, keys: Words) -> Integers:
    """The places of bills in an order: sorted numbers that hold the place in their low bits."""
    bits = max(1, len(who).bit_length())
    place = np.arange(len(who), dtype=np.uint64)
    if order == "person":
        rank = (who.view(np.uint64) << np.uint64(16)) | day.view(np.uint64)
    else:
        rank = words(keys, _ORDER) >> np.uint64(bits + 16)
        if order == "date":
            rank |= day.view(np.uint64) << np.uint64(64 - bits - 16)
    rank <<= np.uint64(bits)
    rank |= place
    rank.sort()
    return (rank & np.uint64((1 << bits) - 1)).view(np.int64)


def _lines(plan: Plan, kind: Integers, chance: Integers) -> tuple[Integers, Integers]:
    """For every line the place of its bill, and its number on it: mostly one, else two or three."""
    several = (chance * 1000 < plan.line_share << 16) & (plan.lines[kind] > 0)
    count = 1 + several * (1 + (chance & 1))
    rows = np.repeat(np.arange(len(kind)), count)
    before = np.cumsum(count) - count
    return rows, np.arange(len(rows)) - before[rows] + 1


def _other_kinds(plan: Plan, kind: Integers, keys: Words) -> Integers:
    """Kinds that differ from those of the bills in a fact of a line."""
    chance = parts_of(words(keys, _KIND), 2)
    return plan.other_lines[plan.first_line[kind] + ((chance * plan.lines[kind]) >> 16)]


def _parts(plan: Plan, total: Integers, word: Words) -> dict[str, Integers]:
    """The parts of bills that are not in scope, in fen."""
    found = {}
    for index, (name, part) in enumerate(plan.parts.items()):
        chance = parts_of(word, index)
        edge = (part.bills << 16) // 100
        fen = total * chance * part.most // (edge * 100)
        fen[chance >= edge] = 0
        found[name] = fen
    return found
