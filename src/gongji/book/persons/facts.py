"""What is true of persons and institutions: from which day to which, and since when it is known.

A fact is never changed.  What turns out wrong is ended by an act and stated anew; what was known on
an earlier day can still be asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, insert, or_, select, update

from gongji.book.acts import Act
from gongji.book.known import holding, standing
from gongji.book.look_ups import LookUp, looked_up
from gongji.book.schema.people import FACT
from gongji.wording import Bilingual, Refused

__all__ = [
    "Kind",
    "Said",
    "Stretch",
    "facts_look_up",
    "facts_on",
    "history_of",
    "stated",
    "taken_back",
]

Kind = Literal["person", "institution"]
Said = str | list[str]
"""A value as people write it: a word, a number, a day, or a list of words."""

_DAY = timedelta(days=1)


class Stretch(NamedTuple):
    """A value that holds from a day to a day, both included; without end where `until` is None."""

    name: str
    value: Said
    since: date
    until: date | None


def stated(act: Act, kind: Kind, whose: str, fact: Stretch) -> None:
    """State what is true over a stretch of days; what stood there before is cut back to the rest.

    Raises `Refused` (`bad_stretch`) where it ends before it begins.
    """
    if fact.until is not None and fact.until < fact.since:
        raise Refused(
            "bad_stretch",
            Bilingual(
                f"{fact.name}：止日 {fact.until} 早于起日 {fact.since}",
                f"{fact.name}: it ends on {fact.until}, before it begins on {fact.since}",
            ),
            {"field": fact.name},
        )
    _cut(act, kind, whose, fact, FACT.c.name == fact.name)
    value = json.dumps(fact.value, ensure_ascii=False)
    _written(act, kind, whose, fact.name, value, fact.since, fact.until)


def taken_back(act: Act, kind: Kind, whose: str, fact: Stretch) -> None:
    """Take back over a stretch of days that a fact has this value; another value stays."""
    value = json.dumps(fact.value, ensure_ascii=False)
    _cut(act, kind, whose, fact, (FACT.c.name == fact.name) & (FACT.c.value == value))


def facts_on(
    connection: Connection, kind: Kind, whose: str, day: date, known_on: date | None = None
) -> dict[str, Said]:
    """What holds of somebody on a day, by name.

    With `known_on` as it was known at the end of that day.
    """
    rows = looked_up(connection, facts_look_up(kind, whose, day, known_on))
    return {name: json.loads(value) for name, value in rows}


def facts_look_up(kind: Kind, whose: str, day: date, known_on: date | None = None) -> LookUp:
    """What `facts_on` looks up."""
    whose_then = {"kind": kind, "whose": whose, "day": day}
    if known_on is None:
        return LookUp(_HOLDING, whose_then)
    return LookUp(_HOLDING_AS_KNOWN, {**whose_then, "known_on": known_on})


def history_of(
    connection: Connection, kind: Kind, whose: str, known_on: date | None = None
) -> list[Stretch]:
    """All stretches that hold of somebody, by name and day."""
    rows = connection.execute(
        select(FACT.c.name, FACT.c.value, FACT.c.since, FACT.c.until)
        .where((FACT.c.kind == kind) & (FACT.c.whose == whose) & standing(FACT, known_on))
        .order_by(FACT.c.name, FACT.c.since)
    )
    return [Stretch(row.name, json.loads(row.value), row.since, row.until) for row in rows]


_THEIRS = (
    select(FACT.c.name, FACT.c.value)
    .where((FACT.c.kind == bindparam("kind")) & (FACT.c.whose == bindparam("whose")))
    .where(holding(FACT, bindparam("day")))
    .order_by(FACT.c.id)
)
_HOLDING = _THEIRS.where(standing(FACT))
_HOLDING_AS_KNOWN = _THEIRS.where(standing(FACT, bindparam("known_on")))


def _cut(act: Act, kind: Kind, whose: str, fact: Stretch, which: ColumnElement[bool]) -> None:
    """Take what stands out of a stretch of days; what lies before and after stays."""
    mine = and_(FACT.c.kind == kind, FACT.c.whose == whose, which)
    meets = or_(FACT.c.until.is_(None), FACT.c.until >= fact.since)
    if fact.until is not None:
        meets = and_(meets, FACT.c.since <= fact.until)
    there = act.connection.execute(select(FACT).where(mine & standing(FACT) & meets)).all()
    if there:
        numbers = [row.id for row in there]
        act.connection.execute(update(FACT).where(FACT.c.id.in_(numbers)).values(ended=act.number))
    for row in there:
        if row.since < fact.since:
            _written(act, kind, whose, row.name, row.value, row.since, fact.since - _DAY)
        if fact.until is not None and (row.until is None or row.until > fact.until):
            _written(act, kind, whose, row.name, row.value, fact.until + _DAY, row.until)


def _written(
    act: Act, kind: str, whose: str, name: str, value: str, since: date, until: date | None
) -> None:
    row: Mapping[str, Any] = {
        "kind": kind, "whose": whose, "name": name, "value": value, "since": since,
        "until": until, "act": act.number,
    }  # fmt: skip
    act.connection.execute(insert(FACT).values(**row))
