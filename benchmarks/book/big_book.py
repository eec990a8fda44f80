"""A big book: invented persons and their visits of a year, brought in by the services themselves.

Persons and bills are those of `gongji generate`.  Every visit is two acts, as at a desk: the visit
with the lines of its bill, then its settlement.  Nothing is written past the services; only the
disk is not waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from gongji.book.acts import Act, Json
from gongji.book.book import Book
from gongji.book.care.settling import settled
from gongji.book.care.visits import add_lines, begin_visit
from gongji.book.contributions.declaring import carry_over
from gongji.book.contributions.entitlement import ENTITLEMENT
from gongji.book.journal import Account, posted
from gongji.book.persons.people import enrol, register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.demo.desk import Desk
from gongji.demo.invented import invented_identity
from gongji.engine.inputs import Raw
from gongji.generate.tables import generate
from gongji.money import format_yuan
from gongji.policy.model import Policy
from gongji.wording import Bilingual, Refused

__all__ = ["Town", "fill"]

_OF_INSTITUTIONS = ("provider", "tier", "designated")
_APART = timedelta(milliseconds=3)

Row = dict[str, Any]


class Town(NamedTuple):
    """Whom a book is filled with; of 1,000 bills `line_share` have several lines.

    `facts` are true of every person: what is asked of contributions, which bills do not name.
    """

    policy: str
    year: int
    persons: int
    seed: int = 1
    line_share: int = 300
    area: str = "320400"
    facts: tuple[tuple[str, str], ...] = ()


def fill(book: Book, town: Town, told: Callable[[int, int], None] = lambda *_: None) -> int:
    """Fill a book.  Gives the number of visits settled; what the rules refuse is left out."""
    day = date(town.year, 1, 1)
    policy = book.library.policy(town.policy, day)
    people, claims = generate(
        policy, town.persons, town.seed, town.year, line_share=town.line_share
    )
    lines = claims.to_pylist()
    lines.sort(key=lambda row: (row["date"], row["claim"], row.get("line", 1)))
    bills = [list(rows) for _, rows in groupby(lines, itemgetter("claim"))]
    filler = _Filler(book, town, policy)
    scheme = filler.done(lambda act: filler.opened(act, bills))
    numbers = {}
    for row in people.to_pylist():
        enrolled = partial(filler.enrolled, scheme, row)
        numbers[row["person"]] = filler.done(enrolled, row["person"])
    count = 0
    for index, bill in enumerate(bills):
        count += filler.settled(numbers[bill[0]["person"]], bill)
        told(index + 1, len(bills))
    return count


class _Filler:
    """Does one act after the other, a moment apart."""

    def __init__(self, book: Book, town: Town, policy: Policy) -> None:
        self.book = book
        self.town = town
        self.policy = policy
        self.desk = Desk(book, date(town.year, 12, 31), _APART)
        self.codes: dict[tuple[Raw | None, ...], str] = {}

    def done(self, work: Callable[[Act], int], strand: int = 0) -> int:
        """Do some work as one act; gives the number that it gives.  Raises what it raises."""

        def numbered(act: Act) -> Json:
            return {"number": work(act)}

        found = self.desk.do("desk", {"strand": strand}, numbered, by="desk", strand=strand)
        return int(found["number"])

    def opened(self, act: Act, bills: Iterable[Sequence[Row]]) -> int:
        """Open the area, its scheme, and an institution of each kind that bills name."""
        library, area = self.book.library, self.town.area
        open_area(act, area, Bilingual("大城", "Big Town"))
        day = date(self.town.year, 1, 1)
        for kind in dict.fromkeys(self._kind(bill[0]) for bill in bills):
            self.codes[kind] = f"{area}-{len(self.codes):03d}"
            named = zip(_OF_INSTITUTIONS, kind, strict=True)
            facts: Any = {name: value for name, value in named if value is not None}
            open_institution(act, area, self.codes[kind], "医院", day, facts)
        return open_scheme(act, library, area, self.town.policy, {})

    def enrolled(self, scheme: int, row: Row, act: Act) -> int:
        """Register and insure a person who has always paid; credit the account with its balance."""
        born = row.get("birth_date") or date(1970, 1, 1)
        person = register(act, invented_identity(born, row["person"]), "张三")
        facts: Any = {**dict(self.town.facts), **_said(self.policy, row, "person")}
        facts.pop(ENTITLEMENT, None)  # it follows from what is paid
        since = max(born, date(self.town.year, 1, 1))
        enrol(act, self.book.library, person, scheme, since, facts)
        first_paid = max(born, date(2010, 1, 10))
        months = (self.town.year - first_paid.year) * 12 + 13 - first_paid.month
        carry_over(act, person, scheme, first_paid, f"{self.town.year}-12", months)
        credit = row.get("account_balance_fen")
        if credit:
            area = self.town.area
            account = Account(area, "account", "", str(person))
            fund = Account(area, "fund", f"{self.town.policy} pool")
            posted(act, act.asked.day, "opening", {account: credit, fund: -credit})
        return person

    def settled(self, person: int, bill: Sequence[Row]) -> bool:
        """Bring a visit in, and settle it; whether the rules let it be settled."""
        library = self.book.library
        lines = [_said(self.policy, row, "bill") for row in bill]
        common: Any = {
            name: value
            for name, value in lines[0].items()
            if all(line.get(name) == value for line in lines)
        }
        code = self.codes[self._kind(bill[0])]
        said = {name: value for name, value in common.items() if name not in _OF_INSTITUTIONS}
        own = [
            {name: value for name, value in line.items() if name not in common} | _amounts(row)
            for line, row in zip(lines, bill, strict=True)
        ]

        def brought_in(act: Act) -> int:
            visit = begin_visit(act, library, person, code, bill[0]["date"], said)
            add_lines(act, library, visit, own)
            return visit

        try:
            visit = self.done(brought_in, person)
            self.done(lambda act: settled(act, library, visit).number, person)
        except Refused:
            return False
        return True

    def _kind(self, row: Row) -> tuple[Raw | None, ...]:
        said = _said(self.policy, row, "bill")
        return tuple(said.get(name) for name in _OF_INSTITUTIONS)


def _said(policy: Policy, row: Row, of: str) -> dict[str, Raw]:
    """The facts that a row says of the person or the bill, as people write them."""
    found: dict[str, Raw] = {}
    for name, fact in policy.facts.items():
        if fact.of != of:
            continue
        value = row.get(f"{name}_fen") if fact.kind == "amount" else row.get(name)
        if value is None:
            continue
        found[name] = format_yuan(value) if fact.kind == "amount" else str(value)
    return found


def _amounts(row: Mapping[str, Any]) -> dict[str, Raw]:
    """The amounts of a line in yuan; those of nothing are left out."""
    names = ("over_price_cap", "prior_self_pay", "out_of_catalogue")
    found: dict[str, Raw] = {"total": format_yuan(row["total_fen"])}
    found |= {name: format_yuan(row[f"{name}_fen"]) for name in names if row.get(f"{name}_fen")}
    return found
