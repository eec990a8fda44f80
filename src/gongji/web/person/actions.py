"""What the desk can do for a person: one list, which the page of the person shows by role."""

from __future__ import annotations

from typing import NamedTuple

from gongji.book.access.users import Role
from gongji.wording import Bilingual

__all__ = ["ACTIONS", "Action", "actions_for"]


class Action(NamedTuple):
    """Something to be done for a person: where below the person's pages, and by whom."""

    path: str
    words: Bilingual
    roles: tuple[Role, ...]


ACTIONS: tuple[Action, ...] = (
    Action("memberships/new", Bilingual("参保、停保", "Enrol, end"), ("clerk",)),
    Action("facts", Bilingual("变更情形", "Change what holds"), ("clerk",)),
    Action("dues", Bilingual("申报、到账", "Declare, receive"), ("clerk",)),
    Action("registrations/new", Bilingual("登记备案", "Register"), ("clerk",)),
    Action("approvals", Bilingual("救助认定", "Approve aid"), ("clerk",)),
    Action("claims/new", Bilingual("受理报销", "Take a claim in"), ("clerk",)),
    Action("transfers/in", Bilingual("转入", "Transfer in"), ("clerk",)),
    Action("transfers/out", Bilingual("转出", "Transfer out"), ("clerk", "supervisor")),
    Action("retirement", Bilingual("退休核定", "Retire"), ("clerk",)),
    Action("death", Bilingual("登记死亡", "Death"), ("clerk",)),
)
"""In the order in which they are shown; a room that does something for a person adds it here."""


def actions_for(role: str) -> tuple[Action, ...]:
    """What a user of a role can do."""
    return tuple(one for one in ACTIONS if role in one.roles)
