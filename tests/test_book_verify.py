"""Verifying: books that nobody touched are clean whichever way, and every touch is named."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from multiprocessing import get_all_start_methods
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from big_book import Town, fill
from book_place import database_of, do, identity, insured, new_at
from gongji.book.book import Book
from gongji.book.care.cancelling import cancelled
from gongji.book.care.settling import settled
from gongji.book.care.visits import add_lines, begin_visit
from gongji.book.journal import Account, posted
from gongji.book.persons.people import register
from gongji.book.places import open_area, open_institution, open_scheme
from gongji.book.proof.apart import verified_apart
from gongji.book.proof.settled import By
from gongji.book.proof.stretch import stretch_of
from gongji.book.proof.verify import PHASES, Proof, differences, verified
from gongji.book.schema.metadata import METADATA
from gongji.demo.hurry import hurried_book
from gongji.policy.versions import BUILT_IN, Library
from gongji.wording import Bilingual

OPENED = date(2024, 1, 1)
SETTLED = [("2024-03-01", "10000"), ("2024-05-01", "10000"), ("2024-06-01", "4000")]
"""Stays of the first person; the first is cancelled afterwards.  The second person has one."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def book(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, library: Library
) -> Iterator[Book]:
    """Settlements 1 to 3 are cancelled or settled again, 4 stands for another, 5 and 6 for 2, 3."""
    folder = tmp_path_factory.mktemp("verify")
    address = str(folder / "book.db")
    if request.param == "postgresql":
        address = database_of(request.getfixturevalue("server"))
    found = new_at(address, folder, library)
    first, second = do(found, lambda act: _opened(act, library), day=OPENED)
    stays = [(first, day, fen) for day, fen in SETTLED] + [(second, "2024-03-01", "10000")]
    for person, day, fen in stays:
        do(found, partial(_stay, library=library, person=person, day=day, fen=fen))
    do(found, lambda act: cancelled(act, library, 1))
    yield found
    found.close()


def _opened(act: Any, library: Library) -> tuple[int, int]:
    open_area(act, "320400", Bilingual("常州", "Changzhou"))
    scheme = open_scheme(act, library, "320400", "changzhou/employee", {})
    facts = {"provider": "hospital", "tier": "tier_3", "designated": "yes"}
    open_institution(act, "320400", "H1", "常州一院", OPENED, facts)
    persons = []
    for serial in (1, 2):
        person = register(act, identity("320402", "19800101", serial), "张三")
        who = {"category": "active"}
        insured(act, library, person, scheme, OPENED, who)
        persons.append(person)
    moves = {Account("320400", "account", "", "1"): 500, Account("320400", "bank"): -500}
    posted(act, OPENED, "opening", moves)
    return persons[0], persons[1]


def _stay(act: Any, library: Library, person: int, day: str, fen: str) -> None:
    when = date.fromisoformat(day)
    visit = begin_visit(act, library, person, "H1", when, {"setting": "inpatient"})
    add_lines(act, library, visit, [{"in_scope": fen}])
    settled(act, library, visit)


_NOT_PROVED = {"institution", "fact", "membership", "carried", "name_mark"}
"""What nothing but visits names here, what is true of people, which settlements keep, and what
names are found by, which cannot be told without the key."""


@contextmanager
def touched(book: Book, *changes: str) -> Iterator[Connection]:
    """The book as it is after changes that nobody notices, and then as it was."""
    with book.store.engine.connect() as connection, connection.begin() as transaction:
        if book.store.embedded:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for change in changes:
            assert connection.exec_driver_sql(change).rowcount > 0, change
        yield connection
        transaction.rollback()


# --- what was touched ----------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["engine", "python"])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        # what a settlement says
        ("UPDATE settlement SET person_fen = person_fen - 1 WHERE id = 4", "4: person is kept as"),
        ("UPDATE settlement SET total_fen = total_fen + 1 WHERE id = 4", "4: total is kept as"),
        ("UPDATE settlement SET account_fen = 0 WHERE id = 4", "4: account is kept as 0, "),
        (
            "UPDATE settlement SET payments = replace(payments, '810000', '810001') WHERE id = 4",
            "4: payments is kept as",
        ),
        ("UPDATE settlement SET payments = '{}' WHERE id = 4", "4: payments is kept as {}"),
        ("UPDATE settlement SET person_fen = 0 WHERE id = 1", "1: person is kept as 0"),
        # its meters
        ("UPDATE settlement SET moved = '{}' WHERE id = 4", "4: moved is kept as {}"),
        (
            "UPDATE settlement SET moved = replace(moved, '1000000', '1000001') WHERE id = 4",
            "4: moved is kept as",
        ),
        (
            "UPDATE settlement SET before = replace(before, '1000000', '1000001') WHERE id = 6",
            "6: it began on other meters",
        ),
        ("UPDATE standing SET meters = '{}' WHERE person = 2", "person 2: the meters kept are {}"),
        ("UPDATE standing SET place = 2 WHERE person = 2", "person 2: settlement number 2 in"),
        ("DELETE FROM standing WHERE person = 2", "person 2: no meters are kept"),
        # what went into it
        (
            'UPDATE settlement SET person_said = \'{"category":"retired"}\' WHERE id = 4',
            "4: payments is kept as",
        ),
        (
            'UPDATE settlement SET person_said = \'{"category":"tired"}\' WHERE id = 4',
            "4: it does not come out again: ",
        ),
        (
            "UPDATE settlement SET bill = replace(bill, '10000', '10001') WHERE id = 4",
            "4: the lines it was made by",
        ),
        (
            "UPDATE settlement SET bill = replace(bill, 'inpatient', 'outpatient') WHERE id = 4",
            "4: the visit it was made by",
        ),
        ('UPDATE fee_line SET said = \'{"in_scope":"1"}\' WHERE id = 4', "4: the lines it was"),
        ("UPDATE fee_line SET ended = 1 WHERE id = 4", "4: the lines it was made by"),
        ("UPDATE visit SET day = '2024-03-02' WHERE id = 4", "4: the visit it was made by"),
        ("UPDATE visit SET person = 1 WHERE id = 4", "4: the visit it was made by"),
        ("DELETE FROM visit WHERE id = 4", "4: the visit it was made by"),
        ("UPDATE settlement SET bill = 'nothing' WHERE id = 4", "4: what is kept of it cannot"),
        ("UPDATE settlement SET moved = '{\"a@b\":1.5}' WHERE id = 4", "4: what is kept of it"),
        ('UPDATE rules SET parameters = \'{"wage":"1"}\'', "1: it does not come out again"),
        ("UPDATE rules SET digest = 'other'", "1: it does not come out again: the text of"),
        # whether it is there, and stands
        ("DELETE FROM settlement WHERE id = 4", "person 2: settlement number 1 in their order"),
        ("DELETE FROM settlement WHERE id = 1", "person 1: settlement number 1 in their order"),
        ("DELETE FROM settlement WHERE id = 6", "3: the journal has not moved what it says"),
        ("UPDATE settlement SET place = 5 WHERE id = 4", "person 2: settlement number 1 in their"),
        ("UPDATE settlement SET ended = NULL WHERE id = 2", "it is the second that stands in"),
        ("UPDATE settlement SET ended = NULL WHERE id = 1", "1: the journal has not moved what"),
        ("UPDATE settlement SET ended = 1 WHERE id = 4", "4: the journal has not moved what it"),
        # what it names
        ("DELETE FROM rules", "settlement 1: it does not come out again: the book does not have"),
        ("DELETE FROM ledger WHERE kind = 'account'", "account 1: the row is not there, and the"),
        (
            "DELETE FROM ledger WHERE kind = 'fund'",
            "settlement 1: the journal has not moved what it says",
        ),
        ("DELETE FROM person WHERE id = 2", "person 2: the row is not there, and the table"),
        ("DELETE FROM scheme", "scheme 1: the row is not there, and the table"),
        ("DELETE FROM area", "area 320400: the row is not there, and the table"),
        # its money
        ("UPDATE entry SET kind = 'credit' WHERE visit = 4", "4: its entry"),
        ("DELETE FROM entry WHERE visit = 4", "4: its entry"),
        ("DELETE FROM posting WHERE entry IN (SELECT id FROM entry WHERE visit = 4)", "4: the j"),
        ("UPDATE entry SET visit = 3 WHERE visit = 4", "the settlement that it books is not"),
        ("UPDATE posting SET fen = fen + 1 WHERE fen > 0", "its postings add up to 0.01 yuan, not"),
        ("DELETE FROM posting WHERE fen < 0", "its postings add up to"),
        ("UPDATE balance SET fen = fen + 1", "its postings add up to 5.00 yuan, the balance kept"),
        ("DELETE FROM entry WHERE kind = 'reversal'", "1: the journal has not moved what it says"),
        # acts
        ("UPDATE act SET service = 'other' WHERE id = 2", "act 2: it is not as it was written"),
        ("UPDATE act SET answer = request WHERE id = 2", "act 2: it is not as it was written"),
        ("UPDATE act SET at = at + 1 WHERE id = 2", "act 2: it is not as it was written"),
        ("DELETE FROM act WHERE id = 2", "act 3: what came before it on strand 0"),
        ("UPDATE act SET strand = 99 WHERE id = 2", "act 3: what came before it on strand 0"),
        ("UPDATE act SET hash = NULL WHERE id = 2", "act 2: it never ended"),
        ("UPDATE strand SET place = place - 1 WHERE number = 0", "strand 0: its last acts"),
    ],
)
def test_every_touch_is_named(book: Book, change: str, told: str, by: By) -> None:
    with touched(book, change) as connection:
        found = next(differences(connection, book.library, by), "")
    assert told in found


@pytest.mark.parametrize("by", ["engine", "python"])
def test_a_payment_moved_from_one_fund_to_another_is_named(book: Book, by: By) -> None:
    """The entry balances still, and so do the funds together."""
    other = (
        "INSERT INTO ledger (area, kind, name, owner) VALUES ('320400', 'fund', 'other', '')",
        "UPDATE posting SET ledger = (SELECT id FROM ledger WHERE name = 'other') WHERE fen < 0 "
        "AND entry IN (SELECT id FROM entry WHERE visit = 4) "
        "AND ledger IN (SELECT id FROM ledger WHERE kind = 'fund')",
    )
    with touched(book, *other) as connection:
        found = list(differences(connection, book.library, by))
    assert found == ["settlement 4: the journal has not moved what it says"]


@pytest.mark.parametrize("by", ["engine", "python"])
def test_a_settlement_taken_out_with_its_traces_leaves_its_entry(book: Book, by: By) -> None:
    clean = (
        "DELETE FROM settlement WHERE id = 4",
        "UPDATE standing SET place = 0, meters = '{}' WHERE person = 2",
    )
    with touched(book, *clean) as connection:
        (found,) = differences(connection, book.library, by)
    assert "the settlement that it books is not there" in found


def test_what_is_told_first_is_what_comes_first(book: Book) -> None:
    changes = [
        "UPDATE settlement SET person_fen = 1 WHERE id = 4",
        "UPDATE settlement SET moved = '{}' WHERE id = 6",
    ]
    for by in ("engine", "python"):
        with touched(book, *changes) as connection:
            found = verified(connection, book.library, by=by)
        assert found.difference is not None
        assert found.difference.en.startswith("settlement 6: moved is kept as")
        assert found.difference.zh.startswith("结算 6：保存的累计的变动是")


def test_a_text_that_ends_in_the_next_is_named(book: Book) -> None:
    """Many are read at once: the first has two bills in it, the others are one in two pieces."""
    with book.reading() as connection:
        rows = connection.exec_driver_sql("SELECT bill FROM settlement ORDER BY id").all()
    first, second, third = (row[0] for row in rows[:3])
    front, comma, back = third.partition('"}]')
    changes = [
        (f"{first},\n0,{second}", "id = 1"),
        (f'{front}"}}', "id IN (2, 5)"),
        (f'{{"in_scope":"1.00{comma}{back}', "id IN (3, 6)"),
    ]
    updates = [f"UPDATE settlement SET bill = '{text}' WHERE {where}" for text, where in changes]
    with touched(book, *updates) as connection:
        found = next(differences(connection, book.library, "python"))
    assert "the lines it was made by" in found or "what is kept of it cannot" in found


def test_a_policy_whose_text_was_changed_is_named(book: Book, tmp_path: Path) -> None:
    mine = tmp_path / "changzhou" / "employee"
    shutil.copytree(BUILT_IN / "changzhou" / "employee", mine)
    with (mine / "2024-01-01.yaml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    with book.reading() as connection:
        (found,) = differences(connection, Library((BUILT_IN, tmp_path)))
    assert "the text of changzhou/employee@2024-01-01 is not the one that was settled by" in found


@pytest.mark.parametrize("table", [one.name for one in METADATA.sorted_tables])
def test_whatever_table_is_emptied_all_is_told_in_words(book: Book, table: str) -> None:
    """Also what comes after the first difference; what has no rows here is not missed."""
    with book.store.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
    with touched(book, *([f"DELETE FROM {table}"] if rows else [])) as connection:
        found = list(differences(connection, book.library))
        first = verified(connection, book.library).difference
    assert bool(found) == (bool(rows) and table not in _NOT_PROVED)
    assert (first is None and not found) or (first is not None and first.en == found[0])


# --- what nobody touched -------------------------------------------------------------------------


def test_a_book_that_nobody_touched_is_clean(book: Book) -> None:
    told = []
    for by in ("engine", "python", "kernel", None):
        with book.reading() as connection:
            found = verified(
                connection,
                book.library,
                by=by,
                progress=lambda *one: told.append(one),
            )
        assert found[:4] == (6, 7, 6, 2)
        assert found.by_engine == (6 if by in ("engine", None) else 0)  # few are not compiled
        assert found.difference is None
    assert [one[0] for one in told[: len(PHASES)]] == list(PHASES)


@pytest.mark.parametrize("way", sorted({"fork", "spawn"}.intersection(get_all_start_methods())))
def test_processes_find_what_one_finds(
    book: Book, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr("gongji.book.proof.apart._WORTH", {way: 0})
    monkeypatch.setattr("gongji.book.proof.apart._way", lambda: way)
    with book.reading() as connection:
        one = verified(connection, book.library)
    assert verified_apart(book.store, book.library, 2) == one


def test_a_stretch_of_persons_is_read_by_index(book: Book) -> None:
    """Whole tables for every stretch would take the square of the time."""
    asked: list[tuple[str, Any]] = []

    def note(_1: Any, _2: Any, statement: str, values: Any, _3: Any, _4: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, values))

    with book.reading() as connection:
        proof = Proof(connection, book.library)
        (people,) = [part.people for part in proof.parts() if part.people is not None]
        event.listen(book.store.engine, "before_cursor_execute", note)
        stretch_of(connection, people._replace(until=2), proof.rulings.ledgers)
        event.remove(book.store.engine, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN " if book.store.embedded else "EXPLAIN "
        if not book.store.embedded:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plans = [
            str(row)
            for statement, values in asked
            for row in connection.exec_driver_sql(explain + statement, values)
        ]
    assert len(asked) == 5
    assert not [one for one in plans if "SCAN" in one or "AUTOMATIC" in one or "Seq Scan" in one]


@pytest.mark.parametrize(
    "town",
    [
        # the document does not say what the account pays
        Town("changzhou/employee", 2024, 8, facts=(("insured_as", "employee"),)),
        Town("zhenjiang/employee", 2024, 5, facts=(("start", "by_employer"),)),  # it does
        Town("wuxi/employee", 2024, 5),
        Town("baihe/employee", 2025, 12),  # every kind of rule
    ],
    ids=lambda town: town.policy,
)
def test_generated_books_are_clean_by_loop_and_by_engine(town: Town, tmp_path: Path) -> None:
    examples = Path(__file__).parent.parent / "examples" / "policies"
    library = Library((BUILT_IN, examples))
    book = hurried_book(str(tmp_path / "book.db"), tmp_path / "book.key", library)
    count = fill(book, town)
    assert count > 15
    ways: list[tuple[By, int]] = [("python", 0), ("engine", count)]
    for by, engine in ways:
        with book.reading() as connection:
            found = verified(connection, library, by=by)
        assert (found.settlements, found.by_engine, found.difference) == (count, engine, None)
    book.close()
