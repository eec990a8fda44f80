"""What a batch came to, for people and for machines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table

from gongji.money import format_yuan, grouped_yuan
from gongji.policy.model import Policy
from gongji.policy.walk import funds_of
from gongji.wording import Bilingual, Language

if TYPE_CHECKING:
    from gongji.batch.run import Job
    from gongji.batch.summary import Summary

__all__ = ["batch_record", "show_batch"]

_LEAST_WIDTH = 100
"""Columns of a terminal that the table of money needs."""

_COLUMNS = {
    "person_fen": Bilingual("个人负担", "person"),
    "account_fen": Bilingual("其中账户", "of it account"),
    "cash_fen": Bilingual("其中现金", "of it cash"),
}


def batch_record(job: Job, summary: Summary, out: Path, rejects: Path) -> dict[str, object]:
    """A run as JSON: money as strings of yuan."""
    return {
        "policy": job.policy_id,
        "claims_rows": summary.rows,
        "settled_rows": summary.settled_rows,
        "rejected_rows": summary.rejected_rows,
        "settled_claims": summary.total["claims"],
        "milliseconds": summary.milliseconds,
        "totals": _money(summary.total),
        "by": [
            {"setting": (*key, "", "")[0], "tier": (*key, "", "")[1], **_money(money)}
            for key, money in sorted(summary.money.items())
        ],
        "rejected": [
            {"reason": kind, "about": about, "rows": count}
            for (kind, about), count in summary.reasons.most_common()
        ],
        "out": str(out),
        "rejects": str(rejects),
    }


def _money(totals: Counter[str]) -> dict[str, object]:
    return {
        name.removesuffix("_fen"): count if name == "claims" else format_yuan(count)
        for name, count in totals.items()
    }


def show_batch(job: Job, summary: Summary, out: Path, rejects: Path, language: Language) -> None:
    """A run as a page: rows, money by fund, and by setting and tier."""
    latest = job.policies.versions(job.policy_id)[-1]
    first = latest.in_force.first
    policy = job.policies.policy(f"{job.policy_id.partition('@')[0]}@{first}", first)
    console = Console(highlight=False, soft_wrap=True)
    console.width = max(console.width, _LEAST_WIDTH)
    rate = summary.rows * 1000 // max(summary.milliseconds, 1)
    tenths = summary.milliseconds // 100
    time = f"{tenths // 10}.{tenths % 10}"
    words = Bilingual(
        f"{policy.title.zh}：{summary.rows:,} 行，结算 {summary.settled_rows:,} 行"
        f"（{summary.total['claims']:,} 张单据），未结算 {summary.rejected_rows:,} 行；"
        f"{time} 秒，每秒 {rate:,} 行",
        f"{policy.title.en}: {summary.rows:,} rows, {summary.settled_rows:,} settled "
        f"({summary.total['claims']:,} claims), {summary.rejected_rows:,} rejected; "
        f"{time} s, {rate:,} rows/s",
    )
    console.print(words.in_(language))
    _show_money(console, summary, policy, language)
    from gongji.batch.refusals import Why, words_of

    for (kind, about), count in summary.reasons.most_common(10):
        said = words_of(Why(kind, about), policy).in_(language)
        console.print(f"  {count:>12,}  {said}", markup=False)
    console.print(f"→ {out}", markup=False)
    console.print(f"→ {rejects}", markup=False)


def _show_money(console: Console, summary: Summary, policy: Policy, language: Language) -> None:
    """By setting and tier what all funds pay and what is left, then by fund."""
    if not summary.money:
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    heads = (("类型", "setting"), ("级别", "tier"), ("单据", "claims"), ("总费用", "total"))
    for zh, en in (*heads, ("基金支付", "funds pay"), ("个人负担", "person bears")):
        justify: JustifyMethod = "left" if en in ("setting", "tier") else "right"
        table.add_column(Bilingual(zh, en).in_(language), justify=justify, no_wrap=True)
    for key, money in sorted(summary.money.items()):
        names = [_value(policy, value, language) if value else "" for value in key]
        table.add_row(*names, *[""] * (2 - len(names)), *_cells(money))
    if len(summary.money) > 1:
        all_of_it = Bilingual("合计", "all").in_(language)
        table.add_row(all_of_it, "", *_cells(summary.total), style="bold")
    console.print(table)
    by_fund = Table(box=SIMPLE_HEAD, pad_edge=False)
    by_fund.add_column(Bilingual("去向", "who pays").in_(language))
    by_fund.add_column(Bilingual("金额", "amount").in_(language), justify="right")
    titles = {f"paid_{fund}_fen": policy.funds.get(fund) for fund in funds_of(policy)}
    for name, fen in summary.total.items():
        if fen and name not in ("claims", "total_fen"):
            title = _COLUMNS.get(name) or titles.get(name) or Bilingual(name, name)
            by_fund.add_row(title.in_(language), grouped_yuan(fen))
    console.print(by_fund)


def _cells(money: Counter[str]) -> list[str]:
    paid = sum(fen for name, fen in money.items() if name.startswith("paid_"))
    amounts = (money["total_fen"], paid, money["person_fen"])
    return [f"{money['claims']:,}", *(grouped_yuan(fen) for fen in amounts)]


def _value(policy: Policy, value: str, language: Language) -> str:
    for name in ("setting", "tier"):
        fact = policy.facts.get(name)
        if fact is not None and value in fact.values:
            return fact.values[value].in_(language)
    return value
