"""An answered question in words and as a record: what holds, why, and which papers are missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from gongji.engine.answer import Answer, Value
from gongji.explain.arithmetic import percent
from gongji.explain.names import Cite, Names
from gongji.explain.record import Record, cite_record, in_both, parameter_text
from gongji.money import exact_text, format_yuan, grouped_yuan, short_text
from gongji.policy.documents import Document
from gongji.policy.model import PAPERS, YES_NO, Mark, Need, Words
from gongji.wording import Bilingual

__all__ = ["EXACTLY", "Told", "answer_record", "tell"]

EXACTLY = "exactly"
"""The field of a record that holds, by name, what was rounded in it."""


_OUTSIDE = Bilingual(
    "所问的日期不在所选版本的施行期内，按该版本回答。",
    "The day asked about lies outside the version named; it is answered under it all the same.",
)


class Told(NamedTuple):
    """An answer in words: values with their titles, papers with their clauses, readings.

    `supplied` are the parameters that were given for it.
    """

    answer: Answer
    names: Names
    lines: tuple[tuple[Bilingual, Bilingual], ...]
    needs: tuple[tuple[str, Bilingual], ...]
    missing: tuple[tuple[str, Bilingual], ...]
    cites: tuple[Cite, ...]
    readings: tuple[tuple[Cite, Bilingual], ...]
    assumptions: tuple[Bilingual, ...]
    notes: tuple[Bilingual, ...]
    supplied: tuple[Bilingual, ...]


def tell(answer: Answer, document: Document) -> Told:
    """Put an answer into words; `document` is the clause ledger of its policy."""
    policy, case = answer.policy, answer.case
    names = Names(policy, document)
    cites = names.cites(_marks(answer), "")
    readings = tuple((cite, policy.readings[cite.clause].text) for cite in cites if cite.reading)
    assumptions = tuple(
        Bilingual(f"{title.zh}：{words.zh}", f"{title.en}: {words.en}")
        for fact, value in answer.assumed.items()
        for title, words in [(names.fact(fact), names.value(fact, value))]
    )
    return Told(
        answer,
        names,
        tuple(
            (policy.answers[name].title, _words(names, name, value))
            for name, value in answer.values.items()
        ),
        tuple(_one_of(one, names) for one in answer.needs),
        tuple(
            _one_of(one._replace(mark=one.mark or _sole(case.mark)), names)
            for one in answer.missing
        ),
        cites,
        readings,
        assumptions,
        () if policy.in_force.covers(answer.day) else (_OUTSIDE,),
        tuple(
            Bilingual(f"{title.zh}：{words.zh}", f"{title.en}: {words.en}")
            for name, value in answer.parameters.items()
            for title, words in [(names.fact(name), names.parameter(name, value))]
        ),
    )


def _marks(answer: Answer) -> Iterator[tuple[Mark, str]]:
    yield answer.case.mark, str(answer.case.place)
    for need in answer.needs:
        if need.mark is not None:
            yield need.mark, str(answer.case.place)
    for source in answer.sources:
        yield source.mark, str(source.place or "")
    for ground in answer.grounds:
        yield ground.mark, str(ground.place)


def _sole(mark: Mark) -> Mark | None:
    """The mark of a case where it is one clause, which then is that of each of its papers."""
    return mark if len(mark.clauses) == 1 else None


def _one_of(need: Need, titles: Names) -> tuple[str, Bilingual]:
    shown = [titles.value(PAPERS, name) for name in need.names]
    words = Bilingual(" 或 ".join(one.zh for one in shown), " or ".join(one.en for one in shown))
    return " ".join(need.mark.clauses) if need.mark is not None else "", words


def _words(names: Names, name: str, value: Value) -> Bilingual:
    """A value for people."""
    kind = names.policy.answers[name].kind
    if isinstance(value, Words):
        return Bilingual(
            "；".join(one.zh for one in value.texts), "; ".join(one.en for one in value.texts)
        )
    if isinstance(value, str):
        return YES_NO[value] if kind == "yes_no" else names.value(name, value)
    if isinstance(value, date):
        return Bilingual(value.isoformat(), value.isoformat())
    if kind == "amount":
        yuan = grouped_yuan(int(value))
        return Bilingual(f"{yuan} 元", f"{yuan} yuan")
    text = _shown(value, kind)
    if text == _exact(value, kind):
        return Bilingual(text, text)
    return Bilingual(f"约 {text}（四舍五入）", f"about {text} (rounded)")


def _shown(value: Value, kind: str) -> str:
    """A rate or a number, rounded to two decimals where it has more."""
    assert isinstance(value, Fraction)
    return f"{short_text(value * 100)}%" if kind == "rate" else short_text(value)


def _exact(value: Value, kind: str) -> str:
    assert isinstance(value, Fraction)
    return percent(value) if kind == "rate" else exact_text(value)


def _rounded(answer: Answer) -> dict[str, Record]:
    """Of the rates and numbers that are shown rounded, what they are exactly."""
    kinds = {name: answer.policy.answers[name].kind for name in answer.values}
    return {
        name: _exact(value, kinds[name])
        for name, value in answer.values.items()
        if kinds[name] in ("rate", "number")
        and _shown(value, kinds[name]) != _exact(value, kinds[name])
    }


def answer_record(told: Told) -> dict[str, Record]:
    """The whole of an answer for machines; what it answers stands at the top, by name."""
    one = told.answer
    values: dict[str, Record] = {
        name: _plain(value, one.policy.answers[name].kind) for name, value in one.values.items()
    }
    if one.needs:
        values["needs"] = [list(need.names) for need in one.needs]
        if PAPERS in one.facts:
            values["complete"] = "no" if one.missing else "yes"
            values["missing"] = [list(need.names) for need in one.missing]
            values["missing_clauses"] = [
                list((need.mark or one.case.mark).clauses) for need in one.missing
            ]
    return {
        **values,
        EXACTLY: _rounded(one),
        "policy": one.policy.id,
        "version": one.policy.in_force.first.isoformat(),
        "digest": one.policy.digest,
        "date": one.day.isoformat(),
        "question": one.question.name,
        "about": one.question.about,
        "because": in_both(one.case.because) if one.case.because is not None else None,
        "citations": [cite_record(cite) for cite in told.cites],
        "readings": [{**cite_record(cite), "text": in_both(text)} for cite, text in told.readings],
        "assumed": dict(one.assumed),
        "assumptions": [in_both(text) for text in told.assumptions],
        "notes": [in_both(text) for text in told.notes],
        "parameters": {
            name: parameter_text(one.policy, name, value) for name, value in one.parameters.items()
        },
    }


def _plain(value: Value, kind: str) -> Record:
    if isinstance(value, Words):
        texts: list[Record] = [in_both(one) for one in value.texts]
        return texts if kind == "list" else texts[0]
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if kind == "amount":
        return format_yuan(int(value))
    return _shown(value, kind)
