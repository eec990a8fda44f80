"""Figures and sentences with their clauses as a page writes them: small links behind each.

A policy has thousands of these, so they are written here and not by a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from markupsafe import Markup, escape

from gongji.web.library.sheets import Cell, Ref
from gongji.web.library.shelf import Entry
from gongji.wording import Bilingual, Language

__all__ = ["Cited"]

_NAMED = re.compile(r"“([^”·]+)(?:·[^”]+)?”|\[([^\],]+)(?:, [^\]]+)?\]")
"""A table named in a sentence, as the sentences of policies write it."""

_CLAUSE = Bilingual("条款", "clause")
_READING = Bilingual("（按理解）", " (by a reading)")


class Cited(NamedTuple):
    """Writes clauses behind what rests on them, for a reader of one language.

    `tables` are the addresses of the tables that sentences may name.
    """

    entries: Mapping[str, Entry]
    language: Language
    tables: Mapping[str, str] = {}

    def cites(self, refs: Iterable[Ref]) -> Markup:
        """Links to clauses, with the place of each in its document."""
        links = [self._link(ref) for ref in refs]
        return Markup(f' <span class="refs">{"".join(links)}</span>') if links else Markup()  # noqa: S704

    def said(self, cell: Cell) -> Markup:
        """A figure or a sentence with its clauses; what is not stated stands out."""
        words = self._named(cell.words.in_(self.language))
        shown = Markup('<span class="tag">{}</span>').format(words) if cell.open else words
        return shown + self.cites(cell.refs)

    def _named(self, text: str) -> Markup:
        """A sentence with the tables that it names as links."""
        shown, start = Markup(), 0
        for found in _NAMED.finditer(text):
            address = self.tables.get(found[1] or found[2])
            if address is not None:
                link = Markup('<a href="{}">{}</a>').format(address, found[0])
                shown += escape(text[start : found.start()]) + link
                start = found.end()
        return shown + escape(text[start:])

    def _link(self, ref: Ref) -> str:
        entry = self.entries.get(ref.clause)
        place = "" if entry is None else f" {entry.clause.place}"
        note = _READING.in_(self.language) if ref.reading else ""
        label = escape(f"{_CLAUSE.in_(self.language)} {ref.clause}{place}{note}")
        kind, star = ("ref read", "*") if ref.reading else ("ref", "")
        return (
            f'<a class="{kind}" href="/clauses/{escape(ref.clause)}" title="{label}"'
            f' aria-label="{label}">{escape(ref.number)}{star}</a>'
        )
