"""Reconciliation: the totals of an institution held to the agency's, and each of its settlements.

`refd_setl_flag` says whether what was taken back counts: with 1, or where it is not sent, both rows
of it do, the settlement and the cancelling below nothing; with 0 neither does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from gongji.book.acts import Act, in_china
from gongji.book.exchange.files import file_with, keep_file
from gongji.book.exchange.totals import Stretch, settled_rows, settled_with, totals_of
from gongji.book.schema.places import AREA
from gongji.nhsa.messages.call import Call, Output
from gongji.nhsa.messages.given import Given
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.tab_files import packed, unpacked
from gongji.nhsa.messages.values import fen_of, read_value, yuan_of
from gongji.nhsa.services import Look, Service, Work
from gongji.nhsa.transactions.files import end_of, file_number
from gongji.nhsa.transactions.reconciled_rows import AMOUNTS, EVEN, UNEVEN, Compared, TheirRow

__all__ = ["SERVICES"]

_MOST_SAID = 200
_COUNT = "定点医药机构结算笔数"


# --- totals --------------------------------------------------------------------------------------


def _totals(call: Call, connection: Connection) -> Output:
    """3201: the totals of an institution beside those of the agency."""
    given = call.one("data")
    ours = totals_of(connection, _stretch(call, connection, given, given.needed("insutype")))
    sums = dict(zip(AMOUNTS, ours[1:], strict=True))
    apart = [
        f"{title} 机构 {yuan_of(given.fen(name) or 0)} 中心 {yuan_of(sums[name])}"
        for name, title in AMOUNTS.items()
        if given.fen(name) != sums[name]
    ]
    count = _count(given)
    if count != ours.settlements:
        apart.append(f"结算笔数 机构 {count} 中心 {ours.settlements}")
    said = "；".join(apart) if apart else f"相符，共 {ours.settlements} 笔"
    return {
        "stmtinfo": {
            "setl_optins": given.needed("setl_optins"),
            "stmt_rslt": UNEVEN if apart else EVEN, "stmt_rslt_dscr": said[:_MOST_SAID],
        }
    }  # fmt: skip


def _stretch(call: Call, connection: Connection, given: Given, insutype: str | None) -> Stretch:
    """What is asked about.  Raises `Rejected`."""
    since, until = given.needed_day("stmt_begndate"), given.needed_day("stmt_enddate")
    if until < since:
        raise Rejected(f"data.stmt_enddate（对账结束日期）：{until} 早于开始日期 {since}")
    payer = given.needed("setl_optins")
    if connection.scalar(select(AREA.c.code).where(AREA.c.code == payer)) is None:
        raise Rejected(f"data.setl_optins（结算经办机构）：本平台没有统筹区 {payer}")
    flag = given.text("refd_setl_flag") or given.text("fixmedins_refd_setl_flag") or "1"
    if flag not in ("0", "1"):
        raise Rejected(f"data.refd_setl_flag（退费结算标志）：“{flag}”应为 0 或 1")
    clearing = given.needed("clr_type")
    return Stretch(call.sender.code, since, until, clearing, payer, insutype, flag == "1")


def _count(given: Given) -> int:
    return int(Decimal(given.needed("fixmedins_setl_cnt")))


# --- details -------------------------------------------------------------------------------------


def _details(call: Call, act: Act) -> Output:
    """3202: an institution's rows beside the agency's; a file of those that differ is made."""
    given = call.one("data")
    stretch = _stretch(call, act.connection, given, None)
    number = given.number("file_qury_no")
    _, data = file_with(act.connection, act.seal, number, call.sender.code, call.day)
    theirs = list(_read(call, unpacked(data)))
    _check_totals(given, theirs)
    compared = Compared(theirs, settled_rows(act.connection, stretch))
    others = settled_with(act.connection, call.sender.code, compared.unknown)
    columns = [one.code for one in call.tables.transactions["3202"].file_out]
    differing = compared.differing(call.sender.area, stretch.payer, others)
    rows = [[one.get(name) for name in columns] for one in differing]
    name = f"3202_{in_china(call.at):%Y%m%d%H%M%S}.zip"
    file = keep_file(act, call.sender.code, name, packed(name, rows))
    return {
        "fileinfo": {
            "file_qury_no": file_number(call, file), "filename": file.name,
            "dld_endtime": end_of(file.until),
        }
    }  # fmt: skip


def _read(call: Call, lines: Sequence[Sequence[str]]) -> Iterator[TheirRow]:
    """The rows of a file.  Raises `Rejected` with line, field, value and rule."""
    fields = call.tables.transactions["3202"].file_in
    for number, line in enumerate(lines, 1):
        where = f"文件第 {number} 行"
        if len(line) != len(fields):
            raise Rejected(
                f"{where}：有 {len(line)} 列，应为 {len(fields)} 列，以 TAB 分隔："
                + "、".join(one.code for one in fields)
            )
        row: dict[str, Any] = {}
        for field, said in zip(fields, line, strict=True):
            value = read_value(field, said, where, call.tables)
            if value is None:
                raise Rejected(f"{where}.{field.code}（{field.title}）：不能为空")
            row[field.code] = value
        yield TheirRow(
            number, row["setl_id"], row["mdtrt_id"], row["psn_no"], fen_of(row["medfee_sumamt"]),
            fen_of(row["fund_pay_sumamt"]), fen_of(row["acct_pay"]), row["refd_setl_flag"],
        )  # fmt: skip


def _check_totals(given: Given, rows: Sequence[TheirRow]) -> None:
    """The totals of the message have to be those of its file."""
    total, fund = sum(one.total for one in rows), sum(one.fund for one in rows)
    cash = total - fund - sum(one.account for one in rows)
    sums = {
        "medfee_sumamt": ("医疗费总额", total), "fund_pay_sumamt": ("基金支付总额", fund),
        "cash_payamt": ("现金支付金额", cash),
    }  # fmt: skip
    for name, (title, ours) in sums.items():
        sent = given.fen(name) or 0
        if sent != ours:
            raise Rejected(
                f"data.{name}（{title}）：报文为 {yuan_of(sent)}，文件合计 {yuan_of(ours)}，"
                f"相差 {yuan_of(sent - ours)}"
            )
    count = _count(given)
    if count != len(rows):
        raise Rejected(
            f"data.fixmedins_setl_cnt（{_COUNT}）：报文为 {count}，文件有 {len(rows)} 行"
        )


SERVICES: Mapping[str, Service] = {"3201": Look(_totals), "3202": Work(_details)}
