"""Statements to print: of a settlement, and of a person's year; and whether a paper's code holds.

A statement is one record, from which pages, PDF and JSON are made.  Anybody who was handed a paper
may ask whether it holds, and is told nothing personal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import ConfigDict, Field
from sqlalchemy import Connection, select
from starlette.responses import Response

from gongji.api.desk import Desk, answered, office_of, open_to
from gongji.api.fields import Answer, AreaCode, Body, Day, Moment, Number, Words, Yuan, example
from gongji.api.stated import settlement_statement, year_statement
from gongji.api.theirs import own_area, own_person, own_settlement
from gongji.book.access.sessions import Tries
from gongji.book.access.sights import Sight
from gongji.book.access.users import ROLES
from gongji.book.catalogue.initials import plain
from gongji.book.persons.names import masked_name
from gongji.book.printed.codes import code_of, is_code_of, read_code
from gongji.book.printed.settled import settlement_said, settlement_stood
from gongji.book.printed.years import YearOf, areas_in, year_said
from gongji.book.schema.visits import SETTLEMENT
from gongji.book.sealed import Seal
from gongji.money import format_yuan, parse_yuan
from gongji.wording import Bilingual, Refused

__all__ = ["room"]

room = APIRouter(tags=["statements · 结算单"])

Kind = Literal["settlement", "year"]
State = Literal["in_force", "cancelled", "superseded"]

_CODE = "7QK2-M0XR-9D4T-1HVB-C86N"
_HOLDER = {"person": 1, "name": "张三", "masked": "320402********0012"}
_LEFT = {"zh": "住院：下一次起付标准 600.00 元", "en": "Next time: deductible 600.00 yuan"}
_GIVEN = {
    "holder": _HOLDER, "area": "320400", "total": "10000.00", "payments": {"pool": "8100.00"},
    "person": "1900.00", "cash": "1900.00", "left": [_LEFT],
    "issued_at": "2024-03-01T01:00:00+00:00", "code": _CODE,
}  # fmt: skip
_SETTLEMENT: Any = {
    **_GIVEN, "kind": "settlement", "number": 1, "state": "in_force", "by": None,
    "account": "0.00", "relatives": "0.00",
    "lines": [{"line": "total", "title": {"zh": "医疗费总额", "en": "Total of the bill"},
               "amount": "10000.00"}],
    "steps": [{"text": {"zh": "统筹基金支付 8,100.00 元。", "en": "The pooled fund pays 8,100.00."},
               "arithmetic": "9,000.00 × 90% = 8,100.00",
               "citations": [{"clause": "BH-018", "document": "白河 2025", "place": "三",
                              "reading": False}]}],
}  # fmt: skip
_YEAR: Any = {
    **_GIVEN, "kind": "year", "number": "1-2024-320400-88", "year": 2024, "account": None,
    "settlements": [{"number": 1, "since": "2024-02-20", "day": "2024-03-01",
                     "institution": "第一人民医院", "total": "10000.00", "funds": "8100.00",
                     "account": "0.00", "cash": "1900.00", "person": "1900.00",
                     "relatives": "0.00"}],
    "contributions": [{"period": "2024-03", "policy": "baihe/employee", "due": "864.00",
                       "paid": "864.00"}],
}  # fmt: skip
_NO = {"state": None, "total": None, "funds": None, "person": None}


class Holder(Answer):
    """Whose statement it is; an institution is not told the whole name."""

    person: Number
    name: str
    masked: str


class Row(Answer):
    """A line of who pays what; null where no document says what the account pays."""

    line: str
    title: Words
    amount: Yuan | None


class Cited(Answer):
    """A clause behind a step; `reading` where the clause is open and is read so."""

    clause: str
    document: str
    place: str
    reading: bool


class Stated(Answer):
    """A step of the bill's way, with its sum and its clauses."""

    text: Words
    arithmetic: str
    citations: list[Cited]


class OfYear(Answer):
    """A settlement of a year that stands; `relatives` is what of the cash their accounts paid."""

    number: Number
    since: Day
    day: Day
    institution: str
    total: Yuan
    funds: Yuan
    account: Yuan | None
    cash: Yuan | None
    person: Yuan
    relatives: Yuan


class Contribution(Answer):
    """What was due for a month or a year, and what of it has arrived."""

    period: str
    policy: str
    due: Yuan
    paid: Yuan


class AccountYear(Answer):
    """A year of the personal account; `moves` are sums by the kind of the entries."""

    opening: Yuan
    moves: dict[str, Yuan]
    closing: Yuan


class Statement(Answer):
    """A statement: what it says in figures, then in words; more fields may come."""

    model_config = ConfigDict(extra="allow")

    kind: Kind
    holder: Holder
    area: AreaCode
    total: Yuan
    payments: dict[str, Yuan]
    person: Yuan
    cash: Yuan | None
    left: list[Words]
    issued_at: Moment
    code: str


class SettlementStatement(Statement):
    """The statement of a settlement; `by` is the settlement that superseded it."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [_SETTLEMENT]})

    number: Number
    state: State
    by: Number | None
    account: Yuan | None
    relatives: Yuan
    lines: list[Row]
    steps: list[Stated]


class YearStatement(Statement):
    """The statement of a person's year in an area; its number changes with what it says."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [_YEAR]})

    number: str
    year: int
    settlements: list[OfYear]
    contributions: list[Contribution]
    account: AccountYear | None


class Paper(Body):
    """What stands on a paper: its kind, its number, the code at its foot."""

    model_config = example({"kind": "settlement", "number": "S1", "code": _CODE})

    kind: Kind
    number: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\u0000-\u001f\u007f]*$")]
    code: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\u0000-\u001f\u007f]*$")]


class Checked(Answer):
    """Whether a code is that of the statement: as it stands `now`, as it stood `before`, or `no`.

    The amounts are those of the paper that the code was made for; `state` is how the settlement
    stands now.
    """

    model_config = example(
        {"kind": "settlement", "number": "S1", "stands": "now", "state": "in_force",
         "total": "10000.00", "funds": "8100.00", "person": "1900.00"}
    )  # fmt: skip

    kind: Kind
    number: str
    stands: Literal["now", "before", "no"]
    state: State | None
    total: Yuan | None
    funds: Yuan | None
    person: Yuan | None


@room.get("/settlements/{settlement}/statement", response_model=SettlementStatement)
def state_settlement(settlement: Number, desk: Annotated[Desk, open_to(*ROLES)]) -> Response:
    """结算单 · The statement of a settlement, to be printed, with its verification code."""

    def read(connection: Connection) -> Mapping[str, Any]:
        row = own_settlement(desk, connection, settlement)
        said = settlement_said(connection, desk.office.book.seal, row)
        return _issued(desk, said, settlement_statement(connection, desk.library, row, said))

    return desk.seen(read)


@room.get("/persons/{person}/statement", response_model=YearStatement)
def state_year(
    person: Number,
    year: Annotated[int, Query(ge=1950, le=2999, examples=[2024])],
    desk: Annotated[Desk, open_to("insured", "clerk", "supervisor", "auditor")],
    area: Annotated[
        AreaCode | None, Query(description="needed where several areas insured the person")
    ] = None,
) -> Response:
    """年度对账单 · The statement of a person's year in an area, with its verification code."""

    def read(connection: Connection) -> Mapping[str, Any]:
        own_person(desk, connection, person)
        where = area or _only_area(desk, connection, person, year)
        own_area(desk, where)
        of = YearOf(person, year, where)
        said = year_said(connection, desk.office.book.seal, of)
        return _issued(desk, said, year_statement(connection, desk.library, of, said))

    return desk.seen(read)


@room.post("/statements/verify", response_model=Checked)
def verify_statement(request: Request, said: Paper) -> Response:
    """核验单据 · Whether the code of a paper holds; open to everybody, and tells nobody's name.

    Five wrong codes for a paper in a quarter of an hour and one has to wait.
    """
    office = office_of(request)
    number, of = _read_number(said)
    code = read_code(said.code)
    at, seal, store = office.clock(), office.book.seal, office.book.store
    address = request.client.host if request.client else ""
    tries = Tries.of(seal, f"paper {number}", f"paper {address}")
    try:
        tries.note(store, at, _WAIT)
    except Refused as refused:
        office.sights.write(Sight(at, "nobody", "verify_statement", number, None, refused.kind))
        raise
    with office.book.reading() as connection:
        whose, found = _checked(connection, seal, of, code)
    if found["stands"] != "no":
        tries.forget(store, at)
    outcome = "done" if found["stands"] != "no" else "wrong_code"
    office.sights.write(Sight(at, "nobody", "verify_statement", number, whose, outcome))
    return answered({"kind": said.kind, "number": number, **found})


_WAIT = Bilingual(
    "核验次数过多，请 15 分钟后再试；请对照单据，逐位核对编号和验证码",
    "too many codes were tried; try again in 15 minutes, and compare number and code with the "
    "paper sign by sign",
)


def _only_area(desk: Desk, connection: Connection, person: int, year: int) -> str:
    """The area of a user, or the one that insured a person in a year."""
    if desk.user.area is not None:
        return desk.user.area
    found = areas_in(connection, person, year)
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(
            "not_insured",
            Bilingual(f"此人 {year} 年没有参保", f"the person was not insured in {year}"),
            {"field": "year"},
        )
    raise Refused(
        "missing_area",
        Bilingual(
            f"此人 {year} 年在 {'、'.join(found)} 都参过保，请用 area 写明要哪一个",
            f"the person was insured in {', '.join(found)} in {year}; say which with area",
        ),
        {"field": "area", "choices": found},
    )


def _issued(desk: Desk, said: dict[str, Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """A statement as it is given out: the figures, their code, the words, the moment."""
    code = code_of(desk.office.book.seal, said)
    holder = said["holder"]
    if desk.user.role == "institution":
        holder = {**holder, "name": masked_name(holder["name"])}
    return {**said, **words, "holder": holder, "issued_at": desk.at.isoformat(), "code": code}


# --- whether a paper holds -----------------------------------------------------------------------

_OF_SETTLEMENT = re.compile(r"S?(\d{1,15})", re.ASCII)
_OF_YEAR = re.compile(r"Y?(\d{1,15})-(19[5-9]\d|2\d{3})-(\d{6})-(\d{1,15})", re.ASCII)


def _read_number(said: Paper) -> tuple[str, int | YearOf]:
    """The number of a paper, and what it is of.  Raises `Refused` (`bad_number`)."""
    text = "".join(plain(said.number).upper().split())
    pattern = _OF_SETTLEMENT if said.kind == "settlement" else _OF_YEAR
    found = pattern.fullmatch(text)
    if found is None:
        shown = "S12" if said.kind == "settlement" else "Y1-2024-320400-88"
        raise Refused(
            "bad_number",
            Bilingual(f"number：不是这种单据的编号；编号印在右上角，如 {shown}",
                      f"number: no number of such a statement; it is printed at the top right, "
                      f"such as {shown}"),
            {"field": "number"},
        )  # fmt: skip
    if said.kind == "settlement":
        return f"S{int(found[1])}", int(found[1])
    person, year, area, act = found.groups()
    of = YearOf(int(person), int(year), area, int(act))
    return f"Y{of.person}-{of.year}-{of.area}-{of.act}", of


def _checked(
    connection: Connection, seal: Seal, of: int | YearOf, code: str
) -> tuple[int | None, dict[str, Any]]:
    """Whose paper it is, where the code is one of it, and what is told of it."""
    if isinstance(of, YearOf):
        now, before, whose, state = *_years(connection, seal, of), of.person, None
    else:
        row = connection.execute(select(SETTLEMENT).where(SETTLEMENT.c.id == of)).one_or_none()
        if row is None:
            return None, {"stands": "no", **_NO}
        now, whose = settlement_said(connection, seal, row), row.person
        before, state = settlement_stood(connection, seal, row), now["state"]
    for stands, said in (("now", now), *(("before", one) for one in before)):
        if said is not None and is_code_of(seal, said, code):
            funds = sum(parse_yuan(one, "payments") for one in said["payments"].values())
            told = {"total": said["total"], "funds": format_yuan(funds), "person": said["person"]}
            return whose, {"stands": stands, "state": state, **told}
    return None, {"stands": "no", **_NO}


def _years(
    connection: Connection, seal: Seal, of: YearOf
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """A year as it stands now, and as it stood after the act that the paper names."""
    try:
        return year_said(connection, seal, of._replace(act=None)), [year_said(connection, seal, of)]
    except Refused:  # there is no such year
        return None, []
