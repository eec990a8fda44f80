"""What open registrations make of a bill: recognised here, agreed with, filed for, referred.

Rows say for which bills of a person, where, and from when until when a fact holds.  Which facts
registrations set is in the policy; what such a fact is without one follows from that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from gongji.book.acts import Act, canonical
from gongji.book.known import holding, standing
from gongji.book.look_ups import LookUp, looked_up
from gongji.book.persons.facts import Said
from gongji.book.schema.papers import REGISTERED_FACT
from gongji.book.schema.places import INSTITUTION
from gongji.engine.amounts import one_text
from gongji.engine.inputs import Raw, read_value
from gongji.policy.model import Fact, Name, Policy
from gongji.wording import Bilingual, Refused

__all__ = [
    "BillFact",
    "bill_facts_on",
    "covered",
    "cut_back",
    "lies_in",
    "put",
    "registered_facts",
    "registered_look_up",
    "replaced",
]

_DAY = timedelta(days=1)


class BillFact(NamedTuple):
    """A fact of a person's bills: for bills with these others only, at a place, over some days."""

    name: str
    value: Said
    only: Mapping[str, Said]
    institution: str | None
    area: str | None
    since: date
    until: date | None


def put(act: Act, registration: int, person: int, fact: BillFact) -> None:
    """Write down what a registration sets."""
    act.connection.execute(
        insert(REGISTERED_FACT).values(
            registration=registration, person=person, name=fact.name,
            value=canonical(fact.value), only=canonical(fact.only), institution=fact.institution,
            area=fact.area, since=fact.since, until=fact.until, act=act.number,
        )
    )  # fmt: skip


def covered(connection: Connection, person: int, fact: BillFact) -> bool:
    """Whether another registration sets the same over all these days."""
    same = _of(person, fact) & (
        (REGISTERED_FACT.c.value == canonical(fact.value))
        & (REGISTERED_FACT.c.institution.is_not_distinct_from(fact.institution))
        & (REGISTERED_FACT.c.area.is_not_distinct_from(fact.area))
        & (REGISTERED_FACT.c.since <= fact.since)
    )
    last = REGISTERED_FACT.c.until
    reaches = last.is_(None) if fact.until is None else or_(last.is_(None), last >= fact.until)
    return (
        connection.execute(select(REGISTERED_FACT.c.id).where(same & reaches)).first() is not None
    )


def replaced(act: Act, person: int, fact: BillFact) -> None:
    """Make room for what takes the place of all others of its name, whatever their places."""
    _cut(act, _of(person, fact), fact)


def cut_back(act: Act, registration: int, since: date) -> None:
    """End what a registration sets on the day before `since`."""
    everything = BillFact("", "", {}, None, None, since, None)
    _cut(act, REGISTERED_FACT.c.registration == registration, everything)


def _of(person: int, fact: BillFact) -> Any:
    """The rows of a person that stand, of the same name and for the same bills."""
    return (
        (REGISTERED_FACT.c.person == person)
        & (REGISTERED_FACT.c.name == fact.name)
        & (REGISTERED_FACT.c.only == canonical(fact.only))
        & standing(REGISTERED_FACT)
    )


def _cut(act: Act, which: Any, fact: BillFact) -> None:
    """Take the days of a fact out of some rows; what lies before and after stays."""
    meets = or_(REGISTERED_FACT.c.until.is_(None), REGISTERED_FACT.c.until >= fact.since)
    if fact.until is not None:
        meets &= REGISTERED_FACT.c.since <= fact.until
    rows = act.connection.execute(
        select(REGISTERED_FACT).where(which & standing(REGISTERED_FACT) & meets)
    ).all()
    for row in rows:
        one = REGISTERED_FACT.c.id == row.id
        act.connection.execute(update(REGISTERED_FACT).where(one).values(ended=act.number))
        there = _fact(row)
        if row.since < fact.since:
            put(act, row.registration, row.person, there._replace(until=fact.since - _DAY))
        if fact.until is not None and (row.until is None or row.until > fact.until):
            put(act, row.registration, row.person, there._replace(since=fact.until + _DAY))


def bill_facts_on(
    connection: Connection, person: int, day: date, known_on: date | None = None
) -> list[BillFact]:
    """What a person's registrations set of bills on a day, also as it was known at a day's end."""
    rows = connection.execute(
        select(REGISTERED_FACT)
        .where(
            (REGISTERED_FACT.c.person == person)
            & (REGISTERED_FACT.c.since <= day)
            & or_(REGISTERED_FACT.c.until.is_(None), REGISTERED_FACT.c.until >= day)
            & standing(REGISTERED_FACT, known_on)
        )
        .order_by(REGISTERED_FACT.c.id)
    )
    return [_fact(row) for row in rows]


def _fact(row: Row[Any]) -> BillFact:
    return BillFact(
        row.name, json.loads(row.value), json.loads(row.only), row.institution, row.area,
        row.since, row.until,
    )  # fmt: skip


# --- settling ------------------------------------------------------------------------------------


class _Bill(NamedTuple):
    """A bill that is looked at: its policy, and the registrations that hold there."""

    policy: Policy
    rows: Sequence[Row[Any]]


def registered_facts(
    connection: Connection,
    policy: Policy,
    visit: Row[Any],
    person: Mapping[str, Raw],
    bill: Mapping[str, Raw],
) -> tuple[dict[str, Raw], dict[str, Raw]]:
    """The person and the bill of a visit, with what registrations make of both.

    A fact of yes and no that registrations set is `no` where there is none, a set empty.  Of a bill
    whose lines differ, each line has its own.  Raises `Refused`: `registered_otherwise` where the
    bill says of a fact what a registration says otherwise, `not_registered` where it says what only
    a registration gives, `registered_twice` where two say different things.
    """
    ruled = _ruled(policy)
    mine = dict(person)
    for name in ruled:
        fact = policy.facts[name]
        if fact.of == "person" and name not in mine and fact.kind in ("yes_no", "set"):
            mine[name] = "no" if fact.kind == "yes_no" else []
    names = [name for name in ruled if policy.facts[name].of == "bill"]
    if not names:
        return mine, dict(bill)
    looked = _Bill(policy, _rows(connection, visit))
    items = [dict(one) for one in _lines(bill)]
    whole = {name: value for name, value in bill.items() if name != "items"}
    for name in names:
        found = [_value(looked, name, ruled[name], {**whole, **one}) for one in items]
        if len({canonical(value) for value in found}) == 1:
            if name not in whole and not any(name in one for one in items) and found[0] is not None:
                whole[name] = found[0]
            continue
        for one, value in zip(items, found, strict=True):
            if value is not None:
                one.setdefault(name, value)
    return mine, {**whole, "items": items}


@lru_cache(maxsize=64)
def _ruled(policy: Policy) -> Mapping[str, frozenset[str] | None]:
    """The facts that registrations set, with the values that they set; None: any."""
    found: dict[str, frozenset[str] | None] = {}
    for question in policy.questions.values():
        for case in question.cases:
            for name, value in case.grant.sets.items() if case.grant is not None else ():
                before = found.get(name, frozenset())
                anything = isinstance(value, Name) or before is None
                found[name] = None if anything else (before or frozenset()) | {str(value)}
    return found


def _lines(bill: Mapping[str, Raw]) -> Iterator[Mapping[str, Raw]]:
    listed = bill.get("items", ())
    assert not isinstance(listed, str | Mapping)
    for one in listed:
        assert isinstance(one, Mapping)
        yield one


_SET_FOR_VISIT = (
    select(REGISTERED_FACT)
    .where(
        REGISTERED_FACT.c.person == bindparam("person"),
        or_(
            REGISTERED_FACT.c.institution.is_(None),
            REGISTERED_FACT.c.institution == bindparam("institution"),
        ),
        holding(REGISTERED_FACT, bindparam("day")),
        standing(REGISTERED_FACT),
    )
    .order_by(REGISTERED_FACT.c.id)
)


def _rows(connection: Connection, visit: Row[Any]) -> list[Row[Any]]:
    """What a person's registrations set on the day and at the place of a visit."""
    found = list(looked_up(connection, registered_look_up(visit)))
    if any(row.area is not None for row in found):
        area = connection.scalar(
            select(INSTITUTION.c.area).where(INSTITUTION.c.code == visit.institution)
        )
        found = [row for row in found if row.area is None or lies_in(str(area), row.area)]
    return found


def registered_look_up(visit: Row[Any]) -> LookUp:
    """What `registered_facts` looks up."""
    asked = {"person": visit.person, "day": visit.day, "institution": visit.institution}
    return LookUp(_SET_FOR_VISIT, asked)


def lies_in(area: str, wider: str) -> bool:
    """Whether a division lies in another or is it: codes of provinces and cities end in noughts."""
    front = wider[:2] if wider.endswith("0000") else wider.removesuffix("00")
    return area.startswith(front)


def _value(
    bill: _Bill, name: str, ruled: frozenset[str] | None, line: Mapping[str, Raw]
) -> Raw | None:
    """What a fact of a line is by registrations; None where they say nothing of it."""
    fact = bill.policy.facts[name]
    given = {
        _read(bill.policy, name, value): value
        for value in (json.loads(row.value) for row in bill.rows if _fits(bill, row, name, line))
    }
    if name not in line:
        if len(given) > 1:
            raise _registered_twice(fact, list(given))
        return next(iter(given.values()), "no" if fact.kind == "yes_no" else None)
    said = _read(bill.policy, name, line[name])
    if given and said not in given:
        raise _registered_otherwise(fact, next(iter(given)), said)
    only_so = said != "no" and (ruled is None or said in ruled)
    if not given and only_so:
        raise _not_registered(fact, said)
    return line[name]


def _fits(bill: _Bill, row: Row[Any], fact: str, line: Mapping[str, Raw]) -> bool:
    """Whether a line is one of those for which a registration sets a fact."""
    return row.name == fact and all(
        name in line and _read(bill.policy, name, line[name]) == value
        for name, value in json.loads(row.only).items()
    )


def _read(policy: Policy, name: str, raw: Raw) -> str:
    where = f"visit.{name}"
    return str(read_value(policy, policy.facts[name], one_text(raw, where), where))


def _titles(fact: Fact, value: str) -> Bilingual:
    return fact.values.get(value, Bilingual(value, value))


def _registered_otherwise(fact: Fact, there: str, said: str) -> Refused:
    by, to = _titles(fact, there), _titles(fact, said)
    return Refused(
        "registered_otherwise",
        Bilingual(
            f"单据写“{fact.title.zh}：{to.zh}”，登记的是“{by.zh}”；去掉单据上写的，或先更正登记",
            f"the bill says “{fact.title.en}: {to.en}”, a registration says “{by.en}”; leave it "
            "out of the bill, or end the registration first",
        ),
        {"field": f"visit.{fact.name}"},
    )


def _not_registered(fact: Fact, said: str) -> Refused:
    to = _titles(fact, said)
    return Refused(
        "not_registered",
        Bilingual(
            f"单据写“{fact.title.zh}：{to.zh}”，当日在这里没有有效的登记或备案；"
            "先办登记，或改单据上写的",
            f"the bill says “{fact.title.en}: {to.en}”, and no registration gives that here on "
            "this day; register it first, or correct the bill",
        ),
        {"field": f"visit.{fact.name}"},
    )


def _registered_twice(fact: Fact, given: Sequence[str]) -> Refused:
    first, second = (_titles(fact, value) for value in given[:2])
    return Refused(
        "registered_twice",
        Bilingual(
            f"“{fact.title.zh}”有两项登记：{first.zh}、{second.zh}；在单据上写明是哪一项",
            f"two registrations hold here, “{fact.title.en}: {first.en}” and “{second.en}”; say on "
            "the bill which one it is",
        ),
        {"field": f"visit.{fact.name}"},
    )
