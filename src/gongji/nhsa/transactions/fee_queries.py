"""Fee lines that were settled: of a settlement (5204), and a person's chronic medication (5205)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from gongji.book.catalogue.items import Item, Where, terms_of
from gongji.book.known import standing
from gongji.book.rules import scheme_of
from gongji.book.schema.catalogue import CODED_LINE, OWN_ITEM
from gongji.book.schema.exchange import CASE, CASE_LINE, CASE_SETTLEMENT, CASE_STATE
from gongji.book.schema.places import INSTITUTION
from gongji.book.schema.visits import VISIT
from gongji.nhsa.care.people import person_named
from gongji.nhsa.mapping.items import DRUG_LISTS, list_type_of
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.echoed import echoed
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.services import Look, Service
from gongji.nhsa.transactions.queries import own_case, settlement_row

__all__ = ["SERVICES"]

_CHRONIC = "14"
"""What codes of chronic care begin with: 14, and what provinces made of it, such as 140104."""

_MOST = 5000
"""The most rows of one answer."""


def _lines_of_settlement(call: Call, connection: Connection) -> Output:
    """5204: the lines that a settlement was made of, also of one that was cancelled since."""
    given = call.one("data")
    row = settlement_row(call, connection, given)
    if row.cancels is not None:
        raise Rejected(
            f"data.setl_id：{given.text('setl_id')} 是撤销结算，请用被撤销的结算编号查询明细"
        )
    said = {"mdtrt_id": given.text("mdtrt_id"), "setl_id": given.text("setl_id")}
    lines = _lines(connection, row)
    case = own_case(call, connection, given)
    med_type = json.loads(row.answered)["setlinfo"].get("med_type") or case.now.med_type
    return {
        ".": [
            {"med_type": med_type, **one, **said}
            for one in _worded(connection, "5204", ".", row, lines)
        ]
    }


def _chronic_medication(call: Call, connection: Connection) -> Output:
    """5205: the drugs that a person had as chronic care within a stretch of days, anywhere.

    Of settlements that stand; one who prescribes has to know what others did.
    """
    given = call.one("data")
    person = person_named(call, connection, given)
    first, last = given.needed_day("begntime"), given.day("endtime") or call.day
    rows = connection.execute(
        select(CASE_SETTLEMENT, CASE.c.institution, CASE.c.kind, CASE_STATE.c.med_type,
               INSTITUTION.c.name)
        .join(CASE, CASE.c.id == CASE_SETTLEMENT.c.case)
        .join(CASE_STATE, (CASE_STATE.c.case == CASE.c.id) & standing(CASE_STATE))
        .join(INSTITUTION, INSTITUTION.c.code == CASE.c.institution)
        .where(
            (CASE.c.person == person.id)
            & standing(CASE_SETTLEMENT)
            & CASE_SETTLEMENT.c.cancels.is_(None)
        )
        .order_by(CASE_SETTLEMENT.c.id)
    ).all()  # fmt: skip
    found: list[dict[str, Any]] = []
    for row in rows:
        med_type = json.loads(row.answered)["setlinfo"].get("med_type") or row.med_type
        if not str(med_type).startswith(_CHRONIC):
            continue
        lines = [one for one in _lines(connection, row) if first <= one.day <= last]
        of = {
            "med_type": med_type, "fixmedins_code": row.institution, "fixmedins_name": row.name,
            "psn_no": given.text("psn_no"),
        }  # fmt: skip
        found += [
            {**one, **of}
            for one in _worded(connection, "5205", "feedetail", row, lines)
            if one["list_type"] in DRUG_LISTS
        ]
    if len(found) > _MOST:
        raise Rejected(f"data：用药记录超过 {_MOST} 条，请缩小时间范围")
    return {"feedetail": found}


# --- lines ---------------------------------------------------------------------------------------


def _lines(connection: Connection, settlement: Row[Any]) -> Sequence[Row[Any]]:
    """The lines of a settlement as they stood when it was made; of a stay all that it had."""
    made = settlement.act
    wanted = select(CASE_LINE).where(
        (CASE_LINE.c.case == settlement.case)
        & (CASE_LINE.c.act <= made)
        & or_(CASE_LINE.c.ended.is_(None), CASE_LINE.c.ended > made)
    )
    if settlement.kind != "inpatient":
        wanted = wanted.where(CASE_LINE.c.batch == settlement.batch)
    return connection.execute(wanted.order_by(CASE_LINE.c.id)).all()


def _worded(
    connection: Connection, infno: str, node: str, settlement: Row[Any], lines: Sequence[Row[Any]]
) -> Iterator[dict[str, Any]]:
    """Lines in the words of an output: what was sent, what it came to, what the catalogue says."""
    visit = connection.execute(
        select(VISIT.c.scheme, INSTITUTION.c.area, INSTITUTION.c.code)
        .join(INSTITUTION, INSTITUTION.c.code == VISIT.c.institution)
        .where(VISIT.c.id == settlement.visit)
    ).one()
    coded = connection.execute(
        select(CODED_LINE.c.serial, CODED_LINE.c.item).where(CODED_LINE.c.visit == settlement.visit)
    )
    items = {row.serial: row.item for row in coded}
    scheme = scheme_of(connection, visit.scheme)
    where = Where(visit.area, "", scheme.area, scheme.policy)
    named = _items(connection, where, {(items[one.serial], one.day) for one in lines})
    owns = _own_names(connection, visit.code)
    for line in lines:
        sent = json.loads(line.said)["sent"]
        code = items[line.serial]
        item = named.get((code, line.day))
        name = item.name if item else code
        own = sent.get("medins_list_codg", "")
        yield {
            "rx_drord_no": sent.get("rxno") or sent.get("drord_no"), **echoed(infno, node, sent),
            **json.loads(line.worked), "hilist_code": code, "hilist_name": name,
            "list_type": list_type_of(item.kind if item else None, item.fee_kind if item else None),
            "med_list_codg": code, "medins_list_codg": own or code,
            "medins_list_name": (owns.get(own) or name)[:100],
        }  # fmt: skip


def _items(
    connection: Connection, where: Where, wanted: set[tuple[str, date]]
) -> dict[tuple[str, date], Item]:
    """Items of the catalogue on days; what was not in it then is left out."""
    found: dict[tuple[str, date], Item] = {}
    for day in {day for _, day in wanted}:
        codes = {code for code, on in wanted if on == day}
        for code, terms in terms_of(connection, where, codes, day).items():
            if terms.item is not None:
                found[code, day] = terms.item
    return found


def _own_names(connection: Connection, institution: str) -> dict[str, str]:
    """What an institution calls its own codes, as it last said."""
    rows = connection.execute(
        select(OWN_ITEM.c.own, OWN_ITEM.c.name)
        .where((OWN_ITEM.c.institution == institution) & standing(OWN_ITEM))
        .order_by(OWN_ITEM.c.id)
    )
    return {row.own: row.name for row in rows}


SERVICES: Mapping[str, Service] = {
    "5204": Look(_lines_of_settlement), "5205": Look(_chronic_medication),
}  # fmt: skip
