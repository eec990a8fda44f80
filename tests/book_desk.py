"""A desk: what can be asked of a book, asked of its model too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from book_held import LIBRARY, NOBODY, Held
from book_model import AREAS, EMPLOYEE, IN_FORCE, Model
from book_place import at_nine, identity
from gongji.book.accounts.credits import credit_accounts, reverse_credit
from gongji.book.accounts.estates import record_death, take_back_death
from gongji.book.accounts.family import authorisations, authorise, pay_for_relative, revoke
from gongji.book.acts import Act, Asked, Json
from gongji.book.book import Book
from gongji.book.care.cancelling import cancelled
from gongji.book.care.resettling import Difference, settle_anew
from gongji.book.care.settling import settled, standing_of
from gongji.book.care.visits import (
    add_lines,
    begin_visit,
    withdraw_lines,
    withdraw_visit,
)
from gongji.book.contributions.declaring import declare, withdraw_due
from gongji.book.contributions.receipts import receive, take_back
from gongji.book.persons.people import change_facts, enrol, leave, register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.book.rules import scheme_of
from gongji.book.schema.people import MEMBERSHIP
from gongji.engine.settlement import Settlement
from gongji.wording import Bilingual, Refused

__all__ = ["Desk"]


class Desk(Held):
    """What a clerk, a hospital or an insured person asks for."""

    def __init__(self, book: Book, model: Model) -> None:
        super().__init__(book, model)
        self.memberships: list[int] = []
        self.deaths: dict[int, int] = {}

    def opened(self) -> None:
        """Open the two cities."""

        def work(act: Act) -> Json:
            for scheme, area in AREAS.items():
                open_area(act, area, Bilingual(scheme, scheme))
                self.schemes[scheme] = open_scheme(act, LIBRARY, area, scheme, {})
            for code, area in (("H1", "999903"), ("H2", "999904")):
                open_institution(act, area, code, code, IN_FORCE, {})
            return {}

        self.book.do(Asked("open", {}, "clerk", at_nine(IN_FORCE), IN_FORCE), work)

    # --- persons ---------------------------------------------------------------------------------

    def register(self, serial: int, born: date, name: str, *, well_formed: bool = True) -> None:
        number = identity("320402", f"{born:%Y%m%d}", serial)
        if not well_formed:
            number = number[:17] + ("1" if number[17] != "1" else "2")
        there = len(self.model.people)
        answer = self.ask(
            "register", {"identity": number, "name": name},
            lambda act: register(act, number, name),
            lambda: self.model.register(serial, born, name, well_formed=well_formed),
        )  # fmt: skip
        if len(self.model.people) > there:
            self.made("person", answer)

    def enrol(self, who: int | None, scheme: str, since: date, facts: dict[str, str]) -> None:
        person = self.known_as("person", who)
        self.ask(
            "enrol", {"person": person, "scheme": scheme, "since": since, "facts": facts},
            lambda act: enrol(act, LIBRARY, person, self.schemes[scheme], since, facts),
            lambda: self.model.enrol(who, scheme, since, facts),
        )  # fmt: skip

    def leave(self, who: int | None, which: int, last: date) -> None:
        """Leave the so many-th membership of those that stand."""
        number = NOBODY
        with self.book.reading() as connection:
            mine = (MEMBERSHIP.c.person == self.known_as("person", who)) & MEMBERSHIP.c.ended.is_(
                None
            )
            found = connection.scalars(
                select(MEMBERSHIP.c.id).where(mine).order_by(MEMBERSHIP.c.since)
            ).all()
        if which < len(found):
            number = found[which]
        self.ask(
            "leave", {"membership": number, "last": last},
            lambda act: leave(act, number, last),
            lambda: self.model.leave(who, which, last),
        )  # fmt: skip
        self.memberships.append(number)

    def leave_again(self, last: date) -> None:
        """End a membership by a number that stands no longer."""
        number = self.memberships[-1] if self.memberships else NOBODY
        with self.book.reading() as connection:
            mine = (MEMBERSHIP.c.id == number) & MEMBERSHIP.c.ended.is_(None)
            if connection.scalar(select(MEMBERSHIP.c.id).where(mine)) is not None:
                return  # it was refused before
        self.ask(
            "leave", {"membership": number, "last": last},
            lambda act: leave(act, number, last),
            lambda: self.model.leave(None, 0, last),
        )  # fmt: skip

    def change(
        self, who: int | None, scheme: str, since: date, facts: dict[str, str],
        until: date | None = None,
    ) -> None:  # fmt: skip
        person = self.known_as("person", who)

        def work(act: Act) -> None:
            its = scheme_of(act.connection, self.schemes[scheme])
            change_facts(act, LIBRARY, person, its, since, facts, until)

        self.ask(
            "change", {"person": person, "since": since, "until": until, "facts": facts}, work,
            lambda: self.model.change(who, scheme, since, facts, until),
        )  # fmt: skip

    def die(self, who: int | None, day: date) -> None:
        person = self.known_as("person", who)
        answer = self.ask(
            "die", {"person": person, "day": day},
            lambda act: {"number": record_death(act, person, day).number},
            lambda: self.model.die(who, day),
        )  # fmt: skip
        if answer is not None and who is not None:
            self.deaths[who] = answer["number"]

    def live_again(self, who: int | None) -> None:
        number = NOBODY if who is None else self.deaths.get(who, NOBODY)
        self.ask(
            "live_again", {"death": number},
            lambda act: take_back_death(act, number),
            lambda: self.model.live_again(who),
        )  # fmt: skip

    # --- contributions and accounts --------------------------------------------------------------

    def declare(
        self, who: int | None, month: str, wage: str | None = None,
        said: dict[str, int] | None = None, scheme: str = EMPLOYEE,
    ) -> None:  # fmt: skip
        person, number = self.known_as("person", who), self.schemes[scheme]
        facts = {} if wage is None else {"wage": wage}
        amounts = {name: f"{fen // 100}.{fen % 100:02d}" for name, fen in (said or {}).items()}
        self.made("due", self.ask(
            "declare", {"person": person, "scheme": scheme, "month": month, "wage": wage,
                        "amounts": amounts},
            lambda act: declare(act, LIBRARY, person, number, month, facts, amounts),
            lambda: self.model.declare(who, scheme, month, wage, said or {}),
        ))  # fmt: skip

    def withdraw_due(self, which: int | None) -> None:
        due = self.known_as("due", which)
        self.ask(
            "withdraw_due", {"due": due}, lambda act: withdraw_due(act, due),
            lambda: self.model.withdraw_due(which),
        )  # fmt: skip

    def receive(
        self, which: Sequence[int | None], arrived: date, more: int = 0,
        shares: list[str] | None = None,
    ) -> None:  # fmt: skip
        dues = [self.known_as("due", one) for one in which]
        fen = more + sum(
            self.model.dues[one]["shares"].get(share, 0)
            for one in which
            if one is not None
            for share in shares or ["employer", "employee"]
        )
        self.made("receipt", self.ask(
            "receive", {"dues": dues, "arrived": arrived, "fen": fen, "shares": shares},
            lambda act: receive(
                act, LIBRARY, self.schemes[EMPLOYEE], arrived, fen, dues, shares
            ),
            lambda: self.model.receive(list(which), shares, arrived, more),
        ))  # fmt: skip

    def take_back(self, which: int | None) -> None:
        receipt = self.known_as("receipt", which)
        self.ask(
            "take_back", {"receipt": receipt}, lambda act: take_back(act, receipt),
            lambda: self.model.take_back(which),
        )  # fmt: skip

    def credit(self, scheme: str, month: str, day: date) -> None:
        expected: list[Any] = []

        def work(act: Act) -> Json:
            first = date.fromisoformat(f"{month}-01")
            run = credit_accounts(act, LIBRARY, self.schemes[scheme], first, day)
            return {
                "credits": [[one.number, one.person, one.fen] for one in run.credits],
                "refused": [[person, refused.kind] for person, refused in run.refused],
            }

        answer = self.ask(
            "credit", {"scheme": scheme, "month": month, "day": day}, work,
            lambda: expected.append(self.model.credit(scheme, month, day)),
        )  # fmt: skip
        if answer is None:
            return
        ((made, refused),) = expected
        persons = self.numbers.get("person", [])
        assert {persons.index(who): fen for _, who, fen in answer["credits"]} == made
        kinds = {persons.index(who): kind for who, kind in answer["refused"]}
        assert kinds.keys() == refused.keys()
        assert all(kind in refused[who].kinds for who, kind in kinds.items()), (kinds, refused)
        for number, _, _ in answer["credits"]:
            self.made("credit", {"number": number})

    def reverse_credit(self, which: int | None) -> None:
        credit = self.known_as("credit", which)
        self.ask(
            "reverse_credit", {"credit": credit},
            lambda act: reverse_credit(act, credit),
            lambda: self.model.reverse_credit(which),
        )  # fmt: skip

    def authorise(
        self, owner: int | None, relative: int | None, relation: str, since: date,
        until: date | None = None,
    ) -> None:  # fmt: skip
        one, other = self.known_as("person", owner), self.known_as("person", relative)
        answer = self.ask(
            "authorise", {"owner": one, "relative": other, "relation": relation, "since": since,
                          "until": until},
            lambda act: authorise(act, LIBRARY, one, other, relation, since, until),
            lambda: self.model.authorise(owner, relative, relation, since, until),
        )  # fmt: skip
        self.made("authorisation", answer)

    def revoke(self, which: int | None, last: date) -> None:
        number = self.known_as("authorisation", which)
        answer = self.ask(
            "revoke", {"authorisation": number, "last": last},
            lambda act: revoke(act, number, last),
            lambda: self.model.revoke(which, last),
        )  # fmt: skip
        if answer is not None and which is not None:  # what is left of it has another number
            one = self.model.leave_to_use[which]
            person = self.known_as("person", one["owner"])
            relative = self.known_as("person", one["relative"])
            with self.book.reading() as connection:
                for left in authorisations(connection, person):
                    if (left.relative, left.since) == (relative, one["since"]):
                        self.numbers["authorisation"][which] = left.number

    def pay_for_relative(
        self, which: int | None, owner: int | None, fen: int, day: date
    ) -> None:  # fmt: skip
        visit, person = self.known_as("visit", which), self.known_as("person", owner)
        self.ask(
            "pay_for_relative", {"visit": visit, "owner": person, "fen": fen, "day": day},
            lambda act: pay_for_relative(act, LIBRARY, visit, person, fen, day),
            lambda: self.model.pay_for_relative(which, owner, fen, day),
        )  # fmt: skip

    # --- visits ----------------------------------------------------------------------------------

    def begin(
        self, who: int | None, day: date, place: str = "H1", since: date | None = None,
        use_account: str | None = None,
    ) -> None:  # fmt: skip
        person = self.known_as("person", who)
        said = {"setting": "outpatient"}
        if use_account is not None:
            said["use_account"] = use_account
        self.made("visit", self.ask(
            "begin", {"person": person, "place": place, "day": day, "since": since, "said": said},
            lambda act: begin_visit(act, LIBRARY, person, place, day, said, since),
            lambda: self.model.begin(who, place, day, since, use_account),
        ))  # fmt: skip

    def add_lines(self, which: int | None, lines: list[tuple[int, int]]) -> None:
        visit = self.known_as("visit", which)
        said = [{"in_scope": _yuan(scope), "out_of_catalogue": _yuan(out)} for scope, out in lines]
        numbers: list[list[int]] = []
        answer = self.ask(
            "add_lines", {"visit": visit, "lines": said},
            lambda act: {"numbers": add_lines(act, LIBRARY, visit, said)},
            lambda: numbers.append(self.model.add_lines(which, lines)),
        )  # fmt: skip
        assert answer is None or [answer["numbers"]] == numbers

    def withdraw_lines(self, which: int | None, numbers: list[int]) -> None:
        visit = self.known_as("visit", which)
        self.ask(
            "withdraw_lines", {"visit": visit, "numbers": numbers},
            lambda act: withdraw_lines(act, visit, numbers),
            lambda: self.model.withdraw_lines(which, numbers),
        )  # fmt: skip

    def withdraw_visit(self, which: int | None) -> None:
        visit = self.known_as("visit", which)
        self.ask(
            "withdraw_visit", {"visit": visit}, lambda act: withdraw_visit(act, visit),
            lambda: self.model.withdraw_visit(which),
        )  # fmt: skip

    def presettle(self, which: int | None) -> None:
        """See what a settlement would be; `compare` finds what it leaves behind."""
        visit, today = self.known_as("visit", which), self.model.today
        asked = Asked("presettle", {"visit": str(visit)}, "clerk", at_nine(today), today)
        expected: list[dict[str, Any]] = []
        one, why = None, None
        try:
            one = self.book.tried(asked, lambda act: settled(act, LIBRARY, visit).settlement)
        except Refused as refused:
            why = refused
        self.held("presettle", why, lambda: expected.append(self.model.copy().settle(which)))
        if one is not None:
            assert _sums(one) == _sums_of(expected[0])

    def settle(self, which: int | None) -> None:
        visit = self.known_as("visit", which)
        expected: list[dict[str, Any]] = []

        def work(act: Act) -> Json:
            number, one = settled(act, LIBRARY, visit)
            return {"number": number, "sums": _sums(one)}

        answer = self.ask(
            "settle", {"visit": visit}, work, lambda: expected.append(self.model.settle(which))
        )
        if answer is not None:
            assert answer["sums"] == _sums_of(expected[0])
            self.made(f"settlement of {which}", answer)

    def cancel(self, which: int | None, *, first: bool = False) -> None:
        """Cancel the settlement of a visit: the one that stands, or with `first` its first."""
        visit, now = self.known_as("visit", which), None
        known = self.numbers.get(f"settlement of {which}", [])
        with self.book.reading() as connection:
            standing = standing_of(connection, visit)
            now = standing.id if standing is not None else None
        number = known[0] if known and (first or now is None) else now or NOBODY
        self.differs(
            "cancel", {"settlement": number},
            lambda act: cancelled(act, LIBRARY, number),
            lambda: self.model.cancel(which if known else None, stands=number == now),
        )  # fmt: skip

    def settle_anew(self, who: int | None, scheme: str = EMPLOYEE) -> None:
        person = self.known_as("person", who)
        self.differs(
            "settle_anew", {"person": person, "scheme": scheme},
            lambda act: settle_anew(act, LIBRARY, person, self.schemes[scheme]),
            lambda: self.model.settle_anew(who, scheme),
        )  # fmt: skip

    def differs(
        self,
        service: str,
        request: Mapping[str, Any],
        work: Callable[[Act], list[Difference]],
        model: Callable[[], dict[int, tuple[int, int, int]]],
    ) -> None:
        """Ask for what settles other visits again, and hold what it lists to the model."""
        expected: list[dict[int, tuple[int, int, int]]] = []

        def listed(act: Act) -> Json:
            return {
                str(one.visit): [one.person_fen, one.account_fen, one.payments.get("pool", 0)]
                for one in work(act)
            }

        answer = self.ask(service, request, listed, lambda: expected.append(model()))
        if answer is not None:
            assert answer == {
                str(self.numbers["visit"][which]): list(fen) for which, fen in expected[0].items()
            }


def _sums(one: Settlement) -> list[int | None]:
    return [one.payments["pool"], one.account, one.person, one.total]


def _sums_of(one: dict[str, Any]) -> list[int | None]:
    return [one["paid"], one["account"], one["person"], one["total"]]


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
