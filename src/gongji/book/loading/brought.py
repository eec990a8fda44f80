"""The files of a load: found in folders, read, and brought into a book once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from gongji.book.acts import Act, Asked, Json, canonical
from gongji.book.book import Book
from gongji.book.loading.load import Tell, load
from gongji.book.sheets import Sheet, sheet_at
from gongji.wording import Bilingual, Refused

__all__ = ["Brought", "brought_in", "sheets_in"]


class Brought(NamedTuple):
    """What a load brought in; `now` is false where the same was brought in before."""

    now: bool
    new: Mapping[str, int]
    there: Mapping[str, int]


def sheets_in(paths: Sequence[Path]) -> list[Sheet]:
    """The tables of files and of folders.  Raises `Refused` (`bad_file`, `no_xlsx`)."""
    found = []
    for path in paths:
        files = [path]
        if path.is_dir():
            files = sorted(one for one in path.iterdir() if one.suffix.lower() in (".csv", ".xlsx"))
            if not files:
                raise Refused(
                    "bad_file",
                    Bilingual(f"文件夹 {path} 里没有 .csv 或 .xlsx 文件",
                              f"there is no .csv or .xlsx file in the folder {path}"),
                    {"field": str(path)},
                )  # fmt: skip
        found += [sheet_at(file) for file in files]
    return found


def brought_in(
    book: Book, sheets: Sequence[Sheet], by: str, at: datetime, day: date, tell: Tell
) -> Brought:
    """Bring tables into a book as one act; the same content is brought in once.

    The act keeps the names of the tables, their rows and a keyed hash of what they hold.  Raises
    what `load` refuses.
    """
    content = hashlib.sha256(canonical(sheets).encode()).hexdigest()
    digest = book.seal.hash(content).hex()
    tables = [{"name": sheet.name, "rows": len(sheet.rows)} for sheet in sheets]
    request = {"tables": tables, "content": digest}
    now = False

    def work(act: Act) -> Json:
        nonlocal now
        now = True
        found = load(act, book.library, sheets, tell)
        return {"new": found.new, "there": found.there}

    answer = book.do(Asked("load", request, by, at, day, f"load {digest}"), work)
    return Brought(now, answer["new"], answer["there"])
