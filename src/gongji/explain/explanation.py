"""A settlement explained: its sentences, what it rests on, what it assumed, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gongji.engine.left import Left, what_is_left
from gongji.engine.settlement import Settlement
from gongji.engine.steps import Counted, Step, StoodIn, sources_of
from gongji.explain.names import Cite, Names
from gongji.explain.sentences import arithmetic, sentence
from gongji.money import grouped_yuan as yuan
from gongji.policy.documents import Document
from gongji.policy.model import Mark, Policy, Unit
from gongji.policy.problems import Place
from gongji.wording import Bilingual

__all__ = ["Explanation", "Line", "explain"]

_NOTES = {
    "remainder_out_of_catalogue": Bilingual(
        "总费用中没有说明的部分，按目录外（自费）处理。",
        "What no part explains of the total is taken as out of catalogue.",
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
    lines: tuple[Line, ...]
    readings: tuple[tuple[Cite, Bilingual], ...]
    assumptions: tuple[Bilingual, ...]
    left: tuple[tuple[Left, Bilingual], ...]


def explain(settlement: Settlement, document: Document) -> Explanation:
    """Put a settlement into words; `document` is the clause ledger of its policy."""
    names = Names(settlement.policy, document)
    lines = tuple(
        Line(step, text, arithmetic(step), names.cites(_marks(step, names)))
        for step in settlement.steps
        if (text := sentence(step, names)).zh
    )
    readings = tuple(
        (_cite_of(clause, names), settlement.policy.readings[clause].text)
        for clause in settlement.readings
    )
    left = tuple((one, _left(one, names)) for one in what_is_left(settlement))
    return Explanation(
        settlement, names, lines, readings, tuple(_assumptions(settlement, names)), left
    )


def _marks(step: Step, names: Names) -> Iterator[tuple[Mark, str]]:
    """The marks of a step: those of the figures that made it, or that of its rule."""
    figures = [one for one in sources_of(step) if one.unit is not Unit.POINTS or one.value]
    for source in figures:
        yield source.mark, str(source.place or "")
    if not figures:
        yield step.mark, str(_place(step, names.policy) or "")


def _place(step: Step, policy: Policy) -> Place | None:
    if isinstance(step, Counted):
        return policy.meters[step.meter.meter].place
    words = ("stand_in",) if isinstance(step, StoodIn) else ("benefit", "scope")
    found = (policy.places.get(f"{word} {step.station}") for word in words)
    return next((place for place in found if place is not None), None)


def _cite_of(clause: str, names: Names) -> Cite:
    reading = names.policy.readings[clause]
    one = names.document.clauses[clause]
    return Cite(clause, names.document.short, one.place, True, str(reading.place))


def _assumptions(settlement: Settlement, names: Names) -> Iterator[Bilingual]:
    for note in settlement.notes:
        yield _NOTES[note]
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


def _left(one: Left, names: Names) -> Bilingual:
    edge, left = yuan(one.edge), yuan(one.left)
    benefit = names.station(one.benefit)
    if one.kind == "next_deductible" or one.meter is None:
        label = one.sources[0].label if one.sources and one.sources[0].label.zh else benefit
        return Bilingual(f"下一次：{label.zh} {edge} 元", f"Next time: {label.en} {edge} yuan")
    meter = names.meter(one.meter)
    if one.kind == "deductible":
        return Bilingual(
            f"{benefit.zh}：起付标准 {edge} 元，还差 {left} 元",
            f"{benefit.en}: deductible {edge} yuan, {left} still to meet",
        )
    if one.kind == "limit_of_payment":
        return Bilingual(
            f"{benefit.zh}：支付限额 {edge} 元，还可支付 {left} 元",
            f"{benefit.en}: limit of payment {edge} yuan, {left} left",
        )
    if one.kind == "limit_of_cost":
        return Bilingual(
            f"{benefit.zh}：{meter.zh}限额 {edge} 元，还剩 {left} 元",
            f"{benefit.en}: limit of the {meter.en} {edge} yuan, {left} left",
        )
    if one.kind == "gap":
        return Bilingual(
            f"{benefit.zh}：再过 {left} 元（累计 {edge} 元）基金重新开始支付",
            f"{benefit.en}: a fund pays again after {left} yuan more (total {edge})",
        )
    return Bilingual(
        f"{benefit.zh}：再过 {left} 元（累计 {edge} 元）比例改变",
        f"{benefit.en}: the rate changes after {left} yuan more (total {edge})",
    )
