"""Whether a person is in benefit on a day: derived from what was paid, by asking the policy.

Which question is asked follows from the record: payment has begun, months are unpaid, a gap is paid
up, payment went on without that.  Where a document has no rule, nothing is derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from gongji.book.asking import Asking, asked_in_book, facts_known
from gongji.book.people import Membership, member_on
from gongji.book.record import Gap, Record, record_of
from gongji.book.rules import rules_of
from gongji.engine.answer import Answer
from gongji.engine.bill import FactValue
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
    member = member_on(connection, person, day)
    rules = rules_of(library, member.scheme, day)
    asking = facts_known(connection, rules, person, day, known_on)
    return entitlement_asked(connection, asking, member, known_on)


def entitlement_asked(
    connection: Connection, asking: Asking, member: Membership, known_on: date | None = None
) -> Entitlement:
    """The same, where what is known of the person is at hand."""
    policy = asking.rules.policy
    if all(asked_in_book(policy, role) is None for role in ("begun", "in_benefit")):
        return Entitlement(True, _NORMAL, _NOT_RULED, derived=False)
    scheme = member.scheme.number
    record = record_of(connection, member.person, scheme, member.since, known_on)
    return entitlement_of(asking, record)


def entitlement_of(asking: Asking, record: Record) -> Entitlement:
    """Whether a person with a record is in benefit; pure.  Raises as `entitlement_on` does."""
    due = asked_in_book(asking.rules.policy, "due")
    if due is not None and not asking.meets(due[1].whom):
        return Entitlement(True, _NORMAL, _NOT_OWED)
    if record.first_paid is None:
        return Entitlement(False, _NONE, _NEVER_PAID)
    if asked_in_book(asking.rules.policy, "in_benefit") is not None:
        return _by_year(asking, record)
    return _by_month(asking, record)


def _by_month(asking: Asking, record: Record) -> Entitlement:
    """By the last gap before the day, and without one by the beginning."""
    words = dict(record.words(asking.day))
    last: Gap | None = None
    for gap in record.gaps(asking.day):
        last = gap if _begun_by(asking, gap.first, words) else None
        if last is None:  # a break within the wait begins it anew
            if gap.gone_on is None:
                return Entitlement(False, _NONE, _BROKEN_OFF)
            words |= {"restarted": "yes", "resumed_on": gap.gone_on.first}
    if last is None:
        return _asked(asking, "begun", words)
    return _after_gap(asking, last, {**words, **last.words})


def _after_gap(asking: Asking, gap: Gap, words: dict[str, FactValue]) -> Entitlement:
    """While months are unpaid, and after they are paid up or payment went on."""
    if asked_in_book(asking.rules.policy, "lapsed") is None:
        if gap.paid_up is None:
            raise _lapse_not_stated()
        return _asked(asking, "begun", words)
    lapsed = _asked(asking, "lapsed", words)
    role = "paid_up" if gap.paid_up is not None else "gone_on"
    found = asked_in_book(asking.rules.policy, role)
    if found is None or (gap.paid_up is None and gap.gone_on is None):
        return lapsed
    suspended = lapsed.answer.values.get("from") if lapsed.answer is not None else None
    if isinstance(suspended, date):
        words["suspended_from"] = suspended
    return _asked(asking, role, words)


def _begun_by(asking: Asking, day: date, words: Mapping[str, FactValue]) -> bool:
    """Whether benefit had begun by a day, by what was paid before."""
    return _asked(asking._replace(day=day), "begun", words).entitled


def _by_year(asking: Asking, record: Record) -> Entitlement:
    """By any of the years that were paid for."""
    found: Entitlement | None = None
    silent: Refused | None = None
    for paid in record.periods:
        if paid.arrived is None:
            continue
        try:
            one = _asked(asking, "in_benefit", {"paid_on": paid.arrived})
        except Refused as refused:
            if refused.kind != "not_stated":
                raise
            silent = refused
            continue
        if one.entitled:
            return one
        found = one
    if found is not None:
        return found
    assert silent is not None, "something was paid"
    raise silent


def _asked(asking: Asking, role: str, words: Mapping[str, FactValue]) -> Entitlement:
    """What the policy answers; a lapse stops benefit from a day on, all else begins it."""
    found = asked_in_book(asking.rules.policy, role)
    assert found is not None, "it is asked only where there is such a question"
    one = asking.answer(found[0], words)
    since, until = one.values.get("from"), one.values.get("until")
    entitled = one.values.get("entitled") == "yes"
    if "entitled" not in one.values:
        begun = isinstance(since, date) and since <= asking.day
        ended = isinstance(until, date) and until < asking.day
        entitled = not begun if role == "lapsed" else begun and not ended
    state = _NORMAL if entitled else str(one.values.get(ENTITLEMENT, _NONE))
    return Entitlement(entitled, state, one.case.because, one)


def _lapse_not_stated() -> Refused:
    return Refused(
        "not_stated",
        Bilingual(
            "此人有欠费，文件没有写欠费期间能否享受待遇；请先补缴",
            "months are unpaid, and the document does not say what that does to benefit; pay them "
            "up first",
        ),
        {"field": ENTITLEMENT},
    )
