"""The claims of one bucket in order, with their persons; what is wrong is set apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from gongji.batch.arrays import Array
from gongji.batch.order import claim_starts, order_of, same_as_before
from gongji.batch.persons import persons_at
from gongji.batch.refusals import Why
from gongji.batch.rows import Rows, taken, widened
from gongji.policy.model import Policy
from gongji.policy.reach import reached_by_settlements

__all__ = ["Claims", "Rejected", "claims_of", "households", "shared_facts"]

_KEYS = (
    "claim",
    "claim_text",
    "person",
    "person_text",
    "home",
    "sequence",
    "day",
    "line",
    "problem",
)
"""What says which rows are claims, whose, and in what order."""


class Rejected(NamedTuple):
    """Rows that are not settled, and the number of the reason for each."""

    rows: Rows
    why: Array


class Claims(NamedTuple):
    """Claims in the order of settlement.

    `rows` are their lines; `lines` says at every first line how many lines the claim has (0 at
    the others); `person_at` is the place of each line's person among `persons`.
    """

    rows: Rows
    lines: Array
    persons: Rows | None
    person_at: Array

    @property
    def size(self) -> int:
        """How many lines there are."""
        return len(self.lines)

    def said(self, fact: str) -> Array | None:
        """What each line, or its person, says of a fact, coded; None where no table has it."""
        name = f"c_{fact}"
        if self.persons is not None and name in self.persons:
            column: Array = self.persons[name][self.person_at]
            return column
        return self.rows.get(name)

    def taken(self, places: Array) -> Claims:
        """Some of the lines, in their order; all lines of a claim or none."""
        return Claims(
            taken(self.rows, places), self.lines[places], self.persons, self.person_at[places]
        )


def claims_of(
    rows: Rows,
    persons: Rows | None,
    spoiled: Array,
    reasons: Sequence[Why],
    first_keys: Sequence[str],
    *,
    lined: bool,
    alike: Sequence[str] = (),
) -> tuple[Claims, Rejected]:
    """Put claims in order, find their persons, and set those apart that cannot be settled.

    `spoiled` are the ids, as numbers, of claims that stand twice, or in lines that differ;
    `alike` are columns that must say the same on all lines of a claim.
    """
    order = order_of(rows, first_keys)
    every = rows
    rows = taken({name: rows[name] for name in _KEYS if name in rows}, order)
    why = rows.pop("problem").astype(np.int16)

    def note(bad: Array, reason: Why) -> None:
        why[bad & (why == 0)] = reasons.index(reason)

    at = np.zeros(len(why), np.int64)
    if persons is not None:
        at, found = persons_at(rows, persons)
        note(found == 0, Why("unknown_person"))
        note(found == 2, Why("not_yet"))
        problem = persons["problem"][at]
        why = np.where((why == 0) & (found == 1) & (problem > 0), problem, why)
    if len(spoiled):
        note(np.isin(rows["claim"], spoiled), Why("lines_differ" if lined else "claim_twice"))
    starts = claim_starts(rows) if lined else np.arange(len(why))
    lines = np.zeros(len(why), np.int16)
    counts = np.diff(starts, append=len(why)) if lined else np.ones(len(why), np.int64)
    lines[starts] = np.minimum(counts, 2**15 - 1)
    if lined:
        same = same_as_before(rows, ["person", "day", "claim"])
        for name in alike:
            column = every[name][order]
            other = np.zeros(len(why), bool)
            other[1:] = same[1:] & (column[1:] != column[:-1])
            if other.any():
                note(np.repeat(np.logical_or.reduceat(other, starts), counts), Why("lines_differ"))
        twice = same.copy()
        twice[1:] &= rows["line"][1:] == rows["line"][:-1]
        note(twice, Why("line_twice"))
        worst = np.repeat(np.maximum.reduceat(why, starts), counts) if len(starts) else why
        note((worst > 0) & (why == 0), Why("other_line"))
    bad = np.flatnonzero(why)
    rejected = Rejected(taken(every, order[bad]), why[bad])
    if len(bad):
        good = np.flatnonzero(why == 0)
        order, lines, at = order[good], lines[good], at[good]
    rows = widened(taken({name: one for name, one in every.items() if name != "problem"}, order))
    return Claims(rows, lines, persons, at), rejected


def shared_facts(versions: Iterable[Policy]) -> list[str]:
    """The facts that persons share meters by, such as a household's number."""
    return sorted({
        meter.per
        for policy in versions
        for name, meter in policy.meters.items()
        if meter.shared and meter.per and name in reached_by_settlements(policy)
    })  # fmt: skip


def households(rows: Rows, names: Sequence[str]) -> Array:
    """A number for all who share something: that of the least id among them, step by step."""
    _, persons = np.unique(rows.get("person_text", rows["person"]), return_inverse=True)
    group: Array = persons.copy()
    links = [persons, *(_numbered(rows[f"t_{name}"], persons) for name in names)]
    while True:
        before = group.copy()
        for link in links:
            order = np.argsort(link, kind="stable")
            edges = np.flatnonzero(np.diff(link[order], prepend=link[order][:1] - 1))
            least = np.minimum.reduceat(group[order], edges)
            group[order] = np.repeat(least, np.diff(edges, append=len(order)))
        if (group == before).all():
            return group


def _numbered(texts: Array, persons: Array) -> Array:
    """A number for each text; those without one stand each for their person."""
    _, number = np.unique(texts, return_inverse=True)
    found: Array = np.where(texts == b"", int(number.max(initial=0)) + 1 + persons, number)
    return found
