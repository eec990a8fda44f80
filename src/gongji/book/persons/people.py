"""Persons and the schemes that insure them: registered once, found by identity number, enrolled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from gongji.book.acts import Act, canonical
from gongji.book.known import holding, standing
from gongji.book.look_ups import LookUp, looked_up
from gongji.book.persons.deaths import check_alive
from gongji.book.persons.facts import Said, Stretch, stated
from gongji.book.persons.identity import read_identity
from gongji.book.persons.names import mark_name
from gongji.book.persons.set_elsewhere import check_not_derived, check_not_set_elsewhere
from gongji.book.places import known
from gongji.book.rules import Scheme, scheme_of
from gongji.book.schema.people import MEMBERSHIP, PERSON
from gongji.book.schema.places import EMPLOYER, SCHEME
from gongji.book.sealed import Seal
from gongji.engine.inputs import read_person
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = [
    "Membership",
    "change_facts",
    "check_person",
    "enrol",
    "leave",
    "member_look_up",
    "member_on",
    "person_with",
    "register",
]

_DAY = timedelta(days=1)


class Membership(NamedTuple):
    """Whom a scheme insures from a day to a day, both included."""

    number: int
    person: int
    scheme: Scheme
    since: date
    until: date | None


def register(act: Act, identity: str, name: str) -> int:
    """Write a person down, or find them: an identity number stands for one person.

    Gives the person's number.  Raises `Refused` (`bad_identity`, `other_name`).
    """
    found = read_identity(identity, act.asked.day)
    number = person_with(act.connection, act.seal, found.number)
    if number is None:
        row = act.connection.execute(
            insert(PERSON).values(
                look_up=act.seal.hash(found.number),
                sealed=act.seal.sealed(canonical({"identity": found.number, "name": name})),
                masked=found.masked, born=found.born, sex=found.sex, act=act.number,
            )
        )  # fmt: skip
        assert row.inserted_primary_key is not None
        number = int(row.inserted_primary_key[0])
        mark_name(act, number, name)
        return number
    sealed = act.connection.execute(
        select(PERSON.c.sealed).where(PERSON.c.id == number)
    ).scalar_one()
    if json.loads(act.seal.opened(sealed))["name"] != name:
        raise Refused(
            "other_name",
            Bilingual(
                f"身份证号 {found.masked} 已登记在另一个姓名下，请核对证件",
                f"the identity number {found.masked} is registered under another name; check the "
                "card",
            ),
            {"field": "name"},
        )
    return number


def person_with(connection: Connection, seal: Seal, identity: str) -> int | None:
    """The number of the person with an identity number, if there is one."""
    number = connection.scalar(select(PERSON.c.id).where(PERSON.c.look_up == seal.hash(identity)))
    return None if number is None else int(number)


def check_person(connection: Connection, person: int) -> None:
    """Make sure that there is a person with a number.  Raises `Refused` (`unknown_person`)."""
    if connection.scalar(select(PERSON.c.id).where(PERSON.c.id == person)) is None:
        raise _unknown_person(person)


def enrol(
    act: Act,
    library: Library,
    person: int,
    scheme: int,
    since: date,
    facts: Mapping[str, Said],
    employer: str | None = None,
) -> int:
    """Insure a person in a scheme from a day on, with what is true of them.

    Raises `Refused`: `unknown_person`, `unknown_scheme`, `unknown_employer`, `employer_elsewhere`
    where it is registered in another area, `before_birth`, `died`, `insured_already` (nobody is
    insured twice, whichever the areas), and for facts.
    """
    born = act.connection.scalar(
        select(PERSON.c.born).where(PERSON.c.id == person).with_for_update()
    )
    if born is None:
        raise _unknown_person(person)
    if since < born:
        raise Refused(
            "before_birth",
            Bilingual(f"参保日 {since} 早于出生日 {born}",
                      f"insured from {since}, before the birth on {born}"),
            {"field": "since"},
        )  # fmt: skip
    check_alive(act.connection, person, since)
    its = scheme_of(act.connection, scheme)
    if employer is not None:
        _check_employer(act, employer, its.area)
    other = act.connection.execute(
        select(MEMBERSHIP.c.since, SCHEME.c.policy).where(
            (MEMBERSHIP.c.person == person)
            & (MEMBERSHIP.c.scheme == SCHEME.c.id)
            & MEMBERSHIP.c.ended.is_(None)
            & or_(MEMBERSHIP.c.until.is_(None), MEMBERSHIP.c.until >= since)
        )
    ).first()
    if other is not None:
        raise Refused(
            "insured_already",
            Bilingual(
                f"此人自 {other.since} 起已参加 {other.policy}，不能重复参保；先办停保或转移",
                f"the person is insured by {other.policy} since {other.since}, and nobody is "
                "insured twice at a time; end that or transfer it first",
            ),
            {"field": "person"},
        )
    _read_facts(library, its, since, facts)
    _state_facts(act, person, since, facts, None)
    row = act.connection.execute(
        insert(MEMBERSHIP).values(
            person=person, scheme=scheme, employer=employer, since=since, until=None,
            act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def _check_employer(act: Act, employer: str, area: str) -> None:
    known(act, EMPLOYER, employer)
    where = act.connection.scalar(select(EMPLOYER.c.area).where(EMPLOYER.c.code == employer))
    if where != area:
        raise Refused(
            "employer_elsewhere",
            Bilingual(f"{employer} 登记在 {where}，不在险种所在的 {area}；请先在 {area} 登记单位",
                      f"{employer} is registered in {where}, and the scheme insures in {area}; "
                      f"register the employer in {area} first"),
            {"field": "employer"},
        )  # fmt: skip


def leave(act: Act, membership: int, last: date) -> None:
    """End a membership with a last day; that before it began takes all of it back.

    What has ended already can end earlier, not later.  Raises `Refused` (`unknown_membership`,
    `bad_stretch`).
    """
    row = act.connection.execute(
        select(MEMBERSHIP)
        .where((MEMBERSHIP.c.id == membership) & MEMBERSHIP.c.ended.is_(None))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise Refused(
            "unknown_membership",
            Bilingual(f"没有编号为 {membership} 的参保关系",
                      f"there is no membership {membership}"),
            {"field": "membership"},
        )  # fmt: skip
    if last < row.since - _DAY:
        raise Refused(
            "bad_stretch",
            Bilingual(f"停保日 {last} 早于参保日 {row.since}",
                      f"it ends on {last}, before it began on {row.since}"),
            {"field": "last"},
        )  # fmt: skip
    if row.until is not None and last > row.until:
        raise Refused(
            "bad_stretch",
            Bilingual(
                f"{row.until} 已经停保，停保日不能推迟到 {last}；要续保请从次日起重新参保",
                f"it ended on {row.until} already, and does not end later, on {last}; enrol the "
                "person again from the day after",
            ),
            {"field": "last"},
        )
    act.connection.execute(
        update(MEMBERSHIP).where(MEMBERSHIP.c.id == membership).values(ended=act.number)
    )
    if last >= row.since:
        act.connection.execute(
            insert(MEMBERSHIP).values(
                person=row.person, scheme=row.scheme, employer=row.employer, since=row.since,
                until=last, act=act.number,
            )
        )  # fmt: skip


def change_facts(
    act: Act,
    library: Library,
    person: int,
    scheme: Scheme,
    since: date,
    facts: Mapping[str, Said],
    until: date | None = None,
) -> None:
    """State what is true of a person from a day on, in the words of the policy that insures them.

    Raises `Refused`: `unknown_person`, `not_insured` where another scheme insures them on that day,
    or none, `derived_fact`, `registered_fact` and `approved_fact` for what contributions,
    registrations and approvals set, and for names and values that the policy does not have.
    """
    check_person(act.connection, person)
    insured = (MEMBERSHIP.c.person == person) & (MEMBERSHIP.c.scheme == scheme.number)
    here = select(MEMBERSHIP.c.id).where(insured, standing(MEMBERSHIP), holding(MEMBERSHIP, since))
    if act.connection.scalar(here) is None:
        raise Refused(
            "not_insured",
            Bilingual(f"此人在 {since} 没有参加 {scheme.policy}，不能按它变更情形",
                      f"the person is not insured by {scheme.policy} on {since}, and nothing is "
                      "stated in its words for that day"),
            {"field": "since"},
        )  # fmt: skip
    policy = _read_facts(library, scheme, since, facts)
    check_not_set_elsewhere(act.connection, policy, person, since, facts, until)
    _state_facts(act, person, since, facts, until)


def _read_facts(library: Library, scheme: Scheme, since: date, facts: Mapping[str, Said]) -> Policy:
    """The policy of a scheme on a day, in whose words facts of a person are; it has read them."""
    check_not_derived(facts)
    policy = library.policy(scheme.policy, since)
    read_person(policy, facts, "facts")
    return policy


def _state_facts(
    act: Act, person: int, since: date, facts: Mapping[str, Said], until: date | None
) -> None:
    for name, value in facts.items():
        stated(act, "person", str(person), Stretch(name, value, since, until))


_MEMBER = select(MEMBERSHIP, SCHEME.c.area, SCHEME.c.policy, SCHEME.c.parameters).where(
    SCHEME.c.id == MEMBERSHIP.c.scheme,
    MEMBERSHIP.c.person == bindparam("person"),
    holding(MEMBERSHIP, bindparam("day")),
)
_MEMBER_ON = _MEMBER.where(standing(MEMBERSHIP))
_MEMBER_AS_KNOWN = _MEMBER.where(standing(MEMBERSHIP, bindparam("known_on")))


def member_on(
    connection: Connection, person: int, day: date, known_on: date | None = None
) -> Membership:
    """The membership of a person on a day; with `known_on` as it was known at the end of a day.

    Raises `Refused` (`not_insured`).
    """
    rows = looked_up(connection, member_look_up(person, day, known_on))
    if not rows:
        raise Refused(
            "not_insured",
            Bilingual(f"此人在 {day} 没有参保", f"the person is not insured on {day}"),
            {"field": "person"},
        )
    (row,) = rows
    scheme = Scheme(row.scheme, row.area, row.policy, json.loads(row.parameters))
    return Membership(row.id, person, scheme, row.since, row.until)


def member_look_up(person: int, day: date, known_on: date | None = None) -> LookUp:
    """What `member_on` looks up."""
    whose = {"person": person, "day": day}
    if known_on is None:
        return LookUp(_MEMBER_ON, whose)
    return LookUp(_MEMBER_AS_KNOWN, {**whose, "known_on": known_on})


def _unknown_person(person: int) -> Refused:
    return Refused(
        "unknown_person",
        Bilingual(f"没有编号为 {person} 的人员", f"there is no person {person}"),
        {"field": "person"},
    )
