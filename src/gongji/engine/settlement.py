"""The result of settling a visit: who pays what, what moved, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from gongji.engine.bill import FactValue
from gongji.engine.meters import Meters
from gongji.engine.steps import Step, sources_of
from gongji.policy.model import Destination, Mark, Policy

__all__ = ["BurdenLine", "Settlement"]


class BurdenLine(NamedTuple):
    """What the person bears for one cause in one benefit, in fen; part of it from the account."""

    cause: str
    benefit: str
    amount: int
    from_account: int


class Settlement(NamedTuple):
    """One settled visit.  All amounts are fen.

    `facts` are those said of the person and of the whole visit.  `payments` has every fund of the
    policy, 0 included; all payments and `person` add up to `total`.  `account` and `cash` split
    `person`, and are None where the document does not say what the account pays.  `imposed` is
    what each cause laid on the person before layers and account helped.  `before` are the meters
    that came in, `meters` those that go out.  `notes` are words for what the reader of the result
    must know: `remainder_out_of_catalogue`, `account_not_stated`, `not_in_force`.  `reached`
    are the destinations of the policy that money went to, each once.
    """

    policy: Policy
    day: date
    facts: Mapping[str, FactValue]
    total: int
    payments: Mapping[str, int]
    by_benefit: tuple[tuple[str, str, int], ...]
    person: int
    account: int | None
    cash: int | None
    burden: tuple[BurdenLine, ...]
    imposed: Mapping[str, int]
    before: Meters
    meters: Meters
    steps: tuple[Step, ...]
    case_marks: tuple[Mark, ...]
    assumed: Mapping[str, str]
    parameters: Mapping[str, FactValue]
    notes: tuple[str, ...]
    reached: tuple[Destination, ...] = ()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every citation that the result rests on, in the order of the steps."""
        marks = [self.policy.in_force_mark]
        for step in self.steps:
            if step.basis is not None:
                marks.append(step.basis.mark)
            marks += [source.mark for source in sources_of(step)]
        return (*marks, *self.case_marks)

    @property
    def readings(self) -> tuple[str, ...]:
        """The clauses whose reading the result rests on, in the order they came into it.

        Those that only print a number again are left to whoever shows that print.
        """
        found: dict[str, None] = {}
        for mark in self.marks:
            for citation in mark.citations:
                if citation.reading and not citation.again:
                    found[citation.clause] = None
        return tuple(found)

    def laid_on(self, cause: str) -> int:
        """What a cause laid on the person in all, its kinds included (`prior_self_pay.blood`)."""
        return sum(
            fen
            for name, fen in self.imposed.items()
            if name == cause or name.startswith(f"{cause}.")
        )
