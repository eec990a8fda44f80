"""The whole of the demo: the town opens, and everything happens in the order of its days."""

from __future__ import annotations

from datetime import date, timedelta
from operator import attrgetter

from gongji.book.backups.copying import Tell
from gongji.book.book import Book
from gongji.demo.city import YEAR, notes
from gongji.demo.crowd import crowd, named
from gongji.demo.desk import Desk
from gongji.demo.diary import entries
from gongji.demo.needs import needs_of_the_crowd
from gongji.demo.opening import moved_in, opened, with_balances, with_catalogue
from gongji.demo.paying import contributions, credits_and_payouts
from gongji.demo.reopening import begun
from gongji.demo.town import Event, Town
from gongji.demo.users import LogIn, signs_of, with_users

__all__ = ["LAST_DAY", "filled"]

LAST_DAY = date(YEAR + 1, 1, 10)
"""The day on which the last thing happens: December is paid to institutions."""

_OPENS = date(YEAR - 1, 12, 27)
_APART = timedelta(seconds=20)


def filled(book: Book, persons: int, seed: int, tell: Tell = lambda *_: None) -> list[LogIn]:
    """Fill an empty book.  Gives the users; `persons` live there besides those who have a name."""
    people, money, care, users = (notes(one) for one in ("people", "money", "care", "users"))
    by = next(one["name"] for one in users if one["role"] == "supervisor")
    desk = Desk(book, _OPENS, _APART)
    begun(desk, persons, seed)
    residents = list(named(people))
    residents += crowd(people, persons, seed, 2 * len(residents) + 2)
    town = Town(desk, residents, opened(desk, by), signs_of(users))
    with_catalogue(town, care["lists_mean"], by)
    with_balances(town, money["balances"], _OPENS)
    moved_in(town)
    found = with_users(town, users, by)
    events: list[Event] = [
        *contributions(town, money),
        *credits_and_payouts(town, money),
        *needs_of_the_crowd(town, people, care, seed),
        *entries(town, notes("diary")),
    ]
    for done, event in enumerate(sorted(events, key=attrgetter("day"))):
        tell("fill", done, len(events))
        desk.go_on_to(event.day)
        event.work()
    tell("fill", len(events), len(events))
    return found
