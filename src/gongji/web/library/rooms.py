"""The pages of the library: all policies, one of them, what changed in it, clauses, documents."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any, NamedTuple

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from gongji.check.finding import SEVERITIES, TITLES
from gongji.policy.versions import Library
from gongji.web.library.changes import changes_of
from gongji.web.library.checking import Checked, Checks
from gongji.web.library.cited import Cited
from gongji.web.library.found import findings_shown
from gongji.web.library.reading import Reading
from gongji.web.library.search import Index, index_of
from gongji.web.library.sheets import refs_in
from gongji.web.library.shelf import STATES, Saying, Shelf, Title, shelf_of
from gongji.web.page import language_of, page, part
from gongji.wording import Bilingual, Language, Refused, shortened

__all__ = [
    "changes_page",
    "clause_page",
    "document_page",
    "findings_page",
    "policies_page",
    "policy_page",
    "stock_of",
    "text_page",
]

_TEXT = Bilingual("逐章全文", "chapter by chapter")
_FOUND = Bilingual("检查发现", "findings")


class Stock(NamedTuple):
    """What the pages are made of: the shelf, how it is searched, the checks of its policies.

    `made` are the long parts of pages, which never change: by version, template and language.
    """

    shelf: Shelf
    search: Index
    checks: Checks
    made: dict[tuple[str, str, str], Markup]


def stock_of(library: Library) -> Stock:
    """The stock of a library, read once."""
    shelf = shelf_of(library)
    return Stock(shelf, index_of(shelf), Checks(), {})


def policies_page(request: Request) -> Response:
    """All policies by city, and what is searched for in them and in the clauses."""
    stock = _stock(request)
    sought = request.query_params.get("q", "")
    area = request.query_params.get("area", "")
    found = stock.search.find(sought, language_of(request), area) if sought.strip() else None
    shown = {
        "cities": stock.shelf.cities, "found": found, "area": area,
        "sought": "" if found is None else found.sought, "totals": _totals(stock.shelf),
        "suggested": stock.search.titles[:8], "checked": _checked(stock),
    }  # fmt: skip
    return _page(request, "library/policies.html", shown)


def policy_page(request: Request) -> Response:
    """One version of a policy.  Raises `Refused` (`unknown_policy`, `unknown_version`)."""
    stock = _stock(request)
    title, reading = _chosen(stock.shelf, request)
    found = _findings(reading, stock.checks.known(reading.policy))
    shown = {
        **_of_version(title, reading), "findings": found,
        "body": _made(stock, request, "library/policy_body.html", title, reading),
    }  # fmt: skip
    return _page(request, "library/policy.html", shown)


def text_page(request: Request) -> Response:
    """All that a version says, chapter by chapter."""
    stock = _stock(request)
    title, reading = _chosen(stock.shelf, request)
    body = _made(stock, request, "library/text_body.html", title, reading)
    shown = {**_of_version(title, reading), "inner": _TEXT, "body": body}
    return _page(request, "library/text.html", shown)


def findings_page(request: Request) -> Response:
    """What the checker finds of a version; until it has, that it is looking."""
    stock = _stock(request)
    title, reading = _chosen(stock.shelf, request)
    found = _findings(reading, stock.checks.of(reading.policy))
    shown = {**_of_version(title, reading), "inner": _FOUND, "findings": found}
    return _page(request, "library/findings.html", shown)


def changes_page(request: Request) -> Response:
    """What changed between two versions, the last two unless `from` and `to` say others."""
    stock = _stock(request)
    title, reading = _chosen(stock.shelf, request)
    days = [str(one.policy.in_force.first) for one in title.readings]
    to = request.query_params.get("to") or str(reading.policy.in_force.first)
    after = _version(title, to)
    at = days.index(to)
    before = _version(title, request.query_params.get("from") or days[max(0, at - 1)])
    shown = {
        **_of_version(title, after),
        "changes": changes_of(before, after), "before": before, "after": after,
    }  # fmt: skip
    return _page(request, "library/changes.html", shown)


def clause_page(request: Request) -> Response:
    """One clause: where it stands, what it rules, what rests on it."""
    shelf = _stock(request).shelf
    entry = shelf.clauses.get(request.path_params["clause"])
    if entry is None:
        raise _none("clause", Bilingual("没有这个编号的条款", "There is no clause of this number"))
    by_version: dict[str, dict[str, list[Saying]]] = {}
    for saying in dict.fromkeys(entry.sayings):
        by_version.setdefault(saying.version, {}).setdefault(saying.item, []).append(saying)
    homes = [(shelf.readings[name], items.values()) for name, items in by_version.items()]
    shown = {"entry": entry, "state": STATES[entry.state], "homes": homes[::-1]}
    return _page(request, "library/clause.html", shown)


def document_page(request: Request) -> Response:
    """A document and its clauses, each with its state."""
    shelf = _stock(request).shelf
    document = shelf.documents.get(request.path_params["document"])
    if document is None:
        raise _none("document", Bilingual("没有这份文件", "There is no such document"))
    entries = (shelf.clauses[name] for name in document.clauses)
    chapters = groupby(entries, lambda entry: entry.clause.place)
    policies = [one for one in shelf.readings.values() if one.policy.document == document.id]
    shown = {
        "document": document, "policies": policies, "states": shelf.states(document),
        "chapters": [(place, list(same)) for place, same in chapters],
    }  # fmt: skip
    return _page(request, "library/document.html", shown)


def _stock(request: Request) -> Stock:
    stock: Stock = request.app.state.stock
    return stock


def _chosen(shelf: Shelf, request: Request) -> tuple[Title, Reading]:
    """The policy and version of an address, the latest version where it names none."""
    name, at, version = request.path_params["policy"].partition("@")
    title = shelf.title(name)
    return title, _version(title, version) if at else title.last


def _version(title: Title, first: str) -> Reading:
    for one in title.readings:
        if str(one.policy.in_force.first) == first:
            return one
    days = "、".join(str(one.policy.in_force.first) for one in title.readings)
    own = title.last.policy.title
    said = shortened(first, 20)
    raise _none(
        "version",
        Bilingual(f"{own.zh}没有 {said} 起施行的版本；现有：{days}",
                  f"{own.en} has no version in force from {said}; there are: {days}"),
    )  # fmt: skip


def _none(field: str, message: Bilingual) -> Refused:
    return Refused(f"unknown_{field}", message, {"field": field})


def _page(request: Request, template: str, shown: dict[str, Any]) -> Response:
    """A page of the library, which can write clauses and their states."""
    writing = _writing(_stock(request), language_of(request))
    return page(request, template, {**writing, **shown})


def _writing(stock: Stock, language: Language, reading: Reading | None = None) -> dict[str, Any]:
    tables = {} if reading is None else reading.tables(language)
    cited = Cited(stock.shelf.clauses, language, tables)
    return {"cites": cited.cites, "said": cited.said, "words": STATES}


def _of_version(title: Title, reading: Reading) -> dict[str, Any]:
    """What every page about a version shows."""
    earlier = [one for one in title.readings
               if one.policy.in_force.first < reading.policy.in_force.first]  # fmt: skip
    return {
        "title": title, "reading": reading, "policy": reading.policy,
        "document": reading.document, "earlier": earlier[-1] if earlier else None,
        "inner": None,
    }  # fmt: skip


def _made(stock: Stock, request: Request, template: str, title: Title, reading: Reading) -> Markup:
    """The part of a page that is the same for everybody, made when it is first asked for."""
    language = language_of(request)
    key = reading.version, template, language
    if key not in stock.made:
        shown = {
            **_of_version(title, reading), **_writing(stock, language, reading),
            "refs_in": refs_in,
            "states": title.states if reading is title.last else {},
        }  # fmt: skip
        stock.made[key] = part(language, template, shown)
    return stock.made[key]


def _findings(reading: Reading, checked: Checked) -> dict[str, Any]:
    groups = () if checked.record is None else findings_shown(reading.policy, checked.record)
    return {"state": checked.state, "groups": groups, "titles": TITLES, "severities": SEVERITIES}


def _checked(stock: Stock) -> dict[str, int]:
    """How much was found of each latest version, as far as that is known by now."""
    found = {}
    for city in stock.shelf.cities:
        for title in city.titles:
            known = stock.checks.known(title.last.policy)
            if known.record is not None:
                counts = known.record["counts"]
                found[title.last.version] = counts["error"] + counts["warning"]
    return found


def _totals(shelf: Shelf) -> dict[str, Any]:
    """What the whole library rests on."""
    states = Counter(entry.state for entry in shelf.clauses.values())
    latest = [title.last for city in shelf.cities for title in city.titles]
    return {
        "clauses": len(shelf.clauses), "documents": len(shelf.documents),
        "states": {name: states[name] for name in STATES if states[name]},
        "policies": len(latest), "versions": len(shelf.readings),
        "readings": sum(len(one.choices) for one in latest),
        "open": sum(len(one.open) for one in latest),
    }  # fmt: skip
