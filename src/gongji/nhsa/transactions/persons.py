"""Who somebody is and how insured (1101), and which institutions there are (1201)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from gongji.book.accounts.statements import balance_on
from gongji.book.journal import Account
from gongji.book.known import standing
from gongji.book.persons.deaths import died_on
from gongji.book.persons.facts import facts_on, history_of
from gongji.book.schema.people import MEMBERSHIP
from gongji.book.schema.places import EMPLOYER, INSTITUTION, SCHEME
from gongji.money import format_yuan
from gongji.nhsa.care.people import civil_servant, identity_of, person_by_card
from gongji.nhsa.mapping import SchemeMapping
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Look, Service
from gongji.wording import Refused

__all__ = ["SERVICES"]

_INSURED, _PAUSED, _ENDED = "1", "2", "4"
"""How an insurance stands (`psn_insu_stas`): in force, left for now, ended by death."""

_MOST_INSTITUTIONS = 100
_INSTITUTION, _PHARMACY = "1", "2"


# --- persons -------------------------------------------------------------------------------------


class _Insurance(NamedTuple):
    """One insurance of a person: the membership, with its scheme and employer; what codes mean."""

    row: Row[Any]
    mapping: SchemeMapping


def _person(call: Call, connection: Connection) -> Output:
    """1101: whom a card names, each insurance they have or had, and what else is true of them.

    With `begntime` as it was on that day.
    """
    given = call.one("data")
    person = person_by_card(call, connection, given)
    day = given.day("begntime") or call.day
    found = _insurances(call, connection, person.id, day)
    area = found[-1].row.area if found else call.sender.area
    return {
        "baseinfo": {"psn_no": numbered(area, person.id), **identity_of(call, person, day)},
        "insuinfo": list(_rows(call, connection, person, found, day)),
        "idetinfo": list(_identities(connection, person.id, found, day)),
    }


def _insurances(call: Call, connection: Connection, person: int, day: date) -> list[_Insurance]:
    """The insurances of a person up to a day: of each kind in each area the last, in their order.

    Raises `Rejected` where there are some and none has codes.
    """
    rows = connection.execute(
        select(MEMBERSHIP, SCHEME.c.area, SCHEME.c.policy, EMPLOYER.c.name.label("employer_name"))
        .join(SCHEME, SCHEME.c.id == MEMBERSHIP.c.scheme)
        .outerjoin(EMPLOYER, EMPLOYER.c.code == MEMBERSHIP.c.employer)
        .where((MEMBERSHIP.c.person == person) & standing(MEMBERSHIP) & (MEMBERSHIP.c.since <= day))
        .order_by(MEMBERSHIP.c.since)
    ).all()
    found: dict[tuple[str, str], _Insurance] = {}
    for row in rows:
        mapping = call.mappings.of(row.policy)
        if mapping is not None:
            found.pop((row.area, mapping.insutype), None)  # the later one comes later
            found[row.area, mapping.insutype] = _Insurance(row, mapping)
    if rows and not found:
        raise Rejected(f"险种 {rows[-1].policy} 还没有接口代码对照，不能经接口办理；请联系经办机构")
    return list(found.values())


def _rows(
    call: Call, connection: Connection, person: Row[Any], found: list[_Insurance], day: date
) -> Iterator[dict[str, Any]]:
    died = died_on(connection, person.id)
    bearing = _bearing(call, found, day)
    for one in found:
        row, left = one.row, one.row.until is not None and one.row.until < day
        last = row.until if left else day
        facts = facts_on(connection, "person", str(person.id), last)
        account = Account(row.area, "account", "", str(person.id))
        balance = balance_on(connection, account, day) if bearing[row.area] is one else 0
        gone = _ENDED if died is not None and died <= day else _PAUSED
        yield {
            "balc": format_yuan(balance), "insutype": one.mapping.insutype,
            "psn_type": one.mapping.psn_type(facts), "psn_insu_stas": gone if left else _INSURED,
            "psn_insu_date": row.since.isoformat(),
            "paus_insu_date": row.until.isoformat() if left else None,
            "cvlserv_flag": civil_servant(facts), "insuplc_admdvs": row.area,
            "emp_name": row.employer_name,
        }  # fmt: skip


def _bearing(call: Call, found: list[_Insurance], day: date) -> dict[str, _Insurance]:
    """Of each area the insurance that the account belongs to: one whose policy has accounts."""
    of_area: dict[str, _Insurance] = {}
    for one in found:
        before = of_area.get(one.row.area)
        if before is None or _account_rank(call, one, day) < _account_rank(call, before, day):
            of_area[one.row.area] = one
    return of_area


def _account_rank(call: Call, one: _Insurance, day: date) -> tuple[bool, str]:
    """Employees, whose kind has the lowest code, before others; without accounts at the end."""
    last = min(day, one.row.until or day)
    try:
        none = call.library.policy(one.row.policy, last).no_account
    except Refused:  # no version is in force any more
        none = False
    return none, one.mapping.insutype


def _identities(
    connection: Connection, person: int, found: list[_Insurance], day: date
) -> Iterator[dict[str, Any]]:
    """What holds of a person on a day that has a code (`psn_idet_type`), such as aid."""
    codes = found[-1].mapping.identities if found else {}
    for fact in history_of(connection, "person", str(person)):
        code = codes.get(fact.name, {}).get(str(fact.value))
        if code and fact.since <= day <= (fact.until or day):
            yield {
                "psn_idet_type": code, "psn_type_lv": None, "memo": None,
                "begntime": f"{fact.since} 00:00:00",
                "endtime": f"{fact.until} 23:59:59" if fact.until else None,
            }  # fmt: skip


# --- institutions --------------------------------------------------------------------------------


def _institutions(call: Call, connection: Connection) -> Output:
    """1201: institutions of a kind by their code, or by a part of their name.

    The book keeps no credit codes and of levels only the tier: `uscc` and `hosp_lv` are empty.
    """
    given = call.one("medinsinfo")
    code, name = given.text("fixmedins_code"), given.text("fixmedins_name")
    if not code and not name:
        raise Rejected("medinsinfo：fixmedins_code 和 fixmedins_name 至少填一项")
    wanted = select(INSTITUTION).order_by(INSTITUTION.c.code)
    if code:
        wanted = wanted.where(INSTITUTION.c.code == code)
    if name:
        wanted = wanted.where(INSTITUTION.c.name.contains(name, autoescape=True))
    rows = connection.execute(wanted.limit(_MOST_INSTITUTIONS + 1)).all()
    if len(rows) > _MOST_INSTITUTIONS:
        raise Rejected(
            f"medinsinfo.fixmedins_name：名称含“{name}”的机构超过 {_MOST_INSTITUTIONS} 家，"
            "请写得更完整"
        )
    kind = given.needed("fixmedins_type")
    found = [
        {
            "fixmedins_code": row.code, "fixmedins_name": row.name, "uscc": None,
            "fixmedins_type": kind, "hosp_lv": None,
        }
        for row in rows
        if kind == _kind_of(call, connection, row.code)
    ]  # fmt: skip
    return {"medinsinfo": found}


def _kind_of(call: Call, connection: Connection, institution: str) -> str:
    facts = facts_on(connection, "institution", institution, call.day)
    return _PHARMACY if call.mappings.is_pharmacy(institution, facts) else _INSTITUTION


SERVICES: Mapping[str, Service] = {"1101": Look(_person), "1201": Look(_institutions)}
