"""What a book asks: one question for each role."""

from __future__ import annotations

from gongji.policy.model import Policy
from gongji.policy.reader import Faults
from gongji.wording import Bilingual

__all__ = ["check_book"]


def check_book(policy: Policy, faults: Faults) -> None:
    """No two questions that a book would ask for the same."""
    first: dict[str, str] = {}
    for question in policy.questions.values():
        if question.book is None:
            continue
        role = question.book.role
        if first.setdefault(role, question.name) != question.name:
            faults.add(
                question.book.place,
                f"question {question.name} › book › as",
                Bilingual(f"{first[role]} 也是 {role}", f"{first[role]} is {role} too"),
                Bilingual("每种只有一个问题", "one question for each"),
            )
