"""Lines of a case as institutions send them, kept until their batch is settled or withdrawn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from gongji.book.acts import Act, Json, canonical
from gongji.book.catalogue.pricing import CodedLine
from gongji.book.known import standing
from gongji.book.schema.exchange import CASE_LINE
from gongji.wording import Bilingual, Refused

__all__ = ["CaseLine", "end_lines", "keep_lines", "lines_of_case"]


class CaseLine(NamedTuple):
    """A line of a batch: as it was sent, and what was answered to it."""

    serial: str
    batch: str
    day: date
    said: Json
    worked: Json

    @property
    def coded(self) -> CodedLine:
        """The line as the catalogue takes it."""
        said: Mapping[str, object] = self.said["coded"]
        return CodedLine(**{**said, "day": self.day})  # type: ignore[arg-type]


def keep_lines(act: Act, case: int, lines: Iterable[CaseLine]) -> None:
    """Keep lines.  Raises `Refused` (`line_there`) where a serial is there already."""
    new = list(lines)
    there = {one.serial for one in lines_of_case(act.connection, case)}
    for one in new:
        if one.serial in there:
            raise Refused(
                "line_there",
                Bilingual(f"明细流水号 {one.serial} 已经上传过；要改先撤销",
                          f"the line {one.serial} is there already; withdraw it to change it"),
                {"field": "feedetl_sn"},
            )  # fmt: skip
        there.add(one.serial)
    rows = [
        {
            **one._asdict(), "said": canonical(one.said), "worked": canonical(one.worked),
            "case": case, "act": act.number,
        }
        for one in new
    ]  # fmt: skip
    if rows:
        act.connection.execute(insert(CASE_LINE), rows)


def lines_of_case(
    connection: Connection, case: int, batch: str | None = None
) -> Sequence[CaseLine]:
    """The lines of a case that stand, or those of one batch, in the order of their coming."""
    wanted = select(CASE_LINE).where((CASE_LINE.c.case == case) & standing(CASE_LINE))
    if batch is not None:
        wanted = wanted.where(CASE_LINE.c.batch == batch)
    return [
        CaseLine(row.serial, row.batch, row.day, json.loads(row.said), json.loads(row.worked))
        for row in connection.execute(wanted.order_by(CASE_LINE.c.id))
    ]


def end_lines(act: Act, case: int, serials: Iterable[str]) -> None:
    """Withdraw lines by their serials."""
    act.connection.execute(
        update(CASE_LINE)
        .where(
            (CASE_LINE.c.case == case) & standing(CASE_LINE) & CASE_LINE.c.serial.in_(list(serials))
        )
        .values(ended=act.number)
    )
