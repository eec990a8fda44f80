"""Anybody and anything from one box: persons by what people type of them, cases by their numbers.

What is looked for comes in the body, since it can be personal.  A desk finds the persons and cases
that are theirs; an institution those of its own visits, and anybody whose card it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import ColumnElement, Connection, Row, Table, exists, false, or_, select
from starlette.responses import Response

from gongji.api.desk import Desk, open_to
from gongji.api.fields import Answer, AreaCode, Body, Day, Name, Number, Words, day_text, example
from gongji.api.theirs import (
    their_persons,
    their_receipts,
    their_rows,
    their_settlements,
    their_visits,
)
from gongji.book.catalogue.initials import plain
from gongji.book.known import holding, standing
from gongji.book.persons.identity import read_identity
from gongji.book.persons.names import masked_name, named, typed
from gongji.book.persons.people import person_with
from gongji.book.schema.contributions import RECEIPT
from gongji.book.schema.papers import CLAIM, CLAIM_STATE, REGISTRATION, REGISTRATION_STATE
from gongji.book.schema.people import MEMBERSHIP, PERSON
from gongji.book.schema.places import SCHEME
from gongji.book.schema.visits import SETTLEMENT, VISIT
from gongji.explain.record import in_both
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["persons · 人员"])

Kind = Literal["person", "visit", "settlement", "claim", "registration", "receipt"]

_MOST = 20
_PERSON_FOUND = {
    "kind": "person", "number": 1, "label": "P1", "title": {"zh": "人员", "en": "person"},
    "person": 1, "name": "*三", "masked": "320402********0012", "born": "1980-01-01",
    "sex": "male", "area": "320400", "policy": "baihe/employee", "day": None, "stands": True,
}  # fmt: skip


class Sought(Body):
    """What somebody types who looks for a person or a case."""

    model_config = example({"text": "su wan"})

    text: Annotated[
        Name,
        Field(
            description="an identity number; a name, one to three of its characters, how it sounds "
            "(suwan, sw); a number with its letter, P1 V1 S1 C1 R1 A1, with its word, 就诊 1, or "
            "alone"
        ),
    ]


class Found(Answer):
    """A person, or a case of one; `label` is the number as people are shown it.

    `name` and `masked` are those of the person, hidden but for a part; `day` that of the case.
    `stands` is false of what was withdrawn, cancelled, settled again or has ended.
    """

    model_config = example(_PERSON_FOUND)

    kind: Kind
    number: Number
    label: str
    title: Words
    person: Number | None
    name: str | None
    masked: str | None
    born: Day | None
    sex: Literal["male", "female"] | None
    area: AreaCode | None
    policy: str | None
    day: Day | None
    stands: bool


class FoundList(Answer):
    """What was found, persons first; `more` says that there was more than is shown."""

    model_config = example({"items": [_PERSON_FOUND], "more": False})

    items: list[Found]
    more: bool


@room.post("/find", response_model=FoundList)
def find(
    said: Sought,
    desk: Annotated[Desk, open_to("institution", "clerk", "supervisor", "auditor")],
) -> Response:
    """查找 · Find persons and cases from what is typed into one box, twenty at most."""
    text = plain(said.text)
    if not typed(text):
        raise Refused(
            "nothing_sought",
            Bilingual(
                "没有写要找什么；请写身份证号、姓名、拼音、首字母或编号，如 V12",
                "nothing to look for was said; write an identity number, a name, how it sounds, "
                "its initials or a number such as V12",
            ),
            {"field": "text"},
        )

    def read(connection: Connection) -> Mapping[str, Any]:
        found = list(islice(_found(desk, connection, text), _MOST + 1))
        shown = found[:_MOST]
        whose = {one.person for one in shown}
        if len(whose) == 1:
            (desk.person,) = whose
        return {"items": _shown(desk, connection, shown), "more": len(found) > _MOST}

    return desk.seen(read)


# --- what is meant -------------------------------------------------------------------------------


class _Case(NamedTuple):
    """A kind of what has a number: its letter and word, the table, and what is shown of a row."""

    letter: str
    title: Bilingual
    table: Table
    day: str


_CASES: Mapping[Kind, _Case] = {
    "visit": _Case("V", Bilingual("就诊", "visit"), VISIT, "day"),
    "settlement": _Case("S", Bilingual("结算", "settlement"), SETTLEMENT, "day"),
    "claim": _Case("C", Bilingual("报销", "claim"), CLAIM, "day"),
    "registration": _Case("R", Bilingual("登记", "registration"), REGISTRATION, ""),
    "receipt": _Case("A", Bilingual("到账", "arrival of money"), RECEIPT, "arrived"),
}
"""In the order in which they are shown; a person is `P` and 人员."""

_WHO = Bilingual("人员", "person")
_KINDS: Mapping[str, Kind] = {
    **{one.letter.lower(): kind for kind, one in _CASES.items()},
    **{one.title.zh: kind for kind, one in _CASES.items()},
    "p": "person",
    _WHO.zh: "person",
}  # fmt: skip

_WORDS = "|".join(one for one in _KINDS if len(one) > 1)
_NUMBERED = re.compile(rf"(?:({_WORDS})\s*)?([a-z])?\s*[-#:.]?\s*(\d{{1,15}})", re.ASCII)
_CARD = re.compile(r"\d{16,}x?|\d{15,}x", re.ASCII)
"""So many digits are no number of a row: an identity number, perhaps with a character missing."""


class _One(NamedTuple):
    """What was found, and whom it is of."""

    kind: Kind
    row: Row[Any]
    person: int | None


def _found(desk: Desk, connection: Connection, text: str) -> Iterable[_One]:
    """What a text stands for, in the order in which it is shown."""
    close = "".join(text.split())
    if _CARD.fullmatch(close):
        yield from _with_card(desk, connection, close)
        return
    numbered = _NUMBERED.fullmatch(text)
    if numbered is None:
        yield from _persons(connection, named(desk.office.book.seal, text) & _theirs(desk))
        return
    word, letter, number = numbered.groups()
    meant = {_KINDS.get(one) for one in (word, letter) if one}
    for kind in ("person", *_CASES):
        if not meant or meant == {kind}:
            yield from _numbered(desk, connection, kind, int(number))


def _with_card(desk: Desk, connection: Connection, identity: str) -> Iterable[_One]:
    """The person with an identity number, whoever asks: the card lies before them.

    Raises `Refused` (`bad_identity`).
    """
    found = read_identity(identity, desk.day, "text").number
    number = person_with(connection, desk.office.book.seal, found)
    return [] if number is None else _persons(connection, PERSON.c.id == number)


def _theirs(desk: Desk) -> ColumnElement[bool]:
    """The persons who can be found without their card: by an institution those it has cared for."""
    if desk.user.role == "institution":
        return exists().where((VISIT.c.person == PERSON.c.id) & their_visits(desk.user))
    return their_persons(desk.user, desk.day)


def _persons(connection: Connection, wanted: ColumnElement[bool]) -> Iterable[_One]:
    rows = connection.execute(select(PERSON).where(wanted).order_by(PERSON.c.id).limit(_MOST + 1))
    return [_One("person", row, row.id) for row in rows]


def _numbered(desk: Desk, connection: Connection, kind: Kind, number: int) -> Iterable[_One]:
    """What bears a number, of one kind."""
    if kind == "person":
        return _persons(connection, (PERSON.c.id == number) & _theirs(desk))
    table = _CASES[kind].table
    rows = connection.execute(select(table).where((table.c.id == number) & _own(desk, kind)))
    return [_One(kind, row, row.person if "person" in table.c else None) for row in rows]


def _own(desk: Desk, kind: Kind) -> ColumnElement[bool]:
    """The cases of a kind that are theirs."""
    if kind == "visit":
        return their_visits(desk.user)
    if kind == "settlement":
        return their_settlements(desk.user)
    if kind == "receipt" and desk.user.role != "institution":
        return their_receipts(desk.user)
    return false() if kind == "receipt" else their_rows(desk, _CASES[kind].table)


# --- what is shown of it -------------------------------------------------------------------------


def _shown(desk: Desk, connection: Connection, found: list[_One]) -> list[dict[str, Any]]:
    """What was found, as it is answered."""
    numbers = {one.person for one in found if one.person is not None}
    people = {
        row.id: row for row in connection.execute(select(PERSON).where(PERSON.c.id.in_(numbers)))
    }
    insured = _insured(desk, connection, numbers)
    schemes = {row.id: row for row in connection.execute(select(SCHEME))}
    return [
        {
            **_case(connection, one),
            **_whose(desk, people.get(one.person or 0)),
            **_scheme(desk, schemes.get(getattr(one.row, "scheme", insured.get(one.row.id)))),
        }
        for one in found
    ]


def _insured(desk: Desk, connection: Connection, persons: set[int]) -> dict[int, int]:
    """The schemes that insure persons today, or will, by person."""
    rows = connection.execute(
        select(MEMBERSHIP.c.person, MEMBERSHIP.c.scheme).where(
            MEMBERSHIP.c.person.in_(persons)
            & standing(MEMBERSHIP)
            & or_(holding(MEMBERSHIP, desk.day), MEMBERSHIP.c.since > desk.day)
        )
    )
    return {row.person: row.scheme for row in rows}


def _case(connection: Connection, one: _One) -> dict[str, Any]:
    """Its kind and number, when it was, and whether it stands."""
    number = one.row.id
    if one.kind == "person":
        letter, title, day, stands = "P", _WHO, None, True
    else:
        letter, title, table, column = _CASES[one.kind]
        day = day_text(getattr(one.row, column)) if column else None
        stands = one.row.ended is None if "ended" in table.c else _open(connection, one)
    return {
        "kind": one.kind, "number": number, "label": f"{letter}{number}",
        "title": in_both(title), "person": one.person, "day": day, "stands": stands,
    }  # fmt: skip


def _open(connection: Connection, one: _One) -> bool:
    """Whether a claim was not withdrawn, or a registration has not ended."""
    table, of = (
        (CLAIM_STATE, CLAIM_STATE.c.claim)
        if one.kind == "claim"
        else (REGISTRATION_STATE, REGISTRATION_STATE.c.registration)
    )
    mine = (of == one.row.id) & standing(table)
    return connection.scalar(select(table.c.state).where(mine)) not in {"withdrawn", "ended"}


def _whose(desk: Desk, person: Row[Any] | None) -> dict[str, Any]:
    """The person, as lists show them; an institution is not told the name."""
    if person is None:
        return dict.fromkeys(("name", "masked", "born", "sex"))
    name = None
    if desk.user.role != "institution":
        name = masked_name(json.loads(desk.office.book.seal.opened(person.sealed))["name"])
    return {
        "name": name, "masked": person.masked, "born": person.born.isoformat(), "sex": person.sex,
    }  # fmt: skip


def _scheme(desk: Desk, scheme: Row[Any] | None) -> dict[str, Any]:
    """The scheme and its area, of a person the one that insures them; not for an institution."""
    if scheme is None or desk.user.role == "institution":
        return {"area": None, "policy": None}
    return {"area": scheme.area, "policy": scheme.policy}
