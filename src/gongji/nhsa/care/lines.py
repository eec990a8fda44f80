"""Fee lines as institutions send them (`feedetail`, `drugdetail`), and what is answered to each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from gongji.book.catalogue.amounts import QUANTITY_PLACES
from gongji.book.catalogue.columns import PRICE_PLACES, RATE_PLACES
from gongji.book.catalogue.items import Terms, Where, terms_of
from gongji.book.catalogue.kept_lines import KeptLine
from gongji.book.catalogue.own_codes import own_items
from gongji.book.exchange.case_lines import CaseLine
from gongji.book.rules import Scheme
from gongji.money import exact_text, format_yuan
from gongji.nhsa.mapping.items import LEVELS, charge_of
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.refusals import Rejected

__all__ = ["case_lines", "in_serials", "line_results", "naming", "returned_of", "with_results"]

_FIELDS = {
    ".code": ".med_list_codg", ".own": ".medins_list_codg", ".serial": ".feedetl_sn",
    ".day": ".fee_ocur_time", ".quantity": ".cnt", ".price": ".pric",
    ".total": ".det_item_fee_sumamt", ".returns": ".init_feedetl_sn",
    ".approved": ".hosp_appr_flag",
}  # fmt: skip
"""What the book calls the fields of a line, and what the interface does."""

_LINE = re.compile(r"lines\[([0-9]+)\](\.[a-z]+)?")

_NO_CAP = "999999"
_RESTRICTED = {True: "1", False: "0"}
_APPROVED = {"1": True, "2": False}
"""What the hospital says of an item (`hosp_appr_flag`): its conditions are met, or it is self-paid;
0 leaves it to the catalogue."""


def in_serials(sentence: str, lines: Sequence[CaseLine]) -> str:
    """A sentence of the book about a line, by its serial and the interface's names of fields."""

    def named(found: re.Match[str]) -> str:
        field = _FIELDS.get(found[2] or "", found[2] or "")
        serial = lines[int(found[1]) - 1].serial
        return f"明细 {serial} 的 {field.removeprefix('.')}" if field else f"明细 {serial}"

    return _LINE.sub(named, sentence)


def case_lines(
    connection: Connection,
    institution: str,
    rows: Sequence[Given],
    days: tuple[date, date],
    batch: str = "",
) -> list[CaseLine]:
    """Lines as they are kept until their batch is settled; each is of one of `days`.

    The institution's own code is read only where it stands for an item; else the national one is.
    Raises `Rejected`.
    """
    for place, row in enumerate(rows):
        day = row.needed_day("fee_ocur_time")
        if not days[0] <= day <= days[1]:
            raise Rejected(
                f"{row.node}[{place}].fee_ocur_time（费用发生时间）：{day} 不在 {days[0]} 至 "
                f"{days[1]} 之内"
            )
    owns = {row.text("medins_list_codg") for row in rows} - {""}
    mapped = own_items(connection, institution, owns)
    return [_line(row, batch, mapped) for row in rows]


def _line(row: Given, batch: str, mapped: Any) -> CaseLine:
    own, day = row.text("medins_list_codg"), row.needed_day("fee_ocur_time")
    coded: dict[str, Any] = {
        "serial": row.needed("feedetl_sn"), "quantity": row.needed("cnt"),
        "price": row.needed("pric"), "code": row.text("med_list_codg") or None,
        "own": own if mapped.get(own) else None, "total": _total(row),
        "returns": row.text("init_feedetl_sn") or None,
        "approved": _APPROVED.get(row.text("hosp_appr_flag")), "facts": {},
    }  # fmt: skip
    return CaseLine(
        row.needed("feedetl_sn"), batch or row.text("chrg_bchno"), day,
        {"sent": row.said(), "coded": coded}, {},
    )  # fmt: skip


def _total(row: Given) -> str:
    fen = row.fen("det_item_fee_sumamt")
    if fen is None:
        raise Rejected(f"{row.node}.det_item_fee_sumamt：不能为空")
    return format_yuan(fen)


def returned_of(there: Iterable[CaseLine], lines: Iterable[CaseLine]) -> list[CaseLine]:
    """The lines that new ones may give back something of: those of the same items."""
    back = {line.coded.code for line in lines if line.coded.quantity.startswith("-")}
    return [line for line in there if line.coded.code in back]


def naming(line: CaseLine, kept: KeptLine) -> CaseLine:
    """A line that gives something back with the line that it was found to be of."""
    coded = {**line.said["coded"], "returns": kept.returned}
    return line._replace(said={**line.said, "coded": coded})


def with_results(lines: Iterable[CaseLine], results: Iterable[Any]) -> list[CaseLine]:
    """Lines with what is answered to each."""
    return [line._replace(worked=one) for line, one in zip(lines, results, strict=True)]


def line_results(
    connection: Connection, scheme: Scheme, place: tuple[str, str], kept: Sequence[KeptLine]
) -> list[dict[str, Any]]:
    """What is answered to lines (`result`, `detlcutinfo`), in their order.

    `place` are the area and the tier of the institution.
    """
    where = Where(*place, scheme.area, scheme.policy)
    days: dict[date, set[str]] = {}
    for line in kept:
        days.setdefault(line.day, set()).add(line.worked.item)
    found = {
        (code, day): terms
        for day, codes in days.items()
        for code, terms in terms_of(connection, where, codes, day).items()
    }
    return [_result(line, found[line.worked.item, line.day]) for line in kept]


def _result(line: KeptLine, terms: Terms) -> dict[str, Any]:
    worked, item = line.worked, terms.item
    amounts = worked.amounts
    cap = _NO_CAP if worked.cap is None else _decimal(worked.cap, PRICE_PLACES)
    self_paid = amounts.out_of_catalogue and not amounts.in_scope
    rate = 10**RATE_PLACES if self_paid else worked.rate or 0
    return {
        "feedetl_sn": line.serial, "det_item_fee_sumamt": format_yuan(amounts.total),
        "cnt": _decimal(line.quantity, QUANTITY_PLACES),
        "pric": _decimal(line.price, PRICE_PLACES), "pric_uplmt_amt": cap,
        "selfpay_prop": _decimal(rate, RATE_PLACES),
        "fulamt_ownpay_amt": format_yuan(amounts.out_of_catalogue),
        "overlmt_amt": format_yuan(amounts.over_price_cap),
        "preselfpay_amt": format_yuan(amounts.prior_self_pay),
        "inscp_scp_amt": format_yuan(amounts.in_scope),
        "chrgitm_lv": LEVELS.get(worked.item_class or "", "03"),
        "med_chrgitm_type": charge_of(item.fee_kind if item else ""),
        "bas_medn_flag": None, "hi_nego_drug_flag": None, "chld_medc_flag": None,
        "list_sp_item_flag": None, "lmt_used_flag": _RESTRICTED[bool(item and item.restricted)],
        "drt_reim_flag": None, "memo": None,
    }  # fmt: skip


def _decimal(number: int, places: int) -> str:
    return exact_text(Fraction(number, 10**places))
