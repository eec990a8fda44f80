"""The town opens: areas, schemes, institutions, the catalogue, and whoever lives there moves in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select

from gongji.book.acts import Act, Json
from gongji.book.catalogue.list_facts import load_list_facts
from gongji.book.catalogue.loading import load_catalogue
from gongji.book.contributions.declaring import carry_over
from gongji.book.loading.load import load
from gongji.book.persons.people import enrol, register
from gongji.book.rules import Scheme, scheme_of
from gongji.book.schema.places import SCHEME
from gongji.book.sheets import Sheet
from gongji.book.years.year_end import open_balances
from gongji.demo.city import YEAR, Resident, table
from gongji.demo.desk import Desk
from gongji.demo.invented import invented_identity
from gongji.demo.town import Town
from gongji.money import parse_yuan

__all__ = ["moved_in", "opened", "with_balances", "with_catalogue"]

_SINCE = date(YEAR, 1, 1)
"""From when on the residents are insured; before it everybody's months were carried over."""

_THROUGH = f"{YEAR - 1}-12"
_AT_ONCE = 50
_PLACES = ("areas", "schemes", "institutions", "employers")
_CATALOGUE = ("items", "caps", "rates", "lists")


def opened(desk: Desk, by: str) -> dict[str, Scheme]:
    """Open the places of the town as one load.  Gives its schemes by their policies."""
    sheets = [table(name) for name in _PLACES]
    request = {"tables": [{"name": one.name, "rows": len(one.rows)} for one in sheets]}

    def work(act: Act) -> Json:
        return {"new": load(act, desk.book.library, sheets, lambda *_: None).new}

    desk.do("load", request, work, by=by)
    with desk.book.reading() as connection:
        numbers = connection.scalars(select(SCHEME.c.id).order_by(SCHEME.c.id)).all()
        schemes = [scheme_of(connection, number) for number in numbers]
    return {one.policy: one for one in schemes}


def with_catalogue(town: Town, means: Mapping[str, str], by: str) -> None:
    """Load the catalogue, a file an act; `means` names tables of what lists mean, by scheme."""
    library = town.library

    def loaded(act: Act, name: str) -> Json:
        return {"rows": load_catalogue(act, library, name, table(name)).rows}

    for name in _CATALOGUE:
        town.desk.do("load_catalogue", {"file": f"{name}.csv"}, partial(loaded, name=name), by=by)
    for policy, name in means.items():
        scheme, sheet = town.schemes[policy], table(name)

        def meant(act: Act, scheme: Scheme = scheme, sheet: Sheet = sheet) -> Json:
            return {"rows": load_list_facts(act, library, scheme, _SINCE, sheet)[0]}

        request = {"file": sheet.name, "scheme": scheme.number}
        town.desk.do("load_list_facts", request, meant, by=by)


def with_balances(town: Town, balances: Mapping[str, Mapping[str, str]], day: date) -> None:
    """Take over what funds held in the books before."""
    for policy, funds in balances.items():
        scheme = town.schemes[policy]
        fen = {name: parse_yuan(text, name) for name, text in funds.items()}

        def work(act: Act, scheme: Scheme = scheme, fen: Mapping[str, int] = fen) -> Json:
            return {"entries": open_balances(act, town.library, scheme.number, day, fen, {})}

        town.at_agency(scheme.area, "open_balances", {"scheme": scheme.number, "fen": fen}, work)


def moved_in(town: Town) -> None:
    """Register and insure the residents, many an act, with what they had paid before."""
    for policy, scheme in town.schemes.items():
        mine = [one for one in town.residents if one.scheme == policy]
        for start in range(0, len(mine), _AT_ONCE):
            some = mine[start : start + _AT_ONCE]
            work = partial(_enrolled, town, scheme, some)
            request: dict[str, Any] = {"scheme": scheme.number, "persons": len(some)}
            numbers = town.at_agency(scheme.area, "enrol", request, work)["persons"]
            town.persons |= {one.serial: number for one, number in zip(some, numbers, strict=True)}


def _enrolled(town: Town, scheme: Scheme, residents: Sequence[Resident], act: Act) -> Json:
    numbers = []
    for one in residents:
        person = register(act, invented_identity(one.born, one.serial), one.name)
        employer = None if one.payer == "self" else one.payer
        enrol(act, town.library, person, scheme.number, _SINCE, one.facts, employer)
        if one.paid is not None:
            months = (YEAR - one.paid.year) * 12 + 1 - one.paid.month
            carry_over(act, person, scheme.number, one.paid, _THROUGH, months)
        numbers.append(person)
    return {"persons": numbers}
