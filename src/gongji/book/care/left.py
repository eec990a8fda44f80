"""What is left to a person this year, between two visits: deductibles, bands, limits."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from gongji.book.care.settling import meters_now
from gongji.book.contributions.entitlement import ENTITLEMENT, entitlement_asked
from gongji.book.journal import Account, account_balance
from gongji.book.persons.facts import facts_on
from gongji.book.persons.people import member_on
from gongji.book.rules import rules_of
from gongji.book.services import occasion_of
from gongji.engine.inputs import read_person
from gongji.engine.left import Left, left_between
from gongji.engine.meters import ACCOUNT
from gongji.engine.periods import parameters_on
from gongji.policy.model import Policy
from gongji.policy.versions import Library

__all__ = ["Standing", "standing_on"]


class Standing(NamedTuple):
    """Where a person stands in the year of a day, in a scheme, with all that is settled so far."""

    scheme: int
    area: str
    policy: Policy
    left: tuple[Left, ...]


def standing_on(connection: Connection, library: Library, person: int, day: date) -> Standing:
    """What is left to a person in the year of a day.

    A rule that would need a fact of the next visit, such as the tier of a hospital, is left out.
    Raises `Refused` (`not_insured`), and what the policy refuses.
    """
    member = member_on(connection, person, day)
    scheme = member.scheme
    rules = rules_of(library, scheme, day)
    policy = rules.policy
    held = facts_on(connection, "person", str(person), day)
    said = {name: value for name, value in held.items() if _of_person(policy, name)}
    if ENTITLEMENT in policy.facts:
        occasion = occasion_of(connection, person, day)
        said[ENTITLEMENT] = entitlement_asked(connection, rules, occasion, member).state
    balance = account_balance(connection, Account(scheme.area, "account", "", str(person)))
    meters = meters_now(connection, person, scheme.number).moved({ACCOUNT: balance})
    given = parameters_on(rules.parameters, day)
    facts = read_person(policy, said).facts
    return Standing(
        scheme.number, scheme.area, policy, left_between(policy, facts, meters, day, given)
    )


def _of_person(policy: Policy, name: str) -> bool:
    return name in policy.facts and policy.facts[name].of == "person"
