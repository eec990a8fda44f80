"""Filings: referrals (2501), chronic and special diseases (2503), institutions (2505), taken back.

Each is an application under the person's policy, in force as soon as the policy grants it; which
question it is and what it says is data (`ways`).  The policy says from when and until when, and
the days that were sent can only be fewer.  A filing that is taken back holds until the day before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from gongji.book.acts import Act
from gongji.book.exchange.filings import Kind, end_filing, held_filing, keep_filing
from gongji.book.persons.facts import Said, facts_on
from gongji.book.registrations.applications import Application
from gongji.book.registrations.registered import lies_in
from gongji.book.registrations.registering import Registration, apply, end_registration
from gongji.nhsa.care.cases import check_insutype
from gongji.nhsa.care.people import Insured, insured_on, person_named
from gongji.nhsa.care.places import place_named
from gongji.nhsa.mapping.ways import Way, way_for
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.numbers import numbered
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Service, Work

__all__ = ["SERVICES"]

_DAY = timedelta(days=1)
_TITLES: Mapping[Kind, str] = {
    "referral": "转院备案", "disease": "慢特病备案", "designation": "定点备案",
}  # fmt: skip
_TURNS_ON: Mapping[Kind, str] = {
    "referral": "refl_type", "disease": "opsp_dise_code", "designation": "biz_appy_type",
}  # fmt: skip
"""The field by which a policy tells its ways of filing apart."""


def _refer(call: Call, act: Act) -> Output:
    """2501: a person is referred to an institution elsewhere."""
    given = call.one("refmedin")
    if given.text("hosp_agre_refl_flag") == "0":
        raise Rejected("refmedin.hosp_agre_refl_flag（医院同意转院标志）：医院不同意转院，不能备案")
    _check_hospital(call, act, "转院备案由定点医疗机构办理")
    return _filed(call, act, given, "referral")


def _disease(call: Call, act: Act) -> Output:
    """2503: a chronic or special disease of a person is registered."""
    given = call.one("data")
    diagnosed = given.needed_day("hosp_ide_date")
    if diagnosed > call.day:
        raise Rejected(f"data.hosp_ide_date（医院鉴定日期）：{diagnosed} 晚于今天 {call.day}")
    _check_hospital(call, act, "慢特病备案由定点医疗机构办理")
    return _filed(call, act, given, "disease")


def _designate(call: Call, act: Act) -> Output:
    """2505: a person's institution is registered."""
    return _filed(call, act, call.one("data"), "designation")


def _check_hospital(call: Call, act: Act, rule: str) -> None:
    there = facts_on(act.connection, "institution", call.sender.code, call.day)
    if call.mappings.is_pharmacy(call.sender.code, there):
        raise Rejected(f"fixmedins_code：{call.sender.name} 是定点零售药店，{rule}")


def _filed(call: Call, act: Act, given: Given, kind: Kind) -> Output:
    """Apply for what a filing asks for, and keep that it came."""
    person = person_named(call, act.connection, given)
    insured = insured_on(call, act.connection, person, call.day)
    check_insutype(given, insured.mapping.insutype)
    policy = insured.member.scheme.policy
    way = way_for(insured.mapping.filings[kind], given, insured.facts)
    if way is None:
        field = _TURNS_ON[kind]
        raise Rejected(
            f"{given.node}.{field}：{policy} 没有可经接口办理的这类{_TITLES[kind]}"
            f"（{given.text(field)}），请到经办机构办理"
        )
    application = _application(call, act, given, way, insured)
    registration = apply(act, call.library, person.id, way.question, application)
    _check_complete(registration)
    said = {**given.said(), "opter_id": call.operator, "opt_time": call.moment}
    number = keep_filing(act, call.sender.code, person.id, kind, registration.number, said)
    return {"result": {"trt_dcla_detl_sn": numbered(call.sender.area, number)}}


def _application(call: Call, act: Act, given: Given, way: Way, insured: Insured) -> Application:
    """What a way makes of a filing."""
    since, until = given.day("begndate"), given.day("enddate")
    if since is not None and until is not None and until < since:
        raise Rejected(f"{given.node}.enddate（结束日期）：{until} 早于开始日期 {since}")
    said: dict[str, Any] = {
        **_evidence(call, act, given, way, insured), **way.says,
        **dict.fromkeys(way.days, call.day.isoformat()),
    }  # fmt: skip
    if way.disease:
        said[way.disease] = way.diseases[given.needed("opsp_dise_code")]
    places = (place_named(act.connection, given, way.at).code,) if way.at else ()
    area = _area(given, way, insured) if way.area else ""
    return Application(call.day, said, way.papers, places, area, since, until)


def _evidence(call: Call, act: Act, given: Given, way: Way, insured: Insured) -> dict[str, Said]:
    """What the book knows of the institution that made the diagnosis, as the policy has words."""
    if not way.evidence:
        return {}
    place = place_named(act.connection, given, way.evidence)
    facts = call.library.policy(insured.member.scheme.policy, call.day).facts
    there = facts_on(act.connection, "institution", place.code, call.day)
    return {
        name: value for name, value in there.items() if name in facts and facts[name].of == "bill"
    }


def _area(given: Given, way: Way, insured: Insured) -> str:
    """The division that a filing is for; it has to lie elsewhere."""
    area, home = given.needed(way.area), insured.member.scheme.area
    if len(area) != 6 or not (area.isascii() and area.isdigit()):
        raise Rejected(f"{given.node}.{way.area}：“{area}”不是六位行政区划代码")
    if lies_in(area, home):
        raise Rejected(
            f"{given.node}.{way.area}：{area} 在参保地 {home} 之内，不是异地就医，不用备案"
        )
    return area


def _check_complete(registration: Registration) -> None:
    if registration.missing:
        papers = "、".join(one.title.zh for one in registration.missing)
        raise Rejected(f"还缺材料：{papers}；请到经办机构办理")


# --- taken back ----------------------------------------------------------------------------------


def _taken_back(kind: Kind) -> Callable[[Call, Act], Output]:
    """2502, 2504, 2506: what was filed holds no longer, from the day of the message on."""

    def work(call: Call, act: Act) -> Output:
        given = call.one("data")
        filing = held_filing(act, given.number("trt_dcla_detl_sn"), call.sender.code, kind)
        if given.number("psn_no") != filing.person:
            raise Rejected("data.psn_no：这项备案不是这位参保人的")
        _end(act, filing.registration, call.day - _DAY)
        end_filing(act, filing.number)
        return None

    return work


def _end(act: Act, registration: Registration, last: date) -> None:
    until = registration.until
    if registration.state == "ended" or (until is not None and until <= last):
        raise Rejected(
            f"data.trt_dcla_detl_sn：这项备案自 {registration.since} 起，已于 {until} 结束，"
            "不用撤销"
        )
    end_registration(act, registration.number, last)


SERVICES: Mapping[str, Service] = {
    "2501": Work(_refer), "2502": Work(_taken_back("referral")),
    "2503": Work(_disease), "2504": Work(_taken_back("disease")),
    "2505": Work(_designate), "2506": Work(_taken_back("designation")),
}  # fmt: skip
