"""The sums behind the steps of a settlement, as they would stand on paper.

`=` where the sum is exact, `≈` where it was rounded to the fen or cut at a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from gongji.engine.steps import Borne, Counted, Paid, Scoped, Share, Step, Stretch
from gongji.money import exact_text
from gongji.money import grouped_yuan as yuan
from gongji.policy.model import Unit
from gongji.wording import Bilingual

__all__ = ["adjustment", "arithmetic", "payment_sum", "percent"]

_SILENT = Bilingual("", "")


def arithmetic(step: Step) -> str:
    """The sum behind a step's amount; empty where there is none."""
    if isinstance(step, Paid) and step.fund != "account" and step.shares:
        return _sum(step.shares, [""] * len(step.shares), step.amount)
    if isinstance(step, Scoped) and step.rate is not None:
        equals = _equals(step.rate * step.base, step.amount)
        return f"{yuan(step.base)} × {percent(step.rate)} {equals} {yuan(step.amount)}"
    if isinstance(step, Counted) and not step.visits:
        return f"{yuan(step.before)} + {yuan(step.after - step.before)} = {yuan(step.after)}"
    if isinstance(step, Borne) and step.where.meter is not None and step.where.edge is not None:
        end = step.where.start + step.amount
        return f"{yuan(end)} - {yuan(step.where.start)} = {yuan(step.amount)}"
    return ""


def payment_sum(step: Paid) -> Bilingual:
    """The sum of a payment; where bands differ, each term says which stretch it is for."""
    if len(step.shares) == 1:
        return Bilingual(arithmetic(step), arithmetic(step))
    bands = [_band(share.where) for share in step.shares]
    return Bilingual(
        _sum(step.shares, [band.zh for band in bands], step.amount),
        _sum(step.shares, [band.en for band in bands], step.amount),
    )


def adjustment(share: Share) -> Bilingual:
    """How a rate was made, where points were added or a factor taken: `90% - 20 points = 70%`.

    Empty where its figures do not come to the rate by these two alone.
    """
    rates = [one.value for one in share.sources if one.unit is Unit.RATE and one.value is not None]
    points = [one for one in share.sources if one.unit is Unit.POINTS and one.value]
    if not rates:
        return _SILENT
    factors = [one for one in rates[1:] if one != 1]
    named = [one for one in points if one.label.zh]
    for added, times in product((named, points, []), (factors, [])):
        found = _adjusted(rates[0], [one.value or Fraction(0) for one in added], times)
        if found is not None and found[0] == share.rate:
            equals = f" = {percent(share.rate)}"
            return found[1] + Bilingual(equals, equals)
    return _SILENT


def _adjusted(
    rate: Fraction, points: Sequence[Fraction], factors: Sequence[Fraction]
) -> tuple[Fraction, Bilingual] | None:
    """A rate with points added and factors taken, and that sum in words; None without any."""
    if not points and not factors:
        return None
    value, words = rate, Bilingual(percent(rate), percent(rate))
    for one in points:
        value += one
        sign = "-" if one < 0 else "+"
        number = percent(abs(one)).removesuffix("%")
        words += Bilingual(f" {sign} {number} 个百分点", f" {sign} {number} points")
    if points and factors:
        words = Bilingual(f"（{words.zh}）", f"({words.en})")
    for one in factors:
        value *= one
        words += Bilingual(f" × {percent(one)}", f" × {percent(one)}")
    return min(max(value, Fraction(0)), Fraction(1)), words


def percent(rate: Fraction) -> str:
    """A rate as a percentage, exactly: 17/20 is `85%`."""
    return f"{exact_text(rate * 100)}%"


def _sum(shares: Sequence[Share], bands: Sequence[str], amount: int) -> str:
    terms = [
        f"{yuan(share.cost)} × {percent(share.rate)}{band}"
        for share, band in zip(shares, bands, strict=True)
    ]
    exact = sum((share.rate * share.cost for share in shares), Fraction(0))
    return f"{' + '.join(terms)} {_equals(exact, amount)} {yuan(amount)}"


def _equals(exact: Fraction, fen: int) -> str:
    return "=" if exact == fen else "≈"


def _band(where: Stretch) -> Bilingual:
    if where.edge is None and where.over is None:
        return _SILENT
    if where.edge is None:
        over = yuan(where.over or 0)
        return Bilingual(f"（累计 {over} 以上）", f" (above {over} in all)")
    edge = yuan(where.edge)
    if not where.over:
        return Bilingual(f"（累计 {edge} 以内）", f" (to {edge} in all)")
    over = yuan(where.over)
    return Bilingual(f"（累计 {over} 至 {edge}）", f" (from {over} to {edge} in all)")
