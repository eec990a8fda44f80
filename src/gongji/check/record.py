"""The report of a check as a record, for machines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from gongji.check.finding import Example, Finding
from gongji.check.report import Report
from gongji.engine.bill import FactValue
from gongji.explain.record import Record, in_both
from gongji.money import exact_text, format_yuan
from gongji.policy.model import Policy
from gongji.policy.problems import Place

__all__ = ["report_record"]


def report_record(report: Report) -> dict[str, Record]:
    """All of a report; amounts are texts in yuan."""
    policy = report.policy
    return {
        "policy": policy.id,
        "version": policy.in_force.first.isoformat(),
        "clean": report.clean,
        "counts": {
            **{str(severity): count for severity, count in report.counts.items()},
            "new": len(report.new),
            "known": len(report.known),
            "gone": len(report.gone),
            "readings": len(report.readings),
        },
        "new": [_finding(policy, one) for one in report.new],
        "known": [
            {**_finding(policy, one), "because": in_both(why.because)} for one, why in report.known
        ],
        "gone": [
            {"finding": one.kind, "item": one.item, **_place(one.place)} for one in report.gone
        ],
        "notes": [_finding(policy, one) for one in report.notes],
        "readings": [
            {"clause": one.clause, "text": in_both(one.text), **_place(one.place)}
            for one in report.readings
        ],
    }


def _finding(policy: Policy, one: Finding) -> dict[str, Record]:
    found: dict[str, Record] = {
        "severity": one.severity,
        "finding": one.kind,
        "item": one.item,
        "text": in_both(one.text(policy)),
        "clauses": list(one.clauses),
        **_place(one.place),
        "example": None if one.example is None else _example(one.example),
    }
    if one.also:
        found["also"] = [_finding(policy, other) for other in one.also]
    return found


def _example(one: Example) -> dict[str, Record]:
    return {
        "facts": _facts(one.facts),
        "in_scope": None if one.fen is None else format_yuan(one.fen),
        "earlier": [
            {"facts": _facts(visit.facts), "in_scope": format_yuan(visit.fen)}
            for visit in one.earlier
        ],
    }


def _facts(facts: Mapping[str, FactValue]) -> dict[str, Record]:
    return {name: _value(value) for name, value in facts.items()}


def _value(value: FactValue) -> Record:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else exact_text(value)


def _place(place: Place | None) -> dict[str, Record]:
    return {
        "file": None if place is None else place.file,
        "line": None if place is None else place.line,
    }
