"""Policies that are given as they are, instead of being read from folders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["GivenVersions"]


class GivenVersions(Library):
    """A library of versions of one policy; it can be sent to another machine."""

    def __init__(self, versions: Sequence[Policy]) -> None:
        super().__init__()
        self._given = list(versions)

    def versions(self, policy_id: str) -> list[Any]:
        """The versions, oldest first."""
        assert policy_id.partition("@")[0] == self._given[0].id
        return self._given

    def policy(self, policy_id: str, day: date) -> Policy:
        """The version in force on the day, or the one that the id names with `@`."""
        at = policy_id.partition("@")[2]
        if at:
            found = [one for one in self._given if str(one.in_force.first) == at]
        else:
            begun = [one for one in self._given if one.in_force.first <= day]
            found = [one for one in begun[-1:] if one.in_force.covers(day)]
        if found:
            return found[0]
        words = Bilingual("这一天没有生效的版本", "no version is in force on that day")
        raise Refused("out_of_force", words)
