"""Files that are the body of a request: a table as CSV or XLSX, taken whole or not at all."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query, Request

from gongji.book.sheets import Sheet, read_sheet

__all__ = ["Upload", "file_body"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SentFile(NamedTuple):
    """A file as it was sent, and what it is called where its rows are told of."""

    name: str
    data: bytes

    def sheet(self) -> Sheet:
        """The table in it.  Raises `Refused` (`bad_file`)."""
        return read_sheet(self.name, self.data)

    @property
    def said(self) -> dict[str, str]:
        """What stands for it in a request: another file under the same key is another request."""
        return {"file": self.name, "sha256": hashlib.sha256(self.data).hexdigest()}


async def _sent(
    request: Request,
    file: Annotated[
        str,
        Query(
            min_length=1, max_length=100, pattern=r"^[^\u0000-\u001f\u007f]*$",
            description="what the file is called, for the words of a refusal",
        ),
    ] = "file",
) -> SentFile:  # fmt: skip
    return SentFile(file, await request.body())


Upload = Annotated[SentFile, Depends(_sent)]
"""The file in the body of a request."""


def file_body(csv: str) -> dict[str, Any]:
    """The description of a body that is a file, with an example as CSV."""
    return {
        "requestBody": {
            "required": True,
            "description": "CSV（UTF-8 或 GB18030）或 XLSX，第一行为列名 · CSV (UTF-8 or GB18030) "
            "or XLSX, the first row names the columns, in English or in Chinese",
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": csv},
                _XLSX: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    }
