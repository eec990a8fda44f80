"""A settlement worked out anew by the engine: what comes out otherwise, in words."""

from __future__ import annotations

from gongji.book.care.readings import key_named, text_of
from gongji.book.care.settling import worked_out
from gongji.book.proof.rulings import Rulings
from gongji.book.proof.stretch import Kept
from gongji.engine.meters import Meters
from gongji.wording import Bilingual, Refused

__all__ = ["engine_difference"]

_TITLES = {
    "payments": "各基金支付", "total": "总费用", "person": "个人负担", "account": "个人账户支付",
    "moved": "累计的变动",
}  # fmt: skip


def engine_difference(rulings: Rulings, one: Kept) -> Bilingual | None:
    """The first thing of a settlement that its rules give otherwise; None where all is as kept."""
    try:
        before = Meters({key_named(name): fen for name, fen in one.before.items()})
        made = worked_out(rulings.case(one), before)
    except Refused as refused:
        whose = Bilingual(
            f"结算 {one.number}：不能重新算出：",
            f"settlement {one.number}: it does not come out again: ",
        )
        return whose + refused.message
    moved = {key: fen for key, fen in made.meters.readings.items() if fen != before[key]}
    found = {
        "payments": dict(made.payments), "total": made.total, "person": made.person,
        "account": made.account, "moved": text_of(moved),
    }  # fmt: skip
    there = {
        "payments": one.payments, "total": one.total_fen, "person": one.person_fen,
        "account": one.account_fen, "moved": one.moved_text,
    }  # fmt: skip
    for name, value in found.items():
        if value != there[name]:
            return Bilingual(
                f"结算 {one.number}：保存的{_TITLES[name]}是 {there[name]}，按规则应为 {value}",
                f"settlement {one.number}: {name} is kept as {there[name]}, the rules give {value}",
            )
    return None
