"""A form: what was typed, kept when it comes back, and what is wrong beside each field.

Names of fields are those of the API, so that what it finds wrong stands where it was typed.
Amounts and days are taken as people write them; what cannot be read so is left for the API, which
says what it expects.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from gongji.money import format_yuan, parse_yuan
from gongji.web.door import Turned
from gongji.wording import Refused

__all__ = ["Form", "Sent", "read_form", "whole_of"]

_MOST_FIELDS = 2000
_MOST_BYTES = 8 * 2**20
_KEY = re.compile(r"[\x21-\x7e]{1,100}")
_WHOLE = re.compile(r"\d{1,15}", re.ASCII)
_DAY = re.compile(r"(\d{4})(?:[-/.年]\s*(\d{1,2})[-/.月]\s*(\d{1,2})日?|(\d{2})(\d{2}))", re.ASCII)
_WIDE = str.maketrans("０１２３４５６７８９．，－／Ｘｘ　", "0123456789.,-/Xx ")


class Sent(NamedTuple):
    """A file that was sent."""

    name: str
    content: bytes

    @property
    def media(self) -> str:
        """What kind of file it is, by its name."""
        return "text/csv" if self.name.lower().endswith(".csv") else "application/octet-stream"


class Form(NamedTuple):
    """What was typed under each name, with what is wrong; `key` marks one doing of it."""

    said: Mapping[str, str] = {}
    several: Mapping[str, tuple[str, ...]] = {}
    files: Mapping[str, Sent] = {}
    mark: str = ""
    key: str = ""
    problem: str = ""
    wrong: Mapping[str, str] = {}
    clauses: tuple[str, ...] = ()

    @property
    def once(self) -> str:
        """The key of this form; the same when it is sent again as it came back."""
        return self.key or str(uuid.uuid4())

    def text(self, name: str) -> str:
        """What was typed, without blanks around it."""
        return self.said.get(name, "").strip()

    def given(self, name: str) -> str | None:
        """What was typed; None where nothing was."""
        return self.text(name) or None

    def amount(self, name: str) -> str | None:
        """An amount of yuan with two decimals; as it was typed where it is none."""
        typed = self.given(name)
        if typed is None:
            return None
        try:
            return format_yuan(parse_yuan(typed, name))
        except Refused:
            return typed

    def day(self, name: str) -> str | None:
        """A day as YYYY-MM-DD; as it was typed where it is none."""
        typed = self.given(name)
        if typed is None:
            return None
        found = _DAY.fullmatch(typed.translate(_WIDE))
        if found is None:
            return typed
        year, month, of_month, month_too, of_month_too = found.groups()
        return f"{year}-{month or month_too:0>2}-{of_month or of_month_too:0>2}"

    def whole(self, name: str) -> int | str | None:
        """A whole number; as it was typed where it is none."""
        typed = self.given(name)
        if typed is None:
            return None
        found = whole_of(typed.translate(_WIDE).replace(",", ""))
        return typed if found is None else found

    def numbers(self, name: str) -> list[int]:
        """The numbers of what was ticked; what is none was ticked by nobody."""
        found = map(whole_of, self.several.get(name, ()))
        return [one for one in found if one is not None]

    def refused(self, turned: Turned) -> Form:
        """The form as it comes back; what is wrong stands beside its field, so without its name."""
        wrong = {name: _unnamed(name, words) for name, words in turned.fields.items()}
        problem = turned.detail
        for name in wrong:
            problem = _unnamed(name, problem)
        return self._replace(problem=problem, wrong=wrong, clauses=tuple(turned.clauses))

    def wrong_at(self, field: str, words: str) -> Form:
        """The form as it comes back where one thing is wrong; of no field where that is empty."""
        said = _unnamed(field, words) if field else words
        return self._replace(problem=said, wrong={field: said} if field else {})


def whole_of(text: str) -> int | None:
    """A whole number in plain digits, of fifteen at most; None where it is none."""
    return int(text) if _WHOLE.fullmatch(text) else None


def _unnamed(name: str, words: str) -> str:
    """A sentence without the name that the API has for the field that it is about."""
    last = re.escape(name.rpartition(".")[2])
    return re.sub(rf"^(?:[\w\[\]]+\.)*{last}(?:：|: )", "", words, flags=re.ASCII)


async def read_form(request: Request) -> Form:
    """What a request sent; a key that no page gives is none.

    Raises `HTTPException` where it cannot be read, or is no text.
    """
    said: dict[str, str] = {}
    several: dict[str, tuple[str, ...]] = {}
    files: dict[str, Sent] = {}
    async with request.form(
        max_files=1, max_fields=_MOST_FIELDS, max_part_size=_MOST_BYTES
    ) as sent:
        for name, value in sent.multi_items():
            if isinstance(value, UploadFile):
                _ensure_text(value.filename or "")
                files[name] = Sent(value.filename or "", await value.read())
            else:
                _ensure_text(name + value)
                said.setdefault(name, value)
                several[name] = (*several.get(name, ()), value)
    mark, key = said.pop("mark", ""), said.pop("key", "")
    key = key if _KEY.fullmatch(key) else ""
    return Form(said, several, files, mark, key)


def _ensure_text(text: str) -> None:
    """Make sure that a text can be written: some encodings hold halves of signs."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise HTTPException(400) from None
