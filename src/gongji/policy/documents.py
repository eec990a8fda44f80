"""Clause ledgers: a published document cut into numbered clauses.

A ledger says for each clause where it stands in the document, what it rules, what it leaves open,
and which numbers its text prints.  Policies cite clauses; the loader holds each number of a policy
against the numbers that its clause prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gongji.wording import Bilingual

__all__ = ["Clause", "Document"]


class Clause(NamedTuple):
    """One numbered clause: its place in the document and what it rules, in our words.

    `numbers` are the figures its text states, in digits or in words (免除 is 0), as plain numbers
    (`150000`) or percentages (`90%`);
    `ambiguity` says what the text leaves open, and is empty where it leaves nothing open;
    `informational` why no rule follows from it, None where one does.
    """

    id: str
    place: str
    kind: str
    numbers: frozenset[str]
    rule: str
    ambiguity: str
    informational: Bilingual | None = None

    def stands_in(self, chapter: str) -> bool:
        """Whether its place lies in a chapter of the document, named as the policy names it."""
        rest = self.place.removeprefix(chapter)
        return self.place.startswith(chapter) and (not rest or rest[0] in " (（")


class Document(NamedTuple):
    """A published document and its clauses; `published` is empty where it is not stated."""

    id: str
    title: str
    short: str
    number: str
    issuer: str
    published: str
    prefix: str
    clauses: Mapping[str, Clause]
