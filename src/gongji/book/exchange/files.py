"""Files that institutions send, or that are there for them to fetch: encrypted, for some days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from gongji.book.acts import Act
from gongji.book.known import standing
from gongji.book.schema.acts import ACT
from gongji.book.schema.exchange import EXCHANGE_FILE
from gongji.book.sealed import Seal
from gongji.wording import Bilingual, Refused, shortened

__all__ = ["DAYS_KEPT", "LONGEST_NAME", "MOST_BYTES", "FileThere", "file_with", "keep_file"]

MOST_BYTES = 15 * 2**20
"""The most bytes of a file: 15 MB, which with its message fits into one request."""

LONGEST_NAME = 200
"""The most characters of a file's name."""

DAYS_KEPT = 30
"""How many days after the one on which it came a file can be fetched."""


class FileThere(NamedTuple):
    """A file that can be fetched, `until` a day, by its number and its name."""

    number: int
    name: str
    until: date


def keep_file(act: Act, institution: str, name: str, data: bytes) -> FileThere:
    """Keep a file of an institution.

    Raises `Refused`: `bad_file_name`, `empty_file`, `file_too_large`.
    """
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or set(name) & set("/\\:"):
        raise Refused(
            "bad_file_name",
            Bilingual(f"文件名“{shortened(name)}”不能用：至多 {LONGEST_NAME} 个字，不带路径",
                      f"“{shortened(name)}” cannot name a file: at most {LONGEST_NAME} characters, "
                      "without folders"),
            {"field": "filename"},
        )  # fmt: skip
    if not data:
        raise Refused(
            "empty_file",
            Bilingual(f"文件 {name} 是空的", f"the file {name} is empty"),
            {"field": "in"},
        )
    if len(data) > MOST_BYTES:
        raise Refused(
            "file_too_large",
            Bilingual(
                f"文件 {name} 有 {len(data)} 字节，超过 {MOST_BYTES} 字节（15 MB）；请分开上传",
                f"the file {name} has {len(data)} bytes, more than {MOST_BYTES} (15 MB); send it "
                "in parts",
            ),
            {"field": "in"},
        )
    row = act.connection.execute(
        insert(EXCHANGE_FILE).values(
            institution=institution, name=name, sealed=act.seal.sealed_bytes(data), act=act.number
        )
    )
    assert row.inserted_primary_key is not None
    return FileThere(int(row.inserted_primary_key[0]), name, _until(act.asked.day))


def file_with(
    connection: Connection, seal: Seal, number: int, institution: str, day: date
) -> tuple[str, bytes]:
    """The name and the bytes of an institution's file.

    Raises `Refused`: `unknown_file`, also where it is another's, and `file_gone` after its days.
    """
    row = connection.execute(
        select(EXCHANGE_FILE.c.name, EXCHANGE_FILE.c.sealed, ACT.c.day)
        .join(ACT, ACT.c.id == EXCHANGE_FILE.c.act)
        .where(
            (EXCHANGE_FILE.c.id == number)
            & (EXCHANGE_FILE.c.institution == institution)
            & standing(EXCHANGE_FILE)
        )
    ).one_or_none()
    if row is None:
        raise Refused(
            "unknown_file",
            Bilingual(f"本机构没有编号为 {number} 的文件",
                      f"there is no file {number} of this institution"),
            {"field": "file_qury_no"},
        )  # fmt: skip
    until = _until(row.day)
    if day > until:
        raise Refused(
            "file_gone",
            Bilingual(f"文件 {row.name} 只能下载到 {until}，请重新生成或上传",
                      f"the file {row.name} could be fetched until {until}; make or send it again"),
            {"field": "file_qury_no"},
        )  # fmt: skip
    return row.name, seal.opened_bytes(row.sealed)


def _until(day: date) -> date:
    return day + timedelta(days=DAYS_KEPT)
