"""Tables that people send: CSV as spreadsheets write it, or XLSX; every cell as text.

A sheet is read whole.  What is wrong with its rows is gathered as problems, each with its row and
its column, and told together; a row is counted as a spreadsheet shows it, the head line being 1.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from math import trunc
from numbers import Real
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from gongji.wording import Bilingual, Refused, listed, nearest, shortened

__all__ = [
    "MOST_TOLD", "Column", "NotSo", "Problem", "Sheet", "day_of", "decimal_of", "read_sheet",
    "refuse", "rows_of", "sheet_at", "yes_or_no",
]  # fmt: skip

MOST_TOLD = 20
"""How many problems of a sheet are told."""

_MOST_ROWS = 2_000_000
_MOST_UNPACKED_BYTES = 1 << 30
_MOST_DIGITS = 15
"""What a spreadsheet keeps of a whole number; the digits after it have become 0."""

_DAY = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[ T]00:00(?::00(?:\.0+)?)?)?", re.ASCII)
_SEPARATORS = (",", "\t", ";", "|")

T = TypeVar("T")


class Sheet(NamedTuple):
    """A table: its name, its head line, its rows with their numbers."""

    name: str
    head: Sequence[str]
    rows: Sequence[tuple[int, Sequence[str]]]


class Problem(NamedTuple):
    """What is wrong in a row, and in which column."""

    row: int
    column: str
    what: Bilingual


class NotSo(ValueError):
    """A cell that is not what its column holds."""

    def __init__(self, what: Bilingual) -> None:
        super().__init__(what.en)
        self.what = what


class Column(NamedTuple, Generic[T]):
    """A column: its names, how a cell is read (which raises `NotSo`), and what an empty one means.

    Without `empty` the column has to be there, and every cell of it.
    """

    name: str
    zh: str
    read: Callable[[str], T]
    empty: T | None = None
    needed: bool = True


def sheet_at(path: Path) -> Sheet:
    """The table in a file.  Raises `Refused` (`bad_file`)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        what = error.strerror or type(error).__name__
        raise _bad(path.name, Bilingual(f"读不了：{what}", f"cannot be read: {what}")) from None
    return read_sheet(path.name, data)


def read_sheet(name: str, data: bytes) -> Sheet:
    """The table that the bytes of a file hold: XLSX (its first sheet), or CSV, TSV, TXT with tabs.

    Raises `Refused`: `bad_file` where it is no table, `no_xlsx` where the reader is not installed.
    """
    lines = _xlsx_lines(name, data) if data.startswith(b"PK\x03\x04") else _csv_lines(name, data)
    head: list[str] = []
    rows: list[tuple[int, Sequence[str]]] = []
    problems: list[Problem] = []
    for number, cells in lines:
        if not any(cells):
            continue
        if not head:
            head = cells
            continue
        if len(cells) != len(head):
            problems.append(_ragged(number, len(cells), len(head)))
        rows.append((number, cells))
        if len(rows) > _MOST_ROWS:
            raise _bad(name, Bilingual(f"超过 {_MOST_ROWS} 行，请分成几个文件",
                                       f"has more than {_MOST_ROWS} rows; part it"))  # fmt: skip
    if not head:
        raise _bad(name, Bilingual("是空的，第一行应为列名", "is empty; expected a head line"))
    if problems:
        raise refuse(name, problems)
    return Sheet(name, head, rows)


def rows_of(
    sheet: Sheet, columns: Sequence[Column[Any]], problems: list[Problem]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a sheet, read; those that are not as they should be are added to `problems`.

    Raises `Refused` (`bad_file`) for columns that are unknown, missing, or there twice.
    """
    places = _places(sheet, columns)
    for number, cells in sheet.rows:
        row: dict[str, Any] = {}
        for column in columns:
            place = places.get(column.name)
            text = "" if place is None else cells[place].strip()
            if not text and column.needed:
                problems.append(Problem(number, column.name, Bilingual("没有填", "is empty")))
            elif not text:
                row[column.name] = column.empty
            else:
                try:
                    row[column.name] = column.read(text)
                except NotSo as error:
                    problems.append(Problem(number, column.name, error.what))
        if len(row) == len(columns):
            yield number, row


def refuse(name: str, problems: Sequence[Problem]) -> Refused:
    """The refusal of a sheet as a whole, with its first problems by row and column."""
    told = sorted(problems, key=lambda one: one.row)[:MOST_TOLD]
    zh = "；".join(f"第 {one.row} 行{one.column}：{one.what.zh}" for one in told)
    english = [f"{f'row {one.row} {one.column}'.strip()}: {one.what.en}" for one in told]
    en = "; ".join(english)
    more = Bilingual("", "")
    if len(problems) > MOST_TOLD:
        more = Bilingual(f"；只列出前 {MOST_TOLD} 处", f"; the first {MOST_TOLD} are told")
    count = len(problems)
    return Refused(
        "bad_file",
        Bilingual(
            f"{name} 有 {count} 处问题，整个文件没有载入，改正后再送：{zh}",
            f"{name} has {count} problem{'s' if count > 1 else ''} and none of it was taken; mend "
            f"it and send it again: {en}",
        )
        + more,
        {"field": name, "problems": english},
    )


# --- cells ---------------------------------------------------------------------------------------


def day_of(text: str) -> date:
    """A day as people and spreadsheets write it: 2024-03-05 or 2024/3/5."""
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    try:
        if found:
            return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        pass
    raise NotSo(
        Bilingual(f"“{shortened(text)}”不是日期，应为 2024-03-05 这样的写法",
                  f"“{shortened(text)}” is no day; expected one such as 2024-03-05")
    )  # fmt: skip


def decimal_of(text: str, places: int, *, signed: bool = False) -> int:
    """A decimal number as a whole number of its last place: `1.5` with four places is 15000."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(rf"([+-]?)(\d{{1,12}})(?:\.(\d{{1,{places}}})0*)?", plain, re.ASCII)
    if found is None or (found[1] and not signed):
        least = Bilingual("", "") if signed else Bilingual("不小于 0、", "not negative, with ")
        raise NotSo(
            Bilingual(f"“{shortened(text)}”不是{least.zh}至多 {places} 位小数的数",
                      f"“{shortened(text)}” is no number, {least.en}at most {places} decimals")
        )  # fmt: skip
    whole: int = int(found[2]) * 10**places + int((found[3] or "").ljust(places, "0"))
    return -whole if found[1] == "-" else whole


def yes_or_no(text: str) -> bool:
    """Yes or no, in either language, or 1 and 0."""
    words = {"yes": True, "是": True, "1": True, "no": False, "否": False, "0": False}
    if text.lower() not in words:
        raise NotSo(
            Bilingual(
                f"“{shortened(text)}”应为 是 或 否", f"“{shortened(text)}”: expected yes or no"
            )
        )
    return words[text.lower()]


# --- files ---------------------------------------------------------------------------------------


def _csv_lines(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in data[:4]:
        raise _bad(
            name,
            Bilingual("的编码是 UTF-16，或者不是表格；请另存为 CSV UTF-8（逗号分隔）",
                      "is UTF-16, or no table; save it as CSV UTF-8 (comma delimited)"),
        )  # fmt: skip
    text = _decoded(name, data)
    if "\0" in text:
        raise _bad(
            name,
            Bilingual("里有不是文字的字符；请重新导出", "holds what is no text; export it again"),
        )
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, line in enumerate(lines, start=1):
            yield number, [cell.strip() for cell in line]
    except csv.Error:
        raise _bad(
            name,
            Bilingual(f"第 {number + 1} 行读不通：引号没有成对，或文件没有写完；请重新导出",
                      f"stops making sense in row {number + 1}: quotes that are no pair, or a file "
                      "that was cut off; export it again"),
        ) from None  # fmt: skip


def _decoded(name: str, data: bytes) -> str:
    """UTF-8, or what spreadsheets in China write where it cannot be that."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _bad(
        name,
        Bilingual("的文字既不是 UTF-8 也不是 GB18030；请另存为 CSV UTF-8",
                  "is written neither in UTF-8 nor in GB18030; save it as CSV UTF-8"),
    )  # fmt: skip


def _xlsx_lines(name: str, data: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        import openpyxl
    except ImportError:
        raise Refused(
            "no_xlsx",
            Bilingual(f"{name}：读 XLSX 需要安装 gongji[xlsx]，或另存为 CSV UTF-8",
                      f"{name}: to read XLSX install gongji[xlsx], or save it as CSV UTF-8"),
            {"field": name},
        ) from None  # fmt: skip
    try:
        _check_size(name, data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True)
        width = 0
        for number, row in enumerate(rows, start=1):
            _check_numbers(name, number, row)
            cells = [_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if not width:
                width = len(cells)
            yield number, [*cells, *[""] * (width - len(cells))]
    except Refused:
        raise
    except Exception as error:  # a broken archive breaks in many ways
        raise _bad(
            name,
            Bilingual("不是完好的 XLSX 文件；请用电子表格打开后重新保存",
                      "is no sound XLSX file; open it in a spreadsheet and save it anew"),
        ) from error  # fmt: skip


def _check_size(name: str, data: bytes) -> None:
    """A small archive can unpack to more than the machine holds."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        unpacked = sum(one.file_size for one in packed.infolist())
    if unpacked > _MOST_UNPACKED_BYTES:
        raise _bad(name, Bilingual("太大，请分成几个文件", "is too large; part it"))


def _check_numbers(name: str, number: int, row: Sequence[object]) -> None:
    if any(isinstance(cell, Real) and len(str(trunc(cell))) > _MOST_DIGITS for cell in row):
        raise _bad(
            name,
            Bilingual(
                f"第 {number} 行有超过 15 位的数字，表格软件已把后几位变成 0；"
                "请把那一列设为文本再填",
                f"has in row {number} a number of more than 15 digits, whose last ones a "
                "spreadsheet turns into 0; format that column as text and enter it again",
            ),
        )


def _text(cell: object) -> str:
    """A cell as the spreadsheet shows it; numbers have at most 15 digits there."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == datetime.min.time() else cell).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool | int | str):
        return str(cell).strip()
    return format(cell, ".15g")


# --- columns -------------------------------------------------------------------------------------


def _places(sheet: Sheet, columns: Sequence[Column[Any]]) -> Mapping[str, int]:
    """Where each column stands."""
    names = {alias: one.name for one in columns for alias in (one.name, one.zh)}
    found: dict[str, int] = {}
    for place, head in enumerate(sheet.head):
        name = names.get(head.strip()) or names.get(head.strip().lower())
        if name is None:
            near = nearest(head, names)
            hint = Bilingual(f"；是否指 {near}", f"; did you mean {near}?") if near else None
            unknown = Bilingual(
                f"没有“{shortened(head)}”这一列可填，应为：{listed(_titles(columns))}",
                f"has a column “{shortened(head)}” that is none of: {listed(_titles(columns))}",
            )
            raise _bad(sheet.name, unknown + hint if hint else unknown)
        if name in found:
            raise _bad(sheet.name, Bilingual(f"有两列 {name}", f"has two columns {name}"))
        found[name] = place
    missing = [one for one in columns if one.needed and one.name not in found]
    if missing:
        raise _bad(
            sheet.name,
            Bilingual(f"缺少这些列：{listed(_titles(missing))}",
                      f"lacks the columns {listed(_titles(missing))}"),
        )  # fmt: skip
    return found


def _titles(columns: Iterable[Column[Any]]) -> list[str]:
    return [f"{one.name}（{one.zh}）" for one in columns]


def _ragged(number: int, there: int, wanted: int) -> Problem:
    what = Bilingual(
        f"有 {there} 列，应有 {wanted} 列；值里的逗号要加引号，没有写完的文件请重新导出",
        f"{there} columns, expected {wanted}; a comma inside a value needs quotes around it, and a "
        "file that was cut off is to be exported again",
    )
    return Problem(number, "", what)


def _bad(name: str, what: Bilingual) -> Refused:
    return Refused("bad_file", Bilingual(f"{name} ", f"{name} ") + what, {"field": name})
