"""When somebody was in benefit in a year, and what is left to them of it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from gongji.explain.names import Cite
from gongji.web.amounts import fen_of
from gongji.web.door import Door, Turned
from gongji.web.explained.told import cite_of, words_of
from gongji.web.person.subject import Subject
from gongji.wording import Bilingual

__all__ = ["Month", "Pot", "Span", "months_of", "read_left", "read_now", "read_spans"]

How = Literal["in", "out", "late", "open", "none"]

_WORDS: Mapping[str, Bilingual] = {
    "in": Bilingual("享受待遇", "in benefit"),
    "out": Bilingual("不享受", "not in benefit"),
    "late": Bilingual("事后补上", "covered later"),
    "open": Bilingual("文件没有写", "not stated"),
    "none": Bilingual("没有参保", "not insured"),
}


class Span(NamedTuple):
    """Days of a year alike; `how` is one of the five words, `known_then` what was known then."""

    since: str
    until: str
    how: How
    because: Bilingual | None
    clauses: tuple[str, ...]
    known_then: bool | None

    @property
    def words(self) -> Bilingual:
        """How it was, in words."""
        return _WORDS[self.how]

    @property
    def then(self) -> Bilingual:
        """How it was known to be then, in words."""
        if self.known_then is None:
            return Bilingual("当时还没有记录", "nothing known then")
        return _WORDS["in" if self.known_then else "out"]


class Month(NamedTuple):
    """A month of the strip: how most of note it was, and whether all of it was so."""

    number: int
    how: How
    whole: bool

    @property
    def words(self) -> Bilingual:
        """How it was, in words."""
        some = Bilingual("", "") if self.whole else Bilingual("部分", "partly ")
        return some + _WORDS[self.how]


class Pot(NamedTuple):
    """Something of which some is left: a deductible, a limit, a band; amounts in fen."""

    kind: str
    title: Bilingual
    text: Bilingual
    used: int
    edge: int
    left: int
    cites: tuple[Cite, ...]

    @property
    def share(self) -> str:
        """How much of it is used, in thousandths."""
        return str(min(1000, self.used * 1000 // self.edge) if self.edge else 0)


async def read_now(door: Door, subject: Subject, day: str) -> dict[str, Any]:
    """Whether somebody is in benefit on a day, and why; in words where it cannot be told."""
    try:
        found = await door.get(f"/persons/{subject.person}/entitlement", day=day)
    except Turned as turned:
        if turned.status not in (404, 422):
            raise
        return {"day": day, "entitled": None, "because": turned.detail, "cites": ()}
    because = found["because"] and words_of(found["because"])
    cites = tuple(cite_of(one) for one in (found["answer"] or {}).get("citations", ()))
    return {"day": day, "entitled": found["entitled"], "because": because, "cites": cites}


async def read_spans(door: Door, subject: Subject) -> tuple[Span, ...]:
    """The year in stretches, those without insurance left out."""
    found = await door.get(f"/persons/{subject.person}/entitlement/year", year=subject.year)
    return tuple(_span(one) for one in found["days"])


def _span(one: Mapping[str, Any]) -> Span:
    how: How = "open"
    if one["entitled"] is not None:
        late = one["entitled"] and one["known_then"] is False
        how = "late" if late else "in" if one["entitled"] else "out"
    because = one["because"] and words_of(one["because"])
    return Span(
        one["since"], one["until"], how, because, tuple(one["clauses"]), one["known_then"]
    )  # fmt: skip


_NOTABLE: Sequence[How] = ("out", "late", "open", "none", "in")


def months_of(year: int, spans: Sequence[Span]) -> tuple[Month, ...]:
    """The strip of a year: of each month what is most to be noted."""
    found = []
    for month in range(1, 13):
        first = f"{year}-{month:02d}-01"
        last = f"{year}-{month:02d}-{monthrange(year, month)[1]:02d}"
        there = [one for one in spans if one.since <= last and one.until >= first]
        hows = {one.how for one in there}
        if not _filled(there, first, last):
            hows.add("none")
        how = next(one for one in _NOTABLE if one in hows)
        found.append(Month(month, how, len(hows) == 1))
    return tuple(found)


def _filled(there: Sequence[Span], first: str, last: str) -> bool:
    """Whether stretches, which lie side by side, reach from a day to a day."""
    return bool(there) and there[0].since <= first and there[-1].until >= last


async def read_left(door: Door, subject: Subject) -> tuple[Pot, ...] | str:
    """What is left of the year; a sentence where it cannot be told."""
    cover = subject.latest
    if cover is None:
        return ()
    day = subject.day if cover.holds_on(subject.day) else cover.until or subject.day
    try:
        found = await door.get(f"/persons/{subject.person}/left", day=day)
    except Turned as turned:
        if turned.status not in (404, 422):
            raise
        return turned.detail
    return tuple(
        Pot(
            one["kind"], words_of(one["title"]), words_of(one["text"]), fen_of(one["used"]),
            fen_of(one["edge"]), fen_of(one["left"]), tuple(map(cite_of, one["citations"])),
        )
        for one in found["left"]
    )  # fmt: skip
