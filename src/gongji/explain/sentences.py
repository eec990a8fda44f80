"""One sentence for each step of a settlement, in both languages, with its arithmetic.

Written for the insured: what happened to the money, by which figure, and what came of it.
"""

from __future__ import annotations

from fractions import Fraction

from gongji.engine.figures import Source
from gongji.engine.steps import (
    Borne,
    Counted,
    Drawn,
    Entered,
    LimitState,
    Paid,
    Passed,
    Scoped,
    Share,
    Step,
    StoodIn,
)
from gongji.explain.names import Names
from gongji.money import exact_text
from gongji.money import grouped_yuan as yuan
from gongji.policy.model import Benefit, Pay, Unit
from gongji.policy.walk import destinations
from gongji.wording import Bilingual

__all__ = ["arithmetic", "percent", "sentence"]

_SILENT = Bilingual("", "")


def sentence(step: Step, names: Names) -> Bilingual:
    """What a step says; empty for a step that changes nothing."""
    if isinstance(step, Scoped):
        return _scoped(step, names)
    if isinstance(step, Entered):
        return _entered(step, names)
    if isinstance(step, Drawn):
        return _drawn(step, names)
    if isinstance(step, Counted):
        return _counted(step, names)
    if isinstance(step, Borne):
        return _borne(step, names)
    if isinstance(step, Paid):
        return _paid(step, names)
    if isinstance(step, Passed):
        return _passed(step, names)
    return _stood_in(step, names)


def arithmetic(step: Step) -> str:
    """The sum behind a step's amount, as it would stand on paper; empty where there is none."""
    if isinstance(step, Paid) and step.fund != "account" and step.shares:
        terms = " + ".join(f"{yuan(share.cost)} × {percent(share.rate)}" for share in step.shares)
        return f"{terms} = {yuan(step.amount)}"
    if isinstance(step, Scoped) and step.rate is not None:
        return f"{yuan(step.base)} × {percent(step.rate)} = {yuan(step.amount)}"
    if isinstance(step, Counted):
        return "" if step.visits else _rise(step)
    if isinstance(step, Borne) and step.meter is not None and step.edge is not None:
        return f"{yuan(step.end)} - {yuan(step.start)} = {yuan(step.amount)}"
    return ""


def percent(rate: Fraction) -> str:
    """A rate as a percentage, exactly: 17/20 is `85%`."""
    return f"{exact_text(rate * 100)}%"


def _rise(step: Counted) -> str:
    return f"{yuan(step.before)} + {yuan(step.after - step.before)} = {yuan(step.after)}"


def _scoped(step: Scoped, names: Names) -> Bilingual:
    cause = names.cause(step.cause)
    if step.rate is not None:
        title = names.station(step.station)
        return Bilingual(
            f"{title.zh}：{arithmetic(step)} 元先由您自己负担（{cause.zh}）。",
            f"{title.en}: {arithmetic(step)} yuan are yours first ({cause.en}).",
        )
    return Bilingual(
        f"{cause.zh} {yuan(step.amount)} 元不在政策范围内，由您自己负担。",
        f"{yuan(step.amount)} yuan are not in scope ({cause.en}) and yours to pay.",
    )


def _entered(step: Entered, names: Names) -> Bilingual:
    if not step.amount:
        return _SILENT
    title = names.station(step.station)
    return Bilingual(
        f"政策范围内的 {yuan(step.amount)} 元按“{title.zh}”处理。",
        f"{yuan(step.amount)} yuan in scope come under: {title.en}.",
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
            f"Of what you bear, {yuan(step.amount)} yuan may be paid from your account ({en}).",
        )
    return Bilingual(
        f"您负担的费用中，{yuan(step.amount)} 元计入“{title.zh}”（{zh}）。",
        f"Of what you bear, {yuan(step.amount)} yuan come under: {title.en} ({en}).",
    )


def _pays_from_account(station: str, names: Names) -> bool:
    return any(
        isinstance(one.to, Pay) and one.to.fund == "account"
        for step in _benefit(station, names).steps
        for one in destinations(step)
    )


def _benefit(station: str, names: Names) -> Benefit:
    return next(one for one in names.policy.benefits if one.name == station)


def _counted(step: Counted, names: Names) -> Bilingual:
    title = names.meter(step.meter)
    if step.visits:
        return Bilingual(f"{title.zh}：第 {step.after} 次。", f"{title.en}: number {step.after}.")
    return Bilingual(
        f"{title.zh}由 {yuan(step.before)} 元增至 {yuan(step.after)} 元。",
        f"The {title.en} rises from {yuan(step.before)} to {yuan(step.after)} yuan.",
    )


def _borne(step: Borne, names: Names) -> Bilingual:
    amount = yuan(step.amount)
    if step.cause in ("not_covered", "excluded") and step.edge is None:
        title = names.station(step.station)
        return Bilingual(
            f"{title.zh}：{amount} 元基金不支付，由您自己负担。",
            f"{title.en}: no fund pays the {amount} yuan; they are yours.",
        )
    if step.first:
        label = _label(step.sources, names.cause(step.cause))
        short = step.amount < (step.edge or 0)
        return Bilingual(
            f"{label.zh} {yuan(step.edge or 0)} 元由您自己负担"
            + (f"，本次费用不到，负担 {amount} 元。" if short else "。"),
            f"The {label.en} of {yuan(step.edge or 0)} yuan is yours"
            + (f"; this bill comes to {amount} yuan of it." if short else "."),
        )
    if step.edge is None:
        return Bilingual(
            f"超过限额的 {amount} 元由您自己负担。", f"{amount} yuan above the limit are yours."
        )
    return _borne_below(step)


def _borne_below(step: Borne) -> Bilingual:
    """Cost borne up to an edge of a meter: a deductible of the year, or a gap between limits."""
    amount, edge = yuan(step.amount), yuan(step.edge or 0)
    if step.cause in ("deductible", "same"):
        before = Bilingual("", "")
        if step.start:
            before = Bilingual(
                f"，此前已累计 {yuan(step.start)} 元", f", {yuan(step.start)} of it met before"
            )
        whose = Bilingual("由您自己负担", "are yours")
        if step.cause == "same":
            whose = Bilingual("仍由您负担", "stay with you")
        return Bilingual(
            f"全年起付标准 {edge} 元{before.zh}：其中 {amount} 元{whose.zh}。",
            f"The deductible of the year is {edge} yuan{before.en}: {amount} yuan {whose.en}.",
        )
    return Bilingual(
        f"累计 {yuan(step.start)} 元至 {yuan(step.end)} 元之间的 {amount} 元没有基金支付，"
        "由您自己负担。",
        f"No fund pays the {amount} yuan between {yuan(step.start)} and {yuan(step.end)} of the "
        "year's total; they are yours.",
    )


def _paid(step: Paid, names: Names) -> Bilingual:
    fund = names.fund(step.fund)
    if step.fund == "account":
        if not step.amount:
            return _SILENT
        return Bilingual(
            f"个人账户支付 {yuan(step.amount)} 元。",
            f"Your personal account pays {yuan(step.amount)} yuan.",
        )
    reached = next((limit for limit in step.limits if limit.reached), None)
    if not step.shares:
        assert reached is not None, "a fund pays nothing only where a limit stops it"
        return Bilingual(
            f"{fund.zh}：{_used_up(reached, names).zh}，不再支付。",
            f"{fund.en}: {_used_up(reached, names).en}, nothing more is paid.",
        )
    why = Bilingual("", "")
    if reached is not None:
        used = _used_up(reached, names)
        why = Bilingual(f"，到限额为止（{used.zh}）", f", up to the limit ({used.en})")
    adjusted = [one for one in map(_adjusted, step.shares) if one.zh]
    how = Bilingual("", "")
    if adjusted:
        how = Bilingual(
            f"（{'；'.join(one.zh for one in adjusted)}）",
            f" ({'; '.join(one.en for one in adjusted)})",
        )
    rest = _left_of(step, names)
    return Bilingual(
        f"{fund.zh}支付 {arithmetic(step)} 元{how.zh}{why.zh}{rest.zh}。",
        f"The {fund.en} pays {arithmetic(step)} yuan{how.en}{why.en}{rest.en}.",
    )


def _left_of(step: Paid, names: Names) -> Bilingual:
    """What the person bears of the cost that a fund shares."""
    left = sum(share.cost for share in step.shares) - step.amount
    if not left:
        return _SILENT
    if _benefit(step.station, names).burden is not None:
        return Bilingual(f"，其余 {yuan(left)} 元仍由您负担", f"; {yuan(left)} stay with you")
    return Bilingual(f"，其余 {yuan(left)} 元由您自己负担", f"; the other {yuan(left)} are yours")


def _used_up(limit: LimitState, names: Names) -> Bilingual:
    title = names.meter(limit.meter)
    left = max(limit.limit - limit.before, 0)
    return Bilingual(
        f"{title.zh} {yuan(limit.before)} 元，限额 {yuan(limit.limit)} 元，"
        f"还可支付 {yuan(left)} 元",
        f"{title.en} {yuan(limit.before)} of the limit {yuan(limit.limit)}, {yuan(left)} left",
    )


def _adjusted(share: Share) -> Bilingual:
    """How a rate was made, where points were added or taken: `90% - 20 points = 70%`."""
    rate = next((one for one in share.sources if one.unit is Unit.RATE), None)
    points = [one for one in share.sources if one.unit is Unit.POINTS and one.value]
    if rate is None or rate.value is None or not points:
        return _SILENT
    zh = en = percent(rate.value)
    for one in points:
        assert one.value is not None
        sign = "-" if one.value < 0 else "+"
        number = percent(abs(one.value)).removesuffix("%")
        zh += f" {sign} {number} 个百分点"
        en += f" {sign} {number} points"
    return Bilingual(f"{zh} = {percent(share.rate)}", f"{en} = {percent(share.rate)}")


def _passed(step: Passed, names: Names) -> Bilingual:
    title = names.station(step.to)
    return Bilingual(
        f"另有 {yuan(step.amount)} 元转按“{title.zh}”处理。",
        f"{yuan(step.amount)} yuan more go on to: {title.en}.",
    )


def _stood_in(step: StoodIn, names: Names) -> Bilingual:
    payer, fund = names.fund(step.station), names.fund(step.fund)
    return Bilingual(
        f"{fund.zh}应支付的 {yuan(step.amount)} 元改由{payer.zh}承担。",
        f"The {yuan(step.amount)} yuan of the {fund.en} are paid by the {payer.en} instead.",
    )


def _label(sources: tuple[Source, ...], otherwise: Bilingual) -> Bilingual:
    return sources[0].label if sources and sources[0].label.zh else otherwise
