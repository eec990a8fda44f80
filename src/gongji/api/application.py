"""The application: all rooms under `/v1`, what it describes itself as, how it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, cast

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from gongji.api import (
    accounts,
    approvals,
    audit,
    catalogue,
    catalogue_files,
    claims,
    clearing,
    coded_lines,
    contribution_files,
    contributions,
    deaths,
    entitlement,
    family,
    finding,
    institutions,
    journal,
    own_codes,
    payouts,
    persons,
    places,
    registrations,
    resettling,
    retirement,
    settlements,
    statements,
    tokens,
    transfers,
    users,
    visits,
    waiting,
    years,
)
from gongji.api.desk import LetIn, Office
from gongji.api.fields import Answer, Body
from gongji.api.guard import Guard, refused
from gongji.api.problems import DOCUMENTED, Problem, said_wrong, turned_away
from gongji.api.sessions import Sessions
from gongji.book.access.sights import Sights
from gongji.book.book import Book
from gongji.wording import Refused

__all__ = ["ROOMS", "application", "rooms"]

ROOMS = (
    tokens, visits, coded_lines, settlements, resettling, claims,
    statements,
    users, places, institutions, persons, finding, contributions, contribution_files, entitlement,
    registrations, approvals,
    accounts, family, deaths, transfers, retirement,
    catalogue, catalogue_files, own_codes,
    journal, clearing, payouts, years,
    audit, waiting,
)  # fmt: skip
"""The rooms by subject; each holds a `room` with its endpoints.  They are looked through in this
order for every request, so that what hospitals ask all day comes first."""

_AT_A_TIME = 12
"""How many requests work at the same moment.  Each holds one connection of the store at most, and
the store keeps fifteen, so that none waits for another that waits for it."""

_DESCRIPTION = """
共济账册的接口：参保、就诊、结算、账务，以及谁办过、谁看过。
The book of gongji: enrolment, visits, settlements, money, and who did or saw what.

- 金额是两位小数的字符串（元） · amounts are strings of yuan with two decimals
- 每个写入请求带 `Idempotency-Key`，重发只生效一次 · every request that writes carries an
  `Idempotency-Key`, and sent again it has one effect
- 列表按 `next` 翻页 · lists go on with `next`
- 不予办理的，按 RFC 9457 说明，语言随 `Accept-Language` · refusals are problem details (RFC 9457)
  in the language of `Accept-Language`
- 不是自己的，等于没有 · what is not yours is not there for you
"""


def _now() -> datetime:
    return datetime.now(UTC)


def application(book: Book, clock: Callable[[], datetime] = _now) -> FastAPI:
    """The application over a book that is open; `clock` tells the moment in UTC."""
    app = rooms()
    app.state.office = Office(book, Sights(book.store), Sessions(book), clock)
    return app


def rooms() -> FastAPI:
    """The application without a book: what there is to ask, and how it is described."""
    app = FastAPI(
        title="gongji 共济",
        version=version("gongji"),
        description=_DESCRIPTION,
        lifespan=_lifespan,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,  # these pages would be fetched from elsewhere
        redoc_url=None,
        exception_handlers={
            Refused: cast(Any, refused),
            RequestValidationError: cast(Any, said_wrong),
            HTTPException: cast(Any, turned_away),
        },
    )
    for one in ROOMS:
        app.include_router(one.room, prefix="/v1", responses=DOCUMENTED)
    app.add_middleware(Guard)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = _AT_A_TIME
    yield


def _name_roles(paths: dict[str, Any]) -> None:
    """Say of each endpoint which roles it is open to, and give it a title to be read."""
    roles = {
        route.name: dependency.call.roles
        for one in ROOMS
        for route in one.room.routes
        if isinstance(route, APIRoute)
        for dependency in route.dependant.dependencies
        if isinstance(dependency.call, LetIn)
    }
    for operations in paths.values():
        for operation in operations.values():
            title, _, rest = operation["description"].partition("\n")
            operation["summary"] = title.partition(" · ")[0]
            let_in = roles.get(operation["operationId"])
            if let_in is not None:
                operation["x-roles"] = list(let_in)
                rest = f"{rest}\n\n角色 · roles: {', '.join(let_in)}"
            operation["description"] = f"{title}\n{rest}".strip()


def _show_examples(schemas: dict[str, Any]) -> None:
    """Put examples in as they are written; the framework leaves out what is null in them."""
    models: list[type[BaseModel]] = [Answer, Body]
    for model in models:  # grows as it is walked
        models += model.__subclasses__()
        extra = model.model_config.get("json_schema_extra")
        if isinstance(extra, dict) and model.__name__ in schemas:
            schemas[model.__name__]["examples"] = extra["examples"]


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with the problems that every endpoint can answer with."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )
        schemas = found["components"]["schemas"]
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"))
        schemas["Problem"] = problem
        _show_examples(schemas)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        _name_roles(found["paths"])
        app.openapi_schema = found
    return app.openapi_schema
