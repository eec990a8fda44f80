"""The door to the book: pages ask the API in the same process, as whoever is signed in.

So a page shows and does what its reader may, no more: rights, refusals, the trail of who saw what,
and one effect for a request however often it is sent are those of the API.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from httpx import ASGITransport, AsyncClient, InvalidURL, Response
from starlette.types import ASGIApp

from gongji.wording import Bilingual, Language

__all__ = ["Door", "Turned"]

_PROBLEM = "application/problem+json"
_PATH = re.compile(r"(/[\w-][\w.-]{0,99})+", re.ASCII)
"""An address of the API: words, codes and numbers, and nothing that would make it another one."""

_TITLE = Bilingual("没有找到", "Not found")
_NOWHERE = Bilingual("没有这样的编号或代码，请核对后再试。",
                     "There is no such number or code; look at it again.")  # fmt: skip


class Turned(Exception):
    """What the API refused: its status, its kind, its sentence in the reader's language.

    `fields` are the sentences by the field that they are about.
    """

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem["detail"])
        self.status: int = problem["status"]
        self.kind: str = problem["kind"]
        self.title: str = problem["title"]
        self.detail: str = problem["detail"]
        self.clauses: list[str] = problem.get("clauses") or []
        self.details: Mapping[str, Any] = problem.get("details") or {}
        found = {one["field"]: one["detail"] for one in reversed(problem.get("errors") or [])}
        if problem.get("field") and not found:
            found = {problem["field"]: self.detail}
        self.fields: Mapping[str, str] = found


class Door:
    """The API as one reader reaches it: with a token, in a language, from an address."""

    def __init__(self, api: ASGIApp, token: str | None, language: Language, address: str) -> None:
        self._language = language
        self._headers: dict[str, str] = {"Accept-Language": language}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._client = AsyncClient(
            transport=ASGITransport(api, client=(address, 0)),
            base_url="http://gongji.local/v1",
            trust_env=False,
        )

    async def get(self, path: str, **asked: object) -> Any:
        """What the API shows; what is asked for with None is left out.  Raises `Turned`."""
        return await self._ask("GET", path, asked)

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        **asked: object,
    ) -> Any:
        """What the API answers to something that is done.  Raises `Turned`."""
        more = {} if key is None else {"Idempotency-Key": key}
        return await self._ask(method, path, asked, more, json=body)

    async def send_file(
        self, path: str, content: bytes, media: str, key: str, **asked: object
    ) -> Any:
        """What the API answers to a file of rows.  Raises `Turned`."""
        more = {"Idempotency-Key": key, "Content-Type": media}
        return await self._ask("POST", path, asked, more, content=content)

    async def _ask(
        self,
        method: str,
        path: str,
        asked: Mapping[str, object],
        more: Mapping[str, str] = {},
        **body: Any,
    ) -> Any:
        """What the API answers; a path with something typed in it leads where it says, or nowhere.

        Raises `Turned`.
        """
        if _PATH.fullmatch(path) is None:
            raise self._nowhere()
        wanted = {name: str(one) for name, one in asked.items() if one is not None}
        headers = {**self._headers, **more}
        try:
            answer = await self._client.request(
                method, path, params=wanted, headers=headers, **body
            )
        except InvalidURL:  # longer than any address
            raise self._nowhere() from None
        return _read(answer)

    def _nowhere(self) -> Turned:
        title, detail = (one.in_(self._language) for one in (_TITLE, _NOWHERE))
        return Turned({"status": 404, "kind": "no_such_page", "title": title, "detail": detail})


def _read(answer: Response) -> Any:
    if answer.headers.get("content-type", "").startswith(_PROBLEM):
        raise Turned(answer.json())
    return answer.json() if answer.content else None
