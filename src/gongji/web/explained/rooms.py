"""The pages of a settlement and of a visit, for whoever may see them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from gongji.book.access.users import ROLES
from gongji.web.amounts import fen_of
from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller, for_callers
from gongji.web.every import every
from gongji.web.explained.told import told
from gongji.web.names import Named, facts_in_words, names_of_places, schemes_with
from gongji.wording import Bilingual

__all__ = ["ROUTES", "settlement_page", "visit_page"]

_PARTS = ("total", "in_scope", "over_price_cap", "prior_self_pay", "out_of_catalogue")


class Changed(NamedTuple):
    """What making a settlement again changed, in fen: new less old, in total and by fund."""

    number: int
    person: int
    funds: tuple[tuple[Bilingual, int], ...]


@for_callers(*ROLES)
async def settlement_page(caller: Caller) -> Response:
    """A settlement explained step by step, and what became of it."""
    number = caller.number("settlement")
    kept = await caller.door.get(f"/settlements/{number}")
    others = {kept["replaces"], kept["replaced_by"]} - {None}
    visit, places, *found = await asyncio.gather(
        caller.door.get(f"/visits/{kept['visit']}"),
        names_of_places(caller.door, [kept["institution"]]),
        *(caller.door.get(f"/settlements/{one}") for one in others),
    )
    by_number = {one["settlement"]: one for one in found}
    named = Named(caller.library)
    shown = {
        "number": number, "kept": kept, "visit": visit, "places": places,
        "facts": facts_in_words(named.policy(kept["explained"]["policy"], visit["day"]),
                                visit["facts"]),
        "answer": told(caller.library, kept["explained"]),
        "changed": _changed(caller, by_number.get(kept["replaces"]), kept),
        "replaced": _changed(caller, kept, by_number.get(kept["replaced_by"])),
    }  # fmt: skip
    return caller.page("explained/settlement.html", shown)


@for_callers(*ROLES)
async def visit_page(caller: Caller) -> Response:
    """A visit: its bill line by line, how it was settled, or what it would come to now."""
    number = caller.number("visit")
    visit = await caller.door.get(f"/visits/{number}")
    lines, coded, settlements, places, schemes = await asyncio.gather(
        every(caller.door, f"/visits/{number}/lines"),
        every(caller.door, f"/visits/{number}/coded-lines"),
        every(caller.door, "/settlements", visit=number),
        names_of_places(caller.door, [visit["institution"]]),
        schemes_with(caller, [visit["scheme"]]),
    )
    named = Named(caller.library)
    policy = named.policy(schemes[visit["scheme"]].policy, visit["day"])
    items = await _items(caller, coded)
    standing = [one for one in lines if not one["withdrawn"]]
    shown: dict[str, Any] = {
        "number": number, "visit": visit, "places": places,
        "facts": facts_in_words(policy, visit["facts"]), "title": named.title(policy.id),
        "coded": coded, "items": items, "settlements": settlements,
        "lines": [_line(policy, one) for one in standing if not coded], "answer": None,
        "cannot": None,
    }  # fmt: skip
    if not visit["withdrawn"] and not any(one["stands"] for one in settlements):
        shown |= await _beforehand(caller, number)
    return caller.page("explained/visit.html", shown)


async def _beforehand(caller: Caller, visit: int) -> Mapping[str, Any]:
    """What settling the visit would come to now, or why it cannot be settled yet."""
    try:
        record = await caller.door.get(f"/visits/{visit}/pre-settlement")
    except Turned as turned:
        return {"cannot": turned.detail}
    return {"answer": told(caller.library, record)}


async def _items(caller: Caller, coded: list[dict[str, Any]]) -> dict[str, str]:
    """The names of the items of a bill, by code."""

    async def named(code: str, day: str) -> dict[str, str]:
        found = await caller.door.get("/items", text=code, day=day, most=1)
        return {one["code"]: one["name"] for one in found["items"]}

    days = {one["item"]: one["day"] for one in coded}
    some = await asyncio.gather(*(named(code, day) for code, day in days.items()))
    return {code: name for one in some for code, name in one.items()}


def _line(policy: Any, line: Mapping[str, Any]) -> dict[str, Any]:
    said = line["said"]
    facts = {name: value for name, value in said.items() if name not in _PARTS}
    return {
        "number": line["number"], "facts": facts_in_words(policy, facts),
        "parts": {name: fen_of(said[name]) for name in _PARTS if name in said},
    }  # fmt: skip


def _changed(
    caller: Caller, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> Changed | None:
    """What a settlement that takes the place of another changes; None where there is none."""
    if old is None or new is None:
        return None
    library = caller.library
    before, after = (told(library, one["explained"]) for one in (old, new))
    funds = {bar.title: bar.fen for bar in after.bars if bar.kind == "fund"}
    for bar in before.bars:
        if bar.kind == "fund":
            funds[bar.title] = funds.get(bar.title, 0) - bar.fen
    return Changed(new["settlement"], after.person - before.person, tuple(funds.items()))


ROUTES = (
    Route("/settlements/{settlement}", settlement_page),
    Route("/visits/{visit}", visit_page),
)
