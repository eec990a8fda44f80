"""Whether a person's settlements follow each other: places without a gap, meters without a leap."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row

from gongji.book.proof.found import AFTER_ALL, Found, Place
from gongji.book.proof.stretch import Kept, Stretch
from gongji.engine.meters import ACCOUNT
from gongji.wording import Bilingual

__all__ = ["chain_differences"]

_ACCOUNT = str(ACCOUNT)


def chain_differences(stretch: Stretch) -> Iterator[Found]:
    """What does not hold in the order of settlements, in their order."""
    met = set()
    for (person, scheme), rows in groupby(stretch.kept, key=attrgetter("person", "scheme")):
        met.add((person, scheme))
        yield from _of_one(list(rows), stretch.standings.get((person, scheme)))
    for whose, standing in stretch.standings.items():
        if whose not in met:
            yield from _ends(Place(*whose, AFTER_ALL), standing, 0, {})


def _of_one(kept: Sequence[Kept], standing: Row[Any] | None) -> Iterator[Found]:
    """What does not hold in the settlements of a person in a scheme."""
    meters: dict[str, int] = {}
    place, stands = 0, False
    for one in kept:
        if one.place != place:
            if one.place != place + 1:
                yield Found(one.at(0), _missing(one.person, place + 1))
            place, stands = one.place, False
        if one.ended is not None:
            continue
        if stands:
            yield Found(one.at(0), _twice(one))
        stands = True
        before = dict(one.before)
        before.pop(_ACCOUNT, None)
        if before != meters:
            yield Found(one.at(1), _other_meters(one.number))
        meters = before
        meters.update(one.moved)
        meters.pop(_ACCOUNT, None)
    whose = Place(kept[-1].person, kept[-1].scheme, AFTER_ALL)
    yield from _ends(whose, standing, place, meters)


def _ends(
    at: Place, standing: Row[Any] | None, place: int, meters: dict[str, int]
) -> Iterator[Found]:
    """Whether the last place and the meters that are kept are those that were come to."""
    if standing is None:
        words = Bilingual(
            f"人员 {at.person}：没有保存累计", f"person {at.person}: no meters are kept"
        )
        yield Found(at, words)
    elif standing.place != place:
        yield Found(at, _missing(at.person, min(standing.place, place) + 1))
    elif json.loads(standing.meters) != meters:
        shown = json.dumps(meters, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        words = Bilingual(
            f"人员 {at.person}：保存的累计是 {standing.meters}，各次就诊累计为 {shown}",
            f"person {at.person}: the meters kept are {standing.meters}, the visits come to "
            f"{shown}",
        )
        yield Found(at, words)


def _missing(person: int, place: int) -> Bilingual:
    return Bilingual(
        f"人员 {person}：第 {place} 次结算不见了",
        f"person {person}: settlement number {place} in their order is not there",
    )


def _twice(one: Kept) -> Bilingual:
    return Bilingual(
        f"结算 {one.number}：第 {one.place} 次结算有两个同时有效",
        f"settlement {one.number}: it is the second that stands in place {one.place}",
    )


def _other_meters(number: int) -> Bilingual:
    return Bilingual(
        f"结算 {number}：结算前的累计不是上一次结算留下的",
        f"settlement {number}: it began on other meters than the one before it left",
    )
