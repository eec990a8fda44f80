"""Cases of care as the national interface knows them: opened, moved on, withdrawn, found again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, Select, insert, select, update

from gongji.book.acts import Act, Json, canonical
from gongji.book.known import standing
from gongji.book.schema.exchange import CASE, CASE_STATE
from gongji.wording import Bilingual, Refused

__all__ = [
    "Case", "CaseState", "Kind", "case_of", "case_with", "cases_wanted", "check_open", "held_case",
    "move_case", "open_case", "stays_of",
]  # fmt: skip

Kind = Literal["outpatient", "inpatient", "pharmacy"]
State = Literal["open", "discharged", "withdrawn"]


class CaseState(NamedTuple):
    """How a case stands; see `schema.exchange.CASE_STATE`."""

    state: State
    first: date
    last: date | None
    med_type: str | None
    said: Json
    diagnoses: Sequence[Json]


class Case(NamedTuple):
    """Care of a person at an institution, and how it stands."""

    number: int
    institution: str
    person: int
    kind: Kind
    own_number: str
    now: CaseState


def open_case(
    act: Act, institution: str, person: int, kind: Kind, own_number: str, state: CaseState
) -> int:
    """Open a case.  Gives its number."""
    row = act.connection.execute(
        insert(CASE).values(
            institution=institution, person=person, kind=kind, own_number=own_number,
            act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    number = int(row.inserted_primary_key[0])
    _add_state(act, number, state)
    return number


def move_case(act: Act, case: Case, **changed: Any) -> Case:
    """Have a case stand otherwise: `changed` are fields of its `CaseState`."""
    now = case.now._replace(**changed)
    mine = (CASE_STATE.c.case == case.number) & standing(CASE_STATE)
    act.connection.execute(update(CASE_STATE).where(mine).values(ended=act.number))
    _add_state(act, case.number, now)
    return case._replace(now=now)


def case_with(connection: Connection, number: int, institution: str) -> Case:
    """A case of an institution.  Raises `Refused` (`unknown_case`), also where it is another's."""
    wanted = cases_wanted().where((CASE.c.id == number) & (CASE.c.institution == institution))
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise _unknown(number)
    return case_of(row)


def held_case(act: Act, number: int, institution: str) -> Case:
    """The same, held against other messages about it until the act ends."""
    held = select(CASE.c.id).where(CASE.c.id == number).with_for_update()
    if act.connection.scalar(held) is None:
        raise _unknown(number)
    return case_with(act.connection, number, institution)


def stays_of(connection: Connection, person: int) -> Sequence[Case]:
    """The stays of a person at all institutions, without those withdrawn, in order of coming."""
    wanted = cases_wanted().where(
        (CASE.c.person == person)
        & (CASE.c.kind == "inpatient")
        & (CASE_STATE.c.state != "withdrawn")
    )
    return [case_of(row) for row in connection.execute(wanted.order_by(CASE.c.id))]


def check_open(case: Case) -> None:
    """Make sure that a case was not withdrawn.  Raises `Refused` (`case_withdrawn`)."""
    if case.now.state == "withdrawn":
        raise Refused(
            "case_withdrawn",
            Bilingual("这次就诊已经撤销", "this case is withdrawn"),
            {"field": "mdtrt_id"},
        )


def cases_wanted() -> Select[Any]:
    """All cases with how they stand, to be narrowed; rows are read by `case_of`."""
    mine = (CASE_STATE.c.case == CASE.c.id) & standing(CASE_STATE)
    columns = [one for one in CASE_STATE.c if one.name not in ("id", "case", "act", "ended")]
    return select(CASE, *columns).join(CASE_STATE, mine)


def case_of(row: Row[Any]) -> Case:
    """A case from a row of `cases_wanted`."""
    now = CaseState(
        row.state, row.first, row.last, row.med_type, json.loads(row.said),
        json.loads(row.diagnoses),
    )  # fmt: skip
    return Case(row.id, row.institution, row.person, row.kind, row.own_number, now)


def _add_state(act: Act, number: int, state: CaseState) -> None:
    row: Mapping[str, Any] = {
        **state._asdict(), "said": canonical(state.said), "diagnoses": canonical(state.diagnoses),
    }  # fmt: skip
    act.connection.execute(insert(CASE_STATE).values(case=number, act=act.number, **row))


def _unknown(number: int) -> Refused:
    return Refused(
        "unknown_case",
        Bilingual(f"本机构没有编号为 {number} 的就诊",
                  f"there is no case {number} of this institution"),
        {"field": "mdtrt_id"},
    )  # fmt: skip
