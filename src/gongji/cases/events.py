"""Reading the events of a history: visits, account credits, changes of status, known readings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

from gongji.engine.amounts import one_text
from gongji.engine.inputs import (
    ACCOUNT_BALANCE,
    Raw,
    read_day,
    read_opening,
    read_person,
    read_visit,
)
from gongji.engine.meters import Meters
from gongji.engine.replay import Change, Credit, Event, MemberVisit, Readings
from gongji.money import parse_yuan
from gongji.policy.model import Policy
from gongji.policy.problems import FileRefused
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, listed, nearest

__all__ = ["EVENT_FIELDS", "read_event"]

_MEMBER = "member"

EVENT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "visit": (),
    "credit": ("amount",),
    "change": ("person",),
    "readings": ("meters",),
}
"""The kinds of event under `what` (a visit unless said), and the field each needs."""


def read_event(library: Library, policy_id: str, raw: Mapping[str, Raw], field: str) -> Event:
    """One event of a history, read under the policy in force on its day.  Raises `Refused`."""
    what = raw.get("what", "visit")
    if not isinstance(what, str) or what not in EVENT_FIELDS:
        near = nearest(str(what), EVENT_FIELDS)
        hint = Bilingual(f"；最接近的是 {near}", f"; the nearest is {near}") if near else None
        message = Bilingual(
            f"{field}.what：没有“{what}”这种事件；可选：{listed(EVENT_FIELDS)}",
            f"{field}.what: there is no event {what!r}; expected one of: {listed(EVENT_FIELDS)}",
        )
        raise Refused("unknown_value", message + hint if hint else message, {"field": field})
    day = read_day(raw.get("date"), f"{field}.date")
    try:
        policy = library.policy(policy_id, day)
    except FileRefused:
        raise
    except Refused as refused:
        where = Bilingual(f"{field}.date：", f"{field}.date: ")
        details = {**refused.details, "field": f"{field}.date"}
        raise Refused(refused.kind, where + refused.message, details) from None
    if what == "visit":
        rest = {name: value for name, value in raw.items() if name != "what"}
        if _MEMBER in rest:
            return _member(policy, rest, field)
        if "person" in rest:
            raise _whose(field)
        return read_visit(policy, rest, field)
    _check_fields(what, raw, field)
    if what == "credit":
        amount = one_text(raw["amount"], f"{field}.amount")
        return Credit(day, parse_yuan(amount, f"{field}.amount"))
    if what == "change":
        return _change(policy, day, cast(Mapping[str, Raw], raw["person"]), f"{field}.person")
    meters = cast(Mapping[str, Raw], raw["meters"])
    return Readings(day, read_opening(policy, Meters(), meters, day, f"{field}.meters").readings)


def _member(policy: Policy, raw: Mapping[str, Raw], field: str) -> MemberVisit:
    """A visit of another person, `member: spouse`, with that person's facts under `person`."""
    name = one_text(raw[_MEMBER], f"{field}.{_MEMBER}")
    person = raw.get("person")
    if not isinstance(person, Mapping):
        raise Refused(
            "missing_field",
            Bilingual(
                f"{field}.person：{name} 的就医要写 person（这个人的情况）",
                f"{field}.person: a visit of {name!r} needs `person`, the facts of that person",
            ),
            {"field": f"{field}.person"},
        )
    said = {key: value for key, value in person.items() if key != ACCOUNT_BALANCE}
    visit = {key: value for key, value in raw.items() if key not in (_MEMBER, "person")}
    balance = None
    if ACCOUNT_BALANCE in person:
        where = f"{field}.person.{ACCOUNT_BALANCE}"
        balance = parse_yuan(one_text(person[ACCOUNT_BALANCE], where), where)
    return MemberVisit(
        name,
        read_person(policy, said, f"{field}.person"),
        read_visit(policy, visit, field),
        balance,
    )


def _whose(field: str) -> Refused:
    """A visit with a person of its own, without saying who that is."""
    return Refused(
        "missing_field",
        Bilingual(
            f"{field}.{_MEMBER}：写了 person，没有写是谁；"
            f"家人的就医写 {_MEMBER}，如 {_MEMBER}: spouse",
            f"{field}.{_MEMBER}: there is a `person` but not who it is; for a visit of another "
            f"member write `{_MEMBER}`, such as {_MEMBER}: spouse",
        ),
        {"field": f"{field}.{_MEMBER}"},
    )


def _change(policy: Policy, day: date, person: Mapping[str, Raw], field: str) -> Change:
    if ACCOUNT_BALANCE in person:
        where = f"{field}.{ACCOUNT_BALANCE}"
        raise Refused(
            "unknown_field",
            Bilingual(
                f"{where}：余额不是人的情况；计入账户用 what: credit，已知余额用 what: readings",
                f"{where}: a balance is no fact of a person; money credited is `what: credit`, a "
                "balance known is `what: readings`",
            ),
            {"field": where},
        )
    return Change(day, read_person(policy, person, field).facts)


def _check_fields(what: str, raw: Mapping[str, Raw], field: str) -> None:
    needed = ("what", "date", *EVENT_FIELDS[what])
    block = EVENT_FIELDS[what][0]
    wrong = [name for name in raw if name not in needed]
    fits = block in raw and (what == "credit" or isinstance(raw[block], Mapping))
    if wrong or not fits:
        raise Refused(
            "unknown_field",
            Bilingual(
                f"{field}：{what} 事件的字段应为 {listed(needed)}",
                f"{field}: a {what} event has the fields {listed(needed)}",
            ),
            {"field": field, "choices": list(needed)},
        )
