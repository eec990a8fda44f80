"""A death: memberships end, and what is on the account goes to the heirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple

from sqlalchemy import insert, or_, select, update

from gongji.book.acts import Act, canonical
from gongji.book.journal import Account, locked_balance, posted
from gongji.book.persons.identity import read_identity
from gongji.book.persons.people import leave
from gongji.book.rules import Scheme, rules_of, scheme_of
from gongji.book.schema.accounts import CREDIT
from gongji.book.schema.people import MEMBERSHIP, PERSON
from gongji.book.schema.turns import DEATH, HEIR
from gongji.book.schema.visits import SETTLEMENT, VISIT
from gongji.book.services import (
    occasion_of,
    paid_out,
)
from gongji.engine.inputs import Raw
from gongji.money import format_yuan, half_up
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused, listed, shortened

__all__ = ["Death", "Heir", "inherit", "record_death", "take_back_death"]

_DAY = timedelta(days=1)


class Death(NamedTuple):
    """A death that was written down, and what was done for days after it.

    `visits` are those after that day, `credits` those for months or years begun after it: to be
    looked at, and taken back where they should not be.
    """

    number: int
    visits: tuple[int, ...]
    credits: tuple[int, ...]


class Heir(NamedTuple):
    """Who inherits, and which share, such as `1/3`."""

    identity: str
    name: str
    share: str


def record_death(act: Act, person: int, day: date) -> Death:
    """Write down that a person died, and end their memberships with that day.

    Raises `Refused`: `unknown_person`, `before_birth`, `not_yet`, `died`.
    """
    connection = act.connection
    born = connection.scalar(select(PERSON.c.born).where(PERSON.c.id == person).with_for_update())
    if born is None:
        raise _refused("unknown_person", "person", Bilingual(
            f"没有编号为 {person} 的人员", f"there is no person {person}"))  # fmt: skip
    if day < born:
        raise _refused("before_birth", "day", Bilingual(
            f"死亡日 {day} 早于出生日 {born}", f"the death on {day} is before the birth on {born}",
        ))  # fmt: skip
    if day > act.asked.day:
        raise _refused("not_yet", "day", Bilingual(
            f"死亡日 {day} 还没有到", f"the death on {day} is yet to come"))  # fmt: skip
    there = connection.scalar(
        select(DEATH.c.day).where((DEATH.c.person == person) & DEATH.c.ended.is_(None))
    )
    if there is not None:
        raise _refused("died", "person", Bilingual(
            f"已经登记此人于 {there} 死亡；要改先更正那一条",
            f"the death of this person on {there} is written down already; take that back to "
            "change it"))  # fmt: skip
    row = connection.execute(insert(DEATH).values(person=person, day=day, act=act.number))
    assert row.inserted_primary_key is not None
    open_ones = connection.execute(
        select(MEMBERSHIP.c.id, MEMBERSHIP.c.since).where(
            (MEMBERSHIP.c.person == person)
            & MEMBERSHIP.c.ended.is_(None)
            & or_(MEMBERSHIP.c.until.is_(None), MEMBERSHIP.c.until > day)
        )
    )
    for number, since in open_ones.all():
        leave(act, number, max(day, since - _DAY))
    visits = connection.scalars(
        select(VISIT.c.id)
        .where((VISIT.c.person == person) & (VISIT.c.day > day) & VISIT.c.ended.is_(None))
        .order_by(VISIT.c.id)
    )
    late = connection.scalars(
        select(CREDIT.c.id)
        .where((CREDIT.c.person == person) & (CREDIT.c.first_day > day) & CREDIT.c.ended.is_(None))
        .order_by(CREDIT.c.id)
    )
    return Death(row.inserted_primary_key[0], tuple(visits), tuple(late))


def take_back_death(act: Act, number: int) -> None:
    """Take back a death that was written down by mistake; the person is to be enrolled again.

    Raises `Refused`: `unknown_death`, `inherited_already`.
    """
    mine = (DEATH.c.id == number) & DEATH.c.ended.is_(None)
    if act.connection.scalar(select(DEATH.c.id).where(mine).with_for_update()) is None:
        raise _refused("unknown_death", "death", Bilingual(
            f"没有第 {number} 号死亡登记，或已更正",
            f"there is no death {number}, or it is taken back"))  # fmt: skip
    if act.connection.scalar(select(HEIR.c.id).where(HEIR.c.death == number).limit(1)) is not None:
        raise _refused("inherited_already", "death", Bilingual(
            "账户余额已经由继承人领取，不能更正死亡登记；请先追回",
            "heirs were paid out of the account already; recover that before the death is taken "
            "back"))  # fmt: skip
    act.connection.execute(update(DEATH).where(mine).values(ended=act.number))


def inherit(
    act: Act,
    library: Library,
    person: int,
    scheme: int,
    heirs: Sequence[Heir],
    day: date,
    said: Mapping[str, Raw] | None = None,
    basis: str | None = None,
) -> int:
    """Pay out the account of a person who died to the heirs; gives the entry's number.

    The policy says whether, and with which papers; where its document leaves that to other rules,
    `basis` names them.  Raises `Refused`: `not_died`, `unsettled`, `bad_shares`, `bad_identity`,
    `nothing_there`, `papers_missing`, and what the policy refuses.
    """
    connection = act.connection
    its = scheme_of(connection, scheme)
    death = connection.execute(
        select(DEATH).where((DEATH.c.person == person) & DEATH.c.ended.is_(None)).with_for_update()
    ).one_or_none()
    if death is None or not death.day <= day <= act.asked.day:
        raise _refused("not_died", "person", Bilingual(
            f"此人在 {day} 没有死亡登记；先登记死亡，再办继承",
            f"no death of this person is written down for {day}; write it down first",
        ))  # fmt: skip
    _check_settled(act, person)
    shares = _shares(heirs)
    people = [read_identity(one.identity, act.asked.day, f"heirs[{at}].identity")
              for at, one in enumerate(heirs, 1)]  # fmt: skip
    account = Account(its.area, "account", "", str(person))
    balance = locked_balance(connection, account)
    fen = _inherited(act, library, its, person, day, balance, said or {}, basis)
    if not fen:
        raise _refused("nothing_there", "person", Bilingual(
            "账户余额为 0，没有可继承的", "there is nothing on the account to inherit",
        ))  # fmt: skip
    entry = posted(act, day, "inheritance", {account: -fen, Account(its.area, "bank"): fen})
    ends = [0, *(half_up(fen * part) for part in accumulate(shares))]
    for heir, who, (begin, end) in zip(heirs, people, pairwise(ends), strict=True):
        sealed = act.seal.sealed(canonical({"identity": who.number, "name": heir.name}))
        connection.execute(
            insert(HEIR).values(
                death=death.id, sealed=sealed, masked=who.masked, share=heir.share.strip(),
                fen=end - begin, entry=entry, basis=basis, act=act.number,
            )
        )  # fmt: skip
    return entry


def _inherited(
    act: Act,
    library: Library,
    scheme: Scheme,
    person: int,
    day: date,
    balance: int,
    said: Mapping[str, Raw],
    basis: str | None,
) -> int:
    """How much of an account is inherited, in fen.  Raises what the policy refuses."""
    rules = rules_of(library, scheme, day)
    fills = {"balance": format_yuan(balance)}
    occasion = occasion_of(act.connection, person, day, said, fills)
    return paid_out(rules, "inheritance", occasion, balance, basis)


def _check_settled(act: Act, person: int) -> None:
    """No visit of a person waits to be settled, which the account might still have to pay."""
    standing = select(SETTLEMENT.c.visit).where(SETTLEMENT.c.ended.is_(None))
    waiting = act.connection.scalars(
        select(VISIT.c.id)
        .where((VISIT.c.person == person) & VISIT.c.ended.is_(None) & VISIT.c.id.not_in(standing))
        .order_by(VISIT.c.id)
    ).all()
    if waiting:
        numbers = listed(str(one) for one in waiting)
        raise _refused("unsettled", "person", Bilingual(
            f"还有没结算的就诊 {numbers}；先结算或撤回，再办继承",
            f"visits {numbers} are not settled; settle or withdraw them before the account is "
            "inherited"))  # fmt: skip


def _shares(heirs: Sequence[Heir]) -> list[Fraction]:
    """The shares of heirs, which add up to the whole.  Raises `Refused` (`bad_shares`)."""
    found = [_share(one.share, at) for at, one in enumerate(heirs, 1)]
    if sum(found) != 1:
        raise _refused("bad_shares", "heirs", Bilingual(
            f"各继承人的份额合计为 {sum(found)}，应恰好为 1；如 1/3、1/3、1/3",
            f"the shares of the heirs add up to {sum(found)}; expected exactly 1, such as 1/3, "
            "1/3, 1/3"))  # fmt: skip
    return found


def _share(text: str, at: int) -> Fraction:
    front, bar, back = text.strip().partition("/")
    whole = front.isascii() and front.isdigit() and len(front) <= 9
    over = not bar or (back.isascii() and back.isdigit() and len(back) <= 9 and int(back) > 0)
    if whole and over and int(front) > 0:
        return Fraction(int(front), int(back) if bar else 1)
    raise _refused("bad_shares", f"heirs[{at}].share", Bilingual(
        f"第 {at} 个继承人的份额“{shortened(text)}”应为大于 0 的分数，如 1/2",
        f"heir {at}: the share “{shortened(text)}” should be a fraction above 0, such as 1/2",
    ))  # fmt: skip


def _refused(kind: str, field: str, message: Bilingual) -> Refused:
    return Refused(kind, message, {"field": field})
