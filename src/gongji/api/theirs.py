"""What is theirs: which rows of the book a user may know of.

One condition for each kind of row, for lists and for single ones alike.  What is not theirs is not
there for them: it is refused in the same words as what does not exist.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    exists,
    false,
    not_,
    or_,
    select,
    true,
)

from gongji.api.desk import Desk
from gongji.book.access.users import User
from gongji.book.persons.people import Membership, member_on
from gongji.book.rules import Scheme, scheme_of
from gongji.book.schema.contributions import DUE, RECEIPT
from gongji.book.schema.people import MEMBERSHIP, PERSON
from gongji.book.schema.places import AREA, EMPLOYER, INSTITUTION, SCHEME
from gongji.book.schema.visits import SETTLEMENT, VISIT
from gongji.book.statements import sent
from gongji.wording import Bilingual, Refused

__all__ = [
    "own_area",
    "own_due",
    "own_institution",
    "own_member",
    "own_membership",
    "own_person",
    "own_receipt",
    "own_row",
    "own_scheme",
    "own_settlement",
    "own_visit",
    "own_ward",
    "their_areas",
    "their_employers",
    "their_institutions",
    "their_persons",
    "their_receipts",
    "their_rows",
    "their_settlements",
    "their_visits",
]

Condition = ColumnElement[bool]


def their_areas(user: User) -> Condition:
    """The areas whose desk and money are theirs."""
    if user.role in ("insured", "institution"):
        return false()
    return true() if user.area is None else AREA.c.code == user.area


def their_institutions(user: User) -> Condition:
    """The institutions whose facts are theirs: an institution its own, a desk its area's."""
    if user.role == "insured":
        return false()
    if user.role == "institution":
        return INSTITUTION.c.code == user.institution
    return true() if user.area is None else INSTITUTION.c.area == user.area


def their_employers(user: User) -> Condition:
    """The employers and schools of their area."""
    return true() if user.area is None else EMPLOYER.c.area == user.area


def their_persons(user: User, day: date) -> Condition:
    """Persons: the insured themselves; of a desk all whom its area insures, or did.

    Those whom nobody insures on the day are open to every desk, which may enrol them.
    """
    if user.role == "insured":
        return PERSON.c.id == user.person
    if user.role == "institution":
        return false()
    if user.area is None:
        return true()
    theirs = (MEMBERSHIP.c.person == PERSON.c.id) & MEMBERSHIP.c.ended.is_(None)
    here = theirs & MEMBERSHIP.c.scheme.in_(_schemes(user.area))
    now = theirs & or_(MEMBERSHIP.c.until.is_(None), MEMBERSHIP.c.until >= day)
    return or_(exists().where(here), not_(exists().where(now)))


def their_visits(user: User) -> Condition:
    """Visits: of the insured themselves, at the institution, of those whom the area insures."""
    if user.role == "insured":
        return VISIT.c.person == user.person
    if user.role == "institution":  # what a person claims is not its own
        return and_(VISIT.c.institution == user.institution, VISIT.c.channel == "direct")
    return _of_area(VISIT, user)


def their_settlements(user: User) -> Condition:
    """Settlements of their visits."""
    if user.role == "insured":
        return SETTLEMENT.c.person == user.person
    if user.role == "institution":
        return exists().where((VISIT.c.id == SETTLEMENT.c.visit) & their_visits(user))
    return _of_area(SETTLEMENT, user)


def their_receipts(user: User) -> Condition:
    """Money that arrived for schemes of the area."""
    return _of_area(RECEIPT, user)


def their_rows(desk: Desk, table: Table) -> Condition:
    """What is of persons, such as claims: by the scheme where a row has one, else by the person."""
    user, whose = desk.user, _whose(table)
    if user.role == "institution":
        return false()
    if user.role == "insured":
        return whose == user.person
    if "scheme" in table.c:
        return _of_area(table, user)
    return whose.in_(select(PERSON.c.id).where(their_persons(user, desk.day)))


def own_area(desk: Desk, area: str) -> None:
    """Make sure that an area is theirs.  Raises `Refused` (`not_theirs`)."""
    if desk.user.area not in (None, area):
        raise Refused(
            "not_theirs",
            Bilingual(f"{area} 不是您的统筹区，您的是 {desk.user.area}",
                      f"{area} is not your pooling area, yours is {desk.user.area}"),
            {"field": "area"},
        )  # fmt: skip


def own_person(desk: Desk, connection: Connection, person: int) -> Row[Any]:
    """A person who is theirs.  Raises `Refused` (`unknown_person`)."""
    row = _own(
        connection, select(PERSON).where(PERSON.c.id == person, their_persons(desk.user, desk.day))
    )
    if row is None:
        words = Bilingual(f"没有编号为 {person} 的人员", f"there is no person {person}")
        raise Refused("unknown_person", words, {"field": "person"})
    desk.person = person
    return row


def own_ward(desk: Desk, connection: Connection, person: int) -> None:
    """Make sure that a person is theirs, and that no other area insures them today.

    Raises `Refused` (`unknown_person`, `not_theirs`).
    """
    own_person(desk, connection, person)
    try:
        member = member_on(connection, person, desk.day)
    except Refused:  # nobody insures them
        return
    own_area(desk, member.scheme.area)


def own_member(desk: Desk, connection: Connection, person: int, day: date) -> Membership:
    """The membership of a person who is theirs, on a day, in a scheme of their area.

    Raises `Refused` (`unknown_person`, `not_insured`, `not_theirs`).
    """
    own_person(desk, connection, person)
    member = member_on(connection, person, day)
    own_area(desk, member.scheme.area)
    return member


def own_membership(desk: Desk, connection: Connection, membership: int) -> Row[Any]:
    """A membership in a scheme of theirs.  Raises `Refused` (`unknown_membership`)."""
    mine = (MEMBERSHIP.c.id == membership) & _of_area(MEMBERSHIP, desk.user)
    row = _own(connection, select(MEMBERSHIP).where(mine))
    if row is None:
        words = Bilingual(f"没有编号为 {membership} 的参保关系",
                          f"there is no membership {membership}")  # fmt: skip
        raise Refused("unknown_membership", words, {"field": "membership"})
    desk.person = row.person
    return row


def own_scheme(desk: Desk, connection: Connection, scheme: int) -> Scheme:
    """A scheme of their area.  Raises `Refused` (`unknown_scheme`, `not_theirs`)."""
    found = scheme_of(connection, scheme)
    own_area(desk, found.area)
    return found


def own_institution(desk: Desk, connection: Connection, institution: str) -> Row[Any]:
    """An institution of theirs.  Raises `Refused` (`unknown_institution`)."""
    mine = (INSTITUTION.c.code == institution) & their_institutions(desk.user)
    row = _own(connection, select(INSTITUTION).where(mine))
    if row is None:
        raise Refused(
            "unknown_institution",
            Bilingual("没有这家定点机构", "there is no such institution"),
            {"field": "institution"},
        )
    return row


def own_row(desk: Desk, connection: Connection, table: Table, number: int, zh: str) -> Row[Any]:
    """Something of a person that is theirs, such as a claim, by the number of its row.

    Raises `Refused`, named after the table, such as `unknown_claim`; `zh` is its Chinese title.
    """
    mine = (table.c.id == number) & their_rows(desk, table)
    row = _own(connection, select(table).where(mine))
    if row is None:
        raise Refused(
            f"unknown_{table.name}",
            Bilingual(f"没有编号为 {number} 的{zh}", f"there is no {table.name} {number}"),
            {"field": table.name},
        )
    desk.person = row.owner if "owner" in table.c else row.person
    return row


def own_due(desk: Desk, connection: Connection, due: int) -> Row[Any]:
    """What is due in a scheme of theirs.  Raises `Refused` (`unknown_due`)."""
    row = _own(connection, select(DUE).where(DUE.c.id == due, _of_area(DUE, desk.user)))
    if row is None:
        words = Bilingual(f"没有编号为 {due} 的应缴", f"there is no due {due}")
        raise Refused("unknown_due", words, {"field": "due"})
    desk.person = row.person
    return row


def own_receipt(desk: Desk, connection: Connection, receipt: int) -> Row[Any]:
    """A receipt of a scheme of theirs.  Raises `Refused` (`unknown_receipt`)."""
    mine = (RECEIPT.c.id == receipt) & _of_area(RECEIPT, desk.user)
    row = _own(connection, select(RECEIPT).where(mine))
    if row is None:
        words = Bilingual(f"没有编号为 {receipt} 的到账", f"there is no receipt {receipt}")
        raise Refused("unknown_receipt", words, {"field": "receipt"})
    return row


def own_visit(desk: Desk, connection: Connection, visit: int) -> Row[Any]:
    """A visit of theirs, a withdrawn one too.  Raises `Refused` (`unknown_visit`)."""
    rows = sent(connection, _visit_of(desk.user), {"visit": visit})
    if not rows:
        words = Bilingual(f"没有编号为 {visit} 的就诊", f"there is no visit {visit}")
        raise Refused("unknown_visit", words, {"field": "visit"})
    row: Row[Any] = rows[0]
    desk.person = row.person
    return row


@lru_cache(maxsize=256)
def _visit_of(user: User) -> Select[Any]:
    """A visit of a user; made once, since it stands before all that institutions do."""
    return select(VISIT).where(VISIT.c.id == bindparam("visit"), their_visits(user))


def own_settlement(desk: Desk, connection: Connection, settlement: int) -> Row[Any]:
    """A settlement of theirs, a cancelled one too.  Raises `Refused` (`unknown_settlement`)."""
    mine = and_(SETTLEMENT.c.id == settlement, their_settlements(desk.user))
    row = _own(connection, select(SETTLEMENT).where(mine))
    if row is None:
        words = Bilingual(f"没有编号为 {settlement} 的结算", f"there is no settlement {settlement}")
        raise Refused("unknown_settlement", words, {"field": "settlement"})
    desk.person = row.person
    return row


def _own(connection: Connection, wanted: Select[Any]) -> Row[Any] | None:
    return connection.execute(wanted).one_or_none()


def _whose(table: Table) -> ColumnElement[int]:
    """Whom rows are about; of an authorisation it is the owner of the account."""
    return table.c.owner if "owner" in table.c else table.c.person


def _of_area(table: Table, user: User) -> Condition:
    """Rows of a scheme of their area; of any where they see to the whole book."""
    return true() if user.area is None else table.c.scheme.in_(_schemes(user.area))


def _schemes(area: str) -> Select[Any]:
    return select(SCHEME.c.id).where(SCHEME.c.area == area)
