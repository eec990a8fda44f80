"""The page of the estimate: what was said in the address, the questions, and the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gongji.engine.amounts import AMOUNTS, read_parts
from gongji.engine.bill import IN_SCOPE
from gongji.engine.inputs import ACCOUNT_BALANCE, read_day
from gongji.engine.settlement import Settlement
from gongji.explain.explanation import Line
from gongji.explain.names import Cite
from gongji.money import grouped_yuan
from gongji.policy.model import Policy
from gongji.policy.versions import Library
from gongji.web.estimate.better import Better, better, binding
from gongji.web.estimate.curve import Curve, curve_of
from gongji.web.estimate.pots import Group, year_card
from gongji.web.estimate.presets import MOST_COLUMNS, Preset, compared, presets
from gongji.web.estimate.questions import Asked, Estimate, estimated
from gongji.web.estimate.said import MOST_EARLIER, Said, has_amount, read_said
from gongji.web.estimate.words import AMOUNT_TITLES, plain
from gongji.web.explained.waterfall import Bar, bars
from gongji.web.page import page
from gongji.wording import Bilingual, Refused

__all__ = ["City", "choices_of", "estimate_page", "in_force", "others_of"]


_DETAILS = ({*AMOUNTS} - {IN_SCOPE}) | {ACCOUNT_BALANCE}
_STEPS = ("keep", "add", "drop")
_TAKEN = "taken"

_KEPT = tuple(f"c{at}" for at in range(1, MOST_COLUMNS))
"""The fields in which estimates wait to be compared with this one."""


class City(NamedTuple):
    """The policies of a city that settle visits, to be chosen from."""

    title: Bilingual
    policies: tuple[Choice, ...]


class Choice(NamedTuple):
    """A policy to be chosen."""

    id: str
    title: Bilingual
    scheme: str


class Past(NamedTuple):
    """An earlier visit: its number, its questions, and what it was in words."""

    number: int
    said: Mapping[str, str]
    questions: tuple[Asked, ...]
    words: Bilingual
    counts: bool


class Answer(NamedTuple):
    """A settlement as the page shows it; `quoted` are the sentences of the clauses it cites.

    `here` is what of the bill is in scope, in fen, where the curve begins to tell of it; `alone`
    where nothing else is on the bill, so that the curve is the whole answer.
    """

    settlement: Settlement
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    year: tuple[Group, ...]
    notes: tuple[Bilingual, ...]
    assumptions: tuple[Bilingual, ...]
    supplied: tuple[Bilingual, ...]
    readings: tuple[tuple[Cite, Bilingual], ...]
    quoted: Mapping[str, str]
    binding: Line | None
    better: tuple[Better, ...]
    curve: Curve | None
    here: int
    alone: bool


def estimate_page(request: Request) -> Response:
    """The estimate, as far as it was said."""
    library: Library = request.app.state.library
    choices: tuple[City, ...] = request.app.state.choices
    today: date = request.app.state.today()
    fields = request.query_params.multi_items()
    own = _own(fields)
    said = read_said(own, today)
    kept = [(name, text) for name, text in fields if name in _KEPT and text]
    steps = {name: text for name, text in fields if name in _STEPS}
    if not said.policy:
        said = said._replace(policy=choices[0].policies[0].id)
    shown: dict[str, Any] = {
        "said": said, "choices": choices, "estimate": None, "answer": None, "day_note": None,
        "detailed": any(name in said.facts for name in _DETAILS), "kept": kept,
        "taken": "", "amounts": AMOUNT_TITLES, "most_earlier": MOST_EARLIER, "past": (),
        "presets": (),
    }  # fmt: skip
    written = said.day
    try:
        policy, said, note, late = in_force(library, said, own, today)
        estimate = estimated(said, policy, library)
    except Refused as refused:
        message = plain(refused, said, None)
        return page(request, "estimate/page.html", {**shown, "missing": message}, 404)
    if late is not None:
        asked = estimate.said._replace(day=written)
        estimate = estimate._replace(said=asked, explanation=None, refused=late, wrong="date")
    if steps:
        return RedirectResponse(_address(_stepped(estimate, steps), kept), 303)
    answer = None if estimate.explanation is None else _answer(estimate, library)
    shown |= {"said": estimate.said, "estimate": estimate, "answer": answer, "day_note": note}
    if answer is not None:
        queries = [text for _, text in kept]
        shown["presets"] = tuple(_presets(estimate, answer, queries, choices))
    shown["taken"] = _taken(estimate, day=not any(name == "date" for name, _ in own))
    shown["past"] = tuple(_past(estimate, number) for number in range(1, len(said.earlier) + 1))
    answered = page(request, "estimate/page.html", shown)
    typing = request.headers.get("HX-Source", "").startswith("input")  # no step back for each digit
    step = "HX-Replace-Url" if typing else "HX-Push-Url"
    answered.headers[step] = _address(estimate.said, kept)  # without what says nothing
    return answered


def _own(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The fields that say something of a visit.

    A form sends its questions with the values that were only taken; `taken` says which those are.
    """
    taken = {text for name, text in fields if name == _TAKEN}
    pairs = {pair for text in taken for pair in text.split(",")}
    apart = {*_STEPS, *_KEPT, "lang", _TAKEN}
    return [one for one in fields if one[0] not in apart and f"{one[0]}:{one[1]}" not in pairs]


def _taken(estimate: Estimate, *, day: bool) -> str:
    """The questions of the page whose values were only taken, for its form to send along.

    With `day` nobody said one, so that another policy takes a day of its own.
    """
    days = [f"date:{estimate.said.day}"] if day else []
    every = [("", estimate.questions)]
    every += [(f"{number}.", some) for number, some in enumerate(estimate.earlier, 1)]
    return ",".join(
        days
        + [
            f"{prefix}{one.fact.name}:{one.value}"
            for prefix, some in every
            for one in some
            if one.how == "taken" and one.fact.kind != "set"
        ]
    )


def _address(said: Said, kept: list[tuple[str, str]]) -> str:
    return f"/estimate?{urlencode([*said.fields(), *kept], safe='/')}"


def _stepped(estimate: Estimate, steps: Mapping[str, str]) -> Said:
    """With a visit put among the earlier ones, or one of those taken away."""
    said = estimate.said
    taken = {
        one.fact.name: one.value
        for one in estimate.questions
        if one.fact.of == "bill" and one.fact.kind != "set"
    }
    mine = {name for name, fact in estimate.policy.facts.items() if fact.of == "person"}
    bill = {name: text for name, text in said.facts.items() if name not in {*mine, ACCOUNT_BALANCE}}
    room = len(said.earlier) < MOST_EARLIER
    if "keep" in steps and has_amount(said) and room:
        visit = {**taken, **bill, "date": said.day}
        return said._replace(earlier=(*said.earlier, visit)).with_(**dict.fromkeys(AMOUNTS))
    if "add" in steps and room:
        visit = {name: text for name, text in taken.items() if name not in AMOUNTS}
        return said._replace(earlier=(*said.earlier, {**visit, "date": said.day}))
    kept = [one for at, one in enumerate(said.earlier, 1) if str(at) != steps.get("drop")]
    return said._replace(earlier=tuple(kept))


def in_force(
    library: Library, said: Said, fields: list[tuple[str, str]], today: date
) -> tuple[Policy, Said, Bilingual | None, Refused | None]:
    """The policy of the day; where no day was said and today has none, the last day it has.

    A note says which day was taken.  A day that was said and has no rules comes back refused, with
    a day of the last version to ask by.  Raises `Refused` where there is no such policy.
    """
    last = library.versions(said.policy)[-1].in_force
    day = min(today, last.last) if last.last is not None else max(last.first, today)
    if any(name == "date" and text.strip() for name, text in fields):
        try:
            return library.policy(said.policy, read_day(said.day, "event.date")), said, None, None
        except Refused as refused:
            if refused.kind not in {"bad_date", "out_of_force"}:
                raise
            asked = said._replace(day=day.isoformat())
            return library.policy(said.policy, day), asked, None, refused
    if day == today:
        return library.policy(said.policy, today), said, None, None
    note = Bilingual(
        f"现有的文件只管到 {day}，先按这一天算",
        f"the document at hand ends on {day}; taken as the day",
    )
    return library.policy(said.policy, day), said._replace(day=day.isoformat()), note, None


def _past(estimate: Estimate, number: int) -> Past:
    """An earlier visit in words: its day, what it was, what it came to."""
    visit = estimate.said.earlier[number - 1]
    questions = estimate.earlier[number - 1]
    counts = number in estimate.said.counted
    parts = [Bilingual(visit.get("date", ""), visit.get("date", ""))]
    parts += [one.words for one in questions if one.fact.kind == "choice"]
    amount = visit.get(IN_SCOPE) or visit.get("total", "")
    with suppress(Refused):
        amount = grouped_yuan(read_parts({"total": amount}, "event")[0][IN_SCOPE])
    if counts:
        parts.append(Bilingual(f"{amount} 元", f"{amount} yuan"))
    else:
        parts.append(Bilingual("还没写费用，先不计", "no amount yet, not counted"))
    words = Bilingual(" · ".join(one.zh for one in parts if one.zh),
                      " · ".join(one.en for one in parts if one.en))  # fmt: skip
    return Past(number, visit, questions, words, counts)


def _answer(estimate: Estimate, library: Library) -> Answer:
    explanation = estimate.explanation
    assert explanation is not None
    one, document = explanation.settlement, explanation.names.document
    cited = {cite.clause for line in explanation.lines for cite in line.cites}
    quoted = {name: document.clauses[name].rule for name in cited if name in document.clauses}
    stated = {name: estimate.said.facts[name] for name in AMOUNTS if name in estimate.said.facts}
    parts, _ = read_parts(stated, "event")
    return Answer(
        one, bars(one.total, one.payments, one.burden, explanation.names), explanation.lines,
        year_card(explanation), explanation.notes, explanation.assumptions, explanation.supplied,
        explanation.readings, quoted, binding(explanation), better(estimate, library), _curve(one),
        parts.get(IN_SCOPE, 0), one.total == parts.get(IN_SCOPE, 0),
    )  # fmt: skip


def _curve(settlement: Settlement) -> Curve | None:
    """The curve, where nothing stands in its way."""
    with suppress(Refused):
        return curve_of(settlement)
    return None


def _presets(
    estimate: Estimate, answer: Answer, kept: list[str], choices: tuple[City, ...]
) -> Iterator[Preset]:
    """What the estimate can be compared with, with what was kept first."""
    query = estimate.said.query()
    if kept:
        title = Bilingual(f"和留着的 {len(kept)} 份一起比", f"Compare with the {len(kept)} kept")
        yield Preset(title, compared([*kept, query][:MOST_COLUMNS]))
    if len(kept) < MOST_COLUMNS - 1:
        every = [(f"c{at}", one) for at, one in enumerate([*kept, query], 1)]
        title = Bilingual("留着这一份，改一改再比", "Keep this one, change it and compare")
        yield Preset(title, f"/estimate?{query}&{urlencode(every, safe='/')}")
    others = others_of(choices, estimate.policy.id)
    yield from presets(estimate, answer.better, cities=bool(others))


def others_of(choices: tuple[City, ...], name: str) -> list[str]:
    """The policies of the same scheme in other cities."""
    schemes = {one.id: one.scheme for city in choices for one in city.policies}
    own = name.partition("@")[0]
    return [one for one in schemes if one != own and schemes[one] == schemes.get(own)]


def choices_of(library: Library) -> tuple[City, ...]:
    """The policies that settle, by city."""
    found: dict[Bilingual, list[Choice]] = {}
    for name in library.ids():
        header = library.versions(name)[-1]
        policy = library.policy(name, header.in_force.first)
        if policy.benefits:
            choice = Choice(name, header.title, header.scheme)
            found.setdefault(header.city, []).append(choice)
    return tuple(City(city, tuple(some)) for city, some in found.items())
