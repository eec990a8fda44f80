"""A settlement explained: its sentences, what it rests on, what it assumed, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gongji.engine.left import Left, what_is_left
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Paid, Step, StoodIn, sources_of
from gongji.explain.arithmetic import arithmetic, percent
from gongji.explain.names import Cite, Names
from gongji.explain.sentences import sentence
from gongji.money import grouped_yuan as yuan
from gongji.policy.documents import Document
from gongji.policy.model import Mark, Unit
from gongji.wording import Bilingual

__all__ = ["Explanation", "Line", "explain", "left_in_words"]

_NOTES = {
    "remainder_out_of_catalogue": Bilingual(
        "总费用中没有说明的部分，按目录外（自费）处理。",
        "What no part explains of the total is taken as out of catalogue.",
    ),
    "total_in_scope": Bilingual(
        "只给了总费用，全部按政策范围内处理；票据上有先行自付、目录外（自费）、超限价的，请另行写明。",
        "Only a total was given, and all of it is taken as in scope; say what the bill shows as "
        "prior self-pay, out of catalogue or above a price cap.",
    ),
    "no_account": Bilingual(
        "这种保险没有个人账户，说明的账户余额没有使用。",
        "This insurance has no personal account; the balance said is not used.",
    ),
    "account_not_stated": Bilingual(
        "文件没有写个人账户支付什么，账户余额没有动用。",
        "The document does not say what the personal account pays; its balance is not touched.",
    ),
    "not_in_force": Bilingual(
        "就医日期不在所选版本的施行期内，按该版本试算。",
        "The day of care lies outside the version named; it is settled under it all the same.",
    ),
}


class Line(NamedTuple):
    """One step in words: its sentence, its arithmetic, and the clauses behind it."""

    step: Step
    text: Bilingual
    arithmetic: str
    cites: tuple[Cite, ...]


class Explanation(NamedTuple):
    """Everything a person can be told of a settlement, in the order of the bill's way."""

    settlement: Settlement
    names: Names
    notes: tuple[Bilingual, ...]
    lines: tuple[Line, ...]
    readings: tuple[tuple[Cite, Bilingual], ...]
    assumptions: tuple[Bilingual, ...]
    supplied: tuple[Bilingual, ...]
    left: tuple[tuple[Left, Bilingual], ...]


def explain(settlement: Settlement, document: Document) -> Explanation:
    """Put a settlement into words; `document` is the clause ledger of its policy."""
    names = Names(settlement.policy, document)
    moved = {step.fund for step in settlement.steps if isinstance(step, StoodIn)}
    lines = tuple(
        Line(step, text, arithmetic(step), names.cites(_marks(step), step.station))
        for step in settlement.steps
        if (text := sentence(step, names, moved)).zh
    )
    shown = (cite.clause for line in lines for cite in line.cites if cite.reading)
    readings = tuple(
        (_cite_of(clause, names), settlement.policy.readings[clause].text)
        for clause in dict.fromkeys((*settlement.readings, *shown))
    )
    left = tuple((one, left_in_words(one, names)) for one in what_is_left(settlement))
    return Explanation(
        settlement=settlement,
        names=names,
        notes=tuple(_NOTES[note] for note in settlement.notes),
        lines=lines,
        readings=readings,
        assumptions=tuple(_assumptions(settlement, names)),
        supplied=tuple(_supplied(settlement, names)),
        left=left,
    )


def _marks(step: Step) -> Iterator[tuple[Mark, str]]:
    """The marks behind a step: of the figures that made it, and of its rule.

    Limits that were not reached and points that add nothing are not what made it.
    """
    if isinstance(step, Paid):
        reached = [limit for limit in step.limits if limit.reached]
        step = step._replace(limits=tuple(reached), sources=())
    for source in sources_of(step):
        idle = source.unit is Unit.POINTS and not source.value
        if not idle or any(citation.reading for citation in source.mark.citations):
            yield source.mark, str(source.place or "")
    if step.basis is not None:
        yield step.basis.mark, str(step.basis.place)


def _cite_of(clause: str, names: Names) -> Cite:
    reading = names.policy.readings[clause]
    one = names.document.clauses[clause]
    return Cite(clause, names.document.short, one.place, True, str(reading.place))


def _assumptions(settlement: Settlement, names: Names) -> Iterator[Bilingual]:
    for fact, value in settlement.assumed.items():
        title = names.fact(fact)
        if value == "not applied":
            yield Bilingual(
                f"没有提供“{title.zh}”（{fact}），未作扣减。",
                f"The {title.en} ({fact}) was not supplied; nothing was cut by it.",
            )
        else:
            words = names.value(fact, value)
            yield Bilingual(f"{title.zh}：{words.zh}", f"{title.en}: {words.en}")


def _supplied(settlement: Settlement, names: Names) -> Iterator[Bilingual]:
    for name, value in settlement.parameters.items():
        title, shown = names.fact(name), names.parameter(name, value)
        yield Bilingual(f"{title.zh}（{name}）：{shown.zh}", f"{title.en} ({name}): {shown.en}")


def left_in_words(one: Left, names: Names) -> Bilingual:
    """What is left, in a sentence."""
    edge, left = yuan(one.edge), yuan(one.left)
    benefit = names.station(one.benefit)
    if one.kind == "next_deductible" or one.meter is None:
        label = one.sources[0].label if one.sources and one.sources[0].label.zh else benefit
        return Bilingual(f"下一次：{label.zh} {edge} 元", f"Next time: {label.en} {edge} yuan")
    meter = names.meter(one.meter)
    if one.kind == "account":
        return Bilingual(f"{meter.zh} {left} 元", f"{meter.en}: {left} yuan")
    if one.kind == "deductible":
        return Bilingual(
            f"{benefit.zh}：起付标准 {edge} 元，还差 {left} 元",
            f"{benefit.en}: deductible {edge} yuan, {left} still to meet",
        )
    if one.kind in ("limit_of_payment", "limit_of_cost"):
        return _limit(one, names, benefit, meter)
    before, after = one.rates
    if before is None or after is None or before == after:
        rate = "" if after is None else f" {percent(after)}"
        fund = names.fund(one.fund) if one.fund else benefit
        return Bilingual(
            f"{benefit.zh}：{meter.zh}再增加 {left} 元（至 {edge} 元）后，{fund.zh}支付{rate}",
            f"{benefit.en}: after {left} yuan more of the {meter.en} (at {edge}), the {fund.en} "
            f"pays{rate}",
        )
    return Bilingual(
        f"{benefit.zh}：{meter.zh}再增加 {left} 元（至 {edge} 元）后，支付比例由 "
        f"{percent(before)} 变为 {percent(after)}",
        f"{benefit.en}: after {left} yuan more of the {meter.en} (at {edge}), the rate goes from "
        f"{percent(before)} to {percent(after)}",
    )


def _limit(one: Left, names: Names, benefit: Bilingual, meter: Bilingual) -> Bilingual:
    edge, left = yuan(one.edge), yuan(one.left)
    fund = names.fund(one.fund) if one.fund else None
    if one.kind == "limit_of_payment" or fund is None:
        what = Bilingual("", "limit")
        if one.kind == "limit_of_payment" and fund is not None:
            what = Bilingual(f"{fund.zh}支付", f"limit of payment by the {fund.en}")
        return Bilingual(
            f"{benefit.zh}：{meter.zh}，{what.zh}限额 {edge} 元，还剩 {left} 元",
            f"{benefit.en}: {meter.en}, {what.en} {edge} yuan, {left} left",
        )
    if one.reading < one.start:
        return Bilingual(
            f"{benefit.zh}：{meter.zh}在 {yuan(one.start)} 至 {edge} 元之间的部分，"
            f"由{fund.zh}按比例支付",
            f"{benefit.en}: of the {meter.en}, the part between {yuan(one.start)} and {edge} yuan "
            f"is paid by the {fund.en} at its rate",
        )
    return Bilingual(
        f"{benefit.zh}：{meter.zh}到 {edge} 元为止由{fund.zh}按比例支付，还剩 {left} 元",
        f"{benefit.en}: the {fund.en} pays at its rate up to {edge} yuan of the {meter.en}, "
        f"{left} left",
    )
