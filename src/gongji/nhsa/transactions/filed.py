"""What is on file of a person: diseases (5301), institutions (5302), referrals (5304).

Diseases and institutions are told however they were registered, here or at the agency's counter;
of referrals those that came by the interface, because only they say where to and why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from gongji.book.exchange.filings import Filing, filings_of
from gongji.book.known import standing
from gongji.book.persons.facts import history_of
from gongji.book.registrations.registered import lies_in
from gongji.book.registrations.stating import members_of
from gongji.book.schema.papers import REGISTERED_FACT, REGISTRATION
from gongji.nhsa.care.people import Insured, base_of, insured_on, person_named
from gongji.nhsa.care.places import name_of
from gongji.nhsa.mapping.ways import Way
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.echoed import echoed
from gongji.nhsa.services import Look, Service
from gongji.policy.model import Policy

__all__ = ["SERVICES"]

_DAY = timedelta(days=1)


class _Stretch(NamedTuple):
    """Days over which something is registered, both included; no `until` is no end."""

    since: date
    until: date | None

    def meets(self, first: date, last: date | None) -> bool:
        """Whether it has a day of a stretch; what was taken back as a whole has none."""
        begun = last is None or self.since <= last
        return begun and (self.until is None or self.until >= max(first, self.since))


def _insured(call: Call, connection: Connection) -> Insured:
    person = person_named(call, connection, call.one("data"))
    return insured_on(call, connection, person, call.day)


# --- diseases ------------------------------------------------------------------------------------


def _diseases(call: Call, connection: Connection) -> Output:
    """5301: the diseases that a person is registered with, today or later."""
    insured = _insured(call, connection)
    policy = call.library.policy(insured.member.scheme.policy, call.day)
    names = {
        one.said["opsp_dise_code"]: one.said["opsp_dise_name"]
        for one in filings_of(connection, insured.person.id, "disease")
    }
    found = [
        {
            "opsp_dise_code": code, "opsp_dise_name": names.get(code) or _title(policy, way, value),
            "begndate": days.since.isoformat(),
            "enddate": days.until.isoformat() if days.until else None,
        }
        for way in insured.mapping.filings["disease"]
        for code, value in way.diseases.items()
        for days in _registered(connection, insured, policy.facts[way.known_by].of, way, value)
        if days.meets(call.day, None)
    ]  # fmt: skip
    return {"feedetail": found}


def _title(policy: Policy, way: Way, value: str) -> str:
    return policy.facts[way.disease].values[value].zh


def _registered(
    connection: Connection, insured: Insured, of: str, way: Way, value: str
) -> Iterator[_Stretch]:
    """When a disease is registered, as a fact of the person or for bills of that disease."""
    person = insured.person.id
    if of == "person":
        days = {
            _Stretch(fact.since, fact.until)
            for fact in history_of(connection, "person", str(person))
            if fact.name == way.known_by and value in members_of(fact.value)
        }
    else:
        days = {
            _Stretch(row.since, row.until)
            for row in _set_on_bills(connection, person)
            if json.loads(row.only).get(way.known_by) == value
        }
    yield from _joined(days)


def _joined(days: Iterable[_Stretch]) -> Iterator[_Stretch]:
    """Stretches in their order, those that follow each other without a gap as one."""
    open_now: _Stretch | None = None
    for one in sorted(days, key=lambda one: one.since):
        if open_now is None:
            open_now = one
        elif open_now.until is None or one.since <= open_now.until + _DAY:
            open_now = open_now._replace(until=_later(open_now.until, one.until))
        else:
            yield open_now
            open_now = one
    if open_now is not None:
        yield open_now


def _later(one: date | None, other: date | None) -> date | None:
    """The later of two last days, of which none is no end."""
    return None if one is None or other is None else max(one, other)


# --- institutions --------------------------------------------------------------------------------


def _designated(call: Call, connection: Connection) -> Output:
    """5302: the institutions registered for a person by a kind of application, today or later."""
    insured = _insured(call, connection)
    kind = call.one("data").needed("biz_appy_type")
    questions = {
        way.question
        for way in insured.mapping.filings["designation"]
        if kind in way.sent.get("biz_appy_type", ())
    }
    filed = {
        (one.registration.number, one.said["fixmedins_code"]): one
        for one in filings_of(connection, insured.person.id, "designation")
    }
    there: dict[tuple[str, _Stretch], Row[Any]] = {}
    for row in _set_on_bills(connection, insured.person.id):
        days = _Stretch(row.since, row.until)
        if row.question in questions and row.institution and days.meets(call.day, None):
            there.setdefault((row.institution, days), row)
    found = []
    for place, ((code, days), row) in enumerate(there.items(), 1):
        filing = filed.get((row.registration, code))
        said = filing.said if filing else {}
        found.append(
            {
                "psn_no": insured.psn_no, "insutype": insured.mapping.insutype,
                "fix_srt_no": said.get("fix_srt_no", str(place)), "fixmedins_code": code,
                "fixmedins_name": name_of(connection, code), "begndate": days.since.isoformat(),
                "enddate": days.until.isoformat() if days.until else None,
                "memo": said.get("memo"),
            }
        )  # fmt: skip
    return {"psnfixmedin": found}


def _set_on_bills(connection: Connection, person: int) -> list[Row[Any]]:
    """What registrations of a person set on bills, with the questions that were asked."""
    rows = connection.execute(
        select(REGISTERED_FACT, REGISTRATION.c.question)
        .join(REGISTRATION, REGISTRATION.c.id == REGISTERED_FACT.c.registration)
        .where((REGISTERED_FACT.c.person == person) & standing(REGISTERED_FACT))
        .order_by(REGISTERED_FACT.c.id)
    )
    return list(rows)


# --- referrals -----------------------------------------------------------------------------------


def _referred(call: Call, connection: Connection) -> Output:
    """5304: the referrals of a person that hold on some day of a stretch, whoever filed them."""
    given = call.one("data")
    insured = _insured(call, connection)
    first, last = given.needed_day("begntime"), given.day("endtime")
    who = base_of(call, insured, call.day)
    rows = [
        {**_referral(insured, one, days), **who}
        for one in filings_of(connection, insured.person.id, "referral")
        if (days := _days_of(one)).meets(first, last)
    ]
    return {"refmedin": rows}


def _days_of(filing: Filing) -> _Stretch:
    since, until = filing.registration.since, filing.registration.until
    assert since is not None, "what is pending is refused when it is filed"
    return _Stretch(since, until)


def _referral(insured: Insured, filing: Filing, days: _Stretch) -> dict[str, Any]:
    said, home = filing.said, insured.member.scheme.area
    elsewhere = not lies_in(said["mdtrtarea_admdvs"], home)
    return {
        **echoed("5304", "refmedin", said), "dcla_souc": "01", "insutype": insured.mapping.insutype,
        "insu_optins": said.get("insu_optins", home), "out_flag": "1" if elsewhere else "0",
        "hosp_agre_refl_flag": "1", "begndate": days.since.isoformat(),
        "enddate": days.until.isoformat() if days.until else None,
    }  # fmt: skip


SERVICES: Mapping[str, Service] = {
    "5301": Look(_diseases), "5302": Look(_designated), "5304": Look(_referred),
}  # fmt: skip
