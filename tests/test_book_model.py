"""The book held to a small model of it, through whatever people ask in whatever order.

Bounded in CI; with `GONGJI_TEST_TIMES=100` a hundred times as much is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from book_cities import ACTIVE, BABY, BORN, RETIRED, Cities
from book_desk import Desk
from book_model import EMPLOYEE, IN_FORCE, RESIDENT, Model, month_after
from book_place import at_nine
from book_town import times
from gongji.book.accounts.statements import balance_on
from gongji.book.backups.backup import backed_up
from gongji.book.backups.restoring import restored
from gongji.book.journal import Account
from gongji.book.persons.deaths import died_on
from gongji.book.persons.facts import facts_on
from gongji.book.schema import METADATA
from gongji.book.store import Store

DAY = timedelta(days=1)

WHO = st.sampled_from([ACTIVE, ACTIVE, RETIRED, BABY, 3])
OTHER = st.sampled_from([BABY, ACTIVE, 3, RETIRED])
SCHEME = st.sampled_from([EMPLOYEE, EMPLOYEE, EMPLOYEE, RESIDENT])
AGO = st.sampled_from([0, 1, 10, 30, 45, 60, 75, 100, 130, 165, 200, -1])
"""Days before the day that it is; one is yet to come, one was before there were rules."""
WHICH = st.integers(0, 4)
"""Of what there is, the last but so many."""
FEN = st.sampled_from([10_000, 1, 33, 5_000, 10_001, 24_999, 50_000, 77_777, 150_000])
LINES = st.lists(st.tuples(FEN, st.sampled_from([0, 0, 1, 2_000])), min_size=1, max_size=2)
FACTS = st.sampled_from([
    {"category": "active"}, {"category": "retired"}, {"wage": "5000.25"},
    {"category": "active", "wage": "8000.00"}, {}, {"wage": "0.00"},
])  # fmt: skip
WRONG_FACTS = st.sampled_from([
    {"category": "emperor"}, {"wage": "-5"}, {"entitlement": "normal"}, {"colour": "red"},
])  # fmt: skip


def one_of(some: Sequence[Any], which: int, fitting: Callable[[int], bool] = lambda _: True) -> int:
    """The place of the last but so many, of those that fit where any does."""
    found = [place for place in range(len(some)) if fitting(place)] or range(len(some))
    return found[-1 - which % len(found)]


class Life(RuleBasedStateMachine):
    """What is asked of a book, in any order."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.model = desk.model
        self.past: dict[date, Model] = {}

    def who(self, who: int) -> int:
        return who % len(self.model.people)

    def visit(self, which: int, *, is_settled: bool) -> int:
        """A visit; of those that are settled, or of those that are not, where there are any."""
        visits = self.model.visits
        return one_of(visits, which, lambda one: not visits[one]["withdrawn"] and is_settled == (
            self.model.standing(one) is not None))  # fmt: skip

    def day(self, ago: int) -> date:
        return self.model.today - ago * DAY

    def month(self, ago: int) -> str:
        return self.day(ago).isoformat()[:7]

    # --- persons ---------------------------------------------------------------------------------

    @rule(days=st.sampled_from([1, 3, 16, 31, 62]))
    def time_passes(self, days: int) -> None:
        self.past[self.model.today] = self.model.copy()
        self.model.today += days * DAY

    @precondition(lambda self: len(self.model.people) == 3)
    @rule(scheme=SCHEME, ago=AGO, facts=FACTS)
    def comes(self, scheme: str, ago: int, facts: dict[str, str]) -> None:
        self.desk.register(4, BORN[4], "甲4")
        self.desk.enrol(3, scheme, self.day(ago), facts)

    @rule(who=WHO, scheme=SCHEME, ago=AGO, facts=FACTS)
    def enrols(self, who: int, scheme: str, ago: int, facts: dict[str, str]) -> None:
        self.desk.enrol(self.who(who), scheme, self.day(ago), facts)

    @rule(who=WHO, scheme=SCHEME, ago=AGO, facts=FACTS)
    def moves(self, who: int, scheme: str, ago: int, facts: dict[str, str]) -> None:
        """Leave where one is, and be insured elsewhere from the next day on."""
        self.desk.leave(self.who(who), 0, self.day(ago))
        self.desk.enrol(self.who(who), scheme, self.day(ago) + DAY, facts)

    @rule(who=WHO, which=st.sampled_from([0, 0, 1]), ago=AGO, again=st.sampled_from([0, 0, 1]))
    def leaves(self, who: int, which: int, ago: int, again: int) -> None:
        if again:
            self.desk.leave_again(self.day(ago))
        else:
            self.desk.leave(self.who(who), which, self.day(ago))

    @rule(who=WHO, scheme=SCHEME, ago=AGO, facts=FACTS, until=st.none() | AGO)
    def changes(
        self, who: int, scheme: str, ago: int, facts: dict[str, str], until: int | None
    ) -> None:
        last = None if until is None else self.day(until)
        self.desk.change(self.who(who), scheme, self.day(ago), facts, last)

    @precondition(lambda self: not any(person["died"] for person in self.model.people))
    @rule(who=WHO, ago=AGO)
    def dies(self, who: int, ago: int) -> None:
        self.desk.die(self.who(who), self.day(ago))

    @precondition(lambda self: any(person["died"] for person in self.model.people))
    @rule(who=WHO)
    def lives_again(self, who: int) -> None:
        dead = self.model.people
        self.desk.live_again(one_of(dead, who, lambda one: dead[one]["died"] is not None))

    # --- contributions and accounts --------------------------------------------------------------

    @rule(who=WHO, ago=AGO, wage=st.sampled_from([None, None, "3000.30", "0.00"]),
          said=st.sampled_from([None, None, {"employer": 36_543, "employee": 9_136},
                                {"employer": 1, "employee": 1}]),
          scheme=SCHEME)  # fmt: skip
    def declares(
        self, who: int, ago: int, wage: str | None, said: dict[str, int] | None, scheme: str
    ) -> None:
        self.desk.declare(self.who(who), self.month(ago), wage, said, scheme)

    @rule(
        who=WHO, ago=st.sampled_from([20, 0, 45, 75, 100, 165, -30]),
        after=st.lists(st.sampled_from([10, 40, 75, 110, None]), min_size=1, max_size=4),
    )  # fmt: skip
    def pays(self, who: int, ago: int, after: list[int | None]) -> None:
        """Declare months, and pay each so many days after its beginning, or not."""
        month = self.month(ago)
        for days in after:
            there = len(self.model.dues)
            self.desk.declare(self.who(who), month)
            if len(self.model.dues) > there and days is not None:
                self.desk.receive([there], date.fromisoformat(f"{month}-01") + days * DAY)
            month = month_after(month)

    @rule(
        which=st.lists(WHICH, min_size=1, max_size=2), ago=AGO,
        more=st.sampled_from([0, 0, 0, 1, -1]),
        shares=st.sampled_from([None, None, ["employee"], ["employer"], ["government"]]),
    )  # fmt: skip
    def receives(self, which: list[int], ago: int, more: int, shares: list[str] | None) -> None:
        if self.day(ago) >= IN_FORCE:  # before that no policy says into which fund
            self.desk.receive([self.due(one) for one in which], self.day(ago), more, shares)

    def due(self, which: int) -> int:
        """What is due; of what is not paid, where there is any."""
        dues = self.model.dues
        return one_of(dues, which, lambda one: dues[one]["stands"] and not dues[one]["paid"])

    @rule(which=WHICH)
    def withdraws_due(self, which: int) -> None:
        self.desk.withdraw_due(self.due(which))

    @rule(which=WHICH)
    def bounces(self, which: int) -> None:
        self.desk.take_back(one_of(self.model.receipts, which))

    @rule(scheme=SCHEME, ago=AGO, booked=st.sampled_from([0, 0, 5, -1]))
    def credits(self, scheme: str, ago: int, booked: int) -> None:
        self.desk.credit(scheme, self.month(ago), self.day(booked))

    @rule(which=WHICH)
    def takes_credit_back(self, which: int) -> None:
        self.desk.reverse_credit(one_of(self.model.credits, which))

    @rule(owner=WHO, relative=OTHER,
          relation=st.sampled_from(["spouse", "child", "parent", "other"]),
          ago=AGO, until=st.none() | AGO)  # fmt: skip
    def authorises(
        self, owner: int, relative: int, relation: str, ago: int, until: int | None
    ) -> None:
        last = None if until is None else self.day(until)
        self.desk.authorise(self.who(owner), self.who(relative), relation, self.day(ago), last)

    @rule(which=WHICH, ago=AGO)
    def revokes(self, which: int, ago: int) -> None:
        self.desk.revoke(one_of(self.model.leave_to_use, which), self.day(ago))

    @precondition(lambda self: self.model.visits)
    @rule(which=WHICH, owner=st.sampled_from([ACTIVE, ACTIVE, ACTIVE, RETIRED, BABY, 3]),
          of=st.sampled_from(["cash", "account", "nothing"]),
          more=st.sampled_from([-100, 0, 1]), ago=st.sampled_from([0, 0, 1, 40, -1]))  # fmt: skip
    def pays_for_relative(self, which: int, owner: int, of: str, more: int, ago: int) -> None:
        """Pay what is left in cash, or what is on the account, or a little else."""
        visits, fen = self.model.visits, more
        visit = one_of(visits, which, lambda one: visits[one]["who"] != owner
                       and self.model.standing(one) is not None)  # fmt: skip
        standing = self.model.standing(visit)
        if of == "cash" and standing is not None:
            fen += self.model.cash_left(self.model.visits[visit], standing)
        elif of == "account":
            fen += self.model.account(self.who(owner))
        self.desk.pay_for_relative(visit, self.who(owner), fen, self.day(ago))

    # --- visits ----------------------------------------------------------------------------------

    @rule(who=WHO, ago=AGO, place=st.sampled_from(["H1", "H1", "H2", "H9"]),
          since=st.sampled_from([None, None, 0, 5, -1]),
          use_account=st.sampled_from([None, "no"]))  # fmt: skip
    def begins(
        self, who: int, ago: int, place: str, since: int | None, use_account: str | None
    ) -> None:
        first = None if since is None else self.day(ago + since)
        self.desk.begin(self.who(who), self.day(ago), place, first, use_account)

    def is_treated(
        self, who: int, ago: int, lines: list[tuple[int, int]], use_account: str | None
    ) -> None:
        """A visit from its beginning to its settlement."""
        there = len(self.model.visits)
        self.desk.begin(self.who(who), self.day(ago), use_account=use_account)
        if len(self.model.visits) > there:
            self.desk.add_lines(there, lines)
            self.desk.settle(there)

    _treated = rule(who=WHO, ago=AGO, lines=LINES, use_account=st.sampled_from([None, None, "no"]))
    is_treated_once = _treated(is_treated)
    is_treated_twice = _treated(is_treated)
    is_treated_again = _treated(is_treated)

    @precondition(lambda self: self.model.visits)
    @rule(which=WHICH, lines=LINES)
    def adds_lines(self, which: int, lines: list[tuple[int, int]]) -> None:
        self.desk.add_lines(self.visit(which, is_settled=False), lines)

    @precondition(lambda self: self.model.visits)
    @rule(which=WHICH, numbers=st.lists(st.integers(1, 3), max_size=2), whole=st.booleans())
    def withdraws(self, which: int, numbers: list[int], whole: bool) -> None:
        visit = self.visit(which, is_settled=False)
        if whole:
            self.desk.withdraw_visit(visit)
        else:
            self.desk.withdraw_lines(visit, numbers)

    @precondition(lambda self: self.model.visits)
    @rule(which=WHICH, only_look=st.booleans())
    def settles(self, which: int, only_look: bool) -> None:
        visit = self.visit(which, is_settled=False)
        self.desk.presettle(visit)
        if not only_look:
            self.desk.settle(visit)

    @precondition(lambda self: self.model.visits)
    @rule(which=WHICH, first=st.sampled_from([False, False, True]))
    def cancels(self, which: int, first: bool) -> None:
        self.desk.cancel(self.visit(which, is_settled=True), first=first)

    @rule(who=WHO, scheme=SCHEME)
    def settles_anew(self, who: int, scheme: str) -> None:
        self.desk.settle_anew(self.who(who), scheme)

    # --- what is wrong whatever there is, and what is cut off ------------------------------------

    @rule(ago=AGO, who=WHO, facts=WRONG_FACTS)
    def states_what_no_policy_knows(self, ago: int, who: int, facts: dict[str, str]) -> None:
        self.desk.change(self.who(who), EMPLOYEE, self.day(ago), facts)
        self.desk.enrol(self.who(who), EMPLOYEE, self.day(ago), facts)

    @rule(well_formed=st.booleans())
    def mistypes_a_number_or_a_name(self, well_formed: bool) -> None:
        self.desk.register(1, BORN[1], "乙", well_formed=well_formed)

    @precondition(lambda self: self.model.visits)
    @rule(which=WHICH, lines=st.sampled_from([[], [(-1, 0)], [(100, 0), (100, -5)]]))
    def adds_what_is_no_line(self, which: int, lines: list[tuple[int, int]]) -> None:
        self.desk.add_lines(self.visit(which, is_settled=False), lines)

    @rule(what=st.integers(0, 15), ago=AGO)
    def asks_about_nothing(self, what: int, ago: int) -> None:
        desk, day, month = self.desk, self.day(ago), self.month(ago)
        (
            lambda: desk.enrol(None, EMPLOYEE, day, {}),
            lambda: desk.leave(None, 0, day),
            lambda: desk.change(None, EMPLOYEE, day, {"category": "active"}),
            lambda: desk.die(None, day),
            lambda: desk.live_again(None),
            lambda: desk.declare(None, month, "3000.30"),
            lambda: desk.withdraw_due(None),
            lambda: desk.receive([None], max(day, IN_FORCE)),
            lambda: desk.take_back(None),
            lambda: desk.reverse_credit(None),
            lambda: desk.authorise(ACTIVE, None, "child", day),
            lambda: desk.pay_for_relative(None, ACTIVE, 100, day),
            lambda: desk.begin(None, day),
            lambda: desk.settle(None),
            lambda: desk.cancel(None),
            lambda: desk.settle_anew(None),
        )[what]()

    @rule(which=st.integers(0, 5), otherwise=st.booleans())
    def sends_again(self, which: int, otherwise: bool) -> None:
        if otherwise:
            self.desk.same_key_otherwise(which)
        else:
            self.desk.same_again(which)

    @rule(after=st.integers(1, 40))
    def the_next_is_cut_off(self, after: int) -> None:
        self.desk.cut_after = after

    # --- what holds ------------------------------------------------------------------------------

    @invariant()
    def is_as_in_the_model(self) -> None:
        at = self.desk.asked % 8
        self.desk.compare([date(2024, 2 + at, 10)])

    def teardown(self) -> None:
        try:
            self.desk.compare([date(2024, 1, 15), date(2024, 5, 1), date(2024, 9, 1)])
            self.desk.clean()
            self.as_known()
            lies_elsewhere_too(self.desk)
        finally:
            self.desk.book.close()

    def as_known(self) -> None:
        """What was known on earlier days can be asked."""
        persons = self.desk.numbers["person"]
        with self.desk.book.reading() as connection:
            for known, model in list(self.past.items())[-3:]:
                for who, person in enumerate(persons[: len(model.people)]):
                    assert died_on(connection, person, known) == model.people[who]["died"]
                    for day in (date(2024, 3, 15), date(2024, 6, 1), known):
                        self.desk.compare_benefit(connection, model, who, day, known)
                        facts = facts_on(connection, "person", str(person), day, known)
                        assert facts.get("category") == model.fact(who, "category", day)
                        account = Account("999903", "account", "", str(person))
                        assert balance_on(connection, account, day, known) == model.balances(
                            day, known
                        ).get(("999903", "account", "", f"P{who}"), 0)


def lies_elsewhere_too(desk: Desk) -> None:
    """A backup restored elsewhere is the same book."""
    with TemporaryDirectory() as folder:
        file, target = Path(folder) / "book.zip", str(Path(folder) / "elsewhere.db")
        backed_up(desk.book.store, file, at_nine(desk.model.today), lambda *_: None)
        restored(file, target, desk.book.seal, lambda *_: None)
        other = Store(target)
        with desk.book.reading() as here, other.reading() as there:
            for table in METADATA.sorted_tables:
                wanted = select(table).order_by(*table.primary_key)
                assert here.execute(wanted).all() == there.execute(wanted).all(), table.name
        other.close()


@pytest.fixture
def cities(address: str, tmp_path: Path) -> Cities:
    return Cities(address, tmp_path)


def test_the_book_is_as_its_model(cities: Cities) -> None:
    lives = 40 if cities.embedded else 8
    begins: Any = lambda: Life(cities.desk_in_a_copy())  # noqa: E731
    run_state_machine_as_test(
        begins,
        settings=settings(
            max_examples=times(lives), stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip
