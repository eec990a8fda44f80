"""Whose case it is: the person as the head of a page shows them, and the rules that insure them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.web.entrance.caller import Caller
from gongji.web.names import Scheme, Schemes, schemes_of
from gongji.web.person.actions import Action, actions_for
from gongji.wording import Bilingual, Refused

__all__ = ["Whose", "latest_day", "whose"]


class Whose(NamedTuple):
    """A person with the memberships, and the schemes by number with the titles of their policies.

    `member` is the membership that stands, or the last one; None where nobody insured them yet.
    `actions` are what the reader can do for them.
    """

    number: int
    person: Mapping[str, Any]
    memberships: Sequence[Mapping[str, Any]]
    schemes: Schemes
    actions: Sequence[Action]

    @property
    def member(self) -> Mapping[str, Any] | None:
        """The membership that stands, or else the last."""
        return max(self.memberships, key=lambda one: one["since"], default=None)

    @property
    def scheme(self) -> Scheme | None:
        """The scheme of that membership."""
        return None if self.member is None else self.schemes[self.member["scheme"]]

    def policy(self, library: Library, today: date) -> tuple[Policy, date]:
        """The policy that insures them, and the latest day up to today on which it can be asked.

        Raises `Refused` (`not_insured`).
        """
        if self.member is None or self.scheme is None:
            raise Refused(
                "not_insured",
                Bilingual("此人还没有参保，先办理参保登记。",
                          "Nobody insures this person yet; enrol them first."),
            )  # fmt: skip
        until = self.member["until"]
        last = today if until is None else min(today, date.fromisoformat(until))
        day = latest_day(library, self.scheme.policy, last)
        return library.policy(self.scheme.policy, day), day


async def whose(caller: Caller) -> Whose:
    """The person whom the address names.  Raises `Turned` where they are not theirs."""
    number = caller.number("person")
    person, memberships, schemes = await asyncio.gather(
        caller.door.get(f"/persons/{number}"),
        caller.door.get(f"/persons/{number}/memberships", most=200),
        schemes_of(caller),
    )
    role = caller.role
    return Whose(number, person, memberships["items"], schemes, actions_for(role))


def latest_day(library: Library, policy: str, today: date) -> date:
    """Today, where the policy has a version in force; else the nearest day on which one was."""
    spans = [one.in_force for one in library.versions(policy)]
    if any(one.covers(today) for one in spans):
        return today
    past = [one.last for one in spans if one.last is not None and one.last < today]
    return max(past) if past else min(one.first for one in spans)
