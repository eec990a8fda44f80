"""Family use of an account: whom its owner lets use it, and what it pays of a relative's visit.

The policy of the owner says for whom and for what an account may pay.  It pays after the visit is
settled, out of what was left in cash, in an entry of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from gongji.book.acts import Act, canonical
from gongji.book.care.settling import SETTLING_KINDS, locked_meters, open_visit, standing_of
from gongji.book.journal import Account, locked_balance, moved_by_visit, posted, reversed_entry
from gongji.book.persons.deaths import check_alive
from gongji.book.persons.facts import facts_on
from gongji.book.persons.people import member_on
from gongji.book.rules import Scheme, rules_of, scheme_of
from gongji.book.schema.accounts import AUTHORISATION
from gongji.book.schema.journal import ENTRY
from gongji.book.schema.people import PERSON
from gongji.book.schema.visits import SETTLEMENT
from gongji.book.services import ask, grants, not_granted, occasion_of, service_for
from gongji.engine.inputs import Raw
from gongji.money import format_yuan
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = [
    "FAMILY_KINDS",
    "RELATIONS",
    "Authorisation",
    "authorisations",
    "authorise",
    "broken_family",
    "family_reversed",
    "pay_for_relative",
    "revoke",
]

RELATIONS = ("spouse", "parent", "child", "other")
"""What a relative can be to the owner, in the words that policies share."""

FAMILY_KINDS = ("family_payment", "family_reversal")
"""The entries by which accounts of relatives pay."""

_DAY = timedelta(days=1)


class Authorisation(NamedTuple):
    """Whom the owner of an account lets use it, from a day to a day, both included."""

    number: int
    owner: int
    relative: int
    relation: str
    said: Mapping[str, Raw]
    since: date
    until: date | None


def authorise(
    act: Act,
    library: Library,
    owner: int,
    relative: int,
    relation: str,
    since: date,
    until: date | None = None,
    said: Mapping[str, Raw] | None = None,
) -> int:
    """Let a relative use the account of its owner; gives the authorisation's number.

    `relation` is what the relative is to the owner; `said` are facts that the policy asks for, such
    as where the relative is insured.  Raises `Refused`: `unknown_person`, `bad_relation`,
    `bad_stretch`, `died`, `not_insured`, `not_ruled`, `not_allowed`, `authorised_already`.
    """
    connection = act.connection
    _check_persons(connection, owner, relative, relation)
    if until is not None and until < since:
        raise Refused(
            "bad_stretch",
            Bilingual(f"授权止日 {until} 早于起日 {since}",
                      f"the authorisation ends on {until}, before it begins on {since}"),
            {"field": "until"},
        )  # fmt: skip
    check_alive(connection, owner, since)
    check_alive(connection, relative, since)
    scheme = member_on(connection, owner, since).scheme
    _check_allowed(connection, library, scheme, owner, since, relation, said or {}, {})
    for other in authorisations(connection, owner):
        meets = other.until is None or other.until >= since
        if other.relative == relative and meets and (until is None or other.since <= until):
            raise Refused(
                "authorised_already",
                Bilingual(
                    f"自 {other.since} 起已经授权此人（第 {other.number} 号）；要改先撤销",
                    f"that relative is authorised from {other.since} on already "
                    f"(authorisation {other.number}); revoke that to change it",
                ),
                {"field": "relative"},
            )
    return _written(act, owner, relative, relation, canonical(said or {}), since, until)


def revoke(act: Act, number: int, last: date) -> None:
    """End an authorisation with a last day; that before it began takes all of it back.

    Raises `Refused` (`unknown_authorisation`, `bad_stretch`).
    """
    row = act.connection.execute(
        select(AUTHORISATION)
        .where((AUTHORISATION.c.id == number) & AUTHORISATION.c.ended.is_(None))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise Refused(
            "unknown_authorisation",
            Bilingual(f"没有第 {number} 号授权，或已撤销",
                      f"there is no authorisation {number}, or it is revoked"),
            {"field": "authorisation"},
        )  # fmt: skip
    if last < row.since - _DAY or (row.until is not None and last > row.until):
        raise Refused(
            "bad_stretch",
            Bilingual(
                f"最后一日 {last} 不在授权期间（{row.since} 至 {row.until or '长期'}）",
                f"the last day {last} is not within the authorisation, from {row.since} to "
                f"{row.until or 'without end'}",
            ),
            {"field": "last"},
        )
    gone = AUTHORISATION.c.id == number
    act.connection.execute(update(AUTHORISATION).where(gone).values(ended=act.number))
    if last >= row.since:
        _written(act, row.owner, row.relative, row.relation, row.said, row.since, last)


def authorisations(connection: Connection, owner: int) -> list[Authorisation]:
    """Whom an owner lets use the account, as it stands."""
    rows = connection.execute(
        select(AUTHORISATION)
        .where((AUTHORISATION.c.owner == owner) & AUTHORISATION.c.ended.is_(None))
        .order_by(AUTHORISATION.c.since, AUTHORISATION.c.id)
    )
    return [_read(row) for row in rows]


def pay_for_relative(
    act: Act,
    library: Library,
    visit: int,
    owner: int,
    fen: int,
    day: date,
    said: Mapping[str, Raw] | None = None,
    relation: str = "other",
) -> int:
    """Pay cash of a settled visit out of a relative's account; gives the entry's number.

    `said` are facts of the payment that the policy asks for; `relation` is what the patient is said
    to be to the owner, which only words a refusal: the authorisation decides.  Raises `Refused`:
    `unknown_visit`, `not_settled`, `not_yet`, `bad_amount`, `died`, `not_insured`, `not_ruled`,
    `not_allowed`, `not_authorised`, `above_cash`, `account_overdrawn`.
    """
    connection = act.connection
    row = open_visit(connection, visit)
    locked_meters(connection, row.person, row.scheme)
    standing = standing_of(connection, visit)
    if standing is None:
        raise Refused(
            "not_settled",
            Bilingual(f"就诊 {visit} 还没有结算；结算后亲属账户才能支付",
                      f"visit {visit} is not settled; a relative's account pays after that"),
            {"field": "visit"},
        )  # fmt: skip
    _check_payment(row, owner, fen, day, act.asked.day)
    check_alive(connection, owner, day)
    scheme = member_on(connection, owner, day).scheme
    _check_use(connection, library, scheme, row, owner, day, said or {}, relation)
    cash = _cash(connection, row)
    borne = standing.person_fen - (standing.account_fen or 0)  # may be other than the cash by now
    at_desk = -moved_by_visit(connection, visit, SETTLING_KINDS).get(cash, 0)
    left = min(borne, at_desk) - moved_by_visit(connection, visit, FAMILY_KINDS).get(cash, 0)
    if fen > left:
        raise Refused(
            "above_cash",
            Bilingual(f"就诊 {visit} 只剩现金 {format_yuan(left)} 元，"
                      f"不能再付 {format_yuan(fen)} 元",
                      f"of visit {visit} {format_yuan(left)} yuan are left in cash, which "
                      f"{format_yuan(fen)} exceed"),
            {"field": "amount"},
        )  # fmt: skip
    account = Account(scheme.area, "account", "", str(owner))
    locked_balance(connection, account)
    return posted(act, day, "family_payment", _moves(account, cash, fen), visit=visit)


def family_reversed(act: Act, visit: int) -> list[int]:
    """Give back what accounts of relatives paid of a visit whose settlement is taken back.

    Gives the numbers of the entries, booked on the day of the act; none where nobody paid.
    """
    taken = select(ENTRY.c.reverses).where(ENTRY.c.reverses.is_not(None))
    paid = act.connection.scalars(
        select(ENTRY.c.id)
        .where(
            (ENTRY.c.visit == visit) & (ENTRY.c.kind == "family_payment") & ENTRY.c.id.not_in(taken)
        )
        .order_by(ENTRY.c.id)
    ).all()
    return [reversed_entry(act, entry, "family_reversal", visit=visit) for entry in paid]


def broken_family(connection: Connection) -> Iterator[Bilingual]:
    """Visits whose settlement does not stand, paid for by relatives; nothing if there is none."""
    standing = select(SETTLEMENT.c.visit).where(SETTLEMENT.c.ended.is_(None))
    paid = connection.scalars(
        select(ENTRY.c.visit)
        .where(ENTRY.c.kind.in_(FAMILY_KINDS) & ENTRY.c.visit.not_in(standing))
        .distinct()
    )
    for visit in paid.all():
        if moved_by_visit(connection, visit, FAMILY_KINDS):
            yield Bilingual(
                f"就诊 {visit}：没有结算，亲属的个人账户却付了款",
                f"visit {visit}: it is not settled, and a relative's account has paid for it",
            )


# --- what is allowed -----------------------------------------------------------------------------


def _check_persons(connection: Connection, owner: int, relative: int, relation: str) -> None:
    """Both are there, and not the same.  The owner is locked, so that one authorises at a time."""
    for person in (owner, relative):
        wanted = select(PERSON.c.id).where(PERSON.c.id == person)
        if person == owner:
            wanted = wanted.with_for_update()
        if connection.scalar(wanted) is None:
            raise Refused(
                "unknown_person",
                Bilingual(f"没有编号为 {person} 的人员", f"there is no person {person}"),
                {"field": "relative" if person == relative else "owner"},
            )
    if owner == relative or relation not in RELATIONS:
        raise Refused(
            "bad_relation",
            Bilingual(
                f"授权给另一个人，关系为 {'、'.join(RELATIONS)} 之一，不能是“{relation}”或本人",
                f"authorise another person who is one of {', '.join(RELATIONS)}, not “{relation}” "
                "or the owner",
            ),
            {"field": "relation", "choices": list(RELATIONS)},
        )


def _check_allowed(
    connection: Connection,
    library: Library,
    scheme: Scheme,
    owner: int,
    day: date,
    relation: str,
    said: Mapping[str, Raw],
    place: Mapping[str, Raw],
    listed: str = "yes",
) -> None:
    """The policy of the owner lets the account pay for such a relative.  Raises `Refused`."""
    rules = rules_of(library, scheme, day)
    fills = {"relation": relation, "listed": listed}
    occasion = occasion_of(connection, owner, day, said, fills)
    occasion = occasion._replace(record={**occasion.record, **place})
    answered = ask(rules, service_for(rules, "family", occasion), occasion)
    if not grants(answered):
        raise not_granted(answered)


def _check_use(
    connection: Connection,
    library: Library,
    scheme: Scheme,
    visit: Row[Any],
    owner: int,
    day: date,
    said: Mapping[str, Raw],
    relation: str,
) -> None:
    """The owner lets the patient use the account, and the policy lets it pay at that place."""
    place: dict[str, Raw] = dict(facts_on(connection, "institution", visit.institution, visit.day))
    if visit.scheme == scheme.number:
        place |= json.loads(visit.said)
    found = [
        one
        for one in authorisations(connection, owner)
        if one.relative == visit.person
        and one.since <= day
        and (one.until is None or one.until >= day)
    ]
    if found:
        (one,) = found
        facts: dict[str, Raw] = {**one.said, **said}
        _check_allowed(
            connection, library, scheme, owner, visit.day, one.relation, facts, place
        )  # fmt: skip
        return
    _check_allowed(connection, library, scheme, owner, visit.day, relation, said, place, "no")
    raise Refused(
        "not_authorised",
        Bilingual(
            f"{day} 此人没有得到账户所有人 {owner} 的授权；所有人先登记授权，再用其账户支付",
            f"the owner {owner} of the account has not authorised the patient on {day}; authorise "
            "first, then pay",
        ),
        {"field": "owner"},
    )


def _check_payment(visit: Row[Any], owner: int, fen: int, day: date, today: date) -> None:
    if owner == visit.person:
        raise Refused(
            "bad_relation",
            Bilingual("本人的账户在结算时支付，不走家庭共济",
                      "the patient's own account pays when the visit is settled, not afterwards"),
            {"field": "owner"},
        )  # fmt: skip
    if fen <= 0:
        raise Refused(
            "bad_amount",
            Bilingual(f"支付金额应大于 0，不能是 {format_yuan(fen)} 元",
                      f"the payment is {format_yuan(fen)} yuan; expected more than 0"),
            {"field": "amount"},
        )  # fmt: skip
    if not visit.day <= day <= today:
        raise Refused(
            "not_yet",
            Bilingual(f"支付日 {day} 应在就医日 {visit.day} 以后、今天 {today} 以前",
                      f"the payment on {day}: expected a day from the visit's, {visit.day}, to "
                      f"today, {today}"),
            {"field": "day"},
        )  # fmt: skip


# --- money and rows ------------------------------------------------------------------------------


def _cash(connection: Connection, visit: Row[Any]) -> Account:
    """What was paid in cash at the institution of a visit."""
    area = scheme_of(connection, visit.scheme).area
    return Account(area, "cash", "", visit.institution)


def _moves(account: Account, cash: Account, fen: int) -> dict[Account, int]:
    """From the account in place of cash; between areas through their banks."""
    moves = {account: -fen, cash: fen}
    if account.area != cash.area:
        moves |= {Account(account.area, "bank"): fen, Account(cash.area, "bank"): -fen}
    return moves


def _written(
    act: Act,
    owner: int,
    relative: int,
    relation: str,
    said: str,
    since: date,
    until: date | None,
) -> int:
    row = act.connection.execute(
        insert(AUTHORISATION).values(
            owner=owner, relative=relative, relation=relation, said=said, since=since,
            until=until, act=act.number,
        )
    )  # fmt: skip
    assert row.inserted_primary_key is not None
    return int(row.inserted_primary_key[0])


def _read(row: Row[Any]) -> Authorisation:
    return Authorisation(
        row.id, row.owner, row.relative, row.relation, json.loads(row.said), row.since, row.until
    )
