"""The running totals of a person's year (5206).

A meter of the policy that means the same as a code of the interface has that code.  Any other has
one made of what it counts and its name: `S_ordinary_cost`; the letter is that of the interface's
own codes, C for a number of times, S for costs, D for what funds paid, and B for what was borne.
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import Connection, select

from gongji.book.care.readings import key_named
from gongji.book.care.settling import meters_now
from gongji.book.known import standing
from gongji.book.schema.visits import SETTLEMENT
from gongji.engine.meters import ACCOUNT, MeterKey, Meters, key_of
from gongji.money import format_yuan
from gongji.nhsa.care.people import insured_on, person_named
from gongji.nhsa.mapping import SchemeMapping
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Look, Service
from gongji.policy.model import Meter, Policy

__all__ = ["SERVICES", "code_of"]

_LETTERS = {"visits": "C", "cost": "S", "payment": "D", "burden": "B"}
_MONTH = re.compile(r"([0-9]{4})-?([0-9]{2})", re.ASCII)


def code_of(mapping: SchemeMapping, meter: Meter, per: str) -> str:
    """The code of a meter (`cum_type_code`); `per` is the value that it is kept apart for."""
    own = f"{_LETTERS[meter.counts]}_{meter.name}"
    code = mapping.meters.get(meter.name, own)
    return f"{code}_{per}" if per else code


def _accumulated(call: Call, connection: Connection) -> Output:
    """5206: each total of the year as it stands now, or as visits up to a month had it."""
    given = call.one("data")
    month = given.text("cum_ym")
    day = _last_day(call, month) if month else call.day
    person = person_named(call, connection, given)
    insured = insured_on(call, connection, person, day)
    scheme = insured.member.scheme
    policy = call.library.policy(scheme.policy, day)
    meters = _meters_on(connection, person.id, scheme.number, day)
    rows = [
        {
            "insutype": insured.mapping.insutype, "year": f"{day.year:04d}",
            "cum_ym": f"{day:%Y%m}", "cum_type_code": code_of(insured.mapping, meter, key.per),
            "cum": str(meters[key]) if meter.counts == "visits" else format_yuan(meters[key]),
        }
        for meter, key in _keys(policy, meters, day)
    ]  # fmt: skip
    return {"cuminfo": rows}


def _last_day(call: Call, month: str) -> date:
    """The last day of a month, or today.  Raises `Rejected`."""
    found = _MONTH.fullmatch(month)
    year, number = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (1 <= number <= 12 and year):
        raise Rejected(f"data.cum_ym（累计年月）：“{month}”不是年月；应为 yyyyMM，如 202411")
    if (year, number) > (call.day.year, call.day.month):
        raise Rejected(f"data.cum_ym（累计年月）：{month} 还没有到")
    return min(date(year, number, monthrange(year, number)[1]), call.day)


def _keys(policy: Policy, meters: Meters, day: date) -> Iterator[tuple[Meter, MeterKey]]:
    """The totals of the policy on a day: all that are one of a person, and others that moved."""
    for meter in policy.meters.values():
        if meter.window == "visit":
            continue
        pers = {key.per for key in meters if key.meter == meter.name and meters[key]}
        for per in sorted(pers) if meter.per else ("",):
            yield meter, key_of(meter, per, day)


def _meters_on(connection: Connection, person: int, scheme: int, day: date) -> Meters:
    """Meters as they stand, without what visits after a day moved."""
    meters = meters_now(connection, person, scheme)
    later = connection.execute(
        select(SETTLEMENT.c.before, SETTLEMENT.c.moved).where(
            (SETTLEMENT.c.person == person)
            & (SETTLEMENT.c.scheme == scheme)
            & (SETTLEMENT.c.day > day)
            & standing(SETTLEMENT)
        )
    )
    for row in later:
        before: Mapping[str, int] = json.loads(row.before)
        moved: Mapping[str, int] = json.loads(row.moved)
        back = {key_named(name): before.get(name, 0) - after for name, after in moved.items()}
        meters = meters.moved({key: meters[key] + by for key, by in back.items() if key != ACCOUNT})
    return meters


SERVICES: Mapping[str, Service] = {"5206": Look(_accumulated)}
