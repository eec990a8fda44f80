"""The desk: one request, from who asks to what is answered.

`open_to` lets roles in and gives the endpoint its desk.  `done` does a piece of work in the book,
once for every key; `seen` and `listed` show something, and write down who saw it before it leaves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Depends, Header, Query, Request
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Column, Connection, Row, Select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gongji.api.paging import Page, page_of
from gongji.api.passwords import hash_of_password
from gongji.api.sessions import Sessions
from gongji.book.access.sights import Sight, Sights
from gongji.book.access.users import Role, User
from gongji.book.acts import Act, Asked, Json, canonical, day_in_china
from gongji.book.book import Book
from gongji.policy.versions import Library
from gongji.wording import Bilingual, Refused

__all__ = [
    "Bearer", "Desk", "LetIn", "Office", "Trial", "answered", "office_of", "open_to", "writing_for",
]  # fmt: skip

Trial = Annotated[
    Literal["yes", "no"],
    Query(
        alias="try",
        description="yes: only tell what would come of it; nothing is kept, and new numbers are "
        "nobody's",
    ),
]
"""The parameter `try` of an endpoint that can show beforehand what it would do."""


class Office(NamedTuple):
    """What all desks share: the book, its sights, who is logged in, and the clock."""

    book: Book
    sights: Sights
    sessions: Sessions
    clock: Callable[[], datetime]


def office_of(request: Request) -> Office:
    """The office that a request came to."""
    office: Office = request.app.state.office
    return office


class Desk:
    """One request: who asks for which service, when, and with which key."""

    __slots__ = ("_request", "at", "key", "office", "person", "service", "user")

    def __init__(self, request: Request, office: Office, user: User, at: datetime) -> None:
        self._request = request
        self.office = office
        self.user = user
        self.at = at
        self.service: str = request.scope["route"].name
        self.key: str | None = None
        self.person: int | None = user.person
        """Whom it concerns, for those who later ask who saw what of them."""

    @property
    def library(self) -> Library:
        """The policies that the book settles by."""
        return self.office.book.library

    @property
    def day(self) -> date:
        """The day of the request."""
        return day_in_china(self.at)

    def done(
        self, request: Json, work: Callable[[Act], Json], strand: int = 0, trial: Trial = "no"
    ) -> Response:
        """Do the work of a request in one transaction, and answer with what it gives.

        The same request with the same key is answered as before.  `strand` is any number that
        spreads requests, such as the person's.  A `trial` is undone, and written down as something
        that was seen.  Raises what the work raises.
        """
        asked = Asked(self.service, request, self.user.name, self.at, self.day, self.key)
        if trial == "no":
            return self._answered(canonical(self.office.book.do(asked, work, strand)))
        try:
            answer = self.office.book.tried(asked, work)
        except Refused as refused:
            self.noted(refused.kind)
            raise
        self.noted("tried")
        return self._answered(canonical(answer))

    def seen(self, read: Callable[[Connection], Mapping[str, Any]]) -> Response:
        """Show what is read of one state of the book, and write down that it was seen.

        Raises what the reading raises; that it was asked for is written down all the same.
        """
        try:
            with self.office.book.reading() as connection:
                found = read(connection)
        except Refused as refused:
            self.noted(refused.kind)
            raise
        self.noted("done")
        return self._answered(_text(found))

    def listed(
        self,
        wanted: Select[Any],
        by: Column[Any],
        page: Page,
        record: Callable[[Row[Any]], Mapping[str, Any]],
    ) -> Response:
        """Show a page of a list; see `page_of`."""
        return self.seen(lambda connection: page_of(connection, wanted, by, page, record))

    def listed_of(
        self,
        own: Callable[[Desk, Connection, int], object],
        number: int,
        wanted: Select[Any],
        by: Column[Any],
        page: Page,
        record: Callable[[Row[Any]], Mapping[str, Any]],
    ) -> Response:
        """Show a page of what belongs to one of theirs, such as the lines of a visit."""

        def read(connection: Connection) -> Mapping[str, Any]:
            own(self, connection, number)
            return page_of(connection, wanted, by, page, record)

        return self.seen(read)

    def hashed(self, password: str, field: str = "password") -> tuple[str, str]:
        """The hash of a password that stood in a field, and what stands for it in the request.

        Both are the same when the request is sent again with its key, so that another password
        under that key is another request; neither tells what the password is.
        """
        seal = self.office.book.seal
        salt = seal.hash(f"salt {self.user.name} {self.key}")[:16]
        hashed = hash_of_password(password, salt, field)
        return hashed, seal.hash(hashed).hex()

    def noted(self, outcome: str) -> None:
        """Write down who asked for what, and how it ended; it is kept when this returns."""
        about = ", ".join(f"{name} {value}" for name, value in self._request.path_params.items())
        self.office.sights.write(
            Sight(self.at, self.user.name, self.service, about, self.person, outcome)
        )

    def _answered(self, text: str) -> Response:
        status = self._request.scope["route"].status_code or 200
        return Response(text, status, media_type="application/json")


def answered(record: Mapping[str, Any], status: int = 200) -> Response:
    """An answer as JSON."""
    return Response(_text(record), status, media_type="application/json")


def _text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


# --- who is let in -------------------------------------------------------------------------------

_bearer = HTTPBearer(auto_error=False, description="the token of POST /v1/tokens")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="the caller's own mark for this request; sent again it has one effect",
        examples=["7f0c2d5e-3b1a-4c55-9a39-5d1f0e6f2b11"],
    ),
]


def open_to(*roles: Role) -> Dependency:
    """What lets users of some roles in, to look at something; gives a `Desk`."""
    found: Dependency = Depends(LetIn(roles))
    return found


def writing_for(*roles: Role) -> Dependency:
    """What lets users of some roles in, to change something; gives a `Desk` with a key."""
    found: Dependency = Depends(_LetInWithKey(roles))
    return found


class LetIn:
    """Lets users of some roles in."""

    def __init__(self, roles: tuple[Role, ...]) -> None:
        self.roles = roles

    async def __call__(self, request: Request, bearer: Bearer) -> Desk:
        """The desk of a user who has one of the roles.  Raises `Refused`."""
        return await _let_in(request, bearer, self.roles)


class _LetInWithKey(LetIn):
    """Lets users of some roles in who have a key for what they ask."""

    async def __call__(  # type: ignore[override]
        self, request: Request, bearer: Bearer, key: Key
    ) -> Desk:
        """The desk, with the key."""
        desk = await _let_in(request, bearer, self.roles)
        desk.key = key
        return desk


async def _let_in(
    request: Request, bearer: HTTPAuthorizationCredentials | None, roles: tuple[Role, ...]
) -> Desk:
    """The desk of a user who is logged in.

    Raises `Refused`: `no_token`, `bad_token`, `not_allowed`.  Only a token that was not seen for
    some seconds costs a look into the book, and so a thread.
    """
    office = office_of(request)
    at = office.clock()
    if bearer is None:
        raise Refused(
            "no_token",
            Bilingual(
                "请先登录：POST /v1/tokens 取得令牌，放在请求头 Authorization: Bearer …",
                "log in first: POST /v1/tokens gives a token for the header Authorization: "
                "Bearer ...",
            ),
        )
    user = office.sessions.remembered(bearer.credentials, at)
    if user is None:
        user = await run_in_threadpool(office.sessions.user_of, bearer.credentials, at)
    desk = Desk(request, office, user, at)
    if user.role not in roles:
        await run_in_threadpool(desk.noted, "not_allowed")
        raise Refused(
            "not_allowed",
            Bilingual(
                f"这项业务不对 {user.role} 角色开放；可办的角色：{', '.join(roles)}",
                f"this is not open to the role {user.role}, but to: {', '.join(roles)}",
            ),
        )
    return desk
