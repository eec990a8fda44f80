"""The columns of a comparison: one estimate each, what sets it apart, and how it fares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import parse_qsl

from gongji.engine.amounts import AMOUNTS
from gongji.explain.explanation import Explanation, Line
from gongji.money import half_up_ratio
from gongji.policy.versions import Library
from gongji.web.estimate.better import binding
from gongji.web.estimate.pots import Group, year_card
from gongji.web.estimate.questions import Asked, Estimate, estimated
from gongji.web.estimate.rooms import in_force
from gongji.web.estimate.said import Said, has_amount, read_said
from gongji.web.estimate.words import AMOUNT_TITLES, plain
from gongji.wording import Bilingual, Refused

__all__ = ["Column", "columns_of", "fields_of"]

_LONGEST = 6000
"""More characters than the query of any estimate that the pages make."""

_MOST_FIELDS = 400


class Column(NamedTuple):
    """An estimate in a comparison; amounts are fen.

    `apart` is what is different here from other columns, `note` which day was taken where the
    document has no other.  `message` says why there is no answer;
    then the rest is empty.  `more` is what the person bears beyond the first column, `best` where
    nobody bears less and somebody more.
    """

    query: str
    title: Bilingual
    apart: tuple[Bilingual, ...]
    taken: tuple[Asked, ...]
    message: Bilingual | None
    note: Bilingual | None = None
    explanation: Explanation | None = None
    funds: tuple[tuple[Bilingual, int], ...] = ()
    binding: Line | None = None
    year: tuple[Group, ...] = ()
    more: int | None = None
    best: bool = False

    @property
    def person(self) -> int:
        """What the person bears."""
        assert self.explanation is not None
        return self.explanation.settlement.person

    @property
    def share(self) -> str:
        """What the person bears of the whole bill, in percent with one decimal."""
        assert self.explanation is not None
        one = self.explanation.settlement
        whole, tenth = divmod(half_up_ratio(one.person * 1000, one.total) if one.total else 0, 10)
        return f"{whole}.{tenth}%"


class _Tried(NamedTuple):
    """An estimate of a column as far as it came, with everything that holds in it."""

    query: str
    said: Said
    estimate: Estimate | None
    message: Bilingual | None
    note: Bilingual | None

    def facts(self) -> Iterator[tuple[Bilingual, Bilingual]]:
        """What holds in it, by title."""
        said = self.said
        if self.estimate is None:
            return
        yield Bilingual("政策", "policy"), self.estimate.policy.title
        for one in (*self.estimate.questions, *self.estimate.more):
            yield one.fact.title, _words(one)
        for name in AMOUNTS:
            if name in said.facts:
                yield AMOUNT_TITLES[name], _same(said.facts[name])
        yield Bilingual("就医日期", "day of care"), _same(said.day)
        number = str(len(said.counted))
        yield (
            Bilingual("此前就医", "earlier visits"),
            Bilingual(f"此前看过 {number} 次", f"{number} earlier visits"),
        )


def columns_of(queries: Sequence[str], library: Library, today: date) -> tuple[Column, ...]:
    """The columns of some estimates, each told from the others by what differs."""
    tried = [_tried(query, library, today) for query in queries]
    held = [dict(one.facts()) for one in tried]
    columns = [_column(one, _apart(mine, held)) for one, mine in zip(tried, held, strict=True)]
    persons = [one.person for one in columns if one.explanation is not None]
    first = columns[0].person if columns and columns[0].explanation is not None else None
    return tuple(
        one
        if one.explanation is None
        else one._replace(
            more=None if first is None or not at else one.person - first,
            best=one.person == min(persons) < max(persons),
        )
        for at, one in enumerate(columns)
    )


def fields_of(query: str) -> list[tuple[str, str]]:
    """The fields of an estimate's query; of one that no page made, none."""
    try:
        return parse_qsl(query[:_LONGEST], max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


def _tried(query: str, library: Library, today: date) -> _Tried:
    fields = fields_of(query)
    said = read_said(fields, today)
    try:
        policy, said, note, late = in_force(library, said, fields, today)
        estimate = estimated(said, policy, library)
    except Refused as refused:
        return _Tried(query, said, None, plain(refused, said, None), None)
    if late is not None:
        return _Tried(query, said, estimate, plain(late, said, policy), None)
    message = None
    if estimate.refused is not None:
        message = estimate.message
    elif not has_amount(said):
        message = Bilingual("还没有写费用", "no amount was said")
    return _Tried(query, said, estimate, message, note)


def _column(tried: _Tried, apart: tuple[Bilingual, ...]) -> Column:
    estimate = tried.estimate
    title = Bilingual("这一份", "This one") if estimate is None else estimate.policy.title
    taken = tuple(one for one in estimate.questions if one.how == "taken") if estimate else ()
    explanation = None if estimate is None or tried.message else estimate.explanation
    if explanation is None:
        return Column(tried.query, title, apart, taken, tried.message, tried.note)
    funds = tuple(
        (explanation.names.fund(name), fen)
        for name, fen in explanation.settlement.payments.items()
        if fen
    )
    return Column(tried.query, title, apart, taken, None, tried.note, explanation, funds,
                  binding(explanation), year_card(explanation))  # fmt: skip


def _apart(
    mine: Mapping[Bilingual, Bilingual], every: Sequence[Mapping[Bilingual, Bilingual]]
) -> tuple[Bilingual, ...]:
    """The words that are not the same in all columns that have them; the policy has its title."""
    return tuple(
        words
        for title, words in mine.items()
        if title.en != "policy" and len({one[title] for one in every if title in one}) > 1
    )


def _words(one: Asked) -> Bilingual:
    """A value so that it can stand without its question."""
    fact = one.fact
    if fact.kind == "set":
        names = [words for value, words in fact.values.items() if value in one.chosen]
        none = Bilingual(f"没有{fact.title.zh}", f"no {fact.title.en}")
        listed = Bilingual("、".join(name.zh for name in names),
                           ", ".join(name.en for name in names))  # fmt: skip
        return listed if names else none
    if fact.kind == "choice":
        return one.words
    return fact.title + Bilingual("：", ": ") + one.words


def _same(text: str) -> Bilingual:
    return Bilingual(text, text)
