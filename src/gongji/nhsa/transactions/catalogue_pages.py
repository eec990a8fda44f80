"""The catalogue asked for in pages: items, own codes, price caps, shares borne first.

What is in the catalogue and at what price goes by the area of the institution, what is borne first
by that of the insurer (`insu_admdvs`).  Without `vali_flag` rows are those that hold on
`query_date`, or on the day of the message.  Of what the tables demand and no catalogue says, an
item may be used for care (`med_use_flag` 1), and all else is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Subquery, false, select

from gongji.book.catalogue.columns import PRICE_PLACES, RATE_PLACES
from gongji.book.catalogue.initials import plain
from gongji.book.catalogue.pages import (
    caps_on,
    gone_items,
    items_on,
    own_items_on,
    page_of,
    rates_on,
)
from gongji.book.schema.places import AREA
from gongji.money import exact_text
from gongji.nhsa.mapping.items import (
    LEVELS,
    charge_of,
    list_type_of,
    with_charge,
    with_level,
    with_list_type,
)
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Look, Service

__all__ = ["SERVICES"]

_VALID, _NOT_VALID = "1", "0"
_TIERS = {"1": "tier_1", "2": "tier_2", "3": "tier_3"}
"""`hilist_lmtpric_type`, and what policies call the tier."""

_SELF_PAID = "1"
"""What is done with the part over a cap (`overlmt_dspo_way`): the person bears it."""

_PERSONS = {"310": "310", "340": "330", "390": "390"}
_OTHER_PERSONS = "99"
_PRIOR_SHARE = "10"
_UNSAID = {
    "med_use_flag": "1", "matn_used_flag": "0", "hilist_use_type": "0", "lmt_cpnd_type": "0",
}  # fmt: skip

_Row = dict[str, Any]


def _items(call: Call, connection: Connection) -> Output:
    """1312: items of the catalogue."""
    given = call.one("data")
    area, day = _area(call, connection, given), given.day("query_date") or call.day
    valid = given.text("vali_flag") != _NOT_VALID
    if given.text("wubi"):
        raise Rejected("data.wubi（五笔助记码）：目录没有五笔码；请按编码、名称或拼音查询")
    place = call.sender.area
    rows = items_on(place, day) if valid else gone_items(place, day)
    wanted = [*_common(rows, given, "code"), *_item_conditions(rows, given)]

    def said(row: Row[Any]) -> _Row:
        return {
            "hilist_code": row.code, "hilist_name": row.name, "insu_admdvs": area,
            "med_chrgitm_type": charge_of(row.fee_kind), "chrgitm_lv": LEVELS[row.item_class],
            "lmt_used_flag": "1" if row.restricted else "0",
            "list_type": list_type_of(row.kind, row.fee_kind), **_UNSAID,
            "pinyin": row.initials[:30] or None, **_times(row, valid=valid),
            "poolarea_no": row.area or None,
        }  # fmt: skip

    return _page(connection, given, rows, wanted, [rows.c.code, rows.c.id], said)


def _item_conditions(rows: Subquery, given: Given) -> Iterator[ColumnElement[bool]]:
    name, initials = given.text("hilist_name"), given.text("pinyin")
    if name:
        yield rows.c.seek.contains(plain(name), autoescape=True)
    if initials:
        yield rows.c.initials.contains(plain(initials), autoescape=True)
    by_code: Mapping[str, Callable[[Any, str], ColumnElement[bool]]] = {
        "med_chrgitm_type": with_charge, "chrgitm_lv": with_level, "list_type": with_list_type,
    }  # fmt: skip
    for field, condition in by_code.items():
        if given.text(field):
            yield condition(rows.c, given.text(field))
    if given.text("lmt_used_flag"):
        yield rows.c.restricted.is_(given.text("lmt_used_flag") == "1")
    yield from _fixed(given, _UNSAID)


def _own_codes(call: Call, connection: Connection) -> Output:
    """1317: what the institution's own codes stand for."""
    given = call.one("data")
    if given.text("fixmedins_code") not in ("", call.sender.code):
        raise Rejected("data.fixmedins_code（定点医药机构编号）：只能查询本机构的目录对照")
    area, day = _area(call, connection, given), given.day("query_date") or call.day
    valid = given.text("vali_flag") != _NOT_VALID
    rows = own_items_on(call.sender.code, day, valid=valid)
    wanted = list(_common(rows, given, "item", "med_list_codg"))
    if given.text("medins_list_codg"):
        wanted.append(rows.c.own == given.text("medins_list_codg"))
    if given.text("medins_list_name"):
        wanted.append(rows.c.name.contains(given.text("medins_list_name"), autoescape=True))
    if given.text("list_type"):
        wanted.append(with_list_type(rows.c, given.text("list_type")))
    looked_at = {None: "待审核", False: "审核未通过", True: None}

    def said(row: Row[Any]) -> _Row:
        return {
            "fixmedins_code": row.institution, "medins_list_codg": row.own,
            "medins_list_name": row.name or None, "insu_admdvs": area,
            "list_type": list_type_of(row.kind, row.fee_kind), "med_list_codg": row.item,
            "memo": looked_at[row.approved], **_times(row, valid=valid),
        }  # fmt: skip

    return _page(connection, given, rows, wanted, [rows.c.own, rows.c.id], said)


def _caps(call: Call, connection: Connection) -> Output:
    """1318: what items cost at most at institutions of each height."""
    given = call.one("data")
    area, day = _area(call, connection, given), given.day("query_date") or call.day
    rows = caps_on(call.sender.area, day, _TIERS)
    wanted = [*_common(rows, given, "item"), *_only_valid(given)]
    if given.text("hilist_lmtpric_type"):
        wanted.append(rows.c.tier_code == given.text("hilist_lmtpric_type"))
    wanted += _fixed(given, {"overlmt_dspo_way": _SELF_PAID})

    def said(row: Row[Any]) -> _Row:
        return {
            "hilist_code": row.item, "hilist_lmtpric_type": row.tier_code,
            "overlmt_dspo_way": _SELF_PAID, "insu_admdvs": area,
            "hilist_pric_uplmt_amt": exact_text(Fraction(row.cap, 10**PRICE_PLACES)),
            **_times(row, valid=True), "rid": f"{row.id}-{row.tier_code}",
            "poolarea_no": row.area or None,
        }  # fmt: skip

    return _page(connection, given, rows, wanted, [rows.c.item, rows.c.tier_code], said)


def _rates(call: Call, connection: Connection) -> Output:
    """1319: what share of items is borne first in each scheme."""
    given = call.one("data")
    area, day = _area(call, connection, given), given.day("query_date") or call.day
    rows = rates_on(area, call.sender.area, day)
    wanted = [*_common(rows, given, "code"), *_only_valid(given)]
    persons = {name: _persons(call, name) for name in call.mappings.schemes}
    if given.text("selfpay_prop_psn_type"):
        code = given.text("selfpay_prop_psn_type")
        meant = [name for name, one in persons.items() if one == code]
        other = rows.c.scheme.not_in(list(persons)) if code == _OTHER_PERSONS else false()
        wanted.append(rows.c.scheme.in_(meant) | other)
    wanted += _fixed(given, {"selfpay_prop_type": _PRIOR_SHARE})

    def said(row: Row[Any]) -> _Row:
        return {
            "hilist_code": row.code,
            "selfpay_prop_psn_type": persons.get(row.scheme, _OTHER_PERSONS),
            "selfpay_prop_type": _PRIOR_SHARE, "insu_admdvs": area,
            "selfpay_prop": exact_text(Fraction(row.rate, 10**RATE_PLACES)),
            **_times(row, valid=True), "rid": f"{row.id}-{row.item_id}-{row.scheme_id}",
            "poolarea_no": row.area or None,
        }  # fmt: skip

    return _page(connection, given, rows, wanted, [rows.c.code, rows.c.scheme], said)


def _persons(call: Call, policy: str) -> str:
    """For which persons a scheme is (`selfpay_prop_psn_type`)."""
    return _PERSONS.get(call.mappings.schemes[policy].insutype, _OTHER_PERSONS)


# --- what is asked alike -------------------------------------------------------------------------


def _area(call: Call, connection: Connection, given: Given) -> str:
    """The area that insures: as it is sent, that of its city, or that of the institution."""
    sent = given.text("insu_admdvs") or given.text("poolarea_no") or call.sender.area
    there = set(
        connection.scalars(select(AREA.c.code).where(AREA.c.code.in_((sent, f"{sent[:4]}00"))))
    )
    for code in (sent, f"{sent[:4]}00"):
        if code in there:
            return code
    raise Rejected(f"data.insu_admdvs（参保机构医保区划）：本平台没有统筹区 {sent}")


def _common(
    rows: Subquery, given: Given, item: str, field: str = "hilist_code"
) -> Iterator[ColumnElement[bool]]:
    """What every page can be narrowed by: a code, days, a row's number."""
    since, until, known = given.day("begndate"), given.day("enddate"), given.day("updt_time")
    if given.text(field):
        yield rows.c[item] == given.text(field)
    if since is not None:
        yield rows.c.since >= since
    if until is not None:
        yield rows.c.until <= until
    if known is not None:
        yield rows.c.updated >= known
    number = given.text("rid")
    if number:
        whole = number.partition("-")[0]
        yield rows.c.id == int(whole) if _short_number(whole) else false()


def _short_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _only_valid(given: Given) -> list[ColumnElement[bool]]:
    """Caps and rates are told as they hold; of those that do not there is no page."""
    return [false()] if given.text("vali_flag") == _NOT_VALID else []


def _fixed(given: Given, values: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Fields that are the same in every row: asked for otherwise, there is none."""
    return [false() for name, value in values.items() if given.text(name) not in ("", value)]


def _times(row: Row[Any], *, valid: bool) -> _Row:
    return {
        "begndate": row.since.isoformat(), "enddate": _day(row.until),
        "vali_flag": _VALID if valid else _NOT_VALID, "rid": str(row.id),
        "updt_time": _day(row.updated), "crte_time": _day(row.updated),
    }  # fmt: skip


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _page(
    connection: Connection,
    given: Given,
    rows: Subquery,
    wanted: list[ColumnElement[bool]],
    order: list[ColumnElement[Any]],
    said: Callable[[Row[Any]], _Row],
) -> Output:
    """A page of what is wanted, with its figures beside it."""
    number, size = int(given.needed("page_num")), int(given.needed("page_size"))
    if number < 1 or size < 1:
        raise Rejected(f"data.page_num、page_size：{number}、{size} 应从 1 起")
    found = page_of(connection, select(rows).where(*wanted), order, number=number, size=size)
    pages = -(-found.total // size)
    return {
        "recordCounts": str(found.total), "pageNum": str(number), "pageSize": str(size),
        "pages": str(pages), "size": str(len(found.rows)),
        "startRow": str((number - 1) * size + 1 if found.rows else 0),
        "firstPage": number == 1, "lastPage": number >= pages,
        "data": [said(row) for row in found.rows],
    }  # fmt: skip


SERVICES: Mapping[str, Service] = {
    "1312": Look(_items), "1317": Look(_own_codes), "1318": Look(_caps), "1319": Look(_rates),
}  # fmt: skip
