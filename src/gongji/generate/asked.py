"""What a policy asks, found by asking its engine: whom it knows, and which visits it settles.

A visit is completed fact by fact as the engine asks for them, each value with its weight; what
the engine does not settle is not made.  Facts with a default are changed one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from gongji.check.visit import LARGEST
from gongji.engine.bill import IN_SCOPE, FactValue, Item, Person, Visit
from gongji.engine.meters import Meters
from gongji.engine.settle import settle
from gongji.generate.habits import (
    CARE,
    CATEGORIES,
    CHANGED,
    CHANGED_OF_PERSON,
    LIVES,
    OTHER_CARE,
    OTHER_CHANGE,
    PROVIDERS,
    SCHEMES,
    SPECIAL_DISEASE,
    TIERS,
    TIERS_OF_STAYS,
    VALUES,
    Care,
    Life,
)
from gongji.policy.model import Fact, Given, Policy, Unit
from gongji.policy.reach import reached_by_settlements
from gongji.wording import Refused

__all__ = ["DRAWN", "Kind", "Patient", "PersonKind", "Survey", "born_on", "care_of", "survey"]

DRAWN = ("number", "amount", "date", "set", "text")
"""Kinds of fact whose value is drawn for each person or bill; the others are chosen by weight."""

_SEVERAL = 8
"""How many times the median a bill is that must settle."""

_TRIED_PERSONS, _TRIED_VISITS = 8, 12
"""How many kinds of person and of visit a fact of the person is tried with."""

_COSTLY = ("inpatient", "special", "dual_channel", "negotiated_drug", "day_surgery")


class Patient(NamedTuple):
    """Of what a person is ill all year: `ordinary`, `chronic` or `special`, and which disease."""

    kind: str
    disease: str = ""


class Kind(NamedTuple):
    """A kind of visit: facts of the bill as said; a value that is drawn stands for all of them.

    `base` is the kind from which it differs in one default, `changed` names that fact.
    """

    facts: Mapping[str, FactValue]
    base: int | None = None
    changed: str = ""


class PersonKind(NamedTuple):
    """Persons who are alike: facts as said, their weight, their kinds of visit with weights."""

    patient: Patient
    life: Life
    facts: Mapping[str, FactValue]
    weight: Fraction
    visits: Mapping[int, Fraction]


class Survey(NamedTuple):
    """What a policy asks: kinds of person and of visit.

    `defaults` are facts of persons with a default, and which part of all has which other value.
    """

    persons: tuple[PersonKind, ...]
    kinds: tuple[Kind, ...]
    defaults: Mapping[str, Mapping[str, Fraction]]


class _AsksPerson(Exception):
    """The engine asks for a fact of the person."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def survey(policy: Policy, day: date) -> Survey:
    """What a policy asks of visits up to a day; no persons where it settles no visit at all."""
    asker = _Asker(policy, day)
    persons = [one for root in asker.roots() for one in asker.completed(*root)]
    found = tuple(one for one in persons if one.visits)
    with_changes = asker.with_changes(found)
    return Survey(with_changes, tuple(asker.kinds), asker.defaults(found))


def care_of(kind: Kind) -> Care:
    """What visits of a kind cost, by their setting."""
    return CARE.get(str(kind.facts.get("setting")), OTHER_CARE)


def born_on(policy: Policy) -> Fact | None:
    """The fact that is a person's day of birth, where settlements can ask for it."""
    reached = reached_by_settlements(policy)
    for name, fact in policy.facts.items():
        of_person = fact.of == "person" and fact.kind == "date" and name in reached
        if of_person and "出生" in fact.title.zh:
            return fact
    return None


@dataclass(slots=True)
class _Asker:
    policy: Policy
    day: date
    kinds: list[Kind] = field(default_factory=list)
    _known: dict[frozenset[tuple[str, FactValue]], int] = field(default_factory=dict)
    _parameters: dict[str, FactValue] = field(default_factory=dict)
    _reached: frozenset[str] = frozenset()
    _birth: Fact | None = None
    _changing: bool = False

    def __post_init__(self) -> None:
        self._reached = reached_by_settlements(self.policy)
        self._birth = born_on(self.policy)
        self._parameters = dict(_stand_ins(self.policy))

    # --- persons ---------------------------------------------------------------------------------

    def roots(self) -> Iterator[tuple[Patient, Life, Mapping[str, FactValue], Fraction]]:
        """Persons before anything is asked: their category, life and illness."""
        category = self.policy.facts.get("category")
        if category is None or "category" not in self._reached:
            life = SCHEMES.get(self.policy.id.partition("/")[2], "grown")
            ways: list[tuple[Mapping[str, FactValue], int, str]] = [({}, 1, life)]
        else:
            known = {
                value: CATEGORIES.get(value, CATEGORIES["resident"]) for value in category.values
            }
            ways = [({"category": v}, one.share, one.life) for v, one in known.items()]
        for facts, share, name in ways:
            life_led = LIVES[name]
            for patient, part in self._patients(life_led):
                yield patient, life_led, facts, share * part

    def _patients(self, life: Life) -> Iterator[tuple[Patient, Fraction]]:
        """Who is ill, with their part of all."""
        yield Patient("ordinary"), Fraction(1000 - life.chronic - life.special, 1000)
        yield Patient("chronic"), Fraction(life.chronic, 1000)
        fact = self.policy.facts.get(SPECIAL_DISEASE)
        diseases = list(fact.values) if fact is not None else [""]
        for disease in diseases:
            yield Patient("special", disease), Fraction(life.special, 1000 * len(diseases))

    def completed(
        self, patient: Patient, life: Life, facts: Mapping[str, FactValue], weight: Fraction
    ) -> Iterator[PersonKind]:
        """Persons with every fact that any of their visits asks for."""
        visits: dict[int, Fraction] = {}
        try:
            for bill, part in self._bills(patient, life):
                for whole, fraction in self._settled(facts, life, bill, part):
                    index = self._index(Kind(whole))
                    visits[index] = visits.get(index, Fraction(0)) + fraction
        except _AsksPerson as asks:
            fact = self.policy.facts[asks.name]
            for value, share in self._values(fact, ""):
                yield from self.completed(
                    patient, life, {**facts, asks.name: value}, weight * share
                )
            return
        yield PersonKind(patient, life, facts, weight, visits)

    # --- visits ----------------------------------------------------------------------------------

    def _bills(
        self, patient: Patient, life: Life
    ) -> Iterator[tuple[Mapping[str, FactValue], Fraction]]:
        """Visits before anything is asked: their setting, provider and special disease."""
        setting = self.policy.facts.get("setting")
        provider = self.policy.facts.get("provider")
        for value in setting.values if setting is not None else [""]:
            care = CARE.get(value, OTHER_CARE)
            share = {"ordinary": care.ordinary, "chronic": care.chronic, "special": care.special}
            weight = Fraction(share[patient.kind])
            if value == "inpatient":
                weight = weight * life.stays / 100
            if not weight:
                continue
            bill: dict[str, FactValue] = {"setting": value} if value else {}
            if value == "special" and patient.disease:
                bill[SPECIAL_DISEASE] = patient.disease
            ways = PROVIDERS.get(value, {})
            if provider is not None and "provider" in self._reached:
                ways = {one: part for one, part in ways.items() if one in provider.values}
                for one, part in ways.items():
                    yield {**bill, "provider": one}, weight * part / sum(ways.values())
            if provider is None or not ways:
                yield bill, weight

    def _settled(
        self,
        facts: Mapping[str, FactValue],
        life: Life,
        bill: Mapping[str, FactValue],
        weight: Fraction,
    ) -> Iterator[tuple[Mapping[str, FactValue], Fraction]]:
        """The visit with every fact that is asked of it, for each way in which it is settled."""
        person = dict(facts)
        if self._birth is not None:
            years = timedelta(days=life.likeliest * 365 + 180)
            person[self._birth.name] = self.day.replace(month=1, day=1) - years
        try:
            self._settle(person, bill, self._usual(bill))
            if not self._changing:  # one default more asks for little that its visit does not
                self._ask_beyond(person, bill)
        except Refused as refused:
            if refused.kind != "missing_fact":
                return
            fact = self.policy.facts[str(refused.details["field"])]
            if fact.of == "person":
                raise _AsksPerson(fact.name) from None
            for value, share in self._values(fact, str(bill.get("setting"))):
                yield from self._settled(facts, life, {**bill, fact.name: value}, weight * share)
            return
        yield bill, weight

    def _usual(self, bill: Mapping[str, FactValue]) -> int:
        """Fen of a bill that must settle."""
        care = CARE.get(str(bill.get("setting")), OTHER_CARE)
        return care.median * 100 * _SEVERAL

    def _settle(
        self, person: Mapping[str, FactValue], bill: Mapping[str, FactValue], fen: int
    ) -> None:
        """Settle a bill of so many fen, the person's first.  Raises `Refused`."""
        visit = Visit(self.day, (Item({IN_SCOPE: fen}),), bill)
        settle(self.policy, Person(person), Meters(), visit, self._parameters)

    def _ask_beyond(self, person: Mapping[str, FactValue], bill: Mapping[str, FactValue]) -> None:
        """Ask for facts that matter above limits only, which a year of bills can reach."""
        try:
            self._settle(person, bill, LARGEST)
        except Refused as refused:
            if refused.kind == "missing_fact":
                raise

    def _values(self, fact: Fact, setting: str) -> Iterator[tuple[FactValue, Fraction]]:
        """Values of a fact by their shares; one that stands for all where they are drawn."""
        if fact.kind in DRAWN:
            yield self._stands_for_all(fact), Fraction(1)
            return
        tiers = TIERS_OF_STAYS if setting in _COSTLY else TIERS
        known = tiers if fact.name == "tier" else VALUES.get(fact.name)
        weights = {value: known.get(value, 5) if known else 1 for value in fact.values}
        for value, weight in weights.items():
            yield value, Fraction(weight, sum(weights.values()))

    def _stands_for_all(self, fact: Fact) -> FactValue:
        if fact.kind == "date":
            back = timedelta(days=3 if fact.of == "bill" else 5 * 365)
            return self.day - back
        if fact.kind == "set":
            return frozenset(list(fact.values)[:1])
        if fact.kind == "text":
            return "X"
        return Fraction(100) if fact.kind == "amount" else max(Fraction(1), fact.least)

    def _index(self, kind: Kind) -> int:
        key = frozenset(kind.facts.items())
        if key not in self._known:
            self._known[key] = len(self.kinds)
            self.kinds.append(kind)
        return self._known[key]

    # --- defaults that are not so ----------------------------------------------------------------

    def with_changes(self, persons: tuple[PersonKind, ...]) -> tuple[PersonKind, ...]:
        """The persons with visits, besides their own, that differ from them in one default.

        Whether the engine settles such a visit is tried with those persons who have it most.
        """
        self._changing = True
        self._parameters = {}  # what needs one that nobody may have is left as it is
        who: dict[int, PersonKind] = {}
        for one in sorted(persons, key=lambda one: one.weight):
            who.update(dict.fromkeys(one.visits, one))
        changes = {base: list(self._changes(base, person)) for base, person in sorted(who.items())}
        found = []
        for one in persons:
            visits = dict(one.visits)
            for base, weight in one.visits.items():
                for kind, part in changes[base]:
                    visits[kind] = visits.get(kind, Fraction(0)) + weight * part
            found.append(one._replace(visits=visits))
        return tuple(found)

    def _changes(self, base: int, one: PersonKind) -> Iterator[tuple[int, Fraction]]:
        bill = self.kinds[base].facts
        for fact in self.policy.facts.values():
            if fact.of != "bill" or fact.default is None or fact.name not in self._reached:
                continue
            if fact.name in bill or fact.kind in ("date", "set", "text", "amount"):
                continue
            for value, part in self._other_values(fact):
                try:
                    ways = list(
                        self._settled(one.facts, one.life, {**bill, fact.name: value}, part)
                    )
                except _AsksPerson:
                    continue
                for facts, weight in ways:
                    yield self._index(Kind(facts, base, fact.name)), weight

    def defaults(self, persons: tuple[PersonKind, ...]) -> dict[str, dict[str, Fraction]]:
        """Other values of persons' facts with a default, but for those that stop settlement."""
        many = sorted(persons, key=lambda one: -one.weight)[:_TRIED_PERSONS]
        found: dict[str, dict[str, Fraction]] = {}
        for fact in self.policy.facts.values():
            if fact.of != "person" or fact.default is None or fact.name not in self._reached:
                continue
            if fact.kind in ("choice", "yes_no"):
                found[fact.name] = {
                    str(value): part
                    for value, part in self._other_values(fact)
                    if all(self._settles_with(one, fact.name, value) for one in many)
                }
        return found

    def _settles_with(self, one: PersonKind, name: str, value: FactValue) -> bool:
        """Whether the visits that such persons mostly have are settled with one more fact."""
        for index in sorted(one.visits, key=lambda index: -one.visits[index])[:_TRIED_VISITS]:
            bill = self.kinds[index].facts
            asked = self._settled(one.facts, one.life, bill, Fraction(1))
            try:
                if list(asked) and not list(
                    self._settled({**one.facts, name: value}, one.life, bill, Fraction(1))
                ):
                    return False
            except _AsksPerson:
                return False
        return True

    def _other_values(self, fact: Fact) -> Iterator[tuple[FactValue, Fraction]]:
        """Values that are not the default, with their part of all."""
        values: list[FactValue] = [value for value in fact.values if value != fact.default]
        if fact.kind == "number":
            values = [Fraction(fact.default or 0) + 1]
        known = (CHANGED if fact.of == "bill" else CHANGED_OF_PERSON).get(fact.name)
        for value in values:
            share = Fraction(OTHER_CHANGE, len(values))
            if known is not None:
                share = Fraction(known.get(str(value), 0))
            if share:
                yield value, share / 10000


def _stand_ins(policy: Policy) -> Iterator[tuple[str, FactValue]]:
    """Figures in place of those that a document leaves open, so that its rules can be followed.

    They decide which facts are asked for, never an amount.
    """
    for given in policy.given.values():
        if given.fact.default is not None or given.absent is not None:
            continue
        rows = [list(_values_by(policy, fact)) for fact in given.by]
        for row in product(*rows):
            yield f"{given.name}[{' '.join(row)}]" if row else given.name, _stand_in(given)


def _values_by(policy: Policy, fact: str) -> Mapping[str, object]:
    return policy.facts[fact].values if fact in policy.facts else policy.derived[fact].values


def _stand_in(given: Given) -> FactValue:
    if given.unit is Unit.RATE:
        return Fraction(4, 5)
    if given.unit is None:
        return next(iter(given.fact.values))
    return Fraction(50_000 if given.unit is Unit.YUAN else 1)
