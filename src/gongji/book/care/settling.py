"""Settling a visit of the book: what is true on that day goes in, one entry and one row come out.

The person's standing in the scheme is locked first, so that visits of one person follow each other
wherever they are settled.  Without the lock the same is worked out and nothing is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, insert, select, update

from gongji.book.acts import Act, canonical
from gongji.book.care.readings import readings_of, text_of
from gongji.book.claims.moves import owed_to_person
from gongji.book.contributions.entitlement import ENTITLEMENT, entitlement_asked
from gongji.book.contributions.record import record_look_ups
from gongji.book.journal import (
    Account,
    account_balance,
    balance_look_up,
    care_ledgers,
    care_ledgers_look_up,
    posted,
)
from gongji.book.known import standing
from gongji.book.look_ups import LookUp, foreseen, looked_up
from gongji.book.persons.facts import Said, facts_look_up, facts_on
from gongji.book.persons.people import member_look_up, member_on
from gongji.book.registrations.registered import registered_facts, registered_look_up
from gongji.book.rules import Rules, Scheme, rules_of, rules_row, scheme_look_up, scheme_of
from gongji.book.schema.places import SCHEME
from gongji.book.schema.visits import FEE_LINE, SETTLEMENT, STANDING, VISIT
from gongji.book.services import Occasion
from gongji.book.statements import InsertNew, sent
from gongji.book.years.closed import booking_day, closed_look_up
from gongji.engine.inputs import Raw, read_person, read_visit
from gongji.engine.meters import ACCOUNT, Meters
from gongji.engine.settle import settle
from gongji.engine.settlement import Settlement
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = [
    "SETTLING_KINDS",
    "Case",
    "Made",
    "case_of",
    "check_unsettled",
    "keep_meters",
    "kept",
    "locked_meters",
    "meters_now",
    "moves_made",
    "moves_of",
    "open_visit",
    "settled",
    "standing_of",
    "worked_out",
]

SETTLING_KINDS = ("settlement", "resettlement", "reversal")
"""The entries that follow from how a visit is settled."""


_OPEN_VISIT = select(VISIT, SCHEME.c.area).where(
    VISIT.c.id == bindparam("visit"), SCHEME.c.id == VISIT.c.scheme, standing(VISIT)
)
_LINES = (
    select(FEE_LINE.c.said)
    .where(FEE_LINE.c.visit == bindparam("visit"), standing(FEE_LINE))
    .order_by(FEE_LINE.c.number)
)
_STANDING_OF = select(SETTLEMENT).where(
    SETTLEMENT.c.visit == bindparam("visit"), standing(SETTLEMENT)
)
_NEW = insert(SETTLEMENT).returning(SETTLEMENT.c.id)
_WHOSE = and_(STANDING.c.person == bindparam("whose"), STANDING.c.scheme == bindparam("where"))
_METERS = select(STANDING.c.place, STANDING.c.meters).where(_WHOSE)
_LOCKED = _METERS.with_for_update()
_FIRST = InsertNew(STANDING, STANDING.c.person, (STANDING.c.person, STANDING.c.scheme))
_KEPT = update(STANDING).where(_WHOSE).values(meters=bindparam("meters"))
_MOVED_ON = _KEPT.values(place=bindparam("last"))


class Case(NamedTuple):
    """All that a settlement goes by, as it is said: the rules, the person, the bill."""

    visit: Row[Any]
    scheme: Scheme
    rules: Rules
    person: Mapping[str, Raw]
    bill: Mapping[str, Raw]


class Made(NamedTuple):
    """A settlement that was made, and the number of its row."""

    number: int
    settlement: Settlement


def settled(act: Act, library: Library, visit: int) -> Made:
    """Settle a visit: lock, settle, book the money, keep what went in and what came out.

    Raises `Refused`: `unknown_visit`, `settled_already`, `no_lines`, and what the engine refuses.
    """
    connection = act.connection
    row = open_visit(connection, visit)
    place, meters = _locked(connection, row.person, row.scheme)
    with foreseen(connection, _look_ups(row)):
        row = open_visit(connection, visit)  # as it stands now that nobody else moves it
        check_unsettled(connection, visit)
        case = case_of(connection, library, row)
        meters = _with_account(connection, case, meters)
        day = booking_day(connection, row.area, row.day, act.asked.day)
        ledgers = care_ledgers(connection, row.area, row.person, row.institution)
    one = worked_out(case, meters)
    moves = moves_made(case, one)
    entry = posted(act, day, "settlement", moves, visit=visit, ledgers=ledgers)
    standing_now = {
        "whose": row.person, "where": row.scheme, "meters": _text_of(one.meters),
        "last": place + 1,
    }  # fmt: skip
    sent(connection, _MOVED_ON, standing_now)
    return Made(kept(act, case, one, place + 1, entry), one)


def _look_ups(visit: Row[Any]) -> list[LookUp]:
    """All that settling a visit looks up once its person's standing is locked."""
    person = str(visit.person)
    return [
        LookUp(_OPEN_VISIT, {"visit": visit.id}),
        LookUp(_STANDING_OF, {"visit": visit.id}),
        LookUp(_LINES, {"visit": visit.id}),
        scheme_look_up(visit.scheme),
        facts_look_up("person", person, visit.day),
        facts_look_up("institution", visit.institution, visit.day),
        member_look_up(visit.person, visit.day),
        *record_look_ups(visit.person, visit.scheme),
        registered_look_up(visit),
        balance_look_up(Account(visit.area, "account", "", person)),
        closed_look_up(visit.area, visit.day.year),
        care_ledgers_look_up(visit.area, visit.person, visit.institution),
    ]


def check_unsettled(connection: Connection, visit: int) -> None:
    """Make sure that no settlement of a visit stands.  Raises `Refused` (`settled_already`)."""
    if standing_of(connection, visit) is not None:
        raise Refused(
            "settled_already",
            Bilingual(
                f"就诊 {visit} 已经结算，请查看它的结算；要改先撤销结算",
                f"visit {visit} is settled already, look at its settlement; cancel it to change "
                "the visit",
            ),
            {"field": "visit"},
        )


def case_of(connection: Connection, library: Library, visit: Row[Any]) -> Case:
    """What is true on the day of a visit, in the words of the policy in force."""
    scheme = scheme_of(connection, visit.scheme)
    rules = rules_of(library, scheme, visit.day)
    facts = rules.policy.facts
    said = facts_on(connection, "person", str(visit.person), visit.day)
    person = {
        name: value for name, value in said.items() if name in facts and facts[name].of == "person"
    } | _entitlement(connection, rules, visit, said)
    place = {
        name: value
        for name, value in facts_on(connection, "institution", visit.institution, visit.day).items()
        if name in facts and facts[name].of == "bill"
    }
    lines = looked_up(connection, LookUp(_LINES, {"visit": visit.id}))
    items = [json.loads(line.said) for line in lines]
    if not items:
        raise Refused(
            "no_lines",
            Bilingual(
                f"就诊 {visit.id} 没有费用明细，先上传明细再结算",
                f"visit {visit.id} has no fee lines; upload them before it is settled",
            ),
            {"field": "visit"},
        )
    of_visit = json.loads(visit.said)
    bill = {**place, **of_visit, "date": visit.day.isoformat(), "items": items}
    mine, whole = registered_facts(connection, rules.policy, visit, person, bill)
    return Case(visit, scheme, rules, mine, whole)


def _entitlement(
    connection: Connection, rules: Rules, visit: Row[Any], said: Mapping[str, Said]
) -> dict[str, str]:
    """What the person's contributions come to, as the fact by which settlements know it.

    Raises `Refused`: `not_insured`, and `not_in_benefit` where the policy has no such fact.
    """
    member = member_on(connection, visit.person, visit.day)
    if member.scheme.number != visit.scheme:
        raise Refused(
            "not_insured",
            Bilingual(
                f"就诊 {visit.id} 是另一险种的，此人在 {visit.day} 参加的是 {member.scheme.policy}"
                "；撤回就诊后重新登记",
                f"visit {visit.id} is of another scheme than {member.scheme.policy}, which insures "
                f"the person on {visit.day}; withdraw the visit and open it anew",
            ),
            {"field": "visit"},
        )
    occasion = Occasion(visit.day, said, {}, {"day": visit.day.isoformat()})
    found = entitlement_asked(connection, rules, occasion, member)
    if not found.derived:
        return {}
    if ENTITLEMENT in rules.policy.facts:
        return {ENTITLEMENT: found.state}
    if not found.entitled:
        why = found.because or Bilingual("", "")
        raise Refused(
            "not_in_benefit",
            Bilingual(f"此人在 {visit.day} 没有待遇。", f"not in benefit on {visit.day}. ") + why,
            {"field": "person"},
        )
    return {}


def worked_out(case: Case, meters: Meters) -> Settlement:
    """The settlement of a case on meters; pure.

    Raises what the engine refuses, and `household_limits` where it would move what persons share:
    a change of one would have to settle the visits of all of them again.
    """
    policy = case.rules.policy
    person = read_person(policy, case.person)
    visit = read_visit(policy, case.bill, "visit")
    one = settle(policy, person, meters, visit, case.rules.parameters)
    for key in one.meters:
        if (
            one.meters[key] != one.before[key]
            and key != ACCOUNT
            and policy.meters[key.meter].shared
        ):
            title = policy.meters[key.meter].title
            raise Refused(
                "household_limits",
                Bilingual(
                    f"{title.zh} 是多人共用的，账册还不能结算；单次结算和批量结算可以",
                    f"persons share “{title.en}”, which a book cannot keep yet; settle and batch "
                    "can",
                ),
                {"field": "visit"},
            )
    return one


def moves_of(
    case: Case, payments: Mapping[str, int], account: int | None, person: int, total: int
) -> dict[Account, int]:
    """Who loses and who gains by a settlement, in fen: the institution is owed the whole bill.

    `person` is what the person bears, `account` the part of it that the account paid; where the
    document does not say what an account pays, all of it was cash.  By a claim the person is owed.
    """
    if case.visit.channel == "claim":
        return owed_to_person(case.scheme, case.visit.person, payments, account or 0)
    area, institution = case.scheme.area, case.visit.institution
    moves = {
        Account(area, "fund", f"{case.scheme.policy} {fund}"): -fen
        for fund, fen in payments.items()
        if fen
    }
    if account:
        moves[_account(case)] = -account
    moves[Account(area, "cash", "", institution)] = (account or 0) - person
    moves[Account(area, "institution", "", institution)] = total
    return moves


def moves_made(case: Case, one: Settlement) -> dict[Account, int]:
    """Who loses and who gains by a settlement that was worked out."""
    return moves_of(case, one.payments, one.account, one.person, one.total)


def kept(act: Act, case: Case, one: Settlement, place: int, entry: int) -> int:
    """Write a settlement down.  Gives its number."""
    moved = {key: one.meters[key] for key in one.meters if one.meters[key] != one.before[key]}
    row = {
        "visit": case.visit.id, "person": case.visit.person, "scheme": case.scheme.number,
        "place": place, "day": case.visit.day, "rules": rules_row(act.connection, case.rules),
        "person_said": canonical(case.person), "bill": canonical(case.bill),
        "before": text_of(one.before.readings), "moved": text_of(moved),
        "payments": canonical(dict(one.payments)), "total_fen": one.total,
        "person_fen": one.person, "account_fen": one.account, "entry": entry, "act": act.number,
    }  # fmt: skip
    (new,) = sent(act.connection, _NEW, row)
    return int(new.id)


def standing_of(connection: Connection, visit: int) -> Row[Any] | None:
    """The settlement of a visit that stands, if there is one."""
    rows = looked_up(connection, LookUp(_STANDING_OF, {"visit": visit}))
    return rows[0] if rows else None


# --- meters --------------------------------------------------------------------------------------


def locked_meters(connection: Connection, person: int, scheme: int) -> Meters:
    """A person's meters in a scheme, locked until the transaction ends."""
    return _locked(connection, person, scheme)[1]


def _locked(connection: Connection, person: int, scheme: int) -> tuple[int, Meters]:
    """The place of a person's last settlement in a scheme and the meters, locked."""
    mine = {"whose": person, "where": scheme}
    rows = sent(connection, _LOCKED, mine)
    if not rows:
        first = {"person": person, "scheme": scheme, "place": 0, "meters": "{}"}
        _FIRST.done(connection, first)
        rows = sent(connection, _LOCKED, mine)
    (row,) = rows
    return row.place, readings_of(row.meters)


def meters_now(connection: Connection, person: int, scheme: int) -> Meters:
    """A person's meters in a scheme as they stand, not locked."""
    rows = sent(connection, _METERS, {"whose": person, "where": scheme})
    return readings_of(rows[0].meters if rows else "{}")


def _with_account(connection: Connection, case: Case, meters: Meters) -> Meters:
    """Meters with what is on the account now, which other moves than visits change too."""
    return meters.moved({ACCOUNT: account_balance(connection, _account(case))})


def _account(case: Case) -> Account:
    return Account(case.scheme.area, "account", "", str(case.visit.person))


def keep_meters(connection: Connection, person: int, scheme: int, meters: Meters) -> None:
    """Keep the meters as they stand; the account is the journal's."""
    kept_so = {"whose": person, "where": scheme, "meters": _text_of(meters)}
    sent(connection, _KEPT, kept_so)


def _text_of(meters: Meters) -> str:
    return text_of({key: meters[key] for key in meters if key != ACCOUNT})


def open_visit(connection: Connection, visit: int) -> Row[Any]:
    """A visit that was not withdrawn.  Raises `Refused` (`unknown_visit`)."""
    rows = looked_up(connection, LookUp(_OPEN_VISIT, {"visit": visit}))
    if not rows:
        raise Refused(
            "unknown_visit",
            Bilingual(f"没有编号为 {visit} 的就诊", f"there is no visit {visit}"),
            {"field": "visit"},
        )
    row: Row[Any] = rows[0]
    return row
