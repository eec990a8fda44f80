"""Retirement: whether the years are complete, the lump sum for those missing, and from when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Row, insert, select, update

from gongji.book.acts import Act
from gongji.book.contributions.record import record_of
from gongji.book.journal import Account, posted
from gongji.book.persons.deaths import check_alive
from gongji.book.persons.people import Membership, change_facts, member_on
from gongji.book.rules import Rules, Scheme, rules_of
from gongji.book.schema.people import PERSON
from gongji.book.schema.turns import RETIREMENT
from gongji.book.services import (
    Answered,
    Occasion,
    amount_of,
    ask,
    grants,
    not_granted,
    occasion_of,
    service_for,
)
from gongji.book.turns.transfers import transfers_of
from gongji.engine.inputs import Raw
from gongji.money import format_yuan
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Assessment", "assess_retirement", "pay_top_up"]


class Assessment(NamedTuple):
    """How a person was assessed: retired `since` a day, or `due_fen` first for missing months.

    With neither the person does not retire; `because` is what the policy says of it, by `clauses`.
    """

    number: int
    since: date | None
    due_fen: int | None
    because: Bilingual | None
    clauses: tuple[str, ...] = ()


def assess_retirement(
    act: Act,
    library: Library,
    person: int,
    day: date,
    months_paid: int | None = None,
    said: Mapping[str, Raw] | None = None,
) -> Assessment:
    """Assess a person for retirement on a day, by the months paid and what is said besides.

    Without `months_paid` they are those of the record of contributions, and those that came with
    transfers.  Who retires is of the category that the policy says, from the day that it answers.
    Raises `Refused`: `unknown_person`, `not_yet`, `died`, `not_insured`, `retired_already`,
    `bad_count`, and what the policy refuses.
    """
    member = _checked(act, person, day)
    scheme = member.scheme
    months = _months_paid(act, member) if months_paid is None else months_paid
    if months < 0:
        raise Refused(
            "bad_count",
            Bilingual(f"累计缴费月数不能是 {months}", f"{months} months paid cannot be"),
            {"field": "months_paid"},
        )
    rules = rules_of(library, scheme, day)
    fills = {"months_paid": str(months), "topped_up": "no"}
    occasion = occasion_of(act.connection, person, day, said, fills)
    answered, since = _asked(rules, occasion)
    due = None if since is not None else _due(rules, occasion)
    if since is not None:
        change_facts(act, library, person, scheme, since, _states(answered))
    standing = _standing(act, person, scheme.number)
    if standing is not None:
        _end(act, standing.id)
    number = _written(act, {
        "person": person, "scheme": scheme.number, "assessed": day, "months_paid": months,
        "since": since, "due_fen": due, "entry": None,
    })  # fmt: skip
    case = answered.answer.case
    return Assessment(number, since, due, case.because, case.mark.clauses)


def pay_top_up(
    act: Act,
    library: Library,
    person: int,
    day: date,
    fen: int,
    said: Mapping[str, Raw] | None = None,
) -> Assessment:
    """Take the lump sum for missing months; the person retires from the day that the policy says.

    Raises `Refused`: `not_assessed`, `bad_amount` where it is not the sum due, and what the policy
    refuses.
    """
    scheme = _checked(act, person, day).scheme
    row = _standing(act, person, scheme.number)
    if row is None or row.due_fen is None or day < row.assessed:
        raise Refused(
            "not_assessed",
            Bilingual(f"此人在 {day} 没有待缴的一次性补缴；先办理退休核定",
                      f"no lump sum is due of this person on {day}; assess the retirement first"),
            {"field": "person"},
        )  # fmt: skip
    if fen != row.due_fen:
        raise Refused(
            "bad_amount",
            Bilingual(f"应补缴 {format_yuan(row.due_fen)} 元，不能收 {format_yuan(fen)} 元；"
                      "要一次缴清",
                      f"{format_yuan(row.due_fen)} yuan are due, all at once, not "
                      f"{format_yuan(fen)}"),
            {"field": "amount"},
        )  # fmt: skip
    rules = rules_of(library, scheme, day)
    fills = {
        "months_paid": str(row.months_paid), "topped_up": "yes", "topped_up_on": day.isoformat(),
        "day": row.assessed.isoformat(),
    }  # fmt: skip
    occasion = occasion_of(act.connection, person, day, said, fills)
    answered, since = _asked(rules, occasion)
    if since is None:
        raise not_granted(answered)
    (fund, bank) = (_fund(rules, occasion, scheme), Account(scheme.area, "bank"))
    entry = posted(act, day, "top_up", {fund: fen, bank: -fen})
    change_facts(act, library, person, scheme, since, _states(answered))
    _end(act, row.id)
    number = _written(act, {
        "person": person, "scheme": scheme.number, "assessed": row.assessed,
        "months_paid": row.months_paid, "since": since, "due_fen": fen, "entry": entry,
    })  # fmt: skip
    case = answered.answer.case
    return Assessment(number, since, None, case.because, case.mark.clauses)


# --- what the policy says ------------------------------------------------------------------------


def _asked(rules: Rules, occasion: Occasion) -> tuple[Answered, date | None]:
    """The answer, and the day from which the person is retired, if so.

    Where the answer is “not yet, but from a day”, it is asked about that day, too.
    """
    service = service_for(rules, "retirement", occasion)
    answered = ask(rules, service, occasion)
    since = answered.answer.values.get("from")
    if grants(answered):
        return answered, since if isinstance(since, date) else occasion.day
    if isinstance(since, date) and since > occasion.day:
        later = ask(rules, service, occasion._replace(day=since))
        if grants(later):
            return later, since
    return answered, None


def _due(rules: Rules, occasion: Occasion) -> int | None:
    """The lump sum with which the person would retire now, in fen; None where none would do."""
    if "top_up" not in rules.policy.services:
        return None
    day = occasion.day.isoformat()
    paid = occasion._replace(fills={**occasion.fills, "topped_up": "yes", "topped_up_on": day})
    if _asked(rules, paid)[1] is None:
        return None
    return amount_of(ask(rules, service_for(rules, "top_up", occasion), occasion))


def _fund(rules: Rules, occasion: Occasion, scheme: Scheme) -> Account:
    """The fund that a lump sum goes to."""
    service = service_for(rules, "top_up", occasion)
    return Account(scheme.area, "fund", f"{scheme.policy} {service.fund}")


def _states(answered: Answered) -> dict[str, str | list[str]]:
    return dict(answered.service.states)


# --- rows ----------------------------------------------------------------------------------------


def _months_paid(act: Act, member: Membership) -> int:
    """Months paid here, and those that came with transfers."""
    scheme = member.scheme.number
    here = record_of(act.connection, member.person, scheme, member.since).months_paid
    brought = transfers_of(act.connection, member.person)
    return here + sum(
        one.months_paid for one in brought if (one.direction, one.scheme) == ("in", scheme)
    )


def _checked(act: Act, person: int, day: date) -> Membership:
    """The membership of a person who can be assessed on a day; the person is locked."""
    connection = act.connection
    wanted = select(PERSON.c.id).where(PERSON.c.id == person).with_for_update()
    if connection.scalar(wanted) is None:
        raise Refused(
            "unknown_person",
            Bilingual(f"没有编号为 {person} 的人员", f"there is no person {person}"),
            {"field": "person"},
        )
    if day > act.asked.day:
        raise Refused(
            "not_yet",
            Bilingual(f"核定日 {day} 还没有到", f"the assessment on {day} is yet to come"),
            {"field": "day"},
        )
    check_alive(connection, person, day)
    member = member_on(connection, person, day)
    standing = _standing(act, person, member.scheme.number)
    if standing is not None and standing.since is not None:
        raise Refused(
            "retired_already",
            Bilingual(f"此人已核定自 {standing.since} 起退休",
                      f"the person is assessed as retired from {standing.since} on already"),
            {"field": "person"},
        )  # fmt: skip
    return member


def _standing(act: Act, person: int, scheme: int) -> Row[Any] | None:
    return act.connection.execute(
        select(RETIREMENT).where(
            (RETIREMENT.c.person == person)
            & (RETIREMENT.c.scheme == scheme)
            & RETIREMENT.c.ended.is_(None)
        )
    ).one_or_none()


def _end(act: Act, number: int) -> None:
    act.connection.execute(
        update(RETIREMENT).where(RETIREMENT.c.id == number).values(ended=act.number)
    )


def _written(act: Act, row: Mapping[str, Any]) -> int:
    found = act.connection.execute(insert(RETIREMENT).values(**row, act=act.number))
    assert found.inserted_primary_key is not None
    return int(found.inserted_primary_key[0])
