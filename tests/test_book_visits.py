"""Visits of a book: opened, settled, cancelled; the money, the meters, and what is known when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from book_place import TODAY, do, identity, insured, new_at
from gongji.book.book import Book
from gongji.book.care.cancelling import cancelled
from gongji.book.care.owed import owed
from gongji.book.care.presettling import pre_settled
from gongji.book.care.resettling import settle_anew, worked_out_anew
from gongji.book.care.settling import settled, standing_of
from gongji.book.care.visits import add_lines, begin_visit, withdraw_lines, withdraw_visit
from gongji.book.journal import trial_balance
from gongji.book.persons.facts import facts_on
from gongji.book.persons.people import change_facts, enrol, register
from gongji.book.places import open_area, open_employer, open_institution, open_scheme
from gongji.book.proof.verify import differences
from gongji.book.rules import scheme_of
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Bilingual, Refused

OPENED = date(2024, 1, 1)


class Town(NamedTuple):
    """A book with a hospital and one insured person."""

    book: Book
    person: int
    scheme: int


@pytest.fixture
def town(address: str, tmp_path: Path, library: Library) -> Iterator[Town]:
    book = new_at(address, tmp_path, library)

    def opened(act: Any) -> Town:
        open_area(act, "320400", Bilingual("常州", "Changzhou"))
        scheme = open_scheme(act, library, "320400", "changzhou/employee", {})
        facts = {"provider": "hospital", "tier": "tier_3", "designated": "yes"}
        open_institution(act, "320400", "H1", "常州一院", OPENED, facts)
        person = register(act, identity("320402", "19800101", 1), "张三")
        facts = {"category": "active", "insured_as": "employee"}
        insured(act, library, person, scheme, OPENED, facts)
        return Town(book, person, scheme)

    yield do(book, opened, day=OPENED)
    book.close()


def stay(town: Town, day: str, in_scope: str) -> int:
    def work(act: Any) -> int:
        when = date.fromisoformat(day)
        visit = begin_visit(
            act, town.book.library, town.person, "H1", when, {"setting": "inpatient"}
        )
        add_lines(act, town.book.library, visit, [{"in_scope": in_scope}])
        return visit

    visit: int = do(town.book, work)
    return visit


def settle(town: Town, visit: int, **more: Any) -> Any:
    return do(town.book, lambda act: settled(act, town.book.library, visit), **more)


def refusal(work: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.kind


def clean(town: Town) -> list[str]:
    with town.book.reading() as connection:
        return list(differences(connection, town.book.library))


# Changzhou, active, tier 3: first stay 1,000, later 600; 90 % to 150,000 of the year, 95 % above.
# 10,000: (10,000 - 1,000) x 90 % = 8,100.  Then 10,000: (10,000 - 600) x 90 % = 8,460.
# Without the first, the second is the first: 8,100, and 360 less are paid.


def test_stays_are_settled_one_after_the_other(town: Town) -> None:
    first, second = stay(town, "2024-03-01", "10000"), stay(town, "2024-05-01", "10000")
    assert settle(town, first).settlement.payments["pool"] == 810_000
    assert settle(town, second).settlement.payments["pool"] == 846_000
    with town.book.reading() as connection:
        lines = trial_balance(connection, "320400", TODAY)
    assert {(one.account.kind, one.account.name): one.fen for one in lines} == {
        ("fund", "changzhou/employee pool"): -1_656_000,
        ("cash", ""): -344_000,
        ("institution", ""): 2_000_000,
    }
    assert clean(town) == []


def test_the_first_is_cancelled_and_the_second_settled_again(town: Town) -> None:
    first, second = stay(town, "2024-03-01", "10000"), stay(town, "2024-05-01", "10000")
    one = settle(town, first).number
    settle(town, second)
    (changed,) = do(town.book, lambda act: cancelled(act, town.book.library, one))
    assert (changed.visit, changed.person_fen, changed.payments) == (
        second, 36_000, {"pool": -36_000},
    )  # fmt: skip
    with town.book.reading() as connection:
        assert standing_of(connection, first) is None
        standing = standing_of(connection, second)
    assert standing is not None
    assert standing.person_fen == 190_000
    with town.book.reading() as connection:
        lines = trial_balance(connection, "320400", TODAY)
    assert {(one.account.kind, one.account.name): one.fen for one in lines} == {
        ("fund", "changzhou/employee pool"): -810_000,
        ("cash", ""): -154_000,  # what was paid at the desk for the second
        ("person", ""): -36_000,  # what is to be paid on top
        ("institution", ""): 1_000_000,
    }
    assert clean(town) == []


def test_a_cancelled_visit_can_be_settled_again_after_the_others(town: Town) -> None:
    first, second = stay(town, "2024-03-01", "10000"), stay(town, "2024-05-01", "10000")
    one = settle(town, first).number
    settle(town, second)
    do(town.book, lambda act: cancelled(act, town.book.library, one))
    assert settle(town, first).settlement.payments["pool"] == 846_000  # it is the second now
    assert clean(town) == []


def test_nothing_is_cancelled_twice_or_settled_twice(town: Town) -> None:
    visit = stay(town, "2024-03-01", "10000")
    one = settle(town, visit).number
    assert refusal(lambda: settle(town, visit)) == "settled_already"
    do(town.book, lambda act: cancelled(act, town.book.library, one))
    again = lambda: do(town.book, lambda act: cancelled(act, town.book.library, one))  # noqa: E731
    assert refusal(again) == "cancelled_twice"
    nobody = lambda: do(town.book, lambda act: cancelled(act, town.book.library, 99))  # noqa: E731
    assert refusal(nobody) == "unknown_settlement"
    assert clean(town) == []


def test_the_same_request_is_done_once(town: Town) -> None:
    visit = stay(town, "2024-03-01", "10000")
    request = {"visit": visit}
    assert settle(town, visit, key="k1", request=request) is not None
    assert settle(town, visit, key="k1", request=request) is None  # answered as before
    other = {"visit": 7}
    assert refusal(lambda: settle(town, visit, key="k1", request=other)) == "key_used"
    assert clean(town) == []


def test_what_is_refused_leaves_nothing_behind(town: Town) -> None:
    library = town.book.library

    def work(act: Any) -> None:
        visit = begin_visit(
            act, library, town.person, "H1", date(2024, 3, 1), {"setting": "inpatient"}
        )
        add_lines(act, library, visit, [{"in_scope": "1"}, {"in_scope": "-1"}])

    assert refusal(lambda: do(town.book, work)) == "bad_amount"
    with town.book.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM visit")) == 0
        assert connection.scalar(text("SELECT count(*) FROM act")) == 1
    assert clean(town) == []


@pytest.mark.parametrize(
    ("day", "institution", "said", "kind"),
    [
        ("1979-12-31", "H1", {"setting": "inpatient"}, "before_birth"),
        ("2023-12-31", "H1", {"setting": "inpatient"}, "not_insured"),
        ("2025-01-01", "H1", {"setting": "inpatient"}, "not_yet"),
        ("2024-03-01", "H9", {"setting": "inpatient"}, "unknown_institution"),
        ("2024-03-01", "H1", {"setting": "impatient"}, "unknown_value"),
        ("2024-03-01", "H1", {"sitting": "inpatient"}, "unknown_field"),
    ],
)
def test_visits_that_cannot_be(
    town: Town, day: str, institution: str, said: dict[str, str], kind: str
) -> None:
    def work(act: Any) -> int:
        when = date.fromisoformat(day)
        return begin_visit(act, town.book.library, town.person, institution, when, said)

    assert refusal(lambda: do(town.book, work)) == kind


def test_lines_are_withdrawn_until_the_visit_is_settled(town: Town) -> None:
    visit = stay(town, "2024-03-01", "10000")
    add = lambda act: add_lines(act, town.book.library, visit, [{"in_scope": "5"}])  # noqa: E731
    assert do(town.book, add) == [2]
    do(town.book, lambda act: withdraw_lines(act, visit, [1]))
    assert refusal(lambda: do(town.book, lambda act: withdraw_lines(act, visit, [1]))) == (
        "unknown_line"
    )
    assert settle(town, visit).settlement.total == 500
    assert refusal(lambda: do(town.book, add)) == "settled_already"


def test_an_employer_insures_in_its_own_area(town: Town) -> None:
    def work(act: Any) -> int:
        open_area(act, "310000", Bilingual("上海", "Shanghai"))
        open_employer(act, "310000", "E310", "employer", "某公司")
        other = register(act, identity("320402", "19800101", 77), "李四")
        facts = {"category": "active", "insured_as": "employee"}
        return enrol(act, town.book.library, other, town.scheme, date(2024, 7, 1), facts, "E310")

    assert refusal(lambda: do(town.book, work)) == "employer_elsewhere"


def test_nobody_is_insured_twice(town: Town) -> None:
    def work(act: Any) -> int:
        return enrol(act, town.book.library, town.person, town.scheme, date(2024, 7, 1), {})

    assert refusal(lambda: do(town.book, work)) == "insured_already"


def test_what_was_known_on_a_day_can_be_asked_later(town: Town) -> None:
    def retired(act: Any) -> None:
        scheme = scheme_of(act.connection, town.scheme)
        since = date(2024, 5, 1)
        change_facts(act, town.book.library, town.person, scheme, since, {"category": "retired"})

    do(town.book, retired, day=date(2024, 9, 1))
    with town.book.reading() as connection:
        category = {
            (day, known): facts_on(
                connection, "person", str(town.person), date.fromisoformat(day), known
            )["category"]
            for day in ("2024-04-30", "2024-06-01")
            for known in (None, date(2024, 8, 31))
        }
    assert category == {
        ("2024-04-30", None): "active",
        ("2024-04-30", date(2024, 8, 31)): "active",
        ("2024-06-01", None): "retired",
        ("2024-06-01", date(2024, 8, 31)): "active",
    }


def test_a_fact_that_became_known_late_settles_anew(town: Town) -> None:
    # Retired since April: of the stay of May 95 % above 480 is paid instead of 90 % above 600.
    # (10,000 - 480) x 95 % = 9,044, which is 584 more; the stay of March stays as it was.
    first, second = stay(town, "2024-03-01", "10000"), stay(town, "2024-05-01", "10000")
    settle(town, first)
    settle(town, second)

    def retired(act: Any) -> None:
        scheme = scheme_of(act.connection, town.scheme)
        since = date(2024, 4, 1)
        change_facts(act, town.book.library, town.person, scheme, since, {"category": "retired"})

    do(town.book, retired)
    library, person, scheme = town.book.library, town.person, town.scheme
    with town.book.reading() as connection:
        (seen,) = worked_out_anew(connection, library, person, scheme)
    assert seen.settlement.payments["pool"] == 904_400
    (changed,) = do(town.book, lambda act: settle_anew(act, library, person, scheme))
    assert (changed.visit, changed.person_fen, changed.payments) == (
        second, -58_400, {"pool": 58_400},
    )  # fmt: skip
    assert do(town.book, lambda act: settle_anew(act, library, person, scheme)) == []
    assert clean(town) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE posting SET fen = fen + 1 WHERE fen > 0", "add up to"),
        ("UPDATE settlement SET person_fen = person_fen - 100", "person is kept as"),
        ("UPDATE standing SET meters = '{}'", "the meters kept are"),
        ("UPDATE act SET service = 'other' WHERE id = 1", "not as it was written"),
        ("UPDATE strand SET place = place + 1 WHERE number = 0", "last acts are not there"),
        ("DELETE FROM strand WHERE number = 3", "strand 3: its last acts are not there"),
        ("UPDATE settlement SET moved = '{}'", "moved is kept as"),
    ],
)
def test_what_was_changed_behind_the_book_shows(town: Town, change: str, told: str) -> None:
    settle(town, stay(town, "2024-03-01", "10000"))
    with town.book.store.writing() as connection:
        connection.execute(text(change))
    assert told in clean(town)[0]


def test_a_version_published_late_says_who_is_owed_before_anything_is_posted(
    town: Town, tmp_path: Path
) -> None:
    # Two stays of 10,000: in March (10,000 - 1,000) x 90 % = 8,100, in August
    # (10,000 - 600) x 90 % = 8,460.  A version in force since July, published in October, asks for
    # 240 of a later admission in tier 3: (10,000 - 240) x 90 % = 8,784, which is 324 more.
    first, second = stay(town, "2024-03-01", "10000"), stay(town, "2024-08-01", "10000")
    settle(town, first)
    settle(town, second)
    folder = tmp_path / "later" / "changzhou" / "employee"
    folder.mkdir(parents=True)
    text = (BUILT_IN / "changzhou" / "employee" / "2024-01-01.yaml").read_text("utf-8")
    text = text.replace("in_force: 2024-01-01 to", "in_force: 2024-07-01 to")
    text = text.replace(
        "active later:  [240, 360, 600, ^038]", "active later:  [240, 360, 240, ^038]"
    )
    (folder / "2024-07-01.yaml").write_text(text, "utf-8")
    library = Library((BUILT_IN, tmp_path / "later"))
    with town.book.reading() as connection:
        assert list(owed(connection, town.book.library, town.scheme)) == []
        (one,) = owed(connection, library, town.scheme, date(2024, 7, 1))
        assert list(owed(connection, library, town.scheme, date(2024, 9, 1))) == []
    assert (one.person, one.person_fen, one.payments) == (town.person, -32_400, {"pool": 32_400})
    assert [difference.visit for difference in one.visits] == [second]
    do(town.book, lambda act: settle_anew(act, library, town.person, town.scheme))
    with town.book.reading() as connection:
        assert list(owed(connection, library, town.scheme)) == []
        assert list(differences(connection, library)) == []


def test_a_visit_that_moves_what_a_household_shares_is_not_settled_yet(
    address: str, tmp_path: Path
) -> None:
    examples = Path(__file__).parent.parent / "examples" / "policies"
    library = Library((BUILT_IN, examples))
    book = new_at(address, tmp_path, library)
    opened = date(2025, 1, 1)

    def visited(act: Any) -> int:
        area = library.versions("baihe/resident")[0].area
        open_area(act, area, Bilingual("白禾", "Baihe"))
        scheme = open_scheme(act, library, area, "baihe/resident", {})
        open_institution(act, area, "H1", "一院", opened, {"provider": "hospital"})
        person = register(act, identity("320402", "19800101", 1), "张三")
        insured(act, library, person, scheme, opened, {"household": "A1", "born": "1980-01-01"})
        visit = begin_visit(act, library, person, "H1", opened, {"setting": "outpatient"})
        add_lines(act, library, visit, [{"in_scope": "130"}])
        return visit

    visit = do(book, visited, day=opened)
    assert refusal(lambda: do(book, lambda act: settled(act, library, visit), day=opened)) == (
        "household_limits"
    )
    book.close()


def test_what_is_settled_already_is_told_in_one_sentence(town: Town) -> None:
    """Whoever settles it again, settles it beforehand or changes its lines."""
    visit = stay(town, "2024-03-01", "10000")
    settle(town, visit)

    def beforehand() -> None:
        with town.book.reading() as connection:
            pre_settled(connection, town.book.library, visit)

    told = []
    for work in (
        lambda: settle(town, visit),
        beforehand,
        lambda: do(town.book, lambda act: add_lines(act, town.book.library, visit, [])),
        lambda: do(town.book, lambda act: withdraw_visit(act, visit)),
    ):
        with pytest.raises(Refused) as found:
            work()
        assert (found.value.kind, found.value.details) == ("settled_already", {"field": "visit"})
        told.append(found.value.message)
    assert {one.en for one in told} == {
        f"visit {visit} is settled already, look at its settlement; cancel it to change the visit"
    }
    assert {one.zh for one in told} == {f"就诊 {visit} 已经结算，请查看它的结算；要改先撤销结算"}
