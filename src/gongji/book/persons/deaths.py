"""Who has died, and since when that is known: asked before anything is done for a person."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, select

from gongji.book.known import standing
from gongji.book.schema.turns import DEATH
from gongji.wording import Bilingual, Refused

__all__ = ["check_alive", "died_on"]


def died_on(connection: Connection, person: int, known_on: date | None = None) -> date | None:
    """The day on which a person died; None while they live.

    With `known_on` as it was known at the end of that day.
    """
    mine = (DEATH.c.person == person) & standing(DEATH, known_on)
    return connection.scalar(select(DEATH.c.day).where(mine))


def check_alive(connection: Connection, person: int, day: date) -> None:
    """Make sure that a person lives on a day; that of the death is one.  Raises `Refused`."""
    died = died_on(connection, person)
    if died is not None and day > died:
        raise Refused(
            "died",
            Bilingual(
                f"此人已于 {died} 死亡，{day} 的业务不能办理；日期写错的请更正",
                f"the person died on {died}, and nothing can be done for {day}; mend the day if "
                "it is mistaken",
            ),
            {"field": "person"},
        )
