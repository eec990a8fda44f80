"""Registrations: recognitions, filings, agreements, referrals, as a question of the policy decides.

Who applies says what the question asks for and brings papers.  The policy denies it, or says which
papers are missing, or from when until when it is in force; what it then sets is in the policy too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from gongji.book.acts import Act, canonical
from gongji.book.known import standing
from gongji.book.persons.deaths import check_alive
from gongji.book.persons.facts import Said, Stretch
from gongji.book.persons.people import member_on
from gongji.book.registrations.applications import Application, Decision, decision_of
from gongji.book.registrations.asking import Paper, said_of
from gongji.book.registrations.registered import BillFact, covered, cut_back, put, replaced
from gongji.book.registrations.stating import gained, lost
from gongji.book.rules import rules_row, scheme_of
from gongji.book.schema.papers import REGISTRATION, REGISTRATION_STATE
from gongji.book.schema.people import PERSON
from gongji.cases.ask import question_of
from gongji.engine.inputs import Raw
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = [
    "Application",
    "Registration",
    "apply",
    "bring",
    "end_registration",
    "registration_with",
    "registrations_of",
]

State = Literal["pending", "in_force", "ended"]

_DAY = timedelta(days=1)
_WANTED = ("since", "until")
"""The days that an application asks for, if it does."""


class Registration(NamedTuple):
    """A registration and how it stands; `sets` are the facts of the person that it states.

    `since` and `until` are days in force, both included; `until` None is without end.  `missing`
    are the papers without which it is pending.
    """

    number: int
    person: int
    question: str
    state: State
    since: date | None
    until: date | None
    missing: tuple[Paper, ...]
    sets: Mapping[str, Said]


def apply(
    act: Act, library: Library, person: int, question: str, application: Application
) -> Registration:
    """Apply for what a question of the policy in force grants.

    It is in force at once, or pending until the missing papers are brought.  Raises `Refused`:
    `not_allowed` with the policy's reason and clauses, `registered_already` where nothing would
    change, `no_institution`, `no_area`, `not_asked_for`, `unknown_person`, `died`, `not_insured`,
    `not_yet`, `unknown_question`, and what the engine refuses.
    """
    _locked(act, person)
    scheme = member_on(act.connection, person, application.day).scheme
    name = question_of(library.policy(scheme.policy, application.day), question, library).name
    row = act.connection.execute(
        insert(REGISTRATION).values(
            person=person, scheme=scheme.number, question=name, act=act.number
        )
    )
    assert row.inserted_primary_key is not None
    return _decided(act, library, int(row.inserted_primary_key[0]), application)


def bring(
    act: Act,
    library: Library,
    registration: int,
    day: date,
    papers: Collection[str],
    said: Mapping[str, Raw] | None = None,
) -> Registration:
    """Bring papers that were missing, on a day; what is said anew takes the place of what was said.

    The policy is asked about that day again.  Raises `Refused`: `unknown_registration`,
    `not_pending`, `not_yet`, `too_early` (before the application), and what `apply` refuses.
    """
    row = _standing(act.connection, registration)
    _locked(act, row.person)
    row = _standing(act.connection, registration)
    if row.state != "pending":
        raise _state(registration, "not_pending", "不是待补材料的申请", "is not pending")
    if day < row.day:
        raise Refused(
            "too_early",
            Bilingual(f"补材料的日期 {day} 早于申请日 {row.day}",
                      f"the papers were brought on {day}, before the application on {row.day}"),
            {"field": "day"},
        )  # fmt: skip
    asked = json.loads(row.asked)
    every = {*asked["papers"], *papers}
    whole = Application(
        day, {**asked["said"], **(said or {})}, every, asked["institutions"], asked["area"],
        *(date.fromisoformat(asked[name]) if name in asked else None for name in _WANTED),
    )  # fmt: skip
    return _decided(act, library, registration, whole)


def end_registration(act: Act, registration: int, last: date) -> Registration:
    """End a registration with its last day, or withdraw one that is pending.

    A last day before its first takes it back as a whole.  Raises `Refused`:
    `unknown_registration`, `ended_already`, `bad_stretch` where it ends earlier anyway.
    """
    row = _standing(act.connection, registration)
    _locked(act, row.person)
    row = _standing(act.connection, registration)
    if row.state == "ended":
        raise _state(registration, "ended_already", "已经结束", "has ended already")
    if row.state == "pending":
        return _moved(act, row, "ended", {})
    if row.until is not None and last >= row.until:
        raise Refused(
            "bad_stretch",
            Bilingual(f"登记 {registration} 本来到 {row.until} 为止，不能改到 {last}",
                      f"registration {registration} ends on {row.until}, not on {last} or later"),
            {"field": "last"},
        )  # fmt: skip
    since = max(last + _DAY, row.since)
    cut_back(act, registration, since)
    ended = _moved(act, row, "ended", {"until": last})
    _unstated(act, row, since)
    return ended


def registration_with(connection: Connection, number: int) -> Registration:
    """A registration by its number.  Raises `Refused` (`unknown_registration`)."""
    return _registration(_standing(connection, number))


def registrations_of(
    connection: Connection, person: int, known_on: date | None = None
) -> list[Registration]:
    """A person's registrations, also as they were known at the end of a day."""
    rows = connection.execute(
        _joined()
        .where((REGISTRATION.c.person == person) & standing(REGISTRATION_STATE, known_on))
        .order_by(REGISTRATION.c.id)
    )
    return [_registration(row) for row in rows]


# --- deciding ------------------------------------------------------------------------------------


def _decided(
    act: Act, library: Library, registration: int, application: Application
) -> Registration:
    """Ask the policy, and put what it grants in force where no paper is missing."""
    if application.day > act.asked.day:
        raise Refused(
            "not_yet",
            Bilingual(f"申请日 {application.day} 还没有到",
                      f"the application of {application.day} is yet to come"),
            {"field": "day"},
        )  # fmt: skip
    row = act.connection.execute(
        select(REGISTRATION).where(REGISTRATION.c.id == registration)
    ).one()
    check_alive(act.connection, row.person, application.day)
    scheme = scheme_of(act.connection, row.scheme)
    decision = decision_of(act, library, scheme, row.person, row.question, application)
    sets: dict[str, Said] = {}
    if not decision.missing:
        sets = _in_force(act, row, decision, application)
    act.connection.execute(
        update(REGISTRATION_STATE)
        .where((REGISTRATION_STATE.c.registration == registration) & standing(REGISTRATION_STATE))
        .values(ended=act.number)
    )
    pending = bool(decision.missing)
    act.connection.execute(
        insert(REGISTRATION_STATE).values(
            registration=registration, state="pending" if pending else "in_force",
            day=application.day, rules=rules_row(act.connection, decision.rules),
            asked=canonical(_asked(application)), missing=canonical(_papers(decision.missing)),
            sets=canonical(sets), since=None if pending else decision.since,
            until=None if pending else decision.until, act=act.number,
        )
    )  # fmt: skip
    return registration_with(act.connection, registration)


# --- in force ------------------------------------------------------------------------------------


def _in_force(
    act: Act, row: Row[Any], decision: Decision, application: Application
) -> dict[str, Said]:
    """State what is granted.  Gives the facts of the person; refused where nothing would change."""
    facts, found = decision.rules.policy.facts, decision.granted
    values = {name: said_of(facts[name], value) for name, value in found.sets.items()}
    mine = {name: value for name, value in values.items() if facts[name].of == "person"}
    moved = [
        gained(act, row.person, Stretch(name, value, decision.since, decision.until))
        for name, value in mine.items()
    ]
    only = {name: said_of(facts[name], value) for name, value in found.only.items()}
    places: list[tuple[str | None, str | None]] = [(None, application.area or None)]
    if application.institutions:
        places = [(one, None) for one in application.institutions]
    new = [
        BillFact(name, value, only, institution, area, decision.since, decision.until)
        for name, value in values.items()
        if name not in mine
        for institution, area in places
    ]
    fresh = [one for one in new if not covered(act.connection, row.person, one)]
    if not fresh and not any(moved):
        raise Refused(
            "registered_already",
            Bilingual("已经登记过，这次申请不会改变什么",
                      "it is registered already, and this application would change nothing"),
            {"field": "question"},
        )  # fmt: skip
    if found.grant.single:
        for one in new:
            replaced(act, row.person, one)
        fresh = new
    for one in fresh:
        put(act, row.id, row.person, one)
    return mine


def _unstated(act: Act, row: Row[Any], since: date) -> None:
    """Take back what a registration stated from a day on, but for what others state as well."""
    sets: Mapping[str, Said] = json.loads(row.sets)
    for name, value in sets.items():
        lost(act, row.person, Stretch(name, value, since, row.until))
    for other in registrations_of(act.connection, row.person):
        if other.state != "in_force" or other.since is None:
            continue
        first = max(since, other.since)
        last = min((day for day in (row.until, other.until) if day is not None), default=None)
        if last is None or first <= last:
            for name in sets.keys() & other.sets.keys():
                gained(act, row.person, Stretch(name, other.sets[name], first, last))


# --- rows ----------------------------------------------------------------------------------------


def _joined() -> Any:
    return select(
        REGISTRATION.c.id, REGISTRATION.c.person, REGISTRATION.c.question,
        REGISTRATION_STATE.c.id.label("row"),
        *(one for one in REGISTRATION_STATE.c if one.name not in ("id", "registration", "act")),
    ).join(REGISTRATION_STATE, REGISTRATION_STATE.c.registration == REGISTRATION.c.id)  # fmt: skip


def _standing(connection: Connection, registration: int) -> Row[Any]:
    row: Row[Any] | None = connection.execute(
        _joined().where((REGISTRATION.c.id == registration) & standing(REGISTRATION_STATE))
    ).one_or_none()
    if row is None:
        raise _state(registration, "unknown_registration", "不存在", "is not there")
    return row


def _moved(act: Act, row: Row[Any], state: State, new: Mapping[str, Any]) -> Registration:
    """The same registration in another state."""
    which = REGISTRATION_STATE.c.id == row.row
    old = act.connection.execute(select(REGISTRATION_STATE).where(which)).mappings().one()
    act.connection.execute(update(REGISTRATION_STATE).where(which).values(ended=act.number))
    kept = {name: value for name, value in old.items() if name not in ("id", "ended")}
    act.connection.execute(
        insert(REGISTRATION_STATE).values(**{**kept, "state": state, "act": act.number, **new})
    )
    return registration_with(act.connection, row.id)


def _registration(row: Row[Any]) -> Registration:
    missing = tuple(
        Paper(tuple(one["names"]), Bilingual(one["zh"], one["en"]), tuple(one["clauses"]))
        for one in json.loads(row.missing)
    )
    return Registration(
        row.id, row.person, row.question, row.state, row.since, row.until, missing,
        json.loads(row.sets),
    )  # fmt: skip


def _asked(application: Application) -> dict[str, Any]:
    wanted = {name: getattr(application, name) for name in _WANTED}
    return {
        **{name: day.isoformat() for name, day in wanted.items() if day is not None},
        "said": dict(application.said),
        "papers": sorted(application.papers),
        "institutions": list(application.institutions),
        "area": application.area,
    }


def _papers(missing: Sequence[Paper]) -> list[dict[str, Any]]:
    return [
        {"names": one.names, "zh": one.title.zh, "en": one.title.en, "clauses": one.clauses}
        for one in missing
    ]


def _locked(act: Act, person: int) -> None:
    """Hold a person, so that what is registered of them follows each other."""
    row = select(PERSON.c.id).where(PERSON.c.id == person).with_for_update()
    if act.connection.scalar(row) is None:
        raise Refused(
            "unknown_person",
            Bilingual(f"没有编号为 {person} 的人员", f"there is no person {person}"),
            {"field": "person"},
        )


def _state(registration: int, kind: str, zh: str, en: str) -> Refused:
    return Refused(
        kind,
        Bilingual(f"登记 {registration} {zh}", f"registration {registration} {en}"),
        {"field": "registration"},
    )
