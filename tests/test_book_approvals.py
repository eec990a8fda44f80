"""Aid that offices approved: whom it helps from when until when, and since when that is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from book_place import TODAY, do
from gongji.book.care.resettling import settle_anew
from gongji.book.persons.facts import facts_on
from gongji.book.persons.people import change_facts
from gongji.book.registrations.approvals import Approved, approvals_of, approve_aid, end_approval
from gongji.book.rules import scheme_of
from gongji.policy.versions import Library
from paper_place import Town, opened_town, refused

DIBAO = Approved(
    {"aid_category": "dibao"},
    date(2024, 3, 1),
    date(2024, 8, 31),
    "天宁区民政局",
    "2024-17",
    ("decision",),
)


@pytest.fixture
def town(address: str, tmp_path: Path, library: Library) -> Iterator[Town]:
    who = {"category": "active", "insured_as": "employee"}
    yield from opened_town(address, tmp_path, library, "changzhou/employee", who)


def approve(town: Town, approved: Approved = DIBAO, known: date = TODAY) -> int:
    work = lambda act: approve_aid(act, town.library, town.person, approved)  # noqa: E731
    number: int = do(town.book, work, day=known)
    return number


def aided(town: Town, day: str, known_on: date | None = None) -> Any:
    with town.book.reading() as connection:
        whose, when = str(town.person), date.fromisoformat(day)
        return facts_on(connection, "person", whose, when, known_on).get("aid_category")


# A stay of 10,000, tier 3: the pool pays 8,100.  Of the 1,900 left catastrophic insurance pays an
# aid recipient 60 % from the first yuan: 1,140; of the 760 that are left aid pays 80 %: 608.


def test_an_approval_holds_over_its_days(town: Town) -> None:
    approve(town)
    assert [aided(town, day) for day in ("2024-02-29", "2024-03-01", "2024-08-31")] == [
        None, "dibao", "dibao",
    ]  # fmt: skip
    assert aided(town, "2024-09-01") is None
    one = town.visit("2024-03-01", {"setting": "inpatient"}, [{"in_scope": "10000"}])
    assert (one.payments["pool"], one.payments["catastrophic"]) == (8100_00, 1140_00)
    assert one.payments["aid"] == 608_00
    with town.book.reading() as connection:
        (kept,) = approvals_of(connection, town.person)
    assert kept.approved == DIBAO
    assert town.clean() == []


def test_a_late_approval_is_known_late_and_owed_back(town: Town) -> None:
    stay = {"setting": "inpatient"}
    one = town.visit("2024-04-01", stay, [{"in_scope": "10000"}])
    assert one.payments["aid"] == 0
    approve(town, known=date(2024, 9, 2))
    assert aided(town, "2024-04-01", date(2024, 9, 1)) is None
    assert aided(town, "2024-04-01", date(2024, 9, 2)) == "dibao"
    again = lambda act: settle_anew(act, town.library, town.person, town.scheme)  # noqa: E731
    (changed,) = do(town.book, again)
    # 1,140 + 608 less for the person
    assert changed.person_fen == -1748_00
    assert dict(changed.payments) == {"catastrophic": 1140_00, "aid": 608_00}
    assert town.clean() == []


def test_an_approval_ends_early_or_is_taken_back(town: Town) -> None:
    number = approve(town, known=date(2024, 3, 5))
    end = lambda act: end_approval(act, number, date(2024, 5, 31))  # noqa: E731
    rest = do(town.book, end, day=date(2024, 6, 3))
    assert (aided(town, "2024-05-31"), aided(town, "2024-06-01")) == ("dibao", None)
    assert aided(town, "2024-06-01", date(2024, 6, 2)) == "dibao"
    assert refused(lambda: do(town.book, end)).kind == "unknown_approval"
    later = lambda act: end_approval(act, rest, date(2024, 5, 31))  # noqa: E731
    assert refused(lambda: do(town.book, later)).kind == "bad_stretch"
    do(town.book, lambda act: end_approval(act, rest, date(2024, 2, 29)))
    assert aided(town, "2024-03-01") is None
    with town.book.reading() as connection:
        assert approvals_of(connection, town.person) == []
        assert len(approvals_of(connection, town.person, date(2024, 6, 3))) == 1


def test_another_category_begins_where_the_first_was_ended(town: Town) -> None:
    number = approve(town)
    tekun = Approved(
        {"aid_category": "tekun"}, date(2024, 7, 1), None, "天宁区民政局", "2024-44"
    )  # fmt: skip
    both = refused(lambda: approve(town, tekun))
    assert (both.kind, both.details["approval"]) == ("approved_otherwise", str(number))
    assert "2024-17" in both.message.zh
    do(town.book, lambda act: end_approval(act, number, date(2024, 6, 30)))
    approve(town, tekun)
    assert (aided(town, "2024-06-30"), aided(town, "2024-07-01")) == ("dibao", "tekun")


def test_a_reference_of_an_office_stands_once(town: Town) -> None:
    approve(town)
    again = DIBAO._replace(since=date(2024, 9, 1), until=None)
    assert refused(lambda: approve(town, again)).kind == "approved_already"
    approve(town, again._replace(office="钟楼区民政局"))
    assert aided(town, "2024-09-01") == "dibao"


def test_hardship_stands_beside_the_category(town: Town) -> None:
    approve(town)
    approve(town, DIBAO._replace(facts={"hardship": "yes"}, reference="2024-18"))
    with town.book.reading() as connection:
        found = facts_on(connection, "person", str(town.person), date(2024, 3, 1))
    assert (found["aid_category"], found["hardship"]) == ("dibao", "yes")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"office": " "}, "no_office"),
        ({"office": "局" * 101}, "no_office"),
        ({"reference": ""}, "no_reference"),
        ({"reference": "a\nb"}, "no_reference"),
        ({"facts": {}}, "not_aid"),
        ({"facts": {"category": "retired"}}, "not_aid"),
        ({"facts": {"aid_category": "rich"}}, "unknown_value"),
        ({"until": date(2024, 2, 29)}, "bad_stretch"),
        ({"since": date(2023, 12, 31)}, "not_insured"),
    ],
)
def test_approvals_that_cannot_be(town: Town, change: dict[str, Any], kind: str) -> None:
    assert refused(lambda: approve(town, DIBAO._replace(**change))).kind == kind
    with town.book.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM approval")) == 0


def test_nobody_who_is_not_there_is_helped(town: Town) -> None:
    work = lambda act: approve_aid(act, town.library, 99, DIBAO)  # noqa: E731
    assert refused(lambda: do(town.book, work)).kind == "unknown_person"


# --- what only an approval sets -------------------------------------------------------------------


def test_what_an_office_approves_is_never_typed_in(town: Town) -> None:
    """That there is no aid can be said, but not over days on which there is."""

    def change(since: str, facts: dict[str, str]) -> None:
        def work(act: Any) -> None:
            its, day = scheme_of(act.connection, town.scheme), date.fromisoformat(since)
            change_facts(act, town.library, town.person, its, day, facts)

        do(town.book, work)

    for said in ({"aid_category": "dibao"}, {"hardship": "yes"}):
        found = refused(lambda: change("2024-02-01", said))  # noqa: B023
        assert (found.kind, found.details) == (
            "approved_fact",
            {"field": f"facts.{next(iter(said))}"},
        )
    approve(town)  # from March to August
    assert refused(lambda: change("2024-02-01", {"aid_category": "none"})).kind == "approved_fact"
    change("2024-09-01", {"aid_category": "none", "hardship": "no"})
    assert [aided(town, day) for day in ("2024-08-31", "2024-09-01")] == ["dibao", "none"]
