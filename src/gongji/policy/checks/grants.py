"""What registrations rest on is there: questions of the policy, which say from when and deny."""

from __future__ import annotations

from gongji.policy.model import Policy
from gongji.policy.reader import Faults, meant
from gongji.wording import Bilingual, listed

__all__ = ["check_grants"]


def check_grants(policy: Policy, faults: Faults) -> None:
    """The questions that a grant rests on are others of the policy."""
    for question in policy.questions.values():
        others = [name for name in policy.questions if name != question.name]
        for case in question.cases:
            for name in case.grant.rests_on if case.grant is not None else ():
                if name not in others:
                    faults.add(
                        case.place,
                        f"question {question.name} › grants › with",
                        Bilingual(f"没有问题“{name}”", f"there is no other question {name!r}"),
                        Bilingual(f"其中之一：{listed(others)}", f"one of: {listed(others)}"),
                        meant(name, others),
                    )
