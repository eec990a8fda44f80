"""Tables of claims that look for trouble: odd facts, amounts at every edge of a policy, long years.

Unlike `gongji generate`, nothing here is plausible.  Amounts are drawn so that a person's running
totals land on deductibles, bands and limits, or a fen beside them.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pyarrow as pa

from gongji.policy.model import Fact, Policy
from gongji.policy.reach import reached_by_settlements
from visits import edges_of

__all__ = ["wild_tables"]


def wild_tables(policy: Policy, persons: int, seed: int) -> tuple[pa.Table, pa.Table]:
    """Persons and their claims, some of several lines, in no order."""
    chance = Random(seed)
    reached = reached_by_settlements(policy)
    facts = [fact for name, fact in policy.facts.items() if name in reached]
    mine = [fact for fact in facts if fact.of == "person"]
    bill = [fact for fact in facts if fact.of == "bill"]
    edges = edges_of(policy)
    people: dict[str, list[object]] = {"person": [], "account_balance_fen": []}
    people |= {fact.name: [] for fact in mine}
    claims: dict[str, list[object]] = {name: [] for name in ("claim", "line", "person", "date")}
    claims |= {f"{name}_fen": [] for name in ("in_scope", "prior_self_pay", "out_of_catalogue")}
    claims |= {fact.name: [] for fact in bill}
    for person in range(persons):
        people["person"].append(person)
        people["account_balance_fen"].append(chance.choice([0, 0, 1, 99, *edges]))
        habits = {fact.name: _value(fact, policy, chance) for fact in facts}
        for fact in mine:
            people[fact.name].append(habits[fact.name])
        _claims_of(person, policy, bill, habits, edges, claims, chance)
    order = list(range(len(claims["claim"])))
    chance.shuffle(order)
    shuffled = {name: [column[place] for place in order] for name, column in claims.items()}
    return _table(people, facts), _table(shuffled, facts)


def _claims_of(
    person: int,
    policy: Policy,
    bill: list[Fact],
    habits: dict[str, object],
    edges: list[int],
    claims: dict[str, list[object]],
    chance: Random,
) -> None:
    """A year of one person, whose visits are mostly alike, so that meters run full."""
    so_far = 0
    for visit in range(chance.randint(1, 7)):
        day = _day(policy, chance)
        said = {
            fact.name: habits[fact.name] if chance.random() < 0.7 else _value(fact, policy, chance)
            for fact in bill
        }
        for line in range(1 if chance.random() < 0.85 else chance.randint(2, 5)):
            target = chance.choice(edges) * chance.choice([1, 1, 1, 2]) + chance.randint(-2, 2)
            fen = max(target - so_far, 0) if chance.random() < 0.5 else max(target, 0)
            if chance.random() < 0.2:
                fen = chance.randint(0, 50_000_00)
            so_far += fen
            of_line = dict(said)
            if line:
                for fact in bill:
                    if chance.random() < 0.15:
                        of_line[fact.name] = _value(fact, policy, chance)
            claims["claim"].append(person * 100 + visit)
            claims["line"].append(line)
            claims["person"].append(person)
            claims["date"].append(day)
            claims["in_scope_fen"].append(fen)
            for part in ("prior_self_pay", "out_of_catalogue"):
                claims[f"{part}_fen"].append(chance.choice([0, 0, 0, 1, chance.randint(0, 999_99)]))
            for name, value in of_line.items():
                claims[name].append(value)


def _day(policy: Policy, chance: Random) -> date:
    first = policy.in_force.first.toordinal()
    last = first + 500
    if policy.in_force.last is not None:
        last = min(last, policy.in_force.last.toordinal())
    return date.fromordinal(chance.randint(first, last))


def _value(fact: Fact, policy: Policy, chance: Random) -> object:
    if chance.random() < (0.75 if fact.default is not None else 0.025):
        return None
    if fact.kind == "set":
        members = [name for name in fact.values if chance.random() < 2 / len(fact.values)]
        return ",".join(members) or "none"
    if fact.kind == "number":
        return chance.choice([0, 1, 2, 3, 5, 10, 15, 20, 25, 30, chance.randint(0, 200)])
    if fact.kind == "amount":
        return Decimal(chance.randint(0, 50_000_00)) / 100
    if fact.kind == "text":
        return chance.choice(["甲", "乙", "丙"])
    if fact.kind == "date":
        first = policy.in_force.first.toordinal()
        back = chance.choice([0, 30, 200, 700, 8000, 15000, 25000])
        return date.fromordinal(first + 400 - back - chance.randint(0, 370))
    return chance.choice(list(fact.values))


def _table(columns: dict[str, list[object]], facts: list[Fact]) -> pa.Table:
    kinds = {fact.name: fact.kind for fact in facts}
    types = {"amount": pa.decimal128(18, 2), "date": pa.date32(), "number": pa.int64()}
    fields = []
    for name in columns:
        if name == "date":
            kind = pa.date32()
        elif name in ("claim", "line", "person") or name.endswith("_fen"):
            kind = pa.int64()
        else:
            kind = types.get(kinds[name], pa.string())
        fields.append((name, kind))
    return pa.table(columns, schema=pa.schema(fields))
