"""The diary: what happens to those who have a name, day by day, each through its service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from gongji.book.accounts.estates import Heir, inherit, record_death
from gongji.book.accounts.family import authorise, pay_for_relative
from gongji.book.acts import Act, Json
from gongji.book.care.cancelling import cancelled
from gongji.book.care.resettling import settle_anew
from gongji.book.care.settling import standing_of
from gongji.book.claims.claiming import Claimed, check_claim, complete_claim, receive_claim
from gongji.book.claims.paying import pay_claim, settle_claim
from gongji.book.clearing.reconciling import reconcile_rows
from gongji.book.clearing.span import Span, done_in
from gongji.book.registrations.applications import Application
from gongji.book.registrations.registering import bring
from gongji.book.turns.retiring import assess_retirement, pay_top_up
from gongji.demo.care import Care, aided, applied, had
from gongji.demo.city import Resident
from gongji.demo.invented import invented_identity
from gongji.demo.town import Event, Town
from gongji.engine.calendar import months_after
from gongji.money import parse_yuan
from gongji.policy.versions import Library

__all__ = ["entries"]

_HEIRS = 500_000
"""Serial numbers of heirs, who do not live in the town, begin here."""


def entries(town: Town, diary: Sequence[Mapping[str, Any]]) -> Iterator[Event]:
    """The entries of the diary, each on its day; one that is `monthly` comes so many times."""
    for entry in diary:
        (what,) = set(entry) & set(_WAYS)
        note = entry[what]
        times = int(note.get("monthly", "1")) if isinstance(note, dict) else 1
        for month in range(times):
            one = _Entry(town, entry, months_after(date.fromisoformat(entry["day"]), month))
            yield Event(one.day, partial(_WAYS[what], one, note))


class _Entry:
    """An entry: whom it is about, and when."""

    def __init__(self, town: Town, entry: Mapping[str, Any], day: date) -> None:
        self.town = town
        self.entry = entry
        self.day = day

    @property
    def library(self) -> Library:
        """The policies that the book settles by."""
        return self.town.library

    @property
    def who(self) -> Resident:
        """The resident whom it is about."""
        return self.town.resident(self.entry["who"])

    @property
    def person(self) -> int:
        """The number of that resident."""
        return self.town.persons[self.who.serial]

    @property
    def area(self) -> str:
        """Where that resident is insured."""
        return self.town.schemes[self.who.scheme].area

    @property
    def scheme(self) -> int:
        """By which scheme."""
        return self.town.schemes[self.who.scheme].number

    def since(self, text: str | None) -> date | None:
        """A day, if there is one."""
        return None if text is None else date.fromisoformat(text)

    def speak_of(self, note: Mapping[str, Any], number: int) -> None:
        """Remember something by the name that the note gives it."""
        if "as" in note:
            self.town.spoken_of[note["as"]] = number

    def named(self, name: str) -> int:
        """The number of what was given a name."""
        return self.town.spoken_of[name]

    def at_agency(self, service: str, request: Json, work: Callable[[Act], Json]) -> Json:
        """Do some work for the resident at the agency."""
        return self.town.at_agency(self.area, service, request, work, self.person)


# --- care and what it needs ----------------------------------------------------------------------


def _visit(one: _Entry, note: Mapping[str, Any]) -> None:
    since = one.since(one.entry.get("since"))
    care = Care(note["at"], one.day, note["said"], note["lines"], since)
    one.speak_of(note, had(one.town, one.person, care))


def _cancel(one: _Entry, name: str) -> None:
    visit = one.named(name)

    def work(act: Act) -> Json:
        row = standing_of(act.connection, visit)
        assert row is not None, "it was settled"
        again = cancelled(act, one.library, row.id)
        return {"settlement": row.id, "again": [found.settlement for found in again]}

    one.at_agency("cancel_settlement", {"visit": visit}, work)


def _settle_anew(one: _Entry, _: str) -> None:
    def work(act: Act) -> Json:
        again = settle_anew(act, one.library, one.person, one.scheme)
        return {"again": [found.settlement for found in again]}

    one.at_agency("settle_anew", {"person": one.person, "scheme": one.scheme}, work)


def _apply(one: _Entry, note: Mapping[str, Any]) -> None:
    application = Application(
        one.day, note["said"], note.get("papers", ()), note.get("institutions", ()),
        note.get("area", ""),
    )  # fmt: skip
    number = applied(one.town, one.area, one.person, note["question"], application)
    one.speak_of(note, number)


def _bring(one: _Entry, note: Mapping[str, Any]) -> None:
    number = one.named(note["to"])

    def work(act: Act) -> Json:
        found = bring(act, one.library, number, one.day, note["papers"], note["said"])
        return {"registration": number, "state": found.state}

    one.at_agency("bring", {"registration": number, "papers": note["papers"]}, work)


def _aid(one: _Entry, note: Mapping[str, Any]) -> None:
    aided(one.town, one.area, one.person, note, note["reference"])


# --- claims --------------------------------------------------------------------------------------


def _claim(one: _Entry, note: Mapping[str, Any]) -> None:
    lines = [{"in_scope": yuan} for yuan in note["lines"]]
    claimed = Claimed(
        note["at"], date.fromisoformat(note["care"]), note["said"], lines, note["receipts"],
        note["papers"],
    )  # fmt: skip

    def work(act: Act) -> Json:
        return {"claim": receive_claim(act, one.library, one.person, claimed).number}

    request = {"person": one.person, "receipts": note["receipts"], "papers": note["papers"]}
    one.speak_of(note, one.at_agency("receive_claim", request, work)["claim"])


def _complete(one: _Entry, note: Mapping[str, Any]) -> None:
    number = one.named(note["claim"])

    def work(act: Act) -> Json:
        found = complete_claim(act, one.library, number, note["papers"])
        return {"claim": number, "state": found.state}

    one.at_agency("complete_claim", {"claim": number, "papers": note["papers"]}, work)


def _check(one: _Entry, name: str) -> None:
    number = one.named(name)

    def work(act: Act) -> Json:
        return {"claim": number, "state": check_claim(act, one.library, number).state}

    one.at_agency("check_claim", {"claim": number}, work)


def _settle_claim(one: _Entry, name: str) -> None:
    number = one.named(name)

    def work(act: Act) -> Json:
        return {"claim": number, "state": settle_claim(act, one.library, number).state}

    one.at_agency("settle_claim", {"claim": number}, work)


def _pay_claim(one: _Entry, name: str) -> None:
    number = one.named(name)

    def work(act: Act) -> Json:
        return {"claim": number, "paid_fen": pay_claim(act, number).paid_fen}

    one.at_agency("pay_claim", {"claim": number}, work)


# --- accounts and the turns of a life ------------------------------------------------------------


def _authorise(one: _Entry, note: Mapping[str, Any]) -> None:
    relative = one.town.persons[one.town.resident(note["relative"]).serial]
    relation, said = note["relation"], note["said"]

    def work(act: Act) -> Json:
        number = authorise(act, one.library, one.person, relative, relation, one.day, said=said)
        return {"authorisation": number}

    request = {"owner": one.person, "relative": relative, "relation": relation}
    one.at_agency("authorise", request, work)


def _pay_for(one: _Entry, note: Mapping[str, str]) -> None:
    visit, fen = one.named(note["visit"]), parse_yuan(note["yuan"], "yuan")

    def work(act: Act) -> Json:
        return {"entry": pay_for_relative(act, one.library, visit, one.person, fen, one.day)}

    one.at_agency("pay_for_relative", {"visit": visit, "owner": one.person, "fen": fen}, work)


def _retire(one: _Entry, said: Mapping[str, str]) -> None:
    def work(act: Act) -> Json:
        found = assess_retirement(act, one.library, one.person, one.day, said=said)
        return {"assessment": found.number, "due_fen": found.due_fen}

    one.at_agency("assess_retirement", {"person": one.person, "said": dict(said)}, work)


def _top_up(one: _Entry, note: Mapping[str, Any]) -> None:
    fen = parse_yuan(note["yuan"], "yuan")

    def work(act: Act) -> Json:
        found = pay_top_up(act, one.library, one.person, one.day, fen, note["said"])
        return {"assessment": found.number, "since": str(found.since)}

    one.at_agency("pay_top_up", {"person": one.person, "fen": fen}, work)


def _death(one: _Entry, text: str) -> None:
    died = date.fromisoformat(text)

    def work(act: Act) -> Json:
        return {"death": record_death(act, one.person, died).number}

    one.at_agency("record_death", {"person": one.person, "day": text}, work)


def _inherit(one: _Entry, note: Mapping[str, Any]) -> None:
    heirs = [
        Heir(
            invented_identity(
                date.fromisoformat(heir["born"]), _HEIRS + 2 * place + (heir["sex"] == "male")
            ),
            heir["name"], heir["share"],
        )
        for place, heir in enumerate(note["heirs"])
    ]  # fmt: skip

    def work(act: Act) -> Json:
        entry = inherit(
            act, one.library, one.person, one.scheme, heirs, one.day, basis=note["basis"]
        )
        return {"entry": entry}

    one.at_agency("inherit", {"person": one.person, "heirs": len(heirs)}, work)


# --- institutions --------------------------------------------------------------------------------


def _reconcile(one: _Entry, note: Mapping[str, str]) -> None:
    """An institution sends its rows of a period, the first with some yuan too much if it errs."""
    code = note["institution"]
    span = Span(code, date.fromisoformat(note["first"]), date.fromisoformat(note["last"]))
    too_much = parse_yuan(note.get("too_much", "0"), "too_much")
    with one.town.desk.book.reading() as connection:
        first, *rest = done_in(connection, span)
    sent = [first._replace(total=first.total + too_much), *rest]

    def work(act: Act) -> Json:
        found = reconcile_rows(act, span, sent)
        return {"reconciliation": found.number, "equal": found.equal}

    request = {"institution": code, "first": note["first"], "last": note["last"]}
    one.town.at_institution(code, "reconcile", request, work)


_WAYS: Mapping[str, Callable[[_Entry, Any], None]] = {
    "visit": _visit,
    "cancel": _cancel,
    "settle_anew": _settle_anew,
    "apply": _apply,
    "bring": _bring,
    "aid": _aid,
    "claim": _claim,
    "complete": _complete,
    "check": _check,
    "settle_claim": _settle_claim,
    "pay_claim": _pay_claim,
    "authorise": _authorise,
    "pay_for": _pay_for,
    "retire": _retire,
    "top_up": _top_up,
    "death": _death,
    "inherit": _inherit,
    "reconcile": _reconcile,
}
"""What an entry can be."""
