"""Lines of a bill by the codes of the catalogue: uploaded, returned, withdrawn.

What an institution sent is kept beside the line of the bill that the engine reads.  A return is
taken off the line of what is returned: that line is written anew with what is left of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, insert, or_, update

from gongji.book.acts import Act, canonical
from gongji.book.care.visits import add_lines, check_line, unsettled, withdraw_lines
from gongji.book.catalogue.kept_lines import KeptLine, left_of, lines_of, said_of
from gongji.book.catalogue.pricing import CodedLine, priced, pricing_of, read_line
from gongji.book.catalogue.returns import check_total, returned
from gongji.book.schema.catalogue import CODED_LINE
from gongji.book.schema.visits import FEE_LINE
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = ["add_items", "withdraw_items"]


def add_items(act: Act, library: Library, visit: int, lines: Sequence[CodedLine]) -> list[KeptLine]:
    """Upload lines by code, all of them or none.  Gives them as they are kept.

    Raises `Refused` for the first that is not as it should be, with its place: `unknown_visit`,
    `settled_already`, `no_lines`, `line_there`, `outside_stay`, `total_differs`,
    `nothing_to_return`, `return_exceeds`, and what `pricing` and `visits.add_lines` refuse.
    """
    row = unsettled(act, visit)
    pricing = pricing_of(act.connection, library, row)
    sent = [read_line(line, _at(index)) for index, line in enumerate(lines)]
    new = [
        (line, _at(index))
        for index, (line, its) in enumerate(zip(lines, sent, strict=True))
        if its.quantity > 0
    ]
    pricing.look_up(new)
    kept = {one.serial: one for one in lines_of(act.connection, visit)}
    made: list[KeptLine] = []
    for index, (line, its) in enumerate(zip(lines, sent, strict=True)):
        where = _at(index)
        _check_place(row, kept, line, where)
        if its.quantity > 0:
            worked = priced(pricing, line, its, where)
            check_total(line, its, {worked.amounts.total}, where)
            one = KeptLine(
                line.serial, 0, None, line.day, line.own, its.quantity, its.price, worked
            )
        else:
            one = returned(kept, line, its, where)
        kept[one.serial] = one
        made.append(one)
    said = [said_of(one.worked, one.quantity) for one in made if one.returned is None]
    numbers = iter(add_lines(act, library, visit, said) if said or not lines else [])
    for place, one in enumerate(made):
        line_number = kept[one.returned].line if one.returned else next(numbers)
        made[place] = kept[one.serial] = one._replace(line=line_number)
    act.connection.execute(insert(CODED_LINE), [_row(act, visit, one) for one in made])
    touched = {one.line for one in made if one.returned}
    _write_anew(act, pricing.policy, row, touched, kept.values())
    return made


def withdraw_items(act: Act, library: Library, visit: int, serials: Sequence[str]) -> None:
    """Take lines back before the visit is settled; without serials all of them.

    With a line goes what was returned of it; a return that is taken back is on the bill again.
    Raises `Refused` (`unknown_visit`, `settled_already`, `unknown_line`).
    """
    row = unsettled(act, visit)
    if not serials:
        withdraw_lines(act, visit, [])
        return
    kept = {one.serial: one for one in lines_of(act.connection, visit)}
    for serial in serials:
        if serial not in kept:
            raise Refused(
                "unknown_line",
                Bilingual(f"就诊 {visit} 没有流水号为 {serial} 的明细，或已撤回",
                          f"visit {visit} has no line {serial}, or it is withdrawn"),
                {"field": "serials"},
            )  # fmt: skip
    whole = {kept[serial].line for serial in serials if kept[serial].returned is None}
    returns = [serial for serial in serials if kept[serial].line not in whole]
    gone = or_(CODED_LINE.c.line.in_(whole), CODED_LINE.c.serial.in_(returns))
    act.connection.execute(
        update(CODED_LINE)
        .where((CODED_LINE.c.visit == visit) & CODED_LINE.c.ended.is_(None) & gone)
        .values(ended=act.number)
    )
    _end_lines(act, visit, whole)
    pricing = pricing_of(act.connection, library, row)
    left = lines_of(act.connection, visit)
    _write_anew(act, pricing.policy, row, {kept[serial].line for serial in returns}, left)


# --- one line ------------------------------------------------------------------------------------


def _at(index: int) -> str:
    return f"lines[{index + 1}]"


def _check_place(
    visit: Row[Any], kept: Mapping[str, KeptLine], line: CodedLine, where: str
) -> None:
    """A serial is there once, and a line lies within the stay."""
    if line.serial in kept:
        raise Refused(
            "line_there",
            Bilingual(f"{where}.serial：流水号 {line.serial} 已经上传过；要改先撤回",
                      f"{where}.serial: the line {line.serial} is there already; withdraw it to "
                      "change it"),
            {"field": f"{where}.serial"},
        )  # fmt: skip
    if not visit.since <= line.day <= visit.day:
        raise Refused(
            "outside_stay",
            Bilingual(f"{where}.day：{line.day} 不在就诊期间 {visit.since} 至 {visit.day} 之内",
                      f"{where}.day: {line.day} is not within the visit, from {visit.since} to "
                      f"{visit.day}"),
            {"field": f"{where}.day"},
        )  # fmt: skip


# --- the bill ------------------------------------------------------------------------------------


def _write_anew(
    act: Act, policy: Policy, visit: Row[Any], numbers: set[int], kept: Iterable[KeptLine]
) -> None:
    """Write lines of the bill anew with what is left of them; of nothing no line is left."""
    if not numbers:
        return
    _end_lines(act, visit.id, numbers)
    every = {one.serial: one for one in kept}
    rows = []
    for first in every.values():
        if first.returned is not None or first.line not in numbers:
            continue
        quantity, amounts = left_of(every, first)
        if quantity:
            said = said_of(first.worked._replace(amounts=amounts), quantity)
            check_line(policy, visit.day, said, first.serial)
            rows.append({
                "visit": visit.id, "number": first.line, "said": canonical(said),
                "act": act.number,
            })  # fmt: skip
    if rows:
        act.connection.execute(insert(FEE_LINE), rows)


def _end_lines(act: Act, visit: int, numbers: set[int]) -> None:
    act.connection.execute(
        update(FEE_LINE)
        .where(
            (FEE_LINE.c.visit == visit)
            & FEE_LINE.c.number.in_(numbers)
            & FEE_LINE.c.ended.is_(None)
        )
        .values(ended=act.number)
    )


def _row(act: Act, visit: int, one: KeptLine) -> dict[str, Any]:
    worked = one.worked
    fen = {f"{name}_fen": amount for name, amount in worked.amounts._asdict().items()}
    return {
        "visit": visit, "serial": one.serial, "line": one.line, "returned": one.returned,
        "day": one.day, "item": worked.item, "own": one.own, "quantity": one.quantity,
        "price": one.price, "item_class": worked.item_class, "cap": worked.cap,
        "rate": worked.rate, "facts": canonical(worked.facts),
        "total_fen": worked.amounts.total, **fen, "act": act.number,
    }  # fmt: skip
