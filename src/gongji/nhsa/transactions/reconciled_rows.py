"""Rows of an institution's settlements beside those of the agency: which differ, and in what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from gongji.book.exchange.totals import SettledRow
from gongji.nhsa.messages.numbers import number_in, numbered
from gongji.nhsa.messages.refusals import Rejected
from gongji.nhsa.messages.values import yuan_of

__all__ = ["AMOUNTS", "EVEN", "UNEVEN", "Compared", "TheirRow"]

EVEN, UNEVEN = "0", "1"
"""What `stmt_rslt` says."""

AMOUNTS = {
    "medfee_sumamt": "医疗费总额",
    "fund_pay_sumamt": "基金支付总额",
    "acct_pay": "个人账户支付",
}
"""The sums that are reconciled, in the order in which the book has them."""


class TheirRow(NamedTuple):
    """A row of an institution's file, amounts in fen; `line` is where it stands."""

    line: int
    setl_id: str
    mdtrt_id: str
    psn_no: str
    total: int
    fund: int
    account: int
    flag: str

    @property
    def number(self) -> int | None:
        """The number of the settlement in the book, if it can be one."""
        return _number(self.setl_id)

    @property
    def visit(self) -> tuple[int | None, int | None, bool]:
        """Which case and person it is of, and whether it is below nothing."""
        return _number(self.mdtrt_id), _number(self.psn_no), self.total < 0


class Compared:
    """Their rows and ours, each with its other half as far as there is one.

    A row below nothing that names a settlement means its cancelling.  A row whose number is none of
    ours is looked for by case, person and sign.  `unknown` are the numbers of their settlements
    that are none of ours here.
    """

    def __init__(self, theirs: Sequence[TheirRow], ours: Sequence[SettledRow]) -> None:
        self._theirs = theirs
        self._ours = ours
        self._paired: dict[int, SettledRow] = {}
        self._again: set[int] = set()
        self._several: dict[int, int] = {}
        self._pair_by_number()
        self._pair_by_visit()
        left = [row.number for row in theirs if row.line not in self._paired]
        self.unknown = {number for number in left if number is not None}

    def _pair_by_number(self) -> None:
        by_number = {row.number: row for row in self._ours}
        cancellings = {row.cancels: row for row in self._ours if row.cancels is not None}
        taken: set[int] = set()
        for row in self._theirs:
            ours = None if row.number is None else by_number.get(row.number)
            if ours is not None and row.total < 0 <= ours.total:
                ours = cancellings.get(ours.number, ours)
            if ours is None:
                continue
            self._paired[row.line] = ours
            if ours.number in taken:
                self._again.add(row.line)
            taken.add(ours.number)

    def _pair_by_visit(self) -> None:
        taken = {row.number for row in self._paired.values()}
        there: dict[tuple[int | None, int | None, bool], list[SettledRow]] = defaultdict(list)
        for ours in self._ours:
            if ours.number not in taken:
                there[ours.case, ours.person, ours.total < 0].append(ours)
        for row in self._theirs:
            found = there.get(row.visit, []) if row.line not in self._paired else []
            if len(found) == 1:
                self._paired[row.line] = found.pop()
            elif found:
                self._several[row.line] = len(found)

    def differing(
        self, area: str, payer: str, others: Mapping[int, SettledRow]
    ) -> Iterator[dict[str, Any]]:
        """The rows that differ by the fields of the result: theirs in their order, then ours.

        `area` is that of the institution, `payer` that of the persons.  `others` are settlements of
        `unknown` numbers that are ours but not in question.
        """
        for row in self._theirs:
            ours = self._paired.get(row.line)
            memo = self._alone(row, others) if ours is None else self._apart(row, ours)
            if not memo:
                continue
            said = _as_sent(row) if ours is None else _as_ours(ours, area, payer)
            if row.line in self._several:
                said |= {"mdtrt_id": None, "setl_id": None}
            yield {**said, "stmt_rslt": UNEVEN, "memo": memo}
        there = {ours.number for ours in self._paired.values()}
        for ours in self._ours:
            if ours.number not in there:
                what = "结算" if ours.cancels is None else "退费"
                said = _as_ours(ours, area, payer)
                yield {**said, "stmt_rslt": UNEVEN, "memo": f"机构文件中没有这笔{what}"}

    def _apart(self, row: TheirRow, ours: SettledRow) -> str:
        """In what a row of theirs and of ours differ; nothing where they agree."""
        if row.line in self._again:
            return f"机构文件第 {row.line} 行重复"
        amounts = zip(
            AMOUNTS.values(), (row.total, row.fund, row.account),
            (ours.total, ours.fund, ours.account), strict=True,
        )  # fmt: skip
        apart = [
            f"{title}不一致：机构 {yuan_of(sent)}，中心 {yuan_of(there)}"
            for title, sent, there in amounts
            if sent != there
        ]
        case, person, _ = row.visit
        if row.number not in {ours.number, ours.cancels} - {None}:
            apart.append("结算ID不一致")
        if case != ours.case:
            apart.append("就诊ID不一致")
        if person != ours.person:
            apart.append("人员编号不一致")
        return "；".join(apart)

    def _alone(self, row: TheirRow, others: Mapping[int, SettledRow]) -> str:
        """Why a row of theirs has none of ours."""
        if row.line in self._several:
            return f"中心有 {self._several[row.line]} 笔这次就诊的结算，请按中心的逐笔核对"
        other = None if row.number is None else others.get(row.number)
        if other is None:
            return "中心没有这笔结算"
        back = "，已退费" if other.reversed else ""
        return f"不在对账范围：中心于 {other.day} 结算，清算类别 {other.clearing}{back}"


def _as_ours(ours: SettledRow, area: str, payer: str) -> dict[str, Any]:
    return {
        "psn_no": numbered(payer, ours.person), "mdtrt_id": numbered(area, ours.case),
        "setl_id": numbered(area, ours.number), "msgid": ours.message,
        "refd_setl_flag": "1" if ours.reversed else "0",
        **_sums(ours.total, ours.fund, ours.account),
    }  # fmt: skip


def _as_sent(row: TheirRow) -> dict[str, Any]:
    return {
        "psn_no": row.psn_no, "mdtrt_id": row.mdtrt_id, "setl_id": row.setl_id,
        "refd_setl_flag": row.flag, **_sums(row.total, row.fund, row.account),
    }  # fmt: skip


def _sums(total: int, fund: int, account: int) -> dict[str, Decimal]:
    return dict(zip(AMOUNTS, map(yuan_of, (total, fund, account)), strict=True))


def _number(written: str) -> int | None:
    """The number of the book in what was sent, if it is one."""
    try:
        return number_in(written, "")
    except Rejected:
        return None
