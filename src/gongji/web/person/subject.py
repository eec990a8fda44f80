"""Of whom and of which year a page is: what stands at the head of each part."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from gongji.web.entrance.caller import Caller
from gongji.web.every import every
from gongji.web.explained.told import words_of
from gongji.web.names import Schemes, names_of_employers, schemes_with
from gongji.wording import Bilingual, Refused

__all__ = ["Cover", "Subject", "subject_of"]


class Cover(NamedTuple):
    """A scheme that insures somebody, or did, from a day to a day; `employer` by name."""

    membership: int
    scheme: int
    area: str
    place: Bilingual
    policy: str
    title: Bilingual
    employer: str | None
    since: str
    until: str | None

    def holds_on(self, day: str) -> bool:
        """Whether it insures on a day, YYYY-MM-DD."""
        return self.since <= day and (self.until is None or self.until >= day)


class Subject(NamedTuple):
    """A person in a year; `base` is the address of the person's pages, `years` have something.

    `day` is the last day of the year that there has been: today, or the end of the year; `places`
    are the areas by their codes.
    """

    person: int
    name: str
    masked: str
    age: int
    sex: Bilingual
    base: str
    mine: bool
    year: int
    years: tuple[int, ...]
    day: str
    covers: tuple[Cover, ...]
    places: Mapping[str, Bilingual]

    @property
    def first(self) -> str:
        """The first day of the year."""
        return f"{self.year}-01-01"

    @property
    def last(self) -> str:
        """The last day of the year."""
        return f"{self.year}-12-31"

    @property
    def in_year(self) -> tuple[Cover, ...]:
        """The schemes that insured them in the year."""
        return tuple(
            one
            for one in self.covers
            if one.since <= self.last and (one.until is None or one.until >= self.first)
        )

    @property
    def latest(self) -> Cover | None:
        """The scheme that insures on the day, or last did in the year."""
        return max(self.in_year, key=lambda one: one.since, default=None)

    def at(self, part: str) -> str:
        """The address of a part in this year."""
        return f"{self.base}{part and '/'}{part}?year={self.year}"


_YEAR = re.compile(r"\d{4}", re.ASCII)
_SEXES = {"male": Bilingual("男", "male"), "female": Bilingual("女", "female")}


async def subject_of(caller: Caller, person: int, base: str) -> Subject:
    """Of whom a page is.  Raises `Turned` where they are not the caller's to see."""
    record, years, members, areas = await asyncio.gather(
        caller.door.get(f"/persons/{person}"),
        caller.door.get(f"/persons/{person}/years"),
        every(caller.door, f"/persons/{person}/memberships"),
        every(caller.door, "/areas"),
    )
    schemes = await schemes_with(caller, [one["scheme"] for one in members])
    places = {one["code"]: words_of(one["name"]) for one in areas}
    year, several = _year(caller, years["years"])
    day = min(caller.today, date(year, 12, 31))
    born = date.fromisoformat(record["born"])
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    mine = caller.who is not None and caller.who.role == "insured"
    codes = [] if mine else [one["employer"] for one in members if one["employer"]]
    employers = await names_of_employers(caller.door, codes)
    return Subject(
        person, _hidden(record["name"]) if mine else record["name"], record["masked"], age,
        _SEXES[record["sex"]], base, mine, year, several, day.isoformat(),
        _covers(members, schemes, places, employers),
        places,
    )  # fmt: skip


def _year(caller: Caller, years: list[int]) -> tuple[int, tuple[int, ...]]:
    """The year that is asked for, else the latest with something in it; and all there are.

    Raises `Refused` (`unknown_year`) where it is none.
    """
    asked = caller.asked("year")
    if asked is None:
        year = next((one for one in years if one <= caller.today.year), caller.today.year)
    elif _YEAR.fullmatch(asked) and 1950 <= int(asked) <= caller.today.year + 1:
        year = int(asked)
    else:
        last = caller.today.year + 1
        raise Refused(
            "unknown_year",
            Bilingual(f"年度“{asked[:20]}”看不了，应在 1950 至 {last} 之间，如 {last - 1}",
                      f"there is no year “{asked[:20]}” to be seen, expected one from 1950 to "
                      f"{last}, such as {last - 1}"),
        )  # fmt: skip
    return year, tuple(sorted({*years, year}, reverse=True))


def _hidden(name: str) -> str:
    """A name on a screen that others may see as well: all but its first sign."""
    return name[:1] + "*" * max(1, len(name) - 1)


def _covers(
    members: Iterable[Mapping[str, Any]],
    schemes: Schemes,
    places: Mapping[str, Bilingual],
    employers: Mapping[str, str],
) -> tuple[Cover, ...]:
    """The schemes that insure somebody, or did, in the order of days."""
    found = []
    for one in members:
        scheme = schemes[one["scheme"]]
        found.append(
            Cover(
                one["membership"], scheme.number, scheme.area, places[scheme.area], scheme.policy,
                scheme.title, employers.get(one["employer"]), one["since"], one["until"],
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.since))
