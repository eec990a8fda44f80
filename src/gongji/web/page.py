"""A page: its template, the language it is read in, and what every page needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gongji.money import format_yuan, grouped_yuan
from gongji.web.amounts import grouped, signed
from gongji.wording import Bilingual, Language

__all__ = ["LANGUAGE", "compiled", "language_of", "page", "part"]

LANGUAGE = "gongji_lang"
"""The cookie that keeps the language somebody chose."""

_VERSION = version("gongji")

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["yuan"] = grouped_yuan
_TEMPLATES.filters["grouped"] = grouped
_TEMPLATES.filters["plain_yuan"] = format_yuan
_TEMPLATES.filters["signed"] = signed


def compiled() -> None:
    """Compile all templates, so that nobody who asks for a first page waits for it."""
    for name in _TEMPLATES.list_templates():
        _TEMPLATES.get_template(name)


def language_of(request: Request) -> Language:
    """The language of the address, of the cookie or of the browser; Chinese unless English."""
    for said in (request.query_params.get("lang"), request.cookies.get(LANGUAGE)):
        if said == "zh":
            return "zh"
        if said == "en":
            return "en"
    first = request.headers.get("accept-language", "zh").strip().lower()
    return "en" if first.startswith("en") else "zh"


def page(
    request: Request, template: str, shown: Mapping[str, Any], status: int = 200
) -> HTMLResponse:
    """A page in the reader's language; a part of one where the browser asks for a part."""
    language = language_of(request)
    every = {
        "path": "/" + request.url.path.lstrip("/"),  # two of them would lead to another site
        "query": request.url.query,
        "who": request.scope.get("gongji.who"), "mark": request.scope.get("gongji.mark", ""),
        "told": None,
    }  # fmt: skip
    text = part(language, template, {**every, **shown})
    response = HTMLResponse(text, status)
    response.headers["Vary"] = "Cookie, Accept-Language, HX-Request"
    if request.query_params.get("lang") in {"zh", "en"}:
        response.set_cookie(
            LANGUAGE, language, max_age=31536000, samesite="lax", httponly=True,
            secure=request.url.scheme == "https",
        )  # fmt: skip
    return response


def part(language: Language, template: str, shown: Mapping[str, Any]) -> Markup:
    """A template filled in a language: a page, or a part that can be made once for many."""

    def words(zh: str | Bilingual, en: str = "") -> str:
        return zh.in_(language) if isinstance(zh, Bilingual) else (zh if language == "zh" else en)

    said = {"_": words, "language": language, "version": _VERSION, **shown}
    return Markup(_TEMPLATES.get_template(template).render(said))  # noqa: S704 - escaped by Jinja
