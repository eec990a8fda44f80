"""What is left this year, after a visit or between two: deductibles, bands, limits not used up.

Read off the policy's own rules with the meters as they now stand; a rule that would need a fact
nobody said (the tier of a hospital not yet chosen) is left out, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Literal, NamedTuple

from gongji.engine.bill import FactValue
from gongji.engine.figures import Source, amount_of, rate_of
from gongji.engine.known import Known
from gongji.engine.meters import ACCOUNT, MeterKey, Meters, key_of
from gongji.engine.settlement import Settlement
from gongji.money import half_up
from gongji.policy.expression import STRETCH, names_of
from gongji.policy.logic import truth
from gongji.policy.model import (
    Along,
    Bear,
    Benefit,
    Destination,
    Expression,
    First,
    Go,
    Pay,
    Policy,
    Step,
)
from gongji.policy.walk import destinations
from gongji.wording import Refused

__all__ = ["Left", "left_between", "what_is_left"]

Kind = Literal[
    "deductible",
    "next_deductible",
    "band",
    "gap",
    "limit_of_cost",
    "limit_of_payment",
    "account",
]


class Left(NamedTuple):
    """One thing left: `left` fen from the `reading` of a meter to an `edge`.

    `band` ends where another rate begins, `gap` where a fund begins to pay again; `next_deductible`
    is that of the next visit, and has no meter; of the `account` the balance is left.  `fund` is
    who pays up to a limit or beyond an edge; `rates` are those before and after an edge, where
    they are known; `start` is where on the meter the fund begins to pay.
    """

    kind: Kind
    benefit: str
    meter: MeterKey | None
    reading: int
    edge: int
    left: int
    sources: tuple[Source, ...]
    fund: str = ""
    rates: tuple[Fraction | None, Fraction | None] = (None, None)
    start: int = 0


def what_is_left(settlement: Settlement) -> tuple[Left, ...]:
    """Everything left under the settlement's policy, for its person, on its meters."""
    policy = settlement.policy
    person = {
        name: settlement.facts.get(name, fact.default)
        for name, fact in policy.facts.items()
        if fact.of == "person"
    }
    person = {name: value for name, value in person.items() if value is not None}
    entered = {step.station for step in settlement.steps}
    found: dict[tuple[Kind, MeterKey | None, int], Left] = {}
    for benefit in _open_benefits(policy, person):
        facts = settlement.facts if benefit.name in entered else person
        for one in _Outlook(settlement, benefit, facts).lefts():
            found.setdefault((one.kind, one.meter, one.edge), one)
    return tuple(found.values())


def left_between(
    policy: Policy,
    person: Mapping[str, FactValue],
    meters: Meters,
    day: date,
    parameters: Mapping[str, FactValue],
) -> tuple[Left, ...]:
    """Everything left to a person between two visits, in the year of a day."""
    nothing = Settlement(
        policy=policy, day=day, facts=person, total=0, payments={}, by_benefit=(), person=0,
        account=None, cash=None, burden=(), imposed={}, before=meters, meters=meters, steps=(),
        case_marks=(), assumed={}, parameters=parameters, notes=(),
    )  # fmt: skip
    return what_is_left(nothing)


def _open_benefits(policy: Policy, person: Mapping[str, object]) -> Iterator[Benefit]:
    """The benefits and layers that can still take some of this person's cost."""
    reached: set[str] = set()
    all_taken = False
    for benefit in policy.benefits:
        holds = truth(policy, benefit.condition, person)
        if holds is False:
            continue
        if benefit.burden is not None:
            if reached & set(benefit.burden.benefits):
                yield benefit
        elif not all_taken:
            reached.add(benefit.name)
            yield benefit
            all_taken = holds is True and not any(
                isinstance(one.to, Go) for step in benefit.steps for one in destinations(step)
            )


def _is_deductible(step: First) -> bool:
    """Whether a step takes a deductible that is known before the next bill is."""
    return step.destination.to == Bear("deductible") and STRETCH not in names_of(step.amount)


class _Outlook:
    """What one benefit still has to give: `facts` are those known of its next cost."""

    def __init__(
        self,
        settlement: Settlement,
        benefit: Benefit,
        facts: Mapping[str, object],
    ) -> None:
        self.settlement = settlement
        self.policy = settlement.policy
        self.benefit = benefit
        self.facts: dict[str, FactValue] = {
            name: value for name, value in settlement.facts.items() if name in facts
        }

    def lefts(self) -> Iterator[Left]:
        for step in self.benefit.steps:
            if truth(self.policy, step.when, self.facts) is False:
                continue
            if isinstance(step, First) and _is_deductible(step):
                amount = self._amount(step.amount, self._known({}))
                if amount is not None:
                    edge, sources = amount
                    yield Left("next_deductible", self.benefit.name, None, 0, edge, edge, sources)
            elif isinstance(step, Along):
                for key, known in self._keys(step.meter):
                    yield from self._along(step, key, known)
            yield from self._limits(step)

    def _keys(self, name: str) -> Iterator[tuple[MeterKey, Known]]:
        """The keys of a meter this year: its own, or one for each value it was counted for."""
        meter = self.policy.meters[name]
        if meter.window == "visit":  # nothing of it is left when the visit is over
            return
        if meter.per is None:
            yield key_of(meter, "", self.settlement.day), self._known({})
            return
        if meter.per in self.policy.derived:  # the value that holds now
            known = self._known({})
            with suppress(Refused):
                yield key_of(meter, str(known[meter.per]), self.settlement.day), known
            return
        window = key_of(meter, "", self.settlement.day).window
        for key in self.settlement.meters:
            if key.meter == name and key.window == window:
                yield key, self._known({meter.per: key.per})

    def _known(self, more: Mapping[str, FactValue]) -> Known:
        one = self.settlement
        return Known(self.policy, {**self.facts, **more}, one.parameters, one.meters, one.day)

    def _along(self, step: Along, key: MeterKey, known: Known) -> Iterator[Left]:
        reading = self.settlement.meters[key]
        start = 0
        for cut, after in pairwise(step.cuts):
            amount = self._amount(cut.to, known) if cut.to is not None else None
            if amount is None:
                return
            edge, sources = amount
            kind = _kind(cut.destination, after.destination)
            if kind == "limit_of_cost" or (kind is not None and start <= reading < edge):
                payer = cut.destination if kind == "limit_of_cost" else after.destination
                yield Left(
                    kind,
                    self.benefit.name,
                    key,
                    reading,
                    edge,
                    max(edge - reading, 0),
                    sources,
                    payer.to.fund if isinstance(payer.to, Pay) else "",
                    (self._rate(cut.destination, known), self._rate(after.destination, known)),
                    start,
                )
            start = edge

    def _limits(self, step: Step) -> Iterator[Left]:
        for destination in destinations(step):
            if not isinstance(destination.to, Pay):
                continue
            if destination.to.fund == ACCOUNT.meter:
                balance = self.settlement.meters[ACCOUNT]
                if balance or self.settlement.before[ACCOUNT]:
                    yield Left("account", self.benefit.name, ACCOUNT, 0, balance, balance, ())
            for limit in destination.to.limits:
                for key, known in self._keys(limit.meter):
                    amount = self._amount(limit.amount, known)
                    if amount is not None:
                        edge, sources = amount
                        reading = self.settlement.meters[key]
                        left = max(edge - reading, 0)
                        name, fund = self.benefit.name, destination.to.fund
                        yield Left(
                            "limit_of_payment", name, key, reading, edge, left, sources, fund
                        )

    def _amount(
        self, expression: Expression, known: Known
    ) -> tuple[int, tuple[Source, ...]] | None:
        """An amount where it is known and is not `no limit`."""
        try:
            quantity = amount_of(expression, known)
        except Refused:
            return None
        return None if quantity.value is None else (half_up(quantity.value), quantity.sources)

    def _rate(self, destination: Destination, known: Known) -> Fraction | None:
        """The rate at which a fund pays there, where it is known."""
        if not isinstance(destination.to, Pay) or destination.to.rate is None:
            return None
        try:
            return rate_of(destination.to.rate, known).value
        except Refused:
            return None


def _kind(here: Destination, after: Destination) -> Kind | None:
    pays_after = isinstance(after.to, Pay)
    if isinstance(here.to, Bear):
        if here.to.cause in ("deductible", "same"):
            return "deductible"
        return "gap" if pays_after else None
    if isinstance(here.to, Pay):
        return "band" if pays_after else "limit_of_cost"
    return "limit_of_cost"
