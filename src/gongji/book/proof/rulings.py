"""The rules that settlements were made by, each read once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Row

from gongji.book.care.settling import Case, moves_of
from gongji.book.journal import Account
from gongji.book.proof.stretch import Kept, Ledgers
from gongji.book.rules import Rules, Scheme, rules_kept, scheme_of
from gongji.engine.bill import FactValue
from gongji.engine.periods import parameters_on
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Refused

__all__ = ["Ruling", "Rulings"]


class Ruling(NamedTuple):
    """What settlements are worked out by: a version of a policy, and the parameters of a period.

    `number` tells rulings apart.
    """

    number: int
    policy: Policy
    parameters: Mapping[str, FactValue]


class Rulings:
    """The rules and the schemes of a book."""

    def __init__(self, connection: Connection, library: Library) -> None:
        self.connection = connection
        self.library = library
        self.ledgers = Ledgers(connection)
        self._rules: dict[int, Rules | Refused] = {}
        self._schemes: dict[int, Scheme] = {}
        self._rulings: dict[tuple[int, str], Ruling] = {}
        self._on_days: dict[tuple[int, date], Ruling] = {}

    def case(self, one: Kept) -> Case:
        """The case of a settlement.  Raises `Refused` where its rules are not there any more."""
        visit = cast("Row[Any]", one)  # it has what is asked of a visit's row
        scheme, rules = self._scheme(one.scheme), self._rules_of(one.rules)
        return Case(visit, scheme, rules, one.person_said, one.bill)

    def moves(self, one: Kept) -> Mapping[Account, int] | None:
        """Who loses and who gains by what a settlement says; None where its rules are gone."""
        try:
            case = self.case(one)
        except Refused:
            return None
        return moves_of(case, one.payments, one.account_fen, one.person_fen, one.total_fen)

    def ruling(self, one: Kept) -> Ruling | None:
        """What a settlement is worked out by; None where its rules are not there any more."""
        number, day = one.rules, one.day
        found = self._on_days.get((number, day))
        if found is not None:
            return found
        try:
            rules = self._rules_of(number)
        except Refused:
            return None
        given = parameters_on(rules.parameters, day)
        said = str(sorted((name, str(value)) for name, value in given.items()))
        found = self._rulings.setdefault(
            (number, said), Ruling(len(self._rulings), rules.policy, given)
        )
        self._on_days[number, day] = found
        return found

    def _scheme(self, number: int) -> Scheme:
        if number not in self._schemes:
            self._schemes[number] = scheme_of(self.connection, number)
        return self._schemes[number]

    def _rules_of(self, number: int) -> Rules:
        if number not in self._rules:
            try:
                self._rules[number] = rules_kept(self.connection, self.library, number)
            except Refused as refused:
                self._rules[number] = refused
        found = self._rules[number]
        if isinstance(found, Refused):
            raise found
        return found
