"""The page that holds estimates side by side."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gongji.policy.versions import Library
from gongji.web.compare.columns import columns_of, fields_of
from gongji.web.estimate.presets import MOST_COLUMNS, compared, elsewhere, presets
from gongji.web.estimate.questions import estimated
from gongji.web.estimate.rooms import City, in_force, others_of
from gongji.web.estimate.said import Said, read_said
from gongji.web.page import page

__all__ = ["compare_page"]

_EXAMPLE = "20000"
"""The bill in yuan by which the page shows what can be compared."""


def compare_page(request: Request) -> Response:
    """Up to four estimates side by side, each as its query in `c1` to `c4`."""
    library: Library = request.app.state.library
    today: date = request.app.state.today()
    queries = [
        text
        for at in range(1, MOST_COLUMNS + 1)
        if (text := request.query_params.get(f"c{at}", "").strip())
    ]
    like = request.query_params.get("like", "")
    if like and not queries:
        return RedirectResponse(
            compared(_alike(like, request.app.state.choices, library, today)), 303
        )
    columns = columns_of(queries, library, today)
    shown = {
        "columns": columns,
        "links": [_links(queries, at) for at in range(len(queries))],
        "address": f"{request.base_url}{compared(queries)[1:]}",
        "presets": () if queries else _examples(request.app.state.choices, library, today),
    }
    return page(request, "compare/page.html", shown)


def _links(queries: list[str], at: int) -> dict[str, str]:
    """Where a column is changed, the others kept, and the comparison without it."""
    rest = [one for index, one in enumerate(queries) if index != at]
    kept = urlencode([(f"c{number}", one) for number, one in enumerate(rest, 1)], safe="/")
    return {
        "open": f"/estimate?{queries[at]}{'&' if kept else ''}{kept}",
        "without": compared(rest),
    }


def _alike(query: str, choices: tuple[City, ...], library: Library, today: date) -> list[str]:
    """An estimate and the same in other cities, those first whose documents settle it."""
    said = read_said(fields_of(query), today)
    others = others_of(choices, said.policy)
    there = columns_of(list(elsewhere(said, others, library)), library, today)
    there = tuple(sorted(there, key=lambda one: one.message is not None))
    return [query, *(one.query for one in there)][:MOST_COLUMNS]


def _examples(choices: tuple[City, ...], library: Library, today: date) -> object:
    """Comparisons of a bill that nobody had, to begin with."""
    name = choices[0].policies[0].id
    said = Said(name, today.isoformat(), {"in_scope": _EXAMPLE})
    policy, said, *_ = in_force(library, said, [], today)
    cities = bool(others_of(choices, name))
    return presets(estimated(said, policy, library), (), cities=cities)
