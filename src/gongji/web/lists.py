"""A list with filters: what the address asks for, a page of it, and where the next begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from gongji.web.door import Turned
from gongji.web.entrance.caller import Caller
from gongji.web.form import Form

__all__ = ["Listed", "filters_of", "listed"]

_DAYS = {"day", "first", "last", "since", "until"}


class Listed(NamedTuple):
    """The filters as they were typed, the items of a page, the query of the next one."""

    form: Form
    items: list[Any]
    more: str = ""

    @property
    def status(self) -> int:
        """The status of the page that shows it."""
        return 422 if self.form.problem else 200


def filters_of(caller: Caller, *names: str) -> Form:
    """What the address says under some names, as a form."""
    return Form(said={name: caller.asked(name) or "" for name in names})


async def listed(
    caller: Caller, path: str, form: Form, kept: Mapping[str, str] = {}, **more: object
) -> Listed:
    """A page of a list of the API, filtered as a form says and as `more` does.

    `kept` is what the address of the next page says as well, though it filters nothing.
    A filter that cannot be read stands in the form with what is wrong.  Raises `Turned` for all
    other refusals.
    """
    wanted = {name: form.day(name) if name in _DAYS else form.given(name) for name in form.said}
    try:
        found = await caller.door.get(path, **wanted, **more, after=caller.asked("after"))
    except Turned as turned:
        if not form.said.keys() & turned.fields.keys():
            raise
        return Listed(form.refused(turned), [])
    if found["next"] is None:
        return Listed(form, found["items"])
    said = {name: text for name, text in form.said.items() if text}
    return Listed(form, found["items"], urlencode({**kept, **said, "after": found["next"]}))
