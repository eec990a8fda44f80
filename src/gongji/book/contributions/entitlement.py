"""Whether a person is in benefit on a day: derived from what was paid, by asking the policy.

Which question is asked follows from the record: payment has begun, months are unpaid, a gap is paid
up, payment went on without that.  Where a document has no rule, nothing is derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, NoReturn

from sqlalchemy import Connection

from gongji.book.contributions.record import Gap, Record, record_of
from gongji.book.persons.people import Membership, member_on
from gongji.book.rules import Rules, rules_of
from gongji.book.services import Occasion, ask, fitting, occasion_of
from gongji.engine.answer import Answer
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["ENTITLEMENT", "Entitlement", "entitlement_asked", "entitlement_of", "entitlement_on"]

ENTITLEMENT = "entitlement"
"""The fact by which settlements know it."""

_NORMAL, _NONE = "normal", "none"

_NEVER_PAID = Bilingual("还没有缴费到账。", "No contribution has arrived yet.")
_BROKEN_OFF = Bilingual(
    "等待期内中断缴费，还没有续缴。",
    "Payment broke off within the waiting period and has not gone on.",
)
_NOT_OWED = Bilingual("此人不用缴费。", "No contribution is due of the person.")
_NOT_RULED = Bilingual(
    "文件没有写缴费与待遇的关系，按参保即享受处理。",
    "The document does not say how benefit follows from contributions; whoever is insured is taken "
    "to be in benefit.",
)


class Entitlement(NamedTuple):
    """Whether a person is in benefit on a day, and why.

    `state` is the value of the fact `entitlement`; `answer` is the policy's, where it was asked,
    and `because` its reason.
    """

    entitled: bool
    state: str
    because: Bilingual | None
    answer: Answer | None = None
    derived: bool = True


def entitlement_on(
    connection: Connection, library: Library, person: int, day: date, known_on: date | None = None
) -> Entitlement:
    """Whether a person is in benefit on a day.

    Raises `Refused`: `not_insured`, and `not_stated` or `missing_fact` where the policy is asked
    and has no answer.
    """
    member = member_on(connection, person, day, known_on)
    rules = rules_of(library, member.scheme, day)
    occasion = occasion_of(connection, person, day, known_on=known_on)
    return entitlement_asked(connection, rules, occasion, member, known_on)


def entitlement_asked(
    connection: Connection,
    rules: Rules,
    occasion: Occasion,
    member: Membership,
    known_on: date | None = None,
) -> Entitlement:
    """The same, where what is known of the person is at hand."""
    if not _ruled(rules):
        return _UNRULED
    scheme = member.scheme.number
    record = record_of(connection, member.person, scheme, member.since, known_on)
    return entitlement_of(rules, occasion, record)


def entitlement_of(rules: Rules, occasion: Occasion, record: Record) -> Entitlement:
    """Whether a person with a record is in benefit; pure.  Raises as `entitlement_on` does."""
    if not _ruled(rules):
        return _UNRULED
    asking = _Asking(rules, occasion)
    if "due" in rules.policy.services and fitting(rules, "due", occasion) is None:
        return Entitlement(True, _NORMAL, _NOT_OWED)
    if record.first_paid is None:
        return Entitlement(False, _NONE, _NEVER_PAID)
    if "in_benefit" in rules.policy.services:
        return _by_year(asking, record)
    return _by_month(asking, record)


def _ruled(rules: Rules) -> bool:
    """Whether the policy says how benefit follows from contributions."""
    return bool({"begun", "in_benefit"} & set(rules.policy.services))


_UNRULED = Entitlement(True, _NORMAL, _NOT_RULED, derived=False)


class _Asking(NamedTuple):
    """Whom the rules are asked about, and when."""

    rules: Rules
    occasion: Occasion

    def on(self, day: date) -> _Asking:
        """The same about another day."""
        return self._replace(occasion=self.occasion._replace(day=day))

    def asked(self, name: str, words: Mapping[str, str]) -> Entitlement | None:
        """What the policy answers, None where it has no such question.

        A lapse stops benefit from a day on, all else begins it.
        """
        day = self.occasion.day
        service = fitting(self.rules, name, self.occasion)
        if service is None:
            return None
        told = self.occasion._replace(fills={**self.occasion.fills, **words})
        one = ask(self.rules, service, told).answer
        since, until = one.values.get("from"), one.values.get("until")
        entitled = one.values.get("entitled") == "yes"
        if "entitled" not in one.values:
            begun = isinstance(since, date) and since <= day
            ended = isinstance(until, date) and until < day
            entitled = not begun if name == "lapsed" else begun and not ended
        state = _NORMAL if entitled else str(one.values.get(ENTITLEMENT, _NONE))
        return Entitlement(entitled, state, one.case.because, one)


def _by_month(asking: _Asking, record: Record) -> Entitlement:
    """By the gaps before the day, any of which can stand in the way; else by the beginning."""
    words = dict(record.words(asking.occasion.day))
    found: Entitlement | None = None
    for gap in record.gaps(asking.occasion.day):
        begun = asking.on(gap.first).asked("begun", words)
        if begun is not None and not begun.entitled:  # a break within the wait begins it anew
            if gap.gone_on is None:
                return Entitlement(False, _NONE, _BROKEN_OFF)
            words |= {"restarted": "yes", "resumed_on": gap.gone_on.first.isoformat()}
            continue
        found = _after_gap(asking, gap, {**words, **gap.words})
        if not found.entitled:
            return found
    return found or asking.asked("begun", words) or _silent()


def _after_gap(asking: _Asking, gap: Gap, words: dict[str, str]) -> Entitlement:
    """While months are unpaid, and after they are paid up or payment went on."""
    lapsed = asking.asked("lapsed", words)
    suspended = lapsed.answer.values.get("from") if lapsed and lapsed.answer else None
    if isinstance(suspended, date):
        words["suspended_from"] = suspended.isoformat()
    if gap.paid_up is not None:
        return asking.asked("paid_up", words) or asking.asked("begun", words) or _silent()
    gone_on = asking.asked("gone_on", words) if gap.gone_on is not None else None
    return gone_on or lapsed or _silent()


def _by_year(asking: _Asking, record: Record) -> Entitlement:
    """By any of the years that were paid for."""
    found: Entitlement | None = None
    silent: Refused | None = None
    for paid in record.periods:
        if paid.arrived is None:
            continue
        try:
            one = asking.asked("in_benefit", {"paid_on": paid.arrived.isoformat()})
        except Refused as refused:
            if refused.kind != "not_stated":
                raise
            silent = refused
            continue
        if one is not None and one.entitled:
            return one
        found = one or found
    if silent is not None and found is None:
        raise silent
    return found or _silent()


def _silent() -> NoReturn:
    raise Refused(
        "not_stated",
        Bilingual(
            "文件没有写此人的缴费情况（欠费、补缴、续缴）怎样享受待遇，请先补缴，或按经办机构的规定办理",
            "the document does not say what this record of contributions (unpaid months, paying "
            "up, going on) does to benefit; pay up first, or ask the agency for its rule",
        ),
        {"field": ENTITLEMENT},
    )
