"""What the crowd needs: recognition of a disease, aid, and the care that its habits bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from gongji.book.registrations.applications import Application
from gongji.demo.care import Care, aided, applied, had
from gongji.demo.city import YEAR, Resident
from gongji.demo.crowd import Draw
from gongji.demo.town import Event, Town

__all__ = ["needs_of_the_crowd"]

_FIRST, _LAST = date(YEAR, 1, 3), date(YEAR, 12, 27)
_RECOGNISED_BY = date(YEAR, 3, 15)
_AIDED = date(YEAR, 1, 16)
_A_DAY = timedelta(days=1)


def needs_of_the_crowd(
    town: Town, people: Mapping[str, Any], notes: Mapping[str, Any], seed: int
) -> Iterator[Event]:
    """Everything that the crowd does in the year."""
    for one in town.residents:
        if one.habit is None:
            continue
        draw = Draw(f"{seed} {one.name} {one.born}")
        yield from _cared(town, one, notes["habits"][one.habit], notes["baskets"], _FIRST, draw)
        if one.aided:
            yield Event(_AIDED, partial(_aided, town, people["aid"], one))
        if one.disease is not None:
            since = _day(draw, _FIRST, _RECOGNISED_BY)
            yield Event(since, partial(_recognised, town, people["recognition"], one, since))
            chronic = notes["chronic"]
            need = {**chronic, "for": {chronic["for"][one.disease]: "1"}}
            yield from _cared(town, one, need, notes["baskets"], since, draw)


def _cared(
    town: Town, one: Resident, need: Mapping[str, Any], baskets: Mapping[str, Any], first: date,
    draw: Draw,
) -> Iterator[Event]:  # fmt: skip
    """The visits that a need brings from a day on."""
    for _ in range(int(draw.one_of(need["visits"]))):
        care = _care(baskets[draw.weighed(need["for"])], first, draw)
        yield Event(care.day, partial(_goes, town, one, care))


def _care(basket: Mapping[str, Any], first: date, draw: Draw) -> Care:
    """A visit with what is in a basket, from a day on."""
    days = _number(basket.get("days", "0"), draw)
    day = _day(draw, first + _A_DAY * days, _LAST)
    since = day - _A_DAY * days if days else None
    lines = []
    for line in basket["lines"]:
        code, many, price = line.split()
        quantity = days if many == "days" else _number(many, draw)
        if quantity:
            lines.append(f"{code} {quantity} {price}")
    return Care(draw.one_of(basket["at"]), day, {"setting": basket["setting"]}, lines, since)


def _number(text: str, draw: Draw) -> int:
    """A number as written, or one of a range such as `4-7`."""
    least, _, most = text.partition("-")
    return draw.between(int(least), int(most or least))


def _day(draw: Draw, first: date, last: date) -> date:
    return first + _A_DAY * draw.between(0, (last - first).days)


# --- what comes of it ----------------------------------------------------------------------------


def _goes(town: Town, one: Resident, care: Care) -> None:
    had(town, town.persons[one.serial], care)


def _recognised(town: Town, note: Mapping[str, Any], one: Resident, day: date) -> None:
    """Somebody is recognised as having a disease, with all papers."""
    meant = {"$disease": str(one.disease), "$day": day.isoformat()}
    said = {name: meant.get(value, value) for name, value in note["said"].items()}
    application = Application(day, said, note["papers"])
    area = town.schemes[one.scheme].area
    applied(town, area, town.persons[one.serial], note["question"], application)


def _aided(town: Town, note: Mapping[str, Any], one: Resident) -> None:
    """An office helps somebody."""
    reference = f"{note['reference']}{one.serial}"
    aided(town, town.schemes[one.scheme].area, town.persons[one.serial], note, reference)
