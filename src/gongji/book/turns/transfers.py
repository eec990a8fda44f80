"""Moving between areas: what goes along with a person who leaves, and comes with one who arrives.

A record says how many months were paid and until when.  The balance of an account stays, goes along
to the other area, or is paid out: the policy rules that, or the rules that are named do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, insert, select

from gongji.book.acts import Act
from gongji.book.journal import Account, locked_balance, posted
from gongji.book.known import standing
from gongji.book.persons.deaths import check_alive
from gongji.book.persons.people import Membership, leave, member_on
from gongji.book.rules import Scheme, rules_of, scheme_of
from gongji.book.schema.people import PERSON
from gongji.book.schema.turns import TRANSFER
from gongji.book.services import (
    occasion_of,
    paid_out,
)
from gongji.engine.inputs import Raw
from gongji.money import MAX_FEN, format_yuan, grouped_yuan
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["Balance", "Transfer", "transfer_in", "transfer_out", "transfers_of"]

Balance = Literal["stays", "goes_along", "paid_out"]
"""What becomes of an account on a transfer out."""

_MOST_MONTHS = 1200


class Transfer(NamedTuple):
    """The record of a transfer; `previous_end` is the first day of the last month insured before.

    `arrived` is the day on which the record came; None for those who left.
    """

    number: int
    person: int
    scheme: int
    direction: str
    other: str
    months_paid: int
    previous_end: date
    arrived: date | None
    balance_fen: int

    @property
    def gap_months(self) -> int | None:
        """Whole months between the last one insured before and that of the arrival."""
        if self.arrived is None:
            return None
        return max(0, _months(self.arrived) - _months(self.previous_end) - 1)


def transfer_out(
    act: Act,
    library: Library,
    person: int,
    last: date,
    other: str,
    months_paid: int,
    balance: Balance,
    said: Mapping[str, Raw] | None = None,
    basis: str | None = None,
) -> Transfer:
    """End a person's membership with a last day, and issue the record for another area.

    Where the balance is paid out the policy must allow it, or `basis` name the rules that do where
    it is silent; where it goes along `basis` names them.  Raises `Refused`: `unknown_person`,
    `not_insured`, `not_yet`, `died`, `bad_count`, `transferred_already`, `no_basis`,
    `papers_missing`, and what the policy refuses.
    """
    connection = act.connection
    _check_person(connection, person, months_paid, other)
    if last > act.asked.day:
        raise _not_yet("last", last, act.asked.day)
    member = member_on(connection, person, last)
    scheme = member.scheme
    _check_once(connection, person, "out", scheme.number, last.replace(day=1))
    account = Account(scheme.area, "account", "", str(person))
    fen = 0
    if balance != "stays":
        there = locked_balance(connection, account)
        fen = _released(act, library, member, there, balance, said or {}, basis)
    leave(act, member.number, last)
    entry = None
    if fen:
        kind = "transfer_out" if balance == "goes_along" else "refund"
        moves = {account: -fen, Account(scheme.area, "bank"): fen}
        entry = posted(act, act.asked.day, kind, moves)
    row = {
        "person": person, "scheme": scheme.number, "direction": "out", "other": other.strip(),
        "months_paid": months_paid, "previous_end": last.replace(day=1), "arrived": None,
        "balance_fen": fen, "basis": basis, "entry": entry, "act": act.number,
    }  # fmt: skip
    return _written(act, row)


def transfer_in(
    act: Act,
    person: int,
    scheme: int,
    other: str,
    months_paid: int,
    previous_end: date,
    arrived: date,
    balance_fen: int = 0,
) -> Transfer:
    """Take the record of a person who came from another area, and the balance that came with it.

    `previous_end` is any day of the last month insured there.  Raises `Refused`: `unknown_person`,
    `unknown_scheme`, `not_yet`, `died`, `bad_count`, `bad_amount`, `bad_stretch`, `before_birth`,
    `transferred_already`.
    """
    connection = act.connection
    born = _check_person(connection, person, months_paid, other)
    its = scheme_of(connection, scheme)
    if arrived > act.asked.day:
        raise _not_yet("arrived", arrived, act.asked.day)
    check_alive(connection, person, arrived)
    end = previous_end.replace(day=1)
    _check_months(born, end, arrived, months_paid)
    if not 0 <= balance_fen <= MAX_FEN:
        raise Refused(
            "bad_amount",
            Bilingual(f"转入余额应为 0 至 {grouped_yuan(MAX_FEN)} 元，"
                      f"不能是 {format_yuan(balance_fen)} 元",
                      f"the balance that came along is {format_yuan(balance_fen)} yuan; expected "
                      f"0 to {grouped_yuan(MAX_FEN)}"),
            {"field": "amount"},
        )  # fmt: skip
    _check_once(connection, person, "in", scheme, end)
    entry = None
    if balance_fen:
        moves = {
            Account(its.area, "account", "", str(person)): balance_fen,
            Account(its.area, "bank"): -balance_fen,
        }
        entry = posted(act, act.asked.day, "transfer_in", moves)
    row = {
        "person": person, "scheme": scheme, "direction": "in", "other": other.strip(),
        "months_paid": months_paid, "previous_end": end, "arrived": arrived,
        "balance_fen": balance_fen, "basis": None, "entry": entry, "act": act.number,
    }  # fmt: skip
    return _written(act, row)


def transfers_of(
    connection: Connection, person: int, known_on: date | None = None
) -> list[Transfer]:
    """The transfers of a person, in their order; with `known_on` as known at the end of a day."""
    mine = (TRANSFER.c.person == person) & standing(TRANSFER, known_on)
    rows = connection.execute(select(TRANSFER).where(mine).order_by(TRANSFER.c.id))
    return [_read(row) for row in rows]


def _check_once(
    connection: Connection, person: int, direction: str, scheme: int, end: date
) -> None:
    """No record of the same way, scheme and last month is there.  Raises `Refused`."""
    for one in transfers_of(connection, person):
        if (one.direction, one.scheme, one.previous_end) == (direction, scheme, end):
            raise Refused(
                "transferred_already",
                Bilingual(f"这次转移已经办过（第 {one.number} 号记录）",
                          f"that transfer was made already (record {one.number})"),
                {"field": "person"},
            )  # fmt: skip


# --- what is ruled -------------------------------------------------------------------------------


def _released(
    act: Act,
    library: Library,
    member: Membership,
    there: int,
    balance: Balance,
    said: Mapping[str, Raw],
    basis: str | None,
) -> int:
    """How much leaves an account, in fen.  Raises what the policy refuses, and `no_basis`."""
    if balance == "goes_along":
        if not basis:
            raise _no_basis(member.scheme)
        return there
    day = act.asked.day
    rules = rules_of(library, member.scheme, day)
    fills = {"balance": format_yuan(there)}
    occasion = occasion_of(act.connection, member.person, day, said, fills)
    return paid_out(rules, "refund", occasion, there, basis)


def _no_basis(scheme: Scheme) -> Refused:
    return Refused(
        "no_basis",
        Bilingual(
            f"{scheme.policy} 没有写余额怎样随人转移；请写明依据的规定",
            f"{scheme.policy} does not say how a balance goes along; name the rules by which it "
            "does",
        ),
        {"field": "basis"},
    )


def _check_person(connection: Connection, person: int, months: int, other: str) -> date:
    """The person is there, and the record can be one.  Gives the day of birth."""
    wanted = select(PERSON.c.born).where(PERSON.c.id == person).with_for_update()
    born: date | None = connection.scalar(wanted)
    if born is None:
        raise Refused(
            "unknown_person",
            Bilingual(f"没有编号为 {person} 的人员", f"there is no person {person}"),
            {"field": "person"},
        )
    if not 0 <= months <= _MOST_MONTHS:
        raise Refused(
            "bad_count",
            Bilingual(f"累计缴费月数 {months} 应在 0 到 {_MOST_MONTHS} 之间",
                      f"{months} months paid; expected 0 to {_MOST_MONTHS}"),
            {"field": "months_paid"},
        )  # fmt: skip
    if not other.strip():
        raise Refused(
            "bad_input",
            Bilingual("没有写转往或转自哪个统筹区", "the other area is missing; name it"),
            {"field": "other"},
        )
    return born


def _check_months(born: date, end: date, arrived: date, months: int) -> None:
    if end > arrived:
        raise Refused(
            "bad_stretch",
            Bilingual(f"原参保地最后参保月 {end:%Y-%m} 晚于收到记录的 {arrived}",
                      f"the last month insured before, {end:%Y-%m}, is after the record came on "
                      f"{arrived}"),
            {"field": "previous_end"},
        )  # fmt: skip
    if months > _months(end) - _months(born) + 1:
        raise Refused(
            "before_birth",
            Bilingual(
                f"累计缴费 {months} 个月，多于出生（{born}）至 {end:%Y-%m} 的月数；请核对",
                f"{months} months paid are more than there are from the birth on {born} to "
                f"{end:%Y-%m}; check them",
            ),
            {"field": "months_paid"},
        )


def _not_yet(field: str, day: date, today: date) -> Refused:
    return Refused(
        "not_yet",
        Bilingual(f"{day} 还没有到（今天 {today}）", f"{day} is yet to come; today is {today}"),
        {"field": field},
    )


# --- rows ----------------------------------------------------------------------------------------


def _written(act: Act, row: Mapping[str, Any]) -> Transfer:
    found = act.connection.execute(insert(TRANSFER).values(**row))
    assert found.inserted_primary_key is not None
    number: int = found.inserted_primary_key[0]
    wanted = select(TRANSFER).where(TRANSFER.c.id == number)
    return _read(act.connection.execute(wanted).one())


def _read(row: Row[Any]) -> Transfer:
    return Transfer(
        row.id, row.person, row.scheme, row.direction, row.other, row.months_paid,
        row.previous_end, row.arrived, row.balance_fen,
    )  # fmt: skip


def _months(day: date) -> int:
    return day.year * 12 + day.month
