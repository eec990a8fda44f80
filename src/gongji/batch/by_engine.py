"""Claims settled by the engine itself, person after person: exact for what the kernel leaves.

Facts are read back from the coded columns, so that the engine sees what the kernel sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

import numpy as np

from gongji.batch.arrays import Array
from gongji.batch.claims import Claims
from gongji.batch.refusals import Why
from gongji.batch.regimes import Options, Regimes
from gongji.engine.bill import FactValue, Item, Person, Visit
from gongji.engine.known import Known
from gongji.engine.meters import ACCOUNT, MeterKey, Meters, key_of
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Drawn, Entered
from gongji.kernel.draft import word
from gongji.kernel.layout import missing_code, scale_of
from gongji.kernel.program import PARTS
from gongji.policy.model import Fact, Policy
from gongji.wording import Refused

__all__ = ["decoded", "keys_of", "person_of", "settled_by_engine", "visit_of"]

Result = tuple[Mapping[str, int], Why | None]


def settled_by_engine(
    claims: Claims,
    regime: Array,
    regimes: Regimes,
    facts: Mapping[str, Fact],
    by_person: frozenset[str],
    options: Options,
) -> Iterator[Result]:
    """What comes of every claim, in order: the outputs by name, or why it is rejected."""
    meters: dict[object, Meters] = {}
    shared: dict[MeterKey, int] = {}
    rows = claims.rows
    home = rows.get("home")
    last_home: object = None
    starts = np.flatnonzero(claims.lines).tolist()
    for start, end in zip(starts, [*starts[1:], claims.size], strict=True):
        policy, parameters = regimes.list[int(regime[start])]
        who = (int(rows["person"][start]), _text(rows.get("person_text"), start))
        group = int(home[start]) if home is not None else who
        if group != last_home:
            meters, shared, last_home = {}, {}, group
        if who not in meters:
            balance = 0
            if claims.persons is not None:
                balance = int(claims.persons["balance"][claims.person_at[start]])
            meters[who] = Meters({ACCOUNT: balance})
        before = meters[who].moved(shared)
        person = person_of(claims, start, policy, facts, by_person)
        visit = visit_of(claims, range(start, end), policy, facts, by_person)
        try:
            one = settle(policy, person, before, visit, parameters)
        except Refused as refused:
            yield {}, _why(refused)
            continue
        meters[who] = one.meters
        together = {name for name, meter in policy.meters.items() if meter.shared}
        shared = {key: one.meters[key] for key in one.meters if key.meter in together}
        values = _outputs(one, options)
        if options.steps:
            said = {**person.facts, **visit.items[0].facts}
            known = Known(policy, said, parameters, before, visit.day)
            values |= _before(known, before)
        yield values, None


def person_of(
    claims: Claims, row: int, policy: Policy, facts: Mapping[str, Fact], by_person: frozenset[str]
) -> Person:
    """The person of a line, as the engine wants it."""
    if claims.persons is None:
        names = [name for name, fact in facts.items() if fact.of == "person"]
        return Person(_facts(claims.rows, row, names, policy, facts))
    place = int(claims.person_at[row])
    return Person(_facts(claims.persons, place, by_person, policy, facts))


def visit_of(
    claims: Claims,
    lines: range,
    policy: Policy,
    facts: Mapping[str, Fact],
    by_person: frozenset[str],
) -> Visit:
    """The claim of some lines, as the engine wants it."""
    names = [name for name, fact in facts.items() if fact.of == "bill" and name not in by_person]
    items = []
    for row in lines:
        parts = {
            part: int(claims.rows[f"a_{part}"][row]) for part in PARTS if f"a_{part}" in claims.rows
        }
        said = _facts(claims.rows, row, names, policy, facts)
        items.append(Item({part: fen for part, fen in parts.items() if fen}, said))
    return Visit(date.fromordinal(int(claims.rows["day"][lines[0]])), tuple(items))


def _facts(
    rows: Mapping[str, Array],
    row: int,
    names: Iterator[str] | frozenset[str] | list[str],
    policy: Policy,
    facts: Mapping[str, Fact],
) -> dict[str, FactValue]:
    found: dict[str, FactValue] = {}
    for name in names:
        column = rows.get(f"c_{name}")
        if column is None or name not in policy.facts:
            continue
        value = decoded(facts[name], int(column[row]), _text(rows.get(f"t_{name}"), row))
        if value is not None:
            found[name] = value
    return found


def decoded(fact: Fact, code: int, text: str) -> FactValue | None:
    """The value that a column holds as a code; None where nobody said it."""
    if code == missing_code(fact):
        return None
    if fact.kind == "text":
        return text
    if fact.kind == "date":
        return date.fromordinal(code)
    if fact.kind in ("number", "amount"):
        return Fraction(code, scale_of(fact))
    names = list(fact.values)
    if fact.kind == "set":
        return frozenset(name for place, name in enumerate(names) if code >> place & 1)
    return names[code]


def _text(column: Array | None, row: int) -> str:
    return "" if column is None else bytes(column[row]).decode()


def _outputs(one: Settlement, options: Options) -> dict[str, int]:
    found = {f"pay_{fund}": fen for fund, fen in one.payments.items()}
    found |= {"account": one.account or 0, "person": one.person}
    if options.causes:
        found |= {f"imposed_{word(cause)}": fen for cause, fen in one.imposed.items()}
    if options.steps:
        order = [benefit.name for benefit in one.policy.benefits]
        touched = {step.station for step in one.steps if isinstance(step, Entered | Drawn)}
        found["stations"] = sum(1 << order.index(name) for name in touched)
        found["balance_before"] = one.before[ACCOUNT]
    return found


def _before(known: Known, meters: Meters) -> dict[str, int]:
    """The meters before a claim; of one kept per something, that of the claim's."""
    return {f"before_{key.meter}": meters[key] for key in keys_of(known)}


def keys_of(known: Known) -> Iterator[MeterKey]:
    """Where each meter stands for a claim; not those of which that is not known."""
    for meter in known.policy.meters.values():
        try:
            per = str(known[meter.per]) if meter.per else ""
        except Refused:  # it is not needed then
            continue
        yield key_of(meter, per, known.day)


def _why(refused: Refused) -> Why:
    parameter = refused.details.get("parameter")
    if parameter:
        return Why("missing_parameter", str(parameter))
    about = refused.details.get("about") or refused.details.get("field")
    if not about and refused.kind == "not_stated":
        return Why("no_rule", str(refused.details.get("policy") or ""))
    return Why(refused.kind, str(about or ""))
