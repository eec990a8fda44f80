"""Aid that an office approved: who is helped, from when until when, by which decision.

An approval states facts of the person over its days.  One that comes late is true from its first
day and known from the day of the act.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from gongji.book.acts import Act, canonical
from gongji.book.known import standing
from gongji.book.persons.deaths import check_alive
from gongji.book.persons.facts import Stretch, stated, taken_back
from gongji.book.persons.people import member_on
from gongji.book.persons.set_elsewhere import AID_FACTS
from gongji.book.schema.papers import APPROVAL
from gongji.book.schema.people import PERSON
from gongji.engine.inputs import read_person
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, listed

__all__ = ["Approval", "Approved", "approvals_of", "approve_aid", "end_approval"]

_DAY = timedelta(days=1)
_MOST_OFFICE = 100
_MOST_REFERENCE = 64


class Approved(NamedTuple):
    """A decision: the facts, the days, the office that decided, its reference, the papers kept.

    `until` None is without end.
    """

    facts: Mapping[str, str]
    since: date
    until: date | None
    office: str
    reference: str
    papers: Collection[str] = ()


class Approval(NamedTuple):
    """An approval of the book, by its number."""

    number: int
    person: int
    approved: Approved


def approve_aid(act: Act, library: Library, person: int, approved: Approved) -> int:
    """Write an office's decision down, and state what is true of the person over its days.

    Gives its number.  Raises `Refused`: `no_office`, `no_reference`, `not_aid`, `bad_stretch`,
    `approved_already` for a reference of the office that is there, `approved_otherwise` where
    another approval stands over some of the days, `unknown_person`, `died`, `not_insured`, and for
    values that the policy does not have.
    """
    _checked(approved)
    held = select(PERSON.c.id).where(PERSON.c.id == person).with_for_update()
    if act.connection.scalar(held) is None:
        raise Refused(
            "unknown_person",
            Bilingual(f"没有编号为 {person} 的人员", f"there is no person {person}"),
            {"field": "person"},
        )
    check_alive(act.connection, person, approved.since)
    scheme = member_on(act.connection, person, approved.since).scheme
    read_person(library.policy(scheme.policy, approved.since), approved.facts, "facts")
    for other in approvals_of(act.connection, person):
        if set(other.approved.facts) & set(approved.facts) and _meet(other.approved, approved):
            raise _approved_otherwise(other)
    number = _written(act, person, approved)
    for name, value in approved.facts.items():
        fact = Stretch(name, value, approved.since, approved.until)
        stated(act, "person", str(person), fact)
    return number


def end_approval(act: Act, approval: int, last: date) -> int:
    """End an approval with its last day; a last day before its first takes it back as a whole.

    Gives the number under which the rest of it stands, or its own where nothing is left.  Raises
    `Refused`: `unknown_approval`, `bad_stretch` where it ends earlier anyway.
    """
    row = act.connection.execute(
        select(APPROVAL).where((APPROVAL.c.id == approval) & standing(APPROVAL)).with_for_update()
    ).one_or_none()
    if row is None:
        raise Refused(
            "unknown_approval",
            Bilingual(f"没有编号为 {approval} 的认定，或已经结束",
                      f"there is no approval {approval}, or it has ended"),
            {"field": "approval"},
        )  # fmt: skip
    if row.until is not None and last >= row.until:
        raise Refused(
            "bad_stretch",
            Bilingual(f"认定 {approval} 本来到 {row.until} 为止，不能改到 {last}",
                      f"approval {approval} ends on {row.until}, not on {last} or later"),
            {"field": "last"},
        )  # fmt: skip
    one = _approval(row)
    ended = update(APPROVAL).where(APPROVAL.c.id == approval).values(ended=act.number)
    act.connection.execute(ended)
    for name, value in one.approved.facts.items():
        gone = Stretch(name, value, max(last + _DAY, row.since), row.until)
        taken_back(act, "person", str(row.person), gone)
    if last < row.since:
        return approval
    return _written(act, row.person, one.approved._replace(until=last))


def approvals_of(
    connection: Connection, person: int, known_on: date | None = None
) -> list[Approval]:
    """A person's approvals, also as they were known at the end of a day."""
    rows = connection.execute(
        select(APPROVAL)
        .where((APPROVAL.c.person == person) & standing(APPROVAL, known_on))
        .order_by(APPROVAL.c.id)
    )
    return [_approval(row) for row in rows]


def _checked(approved: Approved) -> None:
    """Make sure that a decision says who decided what, and over which days."""
    for field, text, most, kind, words in (
        ("office", approved.office, _MOST_OFFICE, "no_office",
         Bilingual("作出认定的部门", "the office that decided")),
        ("reference", approved.reference, _MOST_REFERENCE, "no_reference",
         Bilingual("部门的文号或编号", "the office's reference")),
    ):  # fmt: skip
        if not text.strip() or len(text) > most or not text.isprintable():
            raise Refused(
                kind,
                Bilingual(f"{field}：请写明{words.zh}，至多 {most} 个字符",
                          f"{field}: say {words.en}, in at most {most} characters"),
                {"field": field},
            )  # fmt: skip
    strange = [name for name in approved.facts if name not in AID_FACTS]
    if strange or not approved.facts:
        raise Refused(
            "not_aid",
            Bilingual(f"facts：救助认定只写 {listed(AID_FACTS)}，至少一项",
                      f"facts: an approval of aid says {listed(AID_FACTS)}, at least one"),
            {"field": "facts", "choices": list(AID_FACTS)},
        )  # fmt: skip
    if approved.until is not None and approved.until < approved.since:
        raise Refused(
            "bad_stretch",
            Bilingual(f"止日 {approved.until} 早于起日 {approved.since}",
                      f"it ends on {approved.until}, before it begins on {approved.since}"),
            {"field": "until"},
        )  # fmt: skip


def _meet(one: Approved, other: Approved) -> bool:
    """Whether two approvals have a day in common."""
    begins = max(one.since, other.since)
    return all(until is None or begins <= until for until in (one.until, other.until))


def _approved_otherwise(other: Approval) -> Refused:
    there = other.approved
    last = there.until or "…"
    return Refused(
        "approved_otherwise",
        Bilingual(
            f"认定 {other.number}（{there.office} {there.reference}，{there.since} 至 {last}）"
            "与此重叠；先结束那一项",
            f"approval {other.number} ({there.office} {there.reference}, {there.since} to {last}) "
            "stands over some of these days; end it first",
        ),
        {"field": "since", "approval": str(other.number)},
    )


def _written(act: Act, person: int, approved: Approved) -> int:
    row = insert(APPROVAL).values(
        person=person, facts=canonical(dict(approved.facts)), since=approved.since,
        until=approved.until, office=approved.office.strip(),
        reference=approved.reference.strip(), papers=canonical(sorted(approved.papers)),
        act=act.number,
    )  # fmt: skip
    try:
        with act.connection.begin_nested():
            found = act.connection.execute(row)
    except IntegrityError:
        raise Refused(
            "approved_already",
            Bilingual(f"{approved.office} 的 {approved.reference} 已经登记过",
                      f"{approved.reference} of {approved.office} is there already"),
            {"field": "reference"},
        ) from None  # fmt: skip
    assert found.inserted_primary_key is not None
    return int(found.inserted_primary_key[0])


def _approval(row: Row[Any]) -> Approval:
    facts: dict[str, str] = json.loads(row.facts)
    approved = Approved(
        facts, row.since, row.until, row.office, row.reference, tuple(json.loads(row.papers))
    )
    return Approval(row.id, row.person, approved)
