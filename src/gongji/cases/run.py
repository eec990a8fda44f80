"""Running a case: replaying its history, settling its event, holding the result to `expect`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from gongji.cases.ask import ask_case, asks
from gongji.cases.case import Case
from gongji.cases.events import read_event
from gongji.cases.untold import (
    COMMAND_LINE,
    Ways,
    empty_account,
    from_zero,
    later_events,
    unread,
)
from gongji.engine.bill import FactValue
from gongji.engine.inputs import (
    ACCOUNT_BALANCE,
    Raw,
    read_day,
    read_opening,
    read_person,
    read_visit,
)
from gongji.engine.meters import ACCOUNT, Meters
from gongji.engine.parameters import read_parameters
from gongji.engine.replay import Credit, Event, Readings, Replayed, replay
from gongji.explain.answers import EXACTLY, Told, answer_record
from gongji.explain.explanation import Explanation, explain
from gongji.explain.record import Record, record_of, refusal_record
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Difference", "Outcome", "differences", "run_case", "settle_case"]


_DECIMAL = re.compile(r"-?[\d,]{1,30}(?:\.\d{1,10})?", re.ASCII)


_YES_NO = {"true": "yes", "false": "no"}
"""What a case may write for the two."""


class Difference(NamedTuple):
    """Where a result is not what a case expects; `got` is None where there is nothing.

    `there` are the fields that stand where the one expected is missing.
    """

    path: str
    expected: str
    got: str | None
    there: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What came of a case: the settlement explained or the question answered, or the refusal."""

    case: Case
    explanation: Explanation | Told | None
    refused: Refused | None
    differences: tuple[Difference, ...]

    @property
    def record(self) -> Mapping[str, Record]:
        """The result as a record, a refusal included."""
        if self.explanation is not None:
            return _record_of(self.explanation)
        assert self.refused is not None
        return refusal_record(self.refused)


def settle_case(case: Case, library: Library, ways: Ways = COMMAND_LINE) -> Explanation:
    """Replay a case's history and settle its event.

    `ways` are how its reader can say what was left untold.  Raises `Refused`.
    """

    def policy_of(day: date) -> Policy:
        return library.policy(case.policy, day)

    last = read_day(case.event.get("date"), "event.date")
    policy = policy_of(last)
    said = dict(case.person)
    balance = said.pop(ACCOUNT_BALANCE, None)
    opening = {} if balance is None else {ACCOUNT_BALANCE: balance}
    meters = read_opening(policy, Meters(), opening, last, "person")
    parameters = read_parameters(policy, case.parameters)
    events = [
        read_event(library, case.policy, raw, f"history[{index + 1}]")
        for index, raw in enumerate(case.history)
    ]
    person, visit = read_person(policy, said), read_visit(policy, case.event)
    before = _replayed(policy_of, Replayed(person, meters), events, parameters, ways)
    after = replay(policy_of, before, [visit], parameters)
    explanation = explain(after.settlements[-1], library.document(policy.document))
    told = balance is not None or any(_tells_the_balance(event) for event in events)
    return explanation._replace(
        notes=(
            *explanation.notes,
            *later_events(events, last, ways),
            *unread(policy, person, visit, ways),
        ),
        assumptions=(
            *from_zero(events, explanation, ways),
            *(() if told else empty_account(explanation)),
            *explanation.assumptions,
        ),
    )


def _replayed(
    policy_of: Callable[[date], Policy],
    start: Replayed,
    events: Sequence[Event],
    parameters: Mapping[str, FactValue],
    ways: Ways,
) -> Replayed:
    """Replay a history; a refusal names the event and says how a case can do without it."""
    now = start
    for index, event in enumerate(events):
        try:
            now = replay(policy_of, now, [event], parameters)
        except Refused as refused:
            where = f"history[{index + 1}]"
            said = refused.message.with_(f"{where}.", instead_of="event.")
            name = ways.event(index + 1) + Bilingual(f"（{event.day}）：", f" ({event.day}): ")
            details = {**refused.details, "event": where}
            raise Refused(refused.kind, name + said + ways.without, details) from None
    return now


def _tells_the_balance(event: Event) -> bool:
    return isinstance(event, Credit) or (isinstance(event, Readings) and ACCOUNT in event.readings)


def run_case(case: Case, library: Library) -> Outcome:
    """Settle a case, or answer what it asks, and hold what came of it to its `expect`.

    A refusal is an outcome like another where the case expects one (`expect: {error: ...}`);
    otherwise it is raised.
    """
    try:
        explanation = ask_case(case, library) if asks(case) else settle_case(case, library)
    except Refused as refused:
        if case.expect is None or "error" not in case.expect:
            raise
        found = tuple(differences(case.expect, refusal_record(refused)))
        return Outcome(case, None, refused, found)
    expect = case.expect or {}
    return Outcome(case, explanation, None, tuple(differences(expect, _record_of(explanation))))


def _record_of(explanation: Explanation | Told) -> Mapping[str, Record]:
    return answer_record(explanation) if isinstance(explanation, Told) else record_of(explanation)


def differences(expected: Raw, got: Record, path: str = "") -> Iterator[Difference]:
    """Where a record is not what is expected of it; what is not mentioned may be anything.

    Amounts are compared as amounts (`800` is `800.00`), everything else as text.  What stands
    rounded in a record may also be expected exactly.
    """
    if isinstance(expected, Mapping):
        exactly = got.get(EXACTLY) if isinstance(got, Mapping) else None
        for name, value in expected.items():
            inner = f"{path}.{name}" if path else name
            if isinstance(exactly, Mapping) and exactly.get(name, got) == value:
                continue
            if isinstance(got, Mapping) and name in got:
                yield from differences(value, got[name], inner)
            else:
                there = tuple(got) if isinstance(got, Mapping) else ()
                yield Difference(inner, _written(value), None, there)
    elif isinstance(expected, str):
        if not _same(expected, got):
            yield Difference(path, expected, None if got is None else str(got))
    else:
        shown = list(got) if isinstance(got, Sequence) and not isinstance(got, str) else None
        if shown is None or len(shown) != len(expected):
            yield Difference(path, str(list(expected)), None if got is None else str(got))
            return
        for index, value in enumerate(expected):
            yield from differences(value, shown[index], f"{path}[{index + 1}]")


def _same(expected: str, got: Record) -> bool:
    if got is None:
        return expected in ("", "null")
    if isinstance(got, str) and _DECIMAL.fullmatch(expected) and _DECIMAL.fullmatch(got):
        return Fraction(expected.replace(",", "")) == Fraction(got)
    return _YES_NO.get(expected, expected) == str(got)


def _written(expected: Raw) -> str:
    return expected if isinstance(expected, str) else "…"
