"""What residents do again and again: have care that is settled, apply, be helped by an office."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from gongji.book.acts import Act, Json
from gongji.book.care.settling import settled
from gongji.book.care.visits import begin_visit
from gongji.book.catalogue.lines import add_items
from gongji.book.catalogue.pricing import CodedLine
from gongji.book.registrations.applications import Application
from gongji.book.registrations.approvals import Approved, approve_aid
from gongji.book.registrations.registering import apply
from gongji.demo.town import Town

__all__ = ["Care", "aided", "applied", "had"]


class Care(NamedTuple):
    """Care had at an institution on a day (a stay: since a day), its facts, and its lines.

    A line is the code of an item, how many, and the price in yuan.
    """

    at: str
    day: date
    said: Mapping[str, str]
    lines: Sequence[str]
    since: date | None = None


def had(town: Town, person: int, care: Care) -> int:
    """Bring a visit in and settle it, as one act of the institution.  Gives its number."""
    library = town.library
    lines = [
        CodedLine(str(place), care.since or care.day, quantity, price, code)
        for place, (code, quantity, price) in enumerate(map(str.split, care.lines), 1)
    ]

    def work(act: Act) -> Json:
        visit = begin_visit(act, library, person, care.at, care.day, care.said, care.since)
        add_items(act, library, visit, lines)
        return {"visit": visit, "settlement": settled(act, library, visit).number}

    request = {
        "person": person, "institution": care.at, "day": care.day.isoformat(),
        "facts": dict(care.said), "lines": list(care.lines),
    }  # fmt: skip
    return int(town.at_institution(care.at, "settle_visit", request, work, person)["visit"])


def applied(town: Town, area: str, person: int, question: str, application: Application) -> int:
    """Apply for a registration.  Gives its number."""

    def work(act: Act) -> Json:
        one = apply(act, town.library, person, question, application)
        return {"registration": one.number, "state": one.state}

    request = {
        "person": person, "question": question, "day": application.day.isoformat(),
        "said": dict(application.said), "papers": list(application.papers),
    }  # fmt: skip
    return int(town.at_agency(area, "apply", request, work, person)["registration"])


def aided(town: Town, area: str, person: int, note: Mapping[str, Any], reference: str) -> None:
    """Write down that an office helps somebody over some days."""
    approved = Approved(
        note["facts"], date.fromisoformat(note["since"]), date.fromisoformat(note["until"]),
        note["office"], reference, note["papers"],
    )  # fmt: skip

    def work(act: Act) -> Json:
        return {"approval": approve_aid(act, town.library, person, approved)}

    request = {"person": person, "facts": note["facts"], "reference": reference}
    town.at_agency(area, "approve_aid", request, work, person)
