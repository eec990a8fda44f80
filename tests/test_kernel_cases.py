"""Every visit of every case file through the kernel, as one line and as lines: the engine's result.

The visits of the histories count too.  What the engine refuses the kernel leaves, for the same
kind of reason, and nothing has moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gongji.cases.ask import asks
from gongji.cases.case import Case
from gongji.cases.events import read_event
from gongji.cases.read import read_cases
from gongji.engine.bill import FactValue, Person, Visit
from gongji.engine.inputs import read_day, read_opening, read_person
from gongji.engine.meters import Meters
from gongji.engine.parameters import read_parameters
from gongji.engine.periods import parameters_on
from gongji.engine.replay import Replayed, replay
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.policy.model import Policy
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Refused
from one_claim import ELSEWHERE, differences, through_kernel

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples" / "policies"
FILES = sorted((HERE / "cases").rglob("*.yaml")) + sorted(EXAMPLES.glob("*/cases/*.yaml"))
LIBRARY = Library((BUILT_IN, HERE / "policies", EXAMPLES))
SAME_KIND = {"no_rule": "not_stated", "missing_parameter": "not_stated"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_visit_of_every_case(path: Path) -> None:
    found = [line for case in read_cases(path) if not asks(case) for line in _compared(case)]
    assert found == []


def _compared(case: Case) -> list[str]:
    """Where kernel and engine differ in the visits of a case."""
    found: list[str] = []
    try:
        day = read_day(case.event.get("date"), "event.date")
        policy = LIBRARY.policy(case.policy, day)
        parameters = read_parameters(policy, case.parameters)
        said = dict(case.person)
        balance = said.pop("account_balance", None)
        opening = {} if balance is None else {"account_balance": balance}
        meters = read_opening(policy, Meters(), opening, day, "person")
        now = Replayed(read_person(policy, said), meters)
        for raw in [*case.history, case.event]:
            event = read_event(LIBRARY, case.policy, raw, "event")
            if isinstance(event, Visit):
                rules = LIBRARY.policy(case.policy, event.day)
                given = parameters_on(parameters, event.day)
                person = now.person_on(event.day)
                found += _of_visit(case, rules, person, now.meters, event, given)
            now = replay(lambda day: LIBRARY.policy(case.policy, day), now, [event], parameters)
    except Refused:
        pass  # whether it is expected is not the matter here
    return found


def _of_visit(
    case: Case,
    policy: Policy,
    person: Person,
    meters: Meters,
    visit: Visit,
    parameters: Mapping[str, FactValue],
) -> list[str]:
    one: Settlement | Refused
    try:
        one = settle(policy, person, meters, visit, parameters)
    except Refused as refused:
        one = refused
    found: list[str] = []
    for lanes in (False, True):
        if len(visit.items) > 1 and not lanes:
            continue
        outcome = through_kernel(policy, person, meters, visit, parameters, lanes=lanes)
        if outcome.reason is not None and outcome.reason.kind in ELSEWHERE:
            continue
        where = f"{case.id} {visit.day} {'lines' if lanes else 'line'}: "
        if isinstance(one, Refused):
            kind = outcome.reason.kind if outcome.reason else "settled"
            if SAME_KIND.get(kind, kind) != one.kind:
                found.append(f"{where}kernel {kind}, engine {one.kind}")
            moved = [key for key, reading in outcome.meters.items() if reading != meters[key]]
            found += [f"{where}{key} has moved" for key in moved]
        elif outcome.reason is not None:
            found.append(f"{where}kernel {outcome.reason}, engine settles")
        else:
            found += [where + line for line in differences(outcome, one)]
    return found
