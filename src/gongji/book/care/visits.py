"""Visits and the lines of their bills: opened, uploaded, withdrawn, until they are settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import Row, insert, select, update

from gongji.book.acts import Act, canonical
from gongji.book.care.settling import check_unsettled, locked_meters, open_visit
from gongji.book.persons.deaths import check_alive
from gongji.book.persons.people import member_on
from gongji.book.places import known
from gongji.book.rules import Scheme, scheme_of
from gongji.book.schema.catalogue import CODED_LINE
from gongji.book.schema.people import PERSON
from gongji.book.schema.places import INSTITUTION
from gongji.book.schema.visits import FEE_LINE, VISIT
from gongji.engine.amounts import AMOUNTS, read_parts
from gongji.engine.inputs import Raw, read_visit
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = [
    "add_lines",
    "begin_visit",
    "check_line",
    "check_lines",
    "checked_visit",
    "unsettled",
    "withdraw_lines",
    "withdraw_visit",
]


def begin_visit(
    act: Act,
    library: Library,
    person: int,
    institution: str,
    day: date,
    said: Mapping[str, Raw],
    since: date | None = None,
    channel: Literal["direct", "claim"] = "direct",
) -> int:
    """Open a visit of an insured person; `said` are its facts in the words of the policy.

    `day` is the day of care; of a stay that of discharge, and `since` that of admission.  By
    `claim` the person has paid the bill.  Gives the visit's number.  Raises what `checked_visit`
    refuses.
    """
    scheme = checked_visit(act, library, person, institution, day, said, since)
    row = act.connection.execute(
        insert(VISIT).values(
            person=person, scheme=scheme.number, institution=institution, since=since or day,
            day=day, channel=channel, said=canonical(said), act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def checked_visit(
    act: Act,
    library: Library,
    person: int,
    institution: str,
    day: date,
    said: Mapping[str, Raw],
    since: date | None = None,
) -> Scheme:
    """Make sure that a visit can have been.  Gives the scheme that insured the person.

    Raises `Refused`: `unknown_person`, `unknown_institution`, `before_birth`, `not_yet`,
    `bad_stretch`, `died`, `not_insured`, and for facts that the policy does not have.
    """
    since = since or day
    connection = act.connection
    born = connection.scalar(select(PERSON.c.born).where(PERSON.c.id == person))
    if born is None:
        raise Refused(
            "unknown_person",
            Bilingual(f"没有编号为 {person} 的人员", f"there is no person {person}"),
            {"field": "person"},
        )
    if since < born:
        raise Refused(
            "before_birth",
            Bilingual(f"就医日 {since} 早于出生日 {born}",
                      f"the visit on {since} is before the birth on {born}"),
            {"field": "day"},
        )  # fmt: skip
    if day < since:
        raise Refused(
            "bad_stretch",
            Bilingual(f"出院日 {day} 早于入院日 {since}",
                      f"discharged on {day}, before the admission on {since}"),
            {"field": "since"},
        )  # fmt: skip
    if day > act.asked.day:
        raise Refused(
            "not_yet",
            Bilingual(f"就医日 {day} 还没有到", f"the visit on {day} is yet to come"),
            {"field": "day"},
        )
    check_alive(connection, person, day)
    known(act, INSTITUTION, institution)
    scheme = member_on(connection, person, day).scheme
    policy = library.policy(scheme.policy, day)
    read_visit(policy, {**said, "date": day.isoformat(), "in_scope": "0.01"}, "facts")
    return scheme


def add_lines(
    act: Act, library: Library, visit: int, lines: Sequence[Mapping[str, Raw]]
) -> list[int]:
    """Upload lines of a bill: amounts in yuan, and facts.  Gives their numbers on the bill.

    All of them or none.  Raises `Refused`: `unknown_visit`, `settled_already`, `no_lines`, and for
    the first line that is not as it should be, with its place.
    """
    row = unsettled(act, visit)
    policy = library.policy(scheme_of(act.connection, row.scheme).policy, row.day)
    check_lines(policy, row.day, lines)
    last = act.connection.scalar(
        select(FEE_LINE.c.number)
        .where(FEE_LINE.c.visit == visit)
        .order_by(FEE_LINE.c.number.desc())
        .limit(1)
    )
    numbers = list(range((last or 0) + 1, (last or 0) + 1 + len(lines)))
    act.connection.execute(
        insert(FEE_LINE),
        [
            {"visit": visit, "number": number, "said": canonical(line), "act": act.number}
            for number, line in zip(numbers, lines, strict=True)
        ],
    )
    return numbers


def check_lines(policy: Policy, day: date, lines: Sequence[Mapping[str, Raw]]) -> None:
    """Make sure that lines of a bill can be read.

    Raises `Refused`: `no_lines`, and for the first that is not as it should be, with its place.
    """
    if not lines:
        raise Refused(
            "no_lines",
            Bilingual("没有费用明细", "there are no fee lines"),
            {"field": "lines"},
        )
    for index, line in enumerate(lines):
        check_line(policy, day, line, f"lines[{index + 1}]")


def check_line(policy: Policy, day: date, line: Mapping[str, Raw], where: str) -> None:
    """Make sure that a line is one that the policy can read.  Raises `Refused`."""
    read_parts({name: line[name] for name in AMOUNTS if name in line}, where)
    read_visit(policy, {"date": day.isoformat(), "items": [line]}, where)


def withdraw_lines(act: Act, visit: int, numbers: Sequence[int]) -> None:
    """Take lines back before the visit is settled; without numbers all of them.

    Raises `Refused`: `unknown_visit`, `settled_already`, `unknown_line`.
    """
    unsettled(act, visit)
    mine = (FEE_LINE.c.visit == visit) & FEE_LINE.c.ended.is_(None)
    if numbers:
        there = set(act.connection.scalars(select(FEE_LINE.c.number).where(mine)))
        gone = sorted(set(numbers) - there)
        if gone:
            raise Refused(
                "unknown_line",
                Bilingual(f"就诊 {visit} 没有第 {gone[0]} 行明细，或已撤回",
                          f"visit {visit} has no line {gone[0]}, or it is withdrawn"),
                {"field": "lines"},
            )  # fmt: skip
        mine &= FEE_LINE.c.number.in_(numbers)
    act.connection.execute(update(FEE_LINE).where(mine).values(ended=act.number))
    coded = (CODED_LINE.c.visit == visit) & CODED_LINE.c.ended.is_(None)
    if numbers:
        coded &= CODED_LINE.c.line.in_(numbers)
    act.connection.execute(update(CODED_LINE).where(coded).values(ended=act.number))


def withdraw_visit(act: Act, visit: int) -> None:
    """Take a visit back that is not settled.  Raises `Refused` (`settled_already`)."""
    unsettled(act, visit)
    act.connection.execute(update(VISIT).where(VISIT.c.id == visit).values(ended=act.number))


def unsettled(act: Act, visit: int) -> Row[Any]:
    """A visit that is open, held against being settled meanwhile.

    Raises `Refused` (`unknown_visit`, `settled_already`).
    """
    row = open_visit(act.connection, visit)
    locked_meters(act.connection, row.person, row.scheme)
    row = open_visit(act.connection, visit)  # as it stands now that nobody else moves it
    check_unsettled(act.connection, visit)
    return row
