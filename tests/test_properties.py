"""Laws that hold of every settlement under every policy, whatever the person and the bill."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gongji.engine.bill import IN_SCOPE, Item, Person, Visit
from gongji.engine.left import what_is_left
from gongji.engine.meters import ACCOUNT, Meters
from gongji.engine.parameters import read_parameters
from gongji.engine.replay import Credit, Event, Replayed, replay
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Marked
from gongji.explain.explanation import explain
from gongji.explain.record import record_of
from gongji.policy.model import Policy
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused
from visits import persons, visits

EXAMPLES = Path(__file__).parent.parent / "examples" / "policies"
LIBRARY = Library((BUILT_IN, EXAMPLES))
SETTLING = [
    name
    for name in LIBRARY.ids()
    if LIBRARY.policy(name, LIBRARY.versions(name)[-1].in_force.first).benefits
]
REFUSED = ("not_stated", "impossible_value", "said_twice")
"""What drawn visits may run into: rules left open, facts that contradict, a part stated twice."""
every_policy = pytest.mark.parametrize("name", SETTLING)
slow_is_fine = settings(deadline=None, suppress_health_check=list(HealthCheck))


def policy_of(name: str) -> Policy:
    """The latest version of a policy."""
    return LIBRARY.policy(name, LIBRARY.versions(name)[-1].in_force.first)


def settled(policy: Policy, person: Person, meters: Meters, visit: Visit) -> Settlement:
    """A settlement, where the policy states one (Zhenjiang's special diseases, for one, it does
    not)."""
    try:
        return settle(policy, person, meters, visit)
    except Refused as refused:
        assume(refused.kind not in REFUSED)
        raise


def histories(policy: Policy) -> st.SearchStrategy[list[Event]]:
    credited = st.builds(Credit, st.just(policy.in_force.first), st.integers(0, 5_000_00))
    return st.lists(st.one_of(visits(policy), credited), max_size=4)


@every_policy
@slow_is_fine
@given(data=st.data())
def test_conservation(name: str, data: st.DataObject) -> None:
    """All payers add up to the bill, in every split that a settlement gives of it."""
    policy = policy_of(name)
    person, visit = data.draw(persons(policy)), data.draw(visits(policy))
    balance = data.draw(st.integers(0, 10_000_00))
    one = settled(policy, person, Meters({ACCOUNT: balance}), visit)
    assert sum(one.payments.values()) + one.person == one.total == visit.total
    assert all(fen >= 0 for fen in one.payments.values())
    assert sum(line.amount for line in one.burden) == one.person
    by_fund: dict[str, int] = dict.fromkeys(one.payments, 0)
    for _, fund, fen in one.by_benefit:
        by_fund[fund] += fen
    assert by_fund == one.payments
    if one.account is not None:
        assert one.cash is not None
        assert one.account + one.cash == one.person
        assert 0 <= one.account <= balance
        assert one.meters[ACCOUNT] == balance - one.account


@every_policy
@slow_is_fine
@given(data=st.data())
def test_replay_of_any_split_gives_the_same_meters(name: str, data: st.DataObject) -> None:
    policy = policy_of(name)
    person, events = data.draw(persons(policy)), data.draw(histories(policy))
    cut = data.draw(st.integers(0, len(events)))
    start = Replayed(person, Meters())
    try:
        whole = replay(lambda _: policy, start, events)
    except Refused as refused:
        assume(refused.kind not in REFUSED)
        raise
    half = replay(lambda _: policy, start, events[:cut])
    rest = replay(lambda _: policy, half, events[cut:])
    assert rest.meters == whole.meters
    assert [one.payments for one in rest.settlements] == [one.payments for one in whole.settlements]


@every_policy
@slow_is_fine
@given(data=st.data())
def test_a_fen_more_of_cost_never_costs_a_fund_less(name: str, data: st.DataObject) -> None:
    policy = policy_of(name)
    person, visit = data.draw(persons(policy)), data.draw(visits(policy, items=1))
    start = data.draw(histories(policy))
    try:
        meters = replay(lambda _: policy, Replayed(person, Meters()), start).meters
    except Refused as refused:
        assume(refused.kind not in REFUSED)
        raise
    (item,) = visit.items
    more = Item({**item.parts, IN_SCOPE: item.parts[IN_SCOPE] + 1}, item.facts)
    one = settled(policy, person, meters, visit)
    other = settled(policy, person, meters, Visit(visit.day, (more,), visit.facts))
    for fund, fen in one.payments.items():
        assert other.payments[fund] >= fen
    assert other.person >= one.person


@every_policy
@slow_is_fine
@given(data=st.data())
def test_the_order_of_lines_on_a_bill_does_not_matter(name: str, data: st.DataObject) -> None:
    policy = policy_of(name)
    person, visit = data.draw(persons(policy)), data.draw(visits(policy))
    mixed = data.draw(st.permutations(visit.items))
    one = settled(policy, person, Meters(), visit)
    other = settled(policy, person, Meters(), Visit(visit.day, tuple(mixed), visit.facts))
    assert other.payments == one.payments
    assert other.meters == one.meters
    assert other.burden == one.burden


@every_policy
@slow_is_fine
@given(data=st.data())
def test_a_line_split_in_two_settles_like_the_whole(name: str, data: st.DataObject) -> None:
    """But for a price edge, which holds for each piece: two lines are two pieces."""
    policy = policy_of(name)
    person, visit = data.draw(persons(policy)), data.draw(visits(policy, items=1))
    (item,) = visit.items
    first = {part: data.draw(st.integers(0, fen)) for part, fen in item.parts.items()}
    second = {part: fen - first[part] for part, fen in item.parts.items()}
    halves = (Item(first, item.facts), Item(second, item.facts))
    one = settled(policy, person, Meters(), visit)
    assume(not any(isinstance(step, Marked) for step in one.steps))
    other = settled(policy, person, Meters(), Visit(visit.day, halves, visit.facts))
    assert other.payments == one.payments
    assert other.meters == one.meters


@every_policy
@slow_is_fine
@given(data=st.data())
def test_everything_can_be_explained(name: str, data: st.DataObject) -> None:
    """Every settlement has its sentences, its record and its outlook, without a gap."""
    policy = policy_of(name)
    person, visit = data.draw(persons(policy)), data.draw(visits(policy))
    one = settled(policy, person, Meters({ACCOUNT: 100_00}), visit)
    explanation = explain(one, LIBRARY.document(policy.document))
    for line in explanation.lines:
        assert line.text.zh.strip()
        assert line.text.en.strip()
        assert line.cites
    record = record_of(explanation)
    assert record["total"]
    assert all(left.left >= 0 for left in what_is_left(one))


def test_limits_are_never_exceeded_over_a_year() -> None:
    """Many visits, one after another: payments under a limit stop at it, to the fen."""
    policy = policy_of("wuhan/employee")
    person = Person({"category": "active"})
    parameters = read_parameters(policy, {"pool_maximum": "3000"})
    visit = Visit(
        date(2023, 3, 1), (Item({IN_SCOPE: 333_33}),), {"setting": "outpatient", "tier": "tier_2"}
    )
    meters, paid = Meters(), 0
    for _ in range(40):
        one = settle(policy, person, meters, visit, parameters)
        meters, paid = one.meters, paid + one.payments["pool"]
    assert paid == 3000_00
