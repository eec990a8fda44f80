"""Which funds pay for a kind of care of a person, or why none does (2001)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from gongji.book.contributions.entitlement import ENTITLEMENT
from gongji.book.contributions.over_time import entitlement_over
from gongji.book.persons.facts import facts_on
from gongji.engine.inputs import Raw, read_facts
from gongji.engine.known import assumed_value
from gongji.nhsa.care.cases import check_insutype
from gongji.nhsa.care.people import Insured, insured_on, person_named
from gongji.nhsa.care.places import place_named
from gongji.nhsa.care.settling import disease_said, not_entitled
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Look, Service
from gongji.policy.logic import truth
from gongji.policy.model import Bear, Benefit, Pay, Policy, Refuse
from gongji.policy.walk import destinations
from gongji.wording import Refused

__all__ = ["SERVICES", "Paying", "paying"]

_BY_FUND = "01"
_NORMAL = "normal"
_MOST_WORDS = 500


class Paying(NamedTuple):
    """Which funds of a policy may pay for a bill of which only some facts are known.

    `stopped` is the benefit that certainly takes all of it before any fund comes to pay, if one
    does: it says why the person bears it.
    """

    funds: tuple[str, ...]
    stopped: Benefit | None


def paying(policy: Policy, known: Mapping[str, object]) -> Paying:
    """Which funds may pay where `known` is known; pure."""
    found: dict[str, None] = {}
    stopped: Benefit | None = None
    reached: set[str] = set()
    for benefit in policy.benefits:
        able = truth(policy, benefit.condition, known)
        if able is False or (benefit.burden and reached.isdisjoint(benefit.burden.benefits)):
            continue
        reached.add(benefit.name)
        every = [
            one.to
            for step in benefit.steps
            if truth(policy, step.when, known) is not False
            for one in destinations(step)
        ]
        funds = [one.fund for one in every if isinstance(one, Pay) and one.fund != "account"]
        takes_all = benefit.burden is None and all(isinstance(one, Bear | Refuse) for one in every)
        if able and takes_all and not found and stopped is None:
            stopped = benefit
        found.update(dict.fromkeys(funds))
    return Paying(tuple(found), stopped)


def _check(call: Call, connection: Connection) -> Output:
    """2001: a row for each fund of the kind of care, with the reason where it does not pay.

    `begndate` is since when it is as it is, looked for within the year of the day.
    """
    given = call.one("data")
    person = person_named(call, connection, given)
    day = given.needed_day("begntime")
    insured = insured_on(call, connection, person, day)
    check_insutype(given, insured.mapping.insutype)
    policy = call.library.policy(insured.member.scheme.policy, day)
    known = _known(call, connection, insured, policy)
    found = paying(policy, known)
    since, why = _standing(call, connection, insured, day)
    if not why and found.stopped is not None:
        why = found.stopped.title.zh
    if not why and not found.funds:
        why = f"{policy.title.zh}没有基金支付这类费用"
    until = insured.member.until
    return {
        "trtinfo": [
            {
                "psn_no": insured.psn_no, "trt_chk_type": _BY_FUND, "fund_pay_type": code,
                "trt_enjymnt_flag": "0" if why else "1", "begndate": since.isoformat(),
                "enddate": until.isoformat() if until else None,
                "trt_chk_rslt": why[:_MOST_WORDS] or None,
            }
            for code in _codes(insured, found.funds or ("pool",))
        ]
    }  # fmt: skip


def _codes(insured: Insured, funds: tuple[str, ...]) -> Iterator[str]:
    """The codes of funds, each once."""
    yield from dict.fromkeys(insured.mapping.funds[name].code for name in funds)


def _known(
    call: Call, connection: Connection, insured: Insured, policy: Policy
) -> dict[str, object]:
    """What is known of a bill of this kind of care, of the person in benefit, and of the place."""
    given = call.one("data")
    day = given.needed_day("begntime")
    place = place_named(connection, given, "fixmedins_code")
    there = facts_on(connection, "institution", place.code, day)
    kind = insured.mapping.kind(given.needed("med_type"), there)
    if kind is None:
        raise Rejected(
            f"data.med_type（医疗类别）：{policy.id} 没有医疗类别 {given.text('med_type')} "
            "的待遇对照"
        )
    disease = disease_said(call, insured, given.text("dise_codg"), day)
    said: dict[str, Raw] = {**insured.facts, **there, **kind.facts, **disease}
    if ENTITLEMENT in policy.facts:
        said[ENTITLEMENT] = _NORMAL
    mine = {name: value for name, value in said.items() if name in policy.facts}
    known: dict[str, object] = {
        name: assumed_value(fact, day)
        for name, fact in policy.facts.items()
        if fact.of == "person" and fact.default is not None and fact.kind in ("choice", "yes_no")
    }
    return known | dict(read_facts(policy, mine, "", ()))


def _standing(call: Call, connection: Connection, insured: Insured, day: date) -> tuple[date, str]:
    """Since when a person is in benefit, or is not, and then why."""
    person = insured.person.id
    try:
        lacking = not_entitled(call, connection, person, day)
    except Refused as refused:
        return day, refused.message.zh
    if lacking is not None:
        return lacking
    first = max(insured.member.since, day.replace(month=1, day=1))
    since = day
    for one in reversed(
        entitlement_over(connection, call.library, person, first, day, call.day)
    ):  # fmt: skip
        if one.entitlement is None or not one.entitlement.entitled:
            break
        since = one.since
    return since, ""


SERVICES: Mapping[str, Service] = {"2001": Look(_check)}
