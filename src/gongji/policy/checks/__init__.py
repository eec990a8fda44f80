"""What must hold of a policy as a whole before anything is settled by it."""

from __future__ import annotations

from gongji.policy.checks.cases import check_cases
from gongji.policy.checks.flow import check_flow
from gongji.policy.checks.grants import check_grants
from gongji.policy.checks.numbers import check_numbers
from gongji.policy.checks.tables import check_tables
from gongji.policy.checks.usage import check_usage
from gongji.policy.documents import Document
from gongji.policy.model import Policy
from gongji.policy.reader import Faults

__all__ = ["check_policy"]


def check_policy(policy: Policy, document: Document, faults: Faults) -> None:
    """Add every fault of a policy that its parts alone do not show."""
    check_numbers(policy, document, faults)
    check_cases(policy, faults)
    check_tables(policy, faults)
    check_flow(policy, faults)
    check_grants(policy, faults)
    check_usage(policy, faults)
