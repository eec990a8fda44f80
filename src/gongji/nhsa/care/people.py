"""Persons as the interface names them: found by what a card says, told with their insurance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from gongji.book.persons.facts import facts_on
from gongji.book.persons.people import Membership, member_on, person_with
from gongji.book.schema.people import PERSON
from gongji.nhsa.mapping import SchemeMapping
from gongji.nhsa.messages.call import Call
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.messages.refusals import Rejected
from gongji.wording import Refused

__all__ = [
    "Insured", "base_of", "civil_servant", "identity_of", "insured_on", "person_by_card",
    "person_named", "row_of",
]  # fmt: skip

_SEX = {"male": "1", "female": "2"}
_IDENTITY_CARD = "01"
"""The kind of a document (`psn_cert_type`) that is an identity card."""

_SHOWN_CARD = "02"
"""What a person shows (`mdtrt_cert_type`) if it is the identity card."""


class Insured(NamedTuple):
    """A person insured on a day: the membership, how the interface knows its scheme, and who."""

    person: Row[Any]
    member: Membership
    mapping: SchemeMapping
    facts: dict[str, Any]

    @property
    def psn_no(self) -> str:
        """The number by which institutions know the person."""
        return numbered(self.member.scheme.area, self.person.id)

    @property
    def psn_type(self) -> str:
        """The kind of the person."""
        return self.mapping.psn_type(self.facts)


def person_by_card(call: Call, connection: Connection, card: Given) -> Row[Any]:
    """The person whose identity number a card says.

    The number itself (`certno`), or that of an identity card (`mdtrt_cert_no` of kind 02).  Other
    cards stand for a number that only their issuer knows.  Raises `Rejected`.
    """
    field = "certno"
    if not card.text(field) and card.text("mdtrt_cert_type") == _SHOWN_CARD:
        field = "mdtrt_cert_no"
    number = card.text(field)
    if not number:
        raise Rejected(
            f"{card.node}.certno：电子凭证和社会保障卡由发卡方解析，本平台不能；"
            "请同时送身份证号 certno"
        )
    found = person_with(connection, call.book.seal, number.upper())
    if found is None:
        raise Rejected(f"{card.node}.{field}：没有找到证件号码为 {_masked(number)} 的参保人")
    person = row_of(connection, found)
    _check_name(call, person, card)
    return person


def person_named(call: Call, connection: Connection, given: Given) -> Row[Any]:
    """The person whose number `psn_no` is.

    The name, the identity number and an identity card have to be theirs where they are sent.
    """
    person = row_of(connection, given.number("psn_no"), f"{given.node}.psn_no")
    kind = given.text("psn_cert_type") or given.text("cert_type")
    certno = given.text("certno") if kind in ("", _IDENTITY_CARD) else ""
    if certno and _sealed(call, person)["identity"] != certno.upper():
        raise Rejected(f"{given.node}.certno：与人员编号 {given.text('psn_no')} 的证件号码不符")
    shown = given.text("mdtrt_cert_no") if given.text("mdtrt_cert_type") == _SHOWN_CARD else ""
    if shown and _sealed(call, person)["identity"] != shown.upper():
        raise Rejected(
            f"{given.node}.mdtrt_cert_no（就诊凭证编号）：不是人员编号 {given.text('psn_no')} "
            "的身份证号码"
        )
    _check_name(call, person, given)
    return person


def row_of(connection: Connection, number: int, where: str = "psn_no") -> Row[Any]:
    """A person by number.  Raises `Rejected`."""
    person = connection.execute(select(PERSON).where(PERSON.c.id == number)).one_or_none()
    if person is None:
        raise Rejected(f"{where}：没有这个人员编号")
    return person


def insured_on(call: Call, connection: Connection, person: Row[Any], day: date) -> Insured:
    """How a person is insured on a day.  Raises `Rejected` where it is not, or not mapped."""
    try:
        member = member_on(connection, person.id, day)
    except Refused as refused:
        raise Rejected.of(refused) from None
    policy = member.scheme.policy
    mapping = call.mappings.of(policy)
    if mapping is None:
        raise Rejected(f"险种 {policy} 还没有接口代码对照，不能经接口办理；请联系经办机构")
    facts = facts_on(connection, "person", str(person.id), day)
    return Insured(person, member, mapping, dict(facts))


def base_of(call: Call, insured: Insured, day: date) -> dict[str, Any]:
    """Who a person is and how insured, as `setlinfo` says it."""
    return {
        "psn_no": insured.psn_no, **identity_of(call, insured.person, day),
        "insutype": insured.mapping.insutype, "psn_type": insured.psn_type,
        "cvlserv_flag": civil_servant(insured.facts),
    }  # fmt: skip


def identity_of(call: Call, person: Row[Any], day: date) -> dict[str, Any]:
    """Who a person is, as every transaction says it; the age is that of the day."""
    said = _sealed(call, person)
    return {
        "psn_cert_type": _IDENTITY_CARD, "certno": said["identity"], "psn_name": said["name"],
        "gend": _SEX[person.sex], "naty": None, "brdy": person.born.isoformat(),
        "age": age_on(person.born, day),
    }  # fmt: skip


def civil_servant(facts: Mapping[str, object]) -> str:
    """The mark of a civil servant (`cvlserv_flag`)."""
    return "1" if facts.get("civil_servant") == "yes" else "0"


def age_on(born: date, day: date) -> str:
    """Whole years and tenths of a year, as the interface writes an age."""
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    months = (day.month - born.month - (day.day < born.day)) % 12
    return f"{years}.{months * 10 // 12}"


def _check_name(call: Call, person: Row[Any], given: Given) -> None:
    name = given.text("psn_name")
    if name and _sealed(call, person)["name"] != name:
        raise Rejected(f"{given.node}.psn_name：姓名与登记的不一致，请核对证件")


def _sealed(call: Call, person: Row[Any]) -> dict[str, str]:
    found: dict[str, str] = json.loads(call.book.seal.opened(person.sealed))
    return found


def _masked(number: str) -> str:
    return f"{number[:3]}{'*' * max(len(number) - 7, 0)}{number[-4:]}"
