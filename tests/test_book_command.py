"""`gongji book` as people use it: rightly, and wrongly with one sentence and nothing half done."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import text

from book_place import database_of, identity
from command import run
from gongji.book.store import Store

PERSON = identity("320402", "19800101", 1)
TABLES = {
    "areas": "code,zh,en\n320400,常州市,Changzhou\n",
    "schemes": "area,policy\n320400,changzhou/employee\n",
    "institutions": (
        "code,area,name,since,provider,tier,designated\n"
        "H1,320400,第一医院,2024-01-01,hospital,tier_3,yes\n"
    ),
    "employers": "code,area,kind,name\nE1,320400,employer,一厂\n",
    "persons": (
        "identity,name,scheme,since,employer,category\n"
        f"{PERSON},张三,changzhou/employee,2024-01-01,E1,active\n"
    ),
}

Book = Callable[..., tuple[int, str, str]]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    folder.mkdir()
    for name, rows in TABLES.items():
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
    return folder


@pytest.fixture
def book(address: str, tmp_path: Path) -> Book:
    """`gongji book COMMAND`, on a new book."""

    def command(name: str, *words: str, at: str = address) -> tuple[int, str, str]:
        key = str(tmp_path / "book.key")
        return run("book", name, *words, "--book", at, "--key", key, "--lang", "en")

    assert command("init")[0] == 0
    return command


def count(address: str, table: str) -> int:
    store = Store(address)
    with store.reading() as connection:
        found = connection.scalar(text(f"SELECT count(*) FROM {table}"))
    store.close()
    return int(found or 0)


# --- the usual way -------------------------------------------------------------------------------


def test_a_city_is_brought_in_once_and_verified(book: Book, city: Path, address: str) -> None:
    code, out, _ = book("load", str(city))
    assert (code, out.splitlines()[-1]) == (0, "persons: 1 new, 0 there before")
    code, out, _ = book("load", str(city))
    assert (code, out) == (
        0, "these files were loaded before and have not changed; nothing was done\n",
    )  # fmt: skip
    assert (count(address, "act"), count(address, "person")) == (1, 1)
    code, out, _ = book("verify")
    assert (code, "1 acts" in out, "all as it was kept" in out) == (0, True, True)


def test_further_rows_come_in_beside_those_that_are_there(book: Book, city: Path) -> None:
    book("load", str(city))
    more = f"{identity('320402', '19800101', 2)},李四,changzhou/employee,2024-01-01,,retired\n"
    with (city / "persons.csv").open("a", encoding="utf-8") as file:
        file.write(more)
    code, out, _ = book("load", str(city))
    assert (code, out.splitlines()[-1]) == (0, "persons: 1 new, 1 there before")


def test_what_was_paid_before_comes_with_a_person(book: Book, city: Path, address: str) -> None:
    head, row = TABLES["persons"].splitlines()
    file = city / "persons.csv"

    def said(first: str, through: str, months: str) -> tuple[int, str]:
        rows = f"{head},首次缴费日,缴至,累计月数\n{row},{first},{through},{months}\n"
        file.write_text(rows, encoding="utf-8")
        code, _, error = book("load", str(city))
        return code, error

    assert "column “累计月数”" in said("2010-01-10", "2023-12", "1000")[1]  # at most 168 months
    assert "column “缴至”" in said("2010-01-10", "2023-13", "168")[1]
    assert "column “缴至”" in said("2010-01-10", "", "168")[1]
    assert count(address, "person") == 0
    assert said("2010-01-10", "2023-12", "168") == (0, "")
    assert count(address, "carried") == 1
    assert said("2010-01-10", "2023-12", "167")[0] == 2
    assert book("verify")[0] == 0


def test_what_a_spreadsheet_in_chinese_writes_is_read(book: Book, city: Path) -> None:
    for path in city.glob("*.csv"):
        path.write_bytes(path.read_bytes().decode().encode("gb18030"))
    row = f"{PERSON},张三,changzhou/employee,2024-01-01,,在职"
    rows = f"身份证号,姓名,险种,起始日,单位,人员类别\r\n{row}\r\n,,,,,\r\n"
    (city / "persons.csv").unlink()
    (city / "参保人员.csv").write_bytes(b"\xef\xbb\xbf" + rows.encode())
    code, out, error = book("load", str(city))
    assert (code, out.splitlines()[-1:], error) == (0, ["persons: 1 new, 0 there before"], "")


def test_a_workbook_is_loaded_as_files_are(book: Book, tmp_path: Path, address: str) -> None:
    files = []
    for name, rows in TABLES.items():
        workbook = Workbook()
        for row in rows.splitlines():
            workbook.worksheets[0].append(row.split(","))
        files.append(tmp_path / f"{name}.xlsx")
        workbook.save(files[-1])
    assert book("load", *map(str, files))[0] == 0
    assert count(address, "membership") == 1


# --- backups -------------------------------------------------------------------------------------


def test_a_backup_is_restored_into_either_database(
    book: Book, city: Path, address: str, tmp_path: Path, server: str
) -> None:
    book("load", str(city))
    file = tmp_path / "backup.zip"
    code, out, _ = book("backup", "--to", str(file))
    assert (code, "the key is not in the backup" in out) == (0, True)
    for target in (str(tmp_path / "again.db"), database_of(server)):
        code, out, error = book("restore", "--from", str(file), at=target)
        assert (code, error) == (0, "")
        assert out.splitlines()[-1].endswith("all as it was kept")
        assert [count(target, one) for one in ("act", "person", "fact")] == [
            count(address, one) for one in ("act", "person", "fact")
        ]
        more = f"identity,name,scheme,since,category\n{identity('320402', '19800101', 3)},王五,"
        (tmp_path / "persons.csv").write_text(
            f"{more}changzhou/employee,2024-01-01,active\n", encoding="utf-8"
        )
        assert book("load", str(tmp_path / "persons.csv"), at=target)[0] == 0  # it goes on there
        assert book("verify", at=target)[0] == 0


def test_a_backup_overwrites_nothing_and_goes_nowhere_but_where_it_is_told(
    book: Book, tmp_path: Path
) -> None:
    file = tmp_path / "backup.zip"
    file.write_text("mine")
    code, _, error = book("backup", "--to", str(file))
    assert (code, "overwrites nothing" in error, file.read_text()) == (2, True, "mine")
    before = set(tmp_path.iterdir())
    code, _, error = book("backup", "--to", str(tmp_path / "no" / "backup.zip"))
    assert (code, "there is no folder" in error) == (2, True)
    assert set(tmp_path.iterdir()) == before


def test_a_backup_without_room_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    """The shell lets no file grow beyond 100 blocks, as a disk that is full would not."""
    place, target = str(tmp_path / "a.db"), tmp_path / "backup.zip"
    assert run("book", "init", "--book", place)[0] == 0
    before = {path.name for path in tmp_path.iterdir()}
    command = [sys.executable, "-m", "gongji", "book", "backup", "--book", place, "--lang", "en"]
    shell = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh", *command, "--to", str(target)]
    ended = subprocess.run(shell, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert "check the disk and the permissions" in ended.stderr
    assert str(target) in ended.stderr
    assert ".backup.zip-" not in ended.stderr  # the folder in which it was being written
    assert "Traceback" not in ended.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {*before, "a.db-shm", "a.db-wal"}


def damaged(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 0xFF
    file.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:3000]), "is no backup"),
        (lambda file: file.write_bytes(b""), "is no backup"),
        (lambda file: file.unlink(), "is no backup"),
        (lambda file: damaged(file, 4000), "is damaged"),
        (lambda file: rewritten(file, "sha256", "0" * 64), "is damaged"),
        (lambda file: rewritten(file, "bytes", 4096), "is damaged"),
        (lambda file: rewritten(file, "form", 2), "newer program"),
    ],
)
def test_what_is_no_whole_backup_restores_nothing(
    harm: Callable[[Path], object], told: str, book: Book, tmp_path: Path
) -> None:
    file, target = tmp_path / "backup.zip", tmp_path / "again.db"
    book("backup", "--to", str(file))
    harm(file)
    code, _, error = book("restore", "--from", str(file), at=str(target))
    assert (code, told in error, target.exists()) == (2, True, False)


def rewritten(file: Path, name: str, value: object) -> None:
    with zipfile.ZipFile(file) as packed:
        data, manifest = packed.read("book.db"), json.loads(packed.read("manifest.json"))
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("book.db", data)
        packed.writestr("manifest.json", json.dumps({**manifest, name: value}))


def test_a_restore_wants_an_empty_place_and_the_right_key(
    book: Book, city: Path, address: str, tmp_path: Path
) -> None:
    book("load", str(city))
    file, target = tmp_path / "backup.zip", tmp_path / "again.db"
    book("backup", "--to", str(file))
    code, _, error = book("restore", "--from", str(file))
    assert (code, "overwrites nothing" in error) == (2, True)
    assert count(address, "person") == 1
    run("book", "init", "--book", str(tmp_path / "other.db"))
    words = ("book", "restore", "--from", str(file), "--book", str(target), "--lang", "en")
    code, _, error = run(*words, "--key", str(tmp_path / "other.db.key"))
    assert (code, "does not belong to this book" in error) == (2, True)
    code, _, error = run(*words, "--key", str(tmp_path / "gone.key"))
    assert (code, "cannot be read" in error) == (2, True)
    assert not target.exists()


# --- bad input -----------------------------------------------------------------------------------

ROW = f"{PERSON},张三,changzhou/employee,2024-01-01,E1,active"


@pytest.mark.parametrize(
    ("table", "old", "new", "told"),
    [
        ("persons", PERSON, PERSON[:-1] + "0", "row 2, column “identity”"),
        ("persons", PERSON, PERSON[:-3], "expected 18 characters"),
        ("persons", "张三", "", "row 2, column “name”: it is not filled in"),
        ("persons", "2024-01-01", "2024-02-30", "row 2, column “since”"),
        ("persons", "2024-01-01", "1979-12-31", "row 2"),
        ("persons", "active", "activ", "row 2, column “category”"),
        ("persons", "category\n", "catgory\n", "catgory"),
        ("persons", "E1", "E9", "there is no employer with the code E9"),
        ("persons", "changzhou/employee", "changzhou/employees", "there is no scheme"),
        ("persons", "scheme", "sceme", "the column scheme is missing"),
        ("persons", ROW, f"{ROW}\n{ROW[:30]}", "3 columns, expected 6"),
        ("persons", ROW, f"{ROW}\n{ROW.replace('张三', '李四')}", "under another name"),
        ("persons", ROW, f'{ROW}\n"{ROW}', "stops making sense in row 3"),
        ("persons", ",category\n", ",name\n", "there are two columns name"),
        ("persons", "name,", ",", "the column name is missing"),
        ("persons", "张三", "张\0三", "what is no text"),
        ("persons", "active\n", "active,2010-01-10,2023-12,168\n", "columns, expected"),
        ("institutions", "tier_3", "tier_9", "row 2, column “tier”"),
        ("institutions", "provider,", "provder,", "provder"),
        ("institutions", "H1", "H 1", "expected 1 to 32 letters"),
        ("institutions", "320400", "320500", "there is no area with the code 320500"),
        ("employers", "employer", "boss", "expected employer or school"),
        (
            "employers",
            "E1,320400",
            "E2,320400,employer,一厂\nE1,320400",
            "column “name”: 一厂 is there already",
        ),
        ("schemes", "employee", "emplyee", "row 2"),
        ("areas", "320400", "3204", "no division code"),
        (
            "areas",
            "en\n320400,常州市,Changzhou",
            "en,more\n320400,常州市,Changzhou,x",
            "“more” is no column",
        ),
    ],
)
def test_what_is_wrong_in_a_table_is_named_and_nothing_is_loaded(
    table: str, old: str, new: str, told: str, book: Book, city: Path, address: str
) -> None:
    file = city / f"{table}.csv"
    changed = file.read_text(encoding="utf-8").replace(old, new)
    assert changed != file.read_text(encoding="utf-8")
    file.write_text(changed, encoding="utf-8")
    code, out, error = book("load", str(city))
    assert (code, out, told in error) == (2, "", True), error
    assert [count(address, one) for one in ("act", "area", "person")] == [0, 0, 0]


def test_several_problems_are_told_at_once(book: Book, city: Path) -> None:
    rows = [f"{PERSON[:-1]}{'0' if PERSON[-1] != '0' else '1'},甲,changzhou/employee,2024,,active"]
    (city / "persons.csv").write_text(
        TABLES["persons"] + "\n".join(rows * 12) + "\n", encoding="utf-8"
    )
    _, _, error = book("load", str(city))
    told = error.splitlines()
    assert [line.partition(",")[0] for line in told[1:]] == [
        f"persons.csv row {number}" for number in range(3, 15)
    ]


def test_a_load_changes_nothing_that_is_there(book: Book, city: Path) -> None:
    book("load", str(city))
    for table, old, new in (
        ("areas", "Changzhou", "Chang Zhou"),
        ("institutions", "tier_3", "tier_2"),
        ("employers", "一厂", "二厂"),
        ("persons", "active", "retired"),
    ):
        file = city / f"{table}.csv"
        file.write_text(TABLES[table].replace(old, new), encoding="utf-8")
        code, _, error = book("load", str(file))
        assert (code, f"{table}.csv row 2" in error) == (2, True), error


def test_a_number_that_a_spreadsheet_has_cut_is_not_taken(book: Book, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["identity", "name", "scheme", "since", "category"])
    sheet.append([320402198001010000, "张三", "changzhou/employee", "2024-01-01", "active"])
    file = tmp_path / "persons.xlsx"
    workbook.save(file)
    code, _, error = book("load", str(file))
    assert (code, "in row 2 a number of more than 15 digits" in error) == (2, True)
    file.write_bytes(b"PK\x03\x04 no workbook")
    code, _, error = book("load", str(file))
    assert (code, "no sound XLSX file" in error) == (2, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["verify"], "--book is missing"),
        (["verify", "--book", "nowhere.db"], "there is no book nowhere.db"),
        (["verify", "--book", "mysql://x/y", "--key", "k"], "no address of a database"),
        (["verify", "--book", "postgresql://localhost:1/x"], "--key is missing"),
        (["verify", "--book", "text.db"], "file is not a database"),
        (["migrate", "--book", "empty.db"], "there is no book here"),
        (["init", "--book", "no/such/book.db"], "there is no folder"),
        (["init", "--book", "text.db"], "does not open"),
        (["init", "--book", "new.db", "--key", "text.db"], "is not overwritten"),
        (["backup", "--book", "empty.db"], "--to is missing"),
        (["restore", "--book", "new.db"], "--from is missing"),
        (["load", "--book", "new.db"], "name the files to load"),
        (["verify", "--book", "empty.db"], "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.db").write_text("this is text\n" * 100)
    Path("text.db.key").write_text("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=\n")
    Path("empty.db").touch()
    before = sorted(tmp_path.iterdir())
    if words[:1] == ["init"] and "text.db" in words[2]:
        Path("text.db.key").unlink()
        before.remove(tmp_path / "text.db.key")
    code, out, error = run("book", *words, "--lang", "en")
    assert (code, out, told in error, len(error.splitlines())) == (2, "", True, 1), error
    assert sorted(tmp_path.iterdir()) == before


def test_init_makes_what_only_its_owner_reads_and_nothing_twice(tmp_path: Path) -> None:
    file = tmp_path / "book.db"
    assert run("book", "init", "--book", str(file))[0] == 0
    assert [one.stat().st_mode & 0o777 for one in sorted(tmp_path.iterdir())] == [0o600, 0o600]
    (tmp_path / "book.db.key").rename(tmp_path / "kept.key")
    code, _, error = run("book", "init", "--book", str(file), "--lang", "en")
    assert (code, "there is a book already" in error) == (2, True)
    assert not (tmp_path / "book.db.key").exists()


def test_a_book_is_migrated_and_one_of_a_newer_program_is_not(book: Book, address: str) -> None:
    assert book("migrate")[:2] == (0, "the book is at 0001 already\n")
    store = Store(address)
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    for command in ("migrate", "verify"):
        code, _, error = book(command)
        assert (code, "open it with a newer one" in error) == (2, True)


def test_verify_names_the_first_difference_with_status_1(
    book: Book, city: Path, address: str
) -> None:
    book("load", str(city))
    store = Store(address)
    with store.writing() as connection:
        connection.execute(text("UPDATE act SET service = 'other'"))
    store.close()
    code, out, _ = book("verify")
    assert (code, out.splitlines()[-1]) == (1, "act 1: it is not as it was written")
    code, out, _ = book("verify", "--json")
    assert json.loads(out)["difference"]["en"] == "act 1: it is not as it was written"


def test_another_key_opens_nothing(book: Book, city: Path, address: str, tmp_path: Path) -> None:
    book("load", str(city))
    run("book", "init", "--book", str(tmp_path / "other.db"))
    key = str(tmp_path / "other.db.key")
    code, _, error = run("book", "verify", "--book", address, "--key", key, "--lang", "en")
    assert (code, "does not belong to this book" in error) == (2, True)


def test_what_the_page_says_is_done(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables are loaded, its commands run in their order."""
    page = (Path(__file__).parent.parent / "docs" / "book.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("city").mkdir()
    tables = re.findall(r"`(\w+\.csv)`[^\n]*\n```csv\n(.*?)```", page, re.DOTALL)
    assert {name.removesuffix(".csv") for name, _ in tables} == set(TABLES)
    for name, rows in tables:
        (Path("city") / name).write_text(rows, encoding="utf-8")
    monkeypatch.setenv("GONGJI_BOOK", "book.db")
    lines = re.findall(r"^gongji (book .*)$", page, re.MULTILINE)
    assert {line.split()[1] for line in lines} == {
        "init", "migrate", "load", "verify", "backup", "restore",
    }  # fmt: skip
    for line in lines:
        words = line.replace("postgresql://gongji@localhost/gongji", database_of(server)).split()
        code, _, error = run(*words)
        assert (code, error) == (0, ""), (line, error)
    assert count("again.db", "person") == 1
