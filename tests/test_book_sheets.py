"""Tables that people send: CSV and XLSX as spreadsheets write them, and what is wrong with them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gongji.book.sheets import (
    Column,
    NotSo,
    Problem,
    day_of,
    decimal_of,
    read_sheet,
    refuse,
    rows_of,
    sheet_at,
    yes_or_no,
)
from gongji.wording import Bilingual, Refused

COLUMNS: list[Column[Any]] = [
    Column("code", "编码", str),
    Column("price", "单价", lambda text: decimal_of(text, 2)),
    Column("note", "备注", str, "-", needed=False),
]


def refusal(work: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value


def xlsx(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"code,price\nA,1.5\nB,2\n",
        "\ufeff编码,单价\nA,1.5\nB,2".encode(),
        "编码,单价\r\nA,1.5\r\nB,2\r\n".encode("gb18030"),
        "编码\t单价\nA\t1.5\nB\t2\n".encode(),
        "Code;PRICE\n\n A ; 1.50 \n;\nB;２\n".encode(),
        b'"code","price"\n"A","1.5"\n"B","2"\n',
        xlsx(["code", "price"], ["A", 1.5], [None, None], ["B", 2]),
        xlsx(["price", "code", "备注"], ["1.50", "A"], [2, "B", " "]),
    ],
)
def test_tables_as_spreadsheets_write_them(data: bytes) -> None:
    problems: list[Problem] = []
    rows = [row for _, row in rows_of(read_sheet("t", data), COLUMNS, problems)]
    assert problems == []
    assert rows == [
        {"code": "A", "price": 150, "note": "-"}, {"code": "B", "price": 200, "note": "-"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        ("编码,单价\nA,1".encode("utf-16"), "UTF-16"),
        (b"code,price\nA,\xff\xff", "neither in UTF-8 nor in GB18030"),
        (b"code,price\nA,1\nB\n", "row 3: 1 columns, expected 2"),
        (b"code,price\nA,1,5\n", "row 2: 3 columns, expected 2"),
        (b'code,price\nA,1\n"B,2\n', "stops making sense"),
        (b"code,price\nA,1\nB,", "row 3 price: is empty"),
        (b"code\nA", "lacks the columns price"),
        (b"code,price,code\nA,1,B", "two columns code"),
        (b"code,prise\nA,1", "did you mean price?"),
        (b"code,price\nA,\n,2\nC,x", "3 problems"),
        (b"PK\x03\x04nonsense", "no sound XLSX"),
        (xlsx(["code", "price"], ["A", "=1/0"]), "row 2 price: is empty"),  # never worked out
        (xlsx(["code", "price"], ["A", 1, "more"]), "row 2: 3 columns, expected 2"),
        (xlsx(["code", "price"], ["A", 0.125]), "0.125"),
    ],
)
def test_tables_that_are_none_or_wrong(data: bytes, told: str) -> None:
    def read() -> None:
        problems: list[Problem] = []
        list(rows_of(read_sheet("t.csv", data), COLUMNS, problems))
        if problems:
            raise refuse("t.csv", problems)

    refused = refusal(read)
    assert refused.kind == "bad_file"
    assert told in refused.message.en
    assert "t.csv" in refused.message.zh


def test_an_archive_without_sheets_is_no_table() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("a.txt", "a")
    assert refusal(lambda: read_sheet("t.xlsx", file.getvalue())).kind == "bad_file"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(lambda: sheet_at(tmp_path / "t.csv")).message.en


def test_twenty_problems_are_told_by_row_and_column() -> None:
    text = "code,price\n" + "".join(f"A{number},x\n" for number in range(25))
    problems: list[Problem] = []
    assert list(rows_of(read_sheet("t", text.encode()), COLUMNS, problems)) == []
    refused = refuse("t", problems)
    assert refused.message.en.startswith("t has 25 problems")
    assert "row 21 price" in refused.message.en
    assert "row 22" not in refused.message.en
    assert len(refused.details["problems"]) == 20


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-05", date(2024, 3, 5)),
        ("2024/3/5", date(2024, 3, 5)),
        ("２０２４-03-05", date(2024, 3, 5)),
        (datetime(2024, 3, 5).isoformat(), date(2024, 3, 5)),  # noqa: DTZ001
        ("2024-02-30", None),
        ("2024-3/5", None),
        ("05.03.2024", None),
        ("20240305", None),
        ("", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    if day is not None:
        assert day_of(text) == day
        return
    with pytest.raises(NotSo):
        day_of(text)


@pytest.mark.parametrize(
    ("text", "signed", "value"),
    [
        ("1.5", False, 15000), ("１．５", False, 15000), ("0", False, 0), ("007", False, 70000),
        ("1.50000", False, 15000), ("+1", True, 10000), ("-0.0001", True, -1),
        ("-1", False, None), ("1.00005", False, None), ("1e5", True, None), (".5", True, None),
        ("1,000", True, None), ("1234567890123", True, None), ("٣", True, None), ("", True, None),
    ],
)  # fmt: skip
def test_decimals(text: str, signed: bool, value: int | None) -> None:
    if value is not None:
        assert decimal_of(text, 4, signed=signed) == value
        return
    with pytest.raises(NotSo):
        decimal_of(text, 4, signed=signed)


def test_yes_and_no() -> None:
    assert [yes_or_no(word) for word in ("是", "YES", "1", "否", "no", "0")] == [True] * 3 + [
        False
    ] * 3
    with pytest.raises(NotSo):
        yes_or_no("maybe")


def test_without_the_reader_of_xlsx_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    refused = refusal(lambda: read_sheet("t.xlsx", b"PK\x03\x04"))
    assert refused.kind == "no_xlsx"
    assert refused.message == Bilingual(
        "t.xlsx：读 XLSX 需要安装 gongji[xlsx]，或另存为 CSV UTF-8",
        "t.xlsx: to read XLSX install gongji[xlsx], or save it as CSV UTF-8",
    )
