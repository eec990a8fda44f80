"""How claims lie in columns: what a policy's settlements need, how it is coded, where meters stand.

A fact with listed values is the place of its value in the list (-1: not said); a number is whole
millionths, an amount fen, a day its number in the calendar, a set a bit for each member.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from gongji.engine.bill import FactValue
from gongji.kernel.number import LARGEST_FEN
from gongji.kernel.source import Unsupported
from gongji.policy.model import Fact, Meter, Policy
from gongji.policy.reach import behind, reached_by_settlements
from gongji.policy.walk import causes_of, funds_of, pays_from_account

__all__ = [
    "LARGEST_NUMBER",
    "MISSING",
    "NUMBER_OVER",
    "Key",
    "Layout",
    "Slot",
    "coded",
    "facts_in_settlements",
    "layout_of",
    "missing_code",
    "scale_of",
    "width_of",
]

MISSING = -(2**62)
"""A number, an amount or a day that was not said; what has listed values is -1 then."""

NUMBER_OVER = 10**6
"""Numbers have at most six decimals."""

LARGEST_NUMBER = 10**6
"""The largest number in a table; larger ones are rejected when it is read."""

_MOST_MEMBERS = 62
_MOST_PLACES = 120


class Key(NamedTuple):
    """What meters are kept per besides the person, where its values are no list: a text.

    `shared` meters are one for all persons of whom the text is the same.
    """

    fact: str
    shared: bool

    @property
    def column(self) -> str:
        """The name of the column that says where the readings of a claim's text begin."""
        return f"k_{self.fact}{'_shared' if self.shared else ''}"


class Slot(NamedTuple):
    """Where a meter stands: in the person's row, or with a `key` in that of the key's value.

    It has `width` readings from `first` on, one for each value of what it is kept per.
    """

    meter: Meter
    key: Key | None
    first: int
    width: int


class Layout(NamedTuple):
    """What a policy's settlements need of claims, and where everything lies.

    `facts` are those that can matter, in the policy's order; `derived` in an order in which each
    rests only on earlier ones.  A person's row has `width` readings, the balance of the
    account first where it pays anything (`account`); that of every value of a key `keys[key]`.
    """

    facts: tuple[Fact, ...]
    derived: tuple[str, ...]
    slots: Mapping[str, Slot]
    account: bool
    width: int
    keys: Mapping[Key, int]
    funds: tuple[str, ...]
    causes: tuple[str, ...]


@lru_cache(maxsize=64)
def layout_of(policy: Policy) -> Layout:
    """The layout for a policy.  Raises `Unsupported` where its facts fit into no column."""
    needed = reached_by_settlements(policy)
    facts = facts_in_settlements(policy)
    for fact in facts:
        if fact.kind == "set" and len(fact.values) > _MOST_MEMBERS:
            raise Unsupported(f"more than {_MOST_MEMBERS} members of {fact.name}")
    slots: dict[str, Slot] = {}
    keys: dict[Key, int] = {}
    account = pays_from_account(policy)
    width = int(account)
    for name, meter in policy.meters.items():
        if name not in needed:
            continue
        values = ("",) if meter.per is None else _values(policy, meter.per)
        if values and not meter.shared:
            slots[name] = Slot(meter, None, width, len(values))
            width += len(values)
        else:
            key = Key(meter.per or "", meter.shared)
            slots[name] = Slot(meter, key, keys.setdefault(key, 0), 1)
            keys[key] += 1
    return Layout(
        facts,
        _in_order(policy, [name for name in policy.derived if name in needed]),
        slots,
        account,
        width,
        keys,
        tuple(dict.fromkeys([*funds_of(policy), *(one.payer for one in policy.stand_ins)])),
        tuple(causes_of(policy)),
    )


def facts_in_settlements(policy: Policy) -> tuple[Fact, ...]:
    """The facts that can matter to a settlement, in the policy's order."""
    needed = reached_by_settlements(policy)
    return tuple(
        fact for name, fact in policy.facts.items() if name in needed or _is_held(policy, fact)
    )


def _is_held(policy: Policy, fact: Fact) -> bool:
    """Whether a fact is held to others, so that what cannot be so is refused."""
    held = (one for other in policy.facts.values() for one in other.not_above)
    return fact.kind == "date" or bool(fact.not_above) or fact.name in held


def coded(fact: Fact, value: FactValue | None) -> int:
    """A value of a fact as its column holds it; a text is only said (0) or not.

    Raises `Unsupported` for a number or an amount beyond what the kernel takes.
    """
    if value is None:
        return missing_code(fact)
    if isinstance(value, date):
        return value.toordinal()
    if isinstance(value, frozenset):
        names = list(fact.values)
        return sum(1 << names.index(member) for member in value)
    if isinstance(value, str):
        return 0 if fact.kind == "text" else list(fact.values).index(value)
    if abs(value) > (LARGEST_FEN if fact.kind == "amount" else LARGEST_NUMBER):
        raise Unsupported(f"{fact.name}: {value}")
    return int(value * scale_of(fact))


def missing_code(fact: Fact) -> int:
    """What the column of a fact holds where nobody said it."""
    return MISSING if fact.kind in ("number", "amount", "date") else -1


def width_of(fact: Fact) -> int:
    """How many bits the numbers of a fact's column have: 8 where they are places in a list."""
    listed = missing_code(fact) == -1 and fact.kind != "set"
    return 8 if listed and len(fact.values) <= _MOST_PLACES else 64


def scale_of(fact: Fact) -> int:
    """The denominator of a fact's column."""
    return NUMBER_OVER if fact.kind == "number" else 1


def _values(policy: Policy, name: str) -> tuple[str, ...]:
    if name in policy.derived:
        return tuple(policy.derived[name].values)
    return tuple(policy.facts[name].values)


def _in_order(policy: Policy, names: list[str]) -> tuple[str, ...]:
    """Derived facts so that each comes after those that it rests on."""
    return tuple(
        sorted(names, key=lambda name: sum(one in policy.derived for one in behind(policy, name)))
    )
