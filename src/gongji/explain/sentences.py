"""One sentence for each step of a settlement, in both languages, with its arithmetic.

Written for the insured: what happened to the money, by which figure, and what came of it.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from gongji.engine.figures import Source
from gongji.engine.steps import (
    Borne,
    Chosen,
    Counted,
    Drawn,
    Entered,
    LimitState,
    Marked,
    Paid,
    Passed,
    Scoped,
    Step,
    StoodIn,
    Stretch,
)
from gongji.explain.arithmetic import adjustment, arithmetic, payment_sum
from gongji.explain.names import Names
from gongji.money import grouped_yuan as yuan
from gongji.policy.model import Bear, Pay, Whole
from gongji.policy.walk import destinations
from gongji.wording import Bilingual

__all__ = ["sentence"]

_SILENT = Bilingual("", "")


def sentence(step: Step, names: Names, moved: Set[str] = frozenset()) -> Bilingual:
    """What a step says; empty for a step that changes nothing.

    `moved` are the funds in whose place somebody else pays in the end.
    """
    said = _said(step, names, moved)
    return replace(said, en=said.en[:1].upper() + said.en[1:])


def _said(step: Step, names: Names, moved: Set[str]) -> Bilingual:
    if isinstance(step, Chosen):
        return _chosen(step, names)
    if isinstance(step, Scoped):
        return _scoped(step, names)
    if isinstance(step, Marked):
        return _marked(step, names)
    if isinstance(step, Entered):
        return _entered(step, names)
    if isinstance(step, Drawn):
        return _drawn(step, names)
    if isinstance(step, Counted):
        return _counted(step, names)
    if isinstance(step, Borne):
        return _borne(step, names)
    if isinstance(step, Paid):
        return _paid(step, names, would=step.fund in moved)
    if isinstance(step, Passed):
        return _passed(step, names)
    return _stood_in(step, names)


# --- before the benefits -------------------------------------------------------------------------


def _chosen(step: Chosen, names: Names) -> Bilingual:
    title = names.fact(step.station)
    best = names.value(step.station, step.value)
    each = [(names.value(step.station, value), yuan(fen)) for value, fen in step.left]
    zh = "、".join(f"{value.zh} {fen} 元" for value, fen in each)
    en = ", ".join(f"{value.en} {fen}" for value, fen in each)
    return Bilingual(
        f"{title.zh}没有说明，按个人负担最少的“{best.zh}”（个人负担：{zh}）。",
        f"The {title.en} is not said; {best.en} leaves you least (you would bear: {en}).",
    )


def _scoped(step: Scoped, names: Names) -> Bilingual:
    cause = names.cause(step.cause)
    if step.rate is not None:
        title = names.station(step.station)
        return Bilingual(
            f"{title.zh}：{arithmetic(step)} 元先由您自己负担（{cause.zh}）。",
            f"{title.en}: {arithmetic(step)} yuan, which you pay first ({cause.en}).",
        )
    return Bilingual(
        f"{cause.zh} {yuan(step.amount)} 元不在政策范围内，由您自己负担。",
        f"{yuan(step.amount)} yuan are not in scope ({cause.en}); you pay them.",
    )


def _marked(step: Marked, names: Names) -> Bilingual:
    title = names.station(step.station)
    apart = names.layers_without(step.marked)
    return Bilingual(
        f"{title.zh}：超过 {yuan(step.edge)} 元的 {yuan(step.amount)} 元不计入"
        f"{'、'.join(f'“{one.zh}”' for one in apart)}。",
        f"{title.en}: the {yuan(step.amount)} yuan above {yuan(step.edge)} do not count in: "
        f"{', '.join(one.en for one in apart)}.",
    )


# --- in a benefit --------------------------------------------------------------------------------


def _entered(step: Entered, names: Names) -> Bilingual:
    benefit = names.benefit(step.station)
    first = benefit.steps[0]
    if not step.amount or (isinstance(first, Whole) and isinstance(first.destination.to, Bear)):
        return _SILENT
    return Bilingual(
        f"政策范围内的 {yuan(step.amount)} 元按“{benefit.title.zh}”处理。",
        f"{yuan(step.amount)} yuan in scope come under: {benefit.title.en}.",
    )


def _drawn(step: Drawn, names: Names) -> Bilingual:
    title = names.station(step.station)
    by_cause: dict[str, int] = {}
    for cause, _, fen in step.parts:
        by_cause[cause] = by_cause.get(cause, 0) + fen
    zh = "、".join(f"{names.cause(cause).zh} {yuan(fen)}" for cause, fen in by_cause.items())
    en = ", ".join(f"{names.cause(cause).en} {yuan(fen)}" for cause, fen in by_cause.items())
    if _pays_from_account(step.station, names):
        return Bilingual(
            f"您负担的费用中，{yuan(step.amount)} 元可用个人账户支付（{zh}）。",
            f"Of what you bear, {yuan(step.amount)} yuan may be paid from the account ({en}).",
        )
    return Bilingual(
        f"您负担的费用中，{yuan(step.amount)} 元计入“{title.zh}”（{zh}）。",
        f"Of what you bear, {yuan(step.amount)} yuan come under: {title.en} ({en}).",
    )


def _pays_from_account(station: str, names: Names) -> bool:
    return any(
        isinstance(one.to, Pay) and one.to.fund == "account"
        for step in names.benefit(station).steps
        for one in destinations(step)
    )


def _counted(step: Counted, names: Names) -> Bilingual:
    title = names.meter(step.meter)
    if step.visits:
        return Bilingual(f"{title.zh}：第 {step.after} 次。", f"{title.en}: number {step.after}.")
    return Bilingual(
        f"{title.zh}由 {yuan(step.before)} 元增至 {yuan(step.after)} 元。",
        f"The {title.en} rises from {yuan(step.before)} to {yuan(step.after)} yuan.",
    )


# --- borne and passed on -------------------------------------------------------------------------


def _borne(step: Borne, names: Names) -> Bilingual:
    where = step.where
    if where.first:
        return _borne_first(step, names)
    if where.edge is not None:
        return _borne_below(step, where.edge, names)
    if where.over is not None:
        over, stays = _over(where, names), _stays(step, names)
        return Bilingual(
            f"{over.zh}的 {yuan(step.amount)} 元{stays.zh}。",
            f"{yuan(step.amount)} yuan lie above {over.en}; {stays.en}.",
        )
    why = _label(step.sources, names.station(step.station))
    return Bilingual(
        f"{why.zh}：{yuan(step.amount)} 元基金不支付，由您自己负担。",
        f"{why.en}: no fund pays the {yuan(step.amount)} yuan; you pay them.",
    )


def _borne_first(step: Borne, names: Names) -> Bilingual:
    """The first so much of a stay or visit: its deductible."""
    label, edge = _label(step.where.sources, names.cause(step.cause)), yuan(step.where.edge or 0)
    if not step.where.edge:
        return Bilingual(f"{label.zh}为 0，不用负担。", f"The {label.en} is 0.")
    if step.amount < step.where.edge:
        return Bilingual(
            f"费用 {yuan(step.amount)} 元未过{label.zh} {edge} 元，全部由您自己负担。",
            f"The {yuan(step.amount)} yuan stay below the {label.en} of {edge}; you pay all.",
        )
    return Bilingual(
        f"{label.zh} {edge} 元由您自己负担。", f"You pay the {label.en} of {edge} yuan."
    )


def _borne_below(step: Borne, edge: int, names: Names) -> Bilingual:
    """Cost borne up to an edge of a meter: a deductible over time, or a gap between limits."""
    assert step.where.meter is not None
    start, title, stays = step.where.start, names.station(step.station), _stays(step, names)
    if step.cause not in ("deductible", "same"):
        meter = names.meter(step.where.meter)
        return Bilingual(
            f"{meter.zh}在 {yuan(step.where.over or 0)} 至 {yuan(edge)} 元之间的 "
            f"{yuan(step.amount)} 元没有基金支付，{stays.zh}。",
            f"No fund pays the {yuan(step.amount)} yuan of the {meter.en} between "
            f"{yuan(step.where.over or 0)} and {yuan(edge)}; {stays.en}.",
        )
    window = names.window(step.where.meter)
    before = _SILENT
    if start:
        before = Bilingual(f"，此前已计 {yuan(start)} 元", f", {yuan(start)} of it met before")
    return Bilingual(
        f"{title.zh}：{window.zh}起付标准 {yuan(edge)} 元{before.zh}；"
        f"这次的 {yuan(step.amount)} 元{stays.zh}。",
        f"{title.en}: deductible {window.en}{yuan(edge)} yuan{before.en}; {stays.en} "
        f"{yuan(step.amount)} of it now.",
    )


def _stays(step: Borne | Paid, names: Names) -> Bilingual:
    """Who bears it: in a layer the person bore it before."""
    if names.benefit(step.station).burden is not None:
        return Bilingual("仍由您负担", "you still pay")
    return Bilingual("由您自己负担", "you pay")


def _over(where: Stretch, names: Names) -> Bilingual:
    """What a stretch lies above: a limit of cost, or one of payment that is used up."""
    assert where.over is not None
    assert where.meter is not None
    label = _label(where.sources, names.meter(where.meter))
    if names.counts_payment(where.meter):
        return Bilingual(
            f"“{label.zh}”{yuan(where.over)} 元已用完，余下",
            f"the limit of payment {yuan(where.over)} ({label.en}), which is used up",
        )
    return Bilingual(f"超过“{label.zh}”{yuan(where.over)} 元", f"{yuan(where.over)} ({label.en})")


def _passed(step: Passed, names: Names) -> Bilingual:
    title = names.station(step.to)
    amount = yuan(step.amount)
    if step.where.over is None:
        return Bilingual(
            f"{amount} 元转按“{title.zh}”处理。", f"{amount} yuan go on to: {title.en}."
        )
    over = _over(step.where, names)
    return Bilingual(
        f"{over.zh}的 {amount} 元转按“{title.zh}”处理。",
        f"{amount} yuan lie above {over.en}, and go on to: {title.en}.",
    )


# --- paid ----------------------------------------------------------------------------------------


def _paid(step: Paid, names: Names, *, would: bool) -> Bilingual:
    fund = names.fund(step.fund)
    if step.fund == "account":
        if not step.amount:
            return _SILENT
        return Bilingual(
            f"个人账户支付 {yuan(step.amount)} 元。",
            f"The personal account pays {yuan(step.amount)} yuan.",
        )
    reached = next((limit for limit in step.limits if limit.reached), None)
    if not step.shares:
        assert reached is not None, "a fund pays nothing only where a limit stops it"
        used = _used_up(reached, names)
        return Bilingual(
            f"{fund.zh}：{used.zh}，不再支付。", f"{fund.en}: {used.en}; nothing more is paid."
        )
    why = _SILENT
    if reached is not None:
        used = _used_up(reached, names)
        why = Bilingual(f"，到限额为止（{used.zh}）", f", up to the limit ({used.en})")
    adjusted = dict.fromkeys(one for one in map(adjustment, step.shares) if one.zh)
    how = _SILENT
    if adjusted:
        how = Bilingual(
            f"（{'；'.join(one.zh for one in adjusted)}）",
            f" ({'; '.join(one.en for one in adjusted)})",
        )
    total, rest = payment_sum(step), _rest(step, names)
    pays = Bilingual("应支付", "would pay") if would else Bilingual("支付", "pays")
    return Bilingual(
        f"{fund.zh}{pays.zh} {total.zh} 元{how.zh}{why.zh}{rest.zh}。",
        f"The {fund.en} {pays.en} {total.en} yuan{how.en}{why.en}{rest.en}.",
    )


def _rest(step: Paid, names: Names) -> Bilingual:
    """What the person bears of the cost that a fund shares."""
    left = sum(share.cost for share in step.shares) - step.amount
    if not left:
        return _SILENT
    stays = _stays(step, names)
    return Bilingual(f"，其余 {yuan(left)} 元{stays.zh}", f"; {stays.en} the other {yuan(left)}")


def _used_up(limit: LimitState, names: Names) -> Bilingual:
    title = names.meter(limit.meter)
    left = max(limit.limit - limit.before, 0)
    return Bilingual(
        f"{title.zh}此前为 {yuan(limit.before)} 元，限额 {yuan(limit.limit)} 元，"
        f"这次最多支付 {yuan(left)} 元",
        f"{title.en}: {yuan(limit.before)} before this visit, limit {yuan(limit.limit)}, "
        f"so {yuan(left)} at most",
    )


def _stood_in(step: StoodIn, names: Names) -> Bilingual:
    payer, fund = names.fund(step.station), names.fund(step.fund)
    return Bilingual(
        f"{fund.zh}应支付的 {yuan(step.amount)} 元由{payer.zh}承担。",
        f"The {payer.en} owes the {yuan(step.amount)} yuan in place of the {fund.en}.",
    )


def _label(sources: tuple[Source, ...], otherwise: Bilingual) -> Bilingual:
    return sources[0].label if sources and sources[0].label.zh else otherwise
