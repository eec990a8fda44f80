"""Returns: what is taken off an earlier line of the same visit, at its price, cap and rate."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from gongji.book.catalogue.amounts import QUANTITY_PLACES, Amounts, cost_fen
from gongji.book.catalogue.kept_lines import KeptLine, left_of, worth
from gongji.book.catalogue.pricing import CodedLine, Sent
from gongji.money import exact_text, format_yuan
from gongji.wording import Bilingual, Refused

__all__ = ["check_total", "returned"]


def check_total(line: CodedLine, sent: Sent, wanted: set[int], where: str) -> None:
    """What the institution makes of a line is what it comes to.  Raises `Refused`."""
    if sent.total is None or sent.total in wanted:
        return
    here = format_yuan(min(wanted))
    raise Refused(
        "total_differs",
        Bilingual(f"{where}.total：数量 {line.quantity} 乘单价 {line.price} 是 {here} 元，送来的是 "
                  f"{format_yuan(sent.total)} 元；请改正",
                  f"{where}.total: {line.quantity} at {line.price} is {here} yuan, "
                  f"{format_yuan(sent.total)} was sent; mend it"),
        {"field": f"{where}.total", "worked_out": here, "sent": format_yuan(sent.total)},
    )  # fmt: skip


def returned(kept: Mapping[str, KeptLine], line: CodedLine, sent: Sent, where: str) -> KeptLine:
    """A return of an earlier line at its price, cap and rate; the last one takes what is left."""
    first, quantity, amounts = _to_return(kept, line, sent, where)
    rest = quantity + sent.quantity
    back = amounts if rest == 0 else worth(first, -sent.quantity)
    if rest < 0 or min(amounts.less(back)) < 0:
        left = exact_text(Fraction(quantity, 10**QUANTITY_PLACES))
        raise Refused(
            "return_exceeds",
            Bilingual(f"{where}.quantity：流水号 {first.serial} 只剩数量 {left}、"
                      f"{format_yuan(amounts.total)} 元，不够退 {line.quantity.lstrip('-')}",
                      f"{where}.quantity: of the line {first.serial} {left} are left, for "
                      f"{format_yuan(amounts.total)} yuan, not enough to return "
                      f"{line.quantity.lstrip('-')}"),
            {"field": f"{where}.quantity"},
        )  # fmt: skip
    cost = cost_fen(-sent.quantity, sent.price)
    check_total(line, sent, {-cost, -back.total}, where)
    worked = first.worked._replace(amounts=Amounts().less(back))
    return KeptLine(
        line.serial, first.line, first.serial, line.day, first.own, sent.quantity, sent.price,
        worked,
    )  # fmt: skip


def _to_return(
    kept: Mapping[str, KeptLine], line: CodedLine, sent: Sent, where: str
) -> tuple[KeptLine, int, Amounts]:
    """The earlier line that a return is of, and what is left of it."""
    for one in kept.values():
        named = one.serial == line.returns if line.returns else True
        alike = (
            one.price == sent.price
            and line.code in (None, "", one.worked.item)
            and line.own in (None, "", one.own)
        )
        if one.returned is not None or not named or not alike or one.day > line.day:
            continue
        quantity, amounts = left_of(kept, one)
        if line.returns or quantity >= -sent.quantity:
            return one, quantity, amounts
    what = line.returns or line.code or line.own or ""
    raise Refused(
        "nothing_to_return",
        Bilingual(f"{where}：本次就诊没有可退的明细 {what}（编码、单价要相同，日期不早于原明细）",
                  f"{where}: the visit has no line {what} to return (code and price must be "
                  "those of the line, and the day not before it)"),
        {"field": where},
    )  # fmt: skip
