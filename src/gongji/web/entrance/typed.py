"""What was typed into a form whose session had ended: it goes along through the sign-in.

Pages of the book are kept by no browser, so that going back would show an empty form.  Nothing is
kept on the server either: what was typed is hidden in the form that signs in, but for passwords.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gongji.web.form import Form

__all__ = ["Typed", "typed_before", "typed_in"]

_ALONG = "typed."
_SECRET = {"password", "old", "new", "again"}


class Typed(NamedTuple):
    """Fields of a form and their values; `files` where some were chosen, which are chosen again."""

    fields: Sequence[tuple[str, str]]
    files: bool


def typed_in(form: Form) -> Typed:
    """What is to go along of a form that cannot be taken."""
    return Typed([one for one in _pairs(form) if one[0] not in _SECRET], bool(form.files))


def typed_before(form: Form) -> Typed:
    """What went along with a sign-in; no fields where nothing did."""
    along = [(name.removeprefix(_ALONG), value) for name, value in _pairs(form)
             if name.startswith(_ALONG)]  # fmt: skip
    return Typed(along, bool(form.said.get("files")))


def _pairs(form: Form) -> list[tuple[str, str]]:
    return [(name, value) for name, values in form.several.items() for value in values]
