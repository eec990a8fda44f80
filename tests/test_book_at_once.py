"""Many at the same moment: the same person, the same request, the same account; one serial order.

Bounded in CI; with `GONGJI_TEST_TIMES=20` twenty times as much is done.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Barrier, Event
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Row, func, select, text

from book_place import TODAY, at_nine, database_of, do, new_at
from book_town import (
    AREA,
    HOSPITALS,
    Place,
    Request,
    asked,
    filled,
    settled_by_many,
    times,
    works,
)
from gongji.book.acts import Act, Asked, Json
from gongji.book.book import Book
from gongji.book.care.settling import locked_meters, standing_of
from gongji.book.care.visits import add_lines, withdraw_visit
from gongji.book.journal import Account, account_balance, posted
from gongji.book.proof.verify import verified
from gongji.book.schema.acts import ACT
from gongji.book.schema.visits import FEE_LINE, RULES, SETTLEMENT, STANDING, VISIT
from gongji.book.store import Store
from gongji.engine.inputs import read_person, read_visit
from gongji.engine.meters import ACCOUNT, Meters
from gongji.engine.settle import settle
from gongji.policy.versions import Library
from gongji.wording import Refused

VISITS, PROCESSES, THREADS = 40, 2, 3


class Town(NamedTuple):
    """A book with hospitals of every tier and some insured persons."""

    book: Book
    place: Place


@pytest.fixture
def town(address: str, tmp_path: Path, library: Library) -> Iterator[Town]:
    with town_at(address, tmp_path, library) as found:
        yield found


@contextmanager
def town_at(
    address: str, folder: Path, library: Library, persons: int = 2, **more: Any
) -> Iterator[Town]:
    book = new_at(address, folder, library)
    place = Place(address, folder / "book.key", **more)
    yield Town(book, filled(book, place, persons))
    book.close()


def visits_of(
    town: Town, amounts: Sequence[tuple[str, str]], said: Mapping[str, str] | None = None
) -> list[int]:
    """Open visits of the first person, each at an institution and of an amount."""
    person = town.place.persons[0]
    requests = [
        Request(f"visit {number}", "visit", person, where, amount, said or {})
        for number, (where, amount) in enumerate(amounts)
    ]
    return [works(town.book, request)["number"] for request in requests]


def settlements(town: Town) -> list[Row[Any]]:
    """The first person's settlements in the order that the book recorded."""
    with town.book.reading() as connection:
        mine = SETTLEMENT.c.person == town.place.persons[0]
        rows = connection.execute(select(SETTLEMENT).where(mine).order_by(SETTLEMENT.c.place))
        return list(rows.all())


def clean(town: Town) -> None:
    with town.book.reading() as connection:
        assert verified(connection, town.book.library).difference is None


# Changzhou, active, ordinary outpatient care at tier 3: of the year's cost up to 600.00 nothing is
# paid, up to 9,000.00 60 % by the pool, up to 11,000.00 nothing, up to 100,000.00 60 % by the
# large-amount fund.  In whole hundreds no fen is rounded, so the sums do not hang on the order.


def test_limits_hold_however_many_settle_at_once(town: Town) -> None:
    number = times(VISITS)
    visits = visits_of(town, [(("H3", "H4")[one % 2], "300.00") for one in range(number)])
    settled_by_many(town.place, visits, PROCESSES, THREADS)
    paid: Counter[str] = Counter()
    for row in settlements(town):
        paid.update(json.loads(row.payments))
    cost = 300 * number
    assert paid["pool"] == 100 * (9000 - 600) * 60 // 100  # 5,040.00
    assert paid["large_amount"] == 100 * (min(cost, 100_000) - 11_000) * 60 // 100
    assert set(+paid) == {"pool", "large_amount"}
    with town.book.reading() as connection:
        text = connection.scalar(select(STANDING.c.meters))
    assert json.loads(text or "")["ordinary_cost@2024"] == 100 * cost
    clean(town)


def test_many_settle_as_the_engine_does_in_the_order_that_the_book_recorded(town: Town) -> None:
    draw = random.Random(5)
    wanted = [
        (draw.choice(list(HOSPITALS)), f"{draw.randrange(1, 90_000) / 100:.2f}")
        for _ in range(times(VISITS))
    ]
    visits = visits_of(town, wanted)
    said = dict(zip(visits, wanted, strict=True))
    settled_by_many(town.place, visits, PROCESSES, THREADS)
    rows = settlements(town)
    assert [row.place for row in rows] == list(range(1, len(visits) + 1))
    assert {row.visit for row in rows} == set(visits)
    policy = town.book.library.policy("changzhou/employee", date(2024, 3, 1))
    meters = Meters()
    for row in rows:
        where, amount = said[row.visit]
        facts = {"category": "active", "insured_as": "employee"}
        person = read_person(policy, {**facts, **json.loads(row.person_said)}, "person")
        bill = {
            "date": "2024-03-01", "setting": "outpatient", "provider": "hospital",
            "tier": HOSPITALS[where], "designated": "yes", "in_scope": amount,
        }  # fmt: skip
        one = settle(policy, person, meters.moved({ACCOUNT: 0}), read_visit(policy, bill), {})
        assert (json.loads(row.payments), row.person_fen) == (dict(one.payments), one.person)
        meters = one.meters
    with town.book.reading() as connection:
        kept = json.loads(connection.scalar(select(STANDING.c.meters)) or "")
    assert kept == {
        str(key): value for key, value in meters.readings.items() if value and key != ACCOUNT
    }
    clean(town)


# Zhenjiang, active: of the year's outpatient cost the first 800.00 are the person's, and the
# account pays what is borne while it holds something: of visits of 300.00 each, with 500.00 on it,
# 300.00, 200.00, and then nothing.


def test_an_account_is_never_overdrawn(address: str, tmp_path: Path, library: Library) -> None:
    facts = {"category": "active", "start": "by_employer"}
    rules: dict[str, Any] = {"policy": "zhenjiang/employee", "facts": facts}
    with town_at(address, tmp_path, library, **rules) as town:
        account = Account(AREA, "account", "", str(town.place.persons[0]))
        credit = {account: 50_000, Account(AREA, "bank"): -50_000}
        do(town.book, lambda act: posted(act, TODAY, "opening", credit))
        visits = visits_of(town, [("H1", "300.00")] * 8, {"use_account": "yes"})
        settled_by_many(town.place, visits, PROCESSES, THREADS)
        assert [row.account_fen for row in settlements(town)] == [30_000, 20_000, *[0] * 6]
        with town.book.reading() as connection:
            assert account_balance(connection, account) == 0
        clean(town)


# --- one request, however it arrives -------------------------------------------------------------


def together(number: int, work: Callable[[int], Any]) -> list[Any]:
    """Do something so many times at once; refusals are among what comes back."""

    def one(index: int) -> Any:
        gate.wait()
        try:
            return work(index)
        except Refused as refused:
            return refused.kind

    gate = Barrier(number)
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def test_the_same_request_from_many_at_once_has_one_effect(town: Town) -> None:
    request = Request("one key", "visit", town.place.persons[0], "H1", "10.00")
    answers = together(8, lambda _: works(town.book, request))
    assert answers == [answers[0]] * 8
    with town.book.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(VISIT)) == 1
        assert connection.scalar(select(func.count()).select_from(ACT)) == 2  # and that of the town
    clean(town)


def test_one_of_many_requests_to_settle_a_visit_does(town: Town) -> None:
    (visit,) = visits_of(town, [("H1", "700.00")])
    answers = together(6, lambda one: works(town.book, Request(f"s{one}", "settle", visit)))
    assert answers.count("settled_already") == 5
    assert len(settlements(town)) == 1
    clean(town)


def test_a_request_that_comes_late_is_answered_as_it_was(town: Town) -> None:
    """Settled, cancelled, and then the request to settle arrives once more: it is not done."""
    (visit,) = visits_of(town, [("H1", "700.00")])
    settle_it = Request("settle", "settle", visit)
    first = works(town.book, settle_it)
    works(town.book, Request("cancel", "cancel", visit))
    assert works(town.book, settle_it) == first
    with town.book.reading() as connection:
        assert standing_of(connection, visit) is None
    clean(town)


def test_requests_out_of_order_come_to_the_same(town: Town) -> None:
    """Lines of a bill overtake each other, come twice, and settling comes before all of them."""
    (visit,) = visits_of(town, [("H1", "1.00")])
    library = town.book.library

    def line(number: int) -> Json:
        request = {"visit": visit, "line": number}
        wanted = Asked("line", request, "hospital", at_nine(TODAY), TODAY, f"line {number}")
        amount = f"{number}00.00"

        def work(act: Act) -> Json:
            return {"lines": add_lines(act, library, visit, [{"in_scope": amount}])}

        return town.book.do(wanted, work)

    order = [3, 1, 3, 2, 1, 2, 3]
    together(len(order), lambda one: line(order[one]))
    works(town.book, Request("settle", "settle", visit))
    assert line(2)["lines"]  # late, after it is settled: answered, not refused and not added
    (row,) = settlements(town)
    assert row.total_fen == 100 + 60_000  # 1.00 and 100.00 + 200.00 + 300.00
    with town.book.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(FEE_LINE)) == 4


def test_a_refused_request_is_not_remembered(town: Town) -> None:
    """What is refused today may be right tomorrow, under the same key."""
    nobody = Request("k", "settle", 1)
    with pytest.raises(Refused):
        works(town.book, nobody)
    (visit,) = visits_of(town, [("H1", "700.00")])
    assert visit == 1
    assert works(town.book, nobody)["number"]


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(
    server: str, tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongji.book.store.IDLE_NANOSECONDS", 0)
    with town_at(database_of(server), tmp_path, library) as town:
        engine, others = town.book.store.engine, Store(server)
        with others.writing() as connection:
            closed = text(
                "SELECT count(CASE WHEN datname = :name THEN pg_terminate_backend(pid) END) "
                "FROM pg_stat_activity"
            )
            assert connection.scalar(closed, {"name": engine.url.database})
        others.close()
        assert works(town.book, Request("v", "visit", 1, "H3", "1.00"))["number"] == 1


def test_a_request_that_is_cut_off_in_the_middle_leaves_nothing(town: Town) -> None:
    (visit,) = visits_of(town, [("H1", "700.00")])
    request = Request("settle", "settle", visit)

    def cut(act: Act) -> Json:
        locked_meters(act.connection, town.place.persons[0], 1)
        add_lines(act, town.book.library, visit, [{"in_scope": "1.00"}])
        if act.connection.dialect.name == "postgresql":
            act.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        raise ConnectionResetError

    with pytest.raises((Refused, ConnectionResetError)) as raised:
        town.book.do(asked(request), cut)
    assert getattr(raised.value, "kind", "cut_off") == "cut_off"
    with town.book.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(FEE_LINE)) == 1
    assert works(town.book, request) == works(town.book, request)
    assert len(settlements(town)) == 1
    clean(town)


def test_a_visit_withdrawn_while_settling_waits_is_not_settled(
    server: str, tmp_path: Path, library: Library
) -> None:
    held, tried = Event(), Event()

    with town_at(database_of(server), tmp_path, library) as town:
        (visit,) = visits_of(town, [("H1", "700.00")])

        def withdraw(act: Act) -> Json:
            withdraw_visit(act, visit)
            held.set()
            tried.wait(30)
            while not act.connection.scalar(
                text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            ):
                act.connection.execute(text("SELECT pg_sleep(0.01)"))
            return {}

        def both(one: int) -> Any:
            if one:
                return town.book.do(Asked("w", {}, "clerk", at_nine(TODAY), TODAY), withdraw)
            held.wait(30)
            tried.set()
            return works(town.book, Request("settle", "settle", visit))

        assert together(2, both) == ["unknown_visit", {}]
        assert settlements(town) == []


def test_the_first_settlements_of_a_book_are_of_many_persons_at_once(
    address: str, tmp_path: Path, library: Library
) -> None:
    """All find neither the rules nor the accounts written down, and all want to."""
    number = 6
    with town_at(address, tmp_path, library, persons=number) as town:
        visits = [
            works(town.book, Request(f"v{one}", "visit", one, "H1", "700.00"))["number"]
            for one in town.place.persons
        ]
        answers = together(
            number, lambda one: works(town.book, Request(f"s{one}", "settle", visits[one]))
        )
        assert sorted(answer["number"] for answer in answers) == list(range(1, number + 1))
        with town.book.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(RULES)) == 1
        clean(town)


def test_who_waits_for_each_other_is_let_through(
    server: str, tmp_path: Path, library: Library
) -> None:
    """Two acts take two persons in opposite order; PostgreSQL undoes one, and it is done anew."""
    both = Barrier(2)
    tries: Counter[int] = Counter()

    def lock(act: Act, persons: Sequence[int]) -> Json:
        first, second = persons
        tries[first] += 1
        locked_meters(act.connection, first, 1)
        if tries[first] == 1:
            both.wait()
        locked_meters(act.connection, second, 1)
        return {"first": first}

    with town_at(database_of(server), tmp_path, library) as town:
        one, other = town.place.persons
        do(town.book, lambda act: [locked_meters(act.connection, each, 1) for each in (one, other)])
        wanted = Asked("lock", {}, "clerk", at_nine(TODAY), TODAY)
        orders = ((one, other), (other, one))
        answers = together(
            2, lambda each: town.book.do(wanted, lambda act: lock(act, orders[each]), each)
        )
    assert answers == [{"first": one}, {"first": other}]
    assert sum(tries.values()) > 2
