"""The clause index: every clause of every document, where it lives, and the cases that test it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gongji.cases.case import Case
from gongji.policy.documents import Clause, Document
from gongji.policy.problems import Place
from gongji.policy.versions import Library
from gongji.policy.walk import citations

__all__ = ["ClauseRow", "Home", "clause_index"]


class Home(NamedTuple):
    """An item of a policy that rests on a clause: `benefit inpatient` of a version."""

    policy: str
    item: str
    place: Place


class ClauseRow(NamedTuple):
    """A clause with its homes in the policies and the cases that test it."""

    document: Document
    clause: Clause
    homes: tuple[Home, ...]
    cases: tuple[str, ...]

    @property
    def open(self) -> bool:
        """Whether something is missing: a home, or a case that tests it, or the reason for none."""
        if self.clause.informational is not None:
            return False
        return not (self.homes and self.cases)


def clause_index(library: Library, cases: Iterable[Case]) -> list[ClauseRow]:
    """The index of all documents of a library, in the order of the documents.

    Raises `FileRefused` where a policy or a ledger does not load.
    """
    homes: dict[str, list[Home]] = {}
    for clause, home in _homes(library):
        known = homes.setdefault(clause, [])
        if not any(one.policy == home.policy and one.item == home.item for one in known):
            known.append(home)
    tested: dict[str, list[str]] = {}
    for case in cases:
        for clause in dict.fromkeys(case.clauses):
            tested.setdefault(clause, []).append(case.id)
    rows = []
    for identity in library.documents():
        document = library.document(identity)
        rows += [
            ClauseRow(
                document,
                clause,
                tuple(homes.get(clause.id, ())),
                tuple(tested.get(clause.id, ())),
            )
            for clause in document.clauses.values()
        ]
    return rows


def _homes(library: Library) -> Iterator[tuple[str, Home]]:
    for name in library.ids():
        for header in library.versions(name):
            version = f"{name}@{header.in_force.first}"
            policy = library.policy(version, header.in_force.first)
            for clause, item, place in citations(policy):
                yield clause, Home(version, item, place)
