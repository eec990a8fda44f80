"""Reading what happens to money: meters, scales, scopes, benefits and who stands in."""

from __future__ import annotations

import re
from typing import Literal, cast

from gongji.policy.context import Context
from gongji.policy.expression import figures_of
from gongji.policy.grammar import FORMS
from gongji.policy.model import (
    OUT_OF_SCOPE,
    Along,
    Bear,
    Benefit,
    Best,
    Beyond,
    Burden,
    Condition,
    Count,
    Cut,
    Destination,
    Expression,
    First,
    Go,
    Limit,
    Mark,
    Meter,
    Pay,
    Refuse,
    Scope,
    StandIn,
    Step,
    Unit,
    Whole,
)
from gongji.policy.problems import Place
from gongji.policy.read_facts import read_condition
from gongji.policy.read_values import read_expression, require_unit
from gongji.policy.reader import Faults, fields, items, one_of, text
from gongji.policy.source import Mapping, Node, Scalar
from gongji.policy.vocabulary import bilingual
from gongji.wording import Bilingual, listed

__all__ = [
    "Scale",
    "read_benefit",
    "read_best",
    "read_meter",
    "read_scale",
    "read_scope",
    "read_stand_in",
]

_VERBS = ("bear", "pay", "go", "refuse")
_ALWAYS = Condition()
_YEAR_FROM = re.compile(r"year from (\d\d)-(\d\d)", re.ASCII)

Scale = tuple[str, tuple[Cut, ...]]
"""The meter that a shared ruler lies along, and its stretches."""


def read_meter(name: str, node: Node, context: Context, place: Place) -> Meter:
    """`meter <name>:`, a running total."""
    where = f"meter {name}"
    faults = context.faults
    found = fields(node, FORMS["meter"], where, faults)
    per = None
    if "per" in found:
        per = text(found["per"], f"{where} › per", faults)
    counts = one_of(
        found["counts"], ("visits", "cost", "payment", "burden"), f"{where} › counts", faults
    )
    shared = "shared" in found
    if shared:
        one_of(found["shared"], ("yes",), f"{where} › shared", faults)
    if shared and per is None:
        faults.add(
            found["shared"].place,
            f"{where} › shared",
            Bilingual("没有 per", "no `per`"),
            Bilingual("per 写明按什么合并，如 household", "`per`: whose value is shared by whom"),
        )
    window, first_day = _window(found["window"], f"{where} › window", faults)
    return Meter(
        name,
        bilingual(found["title"], f"{where} › title", faults),
        cast(Literal["visits", "cost", "payment", "burden"], counts),
        cast(Literal["visit", "day", "month", "year", "lifetime"], window),
        per,
        cast(Mark, context.cite(found, where)),
        place,
        first_day,
        shared,
    )


def _window(node: Node, where: str, faults: Faults) -> tuple[str, tuple[int, int]]:
    """`visit`, `day`, `month`, `year` or `lifetime`, or a year that does not begin on 1 January."""
    written = text(node, where, faults)
    found = _YEAR_FROM.fullmatch(written)
    if found is not None:
        month, day = int(found[1]), int(found[2])
        if 1 <= month <= 12 and 1 <= day <= 28:
            return "year", (month, day)
        raise faults.add(
            node.place,
            where,
            Bilingual(f"“{written}”", f"{written!r}"),
            Bilingual("year from 月-日，如 year from 07-01", "a day such as year from 07-01"),
        )
    return one_of(node, ("visit", "day", "month", "year", "lifetime"), where, faults), (1, 1)


def read_scale(name: str, node: Node, context: Context) -> Scale:
    """`scale <name>:`, a ruler that several benefits share."""
    where = f"scale {name}"
    found = fields(node, FORMS["scale"], where, context.faults)
    outer = context.cite(found, where)
    return _meter(found["along"], where, context), _cuts(found["cut"], where, context, outer)


def read_stand_in(payer: str, node: Node, context: Context, place: Place) -> StandIn:
    """`stand_in <payer>:`, who pays in place of which funds."""
    where = f"stand_in {payer}"
    found = fields(node, FORMS["stand_in"], where, context.faults)
    _fund(Scalar(payer, place), where, context)
    return StandIn(
        payer,
        read_condition(found["when"], f"{where} › when", context),
        tuple(_fund(one, where, context) for one in items(found["for"], where, context.faults)),
        cast(Mark, context.cite(found, where)),
        place,
    )


def read_best(fact: str, node: Node, context: Context, place: Place) -> Best:
    """`best <fact>:`, a choice made for the person where it is not said."""
    where = f"best {fact}"
    found = fields(node, FORMS["best"], where, context.faults)
    choices = {name: one for name, one in context.facts.items() if one.kind in ("choice", "yes_no")}
    if fact not in choices:
        raise context.unknown(place, where, fact, choices)
    return Best(fact, cast(Mark, context.cite(found, where)), place)


def read_scope(name: str, node: Node, context: Context, chapter: str, place: Place) -> Scope:
    """`scope <name>:`, a station before all benefits."""
    where = f"scope {name}"
    faults = context.faults
    found = fields(node, FORMS["scope"], where, faults)
    outer = context.cite(found, where)
    kinds = [key for key in ("parts", "beyond", "bear") if key in found]
    if len(kinds) != 1 or ("beyond" in found) != ("mark" in found):
        raise faults.add(
            node.place,
            where,
            Bilingual(listed(kinds) or "没有动作", listed(kinds) or "nothing to do"),
            Bilingual(
                "parts，或 bear（可带 share），或 beyond 和 mark",
                "`parts`, or `bear` (with `share`), or `beyond` and `mark`",
            ),
        )
    mark = outer
    share = None
    if "share" in found:
        expression, own = read_expression(found["share"], f"{where} › share", context, outer)
        share = require_unit(expression, Unit.RATE, found["share"].place, where, context)
        mark = own or outer
    beyond = None
    if "beyond" in found:
        expression, own = read_expression(found["beyond"], f"{where} › beyond", context, outer)
        amount = require_unit(expression, Unit.YUAN, found["beyond"].place, where, context)
        beyond = Beyond(amount, text(found["mark"], f"{where} › mark", faults))
        mark = own or outer or _first_mark(amount)
    parts = items(found["parts"], f"{where} › parts", faults) if "parts" in found else ()
    if mark is None:
        raise _no_citation(node.place, where, context)
    return Scope(
        name,
        bilingual(found["title"], f"{where} › title", faults),
        read_condition(found["when"], f"{where} › when", context) if "when" in found else _ALWAYS,
        tuple(_cause(one, f"{where} › parts", context) for one in parts),
        share,
        _cause(found["bear"], f"{where} › bear", context) if "bear" in found else None,
        beyond,
        mark,
        chapter,
        place,
        one_of(found["works_out"], OUT_OF_SCOPE, f"{where} › works_out", faults)
        if "works_out" in found
        else "",
    )


def read_benefit(
    name: str,
    node: Node,
    context: Context,
    scales: dict[str, Scale],
    chapter: str,
    place: Place,
) -> Benefit:
    """`benefit <name>:`, a station that pays or refuses, or a layer on burden."""
    where = f"benefit {name}"
    faults = context.faults
    found = fields(node, FORMS["benefit"], where, faults)
    mark = cast(Mark, context.cite(found, where))
    steps: list[Step] = []
    for index, one in enumerate(items(found["steps"], f"{where} › steps", faults)):
        with faults.go_on():
            steps += _step(one, f"{where} › step {index + 1}", context, scales, mark)
    return Benefit(
        name,
        bilingual(found["title"], f"{where} › title", faults),
        read_condition(found["for"], f"{where} › for", context),
        _burden(found["from"], f"{where} › from", context) if "from" in found else None,
        tuple(steps),
        mark,
        chapter,
        place,
    )


def _burden(node: Node, where: str, context: Context) -> Burden:
    faults = context.faults
    found = fields(node, FORMS["burden"], where, faults)
    excepted = items(found["except"], where, faults) if "except" in found else ()
    return Burden(
        tuple(_cause(one, where, context) for one in items(found["borne"], where, faults)),
        tuple(text(one, where, faults) for one in items(found["in"], where, faults)),
        frozenset(text(one, where, faults) for one in excepted),
    )


def _step(
    node: Node, where: str, context: Context, scales: dict[str, Scale], outer: Mark
) -> list[Step]:
    faults = context.faults
    found = fields(node, FORMS["step"], where, faults)
    when = read_condition(found["when"], f"{where} › when", context) if "when" in found else _ALWAYS
    acts = [key for key in ("count", "along", "scale", "first", *_VERBS) if key in found]
    if "first" in found and len(acts) == 2 and acts[1] in _VERBS:
        here = f"{where} › first"
        expression, _ = read_expression(found["first"], here, context, outer)
        amount = require_unit(expression, Unit.YUAN, found["first"].place, here, context)
        return [First(amount, _destination(found, node.place, where, context, outer), when)]
    if len(acts) != 1 or (acts[0] == "along") != ("cut" in found and acts[0] != "count"):
        raise faults.add(
            node.place,
            where,
            Bilingual(listed(acts) or "没有动作", listed(acts) or "nothing to do"),
            Bilingual(
                "count（可带 cut），along 和 cut，scale，first 加去向，或一个去向",
                "`count` (with `cut`), `along` with `cut`, `scale`, `first` with a destination, "
                "or a destination",
            ),
        )
    if acts[0] == "count":
        meter = _meter(found["count"], where, context)
        counted: list[Step] = [Count(meter, when)]
        if "cut" in found:
            counted.append(Along(meter, _cuts(found["cut"], where, context, outer), when))
        return counted
    if acts[0] == "along":
        meter = _meter(found["along"], where, context)
        return [Along(meter, _cuts(found["cut"], where, context, outer), when)]
    if acts[0] == "scale":
        scale = text(found["scale"], where, faults)
        if scale not in scales:
            raise context.unknown(found["scale"].place, where, scale, scales)
        return [Along(*scales[scale], when)]
    return [Whole(_destination(found, node.place, where, context, outer), when)]


def _cuts(node: Node, where: str, context: Context, outer: Mark | None) -> tuple[Cut, ...]:
    faults = context.faults
    cuts: list[Cut] = []
    nodes = items(node, f"{where} › cut", faults)
    for index, one in enumerate(nodes):
        here = f"{where} › cut {index + 1}"
        found = fields(one, FORMS["cut"], here, faults)
        last = index + 1 == len(nodes)
        if ("to" in found) == last:
            raise faults.add(
                one.place,
                here,
                Bilingual(
                    "最后一段写了 to" if last else "中间的一段没有 to",
                    "the last stretch has `to`" if last else "no `to` before the last stretch",
                ),
                Bilingual("除最后一段外都写 to", "`to` on every stretch but the last"),
            )
        edge: Expression | None = None
        if "to" in found:
            expression, _ = read_expression(found["to"], f"{here} › to", context, outer)
            edge = require_unit(expression, Unit.YUAN, found["to"].place, here, context)
        cuts.append(Cut(edge, _destination(found, one.place, here, context, outer, open_end=last)))
    return tuple(cuts)


def _destination(
    found: dict[str, Node],
    place: Place,
    where: str,
    context: Context,
    outer: Mark | None,
    *,
    open_end: bool = True,
) -> Destination:
    faults = context.faults
    verbs = [verb for verb in _VERBS if verb in found]
    if len(verbs) != 1:
        raise faults.add(
            place,
            where,
            Bilingual(listed(verbs) or "没有去向", listed(verbs) or "no destination"),
            Bilingual(f"其中之一：{listed(_VERBS)}", f"exactly one of: {listed(_VERBS)}"),
        )
    mark = context.cite(found, where)
    verb = verbs[0]
    if verb != "pay" and any(key in found for key in ("at", "until", "then")):
        raise faults.add(
            place,
            where,
            Bilingual("没有 pay 却有 at、until 或 then", "`at`, `until` or `then` without `pay`"),
            Bilingual("pay", "`pay`"),
        )
    if verb == "bear":
        cause = text(found["bear"], where, faults)
        return Destination(
            Bear(cause if cause == "same" else _cause(found["bear"], where, context)), mark, place
        )
    if verb == "go":
        return Destination(Go(text(found["go"], where, faults)), mark, place)
    if verb == "refuse":
        return Destination(Refuse(bilingual(found["refuse"], where, faults)), mark, place)
    return _pay(found, place, where, context, mark, outer, open_end=open_end)


def _pay(
    found: dict[str, Node],
    place: Place,
    where: str,
    context: Context,
    mark: Mark | None,
    outer: Mark | None,
    *,
    open_end: bool,
) -> Destination:
    faults = context.faults
    fund = text(found["pay"], where, faults)
    if fund == "account":
        after = None
        if "then" in found:
            inner = fields(found["then"], FORMS["destination"], f"{where} › then", faults)
            after = _destination(inner, found["then"].place, f"{where} › then", context, outer)
        return Destination(Pay("account", None, (), after), mark, place)
    _fund(found["pay"], where, context)
    if "at" not in found or ("until" not in found and open_end):
        raise faults.add(
            place,
            where,
            Bilingual("pay 没有 at，或没有写限额", "`pay` without `at`, or without its limit"),
            Bilingual(
                "at: 比例；until: {累计项: 限额}，或 until: no limit ^条款",
                "at: rate; until: {meter: limit}, or until: no limit ^clause",
            ),
        )
    expression, _ = read_expression(found["at"], f"{where} › at", context, mark or outer)
    rate = require_unit(expression, Unit.RATE, found["at"].place, where, context)
    limits: tuple[Limit, ...] = ()
    until = found.get("until")
    if isinstance(until, Mapping):
        limits = tuple(
            Limit(_meter(key, where, context), _amount(value, where, context, mark or outer))
            for key, value in until.entries
        )
    elif until is not None:
        mark = mark or context.phrase(until, "no limit", f"{where} › until")
    if bool(limits) != ("then" in found):
        raise faults.add(
            place,
            where,
            Bilingual(
                "有限额没有 then，或有 then 没有限额", "a limit without `then`, or the reverse"
            ),
            Bilingual("限额用满后的去向 then", "`then`, where the rest goes"),
        )
    then = None
    if "then" in found:
        inner = fields(found["then"], FORMS["destination"], f"{where} › then", faults)
        then = _destination(inner, found["then"].place, f"{where} › then", context, outer)
    return Destination(Pay(fund, rate, limits, then), mark, place)


def _amount(node: Node, where: str, context: Context, outer: Mark | None) -> Expression:
    expression, _ = read_expression(node, where, context, outer)
    return require_unit(expression, Unit.YUAN, node.place, where, context)


def _meter(node: Node, where: str, context: Context) -> str:
    name = text(node, where, context.faults)
    if name not in context.meters:
        raise context.unknown(node.place, where, name, context.meters)
    return name


def _fund(node: Node, where: str, context: Context) -> str:
    name = text(node, where, context.faults)
    if name not in context.funds:
        raise context.unknown(node.place, where, name, context.funds)
    return name


def _cause(node: Node, where: str, context: Context) -> str:
    name = text(node, where, context.faults)
    if name not in context.causes:
        raise context.unknown(node.place, where, name, context.causes)
    return name


def _first_mark(expression: Expression) -> Mark | None:
    return next((figure.mark for figure in figures_of(expression) if figure.mark), None)


def _no_citation(place: Place, where: str, context: Context) -> Exception:
    return context.faults.add(
        place,
        where,
        Bilingual("没有条款", "no citation"),
        Bilingual("cite 或数后的条款标记", "`cite`, or a mark behind its figure"),
    )
