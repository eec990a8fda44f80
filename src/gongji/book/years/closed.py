"""Which years are closed: nothing is booked into them until they are opened again."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, bindparam, select

from gongji.book.known import standing
from gongji.book.look_ups import LookUp, looked_up
from gongji.book.schema.accounts import CLOSING
from gongji.book.schema.places import AREA
from gongji.book.statements import sent
from gongji.wording import Bilingual, Refused

__all__ = ["booking_day", "check_open", "closed_look_up", "is_closed"]


_CLOSED = select(CLOSING.c.id).where(
    CLOSING.c.area == bindparam("area"), CLOSING.c.year == bindparam("year"), standing(CLOSING)
)
_HELD_OPEN = select(AREA.c.code).where(AREA.c.code == bindparam("area")).with_for_update(read=True)


def is_closed(connection: Connection, area: str, year: int) -> bool:
    """Whether a calendar year of an area is closed."""
    return bool(looked_up(connection, closed_look_up(area, year)))


def closed_look_up(area: str, year: int) -> LookUp:
    """What `is_closed` looks up."""
    return LookUp(_CLOSED, {"area": area, "year": year})


def booking_day(connection: Connection, area: str, day: date, today: date) -> date:
    """The day on which to book what happened on a day: today where its year is closed by now."""
    if day.year == today.year or not is_closed(connection, area, day.year):
        return day
    return today


def check_open(connection: Connection, area: str, day: date) -> None:
    """Make sure that a day can be booked on, until the transaction ends.

    Raises `Refused` (`year_closed`).
    """
    sent(connection, _HELD_OPEN, {"area": area})  # nobody closes the year meanwhile
    if sent(connection, *closed_look_up(area, day.year)):
        raise Refused(
            "year_closed",
            Bilingual(
                f"{area} 的 {day.year} 年已经年结，不能再记 {day} 的账；记在今年，"
                "或由主管先重新开账",
                f"the year {day.year} of {area} is closed, and nothing is booked on {day}; book it "
                "in this year, or have a supervisor open that one again",
            ),
            {"field": "day", "year": str(day.year)},
        )
