"""What the check says of a policy: findings that are known, new, or no longer there."""

from __future__ import annotations

from typing import NamedTuple

from gongji.check.findings import Finding, findings_of
from gongji.policy.model import FINDINGS, Known, Policy, Reading

__all__ = ["Report", "report_of"]


class Report(NamedTuple):
    """The findings of a policy.

    `new` ones must be mended or listed; `known` are listed with the reason; `gone` are listed but
    no longer found; `not_stated` is what the document leaves open; `readings` those in use.
    """

    policy: Policy
    new: tuple[Finding, ...]
    known: tuple[tuple[Finding, Known], ...]
    gone: tuple[Known, ...]
    not_stated: tuple[Finding, ...]
    readings: tuple[Reading, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing is found that is not listed, and nothing listed that is not found."""
        return not self.new and not self.gone


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
        not_stated=tuple(one for one in findings if one.kind not in FINDINGS),
        readings=tuple(policy.readings.values()),
    )
