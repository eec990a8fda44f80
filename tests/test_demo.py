"""The demo: what happens to those who have a name comes out as worked out by hand; it is clean."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from book_place import database_of
from command import run
from gongji.api.application import application
from gongji.book.access.users import ROLES
from gongji.book.accounts.family import authorisations
from gongji.book.backups.copying import is_empty
from gongji.book.book import Book
from gongji.book.claims.claiming import claims_of
from gongji.book.clearing.reconciling import reconciliations_of
from gongji.book.contributions.entitlement import entitlement_on
from gongji.book.journal import trial_balance
from gongji.book.persons.identity import read_identity
from gongji.book.persons.people import person_with
from gongji.book.proof.verify import differences
from gongji.book.registrations.approvals import approvals_of
from gongji.book.registrations.registering import registrations_of
from gongji.book.schema.turns import HEIR
from gongji.book.schema.visits import SETTLEMENT
from gongji.book.sealed import Seal
from gongji.book.store import Store
from gongji.demo.city import notes
from gongji.demo.crowd import crowd, named
from gongji.demo.invented import invented_identity
from gongji.demo.making import Made, made_at
from gongji.money import format_yuan
from gongji.policy.versions import Library

PAGE = Path(__file__).parent.parent / "docs" / "demo.md"
END = date(2025, 1, 31)


class Demo(NamedTuple):
    """A demo with nobody but those who have a name."""

    book: Book
    made: Made
    numbers: Mapping[str, int]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, library: Library
) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    address = str(folder / "demo.db")
    if request.param == "postgresql":
        address = database_of(request.getfixturevalue("server"))
    key = folder / "demo.key"
    made = made_at(address, key, library, 0, 1)
    book = Book(Store(address), Seal.from_file(key), library)
    with book.reading() as connection:
        numbers = {
            one.name: person_with(connection, book.seal, invented_identity(one.born, one.serial))
            or 0
            for one in named(notes("people"))
        }
    yield Demo(book, made, numbers)
    book.close()


# --- bills, by hand ------------------------------------------------------------------------------
# Changzhou employees: ordinary care 80 % (primary), 60 % (tier 3, active), 65 % (tier 3, retired)
# above 600 a year (400 retired).  Stays: first 1,000 / 600 / 400 by tier (retired 800 / 480 / 320),
# later ones 600 / 360 / 240; then 90 % up to 150,000 of the year, 95 % above (retired 95 %, 96 %).

BILLS = [
    # hypertension, 80 % up to 800 of payment a year; before it was registered it is ordinary care
    ("苏晚", "2024-02-20", {}, "60.00"),  # 60 within the 600
    ("苏晚", "2024-03-20", {"pool": "88.00"}, "22.00"),  # 110 x 80 %
    ("苏晚", "2024-06-20", {"pool": "240.00"}, "85.00"),  # 300 x 80 %; amoxicillin is not listed
    ("苏晚", "2024-09-20", {"pool": "400.00"}, "100.00"),  # 500 x 80 %
    ("苏晚", "2024-12-10", {"pool": "72.00"}, "128.00"),  # what is left of the 800; 110 go on
    # dialysis is a special disease: 4,000 x 95 % every month, without a deductible
    *[("高远山", day, {"pool": "3800.00"}, "200.00") for day in (
        "2024-01-31", "2024-02-29", "2024-03-31", "2024-06-30", "2024-12-31")],
    # 60 + 280 + 10 + 58: in scope 2 x 28 x 90 % + 280 x 90 % + 10 = 312.40, within the 600
    ("林若溪", "2024-04-18", {}, "408.00"),
    ("林若溪", "2024-05-22", {"pool": "79.44"}, "340.56"),  # (312.40 + 420 - 600) x 60 %
    # the stay before it was cancelled, so this is the first: (6,000 - 600) x 90 %, not less 360
    ("罗一鸣", "2024-05-15", {"pool": "4860.00"}, "1140.00"),
    # (150,000 - 1,000) x 90 % + 30,000 x 95 %
    ("傅明远", "2024-03-20", {"pool": "162600.00"}, "17400.00"),
    # (120,000 - 600) x 95 % leaves 6,570; 17,400 + 6,570 - 20,000 = 3,970, of which 60 %
    ("傅明远", "2024-07-15", {"pool": "113430.00", "catastrophic": "2382.00"}, "4188.00"),
    ("何青", "2024-05-03", {"pool": "9900.00"}, "2100.00"),  # (12,000 - 1,000) x 90 %, a claim
    ("白露", "2024-04-25", {"pool": "24650.00"}, "5350.00"),  # (30,000 - 1,000) x (90 - 5) %
    # (5,320 - 320) x 95 % = 4,750 leaves 570; 60 % of it, then 80 % of the 228 that are left
    ("柳长青", "2024-03-14",
     {"pool": "4750.00", "catastrophic": "342.00", "aid": "182.40"}, "45.60"),
    ("章宁", "2024-05-11", {"employer": "4860.00"}, "1140.00"),  # (6,000 - 600) x 90 %
    ("章宁", "2024-08-01", {"pool": "80.00"}, "620.00"),  # (700 - 600) x 80 %, in benefit again
    ("岳小舟", "2024-06-18", {"pool": "80.00"}, "620.00"),  # June is still covered
    ("岳小舟", "2024-09-10", {}, "35.00"),  # not in benefit
    ("阮星河", "2024-05-18", {"pool": "4860.00"}, "1140.00"),  # settled anew after paying up
    *[("姚静", day, {"pool": "2100.00"}, "900.00") for day in (
        "2024-03-15", "2024-04-15", "2024-05-15")],  # 3,000 x 70 %
    ("江河清", "2024-10-09", {"pool": "650.00"}, "750.00"),  # (1,400 - 400) x 65 %
    # students: 50 % at primary care above 200 a year; a stay at tier 3, (5,600 - 600) x 85 %, and
    # for one in hardship 60 % of the 1,350 that are left
    ("程雨", "2024-03-12", {"pool": "30.00"}, "230.00"),
    ("向晚", "2024-06-05", {"pool": "4250.00", "catastrophic": "810.00"}, "540.00"),
    # Shanghai: 500 in a year from July (300 who retired since 2001), then 80 % / 70 % (85 %)
    ("江映月", "2024-03-15", {}, "400.00"),
    ("江映月", "2024-11-05", {"pool": "210.00"}, "590.00"),  # (800 - 500) x 70 % at tier 3
    ("唐守仁", "2024-02-18", {"pool": "595.00"}, "405.00"),  # (1,000 - 300) x 85 %
]  # fmt: skip


@pytest.mark.parametrize(("who", "day", "paid", "borne"), BILLS)
def test_a_bill_comes_out_as_worked_out_by_hand(
    who: str, day: str, paid: Mapping[str, str], borne: str, demo: Demo
) -> None:
    mine = (SETTLEMENT.c.person == demo.numbers[who]) & SETTLEMENT.c.ended.is_(None)
    with demo.book.reading() as connection:
        row = connection.execute(
            select(SETTLEMENT).where(mine & (SETTLEMENT.c.day == date.fromisoformat(day)))
        ).one()
    payments = {fund: format_yuan(fen) for fund, fen in json.loads(row.payments).items() if fen}
    assert (payments, format_yuan(row.person_fen)) == (paid, borne)


def test_nobody_has_other_bills_than_the_diary_says(demo: Demo) -> None:
    with demo.book.reading() as connection:
        count = connection.scalar(text("SELECT count(*) FROM settlement WHERE ended IS NULL"))
    # those above, seven more months of dialysis; the cancelled one does not stand
    assert count == len(BILLS) + 7
    assert demo.made.census.settlements == count


# --- money, by hand ------------------------------------------------------------------------------
# Contributions to the employees' pool.  An employer pays 8.8 % of the wage, an employee 2 % of it
# within 4,500 and 22,500; a flexible worker 9 % of 4,500 = 405.
#   苏晚 8,000: 864 x 12 = 10,368        魏国强 9,500: 1,026 x 6 = 6,156, and 4,800 for 12 months
#   林若溪 11,000: 1,188 x 12 = 14,256   罗一鸣 12,000: 1,296 x 12 = 15,552
#   傅明远 24,000: (2,112 + 450) x 12 = 30,744     何青 4,000: (352 + 90) x 12 = 5,304
#   章宁 6,500: 702 x 12 = 8,424         白露, 姚静 9,000: 972 x 24 = 23,328
#   岳小舟 405 x 5 = 2,025               阮星河 405 x 12 = 4,860           together 125,817
# Payments: 800 + 12 x 3,800 + 79.44 + 4,860 + 276,030 + 9,900 + 24,650 + 4,750 + 80 + 80 + 4,860
# + 6,300 + 650 = 378,639.44.  Of 860,000 there before: 860,000 + 125,817 - 378,639.44.

FUNDS = {
    "changzhou/employee pool": "607177.56",
    "changzhou/employee large_amount": "120000.00",
    "changzhou/employee catastrophic": "87276.00",  # 90,000 - 2,382 - 342
    "changzhou/employee aid": "59817.60",  # 60,000 - 182.40
    "changzhou/employee tilt_aid": "20000.00",
    "changzhou/employee employer": "-4860.00",  # what the employer in arrears has to bear
    "changzhou/student pool": "38720.00",  # 40,000 + 2 x 1,500 - 30 - 4,250
    "changzhou/student catastrophic": "19190.00",  # 20,000 - 810
    "changzhou/student aid": "10000.00",
    # 150,000 + 12 x 1,150 - 12 x 200 and 2 x 1,890 to accounts - 595 - 210
    "shanghai/employee pool": "156815.00",
    "shanghai/employee local_supplementary": "30000.00",
}


def yuan(fen: int) -> str:
    return f"-{format_yuan(-fen)}" if fen < 0 else format_yuan(fen)


def test_every_fund_holds_what_was_worked_out_by_hand(demo: Demo) -> None:
    assert {
        name: yuan(fen) for area in demo.made.census.areas for name, fen in area.funds.items()
    } == FUNDS


def test_what_persons_accounts_and_institutions_hold(demo: Demo) -> None:
    with demo.book.reading() as connection:
        here, there = (trial_balance(connection, area, END) for area in ("320400", "310000"))
    assert sum(line.fen for line in (*here, *there)) == 0
    owed = {int(one.account.owner): one.fen for one in here if one.account.kind == "person"}
    number = demo.numbers
    # 罗一鸣 bears 216 more since his first stay was cancelled, 阮星河 4,860 less since he paid up
    assert owed == {number["罗一鸣"]: -216_00, number["阮星河"]: 4860_00, number["何青"]: 0}
    # 江映月: 12 x 200 - 400 - 750 for her father - 590; 唐守仁: 2 x 1,890 - 405, all inherited
    (accounts,) = (one.fen for one in there if one.account.kind == "account")
    assert accounts == 660_00
    for lines in (here, there):  # December is paid: what is left of bills is the cash they took
        bills = sum(one.fen for one in lines if one.account.kind == "institution")
        assert bills + sum(one.fen for one in lines if one.account.kind == "cash") == 0


def test_three_heirs_share_an_account(demo: Demo) -> None:
    with demo.book.reading() as connection:
        rows = connection.execute(select(HEIR.c.share, HEIR.c.fen).order_by(HEIR.c.id)).all()
    # 2 x 1,890 - 405 = 3,375
    assert [tuple(row) for row in rows] == [("1/2", 1687_50), ("1/4", 843_75), ("1/4", 843_75)]


# --- what was done -------------------------------------------------------------------------------


def test_verify_is_clean(demo: Demo, library: Library) -> None:
    with demo.book.reading() as connection:
        assert list(differences(connection, library)) == []


@pytest.mark.parametrize(
    ("who", "day", "state"),
    [
        ("章宁", "2024-03-31", "normal"),
        ("章宁", "2024-04-01", "employer_arrears"),  # March is the first month that is unpaid
        ("章宁", "2024-07-12", "employer_arrears"),  # four months arrive, more than three
        ("章宁", "2024-07-13", "normal"),
        ("岳小舟", "2024-06-30", "normal"),
        ("岳小舟", "2024-07-01", "none"),  # June is the first month that is unpaid
        ("阮星河", "2024-05-18", "normal"),  # two months, paid up: covered after all
        ("程雨", "2024-01-01", "normal"),
        ("高远山", "2024-01-01", "normal"),
    ],
)
def test_benefit_follows_from_what_was_paid(who: str, day: str, state: str, demo: Demo) -> None:
    with demo.book.reading() as connection:
        found = entitlement_on(
            connection, demo.book.library, demo.numbers[who], date.fromisoformat(day)
        )
    assert found.state == state


def test_what_was_not_known_then_is_not_known_then(demo: Demo) -> None:
    day = date(2024, 5, 18)
    with demo.book.reading() as connection:
        who = demo.numbers["阮星河"]
        assert entitlement_on(connection, demo.book.library, who, day, day).state == "none"
        assert approvals_of(connection, demo.numbers["柳长青"], date(2024, 1, 17)) == []
        (aid,) = approvals_of(connection, demo.numbers["柳长青"])
    assert aid.approved.since == date(2024, 1, 1)


def test_papers_were_missing_and_brought(demo: Demo) -> None:
    with demo.book.reading() as connection:
        (then,) = registrations_of(connection, demo.numbers["苏晚"], date(2024, 3, 4))
        (now,) = registrations_of(connection, demo.numbers["苏晚"])
        (returned,) = claims_of(connection, demo.numbers["何青"], date(2024, 5, 21))
        (paid,) = claims_of(connection, demo.numbers["何青"])
    assert (then.state, [one.names for one in then.missing]) == ("pending", [("test_report",)])
    assert (now.state, now.since) == ("in_force", date(2024, 3, 6))
    assert (returned.state, [one.names for one in returned.missing]) == (
        "returned", [("emergency_certificate",)],
    )  # fmt: skip
    assert (paid.state, paid.paid_fen) == ("paid", 9900_00)


def test_one_institution_agrees_and_one_keyed_too_much(demo: Demo) -> None:
    with demo.book.reading() as connection:
        (second,) = reconciliations_of(connection, "H02")
        (first,) = reconciliations_of(connection, "H01")
        (authorised,) = authorisations(connection, demo.numbers["江映月"])
    assert second.result.equal
    (apart,) = first.result.differences
    assert (apart.amount, (apart.theirs or 0) - (apart.ours or 0)) == ("total", 100_00)
    assert authorised.relative == demo.numbers["江河清"]


def test_a_man_retires_and_another_dies(demo: Demo) -> None:
    with demo.book.reading() as connection:
        facts = connection.execute(
            text("SELECT value, since FROM fact WHERE name = 'category' AND ended IS NULL "
                 "AND whose = :who ORDER BY since"),
            {"who": str(demo.numbers["魏国强"])},
        ).all()  # fmt: skip
        left = connection.scalar(
            text("SELECT until FROM membership WHERE person = :who AND ended IS NULL"),
            {"who": demo.numbers["唐守仁"]},
        )
    assert [(json.loads(value), str(since)) for value, since in facts] == [
        ("active", "2024-01-01"), ("retired", "2024-06-12"),
    ]  # fmt: skip
    assert str(left) == "2024-09-20"


def test_a_user_of_every_role_gets_in_and_sees_what_is_theirs(demo: Demo) -> None:
    assert sorted(one.role for one in demo.made.users) == sorted(ROLES)
    passwords = {one.password for one in demo.made.users}
    assert len(passwords) == len(ROLES)
    with TestClient(application(demo.book)) as client:
        for one in demo.made.users:
            said = {"name": one.name, "password": one.password}
            answer = client.post("/v1/tokens", json=said).json()
            header = {"Authorization": f"Bearer {answer['token']}"}
            visits = client.get("/v1/visits?person=1", headers=header).json()["items"]
            assert len(visits) == (0 if one.role == "institution" else 5)


# --- the crowd -----------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_people() -> None:
    people = notes("people")
    few, again, other = (list(crowd(people, 42, seed, 0)) for seed in (1, 1, 2))
    assert len(few) == 42
    assert few == again
    assert few != other
    numbers = [read_identity(invented_identity(one.born, one.serial), END) for one in few]
    assert len({one.number for one in numbers}) == 42
    assert all(one.warning is not None for one in numbers)  # 99 is no province


def test_more_people_leave_those_who_were_there_as_they_were() -> None:
    people = notes("people")
    few, many = (
        {(one.name, one.born, one.payer, one.disease) for one in crowd(people, persons, 1, 0)}
        for persons in (42, 84)
    )
    assert few <= many


# --- the command ---------------------------------------------------------------------------------


def test_the_command_shows_what_the_page_shows(tmp_path: Path) -> None:
    file = tmp_path / "gongji-demo.db"
    code, out, error = run("demo", "--book", str(file), "--lang", "zh")
    assert (code, error) == (0, "")
    assert sorted(one.name for one in tmp_path.iterdir()) == [file.name, f"{file.name}.key"]
    assert [one.stat().st_mode & 0o777 for one in tmp_path.iterdir()] == [0o600, 0o600]
    page = PAGE.read_text(encoding="utf-8")
    shown = re.search(r"```\n(演示城市建好了.*?)```", page, re.DOTALL)
    assert shown is not None
    secret = re.compile(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}")
    printed = secret.sub("…", out.replace(f"{tmp_path}/", "")).splitlines()
    assert secret.sub("…", shown[1]).splitlines() == [one.rstrip() for one in printed]
    code, out, _ = run("book", "verify", "--book", str(file), "--lang", "zh")
    assert (code, out.splitlines()[-1] in page) == (0, True)
    code, out, error = run("demo", "--book", str(file), "--lang", "en")
    assert (code, out, "is not overwritten" in error) == (2, "", True)


@pytest.mark.parametrize(
    ("words", "there", "told"),
    [
        (["--book", "demo.db"], "demo.db", "there is something at demo.db"),
        (["--book", "demo.db"], "demo.db.key", "the key file demo.db.key is there already"),
        (["--book", "no/such/demo.db"], None, "there is no folder"),
        (["--book", "mysql://x/y", "--key", "k"], None, "no address of a database"),
        (["--book", "postgresql://localhost:1/x"], None, "--key is missing"),
        (["--book", "postgresql://localhost:1/x", "--key", "k"], None, "does not open"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    words: list[str], there: str | None, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if there is not None:
        Path(there).write_text("mine")
    before = sorted(tmp_path.iterdir())
    code, out, error = run("demo", *words, "--lang", "en")
    assert (code, out, told in error, len(error.splitlines())) == (2, "", True, 1), error
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_stopped_on_the_way_leaves_nothing(
    tmp_path: Path, library: Library, address: str
) -> None:
    last = "copy" if address.startswith("postgresql") else "fill"

    def tell(phase: str, done: int, _: int) -> None:
        if (phase, done > 2) == (last, True):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_at(address, tmp_path / "demo.key", library, 0, 1, tell)
    assert list(tmp_path.iterdir()) == []
    if last == "copy":
        store = Store(address)
        with store.reading() as connection:
            assert is_empty(connection)
        store.close()
