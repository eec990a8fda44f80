"""What somebody has said of a visit: all of it stands in the address, so a link is the estimate.

policy=city/scheme&date=2024-03-05&category=active&setting=inpatient&in_scope=20000
account_balance=500            what is on the account
p.pool_maximum=240000          a figure that the document leaves to others
1.date=2024-01-10&1.setting=…  earlier visits of the year, numbered
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple
from urllib.parse import urlencode

from gongji.cases.case import Case
from gongji.engine.amounts import AMOUNTS
from gongji.engine.inputs import ACCOUNT_BALANCE
from gongji.policy.model import Policy
from gongji.policy.problems import Place

__all__ = ["MOST_EARLIER", "Said", "has_amount", "read_said", "said_as"]

MOST_EARLIER = 12
"""Earlier visits that a page takes; more belong into a case file."""

_EARLIER = re.compile(r"([1-9]|1[012])\.(\w{1,60})", re.ASCII)
_LONGEST = 200
"""More than anybody writes into a field; what is longer is cut, and refused as it then stands."""

_OWN = ("policy", "date")


class Said(NamedTuple):
    """A visit as somebody said it, field by field, nothing read yet.

    `facts` are those of the person and of the visit alike, amounts and the balance included;
    `earlier` are visits before it in the same words, `parameters` figures by their names.
    """

    policy: str
    day: str
    facts: Mapping[str, str]
    earlier: tuple[Mapping[str, str], ...] = ()
    parameters: Mapping[str, str] = {}

    def with_(self, **facts: str | None) -> Said:
        """The same with some facts said otherwise; None unsays one."""
        kept = {**self.facts, **facts}
        return self._replace(facts={name: text for name, text in kept.items() if text is not None})

    def fields(self) -> list[tuple[str, str]]:
        """Everything said as the fields of a form."""
        found = [("policy", self.policy), ("date", self.day), *self.facts.items()]
        found += [(f"p.{name}", text) for name, text in self.parameters.items()]
        for number, visit in enumerate(self.earlier, 1):
            found += [(f"{number}.{name}", text) for name, text in visit.items()]
        return [(name, text) for name, text in found if text]

    def query(self) -> str:
        """Everything said as the query of an address."""
        return urlencode(self.fields(), safe="/")

    @property
    def counted(self) -> tuple[int, ...]:
        """The numbers of the earlier visits that count, in the order of their days.

        One without an amount counts for nothing yet.
        """
        those = [at for at, one in enumerate(self.earlier, 1) if any(map(one.get, AMOUNTS))]
        return tuple(sorted(those, key=lambda at: self.earlier[at - 1].get("date", "")))

    def case(self, policy: Policy) -> Case:
        """The case that it is, under a policy that says what is of the person."""
        mine = {name for name, fact in policy.facts.items() if fact.of == "person"}
        mine.add(ACCOUNT_BALANCE)
        person = {name: text for name, text in self.facts.items() if name in mine}
        visit = {name: text for name, text in self.facts.items() if name not in mine}
        return Case(
            id="", title="", policy=self.policy, person=person,
            history=tuple({"what": "visit", **self.earlier[at - 1]} for at in self.counted),
            event={**visit, "date": self.day}, parameters=self.parameters, expect=None,
            clauses=(), place=Place("", 0),
        )  # fmt: skip


def read_said(fields: Iterable[tuple[str, str]], today: date) -> Said:
    """What the fields of a form or of an address say; fields left empty say nothing.

    A fact that comes several times, as ticked boxes do, is said once with commas; of the policy and
    the day the last counts.  Without a day it is `today`.
    """
    own: dict[str, str] = {}
    facts: dict[str, str] = {}
    parameters: dict[str, str] = {}
    earlier: dict[int, dict[str, str]] = {}
    for name, text in fields:
        value = text.strip()[:_LONGEST]
        if not value:
            continue
        visit = _EARLIER.fullmatch(name)
        if visit is not None:
            _also(earlier.setdefault(int(visit[1]), {}), visit[2], value)
        elif name.startswith("p."):
            parameters[name[2:]] = value
        elif name in _OWN:
            own[name] = value
        else:
            _also(facts, name, value)
    in_order = tuple(earlier[number] for number in sorted(earlier))
    day = own.get("date", today.isoformat())
    return Said(own.get("policy", ""), day, facts, in_order, parameters)


def _also(facts: dict[str, str], name: str, value: str) -> None:
    """Say a value of a fact besides what is said of it already."""
    before = facts.get(name)
    facts[name] = value if before is None or before == value else f"{before},{value}"


def said_as(value: object) -> str:
    """A value of a fact as the field of a form says it; those of a set with commas."""
    if isinstance(value, list):
        return ",".join(value) or "none"
    return str(value)


def has_amount(said: Said) -> bool:
    """Whether any amount of the bill was said."""
    return any(name in said.facts for name in AMOUNTS)
