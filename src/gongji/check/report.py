"""What the check says of a policy: findings that are known, new, or no longer there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gongji.check.finding import SEVERITIES, Finding, Severity
from gongji.check.findings import findings_of
from gongji.policy.model import FINDINGS, Known, Policy, Reading

__all__ = ["Report", "report_of"]


class Report(NamedTuple):
    """The findings of a policy.

    `new` ones must be mended or listed; `known` are listed with the reason; `gone` are listed but
    no longer found; `notes` tell what the document leaves open or to the person; `readings` are
    those in use.
    """

    policy: Policy
    new: tuple[Finding, ...]
    known: tuple[tuple[Finding, Known], ...]
    gone: tuple[Known, ...]
    notes: tuple[Finding, ...]
    readings: tuple[Reading, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is found that is not listed, and nothing listed that is not found."""
        return not self.new and not self.gone

    @property
    def counts(self) -> Mapping[Severity, int]:
        """How many findings there are of each severity, known ones included."""
        found = [*self.new, *(one for one, _ in self.known), *self.notes]
        return {severity: sum(one.severity == severity for one in found) for severity in SEVERITIES}


def report_of(policy: Policy) -> Report:
    """Check a policy; policies without benefits have nothing to walk."""
    findings = findings_of(policy) if policy.benefits else []
    listed = {(one.kind, one.item): one for one in policy.known}
    there = {(str(one.kind), one.item) for one in findings}
    judged = [one for one in findings if one.kind in FINDINGS]
    return Report(
        policy=policy,
        new=tuple(one for one in judged if (one.kind, one.item) not in listed),
        known=tuple(
            (one, listed[(one.kind, one.item)]) for one in judged if (one.kind, one.item) in listed
        ),
        gone=tuple(one for key, one in listed.items() if key not in there),
        notes=tuple(one for one in findings if one.kind not in FINDINGS),
        readings=tuple(policy.readings.values()),
    )
