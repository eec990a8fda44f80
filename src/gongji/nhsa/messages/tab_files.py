"""Files of the interface: lines of text with columns parted by tabs, alone in a zip.

The text is UTF-8; an empty column says `null`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from gongji.nhsa.messages.refusals import Rejected

__all__ = ["MOST_LINES", "MOST_TEXT", "packed", "unpacked"]

MOST_TEXT = 64 * 2**20
"""The most bytes of the text in a zip."""

MOST_LINES = 200_000
"""The most lines of a file that is read."""

_NULL = "null"
_BROKEN = (
    BadZipFile, zlib.error, struct.error, EOFError, OSError, OverflowError, RuntimeError,
    ValueError,
)  # fmt: skip
"""What reading a broken zip raises; one that is encrypted, or packed oddly, is a RuntimeError."""


def packed(name: str, rows: Iterable[Sequence[object]]) -> bytes:
    """A zip with one text of some rows, whose name ends in `.txt`."""
    text = "".join("\t".join(map(_cell, row)) + "\n" for row in rows)
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        info = ZipInfo(name.removesuffix(".zip") + ".txt")
        info.compress_type = ZIP_DEFLATED
        archive.writestr(info, text.encode())
    return file.getvalue()


def unpacked(data: bytes) -> list[list[str]]:
    """The lines of the one text in a zip, as their columns; `""` where one is empty.

    Raises `Rejected` where it is no zip, holds more than one file or a text that is too large once
    unpacked, or not UTF-8.
    """
    lines = _text(data).split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > MOST_LINES:
        raise Rejected(f"文件有 {len(lines)} 行，超过 {MOST_LINES} 行；请缩短日期范围")
    return [
        ["" if cell.strip() in ("", _NULL, "NULL") else cell for cell in line.split("\t")]
        for line in (one.removesuffix("\r") for one in lines)
    ]


def _text(data: bytes) -> str:
    try:
        with ZipFile(BytesIO(data)) as archive:
            content = _content(archive)
    except _BROKEN:
        raise Rejected("文件不是 ZIP 压缩文件，或已损坏；应为压缩的 TXT（UTF-8）") from None
    if len(content) > MOST_TEXT:
        raise Rejected(f"文件解压后超过 {MOST_TEXT // 2**20} MB；请缩短日期范围")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        raise Rejected(f"文件第 {line} 行：不是 UTF-8 编码") from None


def _content(archive: ZipFile) -> bytes:
    """The bytes of the one file, and never many more than are allowed."""
    inside = [one for one in archive.infolist() if not one.is_dir()]
    if len(inside) != 1:
        raise Rejected(f"压缩文件里应只有一个 TXT 文件，却有 {len(inside)} 个")
    (info,) = inside
    if info.flag_bits & 1:
        raise Rejected("压缩文件有密码，不能读取")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Rejected("压缩文件的压缩方式不能读取；请用普通 ZIP（deflate）")
    with archive.open(info) as file:
        return file.read(MOST_TEXT + 1)


def _cell(value: object) -> str:
    if value is None or value == "":
        return _NULL
    return " ".join(str(value).split()) or _NULL
